//! The command line as a user calls it: exit codes, standard output, the JSON file.

use crate::fake::{self, Fake, Fault};
use crate::folder;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpListener;
use std::path::Path;
use std::process::{Command, Output};
use std::thread;

const PROGRAM: &str = env!("CARGO_BIN_EXE_provost-conformance");

fn run(fake: &Fake, words: &[&str]) -> Output {
    run_at(fake.target().base_url(), fake::TOKEN, words)
}

fn run_at(base_url: &str, token: &str, words: &[&str]) -> Output {
    let server = ["run", "--base-url", base_url, "--token", token];
    Command::new(PROGRAM).args(server).args(words).output().unwrap()
}

fn stdout(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// Checks that it could not run: one line with these words, and nothing played.
fn assert_cannot_run(output: &Output, words: &[&str]) {
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(2), "{said}\n{}", stdout(output));
    assert_eq!((said.lines().count(), stdout(output).as_str()), (1, ""), "{said}");
    for word in words {
        assert!(said.contains(word), "`{word}` in: {said}");
    }
}

#[test]
fn all_passed_is_0() {
    let output = run(&Fake::start(Fault::None), &["--suite", "golden", "--only", "e031-"]);
    assert_eq!(output.status.code(), Some(0), "{}", stdout(&output));
    assert!(stdout(&output).contains("pass golden e031-get-user-404"), "{}", stdout(&output));
}

#[test]
fn something_failed_is_1_and_the_report_says_what_and_why() {
    let file = Path::new(env!("CARGO_TARGET_TMPDIR")).join("report.json");
    let words = ["--suite", "golden", "--only", "e162-", "--json", file.to_str().unwrap()];
    let output = run(&Fake::start(Fault::WrongStatus), &words);
    let text = stdout(&output);
    assert_eq!(output.status.code(), Some(1), "{text}");
    assert!(text.contains("expected 201") && !text.contains(fake::TOKEN), "{text}");
    assert!(text.contains("     see: RFC 7644 §3.3\n"), "{text}");
    let json: serde_json::Value = serde_json::from_slice(&std::fs::read(file).unwrap()).unwrap();
    assert_eq!(
        (&json["summary"]["failed"], &json["results"][0]["rfc"]),
        (&1.into(), &"RFC 7644 §3.3".into())
    );

    let output =
        run(&Fake::start(Fault::TalksTooMuch), &["--suite", "hostile", "--only", "user-no-user-name"]);
    let text = stdout(&output);
    let about = "FAIL hostile user-no-user-name\n     why: userName is required\n     see: RFC 7643 §4.1.1\n";
    assert!(text.contains(about), "{text}");
}

#[test]
fn nothing_played_is_not_a_pass() {
    // the only case needs something that this server was not said to have
    let output = run(&Fake::start(Fault::None), &["--suite", "golden", "--only", "e157-"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(stdout(&output).contains("skip golden e157-"), "{}", stdout(&output));
    assert!(String::from_utf8_lossy(&output.stderr).contains("nothing was played"));
}

#[test]
fn a_wrong_command_line_is_2() {
    let fake = Fake::start(Fault::None);
    for words in [&["--suite", "none"][..], &["--frobnicate"], &["--data", "/nowhere"]] {
        let output = run(&fake, words);
        assert_eq!(output.status.code(), Some(2), "{words:?}");
        assert!(!output.stderr.is_empty(), "{words:?}");
    }
}

#[test]
fn a_copy_of_the_program_plays_anywhere() {
    let folder = tempfile::tempdir().unwrap();
    let copy = folder.path().join("copied");
    std::fs::copy(PROGRAM, &copy).unwrap();
    let target = Fake::start(Fault::None).target();
    let words = ["run", "--base-url", target.base_url(), "--token", fake::TOKEN, "--only", "e031-"];
    let output = Command::new(copy).current_dir(folder.path()).args(words).output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    assert!(stdout(&output).contains("1 passed, 0 failed, 0 skipped"), "{}", stdout(&output));
}

#[test]
fn a_folder_of_cases_takes_the_place_of_the_built_in_ones() {
    let folder = folder();
    let output = run(&Fake::start(Fault::None), &["--data", folder.to_str().unwrap(), "--only", "e031-"]);
    assert_eq!(output.status.code(), Some(0), "{}", stdout(&output));
}

#[test]
fn only_and_skip_choose_by_text_or_glob_and_must_match_something() {
    let fake = Fake::start(Fault::None);
    let output = run(&fake, &["--only", "e03?-*404", "--only", "e001-*", "--skip", "*probe"]);
    assert!(stdout(&output).contains("1 passed, 0 failed, 0 skipped"), "{}", stdout(&output));
    assert_cannot_run(&run(&fake, &["--only", "e031-", "--only", "e0x1-"]), &["`--only e0x1-`", "--list"]);
    assert_cannot_run(&run(&fake, &["--skip", "e9*"]), &["`--skip e9*`"]);
    assert_cannot_run(&run(&fake, &["--suite", "hostile", "--only", "e031-"]), &["`--only e031-`"]);
    assert_cannot_run(&run(&fake, &["--only", "e031-", "--skip", "*"]), &["`--skip`"]);
}

#[test]
fn a_list_asks_no_server_and_says_what_a_run_would_do() {
    let list = |words: &[&str]| Command::new(PROGRAM).args(["run", "--list"]).args(words).output().unwrap();
    let output = list(&[]);
    let (text, first) = (stdout(&output), "play golden e001-test-connection-user-probe");
    assert_eq!(output.status.code(), Some(0), "{text}");
    assert!(text.starts_with(first) && text.contains("\nskip golden e157-"), "{text}");
    assert!(
        text.contains("\nplay hostile wire-ssh\n") && text.contains("\nskip scenarios s15-restart: "),
        "{text}"
    );

    let chosen = ["--suite", "golden", "--only", "e0", "--skip", "*patch*"];
    let planned = stdout(&list(&chosen));
    let played = stdout(&run(&Fake::start(Fault::None), &chosen));
    let names = |text: &str, words: &[&str]| -> Vec<String> {
        let lines = text.lines().filter(|line| words.contains(&line.split(' ').next().unwrap()));
        lines.map(|line| line.split(' ').nth(2).unwrap().trim_end_matches(':').to_owned()).collect()
    };
    assert_eq!(names(&planned, &["play"]), names(&played, &["pass", "FAIL"]));
    assert_eq!(names(&planned, &["skip"]), names(&played, &["skip"]));
    assert_cannot_run(&list(&["--only", "e0x1-"]), &["`--only e0x1-`"]);
}

/// Answers the request on each connection with this text.
fn answering(text: &'static str) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    thread::spawn(move || {
        for stream in listener.incoming() {
            let mut reader = BufReader::new(stream.unwrap());
            let _ = reader.by_ref().lines().map_while(Result::ok).find(String::is_empty);
            let _ = reader.get_mut().write_all(text.as_bytes());
        }
    });
    format!("http://{address}/scim/v2")
}

