//! Evaluation: values, absence, several values, value paths, folding, and documents that break their schema.
//!
//! Seen to fail: with `ne` that requires all values to differ; an empty text that is present; `eq null` on an assigned
//! value; a value path that looks only at the first value, or at elements without content; a text that is not an
//! instant treated as a mismatch; a mismatch treated as absence; a suffix read one byte early.

use crate::support::{document, kind, long};
use provost_core::Filter;
use provost_core::filter::Unknown;

/// Whether the document matches the filter; `x:` is the extension in both.
fn holds(text: &str, json: &str) -> bool {
    let text = long(text);
    let filter: Filter =
        text.parse().unwrap_or_else(|e: provost_core::filter::FilterError| panic!("{}", e.caret(&text)));
    let typed = filter.resolve(kind(), Unknown::Refuse).unwrap_or_else(|e| panic!("{}", e.caret(&text)));
    typed.matches(&document(json))
}

fn check(json: &str, table: &[(&str, bool)]) {
    for (text, expected) in table {
        assert_eq!(holds(text, json), *expected, "{text} on {json}");
    }
}

#[test]
fn texts_compare_by_their_folding() {
    check(
        r#"{"userName":"BJensen","x":{"text":"Straße ÉTÉ","exact":"AbC"},"title":"Babs the GREAT"}"#,
        &[
            ("userName eq \"bjensen\"", true),
            ("userName eq \"BJENSEN\"", true),
            ("userName eq \"bjense\"", false),
            ("userName ne \"bjensen\"", false),
            ("userName ne \"x\"", true),
            ("userName co \"JENS\"", true),
            ("userName co \"\"", true),
            ("userName co \"bjensenx\"", false),
            ("userName sw \"bj\"", true),
            ("userName sw \"j\"", false),
            ("userName sw \"bjensenbjensen\"", false),
            ("userName ew \"SEN\"", true),
            ("userName ew \"sex\"", false),
            ("userName ew \"xbjensen\"", false),
            ("userName gt \"BJENSEM\"", true),
            ("userName gt \"bjensen\"", false),
            ("userName ge \"bjensen\"", true),
            ("userName lt \"bjensen0\"", true),
            ("userName le \"bjensem\"", false),
            // a letter outside ASCII sorts after all ASCII letters
            ("userName lt \"é\"", true),
            ("x:text eq \"STRASSE été\"", true),
            ("x:text co \"ÉT\"", true),
            ("x:text sw \"strass\"", true),
            ("x:text ew \"É\"", true),
            ("x:text gt \"strasse\"", true),
            ("x:exact eq \"abc\"", false),
            ("x:exact eq \"AbC\"", true),
            ("x:exact co \"b\"", true),
            ("x:exact sw \"a\"", false),
            ("x:exact lt \"a\"", true),
            ("title co \"the great\"", true),
        ],
    );
    // composed and decomposed
    check("{\"userName\":\"U\\u0308mit\"}", &[("userName eq \"ümit\"", true), ("userName sw \"Ü\"", true)]);
    let capitals = "A".repeat(5000);
    check(
        &format!(r#"{{"title":"{capitals}b"}}"#),
        &[("title co \"ab\"", true), ("title co \"abc\"", false)],
    );
}

#[test]
fn numbers_booleans_and_instants_compare_by_value() {
    check(
        r#"{"x":{"whole":30,"real":2.5,"flag":false,"when":"2011-05-13T06:42:35.5+02:00","blob":"AQID"}}"#,
        &[
            ("x:whole eq 30.0", true),
            ("x:whole eq 3e1", true),
            ("x:whole gt 29.9", true),
            ("x:whole lt 30", false),
            ("x:whole le 30", true),
            ("x:whole ne 31", true),
            ("x:real gt 2", true),
            ("x:real eq 2.50", true),
            ("x:real ge 2.51", false),
            ("x:flag eq false", true),
            ("x:flag ne true", true),
            ("x:flag ne false", false),
            ("x:flag pr", true),
            ("x:when eq \"2011-05-13T04:42:35.500Z\"", true),
            ("x:when gt \"2011-05-13T04:42:35Z\"", true),
            ("x:when lt \"2011-05-13T05:00:00Z\"", true),
            ("x:when ne \"2011-05-13T06:42:35.5+02:00\"", false),
            ("x:blob eq \"AQID\"", true),
            ("x:blob eq \"aqid\"", false),
        ],
    );
}

#[test]
fn absence_is_null_and_ne() {
    let table = [
        ("title eq \"\"", false),
        ("title eq \"x\"", false),
        ("title ne \"x\"", true),
        ("title co \"\"", false),
        ("title gt \"\"", false),
        ("title eq null", true),
        ("title ne null", false),
        ("title pr", false),
        ("not (title pr)", true),
        ("name pr", false),
        ("name.givenName ne \"x\"", true),
        ("name eq null", true),
        ("emails pr", false),
        ("emails eq null", true),
        ("emails.type ne \"work\"", true),
        ("emails[not (type eq \"work\")]", false),
        ("x:whole ne 5", true),
        ("x:whole lt 5", false),
        ("x:flag ne true", true),
        ("x:when ne \"2011-05-13T04:42:35Z\"", true),
    ];
    for json in [
        "{}",
        r#"{"title":null,"name":null,"emails":null,"x":null}"#,
        r#"{"title":[],"name":{},"emails":[],"x":{}}"#,
        r#"{"emails":[null,{}],"name":{"givenName":null},"x":{"whole":null,"flag":[],"when":null}}"#,
    ] {
        check(json, &table);
    }
}

#[test]
fn an_empty_text_is_a_value_but_not_present() {
    check(
        r#"{"title":"","name":{"givenName":""},"emails":[{"value":""}]}"#,
        &[
            ("title pr", false),
            ("title eq \"\"", true),
            ("title ne \"\"", false),
            ("title eq null", false),
            ("title ne null", true),
            ("title co \"\"", true),
            ("name pr", false),
            ("emails pr", false),
            ("emails.value pr", false),
            ("emails eq \"\"", true),
            ("emails[value eq \"\"]", true),
        ],
    );
}

#[test]
fn any_value_of_several_matches() {
    let json = r#"{"emails":[{"value":"a@x","type":"work"},{"value":"b@y","type":"home","primary":true},{"value":"c@z"}],
        "x":{"tags":["Red","blue"],"marks":[1,20],"rooms":[{"number":1,"keys":["k1","k2"]},{"number":2}]}}"#;
    check(
        json,
        &[
            ("emails.type eq \"work\" and emails.value eq \"b@y\"", true),
            ("emails[type eq \"work\" and value eq \"b@y\"]", false),
            ("emails[type eq \"home\" and value eq \"b@y\" and primary eq true]", true),
            ("emails.type ne \"work\"", true),
            ("not (emails.type eq \"work\")", false),
            ("emails[type eq null]", true),
            ("emails.type eq null", false),
            ("emails.type ne null", true),
            ("emails[not (type pr) and value sw \"c\"]", true),
            ("emails[type ne \"work\" and value eq \"c@z\"]", true),
            ("emails co \"@Z\"", true),
            ("x:tags eq \"red\"", true),
            ("x:tags ne \"red\"", true),
            ("x:tags[value sw \"b\"]", true),
            ("x:tags[value sw \"b\" and value ew \"d\"]", false),
            ("x:tags sw \"b\" and x:tags ew \"d\"", true),
            ("x:marks gt 10", true),
            ("x:marks[value gt 1 and value lt 20]", false),
            ("x:rooms[number eq 1 and keys eq \"K2\"]", true),
            ("x:rooms[number eq 2 and keys eq \"k2\"]", false),
            ("x:rooms.keys eq \"k1\"", true),
        ],
    );
    check(r#"{"x":{"tags":["red"]}}"#, &[("x:tags ne \"red\"", false)]);
    // a single value where a list is usual
    check(
        r#"{"emails":{"type":"work"},"x":{"tags":"red"}}"#,
        &[("emails[type eq \"work\"]", true), ("x:tags eq \"red\"", true)],
    );
}

#[test]
fn single_complex_attributes_take_value_paths() {
    check(
        r#"{"name":{"givenName":"Babs","familyName":"Jensen"}}"#,
        &[
            ("name[givenName eq \"babs\" and familyName pr]", true),
            ("name[givenName eq \"babs\" and formatted pr]", false),
            ("name.familyName eq \"jensen\"", true),
            ("name pr", true),
        ],
    );
}

#[test]
fn names_in_documents_have_no_case() {
    check(
        r#"{"USERNAME":"a","Name":{"GIVENNAME":"b"},"URN:EXAMPLE:FILTER:2.0:USER":{"TEXT":"c"}}"#,
        &[("userName eq \"a\"", true), ("name.givenName eq \"b\"", true), ("x:text eq \"c\"", true)],
    );
}

#[test]
fn a_value_of_another_type_meets_no_comparison() {
    check(
        r#"{"userName":5,"active":"true","name":"x","emails":["a@x",7],"meta":{"created":"yesterday"},
            "x":{"whole":"30","when":12,"tags":{"value":"red"},"text":true,"rooms":[[{"number":1}]]}}"#,
        &[
            ("userName eq \"5\"", false),
            ("userName ne \"5\"", false),
            ("active eq true", false),
            ("active ne true", false),
            ("name.givenName eq \"x\"", false),
            ("name[givenName pr]", false),
            ("emails.value eq \"a@x\"", false),
            ("emails[value eq \"a@x\"]", false),
            ("x:whole eq 30", false),
            ("x:when gt \"2011-05-13T04:42:35Z\"", false),
            ("x:tags eq \"red\"", false),
            ("x:text eq \"true\"", false),
            ("x:rooms[number eq 1]", false),
            // but it is a value
            ("userName pr", true),
            ("x:whole ne null", true),
        ],
    );
    // a text that is not an instant counts as absent
    check(
        r#"{"meta":{"created":"yesterday"}}"#,
        &[
            ("meta.created lt \"2030-01-01T00:00:00Z\"", false),
            ("meta.created eq \"2030-01-01T00:00:00Z\"", false),
            ("meta.created ne \"2030-01-01T00:00:00Z\"", true),
        ],
    );
}
