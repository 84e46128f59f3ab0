//! The load against a correct server, and with one fault at a time: speed gained by wrong answers must not count.

use crate::fake::{self, Fake, Fault};
use serde_json::Value;
use std::path::Path;
use std::process::{Command, Output};

/// Limited by a number of requests, so that a busy machine takes longer but measures as much.
const SHORT: [&str; 10] =
    ["--requests", "40", "--seconds", "600", "--warm-up", "0", "--connections", "2", "--users", "30"];

fn load(fake: &Fake, words: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_provost-conformance"))
        .args(["load", "--base-url", fake.target().base_url(), "--token", fake::TOKEN])
        .args(SHORT.chunks(2).filter(|pair| !words.contains(&pair[0])).flatten())
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
        let [p50, p99, max] = ["p50_us", "p99_us", "max_us"].map(number);
        assert!(0.0 < p50 && p50 <= p99 && p99 <= max, "{row}");
        // the whole took at least as long as its longest request
        let took_us = 1e6 * number("requests") / number("per_second");
        assert!(row["requests"] == 40 && took_us >= max, "{row}");
        assert!(number("failed") == 0.0 && number("server_cpu_us") >= 0.0, "{row}");
    }
    assert!(json["peak_kib"].as_u64().unwrap() > 100);
}

/// Each row: the fault, the row that must notice it, and what must be said.
#[test]
fn wrong_answers_are_noticed() {
    for (fault, row, said) in [
        (Fault::ShortPages, "page", "expected 100 users"),
        (Fault::DoesNotStore, "patch", "acknowledged, then"),
        (Fault::BusyAt(5), "get", "requests per second"),
        (Fault::WrongStatus, "create", "expected status [201], got 200"),
    ] {
        // more users than a page has
        let output = load(&Fake::start(fault), &["--rows", row, "--users", "120"]);
        // a fault before the measurement prevents it
        let code = if matches!(fault, Fault::BusyAt(_) | Fault::WrongStatus) { 2 } else { 1 };
        assert_eq!(output.status.code(), Some(code), "{fault:?}: {}", text(&output));
        assert!(text(&output).contains(said), "{fault:?}: {}", text(&output));
    }
}

/// The same users again, and an answer that has changed.
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

/// With given targets, the server need not be complete SCIM: a baseline, or one endpoint.
#[test]
fn what_has_targets_is_measured_below_any_url() {
    let file = Path::new(env!("CARGO_TARGET_TMPDIR")).join("targets-of-a-baseline.json");
    drop(std::fs::remove_file(&file));
    let fake = Fake::start(Fault::None);
    let words = ["--targets", file.to_str().unwrap(), "--rows", "get"];
    assert_eq!(load(&fake, &words).status.code(), Some(0));
    let root = format!("http://{}", fake.target().authority());
    let words = ["--targets", file.to_str().unwrap(), "--rows", "path:/scim/v2/Users?count=1"];
    let output = Command::new(env!("CARGO_BIN_EXE_provost-conformance"))
        .args(["load", "--base-url", &root, "--token", fake::TOKEN])
        .args(SHORT)
        .args(words)
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", text(&output));
}

#[test]
fn without_a_server_or_the_process_nothing_is_measured_and_that_is_2() {
    let nobody = ["load", "--base-url", "http://127.0.0.1:1/scim/v2", "--token", "t"];
    let output = Command::new(env!("CARGO_BIN_EXE_provost-conformance")).args(nobody).output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(text(&output).contains("is it running"), "{}", text(&output));
    let output = load(&Fake::start(Fault::None), &["--rows", "get", "--pid", "4294967295"]);
    assert_eq!(output.status.code(), Some(2), "{}", text(&output));
}

/// A row without requests proves nothing; the report says why it has none.
#[test]
fn a_row_too_short_for_one_request_says_so() {
    let output = load(&Fake::start(Fault::None), &["--rows", "get", "--requests", "0"]);
    assert_eq!(output.status.code(), Some(1), "{}", text(&output));
    assert!(text(&output).contains("nothing measured: get"), "{}", text(&output));
}

