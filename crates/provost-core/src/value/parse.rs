//! JSON text to values, refusing what SCIM cannot mean.

use super::{AttrName, Number, Object, Value};
use crate::limits::MAX_JSON_DEPTH;
use serde::de::{Deserialize, DeserializeSeed, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};
use std::collections::HashSet;
use std::fmt;

/// A text that is not a JSON value which SCIM can use.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message} at byte {offset}")]
pub struct JsonError {
    offset: usize,
    kind: JsonErrorKind,
    message: String,
}

/// The two families of JSON faults.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum JsonErrorKind {
    /// Not JSON, a name twice in one object, or nested too deeply: `invalidSyntax`.
    Syntax,
    /// JSON, but a value that cannot be stored: U+0000, a number out of range: `invalidValue`.
    Value,
}

impl JsonError {
    /// Where the fault was seen, in bytes from the start.
    #[must_use]
    pub fn offset(&self) -> usize {
        self.offset
    }

    /// Which family it belongs to.
    #[must_use]
    pub fn kind(&self) -> JsonErrorKind {
        self.kind
    }
}

/// Parses a JSON object.
///
/// # Errors
/// Text that is not JSON or not an object, names that stand twice in one object (whatever their case), U+0000,
/// numbers beyond `i64` and finite `f64`, nesting deeper than [`MAX_JSON_DEPTH`].
pub fn parse_object(text: &str) -> Result<Object, JsonError> {
    match parse_value(text)? {
        Value::Object(o) => Ok(o),
        other => Err(JsonError {
            offset: 0,
            kind: JsonErrorKind::Syntax,
            message: format!("expected a JSON object and found {}", other.kind()),
        }),
    }
}

/// Parses any JSON value, with the rules of [`parse_object`].
///
/// # Errors
/// As [`parse_object`], but any kind of value is welcome.
pub fn parse_value(text: &str) -> Result<Value, JsonError> {
    // A byte order mark is not JSON (RFC 8259 section 8.1); some clients send one, and parsers MAY ignore it.
    let (text, skipped) = match text.strip_prefix('\u{feff}') {
        Some(rest) => (rest, '\u{feff}'.len_utf8()),
        None => (text, 0),
    };
    let mut source = serde_json::Deserializer::from_str(text);
    let parsed = Nested { depth: 0 }.deserialize(&mut source).and_then(|v| source.end().map(|()| v));
    parsed.map_err(|e| locate(&e, text, skipped))
}

/// Marks, in serde's text-only errors, the faults that are about a value and not about syntax.
const VALUE_FAULT: &str = "\u{1}";

fn locate(error: &serde_json::Error, text: &str, skipped: usize) -> JsonError {
    let line_start: usize =
        text.split_inclusive('\n').take(error.line().saturating_sub(1)).map(str::len).sum();
    let offset = (line_start + error.column().saturating_sub(1)).min(text.len()) + skipped;
    let said = error.to_string();
    // serde_json appends " at line 1 column 2"; we say the byte instead
    let said = said.rsplit_once(" at line ").map_or(said.as_str(), |(s, _)| s);
    match said.strip_prefix(VALUE_FAULT) {
        Some(said) => JsonError { offset, kind: JsonErrorKind::Value, message: said.to_owned() },
        None if said.contains("number out of range") => {
            JsonError { offset, kind: JsonErrorKind::Value, message: said.to_owned() }
        }
        None => JsonError { offset, kind: JsonErrorKind::Syntax, message: said.to_owned() },
    }
}

/// From any format of serde, with the rules of [`parse_value`].
impl<'de> Deserialize<'de> for Value {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        let plain = |e: D::Error| D::Error::custom(e.to_string().replace(VALUE_FAULT, ""));
        Nested { depth: 0 }.deserialize(d).map_err(plain)
    }
}

/// From any format of serde, with the rules of [`parse_object`].
impl<'de> Deserialize<'de> for Object {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        match Value::deserialize(d)? {
            Value::Object(o) => Ok(o),
            other => Err(D::Error::custom(format_args!("expected an object and found {}", other.kind()))),
        }
    }
}

#[derive(Clone, Copy)]
struct Nested {
    depth: usize,
}

impl<'de> DeserializeSeed<'de> for Nested {
    type Value = Value;
    fn deserialize<D: Deserializer<'de>>(self, d: D) -> Result<Value, D::Error> {
        d.deserialize_any(self)
    }
}

impl Nested {
    fn deeper<E: serde::de::Error>(self) -> Result<Self, E> {
        if self.depth >= MAX_JSON_DEPTH {
            return Err(E::custom(format_args!("JSON is nested deeper than {MAX_JSON_DEPTH} levels")));
        }
        Ok(Self { depth: self.depth + 1 })
    }
}

fn text<E: serde::de::Error>(s: &str) -> Result<&str, E> {
    if s.contains('\0') {
        return Err(E::custom(format_args!("{VALUE_FAULT}a text holds the character U+0000")));
    }
    Ok(s)
}

