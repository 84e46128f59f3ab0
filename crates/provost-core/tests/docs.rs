//! The tables of the handbook that are made from the code, or must agree with it.
//!
//! `scripts/docs` writes the ones that are made.
//! Seen to fail: with a rule's text changed, with a row of the error table taken out, and with a status altered.

#![expect(clippy::unwrap_used, reason = "a test: a panic is its way to fail")]

use provost_core::ErrorKind;
use provost_core::compat::RULES;
use std::fmt::Write;
use std::path::PathBuf;

fn docs(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../docs").join(name)
}

fn quirks() -> String {
    let mut out = String::from(
        "# Quirks\n\n\
         What identity providers send that the RFC does not allow or leaves open, as named rules. A profile is a set of\n\
         rules, held per organisation: `strict` has none. When in doubt the profile is `entra`, the default; `interop` is for\n\
         clients that keep to the RFC. A rule rewrites a request before anything else sees it; the\n\
         rules that fired are named in the audit record, which is written also when nothing was changed.\n\n\
         This page is made from the table in `crates/provost-core/src/compat/rules.rs`; a test fails when it is stale.\n\n\
         Each is told with where the need is known from (`composed`: from the texts, no capture shows it), and with the\n\
         exchange under `conformance/` that is answered otherwise without it; a test plays them all both ways.\n\n\
         | rule | entra | okta | interop | what it does | why | without it | source | exchange | since |\n\
         |---|---|---|---|---|---|---|---|---|---|\n",
    );
    let cell = |text: &str| text.replace('|', "\\|");
    let mark = |on: bool| if on { "on" } else { "" };
    for r in RULES {
        writeln!(
            out,
            "| `{}` | {} | {} | {} | {} | {} | {} | {} | `{}` | {} |",
            r.name,
            mark(r.entra),
            mark(r.okta),
            mark(r.interop),
            cell(r.what),
            cell(r.why),
            cell(r.strict),
            cell(r.source),
            r.vector,
            r.since
        )
        .unwrap();
    }
    out
}

#[test]
fn quirks_are_fresh() {
    let made = quirks();
    if std::env::var_os("PROVOST_WRITE_DOCS").is_some() {
        std::fs::write(docs("quirks.md"), &made).unwrap();
    }
    let written = std::fs::read_to_string(docs("quirks.md")).unwrap();
    assert!(written == made, "docs/quirks.md is stale: run scripts/docs");
}

#[test]
fn every_error_kind_has_a_row() {
    let page = std::fs::read_to_string(docs("errors.md")).unwrap();
    let rows: Vec<Vec<&str>> = page
        .lines()
        .filter(|l| l.starts_with("| `"))
        .map(|l| l.split('|').map(str::trim).collect())
        .collect();
    for kind in ErrorKind::ALL {
        let name = format!("`{kind:?}`");
        let row = rows.iter().find(|r| r[1] == name).unwrap_or_else(|| panic!("docs/errors.md lacks {name}"));
        assert_eq!(row[2], kind.status().to_string(), "status of {name}");
        assert_eq!(row[3], kind.scim_type().unwrap_or_default(), "scimType of {name}");
        assert!(!row[4].is_empty() && !row[5].is_empty(), "{name} needs an example and a remedy");
    }
    assert_eq!(rows.len(), ErrorKind::ALL.len(), "docs/errors.md has rows of no kind");
}
