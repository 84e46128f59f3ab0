//! Attributes that are returned only on request, in the answers to writes (RFC 7643 section 7, `returned`).
//!
//! Seen to fail: without `with_written` in POST, in PUT and in PATCH, each separately; and with the store's fields
//! requested before it is known what was written.

use provost_core::SchemaSet;
use provost_core::value::Value;
use provost_testing::body::{patch, user_with};
use provost_testing::protocol::{Answer, Server, strict};

const SCHEMA: &str = r#"{"id": "urn:example:Crew", "attributes": [
    {"name": "label", "required": true},
    {"name": "asked", "returned": "request"},
    {"name": "other", "returned": "request"},
    {"name": "place", "type": "complex", "subAttributes": [
        {"name": "city"}, {"name": "gate", "returned": "request"}]},
    {"name": "members", "type": "complex", "multiValued": true, "returned": "request", "subAttributes": [
        {"name": "value"}, {"name": "$ref", "type": "reference"}, {"name": "type"}, {"name": "display"}]}
]}"#;
const EXTENSION: &str =
    r#"{"id": "urn:example:Extra", "attributes": [{"name": "asked", "returned": "request"}]}"#;
const TYPE: &str = r#"{"name": "Crew", "endpoint": "/Crews", "schema": "urn:example:Crew",
    "schemaExtensions": [{"schema": "urn:example:Extra", "required": false}]}"#;

fn server() -> Server {
    let files = [("a.schema.json", SCHEMA), ("b.schema.json", EXTENSION), ("c.resourcetype.json", TYPE)];
    Server::strict_with(SchemaSet::load(files).unwrap(), |_| ())
}

fn crew(more: &str) -> String {
    format!(r#"{{"schemas":["urn:example:Crew"],"label":"A"{more}}}"#)
}

const ALL: &str =
    r#","asked":"q","other":"o","place":{"city":"c","gate":"g"},"urn:example:Extra":{"asked":"e"}"#;

/// The names in an answer, including sub-attributes of `place` and of the extension, without the common ones.
fn shown(answer: &Answer) -> String {
    assert!((200..300).contains(&answer.status()), "{}", answer.text);
    let mut names = Vec::new();
    for (name, value) in
        answer.json().iter().filter(|(n, _)| !["schemas", "id", "meta"].contains(&n.as_str()))
    {
        match value {
            Value::Object(o) => names.extend(o.iter().map(|(sub, _)| format!("{name}.{sub}"))),
            _ => names.push(name.to_string()),
        }
    }
    names.join(" ")
}

// R-7643-7-08
#[tokio::test]
async fn a_write_shows_what_it_wrote_and_a_read_only_what_it_names() {
    let s = server();
    let made = s.send("POST", "/Crews", &crew(ALL)).await;
    assert_eq!(shown(&made), "label asked other place.city place.gate urn:example:Extra.asked");
    let at = format!("/Crews/{}", made.text("id"));
    assert_eq!(shown(&s.get(&at).await), "label place.city");
    assert_eq!(shown(&s.get(&format!("{at}?attributes=other,place.gate")).await), "other place.gate");

    for (operations, expected) in [
        (r#"{"op":"replace","path":"label","value":"B"}"#, "label place.city"),
        (r#"{"op":"replace","path":"asked","value":"r"}"#, "label asked place.city"),
        // what was written need not differ
        (r#"{"op":"replace","path":"asked","value":"r"}"#, "label asked place.city"),
        (r#"{"op":"add","value":{"other":"p","place":{"gate":"h"}}}"#, "label other place.city place.gate"),
        (
            r#"{"op":"replace","path":"urn:example:Extra:asked","value":"f"}"#,
            "label place.city urn:example:Extra.asked",
        ),
    ] {
        assert_eq!(shown(&s.send("PATCH", &at, &patch(operations)).await), expected, "{operations}");
    }
    let put = s.send("PUT", &at, &crew(r#","asked":"s","place":{"city":"d","gate":"i"}"#)).await;
    assert_eq!(shown(&put), "label asked place.city place.gate");
}

// R-7643-7-08
#[tokio::test]
async fn the_parameters_of_a_write_have_the_last_word() {
    let s = server();
    let only = s.send("POST", "/Crews?attributes=other", &crew(ALL)).await;
    assert_eq!(shown(&only), "other");
    let at = format!("/Crews/{}", only.text("id"));
    let without =
        s.send("PUT", &format!("{at}?excludedAttributes=asked,urn:example:Extra"), &crew(ALL)).await;
    assert_eq!(shown(&without), "label other place.city place.gate");
    let change = patch(r#"{"op":"replace","path":"asked","value":"r"}"#);
    let asked = s.send("PATCH", &format!("{at}?attributes=other"), &change).await;
    assert_eq!(shown(&asked), "other");
}

// R-7643-7-08
#[tokio::test]
async fn members_that_were_written_are_looked_up() {
    let s = server();
    let user = s.user("babs").await;
    let members = format!(r#","members":[{{"value":"{user}"}}]"#);
    let made = s.send("POST", "/Crews", &crew(&members)).await;
    assert_eq!(made.text("members.value"), user);
    let at = format!("/Crews/{}", made.text("id"));
    assert_eq!(shown(&s.get(&at).await), "label");
    assert_eq!(shown(&s.send("PUT", &at, &crew(&members)).await), "label members");
    let add = patch(&format!(r#"{{"op":"add","path":"members","value":[{{"value":"{user}"}}]}}"#));
    assert_eq!(s.send("PATCH", &at, &add).await.text("members.value"), user);
    let rename = patch(r#"{"op":"replace","path":"label","value":"B"}"#);
    assert_eq!(shown(&s.send("PATCH", &at, &rename).await), "label");
}

/// RFC 7644 section 3.7.3: the result of a successful operation has no body, whatever it wrote.
#[tokio::test]
async fn a_bulk_result_shows_no_resource() {
    let s = server();
    let operation = format!(r#"{{"method":"POST","path":"/Crews","bulkId":"a","data":{}}}"#, crew(ALL));
    let bulk = "urn:ietf:params:scim:api:messages:2.0:BulkRequest";
    let done =
        s.send("POST", "/Bulk", &format!(r#"{{"schemas":["{bulk}"],"Operations":[{operation}]}}"#)).await;
    assert_eq!((done.status(), done.text("Operations.status")), (200, "201".to_owned()), "{}", done.text);
    assert_eq!(done.value("Operations.response"), None);
    let location = done.text("Operations.location");
    let made = s.get(&format!("/Crews/{}?attributes=asked", location.rsplit('/').next().unwrap())).await;
    assert_eq!(shown(&made), "asked");
}

// R-7644-3.9-01
#[tokio::test]
async fn attributes_choose_what_a_write_answers() {
    let s = strict();
    let made = s.send("POST", "/Users?attributes=userName", &user_with("babs", r#""title":"T""#)).await;
    assert_eq!(made.names(), ["id", "schemas", "userName"]);
    let id = made.text("id");
    let put = s
        .send(
            "PUT",
            &format!("/Users/{id}?excludedAttributes=title,meta,active"),
            &user_with("babs", r#""title":"U""#),
        )
        .await;
    assert_eq!(put.names(), ["id", "schemas", "userName"]);
    let change = patch(r#"{"op":"replace","path":"title","value":"V"}"#);
    let patched = s.send("PATCH", &format!("/Users/{id}?attributes=title"), &change).await;
    assert_eq!(
        (patched.status(), patched.names()),
        (200, vec!["id".to_owned(), "schemas".to_owned(), "title".to_owned()])
    );
}