impl<'de> Visitor<'de> for Nested {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }
    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }
    fn visit_bool<E>(self, b: bool) -> Result<Value, E> {
        Ok(Value::Bool(b))
    }
    fn visit_i64<E>(self, n: i64) -> Result<Value, E> {
        Ok(Value::Number(Number::Int(n)))
    }
    fn visit_u64<E: serde::de::Error>(self, n: u64) -> Result<Value, E> {
        let whole = i64::try_from(n)
            .map_err(|_range| E::custom(format_args!("{VALUE_FAULT}the number {n} is out of range")))?;
        Ok(Value::Number(Number::Int(whole)))
    }
    fn visit_f64<E: serde::de::Error>(self, x: f64) -> Result<Value, E> {
        // serde_json gives whole numbers beyond u64 as f64; their digits would be lost
        if x.is_finite() && !(x.fract() == 0.0 && x.abs() > 9_007_199_254_740_992.0) {
            return Ok(Value::Number(Number::Float(x)));
        }
        Err(E::custom(format_args!("{VALUE_FAULT}the number {x:e} is out of range")))
    }
    fn visit_str<E: serde::de::Error>(self, s: &str) -> Result<Value, E> {
        Ok(Value::String(text(s)?.to_owned()))
    }
    fn visit_string<E: serde::de::Error>(self, s: String) -> Result<Value, E> {
        text::<E>(&s)?;
        Ok(Value::String(s))
    }
    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Value, A::Error> {
        let inner = self.deeper()?;
        let mut out = Vec::new();
        while let Some(v) = seq.next_element_seed(inner)? {
            out.push(v);
        }
        Ok(Value::Array(out))
    }
    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Value, A::Error> {
        let inner = self.deeper()?;
        let mut out = Object::new();
        let mut seen = HashSet::new();
        while let Some(name) = map.next_key::<String>()? {
            let name = AttrName::from(name);
            text::<A::Error>(name.as_str())?;
            if is_repeated(&out, &mut seen, &name) {
                return Err(A::Error::custom(format_args!("the name `{name}` stands twice in one object")));
            }
            out.push(name, map.next_value_seed(inner)?);
        }
        Ok(Value::Object(out))
    }
}

/// Small objects, the usual case, are searched; a set takes over when the search would become quadratic.
fn is_repeated(object: &Object, seen: &mut HashSet<AttrName>, name: &AttrName) -> bool {
    const SEARCHED: usize = 48;
    if object.len() < SEARCHED {
        return object.contains(name.as_str());
    }
    if seen.is_empty() {
        seen.extend(object.iter().map(|(n, _)| n.clone()));
    }
    !seen.insert(name.clone())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(text: &str) -> (usize, JsonErrorKind, String) {
        let e = parse_value(text).unwrap_err();
        (e.offset, e.kind, e.to_string())
    }

    #[test]
    fn duplicate_names_are_refused_whatever_their_case() {
        let (offset, kind, said) = refused(r#"{"userName":"a","USERNAME":"b"}"#);
        assert_eq!(kind, JsonErrorKind::Syntax);
        assert!(said.contains("`USERNAME` stands twice"), "{said}");
        assert!((16..31).contains(&offset), "{offset}");
    }

    #[test]
    fn duplicate_names_are_found_in_large_objects() {
        let many: Vec<String> = (0..200).map(|n| format!("\"a{n}\":1")).collect();
        assert!(parse_value(&format!("{{{}}}", many.join(","))).is_ok());
        assert!(parse_value(&format!("{{{},\"A150\":1}}", many.join(","))).is_err());
    }

    #[test]
    fn nul_and_numbers_out_of_range_are_value_faults() {
        assert_eq!(refused(r#"{"a":"x\u0000"}"#).1, JsonErrorKind::Value);
        assert_eq!(refused(r#"{"a":1e400}"#).1, JsonErrorKind::Value);
        assert_eq!(refused(r#"{"a":9223372036854775808}"#).1, JsonErrorKind::Value);
        assert_eq!(refused(r#"{"a":123456789012345678901234567890}"#).1, JsonErrorKind::Value);
        assert!(parse_value(r#"{"a":[-9223372036854775808, 1.5, 3e1]}"#).is_ok());
    }

    #[test]
    fn numbers_read_back_as_what_they_were_written_as() {
        for text in
            ["3e-123", "0.1", "2.2250738585072014e-308", "5e-324", "123456.789e-30", "9007199254740993"]
        {
            let value = parse_value(text).unwrap();
            assert_eq!(parse_value(&value.to_string()), Ok(value), "{text}");
        }
    }

    #[test]
    fn nesting_is_bounded() {
        let deep = |n: usize| format!("{}1{}", "[".repeat(n), "]".repeat(n));
        assert!(parse_value(&deep(MAX_JSON_DEPTH)).is_ok());
        assert!(refused(&deep(MAX_JSON_DEPTH + 1)).2.contains("nested deeper than 32"));
    }

    #[test]
    fn a_fault_is_located_by_byte() {
        assert_eq!(refused("{\"a\": tru}").0, 9);
        assert_eq!(refused("{\n\"a\": x}").0, 7);
        assert_eq!(refused("{\"schemas\":[").1, JsonErrorKind::Syntax);
    }
}
