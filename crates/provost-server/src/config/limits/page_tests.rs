//! `docs/limits.md` is generated from the constants and the table of limits.
//!
//! `scripts/docs` writes it.
//! Seen to fail: with a constant changed, with a row of the page changed, and with an option removed or added.

use super::{Limit, TABLE};
use provost::unstable::actix::{BODY_DEADLINE, MAX_HEAD_BYTES, MAX_MEMORY_BYTES, MAX_REQUEST_ID_BYTES};
use provost::unstable::core::limits;
use provost::unstable::provider;
use provost::{ErrorKind, Limits};
use std::fmt::Write;
use std::path::PathBuf;

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn source(path: &str) -> String {
    std::fs::read_to_string(root().join(path)).unwrap()
}

/// A limit, its default, where an embedding application sets it, the server's option, and what happens beyond it.
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
    let database = provost::sqlite::Options::default();
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
            "values in a JSON body, at any level",
            number(usual.json_values),
            "Limits::json_values",
            "limit-body-values",
            refused(PayloadTooLarge),
        ),
        row(
            "operations in a PATCH",
            number(usual.operations),
            "Limits::operations",
            "limit-operations",
            refused(PayloadTooLarge),
        ),
        row(
            "comparisons of all operations in a PATCH, or in a bulk request: the values of each list, and those sent, times the terms of the filter",
            number(usual.comparisons),
            "Limits::comparisons",
            "limit-comparisons",
            refused(PayloadTooLarge),
        ),
        row(
            "resource that a PATCH leaves, without members, and what its operations write",
            size(usual.resource_bytes),
            "Limits::resource_bytes",
            "limit-resource-bytes",
            refused(PayloadTooLarge),
        ),
        row(
            "resources over 16 KiB that a bulk request changes, together: eight of the largest size",
            size(usual.resource_bytes * 8),
            "",
            "",
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
            "values of any other attribute, after each operation",
            number(usual.values),
            "Limits::values",
            "limit-values",
            refused(InvalidValue),
        ),
        row(
            "indexed text, such as `userName`",
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
            "values that a list looks at: the resources that indices find, or all of the type, times the terms of filter and sort \
             that no index answers, and times four where the value is in a document",
            number(usual.scan),
            "Limits::scan",
            "limit-scan",
            refused(TooMany),
        ),
        row(
            "time spent looking at the rows of a list that no index finds; it is looked at between two parts of the list",
            format!("{} s", database.walk.as_secs()),
            "sqlite::Options::walk",
            "",
            refused(TooMany),
        ),
        row(
            "the same together with the waiting for other lists",
            format!("{} s", database.walk_and_wait.as_secs()),
            "sqlite::Options::walk_and_wait",
            "",
            refused(ErrorKind::Unavailable),
        ),
        row(
            "names in `attributes` or `excludedAttributes`",
            number(usual.attributes),
            "Limits::attributes",
            "limit-attributes",
            refused(InvalidValue),
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
            "members, or groups, of all resources on a page",
            number(usual.page_links),
            "Limits::page_links",
            "limit-page-links",
            clamped(),
        ),
        row(
            "size of all resources on a page, without members and groups",
            size(usual.page_bytes),
            "Limits::page_bytes",
            "limit-page-bytes",
            clamped(),
        ),
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
            "bodies of all requests and answers under way, those up to 16 KiB not counted: what a request announces, or else what \
             has come; an organisation has half of it at most, and a token half of that",
            size(MAX_MEMORY_BYTES),
            "ScimBuilder::memory_bytes",
            "limit-memory",
            format!("{}, {}", refused(ErrorKind::TooManyRequests), refused(ErrorKind::Unavailable)),
        ),
        row(
            "request target and headers together",
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
            "a new one is generated".to_owned(),
        ),
    ]
}

