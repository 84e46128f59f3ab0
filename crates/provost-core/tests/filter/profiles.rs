//! Every filter vector, read as a query under the strict and the entra profile.
//!
//! Seen to fail: without the rule `QuotedLiteral`, F-155 is refused in the entra profile; without `Unassigned`, F-143.

use provost_core::compat::Reader;
use provost_core::schema::parse_schema;
use provost_core::value::parse_object;
use provost_core::{Limits, Object, Profile, ResourceType, SchemaSet, Value};

const VECTORS: &str = include_str!("../../../../conformance/vectors/filters.json");

fn ids(list: &Value) -> Vec<String> {
    let mut ids: Vec<String> = list.elements().iter().filter_map(Value::as_str).map(str::to_owned).collect();
    ids.sort();
    ids
}

/// What the vector expects under a profile: ids, or a refusal.
fn wanted(vector: &Object, lenient: bool) -> Option<Vec<String>> {
    let of = |o: &Object| o.get("ids").map(ids);
    let strict = match vector.str("verdict").unwrap() {
        "valid" => of(vector),
        "invalid" => None,
        _ => of(vector
            .get("recommended")
            .unwrap()
            .as_object()
            .unwrap()
            .get("strict")
            .unwrap()
            .as_object()
            .unwrap()),
    };
    if !lenient {
        return strict;
    }
    if let Some(l) = vector.get("lenient").and_then(Value::as_object) {
        return of(l);
    }
    match vector.get("recommended").and_then(Value::as_object) {
        Some(r) => of(r.get("lenient").unwrap().as_object().unwrap()),
        None => strict,
    }
}

fn found(text: &str, kind: &ResourceType, profile: &Profile, documents: &[&Object]) -> Option<Vec<String>> {
    let typed = Reader::new(profile, &Limits::default()).filter(text, kind).ok()?;
    let mut ids: Vec<String> = documents
        .iter()
        .filter(|d| typed.as_ref().is_none_or(|t| t.matches(d)))
        .map(|d| d.str("id").unwrap().to_owned())
        .collect();
    ids.sort();
    Some(ids)
}

#[test]
fn all_filters_under_both_profiles() {
    let source = parse_object(VECTORS).unwrap();
    let set = SchemaSet::builtin();
    let test = parse_schema(&source.get("schemaExtension").unwrap().to_string()).unwrap();
    let user = (**set.resource_type("User").unwrap()).clone().with_extension(test.into(), false);
    let group = set.resource_type("Group").unwrap();
    let documents: Vec<&Object> =
        source.get("resources").unwrap().elements().iter().filter_map(Value::as_object).collect();
    let is_user = |d: &&&Object| d.contains("userName");
    let users: Vec<&Object> = documents.iter().filter(is_user).copied().collect();
    let groups: Vec<&Object> = documents.iter().filter(|d| !is_user(d)).copied().collect();
    let mut faults = Vec::new();
    let mut ran = 0;
    for vector in source.get("vectors").unwrap().elements().iter().filter_map(Value::as_object) {
        let (id, text) = (vector.str("id").unwrap(), vector.str("filter").unwrap());
        let (kind, documents): (&ResourceType, _) = match vector.str("endpoint").unwrap() {
            "/Users" => (&user, &users),
            "/Groups" => (group, &groups),
            // queries at the root cover many types at once and are tested elsewhere
            _ => continue,
        };
        for profile in [Profile::strict(), Profile::entra()] {
            ran += 1;
            let (wanted, found) =
                (wanted(vector, profile.name() == "entra"), found(text, kind, &profile, documents));
            if wanted != found {
                faults.push(format!("{id} in {profile}: `{text}` wanted {wanted:?}, found {found:?}"));
            }
        }
    }
    assert!(faults.is_empty(), "{} of {ran}:\n{}", faults.len(), faults.join("\n"));
    assert!(ran > 150, "only {ran} ran");
}
