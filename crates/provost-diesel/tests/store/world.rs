//! Random resources of three types, and the evaluator's answers over them.

use super::{at, id, number, resource};
use crate::database::{self, Place, TenantStore};
use provost_core::query::Include;
use provost_core::resource::Service;
use provost_core::schema::parse_schema;
use provost_core::{Filter, Object, Query, ResourceType, SchemaSet, Timestamp};
use provost_diesel::TenantId;
use provost_provider::{Create, Find, Store};
use std::collections::BTreeMap;
use std::sync::Arc;

/// A type with what the built-in ones lack: numbers, instants, lists of simple values, lists inside elements.
const DEVICE: &str = r#"{"schemas":["urn:ietf:params:scim:schemas:core:2.0:Schema"],"id":"urn:example:Device","name":"Device",
  "attributes":[
    {"name":"serial","type":"string","caseExact":true,"multiValued":false},
    {"name":"cores","type":"integer","multiValued":false},
    {"name":"load","type":"decimal","multiValued":false},
    {"name":"bought","type":"dateTime","multiValued":false},
    {"name":"active","type":"boolean","multiValued":false},
    {"name":"labels","type":"string","multiValued":true},
    {"name":"readings","type":"decimal","multiValued":true},
    {"name":"box","type":"complex","multiValued":false,"subAttributes":[
      {"name":"colour","type":"string","multiValued":false},
      {"name":"tags","type":"string","multiValued":true},
      {"name":"sealed","type":"boolean","multiValued":false}]},
    {"name":"disks","type":"complex","multiValued":true,"subAttributes":[
      {"name":"value","type":"string","multiValued":false},
      {"name":"size","type":"integer","multiValued":false},
      {"name":"primary","type":"boolean","multiValued":false},
      {"name":"parts","type":"string","multiValued":true},
      {"name":"since","type":"dateTime","multiValued":false}]}]}"#;

const DEVICE_TYPE: &str = r#"{"schemas":["urn:ietf:params:scim:schemas:core:2.0:ResourceType"],"id":"Device",
  "name":"Device","endpoint":"/Devices","schema":"urn:example:Device"}"#;

pub(super) struct Rng(pub(super) u64);

impl Rng {
    pub(super) fn below(&mut self, n: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % n
    }

    pub(super) fn pick<'a>(&mut self, all: &[&'a str]) -> &'a str {
        all[self.below(all.len())]
    }

    /// Nothing half of the time, otherwise one of them.
    fn maybe<'a>(&mut self, all: &[&'a str]) -> Option<&'a str> {
        if self.below(2) == 0 { None } else { Some(self.pick(all)) }
    }
}

const WORDS: [&str; 12] = [
    "Ann",
    "ann",
    "BOB",
    "Straße",
    "STRASSE",
    "Ümit",
    "u\u{308}mit",
    "",
    "a%b",
    "a_b",
    "Σίσυφος",
    "zz\u{10ffff}",
];
const TYPES: [&str; 4] = ["work", "Work", "home", "other"];
const ENTERPRISE: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";

fn put(parts: &mut Vec<String>, name: &str, text: Option<&str>) {
    if let Some(text) = text {
        parts.push(format!("\"{name}\":\"{text}\""));
    }
}

fn object(parts: &[String]) -> String {
    format!("{{{}}}", parts.join(","))
}

/// Some of them may be empty, which counts as no value.
fn elements(rng: &mut Rng, make: impl Fn(&mut Rng, bool) -> Vec<String>) -> String {
    let (count, primary) = (rng.below(4), rng.below(3));
    let all: Vec<String> = (0..count).map(|n| object(&make(rng, n == primary))).collect();
    format!("[{}]", all.join(","))
}

