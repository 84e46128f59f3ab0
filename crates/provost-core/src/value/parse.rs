//! JSON text to values, refusing what SCIM cannot mean.

use super::{AttrName, Number, Object, Value, wide};
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
    /// JSON, but a value that cannot be stored: U+0000: `invalidValue`.
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
/// Text that is not JSON or not an object, names that stand twice in one object (whatever their case), U+0000, nesting
/// deeper than [`MAX_JSON_DEPTH`]. A number that is neither `i64` nor a finite `f64` is no error of the text: it is read
/// as [`Value::OutOfRange`].
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
    let (json, skipped) = match text.strip_prefix('\u{feff}') {
        Some(rest) => (rest, '\u{feff}'.len_utf8()),
        None => (text, 0),
    };
    match quick(json, Nested { depth: 0 }) {
        Err(e) if is_about_a_number(&e) => wide::read(json, text, Nested { depth: 0 }),
        other => other.map_err(|e| locate(&e, json, skipped)),
    }
}

/// Reads a text of numbers that are `i64` or finite `f64`.
pub(super) fn quick(text: &str, nested: Nested) -> Result<Value, serde_json::Error> {
    let mut source = serde_json::Deserializer::from_str(text);
    nested.deserialize(&mut source).and_then(|v| source.end().map(|()| v))
}

/// Marks, in serde's text-only errors, the faults that are about a value and not about syntax.
const VALUE_FAULT: &str = "\u{1}";
/// Marks those about a number whose digits were lost on the way.
const NUMBER_FAULT: &str = "\u{2}";

fn is_about_a_number(e: &serde_json::Error) -> bool {
    let said = e.to_string();
    said.starts_with(NUMBER_FAULT) || said.starts_with("number out of range at line ")
}

pub(super) fn locate(error: &serde_json::Error, text: &str, skipped: usize) -> JsonError {
    let line_start: usize =
        text.split_inclusive('\n').take(error.line().saturating_sub(1)).map(str::len).sum();
    let offset = (line_start + error.column().saturating_sub(1)).min(text.len()) + skipped;
    let said = error.to_string();
    // serde_json appends " at line 1 column 2"; we say the byte instead
    let said = said.rsplit_once(" at line ").map_or(said.as_str(), |(s, _)| s);
    match said.strip_prefix(VALUE_FAULT) {
        Some(said) => JsonError { offset, kind: JsonErrorKind::Value, message: said.to_owned() },
        None => JsonError { offset, kind: JsonErrorKind::Syntax, message: said.to_owned() },
    }
}

/// From any format of serde, with the rules of [`parse_value`].
impl<'de> Deserialize<'de> for Value {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        // without VALUE_FAULT and NUMBER_FAULT
        let plain = |e: D::Error| D::Error::custom(e.to_string().replace(['\u{1}', '\u{2}'], ""));
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

/// Reads a value that stands inside `depth` arrays and objects.
#[derive(Clone, Copy)]
pub(super) struct Nested {
    depth: usize,
}

impl<'de> DeserializeSeed<'de> for Nested {
    type Value = Value;
    fn deserialize<D: Deserializer<'de>>(self, d: D) -> Result<Value, D::Error> {
        d.deserialize_any(self)
    }
}

impl Nested {
    pub(super) fn deeper<E: serde::de::Error>(self) -> Result<Self, E> {
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
    fn visit_u64<E>(self, n: u64) -> Result<Value, E> {
        let whole = i64::try_from(n).map(|n| Value::Number(Number::Int(n)));
        Ok(whole.unwrap_or_else(|_range| Value::OutOfRange(n.to_string().into())))
    }
    fn visit_f64<E: serde::de::Error>(self, x: f64) -> Result<Value, E> {
        // serde_json gives whole numbers beyond u64 as f64; their digits are lost
        if Number::is_exact(x) {
            return Ok(Value::Number(Number::Float(x)));
        }
        Err(E::custom(format_args!("{NUMBER_FAULT}the number {x:e} is out of range")))
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
            let name = new_name(&out, &mut seen, name)?;
            out.push(name, map.next_value_seed(inner)?);
        }
        Ok(Value::Object(out))
    }
}

