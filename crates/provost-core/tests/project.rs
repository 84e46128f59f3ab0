//! What an answer contains: `returned`, `attributes` and `excludedAttributes`, for attributes and sub-attributes of the
//! main schema and of an extension.
//!
//! Seen to fail: with `Returned::Always` ignored in sub-attributes, with the URN of an extension taken for an unknown
//! name, with `with_written` doing nothing, and with stored text served as it is although something is hidden.

#![expect(clippy::unwrap_used, reason = "a test: a panic is its way to fail")]

use provost_core::compat::Reader;
use provost_core::policy::{Notes, Terms};
use provost_core::project::{Projection, render, written_in};
use provost_core::resource::{Body, Service};
use provost_core::value::{Object, parse_object};
use provost_core::{
    ErrorKind, Limits, Policy, Profile, Resource, ResourceType, SchemaSet, Timestamp, Version, urn,
};
use std::sync::Arc;

fn kind(name: &str) -> Arc<ResourceType> {
    let set = SchemaSet::load([
        ("kinds.schema.json", include_str!("data/kinds.schema.json")),
        ("extra.schema.json", include_str!("data/extra.schema.json")),
        ("kind.resourcetype.json", include_str!("data/kind.resourcetype.json")),
    ]);
    set.unwrap().resource_type(name).unwrap().clone()
}

fn object(text: &str) -> Object {
    parse_object(text).unwrap()
}

fn parse(kind: &ResourceType, only: Option<&str>, without: Option<&str>) -> Projection {
    Projection::parse(
        only,
        without,
        kind,
        Terms::new(Policy::default(), &Limits::default()),
        &mut Notes::default(),
    )
    .unwrap()
}

/// A user as stored, with every attribute.
fn user() -> Object {
    object(&format!(
        r#"{{"schemas":["{u}","{e}"],"id":"1","externalId":"x","userName":"babs",
            "name":{{"givenName":"B","familyName":"J"}},
            "emails":[{{"value":"a","type":"work","primary":true}},{{"value":"b"}}],
            "{e}":{{"employeeNumber":"7","manager":{{"value":"2","displayName":"M"}}}},
            "meta":{{"resourceType":"User","location":"https://x/Users/1"}}}}"#,
        u = urn::USER,
        e = urn::ENTERPRISE_USER
    ))
}

/// A Kind with a value for each setting of `returned`.
fn thing() -> Object {
    object(
        r#"{"schemas":["urn:example:test:Kinds"],"id":"1","text":"t","always":"a","hidden":"h","asked":"q",
            "place":{"code":"c","always":"a","hidden":"h","asked":"q"},
            "parts":[{"value":"p","asked":"q"},{"asked":"r"}],
            "urn:example:test:extension:Extra":{"owner":"o","asked":"q"}}"#,
    )
}

fn shown(kind: &ResourceType, document: Object, only: Option<&str>, without: Option<&str>) -> String {
    let mut document = document;
    parse(kind, only, without).apply(&mut document, kind);
    document.remove("schemas");
    document.remove("id");
    document.to_string()
}

