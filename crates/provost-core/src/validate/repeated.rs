//! Duplicate values in a list.
//!
//! RFC 7643 section 2.4: "Service providers SHOULD NOT return the same (type, value) combination more than once".

use crate::schema::Attribute;
use crate::value::{Object, Value};
use std::collections::{HashMap, HashSet};
use std::fmt::Write;

/// Keeps one of each value in a list. Takes linear time.
pub(crate) fn merge_repeated(a: &Attribute, list: &mut Vec<Value>) {
    if list.len() < 2 {
        return;
    }
    if is_members(a) {
        // naming an existing member again changes nothing
        let mut seen = HashSet::with_capacity(list.len());
        list.retain(|v| {
            v.as_object().and_then(|o| o.str("value")).is_none_or(|id| seen.insert(id.to_owned()))
        });
        return;
    }
    let mut kept = Distinct::with_capacity(list.len());
    for element in list.drain(..) {
        if let (at, Some(Value::Object(new))) = kept.add(element)
            && let Some(Value::Object(there)) = kept.get_mut(at)
        {
            merge(there, new);
        }
    }
    *list = kept.into_values();
}

/// Whether this attribute's values are members: rows of their own.
pub(crate) fn is_members(a: &Attribute) -> bool {
    a.name.is("members") && a.sub("value").is_some()
}

fn merge(old: &mut Object, new: Object) {
    for (name, value) in new {
        // the remaining value is primary if either was
        if !(name.is("primary") && value == Value::Bool(false) && old.contains("primary")) {
            old.insert(name, value);
        }
    }
}

/// A list without duplicates, with a key to find each value.
#[derive(Debug, Default)]
pub(crate) struct Distinct {
    values: Vec<Value>,
    places: HashMap<String, usize>,
}

impl Distinct {
    fn with_capacity(values: usize) -> Self {
        Self { values: Vec::with_capacity(values), places: HashMap::with_capacity(values) }
    }

    /// Adds a value, and returns its position. If it already exists, that one keeps its position and the new one is
    /// returned.
    pub(crate) fn add(&mut self, value: Value) -> (usize, Option<Value>) {
        let next = self.values.len();
        let at = *self.places.entry(identity(&value)).or_insert(next);
        if at < next {
            return (at, Some(value));
        }
        self.values.push(value);
        (at, None)
    }

    pub(crate) fn get_mut(&mut self, at: usize) -> Option<&mut Value> {
        self.values.get_mut(at)
    }

    pub(crate) fn values_mut(&mut self) -> &mut [Value] {
        &mut self.values
    }

    pub(crate) fn into_values(self) -> Vec<Value> {
        self.values
    }
}

/// Keeps the first of equal values.
impl FromIterator<Value> for Distinct {
    fn from_iter<I: IntoIterator<Item = Value>>(values: I) -> Self {
        let values = values.into_iter();
        let mut all = Self::with_capacity(values.size_hint().0);
        for value in values {
            all.add(value);
        }
        all
    }
}

/// What two elements must share to count as the same: a complex one its `value` and `type`; a simple one, or one
/// without `value`, everything.
fn identity(element: &Value) -> String {
    let mut out = String::new();
    match element {
        Value::Object(o) if let Some(value) = o.get("value") => {
            write(value, &mut out);
            out.push('&');
            if let Some(kind) = o.get("type") {
                write(kind, &mut out);
            }
        }
        other => write(other, &mut out),
    }
    out
}

/// Writes a text that two values have in common exactly if they are equal.
pub(super) fn write(value: &Value, out: &mut String) {
    // writing to a String cannot fail
    let _infallible = match value {
        Value::Null => write!(out, "n"),
        Value::Bool(b) => write!(out, "{b}"),
        Value::Number(n) => match n.as_i64() {
            Some(n) => write!(out, "{n}"),
            None => write!(out, "{:x}f", n.as_f64().to_bits()),
        },
        Value::OutOfRange(digits) => write!(out, "~{}:{digits}", digits.len()),
        Value::String(text) => write!(out, "\"{}:{text}", text.len()),
        Value::Array(list) => {
            out.push('[');
            list.iter().for_each(|v| {
                write(v, out);
                out.push(',');
            });
            write!(out, "]")
        }
        Value::Object(o) => {
            let mut members: Vec<(String, &Value)> =
                o.iter().map(|(name, v)| (name.as_str().to_ascii_lowercase(), v)).collect();
            members.sort_by(|(a, _), (b, _)| a.cmp(b));
            out.push('{');
            for (name, v) in members {
                let _infallible = write!(out, "{}:{name}", name.len());
                write(v, out);
                out.push(',');
            }
            write!(out, "}}")
        }
    };
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::value::parse_value;

    fn parsed(texts: &[&str]) -> Vec<Value> {
        texts.iter().map(|t| parse_value(t).unwrap()).collect()
    }

    /// Seen to fail: without the length of a text, with the names of an object unsorted, and without `&`.
    #[test]
    fn what_is_equal_has_one_identity_and_nothing_else_has() {
        let simple = parsed(&[
            "null",
            "true",
            "false",
            "1",
            "1.0",
            "1e0",
            "1.5",
            "-1",
            "\"1\"",
            "\"true\"",
            "\"n\"",
            "\"\"",
            "1e400",
            "\"1e400\"",
            "[]",
            "[1]",
            "[1,1]",
            "[\"1,1\"]",
            "[[1],1]",
            "{}",
            r#"{"a":1,"b":2}"#,
            r#"{"B":2,"A":1}"#,
            r#"{"a":1}"#,
            r#"{"a":"1"}"#,
            r#"{"a":{"b":1}}"#,
            r#"{"a":1,"b":{}}"#,
            r#"["x","y"]"#,
            r#"["x,\"1:y"]"#,
        ]);
        for (a, b) in simple.iter().flat_map(|a| simple.iter().map(move |b| (a, b))) {
            assert_eq!(identity(a) == identity(b), a == b, "{a} {b}");
        }
        let complex = parsed(&[
            r#"{"value":"a"}"#,
            r#"{"value":"a","display":"x"}"#,
            r#"{"TYPE":"work","Value":"a"}"#,
            r#"{"value":"a","type":"work","primary":true}"#,
            r#"{"value":"a&","type":"work"}"#,
            r#"{"value":"A"}"#,
            r#"{"value":"a","type":""}"#,
            r#"{"value":1}"#,
            r#"{"type":"work"}"#,
            r#"{"type":"work","display":"x"}"#,
        ]);
        let parts = |v: &Value| {
            let o = v.as_object().unwrap();
            (o.get("value").cloned(), o.get("type").cloned())
        };
        for (a, b) in complex.iter().flat_map(|a| complex.iter().map(move |b| (a, b))) {
            let same = match (parts(a), parts(b)) {
                ((None, _), _) | (_, (None, _)) => a == b,
                (a, b) => a == b,
            };
            assert_eq!(identity(a) == identity(b), same, "{a} {b}");
        }
    }
}
