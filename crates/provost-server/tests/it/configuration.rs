//! Configuration file, environment and command line.

use crate::PROVOST;
use provost_testing::json::user;
use provost_testing::program::Server;

#[test]
fn the_file_in_the_folder_is_read_and_the_environment_and_the_command_line_win() {
    let folder = PROVOST.install();
    folder.write("provost.toml", "database = \"sqlite:file.db\"\n[limits]\npage = 7\n");
    assert_eq!(folder.run(&["migrate"]).code(), 0);
    assert!(folder.path("file.db").exists());
    let mut by_environment = folder.command(&["migrate"]);
    assert!(
        by_environment.env("PROVOST_DATABASE", "sqlite:environment.db").status().expect("runs").success()
    );
    assert!(folder.path("environment.db").exists());
    let mut by_both = folder.command(&["migrate", "--database", "sqlite:option.db"]);
    assert!(by_both.env("PROVOST_DATABASE", "sqlite:environment2.db").status().expect("runs").success());
    assert!(folder.path("option.db").exists() && !folder.path("environment2.db").exists());
}

#[test]
fn a_limit_of_the_file_holds() {
    let folder = PROVOST.install();
    folder.write("limits.toml", "[limits]\npage = 2\nbody = 2000\n");
    let s = Server::start_in(&folder, &["--config", "limits.toml"]);
    for name in ["ann", "bob", "cid"] {
        s.create_user(name);
    }
    let page = s.ask("GET", "/Users?count=100", None).json();
    assert_eq!((page["itemsPerPage"].as_i64(), page["totalResults"].as_i64()), (Some(2), Some(3)));
    let mut large = user("dora");
    large["nickName"] = "x".repeat(2_000).into();
    s.ask("POST", "/Users", Some(&large)).assert_scim_error(413);
}

#[test]
fn unknown_keys_are_named_with_their_file() {
    let folder = PROVOST.install();
    folder.write("provost.toml", "[limits]\npagee = 7\n");
    for arguments in [&["serve"][..], &["org", "list"]] {
        let ran = folder.run(arguments);
        assert_eq!(ran.code(), 2, "{}", ran.stderr());
        assert!(ran.stderr().contains("`provost.toml`, line 2: unknown key `pagee`"), "{}", ran.stderr());
    }
}

#[test]
fn what_cannot_be_served_is_refused_at_the_start() {
    let folder = PROVOST.install();
    folder.write("README.json", "{}");
    for (options, says) in [
        (&["--listen", "0.0.0.0:0"][..], "--insecure-http"),
        (&["--listen", "203.0.113.1:0", "--insecure-http"], "203.0.113.1"),
        (&["--config", "missing.toml"], "missing.toml"),
        (&["--schemas", "."], "README.json"),
        (&["--indexed", "User:titel"], "`indexed`: `User:titel`"),
        (
            &["--database", "postgres://u:hunter2@127.0.0.1:1/n"],
            "the database at 127.0.0.1:1/n cannot be used",
        ),
        (&["--database", "sqlite:no/such/folder/x.db"], "no/such/folder/x.db"),
    ] {
        let ran = folder.run(&[&["serve"], options].concat());
        assert_eq!(ran.code(), 1, "{options:?}: {}", ran.stderr());
        assert!(
            ran.stderr().contains(says) && !ran.stderr().contains("hunter2"),
            "{options:?}: {}",
            ran.stderr()
        );
        assert_eq!(ran.stdout(), "", "no token is printed by a server that does not serve");
    }
}

/// Seen to fail: `warning` was taken for the name of a module, and the log was empty.
#[test]
fn a_log_level_that_is_none_is_a_usage_error_wherever_it_is_written() {
    let folder = PROVOST.install();
    let by_option = folder.run(&["serve", "--log", "warning"]);
    let by_variable = folder.command(&["serve"]).env("PROVOST_LOG", "warning").output().expect("runs");
    folder.write("provost.toml", "log = \"warning\"\n");
    let by_file = folder.run(&["serve"]);
    let by_variable =
        (by_variable.status.code().expect("a code"), String::from_utf8(by_variable.stderr).expect("UTF-8"));
    for (code, said) in
        [(by_option.code(), by_option.stderr()), by_variable, (by_file.code(), by_file.stderr())]
    {
        assert_eq!(code, 2, "{said}");
        assert!(
            said.contains("`warning` is not a log level: write error, warn, info, debug, trace or off"),
            "{said}"
        );
    }
}

