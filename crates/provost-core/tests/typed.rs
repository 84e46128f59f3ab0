//! Typed views: nothing is lost in a round trip, and faults have a place.
//!
//! Seen to fail: with a field's value overwritten by `rest`, and with removed extensions left in `schemas`.

#![expect(clippy::unwrap_used, reason = "a test: a panic is its way to fail")]

use provost_core::resource::{Body, Link, Service};
use provost_core::typed::{EnterpriseUser, Extension, Group, Manager, User};
use provost_core::value::{Object, Value, parse_object};
use provost_core::{Id, Resource, SchemaSet, Timestamp, Version, urn};
use serde::{Deserialize, Serialize};

/// The full representation of RFC 7643 section 8.3, shortened, with unknown attributes at every level.
const FULL: &str = r#"{
    "schemas":["urn:ietf:params:scim:schemas:core:2.0:User","urn:ietf:params:scim:schemas:extension:enterprise:2.0:User","urn:example:Badge"],
    "id":"2819c223","externalId":"701984","userName":"bjensen@example.com",
    "name":{"formatted":"Ms. Barbara J Jensen, III","familyName":"Jensen","givenName":"Barbara","middleName":"Jane",
        "honorificPrefix":"Ms.","honorificSuffix":"III","nick":"unknown"},
    "displayName":"Babs Jensen","nickName":"Babs","profileUrl":"https://login.example.com/bjensen",
    "emails":[{"value":"bjensen@example.com","type":"work","primary":true},{"value":"babs@jensen.org","type":"home","verified":true}],
    "addresses":[{"type":"work","streetAddress":"100 Universal City Plaza","locality":"Hollywood","region":"CA",
        "postalCode":"91608","country":"US","formatted":"100 Universal City Plaza\nHollywood","primary":true}],
    "phoneNumbers":[{"value":"555-555-5555","type":"work"}],"ims":[{"value":"someaimhandle","type":"aim"}],
    "photos":[{"value":"https://photos.example.com/profilephoto/F","type":"photo"}],
    "userType":"Employee","title":"Tour Guide","preferredLanguage":"en-US","locale":"en-US","timezone":"America/Los_Angeles",
    "active":true,"groups":[{"value":"e9e30dba","$ref":"https://example.com/v2/Groups/e9e30dba","display":"Tour Guides","type":"direct"}],
    "x509Certificates":[{"value":"MIID"}],"roles":[{"value":"guide"}],"entitlements":[{"value":"e"}],
    "favouriteColour":"blue",
    "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User":{"employeeNumber":"701984","costCenter":"4130",
        "organization":"Universal Studios","division":"Theme Park","department":"Tour Operations","desk":7,
        "manager":{"value":"26118915","$ref":"../Users/26118915","displayName":"John Smith"}},
    "urn:example:Badge":{"number":"B-7","floors":[1,2]},
    "meta":{"resourceType":"User","created":"2010-01-23T04:56:22Z","lastModified":"2011-05-13T04:42:34Z",
        "version":"W/\"3694e05e9dff591\"","location":"https://example.com/v2/Users/2819c223"}}"#;

fn full() -> Object {
    parse_object(FULL).unwrap()
}

