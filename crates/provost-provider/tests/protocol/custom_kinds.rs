//! Rules that the built-in schemas do not exercise: custom types with required sub-attributes, references in lists,
//! members that may be renamed, and unique attributes besides `userName`.
//!
//! Each was seen to fail on earlier code: an inactive account taken over because of a shared badge, a group emptied
//! through the `value` of its members, a required sub-attribute cleared and restored, a reference duplicated.

use provost_core::resource::Service;
use provost_core::schema::parse_schema;
use provost_core::{Profile, SchemaSet};
use provost_provider::MemoryStore;
use provost_testing::body::patch;
use provost_testing::protocol::{BASE, Server};

const BADGE: &str = r#"{"id":"urn:example:Badge","name":"Badge","attributes":[
    {"name":"number","type":"string","multiValued":false,"uniqueness":"server"}]}"#;
const USER: &str = r#"{"name":"User","endpoint":"/Users","schema":"urn:ietf:params:scim:schemas:core:2.0:User",
    "schemaExtensions":[{"schema":"urn:example:Badge","required":false}]}"#;
const ROBOT: &str = r#"{"id":"urn:example:Robot","name":"Robot","attributes":[
    {"name":"active","type":"boolean","multiValued":false,"required":true},
    {"name":"box","type":"complex","multiValued":false,"subAttributes":[
        {"name":"a","type":"string","multiValued":false},
        {"name":"b","type":"string","multiValued":false,"required":true}]},
    {"name":"tools","type":"complex","multiValued":true,"subAttributes":[
        {"name":"value","type":"string","multiValued":false,"required":true},
        {"name":"type","type":"string","multiValued":false}]},
    {"name":"peers","type":"complex","multiValued":true,"subAttributes":[
        {"name":"value","type":"string","multiValued":false,"caseExact":true},
        {"name":"$ref","type":"reference","multiValued":false,"caseExact":true,"referenceTypes":["Robot"]}]},
    {"name":"members","type":"complex","multiValued":true,"subAttributes":[
        {"name":"value","type":"string","multiValued":false,"caseExact":true},
        {"name":"$ref","type":"reference","multiValued":false,"caseExact":true,"referenceTypes":["Robot"]},
        {"name":"type","type":"string","multiValued":false}]}]}"#;
const ROBOTS: &str = r#"{"name":"Robot","endpoint":"/Robots","schema":"urn:example:Robot"}"#;

fn all_profiles() -> Vec<Profile> {
    vec![Profile::strict(), Profile::interop(), Profile::entra(), Profile::okta()]
}

fn server(profile: Profile) -> Server {
    let mut set = SchemaSet::builtin();
    for schema in [BADGE, ROBOT] {
        set.add_schema(parse_schema(schema).unwrap());
    }
    for kind in [USER, ROBOTS] {
        set.add_resource_type(kind).unwrap();
    }
    let service = Service::new(BASE, set.into());
    Server::set_up(MemoryStore::new(), profile, |settings| settings.schemas = service.schemas)
}

