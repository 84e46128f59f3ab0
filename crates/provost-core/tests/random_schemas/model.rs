//! Validation, implemented again in the simplest way: the result of a request for a plan, and everything that is wrong
//! with it.

use crate::plan::{Attr, EXTENSION, MAIN, Plan};
use crate::resource::{BINARIES, DATES, REFERENCES};
use provost_core::ErrorKind;
use serde_json::{Map, Value as Json, json};
use std::collections::BTreeSet;

type Object = Map<String, Json>;

/// A kind of error and the place that its text must name.
pub(crate) type Fault = (ErrorKind, String);

#[derive(Debug, Default)]
pub(crate) struct Judged {
    pub(crate) body: Object,
    pub(crate) secrets: Object,
    pub(crate) keys: BTreeSet<(String, String)>,
    pub(crate) faults: Vec<Fault>,
}

pub(crate) fn find<'a>(list: &'a [Attr], name: &str) -> Option<&'a Attr> {
    list.iter().find(|a| a.name.eq_ignore_ascii_case(name))
}

/// The result of a POST with this body.
pub(crate) fn post(plan: &Plan, request: &Object) -> Judged {
    let mut faults = schemas(request);
    let mut body = Object::new();
    for (name, value) in request.iter().filter(|(n, _)| *n != "schemas") {
        if !name.eq_ignore_ascii_case(EXTENSION) {
            read(&plan.main, name, value, "", &mut body, &mut faults);
            continue;
        }
        let mut inner = Object::new();
        match value {
            Json::Object(o) => {
                for (name, value) in o {
                    read(&plan.extension, name, value, &format!("{EXTENSION}:"), &mut inner, &mut faults);
                }
            }
            Json::Null => {}
            _ => faults.push((ErrorKind::InvalidValue, EXTENSION.to_owned())),
        }
        put_extension(&mut body, inner);
    }
    faults.extend(missing(plan, &body, true));
    let (mut body, secrets) = apart(plan, body);
    let keys = keys(plan, &body);
    name_schemas(&mut body);
    Judged { body, secrets, keys, faults }
}

/// The result of a PUT over what is stored, or what is wrong with it.
pub(crate) fn put(plan: &Plan, before: &Object, request: &Object) -> Judged {
    let mut judged = post(plan, request);
    let after = &mut judged.body;
    after.remove("schemas");
    keep(&plan.main, before, after, "", &mut judged.faults);
    if let Some(Json::Object(old)) = before.get(EXTENSION) {
        let mut inner = match after.remove(EXTENSION) {
            Some(Json::Object(inner)) => inner,
            _ => Object::new(),
        };
        keep(&plan.extension, old, &mut inner, &format!("{EXTENSION}:"), &mut judged.faults);
        put_extension(after, inner);
    }
    judged.faults.extend(missing(plan, after, false));
    judged.keys = keys(plan, after);
    name_schemas(after);
    judged
}

/// The top-level attributes in which two bodies differ.
pub(crate) fn differences(a: &Object, b: &Object) -> BTreeSet<String> {
    let none = Object::new();
    let differing = |a: &Object, b: &Object, prefix: &str| {
        let names: BTreeSet<&String> = a.keys().chain(b.keys()).collect();
        let names =
            names.into_iter().filter(|n| *n != EXTENSION && *n != "schemas" && a.get(*n) != b.get(*n));
        names.map(|n| format!("{prefix}{n}")).collect::<Vec<_>>()
    };
    let inner = |o: &Object| o.get(EXTENSION).and_then(Json::as_object).unwrap_or(&none).clone();
    let mut out: BTreeSet<String> = differing(a, b, "").into_iter().collect();
    out.extend(differing(&inner(a), &inner(b), &format!("{EXTENSION}:")));
    out
}

fn put_extension(body: &mut Object, inner: Object) {
    if !inner.is_empty() {
        body.insert(EXTENSION.to_owned(), Json::Object(inner));
    }
}

/// RFC 7643 section 3: the main schema, and the extension if it has values.
fn name_schemas(body: &mut Object) {
    let urns = if body.contains_key(EXTENSION) { json!([MAIN, EXTENSION]) } else { json!([MAIN]) };
    body.insert("schemas".to_owned(), urns);
}

fn schemas(request: &Object) -> Vec<Fault> {
    let known = [MAIN.to_ascii_lowercase(), EXTENSION.to_ascii_lowercase()];
    let named: Option<Vec<String>> = request["schemas"]
        .as_array()
        .map(|list| list.iter().map(|urn| urn.as_str().unwrap_or_default().to_ascii_lowercase()).collect());
    let sound = named.is_some_and(|named| {
        named.contains(&known[0])
            && named.iter().all(|urn| known.contains(urn))
            && named.iter().collect::<BTreeSet<_>>().len() == named.len()
    });
    if sound { Vec::new() } else { vec![(ErrorKind::InvalidSyntax, "schemas".to_owned())] }
}