#[test]
fn nothing_is_lost_on_the_way_through() {
    let user = User::try_from(full()).unwrap();
    assert_eq!(user.name.as_ref().unwrap().family_name.as_deref(), Some("Jensen"));
    assert_eq!(user.emails[1].rest.to_string(), r#"{"verified":true}"#);
    assert_eq!(
        user.enterprise.as_ref().unwrap().manager.as_ref().unwrap().value.as_deref(),
        Some("26118915")
    );
    assert_eq!(user.meta.as_ref().unwrap().created, Timestamp::parse("2010-01-23T04:56:22Z"));
    assert_eq!(user.email(), Some("bjensen@example.com"));
    assert_eq!(user.rest.len(), 3, "{}", user.rest);
    assert_eq!(Object::from(user), full());
}

#[test]
fn serde_reads_and_writes_views() {
    let user: User = serde_json::from_str(FULL).unwrap();
    assert_eq!(parse_object(&serde_json::to_string(&user).unwrap()).unwrap(), full());
    let group: Group =
        serde_json::from_str(r#"{"DISPLAYNAME":"g","members":[{"value":"1","note":2}],"extra":1.5}"#)
            .unwrap();
    assert_eq!(group.members[0].value.as_deref(), Some("1"));
    assert_eq!(
        serde_json::to_string(&group).unwrap(),
        format!(
            r#"{{"schemas":["{}"],"displayName":"g","members":[{{"value":"1","note":2}}],"extra":1.5}}"#,
            urn::GROUP
        )
    );
    let twice = serde_json::from_str::<User>(r#"{"userName":"a","USERNAME":"b"}"#).unwrap_err().to_string();
    assert!(twice.contains("appears twice"), "{twice}");
    let nul = serde_json::from_str::<Object>("{\"a\":\"\\u0000\"}").unwrap_err().to_string();
    assert!(nul.contains("U+0000") && !nul.contains('\u{1}'), "{nul:?}");
}

#[test]
fn faults_have_a_place() {
    for (text, said) in [
        (r#"{}"#, "`userName` is required"),
        (r#"{"userName":null}"#, "`userName` is required"),
        (r#"{"userName":7}"#, "`userName` must be a string, found a number"),
        (r#"{"userName":"u","active":"true"}"#, "`active` must be true or false, found a string"),
        (r#"{"userName":"u","emails":{"value":"a"}}"#, "`emails` must be an array, found an object"),
        (
            r#"{"userName":"u","emails":[{"value":"a"},{"value":true}]}"#,
            "`emails[1].value` must be a string, found a boolean",
        ),
        (r#"{"userName":"u","name":"n"}"#, "`name` must be an object, found a string"),
        (
            r#"{"userName":"u","meta":{"created":"yesterday"}}"#,
            "`meta.created` must be a dateTime, found a string",
        ),
        (
            &format!(r#"{{"userName":"u","{}":{{"manager":{{"value":1}}}}}}"#, urn::ENTERPRISE_USER),
            &format!("`{}:manager.value` must be a string, found a number", urn::ENTERPRISE_USER),
        ),
    ] {
        assert_eq!(User::try_from(parse_object(text).unwrap()).unwrap_err().to_string(), *said, "{text}");
    }
}

#[test]
fn schemas_follows_the_extensions() {
    let mut user = User::try_from(full()).unwrap();
    user.enterprise = None;
    let urns = |u: &User| Object::from(u.clone()).get("schemas").unwrap().to_string();
    assert_eq!(urns(&user), format!(r#"["{}","urn:example:Badge"]"#, urn::USER));
    user.enterprise = Some(EnterpriseUser::default().with_manager(Manager::default().with_value("1")));
    assert_eq!(urns(&user), format!(r#"["{}","{}","urn:example:Badge"]"#, urn::USER, urn::ENTERPRISE_USER));
    assert_eq!(urns(&User::new("x")), format!(r#"["{}"]"#, urn::USER));
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Badge {
    number: Option<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    floors: Vec<i64>,
}

impl Extension for Badge {
    const URN: &'static str = "urn:example:Badge";
}

#[test]
fn an_extension_of_ones_own_is_a_struct() {
    let mut user = User::try_from(full()).unwrap();
    let badge = user.extension::<Badge>().unwrap().unwrap();
    assert_eq!(badge, Badge { number: Some("B-7".to_owned()), floors: vec![1, 2] });
    // what the struct does not write stays, and null clears
    user.set_extension(&Badge { number: None, floors: Vec::new() }).unwrap();
    assert_eq!(user.rest.get("urn:example:Badge").unwrap().to_string(), r#"{"floors":[1,2]}"#);
    user.rest.insert("urn:example:Badge", Value::from(Object::from_iter([("number", 7_i64)])));
    let said = user.extension::<Badge>().unwrap_err();
    assert_eq!(said.at(), "urn:example:Badge");
    assert_eq!(User::new("x").extension::<Badge>().unwrap(), None);
    let mut group = Group::new("g");
    group.set_extension(&Badge { number: None, floors: Vec::new() }).unwrap();
    assert!(group.rest.is_empty());
}

#[test]
fn a_stored_resource_becomes_a_view() {
    let service = Service::new("https://example.com", SchemaSet::builtin().into());
    let kind = service.schemas.resource_type("User").unwrap();
    let resource = Resource {
        id: Id::from("1"),
        version: Version(3),
        created: Timestamp::from_millis(0),
        modified: Timestamp::from_millis(1000),
        body: Body::Text(r#"{"userName":"babs"}"#.into()),
        members: Vec::new(),
        members_text: None,
        groups: vec![Link { id: Id::from("g"), resource_type: "Group".into(), display: Some("G".into()) }],
    };
    let user = User::from_resource(&resource, kind, &service).unwrap();
    assert_eq!(user.groups[0].reference.as_deref(), Some("https://example.com/Groups/g"));
    assert_eq!(user.meta.unwrap().version.as_deref(), Some("W/\"3\""));
    let broken = Resource { body: Body::Text("{".into()), ..resource };
    assert!(User::from_resource(&broken, kind, &service).is_err());
}

/// Seen to fail: with an absent `active` read as true.
#[test]
fn only_true_gives_access() {
    for (active, is_active) in [(Some(true), true), (Some(false), false), (None, false)] {
        let mut user = User::new("babs");
        user.active = active;
        assert_eq!(user.is_active(), is_active, "{active:?}");
    }
}