fn user(rng: &mut Rng, n: u32) -> String {
    let first = ["ß", "U", "u", "Ü"][usize::try_from(n % 4).unwrap()];
    let mut all = vec![format!("\"userName\":\"{first}{n}\"")];
    for name in ["displayName", "externalId", "title", "nickName", "preferredLanguage"] {
        put(&mut all, name, rng.maybe(&WORDS));
    }
    put(&mut all, "profileUrl", rng.maybe(&["https://a.example/X", "https://a.example/x"]));
    if let Some(active) = rng.maybe(&["true", "false"]) {
        all.push(format!("\"active\":{active}"));
    }
    let mut name = Vec::new();
    for part in ["familyName", "givenName", "formatted"] {
        put(&mut name, part, rng.maybe(&WORDS));
    }
    if !name.is_empty() {
        all.push(format!("\"name\":{}", object(&name)));
    }
    let emails = elements(rng, |rng, primary| {
        let mut e = Vec::new();
        put(&mut e, "value", rng.maybe(&["Ann@x.org", "ann@X.org", "bob@x.org", ""]));
        put(&mut e, "type", rng.maybe(&TYPES));
        put(&mut e, "display", rng.maybe(&WORDS));
        if primary {
            e.push("\"primary\":true".to_owned());
        }
        e
    });
    all.push(format!("\"emails\":{emails}"));
    let phones = elements(rng, |rng, primary| {
        let mut e = Vec::new();
        put(&mut e, "value", rng.maybe(&["+1", "+2", "tel:3"]));
        put(&mut e, "type", rng.maybe(&TYPES));
        e.push(format!("\"primary\":{primary}"));
        e
    });
    all.push(format!("\"phoneNumbers\":{phones}"));
    let mut extension = Vec::new();
    put(&mut extension, "department", rng.maybe(&WORDS));
    put(&mut extension, "costCenter", rng.maybe(&WORDS));
    put(&mut extension, "employeeNumber", rng.maybe(&["1", "2", "10"]));
    if rng.below(2) == 0 {
        extension.push(format!("\"manager\":{{\"value\":\"{}\"}}", id(rng.below(5).try_into().unwrap())));
    }
    if !extension.is_empty() {
        all.push(format!("\"{ENTERPRISE}\":{}", object(&extension)));
    }
    object(&all)
}

fn device(rng: &mut Rng) -> String {
    let numbers = ["-5", "0", "2", "2.5", "10", "3e1", "9007199254740993", "0.1", "-0.0"];
    let instants = [
        "2026-01-01T00:00:00Z",
        "2026-01-01T02:00:00+02:00",
        "2025-06-01T00:00:00.000000001Z",
        "1969-01-01T00:00:00Z",
    ];
    let mut all = Vec::new();
    put(&mut all, "serial", rng.maybe(&WORDS));
    put(&mut all, "bought", rng.maybe(&instants));
    for name in ["load", "active"] {
        let from = if name == "load" { &numbers[..] } else { &["true", "false"][..] };
        if let Some(value) = rng.maybe(from) {
            all.push(format!("\"{name}\":{value}"));
        }
    }
    if let Some(value) = rng.maybe(&["1", "2", "10", "9007199254740993", "9007199254740992"]) {
        all.push(format!("\"cores\":{value}"));
    }
    let labels: Vec<String> = (0..rng.below(3)).map(|_| format!("\"{}\"", rng.pick(&WORDS))).collect();
    all.push(format!("\"labels\":[{}]", labels.join(",")));
    let readings: Vec<&str> = (0..rng.below(3)).map(|_| rng.pick(&numbers)).collect();
    all.push(format!("\"readings\":[{}]", readings.join(",")));
    let mut inside = Vec::new();
    put(&mut inside, "colour", rng.maybe(&WORDS));
    let tags: Vec<String> = (0..rng.below(3)).map(|_| format!("\"{}\"", rng.pick(&WORDS))).collect();
    inside.push(format!("\"tags\":[{}]", tags.join(",")));
    all.push(format!("\"box\":{}", object(&inside)));
    let disks = elements(rng, |rng, primary| {
        let mut e = Vec::new();
        put(&mut e, "value", rng.maybe(&["sda", "SDB", "sdc"]));
        put(&mut e, "since", rng.maybe(&instants));
        if let Some(size) = rng.maybe(&["1", "20", "3"]) {
            e.push(format!("\"size\":{size}"));
        }
        let parts: Vec<String> =
            (0..rng.below(3)).map(|_| format!("\"{}\"", rng.pick(&["P1", "p2"]))).collect();
        e.push(format!("\"parts\":[{}]", parts.join(",")));
        e.push(format!("\"primary\":{primary}"));
        e
    });
    all.push(format!("\"disks\":{disks}"));
    object(&all)
}

