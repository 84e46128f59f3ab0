//! JSON text with numbers that are neither `i64` nor a finite `f64`, read with their digits.
//!
//! Such a number may belong to an attribute that the profile drops, or be meant as a text: it is refused where the
//! attribute is known, not by the reader. It is rare, so a text is read this way only after the quick one met such a number.

use super::parse::{JsonError, Nested, locate, new_name, quick};
use super::{Number, Object, Value};
use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;
use std::collections::HashSet;
use std::fmt;

/// Reads a part of `whole`. `nested` knows how deep it is.
pub(super) fn read(part: &str, whole: &str, nested: Nested) -> Result<Value, JsonError> {
    // both point into the same text
    let start = part.as_ptr().addr().saturating_sub(whole.as_ptr().addr());
    let fault = |e: serde_json::Error| locate(&e, part, start);
    match part.trim_start().bytes().next() {
        Some(b'[') => {
            let inner = nested.deeper().map_err(fault)?;
            let parts: Vec<&RawValue> = serde_json::from_str(part).map_err(fault)?;
            parts.into_iter().map(|p| read(p.get(), whole, inner)).collect::<Result<_, _>>().map(Value::Array)
        }
        Some(b'{') => {
            let inner = nested.deeper().map_err(fault)?;
            let Pairs(parts) = serde_json::from_str(part).map_err(fault)?;
            let (mut out, mut seen) = (Object::new(), HashSet::new());
            for (name, part) in parts {
                let name = new_name(&out, &mut seen, name).map_err(fault)?;
                out.push(name, read(part.get(), whole, inner)?);
            }
            Ok(Value::Object(out))
        }
        Some(b'-' | b'0'..=b'9') => {
            let raw: &RawValue = serde_json::from_str(part).map_err(fault)?;
            Ok(number(raw.get()))
        }
        _ => quick(part, nested).map_err(fault),
    }
}

/// What a number of JSON is. Whole numbers beyond 2^53 with a fraction or an exponent are not exact as `f64`.
fn number(text: &str) -> Value {
    let read = match text.contains(['.', 'e', 'E']) {
        true => text.parse().ok().filter(|x| Number::is_exact(*x)).map(Number::Float),
        false => text.parse().ok().map(Number::Int),
    };
    read.map_or_else(|| Value::OutOfRange(text.into()), Value::Number)
}

/// The members of an object in their order.
struct Pairs<'t>(Vec<(String, &'t RawValue)>);

impl<'de: 't, 't> Deserialize<'de> for Pairs<'t> {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        struct All;
        impl<'de> Visitor<'de> for All {
            type Value = Vec<(String, &'de RawValue)>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a JSON object")
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut all = Vec::new();
                while let Some(pair) = map.next_entry()? {
                    all.push(pair);
                }
                Ok(all)
            }
        }
        d.deserialize_map(All).map(Self)
    }
}
