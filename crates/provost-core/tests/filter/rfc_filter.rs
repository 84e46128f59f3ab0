//! The meaning of each operator according to RFC 7644 section 3.4.2.2, with one table for each row of
//! `conformance/rfc/requirements.json`. The vectors in `conformance/vectors/filters.json` go deeper.
//!
//! Seen to fail: with `sw` comparing the end, for case-exact and other texts, and with `and` satisfied by one term.

use provost_core::filter::Unknown;
use provost_core::resource::{Body, Resource, Service};
use provost_core::value::parse_object;
use provost_core::{Filter, Id, Object, ResourceType, SchemaSet, Timestamp, Version};
use std::sync::Arc;

fn service() -> Service {
    let set = SchemaSet::load([
        ("kinds.schema.json", include_str!("../data/kinds.schema.json")),
        ("extra.schema.json", include_str!("../data/extra.schema.json")),
        ("kind.resourcetype.json", include_str!("../data/kind.resourcetype.json")),
    ]);
    Service::new("https://example.com", Arc::new(set.unwrap()))
}

fn document(kind: &ResourceType, service: &Service) -> Object {
    let body = r#"{"schemas":["urn:example:test:Kinds"],"text":"Text","exact":"Exact","flag":true,"ratio":1.5,"age":30,
        "hired":"2020-01-01T00:00:00Z","photo":"TWFu","tags":["red","Blue","grün"],"place":{"code":"C"},
        "parts":[{"value":"1","type":"a"},{"value":"2","type":"b"}]}"#;
    let resource = Resource {
        id: Id::from("k1"),
        version: Version::FIRST,
        created: Timestamp::from_millis(0),
        modified: Timestamp::from_millis(0),
        body: Body::Object(parse_object(body).unwrap()),
        members: Vec::new(),
        members_text: None,
        groups: Vec::new(),
    };
    resource.document(kind, service).unwrap()
}

fn meets(text: &str) -> Result<bool, String> {
    let service = service();
    let kind = service.schemas.resource_type("Kind").unwrap();
    let filter: Filter = text.parse().map_err(|e: provost_core::filter::FilterError| e.to_string())?;
    let typed = filter.resolve(kind, Unknown::Refuse).map_err(|e| e.to_string())?;
    Ok(typed.matches(&document(kind, &service)))
}

fn holds(met: &[&str], unmet: &[&str], refused: &[&str]) {
    for text in met {
        assert_eq!(meets(text), Ok(true), "{text}");
    }
    for text in unmet {
        assert_eq!(meets(text), Ok(false), "{text}");
    }
    for text in refused {
        assert!(meets(text).is_err(), "{text}");
    }
}

// R-7644-3.4.2.2-05
#[test]
fn eq_and_ne_compare_by_type_and_case() {
    holds(
        &[
            "text eq \"TEXT\"",
            "exact eq \"Exact\"",
            "exact ne \"exact\"",
            "flag eq true",
            "age eq 30",
            "age eq 30.0",
            "ratio eq 1.5",
            "hired eq \"2020-01-01T01:00:00+01:00\"",
            "age ne 31",
        ],
        &["exact eq \"exact\"", "text ne \"tExT\"", "flag eq false", "age eq 31"],
        &["age eq \"thirty\"", "flag eq 1"],
    );
}

// R-7644-3.4.2.2-06
#[test]
fn co_sw_and_ew_look_for_a_part() {
    holds(
        &[
            "text co \"EX\"",
            "text co \"text\"",
            "text sw \"te\"",
            "text sw \"text\"",
            "text ew \"XT\"",
            "exact co \"xac\"",
            "exact sw \"Ex\"",
            "exact ew \"act\"",
            "tags sw \"GR\u{DC}\"",
        ],
        &["text co \"z\"", "text sw \"ext\"", "text ew \"tex\"", "exact sw \"ex\""],
        &[],
    );
}

// R-7644-3.4.2.2-07
#[test]
fn pr_asks_for_a_value() {
    holds(
        &["text pr", "tags pr", "place pr", "place.code pr", "parts.type pr", "meta pr"],
        &["site pr", "place.asked pr", "labels pr", "not (text pr)"],
        &[],
    );
}

// R-7644-3.4.2.2-08
#[test]
fn order_is_that_of_the_type() {
    holds(
        &[
            "age gt 9",
            "age ge 30",
            "ratio lt 2",
            "ratio le 1.5",
            "text gt \"Tex\"",
            "text lt \"uext\"",
            "hired lt \"2020-01-01T00:00:01Z\"",
            "hired ge \"2020-01-01T02:00:00+02:00\"",
        ],
        &["age gt 30", "age lt 9", "hired gt \"2020-01-01T00:00:00Z\"", "text gt \"z\""],
        &["flag gt true", "photo lt \"TWFu\"", "hired gt \"yesterday\""],
    );
}

// R-7644-3.4.2.2-10
#[test]
fn groups_bind_before_not_and_and_or() {
    holds(
        &[
            "age eq 30 or age eq 1 and age eq 2",
            "age eq 2 and age eq 1 or age eq 30",
            "not (age eq 1) and age eq 30",
            "not (age eq 30 and text eq \"x\")",
        ],
        &[
            "(age eq 30 or age eq 1) and age eq 2",
            "not (age eq 1) and age eq 2",
            "not (age eq 30) or age eq 2",
        ],
        &[],
    );
}

// R-7644-3.4.2.2-11
#[test]
fn one_value_of_many_is_enough() {
    holds(
        &[
            "tags eq \"red\"",
            "tags eq \"blue\"",
            "parts.type eq \"b\"",
            "parts.value eq \"1\" and parts.type eq \"b\"",
        ],
        &["tags eq \"green\"", "parts.type eq \"c\""],
        &[],
    );
}

// R-7644-3.4.2.2-12
#[test]
fn a_value_path_asks_for_one_value_that_meets_all() {
    holds(
        &["parts[value eq \"1\" and type eq \"a\"]", "parts[type eq \"b\"]", "not (parts[value eq \"3\"])"],
        &["parts[value eq \"1\" and type eq \"b\"]"],
        &["parts[nope eq \"1\"]", "parts[value eq \"1\"", "text[value eq \"1\"]"],
    );
}

// R-7644-3.4.2.2-14
#[test]
fn a_value_that_is_not_there_is_not_made_up() {
    let set = SchemaSet::builtin();
    let kind = set.resource_type("User").unwrap();
    let user = parse_object(r#"{"userName":"babs"}"#).unwrap();
    for (text, expected) in [("active eq true", false), ("active pr", false), ("active eq false", false)] {
        let filter: Filter = text.parse().unwrap();
        assert_eq!(filter.resolve(kind, Unknown::Refuse).unwrap().matches(&user), expected, "{text}");
    }
}
