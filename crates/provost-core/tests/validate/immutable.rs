//! Values that can be set only once.
//!
//! Seen to fail: without `keep` in PUT; with lists called the same if each value of one is in the other; with null
//! ignored for an immutable sub-attribute in PATCH.

use crate::support::{EXTRA, kind, object, post, put, refused, thing};
use provost_core::compat::Reader;
use provost_core::value::parse_value;
use provost_core::{Limits, Profile, urn};

// R-7643-7-03, R-7644-3.5.1-05
#[test]
fn immutable_values_are_set_once() {
    let kind = kind("Kind");
    let current = post(
        &kind,
        thing(&format!(
            r#""serial":"S1","since":"2020-01-01T00:00:00Z","labels":["a","b"],
               "place":{{"code":"c","fixed":"f"}},"parts":[{{"value":"p","serial":"1"}}],
               "{EXTRA}":{{"owner":"o","serial":"X"}}"#
        )),
    )
    .unwrap()
    .body;
    for (more, part) in [
        (r#""serial":"S2""#.to_owned(), "`serial` is immutable"),
        (r#""since":"2020-01-01T00:00:01Z""#.to_owned(), "`since` is immutable"),
        (r#""labels":["a","c"]"#.to_owned(), "`labels` is immutable"),
        (r#""labels":["a"]"#.to_owned(), "`labels` is immutable"),
        (r#""place":{"code":"c","fixed":"g"}"#.to_owned(), "`place.fixed` is immutable"),
        (
            r#""parts":[{"value":"n"},{"value":"p","serial":"2"}]"#.to_owned(),
            "`parts[1].serial` is immutable",
        ),
        (
            format!(r#""{EXTRA}":{{"owner":"o","serial":"Y"}}"#),
            "`urn:example:test:extension:Extra:serial` is immutable",
        ),
    ] {
        refused(put(&kind, &current, thing(&more)), "mutability", part, &more);
    }
    // a repeated value, differing only in case, does not make room for a new one
    let twice = post(&kind, thing(r#""labels":["A","a"]"#)).unwrap().body;
    let other = r#""labels":["a","b"]"#;
    refused(put(&kind, &twice, thing(other)), "mutability", "`labels` is immutable", other);
    // the same value in another spelling or order is the same value
    let same = r#""serial":"s1","since":"2020-01-01T02:00:00+02:00","labels":["B","A"],"place":{"code":"c","fixed":"F"}"#;
    let after = put(&kind, &current, thing(same)).unwrap().body.unwrap();
    for (name, value) in [
        ("serial", "\"S1\""),
        ("since", "\"2020-01-01T00:00:00Z\""),
        ("labels", r#"["a","b"]"#),
        ("place", r#"{"code":"c","fixed":"f"}"#),
    ] {
        assert_eq!(after.get(name), Some(&parse_value(value).unwrap()), "{name}");
    }
    // if absent they stay; a value that could not be set again is never lost
    let after = put(&kind, &current, thing(r#""place":{"code":"d"},"parts":[{"value":"p","type":"b"}]"#))
        .unwrap()
        .body
        .unwrap();
    assert_eq!(after.get("place").unwrap().to_string(), r#"{"code":"d","fixed":"f"}"#);
    assert_eq!(
        after.get("parts").unwrap(),
        &parse_value(r#"[{"value":"p","type":"b","serial":"1"}]"#).unwrap()
    );
    assert_eq!(after.str("serial"), Some("S1"));
    assert_eq!(after.get(EXTRA).unwrap(), &parse_value(r#"{"owner":"o","serial":"X"}"#).unwrap());
    // if they have no value, PUT can set them
    let bare = post(&kind, thing("")).unwrap().body;
    assert_eq!(put(&kind, &bare, thing(r#""serial":"S9""#)).unwrap().body.unwrap().str("serial"), Some("S9"));
}

#[test]
fn a_patch_cannot_change_immutable_parts_behind_their_back() {
    let kind = kind("Kind");
    let current =
        post(&kind, thing(r#""place":{"code":"c","fixed":"f"},"parts":[{"value":"p","serial":"1"}]"#))
            .unwrap()
            .body;
    let patch = |operation: &str| {
        let body = object(&format!(r#"{{"schemas":["{}"],"Operations":[{operation}]}}"#, urn::PATCH_OP));
        Reader::new(&Profile::strict(), &Limits::default()).patch(body, &kind).and_then(|p| p.apply(&current))
    };
    for (operation, part) in [
        (r#"{"op":"replace","path":"place","value":{"fixed":"g"}}"#, "`place.fixed` is immutable"),
        (r#"{"op":"replace","path":"place.fixed","value":"g"}"#, "is immutable"),
        (r#"{"op":"add","value":{"place":{"fixed":"g"}}}"#, "`place.fixed` is immutable"),
        (r#"{"op":"replace","path":"parts[value eq \"p\"]","value":{"serial":"2"}}"#, "serial` is immutable"),
        (r#"{"op":"replace","path":"parts[value eq \"p\"].serial","value":"2"}"#, "is immutable"),
        (
            r#"{"op":"replace","path":"parts","value":[{"value":"p","serial":"2"}]}"#,
            "`parts[0].serial` is immutable",
        ),
        // null clears in PATCH, as `remove` does
        (r#"{"op":"remove","path":"place.fixed"}"#, "is immutable"),
        (r#"{"op":"replace","path":"place","value":{"fixed":null}}"#, "`fixed` is immutable"),
        (r#"{"op":"add","value":{"place":{"code":"d","fixed":null}}}"#, "`fixed` is immutable"),
        (
            r#"{"op":"replace","path":"parts[value eq \"p\"]","value":{"serial":null}}"#,
            "`serial` is immutable",
        ),
    ] {
        refused(patch(operation), "mutability", part, operation);
    }
    let after = patch(r#"{"op":"replace","path":"place","value":{"code":"d"}}"#).unwrap().body.unwrap();
    assert_eq!(after.get("place").unwrap().to_string(), r#"{"code":"d","fixed":"f"}"#);
    assert!(patch(r#"{"op":"remove","path":"parts[value eq \"p\"]"}"#).unwrap().body.is_some());
    // a list that replaces another is read like a resource: null means absent
    let list = patch(r#"{"op":"replace","path":"parts","value":[{"value":"p","serial":null}]}"#).unwrap();
    assert!(list.is_empty(), "{:?}", list.body);
}
