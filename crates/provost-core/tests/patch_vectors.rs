//! Every vector of `conformance/vectors/patch.json`, in the strict and the entra profile; and by the engine alone,
//! which follows the RFC.
//!
//! Seen to fail: with `CreateOnNoMatch` off, P-035 and P-076 lack their lenient result; with complex attributes
//! replaced instead of merged, P-010 and P-070 lose a sub-attribute.

#![expect(clippy::unwrap_used, reason = "a test: a panic is its way to fail")]

use provost_core::compat::Reader;
use provost_core::patch::{Patch, PatchRequest};
use provost_core::policy::Notes;
use provost_core::schema::parse_schema;
use provost_core::value::parse_object;
use provost_core::{Change, Error, Limits, Object, Policy, Profile, ResourceType, SchemaSet, Terms, Value};
use std::sync::Arc;

const VECTORS: &str = include_str!("../../../conformance/vectors/patch.json");
const FILTERS: &str = include_str!("../../../conformance/vectors/filters.json");

fn kinds() -> (Arc<ResourceType>, Arc<ResourceType>) {
    let set = SchemaSet::builtin();
    let source = parse_object(FILTERS).unwrap();
    let test = Arc::new(parse_schema(&source.get("schemaExtension").unwrap().to_string()).unwrap());
    let user = (**set.resource_type("User").unwrap()).clone().with_extension(test, false);
    (Arc::new(user), set.resource_type("Group").unwrap().clone())
}

/// absent = null = [] = {}, primary false = absent, any order of values and names.
fn normal(v: &Value) -> Option<serde_json::Value> {
    match v {
        Value::Array(a) => {
            let mut list: Vec<_> = a.iter().filter_map(normal).collect();
            list.sort_by_key(ToString::to_string);
            (!list.is_empty()).then(|| list.into())
        }
        Value::Object(o) => {
            let keep = |n: &str, v: &Value| !(n == "meta" || n == "primary" && *v == Value::Bool(false));
            let map: serde_json::Map<_, _> = o
                .iter()
                .filter(|(n, v)| keep(n.as_str(), v))
                .filter_map(|(n, v)| Some((n.to_string(), normal(v)?)))
                .collect();
            (!map.is_empty()).then(|| map.into())
        }
        Value::Null => None,
        other => Some(serde_json::from_str(&other.to_string()).unwrap()),
    }
}

/// Under a profile, or by the engine alone.
fn read(kind: &Arc<ResourceType>, profile: Option<&Profile>, request: Object) -> Result<Patch, Error> {
    let limits = Limits::default();
    match profile {
        Some(profile) => Reader::new(profile, &limits).patch(request, kind),
        None => {
            let terms = Terms::new(Policy::default(), &limits);
            Patch::resolve(PatchRequest::parse(request, terms, &mut Notes::default())?, kind, terms)
        }
    }
}

fn run(
    kind: &Arc<ResourceType>,
    profile: Option<&Profile>,
    before: &Object,
    request: &Object,
) -> Result<(Object, Change), Error> {
    let patch = read(kind, profile, request.clone())?;
    let change = match patch.member_delta() {
        Some(change) => change,
        None => patch.apply(before)?,
    };
    let mut after = change.body.clone().unwrap_or_else(|| before.clone());
    after.insert("id", before.get("id").unwrap().clone());
    // readOnly attributes are set by the server and stay
    if let Some(groups) = before.get("groups") {
        after.insert("groups", groups.clone());
    }
    let mut members: Vec<Value> = before.get("members").map_or(Vec::new(), |m| m.elements().to_vec());
    let id_of = |v: &Value| v.as_object().unwrap().str("value").unwrap().to_owned();
    let named = |ids: &[provost_core::Id], v: &Value| ids.iter().any(|i| i.as_str() == id_of(v));
    members.retain(|v| !change.members.clear || named(&change.members.add, v));
    members.retain(|v| !named(&change.members.remove, v));
    for id in &change.members.add {
        if !members.iter().any(|v| id_of(v) == id.as_str()) {
            members.push(Object::from_iter([("value", id.as_str()), ("type", "User")]).into());
        }
    }
    after.insert("members", members);
    Ok((after, change))
}

fn one_of(v: &Value, found: &str) -> bool {
    v.elements().iter().any(|e| e.as_str() == Some(found))
}

#[test]
fn all_vectors_hold_in_both_profiles_and_without_one() {
    let (user, group) = kinds();
    let source = parse_object(VECTORS).unwrap();
    let mut faults = Vec::new();
    let mut ran = 0;
    for vector in source.get("vectors").unwrap().elements() {
        let vector = vector.as_object().unwrap();
        let id = vector.str("id").unwrap();
        // uniqueness and missing resources are the store's concern
        let (true, Some(before)) = (id != "P-086", vector.get("before").and_then(Value::as_object)) else {
            continue;
        };
        let request = vector.get("request").unwrap().as_object().unwrap();
        let kind =
            if before.contains("displayName") && !before.contains("userName") { &group } else { &user };
        let strict = vector.get("expect").unwrap();
        let lenient = vector.get("lenient").unwrap_or(strict);
        for (profile, expect) in
            [(Some(Profile::strict()), strict), (Some(Profile::entra()), lenient), (None, strict)]
        {
            ran += 1;
            let expect = expect.as_object().unwrap();
            let fault = match (run(kind, profile.as_ref(), before, request), expect.get("after")) {
                (Ok((after, change)), Some(wanted)) => {
                    if normal(&after.clone().into()) != normal(wanted) {
                        Some(format!("after {after}\n   wanted {wanted}"))
                    } else if expect.contains("lastModifiedUnchanged") && !change.is_empty() {
                        Some("a change where there is none".to_owned())
                    } else {
                        None
                    }
                }
                (Err(e), None) => {
                    let scim_type = e.kind().scim_type().unwrap_or_default();
                    let is_right = one_of(expect.get("scimType").unwrap(), scim_type) && e.place().is_some();
                    (!is_right).then(|| format!("{scim_type} at {:?}: {e}", e.place()))
                }
                (Ok((after, _)), None) => Some(format!("accepted: {after}")),
                (Err(e), Some(_)) => Some(format!("refused: {e}")),
            };
            if let Some(fault) = fault {
                faults.push(format!(
                    "{id} by {}: {fault}",
                    profile.as_ref().map_or("the engine alone", Profile::name)
                ));
            }
        }
    }
    assert!(faults.is_empty(), "{} of {ran}:\n{}", faults.len(), faults.join("\n"));
    assert!(ran > 100, "only {ran} ran");
}
