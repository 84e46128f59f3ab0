//! Values have the type of their attribute.
//!
//! Seen to fail: with any number accepted as an integer.

use crate::support::{EXTRA, kind, object, post, refused, thing, told, user};
use provost_core::compat::{Reader, RuleId};
use provost_core::value::Value;
use provost_core::{Limits, Profile, urn};

// R-7643-2.3-01, R-7643-2.3.4-01, R-7643-2.3.5-01, R-7643-2.3.6-01
#[test]
fn values_have_the_type_of_their_attribute() {
    let kind = kind("Kind");
    // attribute, accepted values, refused values
    let table: &[(&str, &[&str], &[&str])] = &[
        ("exact", &["\"\"", "\"a\"", "null"], &["1", "true", "{}", "[]", "[\"a\"]"]),
        ("flag", &["true", "false", "null"], &["\"true\"", "1", "{}"]),
        ("ratio", &["1", "1.5", "-2e3", "null"], &["\"1.5\"", "true", "1e400", "-9223372036854775809"]),
        (
            "age",
            &["30", "-1", "0", "9007199254740993", "9223372036854775807", "-9223372036854775808"],
            &["\"30\"", "1.5", "true", "9.5e-1", "9223372036854775808", "12345678901234567890", "1e400"],
        ),
        (
            "hired",
            &["\"2020-01-01T00:00:00Z\"", "\"2020-01-01T00:00:00.125+02:00\"", "\"2020-01-01T00:00:00\""],
            &[
                "\"2020-01-01\"",
                "\"yesterday\"",
                "\"2020-13-01T00:00:00Z\"",
                "\"2020-01-01 00:00:00Z\"",
                "5",
                "\"\"",
            ],
        ),
        (
            "photo",
            &["\"TWFu\"", "\"TWE=\"", "\"TWE\"", "\"TQ==\"", "\"-_8\"", "\"\""],
            &["\"%%\"", "\"T\"", "\"TWE==\"", "\"TW=u\"", "\"TWFu=\"", "7"],
        ),
        (
            "site",
            &["\"https://example.com/a?b=c#d\"", "\"Users/u1\"", "\"urn:x:y\""],
            &["\"a b\"", "\"<x>\"", "\"a\\nb\"", "7"],
        ),
        ("tags", &["[\"a\",\"b\"]", "[]", "null"], &["\"a\"", "[1]", "[null]", "[[\"a\"]]"]),
        ("ages", &["[1,2]"], &["[1.5]", "[\"1\"]"]),
        (
            "place",
            &["{\"code\":\"c\"}", "null", "{}"],
            &["\"c\"", "[{\"code\":\"c\"}]", "{\"code\":1}", "{\"nope\":1}"],
        ),
        (
            "parts",
            &["[{\"value\":\"v\",\"numbers\":[1,2]}]", "[{}]"],
            &["{\"value\":\"v\"}", "[\"v\"]", "[{\"numbers\":1}]"],
        ),
    ];
    for (name, good, bad) in table {
        for value in *good {
            let answer = post(&kind, thing(&format!("\"{name}\":{value}")));
            assert!(answer.is_ok(), "{name} {value}: {}", answer.unwrap_err());
        }
        for value in *bad {
            let (status, scim_type, detail) = told(post(&kind, thing(&format!("\"{name}\":{value}"))));
            assert_eq!(status, 400, "{name} {value} was accepted");
            assert!(["invalidValue", "invalidSyntax"].contains(&scim_type), "{name} {value}: {scim_type}");
            assert!(detail.contains(&format!("`{name}")), "{name} {value}: no place in: {detail}");
        }
    }
}