// R-7644-3.9-02, R-7644-3.9-05, R-7644-3.9-06, R-7644-3.10-01, R-7644-3.10-02, R-7644-3.10-03, R-7643-7-07
#[test]
fn attributes_name_what_is_shown_beside_the_minimum() {
    let kind = kind("User");
    let e = urn::ENTERPRISE_USER;
    let name = r#"{"name":{"givenName":"B","familyName":"J"}}"#.to_owned();
    let ext = |inner: &str| format!(r#"{{"{e}":{{{inner}}}}}"#);
    let number = ext(r#""employeeNumber":"7""#);
    let whole = ext(r#""employeeNumber":"7","manager":{"value":"2","displayName":"M"}"#);
    for (only, expected) in [
        ("userName".to_owned(), r#"{"userName":"babs"}"#.to_owned()),
        ("USERNAME".to_owned(), r#"{"userName":"babs"}"#.to_owned()),
        ("name".to_owned(), name.clone()),
        ("name.givenName".to_owned(), r#"{"name":{"givenName":"B"}}"#.to_owned()),
        ("name.givenName,name".to_owned(), name),
        (
            " userName , emails.type ".to_owned(),
            r#"{"userName":"babs","emails":[{"type":"work"}]}"#.to_owned(),
        ),
        ("emails.value".to_owned(), r#"{"emails":[{"value":"a"},{"value":"b"}]}"#.to_owned()),
        (format!("{}:userName", urn::USER), r#"{"userName":"babs"}"#.to_owned()),
        (format!("{}:Name.GivenName", urn::USER.to_uppercase()), r#"{"name":{"givenName":"B"}}"#.to_owned()),
        (format!("{e}:employeeNumber"), number.clone()),
        (format!("{}:EMPLOYEENUMBER", e.to_uppercase()), number),
        (format!("{e}:manager.value"), ext(r#""manager":{"value":"2"}"#)),
        (e.to_owned(), whole),
        ("meta".to_owned(), r#"{"meta":{"resourceType":"User","location":"https://x/Users/1"}}"#.to_owned()),
        ("meta.resourceType".to_owned(), r#"{"meta":{"resourceType":"User"}}"#.to_owned()),
        ("foo".to_owned(), "{}".to_owned()),
        ("foo.bar,name.foo,urn:x:y".to_owned(), "{}".to_owned()),
        ("id".to_owned(), "{}".to_owned()),
        ("nickName".to_owned(), "{}".to_owned()),
        ("password".to_owned(), "{}".to_owned()),
    ] {
        assert_eq!(shown(&kind, user(), Some(&only), None), expected, "attributes={only}");
        let mut document = user();
        parse(&kind, Some(&only), None).apply(&mut document, &kind);
        assert!(document.contains("id") && document.contains("schemas"), "attributes={only}");
    }
}

// R-7644-3.9-03, R-7643-7-05
#[test]
fn excluded_attributes_name_what_is_not_shown() {
    let kind = kind("User");
    let e = urn::ENTERPRISE_USER;
    let left = |without: &str| {
        let mut document = user();
        parse(&kind, None, Some(without)).apply(&mut document, &kind);
        document
    };
    for name in ["userName", "name", "emails", "externalId", "meta", e, "USERNAME"] {
        let mut expected = user();
        expected.remove(name);
        assert_eq!(left(name), expected, "excludedAttributes={name}");
    }
    for name in ["id", "schemas", "foo", ""] {
        assert_eq!(left(name), user(), "excludedAttributes={name}");
    }
    assert_eq!(left("name.givenName").get("name").unwrap().to_string(), r#"{"familyName":"J"}"#);
    assert_eq!(
        left("emails.type, emails.primary").get("emails").unwrap().to_string(),
        r#"[{"value":"a"},{"value":"b"}]"#
    );
    assert!(!left("name.givenName,name.familyName").contains("name"));
    let manager = left(&format!("{e}:manager.displayName")).get(e).unwrap().to_string();
    assert_eq!(manager, r#"{"employeeNumber":"7","manager":{"value":"2"}}"#);
}

// R-7644-3.4-01, R-7643-7-05, R-7643-7-06, R-7643-7-08
#[test]
fn returned_decides_attributes_and_sub_attributes() {
    let kind = kind("Kind");
    for (only, without, expected) in [
        (
            None,
            None,
            r#"{"text":"t","always":"a","place":{"code":"c","always":"a"},"parts":[{"value":"p"}],"urn:example:test:extension:Extra":{"owner":"o"}}"#,
        ),
        (Some("text"), None, r#"{"text":"t","always":"a"}"#),
        (Some("hidden"), None, r#"{"always":"a"}"#),
        (Some("asked"), None, r#"{"always":"a","asked":"q"}"#),
        (Some("place"), None, r#"{"always":"a","place":{"code":"c","always":"a"}}"#),
        (Some("place.code"), None, r#"{"always":"a","place":{"code":"c","always":"a"}}"#),
        (Some("place.asked"), None, r#"{"always":"a","place":{"always":"a","asked":"q"}}"#),
        (Some("place.hidden"), None, r#"{"always":"a","place":{"always":"a"}}"#),
        (Some("parts.asked"), None, r#"{"always":"a","parts":[{"asked":"q"},{"asked":"r"}]}"#),
        (
            Some("urn:example:test:extension:Extra:asked"),
            None,
            r#"{"always":"a","urn:example:test:extension:Extra":{"asked":"q"}}"#,
        ),
        (
            None,
            Some("always,text,parts,urn:example:test:extension:Extra"),
            r#"{"always":"a","place":{"code":"c","always":"a"}}"#,
        ),
        (
            None,
            Some("place.always,place.code,parts,text,urn:example:test:extension:Extra:owner"),
            r#"{"always":"a","place":{"always":"a"}}"#,
        ),
    ] {
        assert_eq!(shown(&kind, thing(), only, without), expected, "{only:?} {without:?}");
    }
}

// R-7643-7-08
#[test]
fn what_was_written_is_shown_when_it_is_returned_on_request() {
    let kind = kind("Kind");
    let answer = |written: Vec<provost_core::AttrRef>, only: Option<&str>, without: Option<&str>| {
        let mut document = thing();
        parse(&kind, only, without).with_written(written).apply(&mut document, &kind);
        document
    };
    let body = object(
        r#"{"text":"t","ASKED":"q","place":{"asked":"q"},"urn:example:test:extension:Extra":{"asked":"q"}}"#,
    );
    let sent = || written_in(&body, &kind);
    let all = answer(sent(), None, None);
    assert_eq!(all.str("asked"), Some("q"));
    assert_eq!(all.get("place").unwrap().to_string(), r#"{"code":"c","always":"a","asked":"q"}"#);
    assert_eq!(all.get("parts").unwrap().to_string(), r#"[{"value":"p"}]"#);
    assert!(all.get("urn:example:test:extension:Extra").unwrap().as_object().unwrap().contains("asked"));
    assert!(!all.contains("hidden"));
    assert!(!answer(sent(), Some("text"), None).contains("asked"));
    assert!(!answer(sent(), None, Some("asked")).contains("asked"));
    assert!(!answer(Vec::new(), None, None).contains("asked"));

    let patch = |operation: &str| {
        let body = object(&format!(r#"{{"schemas":["{}"],"Operations":[{operation}]}}"#, urn::PATCH_OP));
        Reader::new(&Profile::strict(), &Limits::default()).patch(body, &kind).unwrap().written()
    };
    for (operation, expected) in [
        (r#"{"op":"replace","path":"asked","value":"q"}"#, vec!["asked"]),
        (r#"{"op":"replace","value":{"asked":"q","text":"t"}}"#, vec!["asked"]),
        (r#"{"op":"replace","path":"place","value":{"asked":"q"}}"#, vec!["place.asked"]),
        (r#"{"op":"replace","path":"place.asked","value":"q"}"#, vec!["place.asked"]),
        (r#"{"op":"replace","path":"parts[value eq \"p\"].asked","value":"q"}"#, vec!["parts.asked"]),
        (r#"{"op":"replace","path":"text","value":"t"}"#, vec![]),
    ] {
        let named: Vec<String> = patch(operation).iter().map(ToString::to_string).collect();
        assert_eq!(named, expected, "{operation}");
    }
    assert!(
        answer(patch(r#"{"op":"replace","path":"parts[value eq \"p\"].asked","value":"q"}"#), None, None)
            .get("parts")
            .unwrap()
            .to_string()
            .contains("asked")
    );
}

// R-7644-3.9-04
#[test]
fn the_two_parameters_exclude_each_other() {
    let (kind, limits) = (kind("User"), Limits::default());
    let both = |profile: &Profile, notes: &mut Notes| {
        let terms = Terms::new(profile.policy(), &limits);
        Projection::parse(Some("userName"), Some("emails"), &kind, terms, notes)
    };
    assert_eq!(both(&Profile::strict(), &mut Notes::default()).unwrap_err().kind(), ErrorKind::InvalidValue);
    let mut notes = Notes::default();
    let mut document = user();
    both(&Profile::entra(), &mut notes).unwrap().apply(&mut document, &kind);
    assert!(document.contains("userName") && !document.contains("emails") && !document.contains("name"));
    // an empty one is absent
    assert!(
        Projection::parse(
            Some(" "),
            Some("emails"),
            &kind,
            Terms::new(Policy::default(), &limits),
            &mut notes
        )
        .is_ok()
    );
}

#[test]
fn members_and_groups_are_looked_up_only_when_wanted() {
    let (users, groups) = (kind("User"), kind("Group"));
    for (only, without, wanted) in [
        (None, None, true),
        (Some("members"), None, true),
        (Some("members.value"), None, true),
        (Some("displayName"), None, false),
        (None, Some("members"), false),
        (None, Some("members.display"), true),
        (None, Some("displayName"), true),
    ] {
        assert_eq!(parse(&groups, only, without).include(&groups).members, wanted, "{only:?} {without:?}");
    }
    assert!(parse(&users, None, None).include(&users).groups);
    assert!(!parse(&users, None, Some("groups")).include(&users).groups);
}

/// `docs/decisions/005`: kept, and shown only if the stored text is served whole.
#[test]
fn what_left_its_schema_is_seen_in_whole_answers_only_until_a_put() {
    let load = |attributes: &str| {
        let schema = format!(r#"{{"id":"urn:example:T","attributes":[{{"name":"label"}}{attributes}]}}"#);
        let kind = r#"{"name":"T","endpoint":"/Ts","schema":"urn:example:T"}"#;
        SchemaSet::load([("t.schema.json", schema.as_str()), ("t.resourcetype.json", kind)]).unwrap()
    };
    let text = r#"{"schemas":["urn:example:T"],"label":"l","gone":"g","urn:example:X":{"a":1}}"#;
    let shown = |set: SchemaSet, without: Option<&str>| {
        let service = Service::new("https://x", set.into());
        let kind = service.schemas.resource_type("T").unwrap();
        let resource = Resource {
            id: "1".into(),
            version: Version::FIRST,
            created: Timestamp::from_millis(0),
            modified: Timestamp::from_millis(0),
            body: Body::Text(text.into()),
            members: Vec::new(),
            members_text: None,
            groups: Vec::new(),
        };
        object(&render(&resource, kind, &service, &parse(kind, None, without)).unwrap())
    };
    assert!(shown(load(""), None).contains("gone"));
    for hidden in
        [shown(load(""), Some("label")), shown(load(r#",{"name":"gone","returned":"never"}"#), None)]
    {
        assert!(!hidden.contains("gone") && !hidden.contains("urn:example:X"), "{hidden}");
    }
    let kind = load("").resource_type("T").unwrap().clone();
    let (limits, profile) = (Limits::default(), Profile::strict());
    let operation = r#"{"op":"replace","path":"label","value":"m"}"#;
    let message = object(&format!(r#"{{"schemas":["{}"],"Operations":[{operation}]}}"#, urn::PATCH_OP));
    let patched = Reader::new(&profile, &limits).patch(message, &kind).unwrap().apply(&object(text)).unwrap();
    let after = patched.body.unwrap();
    assert_eq!((after.str("label"), after.str("gone")), (Some("m"), Some("g")));
    assert!(after.contains("urn:example:X"));
    let put = object(r#"{"schemas":["urn:example:T"],"label":"m"}"#);
    let change = Reader::new(&profile, &limits).replace(put, &object(text), &kind).unwrap();
    assert!(!change.body.unwrap().contains("gone"));
}

/// Seen to fail: with any number of names, and with every repetition kept.
#[test]
fn names_are_bounded_and_count_once() {
    let (kind, limits) = (kind("User"), Limits::default());
    let parse = |only, without| {
        Projection::parse(only, without, &kind, Terms::new(Policy::default(), &limits), &mut Notes::default())
    };
    let names = |n: usize| vec!["userName"; n].join(",");
    let (most, more) = (names(1_000), names(1_001));
    assert_eq!(parse(Some(&most), None).unwrap(), parse(Some("USERNAME"), None).unwrap());
    for (only, without, said) in [
        (Some(&*more), None, "`attributes` has 1001 names; the limit is 1000"),
        (None, Some(&*more), "`excludedAttributes` has 1001 names; the limit is 1000"),
    ] {
        let e = parse(only, without).unwrap_err();
        assert_eq!((e.status(), e.detail()), (400, said));
    }
    let spellings = format!("emails,EMAILS,emails[type eq \"work\"],{}:emails", urn::USER);
    assert_eq!(parse(Some(&spellings), None).unwrap(), parse(Some("emails"), None).unwrap());
}
