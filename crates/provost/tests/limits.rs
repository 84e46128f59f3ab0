//! `docs/limits.md` is made from the constants, and from the options of the server.
//!
//! `scripts/docs` writes it.
//! Seen to fail: with a constant changed, with a row of the page changed, with the default in the help of an option of
//! the server changed, with an option taken out and with one added.

#![expect(clippy::unwrap_used, reason = "a test: a panic is its way to fail")]

use provost::unstable::core::limits;
use provost::unstable::provider;
use provost::{ErrorKind, Limits};
use provost_actix::{BODY_DEADLINE, MAX_HEAD_BYTES, MAX_REQUEST_ID_BYTES};
use std::fmt::Write;
use std::path::PathBuf;

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn source(path: &str) -> String {
    std::fs::read_to_string(root().join(path)).unwrap()
}

/// A bound, its default, where an embedding application sets it, the option of the server, and what happens beyond.
struct Row {
    what: &'static str,
    default: String,
    setting: &'static str,
    option: &'static str,
    beyond: String,
}

fn row(
    what: &'static str,
    default: String,
    setting: &'static str,
    option: &'static str,
    beyond: String,
) -> Row {
    Row { what, default, setting, option, beyond }
}

/// `1 MiB`, `64 bytes`.
fn size(bytes: usize) -> String {
    match bytes {
        n if n >= 1 << 20 && n % (1 << 20) == 0 => format!("{} MiB", n >> 20),
        n if n >= 1 << 10 && n % (1 << 10) == 0 => format!("{} KiB", n >> 10),
        n => format!("{n} bytes"),
    }
}

/// `100,000`
fn number(n: impl std::fmt::Display) -> String {
    let digits = format!("{n}");
    let groups: Vec<&str> =
        digits.as_bytes().rchunks(3).rev().map(|g| std::str::from_utf8(g).unwrap()).collect();
    groups.join(",")
}

fn refused(kind: ErrorKind) -> String {
    match kind.scim_type() {
        Some(scim_type) => format!("{} {scim_type}", kind.status()),
        None => kind.status().to_string(),
    }
}

fn rows() -> Vec<Row> {
    use ErrorKind::{
        HeadTooLarge, InvalidFilter, InvalidPath, InvalidSyntax, InvalidValue, PayloadTooLarge, Timeout,
        TooMany,
    };
    let fixed = "";
    let usual = Limits::default();
    let clamped = || "fewer are returned".to_owned();
    vec![
        row(
            "body",
            size(provider::MAX_BODY_BYTES),
            "Settings::body_bytes",
            "limit-body",
            refused(PayloadTooLarge),
        ),
        row(
            "body of a write to a type with members",
            size(provider::MAX_MEMBERS_BODY_BYTES),
            "Settings::members_body_bytes",
            "limit-group-body",
            refused(PayloadTooLarge),
        ),
        row("levels of nesting in JSON", number(limits::MAX_JSON_DEPTH), fixed, "", refused(InvalidSyntax)),
        row(
            "operations in a PATCH",
            number(usual.operations),
            "Limits::operations",
            "limit-operations",
            refused(PayloadTooLarge),
        ),
        row(
            "path of a PATCH operation",
            size(usual.path_bytes),
            "Limits::path_bytes",
            "",
            refused(InvalidPath),
        ),
        row(
            "members named in one write",
            number(usual.members),
            "Limits::members",
            "limit-members",
            refused(InvalidValue),
        ),
        row(
            "values of another attribute",
            number(usual.values),
            "Limits::values",
            "limit-values",
            refused(InvalidValue),
        ),
        row(
            "text that is looked up by, such as `userName`",
            size(usual.key_bytes),
            "Limits::key_bytes",
            "limit-indexed-text",
            refused(InvalidValue),
        ),
        row(
            "filter",
            size(usual.filter_bytes),
            "Limits::filter_bytes",
            "limit-filter",
            refused(InvalidFilter),
        ),
        row(
            "terms of a filter",
            number(usual.filter_terms),
            "Limits::filter_terms",
            "limit-filter-terms",
            refused(InvalidFilter),
        ),
        row(
            "levels of nesting in a filter",
            number(usual.filter_depth),
            "Limits::filter_depth",
            "limit-filter-depth",
            refused(InvalidFilter),
        ),
        row(
            "resources on a page without `count`",
            number(provider::PAGE),
            "Settings::page",
            "limit-page-default",
            clamped(),
        ),
        row("resources on a page", number(provider::MAX_PAGE), "Settings::max_page", "limit-page", clamped()),
        row(
            "results of a query over all types",
            number(provider::MAX_ROOT_RESULTS),
            "Settings::root_results",
            "limit-root-results",
            refused(TooMany),
        ),
        row(
            "bulk request",
            size(provider::MAX_BULK_BYTES),
            "Settings::bulk_bytes",
            "limit-bulk-body",
            refused(PayloadTooLarge),
        ),
        row(
            "operations in a bulk request",
            number(provider::MAX_BULK_OPERATIONS),
            "Settings::bulk_operations",
            "limit-bulk-operations",
            refused(PayloadTooLarge),
        ),
        row(
            "time for a body",
            format!("{} s", BODY_DEADLINE.as_secs()),
            "ScimBuilder::body_deadline",
            "limit-body-time",
            refused(Timeout),
        ),
        row(
            "target and headers together",
            size(MAX_HEAD_BYTES),
            "ScimBuilder::head_bytes",
            "limit-head",
            refused(HeadTooLarge),
        ),
        row(
            "`X-Request-Id` of a client",
            size(MAX_REQUEST_ID_BYTES),
            fixed,
            "",
            "another one is made".to_owned(),
        ),
    ]
}