/// A name that `object` lacks.
pub(super) fn new_name<E: serde::de::Error>(
    object: &Object,
    seen: &mut HashSet<AttrName>,
    name: String,
) -> Result<AttrName, E> {
    let name = AttrName::from(name);
    text::<E>(name.as_str())?;
    match is_repeated(object, seen, &name) {
        false => Ok(name),
        true => Err(E::custom(format_args!("the name `{name}` appears twice in one object"))),
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
        assert!(said.contains("`USERNAME` appears twice"), "{said}");
        assert!((16..31).contains(&offset), "{offset}");
    }

    #[test]
    fn duplicate_names_are_found_in_large_objects() {
        let many: Vec<String> = (0..200).map(|n| format!("\"a{n}\":1")).collect();
        assert!(parse_value(&format!("{{{}}}", many.join(","))).is_ok());
        assert!(parse_value(&format!("{{{},\"A150\":1}}", many.join(","))).is_err());
    }

    #[test]
    fn nul_is_a_value_fault() {
        assert_eq!(refused(r#"{"a":"x\u0000"}"#).1, JsonErrorKind::Value);
        assert_eq!(refused(r#"{"a":1e400,"b":"x\u0000"}"#).1, JsonErrorKind::Value);
    }

    /// Seen to fail: with whole numbers beyond 2^53 taken from `f64`, and with the fault of the quick reader reported.
    #[test]
    fn numbers_out_of_range_keep_their_digits() {
        for digits in [
            "1e400",
            "-1E+400",
            "9223372036854775808",
            "-9223372036854775809",
            "123456789012345678901234567890",
            "9007199254740994.0",
            "1e300",
        ] {
            let text = format!("{{\"a\":[1, {digits} ], \"b\":{{\"c\": {digits}}},\"d\":{digits}}}");
            let Value::Object(read) = parse_value(&text).unwrap() else { panic!("{text}") };
            let wide = Value::OutOfRange(digits.into());
            assert_eq!(read.get("a"), Some(&vec![Value::from(1), wide.clone()].into()), "{text}");
            assert_eq!(read.get("b").unwrap().as_object().unwrap().get("c"), Some(&wide), "{text}");
            assert_eq!(read.get("d"), Some(&wide), "{text}");
            assert_eq!(parse_value(&Value::from(read.clone()).to_string()), Ok(read.into()), "{text}");
            assert_eq!(parse_value(&format!("\u{feff} {digits} ")), Ok(wide), "{digits}");
        }
        for (text, value) in [("9223372036854775807", i64::MAX), ("-9223372036854775808", i64::MIN)] {
            assert_eq!(parse_value(text), Ok(value.into()));
            let beside = parse_value(&format!("[1e400,{text}]")).unwrap();
            assert_eq!(beside.as_array().unwrap().last(), Some(&value.into()));
        }
        assert!(parse_value(r#"{"a":[-9223372036854775808, 1.5, 3e1]}"#).is_ok());
    }

    /// Seen to fail: with the first member of an object left out.
    #[test]
    fn both_readers_read_the_same() {
        for text in [
            r#"{"a":[1,-2.5e3,null,true,{"b":{}},[],"x\u00e9\n"],"C d":"😀","e":-0.0,"f":9007199254740993}"#,
            " [ [ ] , { } , \"\" ,\n0 ] ",
            "\"text\"",
            "null",
            "-7",
            r#"{"a":1,"#,
            r#"{"a":1,"A":2}"#,
            r#"["a\u0000"]"#,
            "[1,]",
            "",
            "nul",
        ] {
            let nested = Nested { depth: 0 };
            let slow = wide::read(text, text, nested).map_err(|e| e.kind());
            let quick = quick(text, nested).map_err(|e| locate(&e, text, 0).kind());
            assert_eq!(slow, quick, "{text}");
        }
    }

    /// The slow reader has the rules of the quick one, and finds the same places.
    #[test]
    fn beside_a_number_out_of_range_all_rules_hold() {
        for (text, offset, said) in [
            ("{\"a\":1e400,\"b\":tru}", 19, "expected"),
            ("{\"a\":1e400,\"b\":1,\"B\":2}", 0, "the name `B` appears twice"),
            ("{\"a\":1e400,\"b\":{\"c\":1,\"C\":2}}", 15, "the name `C` appears twice"),
            ("\u{feff}{\"a\":1e400,\"b\":[\"\\u0000\"]}", 26, "U+0000"),
            ("{\"a\":1e400} x", 12, "trailing"),
            ("[1e400,01]", 8, "invalid number"),
        ] {
            let (at, _, message) = refused(text);
            assert!(message.contains(said), "{text}: {message}");
            assert!(at.abs_diff(offset) <= 2, "{text}: {at}");
        }
        let deep = |n: usize| format!("{}1e400{}", "[".repeat(n), "]".repeat(n));
        assert!(parse_value(&deep(MAX_JSON_DEPTH)).is_ok());
        assert!(refused(&deep(MAX_JSON_DEPTH + 1)).2.contains("nested deeper than 32"));
        let many: Vec<String> = (0..200).map(|n| format!("\"a{n}\":1e400")).collect();
        assert!(parse_value(&format!("{{{}}}", many.join(","))).is_ok());
        assert!(parse_value(&format!("{{{},\"A150\":1}}", many.join(","))).is_err());
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
