//! Reads JSON text with numbers that are neither `i64` nor a finite `f64`, keeping their digits.
//!
//! Such a number may belong to an attribute the profile drops, or be meant as text, so it is refused only once the
//! attribute is known. It is rare, so a text is read this way only after the quick reader met such a number.

use super::parse::{Budget, JsonError, Nested, locate, new_name, quick};
use super::{Number, Object, Value};
use serde::de::{Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::de::StrRead;
use serde_json::value::RawValue;
use std::collections::HashSet;
use std::fmt;

/// Reads a part of `whole`. `nested` knows its depth.
pub(super) fn read(part: &str, whole: &str, nested: Nested<'_>) -> Result<Value, JsonError> {
    // both point into the same text
    let start = part.as_ptr().addr().saturating_sub(whole.as_ptr().addr());
    let fault = |e: serde_json::Error| locate(&e, part, start);
    match part.trim_start().bytes().next() {
        Some(b'[') => {
            nested.count().map_err(fault)?;
            let inner = nested.deeper().map_err(fault)?;
            let elements = parts(part, |d| d.deserialize_seq(Elements(nested.budget))).map_err(fault)?;
            elements
                .into_iter()
                .map(|e| read(e.get(), whole, inner))
                .collect::<Result<_, _>>()
                .map(Value::Array)
        }
        Some(b'{') => {
            nested.count().map_err(fault)?;
            let inner = nested.deeper().map_err(fault)?;
            let members = parts(part, |d| d.deserialize_map(Members(nested.budget))).map_err(fault)?;
            let (mut out, mut seen) = (Object::new(), HashSet::new());
            for (name, part) in members {
                let name = new_name(&out, &mut seen, name).map_err(fault)?;
                out.push(name, read(part.get(), whole, inner)?);
            }
            Ok(Value::Object(out))
        }
        Some(b'-' | b'0'..=b'9') => {
            nested.count().map_err(fault)?;
            let raw: &RawValue = serde_json::from_str(part).map_err(fault)?;
            Ok(number(raw.get()))
        }
        _ => quick(part, nested).map_err(fault),
    }
}

/// Reads one level of a whole text.
fn parts<'t, T>(
    text: &'t str,
    read: impl FnOnce(&mut serde_json::Deserializer<StrRead<'t>>) -> serde_json::Result<T>,
) -> serde_json::Result<T> {
    let mut source = serde_json::Deserializer::from_str(text);
    let parts = read(&mut source)?;
    source.end()?;
    Ok(parts)
}

/// Converts a number. Integers beyond 2^53 with a fraction or an exponent are not exact as `f64`.
fn number(text: &str) -> Value {
    let read = match text.contains(['.', 'e', 'E']) {
        true => text.parse().ok().filter(|x| Number::is_exact(*x)).map(Number::Float),
        false => text.parse().ok().map(Number::Int),
    };
    read.map_or_else(|| Value::OutOfRange(text.into()), Value::Number)
}

/// The elements of an array, as texts.
struct Elements<'b>(&'b Budget);

impl<'de> Visitor<'de> for Elements<'_> {
    type Value = Vec<&'de RawValue>;
    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON array")
    }
    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Self::Value, A::Error> {
        let mut all = Vec::new();
        while let Some(element) = seq.next_element()? {
            all.push(element);
            self.0.covers(all.len())?;
        }
        Ok(all)
    }
}

/// The members of an object in order, with their values as texts.
struct Members<'b>(&'b Budget);

impl<'de> Visitor<'de> for Members<'_> {
    type Value = Vec<(String, &'de RawValue)>;
    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON object")
    }
    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut all = Vec::new();
        while let Some(member) = map.next_entry()? {
            all.push(member);
            self.0.covers(all.len())?;
        }
        Ok(all)
    }
}