/// Seen to fail: with numbers refused as soon as the text is parsed.
#[test]
fn a_number_out_of_range_is_refused_where_its_attribute_is_known() {
    let kind = kind("Kind");
    for (more, part) in [
        (r#""age":12345678901234567890"#, "`age`: the number `12345678901234567890` is out of range"),
        (r#""ages":[1,-1e999]"#, "`ages[1]`: the number `-1e999` is out of range"),
        (r#""exact":1e400"#, "`exact` must be a string, found the number 1e400"),
    ] {
        refused(post(&kind, thing(more)), "invalidValue", part, more);
    }
    let exact = post(&kind, thing(r#""age":9007199254740993"#)).unwrap().body;
    assert!(exact.to_string().contains(r#""age":9007199254740993"#), "{exact}");
    // unknown attributes, and those the server sets, may contain any
    let more = r#""id":1e400,"shoeSize":12345678901234567890,"tags":["a"],"place":{"nope":1e400}"#;
    let lenient = Profile::strict().with(RuleId::UnknownAttribute);
    let limits = Limits::default();
    let mut reader = Reader::new(&lenient, &limits);
    reader.create(thing(more), &kind).unwrap();
    assert_eq!(reader.notes.dropped(), ["shoeSize", "place.nope"]);
    refused(post(&kind, thing(r#""shoeSize":1e400"#)), "invalidSyntax", "`shoeSize` is not defined", more);
}

#[test]
fn the_place_of_the_fault_is_told() {
    let kind = kind("Kind");
    for (more, part) in [
        (r#""parts":[{"value":"a"},{"value":7}]"#, "`parts[1].value` must be a string, found the number 7"),
        (
            r#""parts":[{"primary":"yes"}]"#,
            "`parts[0].primary` must be true or false, found the string `yes`",
        ),
        (r#""parts":[{"numbers":[1,"x"]}]"#, "`parts[0].numbers[1]` must be a whole number"),
        (r#""place":{"code":"c","printd":1}"#, "`place.printd` is not defined; `place` has code, fixed"),
        (r#""tags":["a",null]"#, "`tags[1]` must be a string, found null"),
        (r#""nope":1"#, "the attribute `nope` is not defined for the resource type `Kind`"),
        (
            &format!(r#""{EXTRA}":{{"owner":"o","link":{{"value":1}}}}"#),
            &format!("`{EXTRA}:link.value` must be a string"),
        ),
        (&format!(r#""{EXTRA}":{{"owner":"o","nope":1}}"#), &format!("`{EXTRA}:nope` is not defined")),
        (&format!(r#""{EXTRA}":7"#), &format!("`{EXTRA}` must be an object, found a number")),
    ] {
        let (status, _, detail) = told(post(&kind, thing(more)));
        assert_eq!(status, 400, "{more}");
        assert!(detail.contains(part), "{more}\nexpected: {part}\nfound:    {detail}");
    }
}

// R-7643-2.5-01, R-7643-2.5-02, R-7644-3.3-03
#[test]
fn null_and_empty_lists_are_no_value() {
    let kind = kind("Kind");
    let plain = post(&kind, thing("")).unwrap().body;
    let nothing =
        r#""exact":null,"tags":[],"place":null,"parts":[{},{"value":null}],"flag":null,"ages":null"#;
    assert_eq!(post(&kind, thing(nothing)).unwrap().body, plain);
}

// Settled question 22. Seen to fail: without the default, and with the default replacing false.
#[test]
fn who_is_made_without_a_word_about_active_is_active() {
    let kind = kind("User");
    let active = |more: &str| post(&kind, user(more)).unwrap().body.get("active").cloned();
    for more in ["", r#""active":null"#, r#""ACTIVE":true"#] {
        assert_eq!(active(more), Some(Value::Bool(true)), "{more}");
    }
    assert_eq!(active(r#""active":false"#), Some(Value::Bool(false)));
    for wrong in [r#""active":"""#, r#""active":[]"#, r#""active":{}"#, r#""active":"true""#] {
        refused(post(&kind, user(wrong)), "invalidValue", "`active` must be true or false", wrong);
    }
}

// R-7643-2.3.1-01, R-7643-4.1.2-01, R-7643-7-01
#[test]
fn canonical_values_are_suggestions_and_texts_stay_as_sent() {
    let kind = kind("User");
    let body = user(r#""emails":[{"value":"Babs@Example.COM","type":"sofa"}],"nickName":"BABS""#);
    let stored = post(&kind, body).unwrap().body;
    assert_eq!(stored.get("emails").unwrap().to_string(), r#"[{"value":"Babs@Example.COM","type":"sofa"}]"#);
    assert_eq!(stored.str("nickName"), Some("BABS"));
}

// R-7643-2.3.8-02
#[test]
fn the_order_of_members_means_nothing() {
    let kind = kind("User");
    let a = user(r#""name":{"givenName":"B","familyName":"J"},"title":"T""#);
    let b = object(&format!(
        r#"{{"title":"T","name":{{"familyName":"J","givenName":"B"}},"userName":"babs","schemas":["{}"]}}"#,
        urn::USER
    ));
    assert_eq!(post(&kind, a).unwrap().body, post(&kind, b).unwrap().body);
}

#[test]
fn counts_and_lengths_are_bounded() {
    let kind = kind("User");
    let many: Vec<String> = (0..101).map(|n| format!(r#"{{"value":"{n}"}}"#)).collect();
    let body = user(&format!(r#""emails":[{}]"#, many.join(",")));
    refused(
        post(&kind, body),
        "invalidValue",
        "`emails` has 101 values; the limit is 100 per request",
        "101 emails",
    );
    let body = user(&format!(r#""externalId":"{}""#, "x".repeat(1025)));
    refused(post(&kind, body), "invalidValue", "`externalId` has 1025 bytes; the limit is 1024", "long");
}
