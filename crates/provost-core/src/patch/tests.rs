//! Laws of PATCH on random requests.
//!
//! Seen to fail: with the first operation on a member counting instead of the last, without `clear` in the difference,
//! and without the check of required attributes after the last operation.

use super::{Effort, apply};
use crate::change::{Change, MemberChange};
use crate::compat::Reader;
use crate::value::{Object, Value, parse_object};
use crate::{Error, ErrorKind, Id, Limits, Profile, ResourceType, SchemaSet, urn};
use proptest::prelude::*;
use std::collections::BTreeSet;
use std::sync::Arc;

fn kind(name: &str) -> Arc<ResourceType> {
    SchemaSet::builtin().resource_type(name).unwrap().clone()
}

fn request(operations: Vec<Value>) -> Object {
    let mut o = Object::new();
    o.insert("schemas", vec![Value::from(urn::PATCH_OP)]);
    o.insert("Operations", operations);
    o
}

fn operation(op: &str, path: Option<&str>, value: Option<Value>) -> Value {
    let mut o = Object::from_iter([("op", op)]);
    if let Some(path) = path {
        o.insert("path", path);
    }
    if let Some(value) = value {
        o.insert("value", value);
    }
    o.into()
}

fn members(ids: &BTreeSet<u8>) -> Value {
    ids.iter()
        .map(|n| Value::from(Object::from_iter([("value", format!("u{n}"))])))
        .collect::<Vec<_>>()
        .into()
}

fn member_operation() -> impl Strategy<Value = Value> {
    let ids = prop::collection::btree_set(0u8..8, 0..4);
    (0u8..6, ids).prop_map(|(what, ids)| match what {
        0 => operation("add", Some("members"), Some(members(&ids))),
        1 => operation("Replace", Some("members"), Some(members(&ids))),
        2 => operation("remove", Some("members"), None),
        3 => operation("Remove", Some("members"), Some(members(&ids))),
        4 => {
            let one = ids.first().copied().unwrap_or_default();
            operation("remove", Some(&format!("members[value eq \"u{one}\"]")), None)
        }
        _ => operation("add", None, Some(Object::from_iter([("members", members(&ids))]).into())),
    })
}

/// The members after a change, as a store would have them.
fn after(before: &BTreeSet<u8>, change: &MemberChange) -> BTreeSet<String> {
    let mut now: BTreeSet<String> = before.iter().map(|n| format!("u{n}")).collect();
    if change.clear {
        now.clear();
    }
    change.remove.iter().map(Id::as_str).for_each(|id| _ = now.remove(id));
    now.extend(change.add.iter().map(|id| id.as_str().to_owned()));
    now
}

/// Paths of a User, with values that fit, that do not, and that clear.
fn user_operation() -> impl Strategy<Value = Value> {
    const PATHS: &[&str] = &[
        "userName",
        "title",
        "name",
        "name.givenName",
        "emails",
        "emails[type eq \"work\"].value",
        "emails[type eq \"work\"]",
        "emails[primary eq true].display",
        "emails.value",
        "emails.primary",
        "active",
        "schemas",
        "id",
        "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager",
        "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department",
        "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User",
        "manager",
        "roles",
        "nowhere",
        "x509Certificates",
    ];
    const VALUES: &[&str] = &[
        "\"a\"",
        "\"\"",
        "null",
        "true",
        "\"True\"",
        "[]",
        "{}",
        "7",
        "[\"a\"]",
        "{\"value\":\"v\"}",
        "[{\"value\":\"v\",\"type\":\"work\",\"primary\":true},{\"value\":\"w\",\"type\":\"home\",\"primary\":\"true\"}]",
        "{\"givenName\":\"g\",\"familyName\":null}",
        "{\"department\":\"d\",\"manager\":\"m\"}",
        "{\"type\":\"work\"}",
        "{\"userName\":\"\",\"name.givenName\":\"g\"}",
        "{\"emails\":[{\"value\":\"z\"}],\"active\":\"False\"}",
    ];
    let path = prop::option::weighted(0.85, prop::sample::select(PATHS));
    let value = prop::option::weighted(0.9, prop::sample::select(VALUES));
    (prop::sample::select(&["add", "remove", "replace"][..]), path, value).prop_map(|(op, path, value)| {
        let value = value.map(|v| crate::value::parse_value(v).unwrap());
        operation(op, path, value)
    })
}

const USERS: &[&str] = &[
    r#"{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"userName":"u"}"#,
    r#"{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"userName":"u","name":{"familyName":"f"},
        "emails":[{"value":"a","type":"work","primary":true},{"value":"b","type":"home"}],"active":true,
        "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User":{"department":"d","manager":{"value":"m"}}}"#,
];

