//! `bulkId:..` in operations: finds them, replaces them with real ids, and leaves them out where a cycle makes it
//! necessary (RFC 7644 sections 3.7.1 and 3.7.2).

use super::request::BulkStep;
use provost_core::value::Value;
use provost_core::{Id, Object};

const PREFIX: &str = "bulkId:";

/// The bulkId in a text.
pub(super) fn bulk_id(text: &str) -> Option<&str> {
    text.strip_prefix(PREFIX)
}

/// The bulkId a value refers to, as the id of a resource or at the end of its URI.
fn referred(text: &str) -> Option<(&str, &str)> {
    let (head, last) = text.split_at(text.rfind('/').map_or(0, |at| at + 1));
    Some((head, bulk_id(last)?))
}

/// The bulkIds in an operation's path and data, in order.
pub(super) fn named(step: &BulkStep) -> Vec<String> {
    let mut found = Vec::new();
    found.extend(step.id.as_ref().and_then(|id| bulk_id(id.as_str())).map(str::to_owned));
    for (name, value) in step.data.iter() {
        see(name.as_str(), value, &mut found);
    }
    found
}

fn see(name: &str, value: &Value, found: &mut Vec<String>) {
    match value {
        Value::String(text) => match is_path(name) {
            true => found.extend(quoted(text).filter_map(bulk_id).map(str::to_owned)),
            false => found.extend(referred(text).map(|(_, id)| id.to_owned())),
        },
        Value::Array(list) => list.iter().for_each(|v| see(name, v, found)),
        Value::Object(object) => object.iter().for_each(|(n, v)| see(n.as_str(), v, found)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::OutOfRange(_) => {}
    }
}

/// Replaces bulkIds with real ids; those without one stay.
pub(super) fn resolve(data: &mut Object, real: &impl Fn(&str) -> Option<Id>) {
    for (name, value) in data.iter_mut() {
        put(name.as_str(), value, real);
    }
}

fn put(name: &str, value: &mut Value, real: &impl Fn(&str) -> Option<Id>) {
    match value {
        Value::String(text) if is_path(name) => {
            let parts: Vec<String> = text.split('"').map(|part| one(part, real)).collect();
            *text = parts.join("\"");
        }
        Value::String(text) => {
            if let Some((head, id)) = referred(text).and_then(|(head, id)| Some((head, real(id)?))) {
                *text = format!("{head}{id}");
            }
        }
        Value::Array(list) => list.iter_mut().for_each(|v| put(name, v, real)),
        Value::Object(object) => object.iter_mut().for_each(|(n, v)| put(n.as_str(), v, real)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::OutOfRange(_) => {}
    }
}

fn one(text: &str, real: &impl Fn(&str) -> Option<Id>) -> String {
    bulk_id(text).and_then(real).map_or_else(|| text.to_owned(), |id| id.to_string())
}

/// Removes whatever still refers to a bulkId: the attribute or list element that has it as its value.
pub(super) fn leave_out(data: &mut Object) {
    data.retain(|_, value| !is_left_out(value));
}

fn is_left_out(value: &mut Value) -> bool {
    match value {
        Value::String(text) => referred(text).is_some(),
        Value::Array(list) => {
            let had = list.len();
            list.retain_mut(|v| !is_left_out(v));
            list.is_empty() && had > 0
        }
        Value::Object(object) => {
            // a member or a manager without its value is meaningless
            let mut gone = false;
            object.retain(|name, v| {
                let out = is_left_out(v);
                gone |= out && (name.is("value") || name.is("$ref"));
                !out
            });
            gone
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::OutOfRange(_) => false,
    }
}

/// The path of a PATCH operation contains ids in quotes: `members[value eq "bulkId:x"]`.
fn is_path(name: &str) -> bool {
    name.eq_ignore_ascii_case("path")
}

fn quoted(text: &str) -> impl Iterator<Item = &str> {
    text.split('"').skip(1).step_by(2)
}

/// An order in which each operation comes after those it refers to, except for cycles, and otherwise that of the
/// request.
///
/// `refers` lists for each operation those it refers to.
pub(super) fn order(refers: &[Vec<usize>]) -> Vec<usize> {
    let mut order = Vec::with_capacity(refers.len());
    let mut seen = vec![false; refers.len()];
    // not recursive, since a chain may be as long as the request
    let mut open: Vec<(usize, usize)> = Vec::new();
    for first in 0..refers.len() {
        enter(first, &mut seen, &mut open);
        while let Some((at, next)) = open.pop() {
            match refers.get(at).and_then(|list| list.get(next)) {
                Some(to) => {
                    open.push((at, next + 1));
                    enter(*to, &mut seen, &mut open);
                }
                None => order.push(at),
            }
        }
    }
    order
}

fn enter(at: usize, seen: &mut [bool], open: &mut Vec<(usize, usize)>) {
    if let Some(seen) = seen.get_mut(at).filter(|seen| !**seen) {
        *seen = true;
        open.push((at, 0));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use provost_core::value::parse_object;

    #[test]
    fn what_is_referred_to_comes_first() {
        for (refers, expected) in [
            (vec![vec![], vec![], vec![]], vec![0, 1, 2]),
            (vec![vec![2], vec![], vec![]], vec![2, 0, 1]),
            (vec![vec![1], vec![2], vec![]], vec![2, 1, 0]),
            (vec![vec![1], vec![0], vec![0]], vec![1, 0, 2]),
            (vec![vec![0], vec![]], vec![0, 1]),
            (vec![vec![], vec![2, 3], vec![3], vec![1]], vec![0, 3, 2, 1]),
        ] {
            assert_eq!(order(&refers), expected, "{refers:?}");
        }
        let chain: Vec<Vec<usize>> = (1..=100_000).map(|n| vec![n]).chain([vec![]]).collect();
        assert_eq!(order(&chain).first(), Some(&100_000));
    }

    #[test]
    fn references_are_replaced_wherever_they_stand() {
        let real = |id: &str| (id == "a").then(|| Id::from("1"));
        for (data, expected) in [
            (
                r#"{"members":[{"value":"bulkId:a","type":"User"}]}"#,
                r#"{"members":[{"value":"1","type":"User"}]}"#,
            ),
            (r#"{"urn:x":{"manager":{"value":"bulkId:a"}}}"#, r#"{"urn:x":{"manager":{"value":"1"}}}"#),
            (
                r#"{"Operations":[{"path":"members[value eq \"bulkId:a\"]"}]}"#,
                r#"{"Operations":[{"path":"members[value eq \"1\"]"}]}"#,
            ),
            (
                r#"{"displayName":"see bulkId:a","x":"bulkid:a"}"#,
                r#"{"displayName":"see bulkId:a","x":"bulkid:a"}"#,
            ),
            (r#"{"manager":"bulkId:b"}"#, r#"{"manager":"bulkId:b"}"#),
        ] {
            let mut object = parse_object(data).unwrap();
            resolve(&mut object, &real);
            assert_eq!(object.to_string(), expected);
        }
    }

    #[test]
    fn what_cannot_be_referred_to_yet_is_left_out_whole() {
        for (data, expected) in [
            (
                r#"{"members":[{"value":"bulkId:b","type":"User"},{"value":"1"}],"a":1}"#,
                r#"{"members":[{"value":"1"}],"a":1}"#,
            ),
            (r#"{"members":[{"value":"bulkId:b"}],"a":1}"#, r#"{"a":1}"#),
            (r#"{"urn:x":{"manager":{"value":"bulkId:b","$ref":"x"},"n":"1"}}"#, r#"{"urn:x":{"n":"1"}}"#),
            (r#"{"urn:x":{"manager":"bulkId:b","n":"1"}}"#, r#"{"urn:x":{"n":"1"}}"#),
            (r#"{"members":[],"n":"1"}"#, r#"{"members":[],"n":"1"}"#),
        ] {
            let mut object = parse_object(data).unwrap();
            leave_out(&mut object);
            assert_eq!(object.to_string(), expected);
        }
    }
}
