//! What each operation does according to RFC 7644 section 3.5.2, with one table for each row of
//! `conformance/rfc/requirements.json`. The vectors in `conformance/vectors/patch.json` go deeper.
//!
//! Seen to fail: with `add` replacing a list, with a new primary value leaving the others primary, and with a
//! sub-attribute written only to the first match.

#![expect(clippy::unwrap_used, reason = "a test: a panic is its way to fail")]

use provost_core::compat::Reader;
use provost_core::value::{Value, parse_object, parse_value};
use provost_core::{Limits, Profile, ResourceType, SchemaSet, urn};
use std::sync::Arc;

fn user() -> Arc<ResourceType> {
    SchemaSet::builtin().resource_type("User").unwrap().clone()
}

const BEFORE: &str = r#"{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"userName":"babs","title":"T",
    "name":{"givenName":"B","familyName":"J"},
    "emails":[{"value":"a","type":"work","primary":true},{"value":"b","type":"home"},{"value":"c","type":"work"}]}"#;

/// The value of an attribute after the operations; null if it has none.
fn after(operations: &str, attribute: &str) -> Value {
    let body =
        parse_object(&format!(r#"{{"schemas":["{}"],"Operations":[{operations}]}}"#, urn::PATCH_OP)).unwrap();
    let before = parse_object(BEFORE).unwrap();
    let patch = Reader::new(&Profile::strict(), &Limits::default()).patch(body, &user()).unwrap();
    let change = patch.apply(&before).unwrap();
    change.body.unwrap_or(before).get(attribute).cloned().unwrap_or(Value::Null)
}

fn holds(table: &[(&str, &str, &str)]) {
    for (operations, attribute, expected) in table {
        assert_eq!(after(operations, attribute), parse_value(expected).unwrap(), "{operations}");
    }
}

// R-7644-3.5.2.1-02
#[test]
fn add_without_path_merges_the_attributes_of_the_value() {
    holds(&[
        (r#"{"op":"add","value":{"nickName":"N","name":{"middleName":"M"}}}"#, "nickName", "\"N\""),
        (
            r#"{"op":"add","value":{"nickName":"N","name":{"middleName":"M"}}}"#,
            "name",
            r#"{"givenName":"B","familyName":"J","middleName":"M"}"#,
        ),
        (r#"{"op":"add","value":{"title":"U"}}"#, "userName", "\"babs\""),
    ]);
}

// R-7644-3.5.2.1-03
#[test]
fn add_creates_replaces_appends_or_sets_parts() {
    holds(&[
        (r#"{"op":"add","path":"nickName","value":"N"}"#, "nickName", "\"N\""),
        (r#"{"op":"add","path":"title","value":"U"}"#, "title", "\"U\""),
        (r#"{"op":"add","path":"roles","value":[{"value":"r"}]}"#, "roles", r#"[{"value":"r"}]"#),
        (
            r#"{"op":"add","path":"emails","value":[{"value":"d"}]}"#,
            "emails",
            r#"[{"value":"a","type":"work","primary":true},{"value":"b","type":"home"},{"value":"c","type":"work"},{"value":"d"}]"#,
        ),
        (
            r#"{"op":"add","path":"name","value":{"givenName":"C"}}"#,
            "name",
            r#"{"givenName":"C","familyName":"J"}"#,
        ),
    ]);
}

// R-7644-3.5.2-10
#[test]
fn a_new_primary_value_takes_it_from_the_others() {
    holds(&[
        (
            r#"{"op":"add","path":"emails","value":[{"value":"d","primary":true}]}"#,
            "emails",
            r#"[{"value":"a","type":"work","primary":false},{"value":"b","type":"home"},{"value":"c","type":"work"},{"value":"d","primary":true}]"#,
        ),
        (
            r#"{"op":"replace","path":"emails[value eq \"b\"].primary","value":true}"#,
            "emails",
            r#"[{"value":"a","type":"work","primary":false},{"value":"b","type":"home","primary":true},{"value":"c","type":"work"}]"#,
        ),
    ]);
}

// R-7644-3.5.2.2-01
#[test]
fn remove_takes_what_its_path_selects() {
    holds(&[
        (r#"{"op":"remove","path":"title"}"#, "title", "null"),
        (r#"{"op":"remove","path":"name.givenName"}"#, "name", r#"{"familyName":"J"}"#),
        (
            r#"{"op":"remove","path":"name.givenName"},{"op":"remove","path":"name.familyName"}"#,
            "name",
            "null",
        ),
        (r#"{"op":"remove","path":"emails"}"#, "emails", "null"),
        (
            r#"{"op":"remove","path":"emails[type eq \"work\"]"}"#,
            "emails",
            r#"[{"value":"b","type":"home"}]"#,
        ),
        (r#"{"op":"remove","path":"emails[value pr]"}"#, "emails", "null"),
        (
            r#"{"op":"remove","path":"emails[type eq \"work\"].type"}"#,
            "emails",
            r#"[{"value":"a","primary":true},{"value":"b","type":"home"},{"value":"c"}]"#,
        ),
    ]);
}

// R-7644-3.5.2.3-01, R-7644-3.5.2.3-02, R-7644-3.5.2.3-03
#[test]
fn replace_sets_what_is_named_and_leaves_the_rest() {
    holds(&[
        (r#"{"op":"replace","value":{"title":"U"}}"#, "title", "\"U\""),
        (r#"{"op":"replace","value":{"title":"U"}}"#, "name", r#"{"givenName":"B","familyName":"J"}"#),
        (r#"{"op":"replace","path":"nickName","value":"N"}"#, "nickName", "\"N\""),
        (
            r#"{"op":"replace","path":"name.middleName","value":"M"}"#,
            "name",
            r#"{"givenName":"B","familyName":"J","middleName":"M"}"#,
        ),
        (
            r#"{"op":"replace","path":"name","value":{"givenName":"C"}}"#,
            "name",
            r#"{"givenName":"C","familyName":"J"}"#,
        ),
    ]);
}

// R-7644-3.5.2.3-04, R-7644-3.5.2.3-06
#[test]
fn replace_with_a_filter_reaches_every_match_and_without_one_the_whole_list() {
    holds(&[
        (
            r#"{"op":"replace","path":"emails[type eq \"work\"].display","value":"D"}"#,
            "emails",
            r#"[{"value":"a","type":"work","primary":true,"display":"D"},{"value":"b","type":"home"},{"value":"c","type":"work","display":"D"}]"#,
        ),
        (
            r#"{"op":"replace","path":"emails[value eq \"b\"]","value":{"type":"other"}}"#,
            "emails",
            r#"[{"value":"a","type":"work","primary":true},{"value":"b","type":"other"},{"value":"c","type":"work"}]"#,
        ),
        (r#"{"op":"replace","path":"emails","value":[{"value":"z"}]}"#, "emails", r#"[{"value":"z"}]"#),
        (r#"{"op":"replace","path":"emails","value":[]}"#, "emails", "null"),
    ]);
}

// R-7644-3.10-04
#[test]
fn paths_may_be_qualified_and_have_no_case() {
    let e = urn::ENTERPRISE_USER;
    for path in [format!("{e}:department"), format!("{}:DEPARTMENT", e.to_uppercase())] {
        let value = after(&format!(r#"{{"op":"add","path":"{path}","value":"D"}}"#), e);
        assert_eq!(value.to_string(), r#"{"department":"D"}"#, "{path}");
    }
    let value =
        after(&format!(r#"{{"op":"replace","path":"{}:NAME.givenname","value":"C"}}"#, urn::USER), "name");
    assert_eq!(value.to_string(), r#"{"givenName":"C","familyName":"J"}"#);
}

// R-7644-3.5.2-07, R-7643-7-03
#[test]
fn an_immutable_attribute_is_added_once() {
    let set = SchemaSet::load([
        (
            "x.schema.json",
            r#"{"id":"urn:example:x","attributes":[{"name":"serial","mutability":"immutable"}]}"#,
        ),
        ("x.resourcetype.json", r#"{"name":"X","endpoint":"/Xs","schema":"urn:example:x"}"#),
    ]);
    let kind = set.unwrap().resource_type("X").unwrap().clone();
    let patch = |before: &str, operation: &str| {
        let body =
            parse_object(&format!(r#"{{"schemas":["{}"],"Operations":[{operation}]}}"#, urn::PATCH_OP));
        Reader::new(&Profile::strict(), &Limits::default())
            .patch(body.unwrap(), &kind)
            .and_then(|p| p.apply(&parse_object(before).unwrap()))
    };
    let (bare, set) = (r#"{"schemas":["urn:example:x"]}"#, r#"{"schemas":["urn:example:x"],"serial":"1"}"#);
    let add = |value: &str| format!(r#"{{"op":"add","path":"serial","value":"{value}"}}"#);
    assert_eq!(patch(bare, &add("1")).unwrap().body.unwrap().str("serial"), Some("1"));
    assert_eq!(patch(set, &add("1")).unwrap().body, None);
    assert_eq!(patch(set, &add("2")).unwrap_err().kind().scim_type(), Some("mutability"));
    assert_eq!(
        patch(set, r#"{"op":"remove","path":"serial"}"#).unwrap_err().kind().scim_type(),
        Some("mutability")
    );
}
