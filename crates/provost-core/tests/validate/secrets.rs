//! writeOnly attributes, which are no part of a body.
//!
//! Seen to fail: with `split_secrets` looking at whole attributes only, and with required attributes looked for in a stored
//! body that may consist of secrets alone.

use crate::support::{EXTRA, kind, object, post, put, refused, thing};
use provost_core::patch::Patch;
use provost_core::{Limits, Profile, SchemaSet, urn};

// R-7643-7-04, R-7643-7-06
#[test]
fn write_only_attributes_are_kept_apart_from_the_body() {
    let kind = kind("Kind");
    let accepted = post(
        &kind,
        thing(&format!(
            r#""place":{{"code":"c","key":"k1"}},"parts":[{{"value":"a","key":"k2"}},{{"value":"b"}},{{"key":"k3"}}],
               "{EXTRA}":{{"owner":"o","secret":"s"}}"#
        )),
    )
    .unwrap();
    assert_eq!(
        accepted.secrets,
        object(&format!(
            r#"{{"pin":"1234","place":{{"key":"k1"}},"parts":[{{"value":"a","key":"k2"}},{{"key":"k3"}}],
                "{EXTRA}":{{"secret":"s"}}}}"#
        ))
    );
    let body = accepted.body.to_string();
    assert!(!["1234", "k1", "k2", "k3", "\"s\""].iter().any(|s| body.contains(s)), "{body}");
    assert_eq!(accepted.body.get("parts").unwrap().to_string(), r#"[{"value":"a"},{"value":"b"}]"#);
}

#[test]
fn a_patch_keeps_secrets_apart_and_does_not_miss_those_that_are_set() {
    let kind = kind("Kind");
    let current = post(&kind, thing(r#""place":{"code":"c"},"parts":[{"value":"a"}]"#)).unwrap().body;
    let patch = |operations: &str| {
        let body = object(&format!(r#"{{"schemas":["{}"],"Operations":[{operations}]}}"#, urn::PATCH_OP));
        Patch::prepare(body, &kind, &Profile::strict(), &Limits::default()).and_then(|p| p.apply(&current))
    };
    let change = patch(r#"{"op":"replace","path":"tags","value":["x"]}"#).unwrap();
    assert!(change.secrets.is_empty() && change.body.unwrap().contains("tags"));
    let change = patch(r#"{"op":"replace","path":"place.key","value":"k"},{"op":"add","path":"parts[value eq \"a\"].key","value":"l"}"#).unwrap();
    assert_eq!(change.secrets, object(r#"{"place":{"key":"k"},"parts":[{"value":"a","key":"l"}]}"#));
    assert_eq!(change.body, None);
}

#[test]
fn what_is_required_and_consists_of_secrets_is_not_missed_in_what_is_stored() {
    let set = SchemaSet::load([
        (
            "a.schema.json",
            r#"{"id":"urn:example:Safe","attributes":[{"name":"label"},{"name":"lock","type":"complex","required":true,
                "subAttributes":[{"name":"code","mutability":"writeOnly"},{"name":"hint"}]}]}"#,
        ),
        ("a.resourcetype.json", r#"{"name":"Safe","endpoint":"/Safes","schema":"urn:example:Safe"}"#),
    ]);
    let kind = set.unwrap().resource_type("Safe").unwrap().clone();
    let safe = |more: &str| object(&format!(r#"{{"schemas":["urn:example:Safe"]{more}}}"#));
    refused(post(&kind, safe("")), "invalidValue", "`lock` is required", "");
    let made = post(&kind, safe(r#","lock":{"code":"1234"}"#)).unwrap();
    assert_eq!(made.secrets, object(r#"{"lock":{"code":"1234"}}"#));
    assert!(!made.body.contains("lock"));
    assert!(put(&kind, &made.body, safe(r#","lock":{"code":"5678"}"#)).is_ok());
    refused(put(&kind, &made.body, safe("")), "invalidValue", "`lock` is required", "");
    let operation = r#"{"op":"add","path":"label","value":"l"}"#;
    let body = object(&format!(r#"{{"schemas":["{}"],"Operations":[{operation}]}}"#, urn::PATCH_OP));
    let patch = Patch::prepare(body, &kind, &Profile::strict(), &Limits::default()).unwrap();
    assert!(patch.apply(&made.body).is_ok());
}