/// An option of the server: its name, what it bounds, its default.
struct OptionOfServer {
    name: String,
    what: String,
    default: String,
}

/// The options as their help says them: `/// Terms of a filter [default: 100]` above `#[arg(long = "..")]`.
fn options(source: &str) -> Vec<OptionOfServer> {
    let mut help = String::new();
    let mut found = Vec::new();
    for line in source.lines().map(str::trim) {
        if let Some(text) = line.strip_prefix("/// ") {
            help = text.to_owned();
        } else if let Some((_, rest)) = line.split_once("long = \"") {
            let name = rest.split('"').next().unwrap().to_owned();
            let (what, default) = help.split_once(" [default: ").unwrap();
            let what = what.to_owned();
            found.push(OptionOfServer { name, what, default: default.trim_end_matches(']').to_owned() });
        }
    }
    found
}

/// The seconds of `const NAME: Duration = Duration::from_secs(10);`, or of `const NAME: u64 = 25;`.
fn seconds(path: &str, name: &str) -> u64 {
    let source = source(path);
    let line = source.lines().find(|l| l.contains(&format!("const {name}:"))).unwrap();
    let value = line.split_once("= ").unwrap().1;
    value.chars().filter(char::is_ascii_digit).collect::<String>().parse().unwrap()
}

