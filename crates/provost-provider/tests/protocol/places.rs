//! The place of each error, as data. Its text is tested where it is written.
//!
//! Seen to fail: with an empty span for a filter's fault, with the byte of a path lost in an operation, with bulk
//! operations counted from 0, and with the place of a parameter missing.

use crate::cursors;
use provost_core::Profile;
use provost_core::error::{Place, Text};
use provost_provider::{MemoryStore, StoreError};
use provost_testing::body::{patch, user, user_with};
use provost_testing::protocol::{Answer, Server, strict};
use provost_testing::store::{Around, Call};

/// `operation 2 replace title > attribute title`
fn words(place: Option<&Place>) -> String {
    let Some(place) = place else { return "nowhere".to_owned() };
    let here = match place {
        Place::Byte { text, span } => {
            let text = match text {
                Text::Filter => "filter",
                Text::Path => "path",
                Text::Body => "body",
            };
            format!("{text} {}..{}", span.start, span.end)
        }
        Place::Operation { number, op, path, .. } => {
            let parts = [op.unwrap_or("?"), path.as_deref().unwrap_or("-")];
            format!("operation {number} {}", parts.join(" "))
        }
        Place::BulkOperation { number, .. } => format!("bulk operation {number}"),
        Place::Attribute(path) => format!("attribute {path}"),
        Place::Parameter(name) => format!("parameter {name}"),
        Place::Header(name) => format!("header {name}"),
    };
    match place.inner() {
        Some(inner) => format!("{here} > {}", words(Some(inner))),
        None => here,
    }
}

fn place(answer: &Answer) -> String {
    words(answer.outcome.failure().unwrap().place())
}

#[tokio::test]
async fn a_query_is_wrong_at_a_byte_or_a_parameter() {
    let s = cursors::server();
    for (query, expected) in [
        ("filter=userName%20zz%20%22a%22", "filter 9..11"),
        ("filter=userName%20eq%20", "filter 12..12"),
        ("filter=title%20pr%20and%20shoeSize%20pr", "filter 13..21"),
        ("filter=active%20eq%20%22yes%22", "filter 10..15"),
        ("filter=active%20gt%20true", "filter 0..6"),
        ("filter=", "filter 0..0"),
        ("filter=%FF", "parameter filter"),
        ("count=many", "parameter count"),
        ("count=1&count=2", "parameter count"),
        ("sortBy=shoeSize", "parameter sortBy"),
        ("sortOrder=up", "parameter sortOrder"),
        ("cursor=x", "parameter cursor"),
        ("cursor=&count=x", "parameter count"),
        ("attributes=title&excludedAttributes=id", "parameter excludedAttributes"),
    ] {
        assert_eq!(place(&s.get(&format!("/Users?{query}")).await), expected, "{query}");
    }
}

#[tokio::test]
async fn a_body_is_wrong_at_a_byte_or_an_attribute() {
    let s = strict();
    s.user("babs").await;
    let urn = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";
    let with = |more: &str| user_with("jens", more);
    for (body, expected) in [
        (r#"{"userName":"#.to_owned(), "body 11..11".to_owned()),
        (String::new(), "body 0..0".to_owned()),
        ("{}".to_owned(), "attribute schemas".to_owned()),
        (with(r#""active":"yes""#), "attribute active".to_owned()),
        (with(r#""emails":[{"value":"a"},{"value":7}]"#), "attribute emails[1].value".to_owned()),
        (with(r#""emails":[{"shoe":7}]"#), "attribute emails[0].shoe".to_owned()),
        (with(r#""shoeSize":7"#), "attribute shoeSize".to_owned()),
        (with(&format!(r#""{urn}":{{"department":7}}"#)), format!("attribute {urn}:department")),
        (with(&format!(r#""{urn}":7"#)), format!("attribute {urn}")),
        (user(""), "attribute userName".to_owned()),
        (user("BABS"), "attribute userName".to_owned()),
    ] {
        assert_eq!(place(&s.send("POST", "/Users", &body).await), expected, "{body}");
    }
}

#[tokio::test]
async fn an_operation_is_around_what_is_wrong_in_it() {
    let s = strict();
    let at = format!("/Users/{}", s.user("babs").await);
    let good = r#"{"op":"add","path":"title","value":"Lead"}"#;
    for (operation, expected) in [
        ("7", "operation 2 ? -"),
        (r#"{"op":"move"}"#, "operation 2 ? -"),
        (r#"{"op":"remove","path":"/title"}"#, "operation 2 ? - > path 0..6"),
        (r#"{"op":"remove"}"#, "operation 2 remove -"),
        (r#"{"op":"add","path":"title"}"#, "operation 2 add title"),
        (r#"{"op":"remove","path":"userName"}"#, "operation 2 remove userName > attribute userName"),
        (r#"{"op":"replace","path":"active","value":"no"}"#, "operation 2 replace active > attribute active"),
        (r#"{"op":"add","value":{"emails":[{"value":7}]}}"#, "operation 2 add - > attribute emails[0].value"),
        (
            r#"{"op":"remove","path":"emails[shoe eq 7]"}"#,
            "operation 2 remove emails[shoe eq 7] > path 7..11",
        ),
        (
            r#"{"op":"remove","path":"emails[primary eq \"x\"]"}"#,
            r#"operation 2 remove emails[primary eq "x"] > path 18..21"#,
        ),
    ] {
        let answer = s.send("PATCH", &at, &patch(&format!("{good},{operation}"))).await;
        assert_eq!(place(&answer), expected, "{operation}: {}", answer.text);
        let e = answer.outcome.failure().unwrap();
        assert_eq!(e.detail(), format!("{}: {}", e.place().unwrap(), e.message()), "{operation}");
    }
    assert_eq!(place(&s.send("PATCH", &at, &patch("")).await), "attribute Operations");
}

#[tokio::test]
async fn a_header_is_named() {
    let s = strict();
    let at = format!("/Users/{}", s.user("babs").await);
    let answer = s.send_with("DELETE", &at, "", |r| r.if_match = Some("W/\"7\"")).await;
    assert_eq!(place(&answer), "header If-Match");
    let answer = s.send_with("DELETE", &at, "", |r| r.if_none_match = Some("*")).await;
    assert_eq!(place(&answer), "header If-None-Match");
    let answer = s.send_with("POST", "/Users", "{}", |r| r.content_type = Some("text/xml")).await;
    assert_eq!(place(&answer), "header Content-Type");
    let answer = s.send_with("POST", "/Users", "{}", |r| r.content_encoding = Some("gzip")).await;
    assert_eq!(place(&answer), "header Content-Encoding");
}

#[tokio::test]
async fn an_operation_of_a_bulk_request_has_its_number() {
    let fails = |call: Call<'_>| match call {
        Call::Delete(_) => Err(StoreError::backend("disk on fire")),
        _ => Ok(()),
    };
    let s = Server::over(Around::new(MemoryStore::new(), fails), Profile::strict());
    let id = s.user("babs").await;
    let one = |path: &str| format!(r#"{{"method":"DELETE","path":"{path}"}}"#);
    let job = format!(
        r#"{{"schemas":["urn:ietf:params:scim:api:messages:2.0:BulkRequest"],"Operations":[{},{}]}}"#,
        one("/Users/nobody/x"),
        one(&format!("/Users/{id}"))
    );
    assert_eq!(place(&s.send("POST", "/Bulk", &job).await), "bulk operation 2");
}
