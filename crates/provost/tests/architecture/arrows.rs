//! Dependencies between crates, read from `cargo metadata`.

use std::{collections::BTreeSet, fs, process::Command};

use serde_json::{Value, json};

use crate::root;

/// Which of our crates each of them may use, whether in the library, its build or its tests.
const OURS: &[(&str, &[&str])] = &[
    ("provost-core", &[]),
    ("provost-provider", &["provost-core", "provost-testing"]),
    ("provost-diesel", &["provost-core", "provost-provider", "provost-testing"]),
    ("provost-actix", &["provost-core", "provost-provider", "provost-testing"]),
    ("provost", &["provost-core", "provost-provider", "provost-diesel", "provost-actix"]),
    // It judges from outside, over HTTP: nothing of a server may influence its verdicts.
    ("provost-conformance", &["provost-core"]),
    (
        "provost-server",
        &[
            "provost",
            "provost-core",
            "provost-provider",
            "provost-diesel",
            "provost-actix",
            "provost-conformance",
            "provost-saml",
            "provost-testing",
        ],
    ),
    // It decides who somebody is, from a message alone: no directory or server may influence that.
    ("provost-saml", &[]),
    // What tests share cannot use the layers above, whose tests depend on it.
    ("provost-testing", &["provost-core", "provost-provider"]),
];

/// Dependencies that only tests may have, each with its reason.
const ONLY_IN_TESTS: &[(&str, &str)] = &[
    // The server's tests run the judge against the built binary, which has no use for it itself.
    ("provost-server", "provost-conformance"),
    // It panics on a wrong answer, and is not published.
    ("provost-provider", "provost-testing"),
    ("provost-diesel", "provost-testing"),
    ("provost-actix", "provost-testing"),
    ("provost-server", "provost-testing"),
];

/// Dependencies of the facade that an embedding application turns on by a feature.
const OPTIONAL: &[(&str, &str)] = &[("provost", "provost-diesel"), ("provost", "provost-actix")];

/// Other crates that only some of ours may use. Crates not listed are free to use.
const THEIRS: &[(&str, &[&str])] = &[
    ("actix-web", &["provost-actix", "provost-server"]),
    ("actix-http", &["provost-actix", "provost-server"]),
    // the tests of both read the statements that ran
    ("diesel", &["provost-diesel", "provost-server", "provost-testing"]),
    ("diesel_migrations", &["provost-diesel", "provost-server"]),
    ("libsqlite3-sys", &["provost-diesel", "provost-server"]),
    ("tokio-postgres", &["provost-diesel", "provost-testing"]),
    ("nom", &["provost-core"]),
    // The core has no I/O, no async, and makes no identifiers.
    (
        "tokio",
        &[
            "provost-provider",
            "provost-diesel",
            "provost-actix",
            "provost",
            "provost-conformance",
            "provost-server",
            // to be a client of a database
            "provost-testing",
        ],
    ),
    ("uuid", &["provost-provider", "provost-diesel", "provost-actix", "provost-server", "provost-saml"]),
    // Only provost-saml decides who somebody is.
    ("saml-rs", &["provost-saml"]),
    // an embedding application sends its own mail
    ("lettre", &["provost-server"]),
    // the libraries make no requests
    ("ureq", &["provost-server"]),
];

