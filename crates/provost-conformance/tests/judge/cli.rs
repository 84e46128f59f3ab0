//! The command line as somebody calls it: exit codes, the text on standard output, the JSON file.

use crate::fake::{self, Fake, Fault};
use crate::folder;
use std::path::Path;
use std::process::{Command, Output};

fn run(fake: &Fake, words: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_provost-conformance"))
        .args(["run", "--base-url", fake.target().base_url(), "--token", fake::TOKEN, "--data"])
        .arg(folder())
        .args(words)
        .output()
        .unwrap()
}

#[test]
fn all_passed_is_0() {
    let output = run(&Fake::start(Fault::None), &["--suite", "golden", "--only", "e031-"]);
    let text = String::from_utf8_lossy(&output.stdout);
    assert_eq!(output.status.code(), Some(0), "{text}");
    assert!(text.contains("pass golden e031-get-user-404"), "{text}");
}

#[test]
fn something_failed_is_1_and_the_report_says_what() {
    let file = Path::new(env!("CARGO_TARGET_TMPDIR")).join("report.json");
    let words = ["--suite", "golden", "--only", "e162-", "--json", file.to_str().unwrap()];
    let output = run(&Fake::start(Fault::WrongStatus), &words);
    let text = String::from_utf8_lossy(&output.stdout);
    assert_eq!(output.status.code(), Some(1), "{text}");
    assert!(text.contains("expected 201") && !text.contains(fake::TOKEN), "{text}");
    let json: serde_json::Value = serde_json::from_slice(&std::fs::read(file).unwrap()).unwrap();
    assert_eq!(json["summary"]["failed"], 1);
}

#[test]
fn nothing_played_is_not_a_pass() {
    let output = run(&Fake::start(Fault::None), &["--suite", "golden", "--only", "no such case"]);
    assert_eq!(output.status.code(), Some(1));
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
