//! Any two texts as the files of a schema and of a resource type: they load or are refused with the file at fault, what
//! is loaded reads back from what is published, and bodies of that type are validated without a panic. A zero byte
//! stands between the files, and between them and a body.

#![no_main]

use libfuzzer_sys::fuzz_target;
use provost_core::compat::Reader;
use provost_core::project::Projection;
use provost_core::schema::{Attribute, Mutability, parse_schema};
use provost_core::value::{Object, Value, parse_object};
use provost_core::{Limits, Profile, ResourceType, SchemaSet};

const TYPE: &str = r#"{"name":"Fuzzed","endpoint":"/Fuzzed","schema":"urn:example:fuzzed"}"#;

fuzz_target!(|data: &[u8]| {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let mut parts = text.split('\0');
    let schema = parts.next().unwrap_or_default();
    let kind = parts.next().filter(|t| !t.is_empty()).unwrap_or(TYPE);
    let set = match SchemaSet::load([("a.resourcetype.json", kind), ("a.schema.json", schema)]) {
        Ok(set) => set,
        Err(e) => {
            assert!(!e.faults().is_empty());
            assert!(e.to_string().lines().all(|l| l.starts_with("a.")), "{e}");
            return;
        }
    };
    for schema in set.schemas() {
        let again = parse_schema(&schema.to_object("https://example.com").to_string());
        let again = again.expect("what is published is a schema");
        assert_eq!(again.attributes, schema.attributes);
    }
    let bodies: Vec<Object> = parts.filter_map(|b| parse_object(b).ok()).collect();
    for kind in set.resource_types() {
        for body in &bodies {
            for profile in [Profile::strict(), Profile::entra()] {
                check(body, kind, &profile);
            }
        }
    }
});

fn check(body: &Object, kind: &ResourceType, profile: &Profile) {
    let limits = Limits::default();
    let reader = || Reader::new(profile, &limits);
    let Ok(accepted) = reader().create(body.clone(), kind) else { return };
    for a in kind.schema.attributes.iter().filter(|a| a.mutability == Mutability::WriteOnly) {
        assert!(!accepted.body.contains(a.name.as_str()), "a secret is in the body");
    }
    // a stored body takes the same body again, and nothing has changed
    if !accepted.secrets.is_empty() || has_secret(&kind.schema.attributes) || accepted.members.is_some() {
        return;
    }
    if let Ok(change) = reader().replace(accepted.body.clone(), &accepted.body, kind) {
        assert!(change.body.is_none(), "{}\n{:?}", accepted.body, change.body.map(Value::from));
    }
    let mut shown = accepted.body.clone();
    Projection::default().apply(&mut shown, kind);
    for (name, _) in shown.iter() {
        assert!(accepted.body.contains(name.as_str()));
    }
}

fn has_secret(list: &[std::sync::Arc<Attribute>]) -> bool {
    list.iter().any(|a| a.mutability == Mutability::WriteOnly || has_secret(&a.sub_attributes))
}