fn read(list: &[Attr], name: &str, value: &Json, prefix: &str, out: &mut Object, faults: &mut Vec<Fault>) {
    match find(list, name) {
        None => faults.push((ErrorKind::InvalidSyntax, format!("{prefix}{name}"))),
        Some(a) if a.mutability == "readOnly" => {}
        Some(a) => {
            if let Some(v) = some_or_many(a, value, &format!("{prefix}{}", a.name), faults) {
                out.insert(a.name.clone(), v);
            }
        }
    }
}

fn some_or_many(a: &Attr, value: &Json, at: &str, faults: &mut Vec<Fault>) -> Option<Json> {
    match (value, a.multi) {
        (Json::Null, _) => None,
        (value, false) => one(a, value, at, faults),
        (Json::Array(list), true) => {
            let mut out: Vec<Json> = Vec::new();
            for (n, element) in list.iter().enumerate() {
                let at = format!("{at}[{n}]");
                match element {
                    Json::Null | Json::Array(_) => faults.push((ErrorKind::InvalidValue, at)),
                    // a repeated value is kept once
                    element => out.extend(one(a, element, &at, faults).filter(|v| !out.contains(v))),
                }
            }
            (!out.is_empty()).then_some(Json::Array(out))
        }
        (_, true) => {
            faults.push((ErrorKind::InvalidValue, at.to_owned()));
            None
        }
    }
}

fn one(a: &Attr, value: &Json, at: &str, faults: &mut Vec<Fault>) -> Option<Json> {
    let listed = |list: &[&str]| value.as_str().is_some_and(|s| list.contains(&s));
    let fits = match a.kind {
        "string" => value.is_string(),
        "boolean" => value.is_boolean(),
        "decimal" => value.is_number(),
        "integer" => value.is_i64(),
        "dateTime" => listed(&DATES),
        "binary" => listed(&BINARIES),
        "reference" => listed(&REFERENCES),
        _ => value.is_object(),
    };
    if !fits {
        faults.push((ErrorKind::InvalidValue, at.to_owned()));
        return None;
    }
    let Some(o) = value.as_object() else { return Some(value.clone()) };
    let mut out = Object::new();
    for (name, value) in o {
        read(&a.subs, name, value, &format!("{at}."), &mut out, faults);
    }
    (!out.is_empty()).then_some(Json::Object(out))
}

/// An empty text is not a value if one is required.
fn blank(value: Option<&Json>) -> bool {
    match value {
        None | Some(Json::Null) => true,
        Some(Json::String(s)) => s.is_empty(),
        Some(Json::Array(list)) => list.iter().all(|v| v == ""),
        Some(_) => false,
    }
}

/// Required attributes that are missing. Secrets are looked for in a request, but not in what is stored.
fn missing(plan: &Plan, body: &Object, in_request: bool) -> Vec<Fault> {
    let mut out = missing_of(&plan.main, body, "", in_request);
    match body.get(EXTENSION).and_then(Json::as_object) {
        Some(inner) => out.extend(missing_of(&plan.extension, inner, &format!("{EXTENSION}:"), in_request)),
        None if plan.extension_required && (in_request || !plan.extension.iter().any(may_be_secret)) => {
            out.push((ErrorKind::InvalidValue, EXTENSION.to_owned()));
        }
        None => {}
    }
    out
}

fn missing_of(list: &[Attr], body: &Object, prefix: &str, in_request: bool) -> Vec<Fault> {
    let mut out = Vec::new();
    let due = |a: &Attr| a.required && a.mutability != "readOnly" && (in_request || !may_be_secret(a));
    for a in list {
        let (value, at) = (body.get(&a.name), format!("{prefix}{}", a.name));
        if due(a) && blank(value) {
            out.push((ErrorKind::InvalidValue, at));
            continue;
        }
        for sub in a.subs.iter().filter(|s| due(s)) {
            match value {
                Some(Json::Object(o)) if blank(o.get(&sub.name)) => {
                    out.push((ErrorKind::InvalidValue, format!("{at}.{}", sub.name)));
                }
                Some(Json::Array(list)) => {
                    let without = list.iter().enumerate().filter(|(_, o)| blank(o.get(&sub.name)));
                    out.extend(
                        without.map(|(n, _)| (ErrorKind::InvalidValue, format!("{at}[{n}].{}", sub.name))),
                    );
                }
                _ => {}
            }
        }
    }
    out
}

/// Whether all of its given values may be kept apart from the body.
fn may_be_secret(a: &Attr) -> bool {
    a.mutability == "writeOnly" || a.subs.iter().any(may_be_secret)
}