/// Seen to fail: without a check of the environment.
#[test]
fn variables_that_nobody_reads_are_told() {
    const TOLD: &str = "`PROVOST_PUBLC_URL` has no effect; did you mean `PROVOST_PUBLIC_URL`?";
    let folder = PROVOST.install();
    let slip = |arguments: &[&str]| {
        let mut command = folder.command(arguments);
        command.env("PROVOST_PUBLC_URL", "https://u:hunter2@example.com");
        command
    };
    let ran = slip(&["migrate", "--json"]).output().expect("runs");
    let said = String::from_utf8(ran.stderr).expect("UTF-8");
    assert!(ran.status.success() && said.contains(TOLD) && !said.contains("hunter2"), "{said}");
    assert!(serde_json::from_slice::<serde_json::Value>(&ran.stdout).is_ok(), "the result is what it was");
    let log = Server::spawn(slip(&["serve", "--listen", "127.0.0.1:0"]), &folder).stop();
    assert!(log.lines().any(|line| line.contains("WARN") && line.contains(TOLD)), "{log}");
    let ran = slip(&["doctor"]).output().expect("runs");
    assert!(String::from_utf8(ran.stdout).expect("UTF-8").contains(TOLD));
}

#[test]
fn schemas_of_a_folder_are_served() {
    let folder = PROVOST.install();
    folder.write(
        "device.schema.json",
        r#"{"id": "urn:example:Device", "name": "Device", "attributes": [{"name": "serial", "type": "string", "required": true}]}"#,
    );
    folder.write(
        "device.resourcetype.json",
        r#"{"name": "Device", "endpoint": "/Devices", "schema": "urn:example:Device"}"#,
    );
    let s = Server::start_in(&folder, &["--schemas", "."]);
    let device = serde_json::json!({ "schemas": ["urn:example:Device"], "serial": "A-1" });
    let made = s.ask("POST", "/Devices", Some(&device));
    assert_eq!(made.status, 201, "{}", made.body);
    assert_eq!(s.ask("GET", "/Devices?filter=serial+eq+%22A-1%22", None).json()["totalResults"], 1);
    assert_eq!(s.folder.members("default"), "", "a device is no member");
}

/// Seen to fail: without the refresh at start.
#[test]
fn a_start_with_other_schemas_or_indices_finds_what_was_there_before() {
    let device = |exact: bool| {
        format!(
            r#"{{"id": "urn:example:Device", "name": "Device", "attributes": [{{"name": "serial", "type": "string", "caseExact": {exact}}}]}}"#
        )
    };
    let folder = PROVOST.install();
    folder.write("device.schema.json", &device(true));
    folder.write(
        "device.resourcetype.json",
        r#"{"name": "Device", "endpoint": "/Devices", "schema": "urn:example:Device"}"#,
    );
    let s = Server::start_in(&folder, &["--schemas", "."]);
    let body = serde_json::json!({ "schemas": ["urn:example:Device"], "serial": "A-1" });
    assert_eq!(s.ask("POST", "/Devices", Some(&body)).status, 201);
    let found =
        |s: &Server| s.ask("GET", "/Devices?filter=serial+eq+%22a-1%22", None).json()["totalResults"].clone();
    assert_eq!(found(&s), 0);
    let token = s.token.clone();
    let folder = s.kill();
    folder.write("device.schema.json", &device(false));
    for options in [&["--schemas", "."][..], &["--schemas", ".", "--indexed", "Device:serial,User:title"]] {
        let mut s = Server::start_in(&folder, options);
        s.token.clone_from(&token);
        assert_eq!(found(&s), 1, "{options:?}");
        s.kill();
    }
}
