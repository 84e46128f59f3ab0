//! `provost doctor`: each fault is provoked and reported, and only real faults end with 1.

use crate::PROVOST;
use provost_testing::json::{elements, text};
use provost_testing::program::{Installation, Ran, Server};
use serde_json::Value;

const PUBLIC: &str = "PROVOST_PUBLIC_URL";
const URL: &str = "https://scim.example.com";

/// An installation with an expiring token that is in use: there is nothing to report.
pub(crate) fn sound() -> Installation {
    let folder = PROVOST.install();
    assert_eq!(folder.run(&["org", "create", "acme"]).code(), 0);
    let token = folder.run(&["token", "create", "--org", "acme", "--expires-in", "90d"]).stdout();
    let s = Server::start_in(&folder, &[]);
    assert_eq!(s.ask_as(token.trim(), "GET", "/Users", None).status, 200);
    // the use of the token is written at the end
    s.stop();
    let mail = "smtp = \"smtps://smtp.example.com\"\nmail-from = \"no-reply@example.com\"";
    folder.write("secret-key", "0123456789abcdef0123456789abcdef");
    let key = format!("secret-key-file = \"{}\"", folder.path("secret-key").display());
    folder.write("provost.toml", &format!("public-url = \"{URL}\"\n{mail}\n{key}\n"));
    folder
}

/// The exit code, and each check with its result and its text.
fn examined(folder: &Installation, options: &[&str]) -> (i32, Vec<(String, String, String)>) {
    let ran = folder.run(&[&["doctor", "--json"], options].concat());
    let answers: Value = serde_json::from_str(&ran.stdout()).unwrap_or_else(|e| panic!("{e}: {ran:?}"));
    let part = |a: &Value, key: &str| text(&a[key]).to_owned();
    let all = elements(&answers).iter().map(|a| (part(a, "check"), part(a, "answer"), part(a, "what")));
    (ran.code(), all.collect())
}

/// What one check says; the exit code must match its result.
pub(crate) fn told(folder: &Installation, options: &[&str], check: &str, answer: &str) -> String {
    let (code, all) = examined(folder, options);
    let found = all.iter().find(|(name, ..)| name == check).unwrap_or_else(|| panic!("no {check}: {all:?}"));
    assert_eq!(found.1, answer, "{found:?}");
    assert_eq!(code, i32::from(answer == "wrong"), "{all:?}");
    found.2.clone()
}

#[test]
fn a_sound_installation_is_fine_throughout() {
    let (code, all) = examined(&sound(), &[]);
    assert_eq!(code, 0, "{all:?}");
    let others: Vec<_> = all.iter().filter(|(_, answer, _)| answer != "fine").collect();
    assert!(others.is_empty() && all.len() >= 12, "{others:?}");
}

#[test]
fn notes_end_with_0_and_say_what_to_do() {
    let s = PROVOST.start();
    let ran: Ran = s.folder.run(&["doctor"]);
    assert_eq!(ran.code(), 0, "{}", ran.stderr());
    let lines = ran.stdout();
    let note = |check: &str| {
        let mut lines = lines.lines().skip_while(|line| !line.starts_with(&format!("note   {check} ")));
        let (what, remedy) = (lines.next().expect(check).to_owned(), lines.next().expect(check).to_owned());
        assert!(remedy.trim_start().starts_with("-> "), "{remedy}");
        what + &remedy
    };
    assert!(note("token-end").contains("first start") && note("token-end").contains("--expires-in"));
    assert!(note("token-use").contains("provost token revoke"));
    assert!(note("public-url").contains("--public-url"));
}

#[test]
fn what_does_not_work_ends_with_1() {
    let folder = sound();
    assert!(told(&folder, &["--database", "sqlite:other.db"], "database", "wrong").contains("other.db"));
    assert!(!folder.path("other.db").exists(), "it makes no file");
    assert!(told(&folder, &["--indexed", "User:title"], "database", "wrong").contains("other schemas"));
    assert!(told(&folder, &["--schemas", "nowhere"], "schemas", "wrong").contains("nowhere"));
    folder.write("insecure.toml", &format!("public-url = \"{URL}\"\nlisten = \"0.0.0.0:8080\"\n"));
    assert!(told(&folder, &["--config", "insecure.toml"], "settings", "wrong").contains("0.0.0.0:8080"));
    folder.write("insecure.toml", "listen = \"0.0.0.0:8080\"\ninsecure-http = true\n");
    assert!(told(&folder, &["--config", "insecure.toml"], "transport", "wrong").contains("unencrypted"));
    folder.write("many.toml", "[limits]\nconnections = 100000000\n");
    assert!(told(&folder, &["--config", "many.toml"], "open-files", "wrong").contains("100000000"));
    let ran = folder.run(&["doctor", "--config", "many.toml"]);
    assert_eq!((ran.code(), ran.stderr().as_str()), (1, "error: 1 check found something wrong\n"));
}

#[test]
fn what_the_database_holds_is_told() {
    let folder = sound();
    folder.execute("update token set expires = 1");
    assert_eq!(told(&folder, &[], "provisioning", "wrong"), "acme: no token works any more");
    folder.execute("delete from token");
    assert_eq!(told(&folder, &[], "provisioning", "note"), "acme: there is no token yet");
    folder.execute("update organisation set scim = false");
    assert_eq!(told(&folder, &[], "provisioning", "note"), "acme: SCIM is off");
}

/// It reads the same environment as the server.
#[test]
fn it_reads_what_the_server_reads() {
    let folder = PROVOST.install();
    assert_eq!(folder.run(&["migrate"]).code(), 0);
    let output = folder.command(&["doctor"]).env(PUBLIC, URL).output().expect("runs");
    let printed = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(printed.contains(&format!("fine   public-url     the Tenant URL is {URL}/scim/v2")), "{printed}");
}
