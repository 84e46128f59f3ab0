//! What a schema requires must be present.
//!
//! Seen to fail: without the check of required sub-attributes.

use crate::support::{EXTRA, kind, object, post, put, refused, thing};
use provost_core::{SchemaSet, urn};

// R-7643-7-10, R-7643-4.1.1-01, R-7643-4.2-01, R-7643-6-01
#[test]
fn what_is_required_must_be_there() {
    let (kinds, users, groups) = (kind("Kind"), kind("User"), kind("Group"));
    let without = |name: &str| {
        let mut o = thing("");
        o.remove(name);
        o
    };
    for (body, part) in [
        (without("text"), "the attribute `text` is required"),
        (thing(r#""text":"""#), "the attribute `text` is required"),
        (thing(r#""text":null"#), "the attribute `text` is required"),
        (without("pin"), "the attribute `pin` is required"),
        (thing(r#""place":{"fixed":"f"}"#), "`place.code`: the attribute is required"),
        (without(EXTRA), "the extension `urn:example:test:extension:Extra` is required"),
        (
            thing(&format!(r#""{EXTRA}":{{}}"#)),
            "the extension `urn:example:test:extension:Extra` is required",
        ),
        (
            thing(&format!(r#""{EXTRA}":{{"serial":"s"}}"#)),
            "the attribute `urn:example:test:extension:Extra:owner` is required",
        ),
    ] {
        refused(post(&kinds, body.clone()), "invalidValue", part, &body.to_string());
    }
    let no_name = object(&format!(r#"{{"schemas":["{}"]}}"#, urn::USER));
    refused(post(&users, no_name), "invalidValue", "`userName` is required", "user");
    let no_name = object(&format!(r#"{{"schemas":["{}"]}}"#, urn::GROUP));
    refused(post(&groups, no_name), "invalidValue", "`displayName` is required", "group");
}

#[test]
fn a_type_may_require_members() {
    let set = SchemaSet::load([
        (
            "a.schema.json",
            r#"{"id":"urn:example:crew","attributes":[{"name":"members","type":"complex","multiValued":true,"required":true,"subAttributes":[{"name":"value"}]}]}"#,
        ),
        ("a.resourcetype.json", r#"{"name":"Crew","endpoint":"/Crews","schema":"urn:example:crew"}"#),
    ]);
    let kind = set.unwrap().resource_type("Crew").unwrap().clone();
    let body = |more: &str| object(&format!(r#"{{"schemas":["urn:example:crew"]{more}}}"#));
    refused(post(&kind, body("")), "invalidValue", "`members` is required", "none");
    refused(post(&kind, body(r#","members":[]"#)), "invalidValue", "`members` is required", "empty");
    assert_eq!(post(&kind, body(r#","members":[{"value":"1"}]"#)).unwrap().members.unwrap().len(), 1);
}

// R-7644-3.5.1-07
#[test]
fn put_must_give_what_is_required() {
    let kind = kind("Kind");
    let current = post(&kind, thing("")).unwrap().body;
    let mut body = thing("");
    body.remove("text");
    refused(put(&kind, &current, body), "invalidValue", "`text` is required", "text");
}

#[test]
fn an_extension_that_comes_back_must_be_complete() {
    let set = SchemaSet::load([
        ("kinds.schema.json", r#"{"id":"urn:example:test:Kinds","attributes":[{"name":"text"}]}"#),
        ("extra.schema.json", include_str!("../data/extra.schema.json")),
        (
            "kind.resourcetype.json",
            r#"{"name":"Kind","endpoint":"/Kinds","schema":"urn:example:test:Kinds","schemaExtensions":[{"schema":"urn:example:test:extension:Extra"}]}"#,
        ),
    ]);
    let kind = set.unwrap().resource_type("Kind").unwrap().clone();
    let body = |more: &str| object(&format!(r#"{{"schemas":["urn:example:test:Kinds"],"text":"t"{more}}}"#));
    let current = post(&kind, body(&format!(r#","{EXTRA}":{{"owner":"o","serial":"X"}}"#))).unwrap().body;
    // its immutable value stays, so its required one must be given
    refused(put(&kind, &current, body("")), "invalidValue", ":owner` is required", "PUT without extension");
}