/// The number of `const NAME: Duration = Duration::from_secs(10);`, or of `const NAME: u64 = 25;`.
fn constant(path: &str, name: &str) -> u64 {
    let source = source(path);
    let line = source.lines().find(|l| l.contains(&format!("const {name}:"))).unwrap();
    let value = line.split_once("= ").unwrap().1;
    value.chars().filter(char::is_ascii_digit).collect::<String>().parse().unwrap()
}

fn option(limit: &Limit) -> String {
    format!("limit-{}", limit.key())
}

fn page() -> String {
    let rows = rows();
    let mut out = String::from(
        "# Limits\n\n\
         What one request can contain, and what one client can ask for. Everything has a bound, so that what a request can take\n\
         from the others, in memory and time, has one too. Bytes are counted before anything is parsed.\n\n\
         An embedding application sets a bound with the field or method named here, an operator with the server option:\n\
         as an argument, as an environment variable (`--limit-body` is `PROVOST_LIMIT_BODY`), or in `[limits]` of the\n\
         configuration file (`body`). Where neither is named, the bound is fixed.\n\n\
         This page is generated from the constants; a test fails when it is stale.\n\n\
         ## What one request can contain\n\n\
         | bound on | default | in code | server option | beyond it |\n\
         |---|---|---|---|---|\n",
    );
    let code = |text: &str| if text.is_empty() { String::new() } else { format!("`{text}`") };
    for r in &rows {
        let option = if r.option.is_empty() { String::new() } else { format!("`--{}`", r.option) };
        writeln!(out, "| {} | {} | {} | {option} | {} |", r.what, r.default, code(r.setting), r.beyond)
            .unwrap();
    }
    out.push_str(
        "\n`Limits` are set in `Settings::limits`. For the nesting of a filter, for indexed texts and for the head, the server\n\
         options cannot exceed the default: the stack, database indexes and the HTTP library set these limits.\n\n\
         ## What one client can ask of the server\n\n\
         | bound on | default | server option | beyond it |\n\
         |---|---|---|---|\n",
    );
    for limit in TABLE.iter().filter(|limit| rows.iter().all(|r| r.option != option(limit))) {
        let (what, beyond) = limit.what.split_once("; ").unwrap_or((limit.what, ""));
        writeln!(out, "| {} | {} | `--{}` | {beyond} |", lower(what), limit.default(), option(limit))
            .unwrap();
    }
    let (queue, failures) =
        ("crates/provost-server/src/tokens/queue.rs", "crates/provost-server/src/tokens/failures.rs");
    let (waiting, of_key_id) = (constant(queue, "MOST"), constant(queue, "MOST_OF_KEY_ID"));
    let wrong = constant(failures, "MOST");
    assert_eq!(constant(failures, "FORGIVEN_EVERY_MS"), 1_000, "then the page is wrong");
    writeln!(
        out,
        "| tokens that wait for their first check | {waiting}, {of_key_id} of them with the same key id | | \
         more are answered 429, with Retry-After |\n\
         | wrong secrets for one key id from one client | {wrong}, then one a second | | \
         more are answered 429, with Retry-After |"
    )
    .unwrap();
    let (kept, buffer, shape) = (
        "crates/provost-server/src/requests/mod.rs",
        "crates/provost-server/src/requests/kept.rs",
        "crates/provost-server/src/requests/shape.rs",
    );
    let (most, refusals) = (constant(kept, "MOST"), constant(kept, "REFUSALS"));
    let (waiting, of_one) = (constant(buffer, "MOST"), constant(buffer, "MOST_OF_ONE"));
    assert!(source(shape).contains("MOST: usize = 16 * 1024;"));
    assert!(source("crates/provost-actix/src/answer.rs").contains("KEPT: usize = 64 * 1024;"));
    writeln!(
        out,
        "| requests of an organisation that were refused or partly used, kept in their shape | {most}, for 30 days; with \
         values for 24 hours | | the oldest are removed |\n\
         | the shape of one | 16 KiB, of the first 64 KiB of the body, and {refusals} refusals | | the rest is left out |\n\
         | such requests that wait to be stored, for two seconds | {waiting}, {of_one} of them of one organisation | | \
         others are not kept |"
    )
    .unwrap();
    let drain = constant("crates/provost-server/src/serve/stop.rs", "DRAIN_S");
    let aside = constant("crates/provost-server/src/serve/app.rs", "ASIDE");
    writeln!(
        out,
        "| connections to the address of metrics at once | {aside} | | the last one takes the place of an idle one, of the \
         client with most of them |\n\
         | time for requests in progress when the server is stopped | {drain} s | | they are cut off |"
    )
    .unwrap();
    assert!(source("crates/provost-diesel/src/sqlite/database.rs").contains("queue: 4_096,"));
    assert!(
        source("crates/provost-diesel/src/sqlite/inbox.rs").contains("MOST_WAITING_US: u64 = 8_000_000;")
    );
    writeln!(
        out,
        "| writes of one organisation that wait | as many as there are places left of 4,096, and seconds of work left of 8 | | \
         429, with Retry-After |"
    )
    .unwrap();
    let memory = source("crates/provost-server/tests/it/conformance.rs");
    let (_, memory) = memory.split_once("PEAK_KIB: u64 = ").unwrap();
    let memory = memory.split(' ').next().unwrap();
    let rest = "
A client is an IPv4 address or an IPv6 /64 network. A proxy named by `--trusted-proxy` does not count as a client:
many clients connect through it, and it [must limit](operate.md#behind-a-proxy) their connections. Write sizes like
`1 MiB`, times like `15s`.

Organisations take turns at writing: one that sends more than its share waits for itself
([how](decisions/008-a-fair-writer.md)). When no place is left at all, the answer is 503.

The ServiceProviderConfig announces the bounds that SCIM has fields for: `filter.maxResults`,
`bulk.maxOperations`, `bulk.maxPayloadSize` and `pagination`. `--bulk false` switches bulk requests off,
`--root-queries` switches queries over all resource types on. These support filters and paging by index: `sort` and
`pagination.cursor` are announced for the lists of one type.

Compressed requests are not supported, because their size could not be bounded before decompression, and neither is
HTTP/2: use a proxy in front of the server for that.

## Memory

After all requests under [conformance/hostile](../conformance/README.md#hostile-requests), including bodies of 16 MiB
and groups of 100,000 members, the server had used 101 MiB, and 132 MiB on another machine (debug builds, PostgreSQL, one request at
a time; each thread keeps memory that it freed); a test requires it to stay below {bound} MiB.

Beside any one of the [attacks](#beside-an-attack), a server with 20,000 users needs at most 256 MiB more than before.

## Beside an attack

`provost-conformance load --hostile` plays clients that are careless or hostile, each by a valid token or by none, beside
good clients of other organisations and of the same one. `scripts/soak hostile` plays all of them on a release build with
20,000 users and default limits, and prints a table; `scripts/test hostile` is a short form of it. What it holds the server to:

* no good client of another organisation is refused anything, and those of the attacked organisation get through;
* each request of an attack is answered as this page says;
* a token is hashed once, and a flood of forged ones costs a bounded number of hashes;
* peak memory stays within 256 MiB of what it was;
* afterwards the server stops as usual.

What it shows, and does not judge, since it says as much about the machine: how long good clients wait. Two things are shared and
not bounded, so beside an attack everything takes longer than without it:

* **processors**. One organisation has at most half of the places for what takes long. On two cores such work, the writer and the check of a token that
  was never seen (some 25 ms) compete for what is left;
* **the part of the own organisation**. Its other tokens share the places for lists and for large requests with the attack: their
  lists wait for it, and get 503 when they have waited for three seconds. What asks for one resource, however large, or writes
  one waits for few lists: no more of an organisation's lists than it may read at once, and as many windows of others, wait in
  the same queue. Memory is shared between tokens, too.

```sh
SOAK_ATTACKS=\"scans unread-pages\" SOAK_PHASE=30 scripts/soak hostile
```

On a quiet machine of two cores, with attacker, good clients and a release build on both of them and phases of 30 s, no good client of another
organisation was refused anything beside any of the 19 attacks. `/healthz` answered within 8 ms (p99; 4 ms without an attack), and a token never seen
within 77 ms (38 ms). The p99 of look-ups went from about 0.7 ms to between 3 and 9 ms, 14 ms beside `many-groups`: what waits is the
processor, so this is more than three times as long. Writes took 66 ms beside `unknown-members` and 174 ms beside `large-groups`, where each waits for
one large write. Three attacks went over a bound, and were not measured again since. Floods of forged tokens with a known
key id cost 1,614 hashes where 1,562 were due: all that came before a failure was counted were hashed; now one is. Beside `many-names` memory
grew by 277 MiB. That build kept a large body a little longer than the room that is counted for it, which may be why.

`/healthz` was to answer within 100 ms beside each of them. In phases of 3 s, attacker and server on the same two cores, which were
busy with other builds as well (load 6), the slowest of 36 answers to clients of other organisations took between 2 and 86 ms beside
18 of the 19 attacks. `slow-bodies` sends again and again what is refused with 429, 16 MiB each. The server read all of that, as fast
as it came, to throw it away; now what comes after a refusal is read at 32 MiB a second for all connections together, and who has no
room for a body is refused a second later. Before and after in turn, two runs each, debug builds with 500 users, phases of 5 s, on two
cores that other builds had, too (load 6 to 8):

| beside `slow-bodies` | before | after |
|---|---|---|
| `/healthz`, p50 | 1,545 and 1,464 ms | 11 and 3 ms |
| `/healthz`, p99 | 2,201 and 2,615 ms | 210 and 164 ms |
| a token never seen, p99 | 3,830 and 3,647 ms | 706 and 632 ms |
| refusals | 765 and 769 | 289 and 312 |

## What is refused without a SCIM body

A request that the HTTP library cannot parse never reaches any SCIM code. The library answers with only a status and
closes the connection: a head over 128 KiB or with more than 96 headers (431), a head that does not arrive in time (408),
a target over 64 KiB, contradictory lengths, and anything else that is not HTTP (400).

**400 without a body usually means: encode the query.** A URL cannot hold a quotation mark, `<`, `>`, a space, or any
character beyond ASCII: write `%22`, `%3C`, `%3E`, `%20`, and the UTF-8 bytes of the rest, as in `%C3%A9`. In the path the
same holds for a backtick in place of the quotation mark. `#` ends a URL, so in a value it is `%23`, and a plus is `%2B`.
curl sends a URL as it is written, and encodes values only when told to:

```sh
curl -G \"$TENANT_URL/Users\" --data-urlencode 'filter=displayName eq \"Ümit Öz\"' -H \"Authorization: Bearer $SECRET_TOKEN\"
```

## Bodies that are not read

A request is refused before its body is read wherever that is possible: without a good token, with one that may only read
where something would be written, at an unknown endpoint, or with a length over the limit. The connection is then closed, whether the rest of the body has a length or comes in chunks. What the client sends until then, for
a second at most, is thrown away: 256 KiB of each connection at once, and 32 MiB a second of all together
(`provost_unwanted_bytes_total` counts these).

To a client that asks first (`Expect: 100-continue`) the HTTP library says `100 Continue` by itself, before the token has
been checked; it offers no way to check it first. The answer follows at once without waiting for the body, so the client need not
send it, and nothing of it is kept.
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

/// The server has options for the same limits, with the same defaults.
#[test]
fn the_server_has_the_same_defaults() {
    for r in rows().iter().filter(|r| !r.option.is_empty()) {
        let limit = TABLE.iter().find(|limit| option(limit) == r.option);
        let limit = limit.unwrap_or_else(|| panic!("the server has no option `{}`", r.option));
        assert_eq!(limit.default(), r.default.replace(',', ""), "{}", r.option);
    }
}