/// The body without writeOnly values, and those values. A list element that contains one is kept whole among them.
fn apart(plan: &Plan, mut body: Object) -> (Object, Object) {
    let mut secrets = apart_of(&plan.main, &mut body);
    if let Some(Json::Object(mut inner)) = body.remove(EXTENSION) {
        let found = apart_of(&plan.extension, &mut inner);
        put_extension(&mut secrets, found);
        put_extension(&mut body, inner);
    }
    (body, secrets)
}

fn apart_of(list: &[Attr], body: &mut Object) -> Object {
    let mut secrets = Object::new();
    for a in list {
        let Some(value) = body.remove(&a.name) else { continue };
        if a.mutability == "writeOnly" {
            secrets.insert(a.name.clone(), value);
            continue;
        }
        let secret = |name: &String| a.subs.iter().any(|s| s.name == *name && s.mutability == "writeOnly");
        let open = |o: &Object| -> Object { o.clone().into_iter().filter(|(n, _)| !secret(n)).collect() };
        let (rest, hidden) = match value {
            Json::Object(o) => {
                let hidden: Object = o.clone().into_iter().filter(|(n, _)| secret(n)).collect();
                (Json::Object(open(&o)), Json::Object(hidden))
            }
            Json::Array(list) if a.kind == "complex" => {
                let whole =
                    list.iter().filter(|o| o.as_object().unwrap().keys().any(secret)).cloned().collect();
                let rest = list.iter().map(|o| open(o.as_object().unwrap())).filter(|o| !o.is_empty());
                (Json::Array(rest.map(Json::Object).collect()), Json::Array(whole))
            }
            other => (other, json!([])),
        };
        for (value, to) in [(rest, &mut *body), (hidden, &mut secrets)] {
            if value != json!({}) && value != json!([]) {
                to.insert(a.name.clone(), value);
            }
        }
    }
    secrets
}

/// The values that no other resource may have.
fn keys(plan: &Plan, body: &Object) -> BTreeSet<(String, String)> {
    let mut out = BTreeSet::new();
    keys_of(&plan.main, body, "", &mut out);
    if let Some(Json::Object(inner)) = body.get(EXTENSION) {
        keys_of(&plan.extension, inner, &format!("{EXTENSION}:"), &mut out);
    }
    out
}

fn keys_of(list: &[Attr], body: &Object, prefix: &str, out: &mut BTreeSet<(String, String)>) {
    for a in list {
        let value = body.get(&a.name).cloned().unwrap_or(json!([]));
        for element in value.as_array().unwrap_or(&vec![value.clone()]) {
            let at = format!("{prefix}{}", a.name);
            if let Json::Object(o) = element {
                keys_of(&a.subs, o, &format!("{at}."), out);
            } else if a.uniqueness != "none" {
                out.insert((at, plain(a, element)));
            }
        }
    }
}

/// A simple value in the form used for comparison.
fn plain(a: &Attr, value: &Json) -> String {
    match value {
        Json::String(s) if a.kind == "string" && !a.exact => s.to_lowercase(),
        Json::String(s) => s.clone(),
        other => other.to_string(),
    }
}

/// RFC 7644 section 3.5.1: values set by the server stay, and immutable ones must match.
fn keep(list: &[Attr], before: &Object, after: &mut Object, prefix: &str, faults: &mut Vec<Fault>) {
    for a in list.iter().filter(|a| !a.common) {
        let Some(old) = before.get(&a.name) else { continue };
        let at = format!("{prefix}{}", a.name);
        match (a.mutability, after.get_mut(&a.name)) {
            ("readOnly", _) | ("immutable", None) => {
                after.insert(a.name.clone(), old.clone());
            }
            ("immutable", Some(new)) if compared(a, old) == compared(a, new) => *new = old.clone(),
            ("immutable", Some(_)) => faults.push((ErrorKind::Mutability, at)),
            (_, Some(Json::Object(new))) if old.is_object() => {
                let old: Object = old.as_object().unwrap().clone();
                let old = old.into_iter().filter(|(_, v)| !blank(Some(v))).collect();
                keep(&a.subs, &old, new, &format!("{at}."), faults);
            }
            _ => {}
        }
    }
}

/// A value in the form used for comparison: without the server's parts, lists in any order.
fn compared(a: &Attr, value: &Json) -> Json {
    match value {
        Json::Array(list) => {
            let mut list: Vec<String> = list.iter().map(|v| compared(a, v).to_string()).collect();
            list.sort();
            json!(list)
        }
        Json::Object(o) => {
            let written = a.subs.iter().filter(|s| s.mutability != "readOnly");
            let parts = written.filter_map(|s| Some((s.name.clone(), compared(s, o.get(&s.name)?))));
            Json::Object(parts.collect())
        }
        simple => json!(plain(a, simple)),
    }
}
