//! The pages of the handbook that are generated from tables of the core.
//!
//! `scripts/docs` writes them.
//! Seen to fail: with a rule's text changed, with a row missing from the error table, with a status altered, and with
//! an example of the page changed.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test: a panic is its way to fail")]

use provost_core::compat::RULES;
use provost_core::value::parse_object;
use provost_core::{Error, ErrorKind, Value};
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

/// Where the hand-written part of `docs/errors.md` begins.
const BY_HAND: &str = "## When `/readyz` is red";

/// Kind, status, `scimType`, example and what to do. The examples are those of `conformance/errors.json`, which a test
/// of `provost-actix` runs: the server really says this.
fn errors() -> String {
    let file = std::fs::read_to_string(docs("../conformance/errors.json")).unwrap();
    let file = parse_object(&file).unwrap();
    let vectors = file.get("errors").and_then(Value::as_array).unwrap();
    let example = |kind: ErrorKind| {
        let name = format!("{kind:?}");
        let mut objects = vectors.iter().filter_map(Value::as_object);
        let vector = objects.find(|v| v.str("kind") == Some(&name));
        let answer = vector.and_then(|v| v.get("answer")?.as_object());
        let detail = answer.and_then(|a| a.str("detail"));
        detail.unwrap_or_else(|| panic!("conformance/errors.json has no {name}")).to_owned()
    };
    let body = Error::new(ErrorKind::InvalidValue, example(ErrorKind::InvalidValue)).to_object();
    let mut out = format!(
        "# Errors\n\n\
         Every refusal is a SCIM error body (RFC 7644 section 3.12) with `Content-Type: application/scim+json`:\n\n\
         ```json\n{body}\n```\n\n\
         `detail` says what was wrong, where (attribute, number of the operation, byte of the filter), and what would be right.\n\
         Entra shows it in the provisioning log. The names and numbers of the examples are those of one request.\n\n\
         This page is made from the table in `crates/provost-core/src/error/kind.rs`; a test fails when it is stale. Another one\n\
         sends the requests of `conformance/errors.json` to a server, and fails when an example is not what that answers.\n\n\
         | kind | status | scimType | example of a detail | what to do |\n\
         |---|---|---|---|---|\n",
    );
    for kind in ErrorKind::ALL {
        let (status, scim_type) = (kind.status(), kind.scim_type().unwrap_or_default());
        let said = example(*kind).replace('`', "\\`").replace('|', "\\|");
        writeln!(out, "| `{kind:?}` | {status} | {scim_type} | {said} | {} |", kind.what_to_do()).unwrap();
    }
    out.push_str(
        "\nRFC 7644 has one more `scimType`: `sensitive`, with 403, for a filter by GET that holds what should not stand in a URL.\n\
         It is never answered, because Entra itself puts the addresses of people into URLs. To keep queries out of the logs on\n\
         the way, send them by POST to `/.search`; the server's own log has no queries.\n\n",
    );
    out
}

#[test]
fn errors_are_fresh() {
    let page = std::fs::read_to_string(docs("errors.md")).unwrap();
    let (_, by_hand) = page.split_once(BY_HAND).unwrap();
    let made = errors() + BY_HAND + by_hand;
    if std::env::var_os("PROVOST_WRITE_DOCS").is_some() {
        std::fs::write(docs("errors.md"), &made).unwrap();
    }
    let written = std::fs::read_to_string(docs("errors.md")).unwrap();
    assert!(written == made, "docs/errors.md is stale: run scripts/docs");
}
