//! A full user of 1.3 kB: checked as the body of a POST, projected, and rendered from a stored text. And the schemas as
//! they are made once at the start of a server.
//!
//! `cargo bench -p provost-core --bench schema`

use criterion::{BatchSize, Criterion, criterion_group, criterion_main};
use provost_core::compat::Reader;
use provost_core::policy::{Notes, Terms};
use provost_core::project::{Projection, render};
use provost_core::resource::{Body, Service};
use provost_core::typed::User;
use provost_core::value::parse_object;
use provost_core::{Id, Limits, Object, Policy, Profile, Resource, SchemaSet, Timestamp, Version};
use std::hint::black_box;

const USER: &str = include_str!("user.json");

fn schema(c: &mut Criterion) {
    let service = Service::new("https://scim.example.com/scim/v2", SchemaSet::builtin().into());
    let Some(user) = service.schemas.resource_type("User") else { return };
    let Ok(body) = parse_object(USER) else { return };
    let (limits, notes) = (Limits::default(), &mut Notes::default());
    let parse = |only, without, notes: &mut Notes| {
        Projection::parse(only, without, user, Terms::new(Policy::default(), &limits), notes)
            .unwrap_or_default()
    };
    let some = parse(Some("userName,name.givenName,emails.value"), None, notes);
    let without = parse(None, Some("groups,addresses,name.formatted"), notes);

    let mut group = c.benchmark_group("schema");
    group.bench_function("parse", |b| b.iter(|| parse_object(black_box(USER))));
    for (name, profile) in [("validate, strict", Profile::strict()), ("validate, entra", Profile::entra())] {
        group.bench_function(name, |b| {
            b.iter_batched(
                || body.clone(),
                |body| Reader::new(&profile, &limits).create(body, user),
                BatchSize::SmallInput,
            );
        });
    }
    for (name, projection) in [
        ("project, default", &Projection::default()),
        ("project, attributes", &some),
        ("project, excluded", &without),
    ] {
        group.bench_function(name, |b| {
            b.iter_batched_ref(|| body.clone(), |body| projection.apply(body, user), BatchSize::SmallInput);
        });
    }
    group.bench_function("validate and project", |b| {
        b.iter_batched(
            || body.clone(),
            |body| {
                let mut shown = Reader::new(&Profile::strict(), &limits).create(body, user)?.body;
                without.apply(&mut shown, user);
                Ok::<_, provost_core::Error>(shown)
            },
            BatchSize::SmallInput,
        );
    });
    group.bench_function("view and back", |b| {
        b.iter_batched(|| body.clone(), |body| User::try_from(body).map(Object::from), BatchSize::SmallInput);
    });
    let stored = Resource {
        id: Id::from("2819c223-7f76-453a-919d-413861904646"),
        version: Version::FIRST,
        created: Timestamp::from_millis(0),
        modified: Timestamp::from_millis(0),
        body: Body::Text(USER.trim().into()),
        members: Vec::new(),
        members_text: None,
        groups: Vec::new(),
    };
    for (name, projection) in [("render, default", &Projection::default()), ("render, excluded", &without)] {
        group.bench_function(name, |b| b.iter(|| render(black_box(&stored), user, &service, projection)));
    }
    group.bench_function("load the built-in schemas", |b| {
        let files: Vec<(String, String)> = service
            .schemas
            .schemas()
            .iter()
            .enumerate()
            .map(|(n, s)| (format!("{n}.schema.json"), s.to_object("https://example.com").to_string()))
            .collect();
        b.iter(|| SchemaSet::load(files.iter().map(|(n, t)| (n, t))));
    });
    group.finish();
}

criterion_group!(benches, schema);
criterion_main!(benches);