/// The report about an attacked server as JSON, with the process's output.
fn attacked(fault: Fault, name: &str) -> (Output, Value) {
    let folder = tempfile::TempDir::new().unwrap();
    let (good, report) = (folder.path().join("good.json"), folder.path().join("report.json"));
    let unseen = [fake::TOKEN; 6];
    let others = serde_json::json!({ "good": [{ "token": fake::TOKEN, "unseen": unseen }] });
    std::fs::write(&good, others.to_string()).unwrap();
    let fake = Fake::start(fault);
    let output = Command::new(env!("CARGO_BIN_EXE_provost-conformance"))
        .args(["load", "--base-url", fake.target().base_url(), "--token", fake::TOKEN, "--hostile", name])
        .args(["--good", good.to_str().unwrap(), "--json", report.to_str().unwrap()])
        .args(["--users", "20", "--seconds", "0.5", "--pid", &std::process::id().to_string()])
        .output()
        .unwrap();
    let json = std::fs::read(report).map_or(Value::Null, |text| serde_json::from_slice(&text).unwrap());
    (output, json)
}

/// Seen to fail: with the attack not begun, and with the last phase counted as the first.
#[test]
fn an_attack_is_played_beside_good_clients() {
    let (output, json) = attacked(Fault::None, "common-value,patch-values");
    assert_eq!(output.status.code(), Some(0), "{}", text(&output));
    assert!(!text(&output).contains(fake::TOKEN));
    let kinds: Vec<&str> =
        json["good"].as_array().unwrap().iter().map(|row| row["kind"].as_str().unwrap()).collect();
    assert_eq!(kinds, ["PATCH", "create", "get", "match", "page", "token never seen"]);
    for row in json["good"].as_array().unwrap() {
        assert_eq!(row["who"], "others");
        let phases = row["phases"].as_array().unwrap();
        assert!(phases.len() == 3 && phases.iter().all(|phase| phase["requests"] == 2), "{row}");
    }
    let sent = json["attack"].as_object().unwrap();
    assert!(sent.contains_key("GET, 95 terms") && sent.contains_key("PATCH, a list that grows"), "{json}");
    assert!(
        json["alone"].as_array().unwrap().len() >= 6 && json["peak_kib"][2].as_u64().unwrap() > 100,
        "{json}"
    );
}

#[test]
fn wrong_answers_to_good_clients_are_noticed() {
    let (output, json) = attacked(Fault::ShortPages, "scans");
    assert_eq!(output.status.code(), Some(1), "{}", text(&output));
    let pages = json["good"].as_array().unwrap().iter().find(|row| row["kind"] == "page").unwrap();
    assert!(pages["phases"].as_array().unwrap().iter().all(|phase| phase["refused"] == phase["requests"]));
    assert!(text(&output).contains("wrong: page: "), "{}", text(&output));
}

#[test]
fn attacks_are_listed_and_others_unknown() {
    let run = |words: &[&str]| {
        Command::new(env!("CARGO_BIN_EXE_provost-conformance")).arg("load").args(words).output().unwrap()
    };
    let listed = run(&["--hostile", "list"]);
    assert_eq!(listed.status.code(), Some(0));
    assert!(text(&listed).lines().any(|line| line.starts_with("unread-pages ")), "{}", text(&listed));
    let target = ["--base-url", "http://127.0.0.1:1/scim/v2", "--token", "t"];
    for (words, said) in [
        (&["--hostile", "gossip"][..], "unknown attack `gossip`; `list` shows them"),
        (&["--hostile", "scans"][..], "`--good`"),
        (&["--hostile", "scans", "--good", "/nowhere"][..], "/nowhere: "),
    ] {
        let refused = run(&[&target, words].concat());
        assert_eq!(refused.status.code(), Some(2), "{}", text(&refused));
        assert!(text(&refused).contains(said), "{}", text(&refused));
    }
}