fn robot(more: &str) -> String {
    format!(r#"{{"schemas":["urn:example:Robot"]{more}}}"#)
}

#[tokio::test]
async fn who_shares_a_badge_is_somebody_else() {
    let server = server(Profile::okta());
    let worker = |name: &str, more: &str| {
        format!(
            r#"{{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User","urn:example:Badge"],"userName":"{name}",
                "urn:example:Badge":{{"number":"N1"}}{more}}}"#
        )
    };
    let old = server.make("/Users", &worker("old", r#","active":false"#)).await;
    let refused = server.send("POST", "/Users", &worker("new", "")).await;
    assert_eq!(refused.is(), "409 uniqueness");
    let now = server.send("GET", &format!("/Users/{old}"), "").await;
    assert_eq!((now.at("userName").as_deref(), now.at("active").as_deref()), (Some("old"), Some("false")));
    assert_eq!(server.send("POST", "/Users", &worker("OLD", "")).await.at("id"), Some(old));
}

#[tokio::test]
async fn a_required_active_is_given_and_kept() {
    for profile in all_profiles() {
        let server = server(profile);
        let made = server.send("POST", "/Robots", &robot("")).await;
        assert_eq!((made.is().as_str(), made.at("active").as_deref()), ("201", Some("true")));
        let path = format!("/Robots/{}", made.at("id").unwrap());
        let off = robot(r#","active":false"#);
        assert_eq!(server.send("PUT", &path, &off).await.at("active").as_deref(), Some("false"));
        let kept = server.send("PUT", &path, &robot("")).await;
        assert_eq!((kept.is().as_str(), kept.at("active").as_deref()), ("200", Some("false")));
    }
}

#[tokio::test]
async fn a_required_part_is_not_taken_away_and_brought_back() {
    for profile in all_profiles() {
        let server = server(profile);
        let body = robot(r#","box":{"a":"1","b":"2"},"tools":[{"value":"saw","type":"x"}]"#);
        let path = format!("/Robots/{}", server.make("/Robots", &body).await);
        let before = server.send("GET", &path, "").await.text;
        for operations in [
            r#"{"op":"remove","path":"box.b"},{"op":"add","path":"box.b","value":"3"}"#,
            r#"{"op":"add","path":"box","value":{"b":null}},{"op":"add","path":"box.b","value":"3"}"#,
            r#"{"op":"add","value":{"box":{"b":null}}},{"op":"add","path":"box.b","value":"3"}"#,
        ] {
            let refused = server.send("PATCH", &path, &patch(operations)).await;
            assert_eq!(refused.is(), "400 mutability", "{operations}: {}", refused.text);
            assert!(refused.detail().contains("operation 1"), "{}", refused.detail());
            assert_eq!(server.send("GET", &path, "").await.text, before);
        }
        // what another operation left incomplete is not blamed on this one
        let completed = r#"{"op":"add","path":"tools","value":[{"type":"y"}]},
            {"op":"replace","path":"tools[type eq \"x\"].value","value":"axe"},
            {"op":"replace","path":"tools[type eq \"y\"].value","value":"file"}"#;
        let done = server.send("PATCH", &path, &patch(completed)).await;
        assert!(done.response.status < 300, "{}", done.text);
    }
}

#[tokio::test]
async fn a_reference_is_in_a_list_once() {
    for profile in all_profiles() {
        let server = server(profile);
        let (a, b) = (server.make("/Robots", &robot("")).await, server.make("/Robots", &robot("")).await);
        let peers = format!(r#","peers":[{{"$ref":"../Robots/{b}"}},{{"value":"{b}"}}]"#);
        let path = format!("/Robots/{}", server.make("/Robots", &robot(&peers)).await);
        let now = server.send("GET", &path, "").await;
        assert_eq!(now.json().get("peers").unwrap().elements().len(), 1, "{}", now.text);
        let add = patch(&format!(r#"{{"op":"add","path":"peers","value":[{{"$ref":"../Robots/{b}"}}]}}"#));
        for _ in 0..2 {
            server.send("PATCH", &path, &add).await;
        }
        let now = server.send("GET", &path, "").await;
        assert_eq!(now.at("meta.version").as_deref(), Some("W/\"1\""), "{}", now.text);
        let both = patch(&format!(
            r#"{{"op":"add","path":"peers","value":[{{"value":"{a}"}}]}},
               {{"op":"replace","path":"peers[value eq \"{a}\"].$ref","value":"../Robots/{b}"}}"#
        ));
        server.send("PATCH", &path, &both).await;
        let now = server.send("GET", &path, "").await;
        assert_eq!(now.json().get("peers").unwrap().elements().len(), 1, "{}", now.text);
    }
}

#[tokio::test]
async fn members_that_may_be_renamed_are_not_renamed_away() {
    for profile in all_profiles() {
        let server = server(profile);
        let (a, b) = (server.make("/Robots", &robot("")).await, server.make("/Robots", &robot("")).await);
        let members = format!(r#","members":[{{"value":"{a}"}}]"#);
        let path = format!("/Robots/{}", server.make("/Robots", &robot(&members)).await);
        let of = async || {
            let json = server.send("GET", &path, "").await.json();
            let list = json.get("members").map_or(Vec::new(), |m| m.elements().to_vec());
            list.iter().map(|m| m.as_object().unwrap().str("value").unwrap().to_owned()).collect::<Vec<_>>()
        };
        for operation in [
            r#"{"op":"replace","path":"members[value pr]","value":{"value":"nobody"}}"#,
            r#"{"op":"replace","path":"members.value","value":"nobody"}"#,
            r#"{"op":"replace","path":"members[value pr].value","value":"nobody"}"#,
            r#"{"op":"replace","path":"members[value pr].$ref","value":"https://elsewhere.example/Robots/1"}"#,
            r#"{"op":"remove","path":"members.value"}"#,
        ] {
            let refused = server.send("PATCH", &path, &patch(operation)).await;
            assert_eq!(refused.is(), "400 invalidValue", "{operation}: {}", refused.text);
            assert_eq!(of().await, [a.as_str()], "{operation}");
        }
        let renamed = patch(&format!(r#"{{"op":"replace","path":"members[value pr].value","value":"{b}"}}"#));
        assert!(server.send("PATCH", &path, &renamed).await.response.status < 300);
        assert_eq!(of().await, [b]);
    }
}