fn page() -> String {
    let rows = rows();
    let options = options(&source("crates/provost-server/src/config/limits.rs"));
    let mut out = String::from(
        "# Limits\n\n\
         What one request may hold, and what one client may ask. Everything has a bound, so that no request can take the\n\
         memory or the time of the others. Bytes are counted before anything is parsed.\n\n\
         An embedding application sets a bound by the field or method named here, an operator by the option of the\n\
         server: as an argument, as a variable of the environment (`--limit-body` is `PROVOST_LIMIT_BODY`), or in\n\
         `[limits]` of the configuration file (`body`). Where neither is named the bound is fixed.\n\n\
         This page is made from the constants; a test fails when it is stale.\n\n\
         ## What one request may hold\n\n\
         | bound on | default | in code | option of the server | beyond it |\n\
         |---|---|---|---|---|\n",
    );
    let code = |text: &str| if text.is_empty() { String::new() } else { format!("`{text}`") };
    for r in &rows {
        let option = if r.option.is_empty() { String::new() } else { format!("`--{}`", r.option) };
        writeln!(out, "| {} | {} | {} | {option} | {} |", r.what, r.default, code(r.setting), r.beyond)
            .unwrap();
    }
    out.push_str(
        "\n`Limits` are those of `Settings::limits`. The options of the server go no further than the default\n\
         for the nesting of a filter and for indexed texts: the stack, and the index rows of databases, bear these.\n\n\
         ## What one client may ask of the server\n\n\
         | bound on | default | option of the server | beyond it |\n\
         |---|---|---|---|\n",
    );
    for o in options.iter().filter(|o| rows.iter().all(|r| r.option != o.name)) {
        let (what, beyond) = o.what.split_once("; ").unwrap_or((&o.what, ""));
        writeln!(out, "| {} | {} | `--{}` | {beyond} |", lower(what), o.default, o.name).unwrap();
    }
    let drain = seconds("crates/provost-server/src/serve/stop.rs", "DRAIN_S");
    writeln!(
        out,
        "| time for requests under way when the server is stopped | {drain} s | | they are cut off |"
    )
    .unwrap();
    let memory = source("crates/provost-server/tests/it/conformance.rs");
    let (_, memory) = memory.split_once("PEAK_KIB: u64 = ").unwrap();
    let memory = memory.split(' ').next().unwrap();
    let rest = "
A client is an IPv4 address, or an IPv6 network of 64 bits. A proxy that is named by `--trusted-proxy` is none: many
clients come through it, and it can bound their connections. Sizes are written like `1 MiB`, times like `15s`.

The ServiceProviderConfig announces the bounds that SCIM has words for: `filter.maxResults`,
`bulk.maxOperations`, `bulk.maxPayloadSize` and `pagination`. `--bulk false` switches bulk requests off,
`--root-queries` switches queries over all resource types on. These have filters and pages by index: `sort` and
`pagination.cursor` are announced for the lists of one type.

There is no compression of requests, whose size could not be bounded before it is undone, and no HTTP/2: a proxy
in front of the server speaks it.

## Memory

After all requests under [conformance/hostile](../conformance/README.md#hostile-requests), bodies of 16 MiB and groups of
100,000 members among them, the server had used 99 MiB at most (a debug build, one request at a time); a test
holds it below {bound} MiB.

## What is refused without a SCIM body

A request that the HTTP library cannot read reaches no code that knows SCIM. It answers with a status alone, and closes
the connection: a head over 128 KiB or with more than 96 headers (431), a head that does not arrive in time (408), a
target over 64 KiB, contradictory lengths, and whatever else is not HTTP (400).
";
    out.push_str(&rest.replace("{bound}", memory));
    out
}

fn lower(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| first.to_lowercase().chain(chars).collect())
}

#[test]
fn limits_are_fresh() {
    let made = page();
    let path = root().join("docs/limits.md");
    if std::env::var_os("PROVOST_WRITE_DOCS").is_some() {
        std::fs::write(&path, &made).unwrap();
    }
    let written = std::fs::read_to_string(path).unwrap();
    assert!(written == made, "docs/limits.md is stale: run scripts/docs");
}

/// The server has bounds of its own for the same things: by default they are the same.
#[test]
fn the_server_has_the_same_defaults() {
    let options = options(&source("crates/provost-server/src/config/limits.rs"));
    for r in rows().iter().filter(|r| !r.option.is_empty()) {
        let option = options.iter().find(|o| o.name == r.option);
        let option = option.unwrap_or_else(|| panic!("the server has no option `{}`", r.option));
        assert_eq!(option.default, r.default.replace(',', ""), "{}", r.option);
    }
    let own: Vec<&str> =
        options.iter().map(|o| o.name.as_str()).filter(|o| rows().iter().all(|r| r.option != *o)).collect();
    let expected = [
        "limit-head-time",
        "limit-idle-time",
        "limit-client-connections",
        "limit-connections",
        "limit-requests",
    ];
    assert_eq!(own, expected, "an option without a row");
}
