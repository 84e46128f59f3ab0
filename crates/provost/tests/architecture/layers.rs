//! The layers of provost-core, from the table of its modules in ARCHITECTURE.md: each uses only those above it.

use super::sources::{before_tests, code_lines, rust_files};
use crate::root;
use std::collections::BTreeSet;
use std::fs;

/// Modules that are in `lib.rs` itself and use nothing.
const IN_LIB: &[&str] = &["urn"];

/// The rows of the table, from the top. Modules in one row may use each other.
fn rows(page: &str) -> Vec<Vec<String>> {
    let section = page.split("### `crates/provost-core`").nth(1).unwrap_or_default();
    let section = section.split("\n### ").next().unwrap_or_default();
    // A row: | `patch`, `change.rs` | what they hold |
    let cells = section.lines().filter_map(|line| line.strip_prefix("| `")?.split_once("` |"));
    cells
        .map(|(names, _)| names.split("`, `").map(|name| name.trim_end_matches(".rs").to_owned()).collect())
        .collect()
}

/// Every violation of the order in one file, one sentence each. `file` is the path below `src`.
fn faults(file: &str, source: &str, rows: &[Vec<String>]) -> Vec<String> {
    let from = module(file);
    let place = |module: &str| rows.iter().position(|row| row.iter().any(|name| name == module));
    let Some(own) = place(from) else { return vec![format!("{file}: the table has no `{from}`")] };
    let mut faults = Vec::new();
    for (number, line) in code_lines(before_tests(file, source)) {
        for path in line.split("crate::").skip(1) {
            let to: String = path.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
            if IN_LIB.contains(&to.as_str()) {
                continue;
            }
            match place(&to) {
                Some(place) if place < own || rows[own].contains(&to) => {}
                Some(_) => faults.push(format!(
                    "{file}:{number} uses `{to}`, which the table has further down than `{from}`"
                )),
                None => faults.push(format!("{file}:{number} says `crate::{to}`, which is no module")),
            }
        }
        if line.contains(&"super::".repeat(depth(file) + 1)) {
            faults.push(format!("{file}:{number} climbs out of `{from}`: say `crate::`"));
        }
    }
    faults
}

/// The top-level module that a file belongs to.
fn module(file: &str) -> &str {
    file.split('/').next().unwrap_or_default().trim_end_matches(".rs")
}

/// How deep in that module the file is.
fn depth(file: &str) -> usize {
    file.trim_end_matches("/mod.rs").matches('/').count()
}

fn table() -> Vec<Vec<String>> {
    rows(&fs::read_to_string(root().join("ARCHITECTURE.md")).expect("the page is there"))
}

#[test]
fn each_module_uses_only_those_above_it() {
    let (src, table) = (root().join("crates/provost-core/src"), table());
    let mut seen = BTreeSet::new();
    let mut found = Vec::new();
    for path in rust_files(&src) {
        let file = path.strip_prefix(&src).expect("below src").to_string_lossy().replace('\\', "/");
        if file != "lib.rs" {
            seen.insert(module(&file).to_owned());
            found.extend(faults(&file, &fs::read_to_string(&path).expect("the file can be read"), &table));
        }
    }
    let listed: Vec<&String> = table.iter().flatten().collect();
    found.extend(
        listed.iter().filter(|name| !seen.contains(**name)).map(|name| format!("there is no `{name}`")),
    );
    assert_eq!(listed.len(), seen.len(), "a module stands in the table once: {listed:?}");
    assert!(found.is_empty(), "\n{}\n", found.join("\n"));
}

#[test]
fn planted_uses_are_caught() {
    let table = rows(
        "### `crates/provost-core`\n\n| in | what |\n|---|---|\n| `value` | JSON |\n| `schema`, `path.rs` | names |\n\
         | `patch` | PATCH |\n| `compat` | profiles |\n\n### `next`\n\n| `other` | no |\n",
    );
    assert_eq!(table.len(), 4);
    for (file, source) in [
        ("patch/mod.rs", "use crate::path::AttrRef;\nuse crate::urn;\nuse self::request::Op;"),
        ("schema/index.rs", "use super::Schema;\nuse crate::path::AttrPath;"),
        ("path.rs", "use crate::schema::Schema; // not crate::compat"),
        ("patch/tests.rs", "use crate::compat::Reader;\nuse crate::Profile;"),
        ("patch/apply.rs", "#[cfg(test)]\nmod tests {\n    use crate::compat::Reader;\n}"),
        ("compat/patch/listed.rs", "use super::super::RuleId;"),
    ] {
        assert_eq!(faults(file, source, &table), Vec::<String>::new(), "{file}: {source}");
    }
    for (file, source, expected) in [
        (
            "patch/apply.rs",
            "use crate::compat::Notes;",
            "patch/apply.rs:1 uses `compat`, which the table has",
        ),
        (
            "value/mod.rs",
            "\nlet x = crate::path::parse(x);",
            "value/mod.rs:2 uses `path`, which the table has",
        ),
        (
            "patch/apply.rs",
            "use crate::Profile;",
            "patch/apply.rs:1 says `crate::Profile`, which is no module",
        ),
        ("patch/apply.rs", "use crate::{Profile};", "patch/apply.rs:1 says `crate::`, which is no module"),
        ("patch/apply.rs", "use super::super::compat;", "patch/apply.rs:1 climbs out of `patch`"),
        ("path.rs", "use super::Profile;", "path.rs:1 climbs out of `path`"),
        ("new.rs", "", "new.rs: the table has no `new`"),
    ] {
        let found = faults(file, source, &table);
        assert!(found.len() == 1 && found[0].starts_with(expected), "{file}: {source}: {found:?}");
    }
}