pub(super) struct World {
    pub(super) store: TenantStore,
    pub(super) service: Service,
    /// Every resource as the evaluator sees it, by type, in order of creation.
    pub(super) documents: BTreeMap<String, Vec<(u32, Object)>>,
    _place: Place,
}

pub(super) async fn world() -> World {
    world_of(42).await
}

/// 240 users, 30 groups with users and groups in them, 120 devices. Each seed gives different ones.
pub(super) async fn world_of(seed: u64) -> World {
    let mut set = SchemaSet::builtin();
    set.add_schema(parse_schema(DEVICE).unwrap());
    set.add_resource_type(DEVICE_TYPE).unwrap();
    let service = Service::new("https://Scim.example.com/v2", Arc::new(set));
    let place = Place::new();
    let db = database::open(&place, service.clone(), ());
    db.migrate().await.unwrap();
    let store = db.tenant(TenantId(7));
    let mut rng = Rng(seed);
    let kind = |name: &str| service.schemas.resource_type(name).unwrap().clone();
    let (users, groups, devices) = (kind("User"), kind("Group"), kind("Device"));
    for n in 1..=240 {
        // one is made a millisecond before a full second, for filters that ask between milliseconds
        let mut cx = at(n.into());
        if n == 119 {
            cx.at = Timestamp::from_millis(at(120).at.as_millis() - 1);
        }
        store.create(Create::new(&users, resource(&users, n, &user(&mut rng, n)), &cx)).await.unwrap();
    }
    for n in 1_001..=1_030_u32 {
        let json = format!(r#"{{"displayName":"{} {n}"}}"#, rng.pick(&WORDS));
        let mut new = resource(&groups, n, &json);
        // one group has only one member, a group
        let count = if n == 1_018 { 0 } else { rng.below(6) };
        new.members = (0..count).map(|_| id(u32::try_from(rng.below(240)).unwrap() + 1)).collect();
        if n > 1_015 {
            new.members.push(id(n - 10));
        }
        new.members.sort();
        new.members.dedup();
        store.create(Create::new(&groups, new, &at(n.into()))).await.unwrap();
    }
    for n in 2_001..=2_120 {
        store
            .create(Create::new(&devices, resource(&devices, n, &device(&mut rng)), &at(n.into())))
            .await
            .unwrap();
    }
    let mut documents = BTreeMap::new();
    for kind in [users, groups, devices] {
        let query = everything();
        let page = store.find(Find::new(&service, &kind, &query)).await.unwrap();
        let all =
            page.resources.iter().map(|r| (number(&r.id), r.document(&kind, &service).unwrap())).collect();
        documents.insert(kind.name.to_string(), all);
    }
    World { store, service, documents, _place: place }
}

pub(super) fn everything() -> Query {
    let mut query = Query::default();
    query.count = 1_000;
    query
}

impl World {
    pub(super) fn kind(&self, name: &str) -> Arc<ResourceType> {
        self.service.schemas.resource_type(name).unwrap().clone()
    }

    /// The number of resources that the filter finds, after comparison with the evaluator.
    pub(super) async fn check(&self, kind: &str, text: &str) -> usize {
        let of = self.kind(kind);
        let parsed: Filter = text.parse().unwrap_or_else(|e| panic!("{text}: {e}"));
        let filter = parsed.resolve(&of, Default::default()).unwrap_or_else(|e| panic!("{text}: {e}"));
        let expected: Vec<u32> =
            self.documents[kind].iter().filter(|(_, d)| filter.matches(d)).map(|(n, _)| *n).collect();
        let mut query = everything();
        (query.filter, query.include) = (Some(filter), Include::BODY);
        let page = self
            .store
            .find(Find::new(&self.service, &of, &query))
            .await
            .unwrap_or_else(|e| panic!("{text}: {e:?}"));
        let found: Vec<u32> = page.resources.iter().map(|r| number(&r.id)).collect();
        assert_eq!(found, expected, "{text}");
        // the total if the page does not reach the end
        query.count = 1;
        let page = self.store.find(Find::new(&self.service, &of, &query)).await.unwrap();
        assert_eq!(page.total, u64::try_from(expected.len()).unwrap(), "{text}");
        expected.len()
    }
}
