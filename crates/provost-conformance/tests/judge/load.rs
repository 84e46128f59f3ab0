//! The load against a server that is right, and with one fault at a time: speed that is paid for with wrong answers
//! must not count.

use crate::fake::{self, Fake, Fault};
use serde_json::Value;
use std::path::Path;
use std::process::{Command, Output};

const SHORT: [&str; 8] = ["--seconds", "0.3", "--warm-up", "0.1", "--connections", "2", "--users", "30"];

fn load(fake: &Fake, words: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_provost-conformance"))
        .args(["load", "--base-url", fake.target().base_url(), "--token", fake::TOKEN])
        .args(SHORT)
        .args(words)
        .output()
        .unwrap()
}

fn text(output: &Output) -> String {
    [&output.stdout, &output.stderr].map(|bytes| String::from_utf8_lossy(bytes).into_owned()).concat()
}

#[test]
fn a_right_server_is_measured_line_by_line() {
    let file = Path::new(env!("CARGO_TARGET_TMPDIR")).join("load.json");
    let own = std::process::id().to_string();
    let words =
        ["--rows", "get,match,page,create,patch,path:/Users?count=1", "--json", file.to_str().unwrap()];
    let output = load(&Fake::start(Fault::None), &[&words[..], &["--pid", &own]].concat());
    assert_eq!(output.status.code(), Some(0), "{}", text(&output));
    assert!(text(&output).contains("peak memory") && !text(&output).contains(fake::TOKEN));
    let json: Value = serde_json::from_slice(&std::fs::read(file).unwrap()).unwrap();
    let rows = json["rows"].as_array().unwrap();
    let names: Vec<&str> = rows.iter().map(|row| row["row"].as_str().unwrap()).collect();
    assert_eq!(names, ["get", "match", "page", "create", "patch", "path:/Users?count=1"]);
    for row in rows {
        let number = |name: &str| row[name].as_f64().unwrap_or_else(|| panic!("{name} in {row}"));
        let (requests, rate) = (number("requests"), number("per_second"));
        assert!(requests > 0.0 && (requests * 0.5..requests * 4.0).contains(&rate), "{row}");
        let [p50, p99, max] = ["p50_us", "p99_us", "max_us"].map(number);
        assert!(0.0 < p50 && p50 <= p99 && p99 <= max && max < 1e7, "{row}");
        assert!(number("failed") == 0.0 && number("server_cpu_us") >= 0.0, "{row}");
    }
    assert!(json["peak_kib"].as_u64().unwrap() > 100);
}

/// What is wrong, in which row it must be noticed, and what must be said.
#[test]
fn wrong_answers_are_noticed() {
    for (fault, row, said) in [
        (Fault::ShortPages, "page", "expected 100 users"),
        (Fault::DoesNotStore, "patch", "acknowledged, then"),
        (Fault::BusyOnce, "get", "requests per second"),
        (Fault::WrongStatus, "create", "expected status [201], got 200"),
    ] {
        let output = load(&Fake::start(fault), &["--rows", row]);
        assert_eq!(output.status.code(), Some(1), "{fault:?}: {}", text(&output));
        assert!(text(&output).contains(said), "{fault:?}: {}", text(&output));
    }
}

/// The same users again, and an answer that is not the one of before.
#[test]
fn targets_are_kept_and_what_is_gone_is_missed() {
    let file = Path::new(env!("CARGO_TARGET_TMPDIR")).join("targets.json");
    drop(std::fs::remove_file(&file));
    let words = ["--rows", "get", "--targets", file.to_str().unwrap()];
    let fake = Fake::start(Fault::None);
    assert_eq!(load(&fake, &words).status.code(), Some(0));
    let there = fake.resources();
    assert_eq!(load(&fake, &words).status.code(), Some(0));
    assert_eq!(fake.resources(), there, "nothing is made twice");
    let output = load(&Fake::start(Fault::None), &words);
    assert_eq!(output.status.code(), Some(1));
    assert!(text(&output).contains("got 404"), "{}", text(&output));
}

#[test]
fn no_server_is_1_and_no_such_process_too() {
    let nobody = ["load", "--base-url", "http://127.0.0.1:1/scim/v2", "--token", "t"];
    let output = Command::new(env!("CARGO_BIN_EXE_provost-conformance")).args(nobody).output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    let output = load(&Fake::start(Fault::None), &["--rows", "get", "--pid", "4294967295"]);
    assert_eq!(output.status.code(), Some(1), "{}", text(&output));
}
