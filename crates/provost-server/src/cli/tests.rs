//! What the command line accepts.

use super::*;

fn parsed(line: &str) -> Result<Cli, clap::Error> {
    parse(line.split_whitespace().map(OsString::from))
}

fn refusal(line: &str) -> String {
    let error = parsed(line).map(drop).expect_err(line);
    assert_eq!(error.exit_code(), 2, "{line}");
    error.to_string()
}

#[test]
fn the_definition_is_sound() {
    Cli::command().debug_assert();
}

#[test]
fn every_command_of_the_contract_parses() {
    for line in [
        "provost",
        "provost --listen 127.0.0.1:0 --database sqlite:x.db",
        "provost serve --listen 127.0.0.1:0 --database sqlite:x.db --public-url https://a.example --config f.toml",
        "provost serve --schemas dir --metrics-listen 127.0.0.1:9 --insecure-http --trusted-proxy 10.0.0.1,10.0.0.2",
        "provost --database sqlite:x.db org list",
        "provost org create acme --name Acme --profile okta --default-role manager --json",
        "provost org update acme --name Acme",
        "provost org update acme --profile strict,+value/bool-as-string,+filter/empty",
        "provost org list --json",
        "provost org show acme --database sqlite:x.db",
        "provost org delete acme",
        "provost org delete acme --yes --json",
        "provost org disable acme --yes",
        "provost org enable acme --json",
        "provost org list --deleted --json",
        "provost token create --org acme --label l --expires-in 90d --json",
        "provost token list --org acme --json",
        "provost token create --org acme --read-only",
        "provost token rotate ABCDEFabcdef",
        "provost token rotate ABCDEFabcdef --overlap 0s --json",
        "provost token rotate ABCDEFabcdef --overlap 90d",
        "provost token revoke ABCDEFabcdef",
        "provost members list --org acme --json",
        "provost teams list --org acme --json",
        "provost users list --org acme",
        "provost users list --org acme --all --json",
        "provost audit list --org acme",
        "provost audit list --org acme --since 2026-11-28T09:30:00Z --limit 1000",
        "provost audit list --org acme --since 2h --before 01a221e9-5f7b-76b6-ba4a-9cea4be99747 --json",
        "provost schema check dir --json",
        "provost migrate",
        "provost vacuum --json",
        "provost migrate --schemas dir --indexed User:title,User:nickName --json",
        "provost check --schemas dir --indexed User:title --json",
        "provost doctor --schemas dir --indexed User:title --json",
    ] {
        assert!(parsed(line).is_ok(), "{line}: {:?}", parsed(line).map(drop));
    }
}

#[test]
fn usage_errors_say_what_would_be_right() {
    for (line, says) in [
        ("provost org create Acme", "`acme`"),
        ("provost org create acme --profile azure", "entra"),
        ("provost org create acme --profile entra,-filter/none", "`filter/none`"),
        ("provost org update acme --profile entra,filter/empty", "`-filter/empty`"),
        ("provost org update acme", "--name"),
        ("provost token create", "--org"),
        ("provost token create --org acme --expires-in 90", "90d"),
        ("provost token create --org acme --expires-in 0d", "90d"),
        ("provost token revoke short", "provost token list"),
        ("provost token rotate short", "provost token list"),
        ("provost token rotate ABCDEFabcdef --overlap 7", "90d"),
        ("provost token rotate ABCDEFabcdef --overlap 91d", "an overlap is 90d at most"),
        ("provost token rotate ABCDEFabcdef --overlap 3650d", "an overlap is 90d at most"),
        ("provost serve --listen 8080", "127.0.0.1:8080"),
        ("provost serve --database mysql://u:p@h/n", "sqlite:PATH"),
        ("provost serve --limit-body 1MB", "1 MiB"),
        ("provost serve --log warning", "write error, warn, info"),
        ("provost serve --log-format xml", "`xml` is not a log format: write text or json"),
        ("provost serve --log provost=loud", "`provost=loud`"),
        ("provost --listen 127.0.0.1:1 token list --org acme", "provost serve --listen"),
        ("provost --listen 127.0.0.1:1 serve", "provost serve --listen"),
        ("provost --indexed User:title migrate", "provost migrate --indexed"),
        ("provost --schemas dir check", "provost check --schemas"),
        ("provost --schemas dir org list", "provost serve --schemas"),
        ("provost migrate --listen 127.0.0.1:1", "--listen"),
        ("provost audit list", "--org"),
        ("provost audit list --org acme --limit 1001", "1001"),
        ("provost audit list --org acme --since yesterday", "2026-11-28T09:30:00Z"),
        ("provost audit list --org acme --before 7", "`provost audit list` shows it"),
        ("provost frobnicate", "frobnicate"),
    ] {
        let message = refusal(line);
        assert!(message.contains(says), "{line}: {message}");
    }
}

