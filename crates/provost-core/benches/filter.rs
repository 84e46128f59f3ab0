//! What a filter costs: reading its text, binding it to the schemas, evaluating it on a user.
//!
//! `cargo bench -p provost-core --bench filter`. Throughput is in terms, so its inverse is the time per term. Goals:
//! 1 us per term for reading, 200 ns per term and user for evaluation. The same texts and user are given to other
//! crates by `others/`, which is a package of its own so that their dependencies stay out of this workspace.

#![expect(clippy::unwrap_used, reason = "a bench may stop")]

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use provost_core::filter::Unknown;
use provost_core::value::parse_object;
use provost_core::{Filter, SchemaSet};
use std::hint::black_box;

const USER: &str = include_str!("user.json");

/// Name, number of terms, text. No `or` is cut short on the user: every term is evaluated.
const FILTERS: [(&str, u64, &str); 5] = [
    ("user_name", 1, r#"userName eq "someone.else@example.com""#),
    ("value_path", 2, r#"emails[type eq "work" and value eq "someone.else@example.com"]"#),
    ("extension", 1, r#"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department eq "Sales""#),
    ("instant", 1, r#"meta.lastModified gt "2030-01-01T00:00:00Z""#),
    (
        "mixed",
        8,
        r#"userName sw "x" or name.familyName eq "Someone" or active eq false or title co "Chief Executive" or not (externalId pr and userType ne "Employee") or (emails.value ew "@example.net" or displayName gt "z")"#,
    ),
];

fn parse(c: &mut Criterion) {
    let mut group = c.benchmark_group("parse");
    for (name, terms, text) in FILTERS {
        group.throughput(Throughput::Elements(terms));
        group.bench_function(name, |b| b.iter(|| black_box(text).parse::<Filter>().unwrap()));
    }
}

fn resolve(c: &mut Criterion) {
    let kind = SchemaSet::builtin().resource_type("User").unwrap().clone();
    let mut group = c.benchmark_group("resolve");
    for (name, terms, text) in FILTERS {
        let filter: Filter = text.parse().unwrap();
        group.throughput(Throughput::Elements(terms));
        group
            .bench_function(name, |b| b.iter(|| black_box(&filter).resolve(&kind, Unknown::Refuse).unwrap()));
    }
}

fn evaluate(c: &mut Criterion) {
    let kind = SchemaSet::builtin().resource_type("User").unwrap().clone();
    let user = parse_object(USER).unwrap();
    let mut group = c.benchmark_group("evaluate");
    for (name, terms, text) in FILTERS {
        let filter = text.parse::<Filter>().unwrap().resolve(&kind, Unknown::Refuse).unwrap();
        assert!(!filter.matches(&user), "{name} is cut short");
        group.throughput(Throughput::Elements(terms));
        group.bench_function(name, |b| b.iter(|| filter.matches(black_box(&user))));
    }
}

criterion_group!(benches, parse, resolve, evaluate);
criterion_main!(benches);
