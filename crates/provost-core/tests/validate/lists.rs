//! Elements of multi-valued attributes, and unique keys.

use crate::support::{kind, object, post, put, refused, thing, user};
use provost_core::urn;

// R-7643-2.4-01, R-7644-3.5.1-11
#[test]
fn one_value_is_primary_at_most() {
    let kind = kind("User");
    let two = user(r#""emails":[{"value":"a","primary":true},{"value":"b","primary":true}]"#);
    refused(
        post(&kind, two.clone()),
        "invalidValue",
        "`emails` has more than one value with `primary` true",
        "POST",
    );
    refused(put(&kind, &user(""), two), "invalidValue", "`emails` has more than one value", "PUT");
    let one = user(r#""emails":[{"value":"a","primary":true},{"value":"b","primary":false}]"#);
    assert_eq!(post(&kind, one).unwrap().body.get("emails").unwrap().elements().len(), 2);
}

// R-7643-2.4-02
#[test]
fn the_same_type_and_value_is_kept_once() {
    let kind = kind("User");
    let body = user(
        r#""emails":[{"value":"a","type":"work"},{"value":"a","type":"work","display":"A"},{"value":"a","type":"home"}]"#,
    );
    let emails = post(&kind, body).unwrap().body.get("emails").unwrap().to_string();
    assert_eq!(emails, r#"[{"value":"a","type":"work","display":"A"},{"value":"a","type":"home"}]"#);
}

/// Seen to fail: with the last `primary` winning.
#[test]
fn a_value_that_comes_twice_is_primary_if_either_is() {
    for (first, second) in [(true, false), (false, true)] {
        let body = user(&format!(
            r#""emails":[{{"value":"a","type":"work","primary":{first}}},{{"value":"a","type":"work","primary":{second}}}]"#
        ));
        let emails = post(&kind("User"), body).unwrap().body.get("emails").unwrap().to_string();
        assert_eq!(emails, r#"[{"value":"a","type":"work","primary":true}]"#, "{first} {second}");
    }
}

// R-7643-7-09
#[test]
fn unique_attributes_become_keys() {
    let kind = kind("Kind");
    let body = thing(
        r#""exact":"A","codes":["X","x","Y"],"parts":[{"value":"1","tag":"T"},{"value":"2","tag":"t"},{"value":"3"}]"#,
    );
    let keys = post(&kind, body).unwrap().unique;
    let keys: Vec<(&str, &str)> = keys.iter().map(|k| (k.attribute.as_str(), k.key.as_str())).collect();
    assert_eq!(keys, [("exact", "A"), ("codes", "x"), ("codes", "y"), ("parts.tag", "t")]);
    let keys = post(&crate::support::kind("User"), user("")).unwrap().unique;
    assert_eq!(keys[0].key, "babs");
}

// R-7643-4.2-02
#[test]
fn members_are_told_by_value_or_by_reference() {
    let kind = kind("Group");
    let group = |members: &str| {
        object(&format!(r#"{{"schemas":["{}"],"displayName":"g","members":{members}}}"#, urn::GROUP))
    };
    let ids = |members: &str| -> Vec<String> {
        let accepted = post(&kind, group(members)).unwrap();
        assert!(!accepted.body.contains("members"));
        accepted.members.unwrap().iter().map(ToString::to_string).collect()
    };
    assert_eq!(ids(r#"[{"value":"1","type":"User"},{"value":"2"},{"value":"1"}]"#), ["1", "2"]);
    assert_eq!(ids(r#"[{"$ref":"../Users/7"}]"#), ["7"]);
    assert_eq!(ids(r#"[{"value":"1","display":"ignored"}]"#), ["1"]);
    refused(
        post(&kind, group(r#"[{"type":"User"}]"#)),
        "invalidValue",
        "`members[0]`: a member needs a `value`",
        "none",
    );
    refused(
        post(&kind, group(r#"[{"$ref":"https://x/scim/v2/Users/7"}]"#)),
        "invalidValue",
        "`https://x/scim/v2/Users/7` is not a resource of this server",
        "elsewhere",
    );
}