/// Every violation in the metadata, one sentence each.
fn faults(metadata: &Value) -> Vec<String> {
    let packages = metadata["packages"].as_array().expect("metadata lists packages");
    let names: BTreeSet<&str> = packages.iter().map(|package| text(package, "name")).collect();
    let mut faults = Vec::new();
    for package in packages {
        let from = text(package, "name");
        // Examples are embedding applications, and benches compare with them: they may use everything.
        let manifest = text(package, "manifest_path");
        if ["/examples/", "/benches/"].iter().any(|folder| manifest.contains(folder)) {
            continue;
        }
        let Some((_, allowed)) = OURS.iter().find(|(name, _)| *name == from) else {
            faults.push(format!("{from} is in the workspace, but no rule says what it may use"));
            continue;
        };
        for dependency in package["dependencies"].as_array().expect("a package lists dependencies") {
            let to = text(dependency, "name");
            // its own tests turn on what is optional for others
            if to == from && dependency["kind"] == "dev" {
                continue;
            }
            if names.contains(to) {
                if !allowed.contains(&to) {
                    faults.push(format!("{from} uses {to}, which is the wrong way round"));
                }
                let for_tests = dependency["kind"] == "dev";
                if ONLY_IN_TESTS.contains(&(from, to)) && !for_tests {
                    faults.push(format!("{from} uses {to} outside its tests"));
                }
                if OPTIONAL.contains(&(from, to)) && !for_tests && dependency["optional"] != true {
                    faults.push(format!("{from} uses {to} without a feature to turn it off"));
                }
            } else if let Some((_, users)) = THEIRS.iter().find(|(name, _)| *name == to)
                && !users.contains(&from)
            {
                faults.push(format!("{from} uses {to}, which only {} may", users.join(", ")));
            }
            // chrono reads the clock only with this feature, and its default features include it.
            let reads_clock = dependency["uses_default_features"] == true
                || dependency["features"]
                    .as_array()
                    .is_some_and(|all| all.iter().any(|feature| feature == "clock"));
            if from == "provost-core" && to == "chrono" && reads_clock {
                faults.push("provost-core can read the clock through chrono".to_owned());
            }
        }
    }
    faults
}

fn text<'a>(value: &'a Value, name: &str) -> &'a str {
    value[name].as_str().unwrap_or_else(|| panic!("`{name}` is missing in {value}"))
}

