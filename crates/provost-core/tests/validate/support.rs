//! Resources to validate: users, and a resource type with every kind of attribute.

use provost_core::change::Change;
use provost_core::compat::Reader;
use provost_core::validate::Accepted;
use provost_core::value::{Object, parse_object};
use provost_core::{Error, Limits, Profile, ResourceType, SchemaSet, urn};
use std::sync::Arc;

pub(crate) const EXTRA: &str = "urn:example:test:extension:Extra";

pub(crate) fn kind(name: &str) -> Arc<ResourceType> {
    let set = SchemaSet::load([
        ("kinds.schema.json", include_str!("../data/kinds.schema.json")),
        ("extra.schema.json", include_str!("../data/extra.schema.json")),
        ("kind.resourcetype.json", include_str!("../data/kind.resourcetype.json")),
    ]);
    set.unwrap().resource_type(name).unwrap().clone()
}

pub(crate) fn object(text: &str) -> Object {
    parse_object(text).unwrap()
}

pub(crate) fn post(kind: &ResourceType, body: Object) -> Result<Accepted, Error> {
    Reader::new(&Profile::strict(), &Limits::default()).create(body, kind)
}

pub(crate) fn put(kind: &ResourceType, current: &Object, body: Object) -> Result<Change, Error> {
    Reader::new(&Profile::strict(), &Limits::default()).replace(body, current, kind)
}

/// A User with additional attributes.
pub(crate) fn user(more: &str) -> Object {
    let comma = if more.is_empty() { "" } else { "," };
    object(&format!(r#"{{"schemas":["{}"],"userName":"babs"{comma}{more}}}"#, urn::USER))
}

/// A complete Kind with additional attributes; existing ones are replaced.
pub(crate) fn thing(more: &str) -> Object {
    let mut o = object(&format!(
        r#"{{"schemas":["urn:example:test:Kinds","{EXTRA}"],"text":"t","pin":"1234","{EXTRA}":{{"owner":"o"}}}}"#
    ));
    for (name, value) in object(&format!("{{{more}}}")) {
        o.insert(name, value);
    }
    o
}

/// Status, `scimType` and detail of a refusal.
pub(crate) fn told<T>(answer: Result<T, Error>) -> (u16, &'static str, String) {
    match answer {
        Ok(_) => (200, "", String::new()),
        Err(e) => {
            assert!(e.place().is_some(), "no place: {e}");
            (e.status(), e.kind().scim_type().unwrap_or_default(), e.detail().to_owned())
        }
    }
}

pub(crate) fn refused<T>(answer: Result<T, Error>, scim_type: &str, part: &str, input: &str) {
    let (status, kind, detail) = told(answer);
    assert_eq!((status, kind), (400, scim_type), "{input}: {detail}");
    assert!(detail.contains(part), "{input}\nexpected: {part}\nfound:    {detail}");
}