#[test]
fn help_offers_what_there_is_and_says_which_profile() {
    fn help(command: &clap::Command) -> String {
        let below: String = command.get_subcommands().map(help).collect();
        command.clone().render_long_help().to_string() + &below
    }
    let all = help(&Cli::command());
    assert!(all.contains("sqlite:PATH or postgres://"), "{all}");
    assert_eq!(all.matches("Use entra when in doubt, and interop for clients").count(), 2, "{all}");
}

#[test]
fn secrets_in_the_wrong_place_are_not_repeated() {
    let token = tokens::Token::from_random([7; 16], [8; 32]);
    let damaged = token.text().reveal().replace("scim_", "scim_x");
    for line in [
        format!("provost token revoke {damaged}"),
        format!("provost token revoke ABCDEFabcdef {damaged}"),
        format!("provost {damaged}"),
        "provost migrate --database mysql://scim:hunter2@db/x".to_owned(),
    ] {
        let message = refusal(&line);
        assert!(!message.contains("hunter2") && !message.contains(&damaged), "{message}");
    }
}

#[test]
fn a_whole_token_where_a_key_id_belongs_is_not_repeated() {
    let token = tokens::Token::from_random([7; 16], [8; 32]);
    let (text, key_id) = (token.text().reveal(), token.key_id().as_str());
    let message = refusal(&format!("provost token revoke {text}"));
    assert!(message.contains(&format!("key id alone: {key_id}")), "{message}");
    assert!(!message.contains(text), "{message}");
}

/// The three sources know the same options under the same names.
#[test]
fn every_option_of_serve_has_its_variable_and_its_key() {
    let options = Options::augment_args(clap::Command::new("serve"));
    let mut file = String::new();
    let mut limits = String::from("[limits]\n");
    for option in options.get_arguments() {
        let long = option.get_long().expect("a long name");
        let variable = option.get_env().and_then(|v| v.to_str()).expect("a variable");
        assert_eq!(variable, format!("PROVOST_{}", long.replace('-', "_").to_uppercase()));
        assert!(option.get_help().is_some(), "--{long} is explained");
        let (section, key) = match long.strip_prefix("limit-") {
            Some(key) => (&mut limits, key),
            None => (&mut file, long),
        };
        let value = match long {
            "insecure-http" | "print-token" | "no-console" | "bulk" | "root-queries" => "true",
            "trusted-proxy" | "outbound-allow" => "[\"10.0.0.1\"]",
            "indexed" => "[\"User:title\"]",
            "listen" | "metrics-listen" => "\"127.0.0.1:1\"",
            "public-url" => "\"https://a.example\"",
            "log" => "\"debug\"",
            "scim" => "\"off\"",
            "smtp" => "\"smtps://smtp.example.com\"",
            "mail-from" => "\"no-reply@example.com\"",
            "log-format" => "\"json\"",
            "limit-filter-depth" => "30",
            time if time.ends_with("-time") => "\"5s\"",
            limit if limit.starts_with("limit-") => "1024",
            _ => "\"text\"",
        };
        section.push_str(&format!("{key} = {value}\n"));
    }
    let dir = tempfile::TempDir::new().expect("a directory");
    let path = dir.path().join("provost.toml");
    std::fs::write(&path, file + &limits).expect("written");
    assert!(config::layered(Options::default(), Some(&path)).is_ok());
}
