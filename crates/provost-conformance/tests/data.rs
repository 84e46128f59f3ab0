//! The data under `conformance/` is understood by the player, complete, and without loose ends.

#![expect(clippy::unwrap_used, reason = "a test: a panic is its way to fail")]

use provost_conformance::data::{Data, Given, RequestSource, StepAction};
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("data")
}

fn data() -> Data {
    Data::load(&folder()).unwrap()
}

#[test]
fn everything_is_there() {
    let data = data();
    assert_eq!(data.exchanges.len(), 357);
    assert!(data.scenarios.len() >= 25, "{}", data.scenarios.len());
    assert!(data.hostile.values().map(|file| file.cases.len()).sum::<usize>() >= 600);
    for vectors in ["filters", "patch"] {
        let text = fs::read_to_string(folder().join(format!("vectors/{vectors}.json"))).unwrap();
        let value: serde_json::Value = serde_json::from_str(&text).unwrap();
        assert!(value["vectors"].as_array().unwrap().len() >= 75);
    }
}

/// A failure names the standard it is about; a scenario may be about a client alone.
#[test]
fn every_case_knows_its_section() {
    let data = data();
    let section = |rfc: &str| {
        let parts = rfc.strip_prefix("RFC ").and_then(|rest| rest.split_once(" §"));
        parts.is_some_and(|(number, section)| {
            number.parse::<u16>().is_ok() && section.split('.').all(|part| part.parse::<u8>().is_ok())
        })
    };
    let mut all: Vec<(&String, Option<&String>)> =
        data.exchanges.iter().map(|(name, exchange)| (name, exchange.rfc.as_ref())).collect();
    for file in data.hostile.values() {
        all.extend(file.cases.iter().map(|case| (&case.name, case.rfc.as_ref().or(file.rfc.as_ref()))));
    }
    for (name, rfc) in all {
        assert!(rfc.is_some_and(|rfc| section(rfc)), "{name} needs an `rfc`, as `RFC 7644 §3.5.2`: {rfc:?}");
    }
    for (name, scenario) in &data.scenarios {
        assert!(scenario.rfc.as_ref().is_none_or(|rfc| section(rfc)), "{name}: {:?}", scenario.rfc);
    }
}

/// The built-in cases are those in the folder, so everything that is tested is also played.
#[test]
fn the_built_in_cases_are_those_of_the_folder() {
    let (built_in, folder) = (Data::built_in().unwrap(), data());
    assert_eq!(format!("{built_in:?}"), format!("{folder:?}"));
}

/// The package contains what the program carries: `cargo install` builds from the package alone.
#[test]
fn the_package_has_the_cases() {
    let listed = Command::new(env!("CARGO"))
        .args(["package", "--list", "--offline", "--allow-dirty", "--manifest-path"])
        .arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("Cargo.toml"))
        .output()
        .unwrap();
    let listed = String::from_utf8(listed.stdout).unwrap();
    let has = |file: &str| listed.lines().any(|line| line == file);
    assert!(has("data/states.json") && has("data/hostile/users.json") && has("build.rs"), "{listed}");
    assert_eq!(
        listed.lines().filter(|line| line.starts_with("data/scenarios/")).count(),
        data().scenarios.len()
    );
}

#[test]
fn every_state_that_is_named_is_known() {
    let data = data();
    let mut given: Vec<&Given> = data.states.states.values().flatten().collect();
    given.extend(data.exchanges.values().flat_map(|exchange| &exchange.given));
    given.extend(data.scenarios.values().flat_map(|scenario| &scenario.given));
    given.extend(data.hostile.values().flat_map(|file| file.given.iter().chain(&file.other_tenant)));
    for line in given {
        if let Given::State(name) = line {
            assert!(data.states.states.contains_key(name), "`{name}` is no state");
        }
    }
}

#[test]
fn scenarios_play_exchanges_that_exist() {
    let data = data();
    for (name, scenario) in &data.scenarios {
        assert!(!scenario.steps.is_empty(), "{name}");
        for step in &scenario.steps {
            let StepAction::Send(send) = &step.action else { continue };
            if let RequestSource::Exchange(exchange) = &send.request {
                assert!(data.exchanges.contains_key(exchange), "{name}: `{exchange}`");
            }
        }
    }
}

#[test]
fn hostile_cases_have_one_name_one_request_and_one_answer_at_least() {
    let data = data();
    let mut names = BTreeSet::new();
    for case in data.hostile.values().flat_map(|file| &file.cases) {
        assert!(names.insert(&case.name), "{} twice", case.name);
        assert!(case.request.is_some() != case.raw.is_some(), "{}", case.name);
        assert!(case.expect.is_some() || case.strict.is_some() || case.entra.is_some(), "{}", case.name);
    }
}

/// A misspelt placeholder would be sent as it is, and the case would prove something else.
#[test]
fn every_placeholder_is_one_that_somebody_fills() {
    let symbols = ["U1", "U2", "U3", "U9", "P1", "G1", "G2", "G9", "NU1", "NG1"];
    let others = ["base", "token", "host", "root", "i", "any", "uuid", "now", "int"];
    // Of cases that wait for the token endpoint.
    let later = ["token_endpoint", "base64(client_id:client_secret)", "entra_jwt"];
    for file in json_files(&folder()) {
        let text = fs::read_to_string(&file).unwrap();
        for name in text.split("{{").skip(1).filter_map(|rest| rest.split("}}").next()) {
            let plain = name.trim_end_matches("|upper").trim_end_matches("|nohyphen");
            let plain = if plain == "root|doubled" { "root" } else { plain };
            let known = symbols.contains(&plain) || others.contains(&plain) || later.contains(&name);
            assert!(known, "{}: `{name}`", file.display());
        }
    }
}

fn json_files(dir: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files.extend(json_files(&path));
        } else if path.extension().is_some_and(|extension| extension == "json") {
            files.push(path);
        }
    }
    files
}
