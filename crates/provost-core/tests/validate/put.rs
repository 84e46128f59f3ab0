//! What a PUT changes and what it preserves.
//!
//! Seen to fail: without `keep` in PUT.

use crate::support::{EXTRA, kind, object, post, put, thing, user};
use provost_core::urn;
use provost_core::value::{Value, parse_value};

// R-7644-3.3-01, R-7643-7-02, R-7643-4.1.2-05
#[test]
fn read_only_attributes_are_ignored() {
    let (users, kinds) = (kind("User"), kind("Kind"));
    let body = user(r#""id":"x","meta":{"created":"no date"},"groups":[{"value":"g"}],"externalId":"e""#);
    assert_eq!(
        post(&users, body).unwrap().body.to_string(),
        format!(r#"{{"schemas":["{}"],"userName":"babs","externalId":"e","active":true}}"#, urn::USER)
    );
    let stored =
        post(&kinds, thing(r#""rank":7,"place":{"code":"c","printed":"2020-01-01T00:00:00Z"}"#)).unwrap();
    assert!(!stored.body.contains("rank"));
    assert_eq!(stored.body.get("place").unwrap().to_string(), r#"{"code":"c"}"#);
    // even if nothing else is left of it
    let body = user(&format!(r#""{}":{{"manager":{{"displayName":"M"}}}}"#, urn::ENTERPRISE_USER));
    assert!(!post(&users, body).unwrap().body.contains(urn::ENTERPRISE_USER));
}

// R-7644-3.5.1-02, R-7644-3.5.1-03, R-7644-3.5.1-04
#[test]
fn put_replaces_what_is_given_and_clears_what_is_not() {
    let kind = kind("User");
    let current =
        post(&kind, user(r#""title":"T","name":{"givenName":"B","familyName":"J"},"nickName":"N""#))
            .unwrap()
            .body;
    let change = put(&kind, &current, user(r#""name":{"givenName":"C"},"nickName":null"#)).unwrap();
    let after = change.body.unwrap();
    assert_eq!(after.get("name").unwrap().to_string(), r#"{"givenName":"C"}"#);
    assert!(!after.contains("title") && !after.contains("nickName"));
    let mut changed: Vec<String> = change.attributes.iter().map(|c| c.attribute.to_string()).collect();
    changed.sort_unstable();
    assert_eq!(changed, ["name", "nickName", "title"]);
}

#[test]
fn put_without_active_or_password_leaves_them() {
    let kind = kind("User");
    let current = post(&kind, user(r#""active":false"#)).unwrap().body;
    let change = put(&kind, &current, user(r#""title":"T""#)).unwrap();
    assert_eq!(change.transition, None);
    assert_eq!(change.body.unwrap().get("active"), Some(&Value::Bool(false)));
    assert!(change.secrets.is_empty());
}

// R-7644-3.5.1-09
#[test]
fn put_of_the_same_is_no_change() {
    let kind = kind("User");
    let more = r#""name":{"givenName":"B","familyName":"J"},"emails":[{"value":"a","type":"work"}]"#;
    let current = post(&kind, user(more)).unwrap().body;
    let change = put(&kind, &current, user(more)).unwrap();
    assert!(change.is_empty(), "{change:?}");
}

// R-7644-3.5.1-06
#[test]
fn put_leaves_what_is_the_servers() {
    let kind = kind("Kind");
    // a custom store may keep readOnly attributes in the body
    let mut current = post(
        &kind,
        thing(&format!(r#""place":{{"code":"c"}},"{EXTRA}":{{"owner":"o","link":{{"value":"l"}}}}"#)),
    )
    .unwrap()
    .body;
    current.insert("rank", 7_i64);
    current.insert("place", object(r#"{"code":"c","printed":"2020-01-01T00:00:00Z"}"#));
    current.insert(EXTRA, object(r#"{"owner":"o","link":{"value":"l","display":"L"}}"#));
    let after = put(
        &kind,
        &current,
        thing(&format!(
            r#""rank":9,"place":{{"code":"d"}},"{EXTRA}":{{"owner":"p","link":{{"value":"l"}}}}"#
        )),
    )
    .unwrap()
    .body
    .unwrap();
    assert_eq!(after.get("rank"), Some(&Value::from(7_i64)));
    assert_eq!(
        after.get("place").unwrap(),
        &parse_value(r#"{"code":"d","printed":"2020-01-01T00:00:00Z"}"#).unwrap()
    );
    assert_eq!(
        after.get(EXTRA).unwrap(),
        &parse_value(r#"{"owner":"p","link":{"value":"l","display":"L"}}"#).unwrap()
    );
    // sub-attributes that described the old value are removed with it
    let after = put(&kind, &current, thing(&format!(r#""{EXTRA}":{{"owner":"o","link":{{"value":"m"}}}}"#)))
        .unwrap()
        .body
        .unwrap();
    assert_eq!(after.get(EXTRA).unwrap(), &parse_value(r#"{"owner":"o","link":{"value":"m"}}"#).unwrap());
}