fn metadata() -> Value {
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--format-version", "1", "--no-deps", "--offline"])
        .current_dir(root())
        .output()
        .expect("cargo runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).expect("cargo prints JSON")
}

/// The metadata of a workspace in which `from` depends on `to`, with these details of the dependency.
fn workspace(from: &str, to: &str, details: &Value) -> Value {
    let mut dependency =
        json!({"name": to, "kind": null, "optional": false, "uses_default_features": false, "features": []});
    for (name, value) in details.as_object().expect("details are an object") {
        dependency[name] = value.clone();
    }
    let others = OURS.iter().filter(|(name, _)| *name != from);
    let mut packages: Vec<Value> = others
        .map(|(name, _)| json!({"name": name, "manifest_path": format!("/p/crates/{name}/Cargo.toml"), "dependencies": []}))
        .collect();
    packages.push(
        json!({"name": from, "manifest_path": format!("/p/crates/{from}/Cargo.toml"), "dependencies": [dependency]}),
    );
    json!({ "packages": packages })
}

#[test]
fn arrows_run_the_right_way() {
    let faults = faults(&metadata());
    assert!(faults.is_empty(), "\n{}\n", faults.join("\n"));
}

#[test]
fn right_arrows_are_let_through() {
    for (from, to, details) in [
        ("provost-provider", "provost-core", json!({})),
        ("provost", "provost-actix", json!({"optional": true})),
        ("provost", "provost-diesel", json!({"kind": "dev"})),
        ("provost-server", "provost-conformance", json!({"kind": "dev"})),
        ("provost-provider", "provost-testing", json!({"kind": "dev"})),
        ("provost-testing", "provost-provider", json!({})),
        ("provost-core", "nom", json!({})),
        ("provost-core", "chrono", json!({"features": ["std"]})),
        ("provost-conformance", "serde_json", json!({})),
    ] {
        let faults = faults(&workspace(from, to, &details));
        assert!(faults.is_empty(), "{from} -> {to}: {faults:?}");
    }
}

#[test]
fn planted_arrows_are_caught() {
    for (from, to, details, expected) in [
        (
            "provost-core",
            "provost-provider",
            json!({}),
            "provost-core uses provost-provider, which is the wrong way round",
        ),
        (
            "provost-diesel",
            "provost-actix",
            json!({}),
            "provost-diesel uses provost-actix, which is the wrong way round",
        ),
        (
            "provost-actix",
            "provost-diesel",
            json!({"kind": "dev"}),
            "provost-actix uses provost-diesel, which is the wrong way round",
        ),
        (
            "provost-conformance",
            "provost-provider",
            json!({}),
            "provost-conformance uses provost-provider, which is the wrong way round",
        ),
        (
            "provost-provider",
            "provost",
            json!({"kind": "dev"}),
            "provost-provider uses provost, which is the wrong way round",
        ),
        (
            "provost-saml",
            "provost-core",
            json!({"kind": "dev"}),
            "provost-saml uses provost-core, which is the wrong way round",
        ),
        ("provost-server", "saml-rs", json!({}), "provost-server uses saml-rs, which only provost-saml may"),
        ("provost", "provost-server", json!({}), "provost uses provost-server, which is the wrong way round"),
        (
            "provost",
            "provost-actix",
            json!({}),
            "provost uses provost-actix without a feature to turn it off",
        ),
        (
            "provost-server",
            "provost-conformance",
            json!({}),
            "provost-server uses provost-conformance outside its tests",
        ),
        (
            "provost-provider",
            "provost-testing",
            json!({}),
            "provost-provider uses provost-testing outside its tests",
        ),
        (
            "provost-server",
            "provost-testing",
            json!({"kind": "build"}),
            "provost-server uses provost-testing outside its tests",
        ),
        (
            "provost",
            "provost-testing",
            json!({"kind": "dev"}),
            "provost uses provost-testing, which is the wrong way round",
        ),
        (
            "provost-testing",
            "provost-actix",
            json!({}),
            "provost-testing uses provost-actix, which is the wrong way round",
        ),
        ("provost-provider", "nom", json!({}), "provost-provider uses nom, which only provost-core may"),
        ("provost-core", "tokio", json!({"kind": "dev"}), "provost-core uses tokio, which only "),
        (
            "provost",
            "actix-web",
            json!({}),
            "provost uses actix-web, which only provost-actix, provost-server may",
        ),
        (
            "provost-actix",
            "diesel",
            json!({}),
            "provost-actix uses diesel, which only provost-diesel, provost-server, provost-testing may",
        ),
        (
            "provost-core",
            "chrono",
            json!({"features": ["clock"]}),
            "provost-core can read the clock through chrono",
        ),
        (
            "provost-core",
            "chrono",
            json!({"uses_default_features": true}),
            "provost-core can read the clock through chrono",
        ),
        (
            "provost-extra",
            "serde_json",
            json!({}),
            "provost-extra is in the workspace, but no rule says what it may use",
        ),
    ] {
        let faults = faults(&workspace(from, to, &details));
        assert!(faults.len() == 1 && faults[0].starts_with(expected), "{from} -> {to}: {faults:?}");
    }
}

/// docs/dependencies.md gives a reason for every crate we depend on directly, and for no other.
fn unexplained(metadata: &Value, page: &str) -> Vec<String> {
    let packages = metadata["packages"].as_array().expect("metadata lists packages");
    let ours: BTreeSet<&str> = packages.iter().map(|package| text(package, "name")).collect();
    let used: BTreeSet<&str> = packages
        .iter()
        .flat_map(|package| package["dependencies"].as_array().expect("a package lists dependencies"))
        .map(|dependency| text(dependency, "name"))
        .filter(|name| !ours.contains(name))
        .collect();
    // A row of the table: | `name` | where | reason |
    let explained: BTreeSet<&str> = page
        .lines()
        .filter_map(|line| line.strip_prefix("| `")?.split_once("` |"))
        .filter(|(_, rest)| rest.trim().trim_end_matches('|').split('|').all(|cell| !cell.trim().is_empty()))
        .map(|(name, _)| name)
        .collect();
    let missing = used
        .difference(&explained)
        .map(|name| format!("{name} is used, but docs/dependencies.md gives no reason"));
    let stale = explained
        .difference(&used)
        .map(|name| format!("{name} is in docs/dependencies.md, but nothing uses it"));
    missing.chain(stale).collect()
}

#[test]
fn every_dependency_has_its_reason() {
    let page = fs::read_to_string(root().join("docs/dependencies.md")).expect("the page is there");
    let faults = unexplained(&metadata(), &page);
    assert!(faults.is_empty(), "\n{}\n", faults.join("\n"));
}

#[test]
fn planted_dependencies_are_caught() {
    let metadata = workspace("provost-core", "left-pad", &json!({}));
    assert_eq!(unexplained(&metadata, "| `left-pad` | core | pads |"), Vec::<String>::new());
    assert_eq!(unexplained(&metadata, ""), ["left-pad is used, but docs/dependencies.md gives no reason"]);
    assert_eq!(
        unexplained(&metadata, "| `left-pad` | core | |\n| `gone` | core | was of use |"),
        [
            "left-pad is used, but docs/dependencies.md gives no reason",
            "gone is in docs/dependencies.md, but nothing uses it"
        ]
    );
}