#[test]
fn what_is_no_server_is_one_line_that_says_what_to_do() {
    let html =
        "HTTP/1.1 200 OK\r\ncontent-type: text/html\r\nconnection: close\r\ncontent-length: 6\r\n\r\n<html>";
    let moved = "HTTP/1.1 301 Moved\r\nlocation: https://scim.example.com/\r\nconnection: close\r\ncontent-length: 0\r\n\r\n";
    let nothing = "HTTP/1.1 404 Not Found\r\nconnection: close\r\ncontent-length: 0\r\n\r\n";
    let json = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\nconnection: close\r\ncontent-length: 11\r\n\r\n{\"ok\":true}";
    let gateway = "HTTP/1.1 502 Bad Gateway\r\ncontent-type: text/html\r\nconnection: close\r\ncontent-length: 3\r\n\r\nbad";
    let busy =
        "HTTP/1.1 429 Too Many Requests\r\nretry-after: 0\r\nconnection: close\r\ncontent-length: 0\r\n\r\n";
    for (base_url, words) in [
        ("http://127.0.0.1:1/scim/v2".to_owned(), &["127.0.0.1:1", "is it running"][..]),
        (answering(html), &["200 with text/html", "`--base-url`"]),
        (answering(moved), &["redirects to https://scim.example.com/", "`--base-url`"]),
        (answering(nothing), &["404 with no body", "`--base-url`"]),
        (answering(json), &["200 with application/json", "SCIM is not served there"]),
        (answering(gateway), &["502 with text/html"]),
        (answering(busy), &["429", "limit of requests"]),
        (answering("SSH-2.0-OpenSSH_9.6\r\n"), &["no server answers", "http:// or https://"]),
        (answering(""), &["closed the connection", "http:// or https://"]),
    ] {
        for command in ["run", "load"] {
            let words_of = [command, "--base-url", &base_url, "--token", fake::TOKEN];
            assert_cannot_run(&Command::new(PROGRAM).args(words_of).output().unwrap(), words);
        }
    }
}

#[test]
fn a_wrong_path_or_token_is_one_line_that_says_what_to_do() {
    let fake = Fake::start(Fault::None);
    let target = fake.target();
    let (base_url, server) = (target.base_url(), target.authority());
    assert_cannot_run(&run_at(&format!("http://{server}/scim"), fake::TOKEN, &[]), &["404", "`--base-url`"]);
    assert_cannot_run(&run_at(&format!("{base_url}/Users"), fake::TOKEN, &[]), &["404", "`--base-url`"]);
    let refused = ["refuses the token with 401 (the token is not valid)", "`--token`"];
    assert_cannot_run(&run_at(base_url, "nobodys-token", &[]), &refused);
    assert_cannot_run(&run_at(base_url, "", &[]), &["the token is empty"]);
    let words = ["--other-tenant-token", "nobodys-token"];
    assert_cannot_run(&run(&fake, &words), &["401", "`--other-tenant-token`"]);
}

/// A server that answers wrongly, or has no list of users, exists: it is judged.
#[test]
fn a_server_that_is_merely_wrong_is_judged() {
    let broken = "HTTP/1.1 500 Oops\r\nconnection: close\r\n\r\n\
                  {\"schemas\": [\"urn:ietf:params:scim:api:messages:2.0:Error\"], \"status\": \"500\", \"detail\": \"no luck\"}";
    let output = run_at(&answering(broken), fake::TOKEN, &["--only", "e031-"]);
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    assert!(stdout(&output).contains("FAIL golden e031-"), "{}", stdout(&output));
}

#[test]
fn a_server_that_goes_away_fails_one_case_and_not_all() {
    let output = run(&Fake::start(Fault::DiesWhenRefusing), &["--suite", "hostile", "--only", "user-n*"]);
    let text = stdout(&output);
    assert_eq!(output.status.code(), Some(1), "{text}");
    assert!(text.contains("FAIL hostile user-no-user-name") && text.contains(" 1 failed"), "{text}");
    let rest = "skip hostile user-name-empty: the server has not answered since `user-no-user-name`";
    assert!(text.contains(rest), "{text}");
}

#[test]
fn the_help_says_what_the_exit_codes_mean() {
    for words in [&["--help"][..], &["run", "--help"], &["load", "--help"]] {
        let help = stdout(&Command::new(PROGRAM).args(words).output().unwrap());
        assert!(help.contains("Exit codes:") && help.contains("2  it could not run"), "{words:?}: {help}");
    }
}