/// The result of one operation, under Entra's profile, on a document whose type comes from files.
fn custom(operation: Value, document: &str) -> Result<(bool, Change), Error> {
    let set = SchemaSet::load([
        (
            "team.schema.json",
            r#"{"id":"urn:x:Team","attributes":[{"name":"label"},{"name":"members","type":"complex","multiValued":true,
                "subAttributes":[{"name":"value"}]},{"name":"parts","type":"complex","multiValued":true,
                "subAttributes":[{"name":"value"},{"name":"type"}]}]}"#,
        ),
        ("more.schema.json", r#"{"id":"urn:x:More","attributes":[{"name":"note"}]}"#),
        (
            "team.resourcetype.json",
            r#"{"name":"Team","endpoint":"/Teams","schema":"urn:x:Team",
                "schemaExtensions":[{"schema":"urn:x:More","required":true}]}"#,
        ),
    ]);
    let kind = set.unwrap().resource_type("Team").unwrap().clone();
    let (profile, limits) = (Profile::entra(), Limits::default());
    let patch = Reader::new(&profile, &limits).patch(request(vec![operation]), &kind)?;
    let document = parse_object(document).unwrap();
    Ok((patch.member_delta().is_some(), patch.apply(&document)?))
}

/// A folded operand is not the id. Seen to fail: without the look at `case_exact` in `named`.
#[test]
fn ids_that_compare_without_case_need_the_members() {
    let remove = operation("remove", Some("members[value eq \"A\"]"), None);
    let document = r#"{"members":[{"value":"A"},{"value":"b"}],"urn:x:More":{"note":"n"}}"#;
    let (is_delta, change) = custom(remove, document).unwrap();
    assert_eq!((is_delta, change.members.remove), (false, vec!["A".into()]));
}

/// Seen to fail: with null, and with a word for a boolean, ignored by `seed`.
#[test]
fn a_value_path_that_describes_no_value_makes_none() {
    for (path, made) in [("parts[type eq \"a\"].value", true), ("parts[type eq null].value", false)] {
        let result =
            custom(operation("replace", Some(path), Some("v".into())), r#"{"urn:x:More":{"note":"n"}}"#);
        let refused = result.err().map(|e| e.kind());
        assert_eq!(refused, (!made).then_some(ErrorKind::NoTarget), "{path}");
    }
}

/// By its URN and by the list of schemas. Seen to fail: without the look at `required` in `drop_extensions`.
#[test]
fn a_required_extension_cannot_go() {
    let urn = |urn: &str| Value::from(vec![Value::from(urn)]);
    for gone in [
        operation("remove", Some("urn:x:More"), None),
        operation("remove", Some("schemas[value eq \"urn:x:More\"]"), None),
        operation("replace", Some("schemas"), Some(urn("urn:x:Team"))),
    ] {
        let e = custom(gone, r#"{"label":"l","urn:x:More":{"note":"n"}}"#).unwrap_err();
        assert_eq!(
            (e.kind(), e.message()),
            (ErrorKind::Mutability, "`urn:x:More` is required and cannot be removed")
        );
    }
}

proptest! {
    #[test]
    fn delta_and_whole_document_agree(
        before in prop::collection::btree_set(0u8..8, 0..6),
        operations in prop::collection::vec(member_operation(), 1..6),
    ) {
        let kind = kind("Group");
        let patch = Reader::new(&Profile::entra(), &Limits::default()).patch(request(operations), &kind).unwrap();
        let delta = patch.member_delta().expect("all are member deltas");
        let mut document = Object::from_iter([("displayName", "g")]);
        document.insert("members", members(&before));
        let whole = apply::apply(&patch, &document, None, &mut Effort::of(&Limits::default())).unwrap();
        prop_assert_eq!(after(&before, &delta.members), after(&before, &whole.members));
        prop_assert!(delta.members.add.iter().all(|id| !delta.members.remove.contains(id)));
    }

    #[test]
    fn a_patched_user_is_a_valid_user(
        user in prop::sample::select(USERS),
        operations in prop::collection::vec(user_operation(), 1..5),
        strict in any::<bool>(),
    ) {
        let kind = kind("User");
        let profile = if strict { Profile::strict() } else { Profile::entra() };
        let before = parse_object(user).unwrap();
        let limits = Limits::default();
        let patched = Reader::new(&profile, &limits).patch(request(operations), &kind).and_then(|p| p.apply(&before));
        if let Ok(change) = patched
            && let Some(body) = change.body
        {
            let accepted = Reader::new(&Profile::strict(), &limits).create(body.clone(), &kind);
            prop_assert!(accepted.is_ok(), "{}: {body}", accepted.unwrap_err());
            let mut made = accepted.unwrap().body;
            if !body.contains("active") {
                // created without it means active; losing it means inactive
                made.remove("active");
            }
            prop_assert_eq!(made, body);
        }
    }
}
