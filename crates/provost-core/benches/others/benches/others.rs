//! The filters of `../../filter.rs` in provost-core, in scim_v2 (which reads filters) and in scim-filter (which reads
//! and evaluates them). What a crate cannot do is printed and left out: a wrong answer has no price.
//!
//! `cargo bench --manifest-path crates/provost-core/benches/others/Cargo.toml`

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use provost_core::compat::Reader;
use provost_core::filter::Unknown;
use provost_core::patch::PatchRequest;
use provost_core::policy::Notes;
use provost_core::value::parse_object;
use provost_core::{Filter, Limits, Policy, Profile, SchemaSet, Terms};
use std::hint::black_box;

/// Five operations in lower case and with JSON booleans, which the RFC and so both crates take.
const PATCH: &str = r#"{"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"],"Operations":[{"op":"replace","path":"displayName","value":"Maren O. Dahl"},{"op":"replace","path":"emails[type eq \"work\"].value","value":"maren.dahl@lanternworks.example"},{"op":"replace","path":"name.familyName","value":"Dahl"},{"op":"replace","path":"active","value":true},{"op":"replace","path":"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:employeeNumber","value":"LW-0991"}]}"#;

const USER: &str = include_str!("../../user.json");

/// Name, number of terms, text, whether the user meets it.
const FILTERS: [(&str, u64, &str, bool); 5] = [
    ("user_name", 1, r#"userName eq "someone.else@example.com""#, false),
    ("value_path", 2, r#"emails[type eq "work" and value eq "someone.else@example.com"]"#, false),
    ("instant", 1, r#"meta.lastModified gt "2030-01-01T00:00:00Z""#, false),
    ("any_case", 1, r#"userName eq "barbara.jensen@example.com""#, true),
    (
        "mixed",
        4,
        r#"userName sw "x" or name.familyName eq "Someone" or active eq false or title co "Chief Executive""#,
        false,
    ),
];

fn parse(c: &mut Criterion) {
    let mut group = c.benchmark_group("parse");
    for (name, terms, text, _) in FILTERS {
        group.throughput(Throughput::Elements(terms));
        group.bench_function(format!("{name}/provost"), |b| {
            b.iter(|| black_box(text).parse::<Filter>().unwrap())
        });
        match text.parse::<scim_v2::filter::Filter>() {
            Ok(_) => {
                group.bench_function(format!("{name}/scim_v2"), |b| {
                    b.iter(|| black_box(text).parse::<scim_v2::filter::Filter>().unwrap())
                });
            }
            Err(e) => println!("scim_v2 does not read {text}: {e}"),
        }
        match scim_filter::parser::filter(text) {
            Ok(("", _)) => {
                group.bench_function(format!("{name}/scim-filter"), |b| {
                    b.iter(|| scim_filter::parser::filter(black_box(text)).unwrap())
                });
            }
            Ok((rest, _)) => println!("scim-filter leaves `{rest}` of {text}"),
            Err(e) => println!("scim-filter does not read {text}: {e}"),
        }
    }
}

fn evaluate(c: &mut Criterion) {
    let kind = SchemaSet::builtin().resource_type("User").unwrap().clone();
    let user = parse_object(USER).unwrap();
    let json: serde_json::Value = serde_json::from_str(USER).unwrap();
    let mut group = c.benchmark_group("evaluate");
    for (name, terms, text, expected) in FILTERS {
        let filter = text.parse::<Filter>().unwrap().resolve(&kind, Unknown::Refuse).unwrap();
        assert_eq!(filter.matches(&user), expected, "{text}");
        group.throughput(Throughput::Elements(terms));
        group.bench_function(format!("{name}/provost"), |b| b.iter(|| filter.matches(black_box(&user))));
        let Ok(("", other)) = scim_filter::parser::filter(text) else { continue };
        match other.r#match(&json) {
            Ok(found) if found == expected => {
                group.bench_function(format!("{name}/scim-filter"), |b| {
                    b.iter(|| other.r#match(black_box(&json)).unwrap())
                });
            }
            answer => println!("scim-filter answers {answer:?} to {text}, expected {expected}"),
        }
    }
}

/// Entra's PATCH of five operations as text. scim_v2 reads it; no crate known to us applies one. To read means the same
/// in both: JSON, operations, parsed paths, `validate`. Provost's whole way to the new text stands beside it.
fn patch(c: &mut Criterion) {
    let kind = SchemaSet::builtin().resource_type("User").unwrap().clone();
    let (profile, limits) = (Profile::strict(), Limits::default());
    let terms = Terms::new(Policy::default(), &limits);
    let mut group = c.benchmark_group("patch");
    group.bench_function("read/provost", |b| {
        b.iter(|| PatchRequest::parse(parse_object(black_box(PATCH))?, terms, &mut Notes::default()))
    });
    group.bench_function("read and bind to the schema/provost", |b| {
        b.iter(|| Reader::new(&profile, &limits).patch(parse_object(black_box(PATCH))?, &kind))
    });
    group.bench_function("read/scim_v2", |b| {
        b.iter(|| {
            let request: scim_v2::models::others::PatchOp = serde_json::from_str(black_box(PATCH)).unwrap();
            scim_v2::Validate::validate(&request).unwrap();
            request
        })
    });
    group.bench_function("read, applied to the stored text, written/provost", |b| {
        b.iter(|| {
            let patch = Reader::new(&profile, &limits).patch(parse_object(black_box(PATCH))?, &kind)?;
            let change = patch.apply(&parse_object(black_box(USER))?)?;
            Ok::<_, provost_core::Error>(change.body.map(|body| body.to_string()))
        })
    });
}

criterion_group!(benches, parse, evaluate, patch);
criterion_main!(benches);
