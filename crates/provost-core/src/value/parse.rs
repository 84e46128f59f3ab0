//! Reads values with serde, refusing JSON that SCIM cannot use.

use super::{AttrName, Number, Object, Value};
use crate::limits::MAX_JSON_DEPTH;
use crate::text::excerpt;
use serde::de::{Deserialize, DeserializeSeed, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};
use std::cell::Cell;
use std::collections::HashSet;
use std::fmt;

/// A text is not JSON, or not usable for SCIM.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message} at byte {offset}")]
pub struct JsonError {
    offset: usize,
    kind: JsonErrorKind,
    message: String,
}

/// The kinds of JSON faults.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum JsonErrorKind {
    /// `invalidSyntax`: it is not JSON, has a name twice in one object, or is nested too deeply.
    Syntax,
    /// `invalidValue`: it is JSON, but contains U+0000, which cannot be stored.
    Value,
    /// 413: it is JSON, but contains more values than allowed.
    TooMany,
}

impl JsonError {
    pub(super) fn new(offset: usize, kind: JsonErrorKind, message: String) -> Self {
        Self { offset, kind, message }
    }

    /// The position of the fault, in bytes from the start.
    #[must_use]
    pub fn offset(&self) -> usize {
        self.offset
    }

    /// The kind of fault.
    #[must_use]
    pub fn kind(&self) -> JsonErrorKind {
        self.kind
    }
}

/// Reads a text whose numbers are all `i64` or finite `f64`.
pub(super) fn quick(text: &str, nested: Nested<'_>) -> Result<Value, serde_json::Error> {
    let mut source = serde_json::Deserializer::from_str(text);
    nested.deserialize(&mut source).and_then(|v| source.end().map(|()| v))
}

/// Marks value faults, as opposed to syntax faults, in serde's text-only errors.
const VALUE_FAULT: &str = "\u{1}";
/// Marks a number whose digits were lost.
const NUMBER_FAULT: &str = "\u{2}";
/// Marks too many values.
const COUNT_FAULT: &str = "\u{3}";

pub(super) fn is_about_a_number(e: &serde_json::Error) -> bool {
    let message = e.to_string();
    message.starts_with(NUMBER_FAULT) || message.starts_with("number out of range at line ")
}

pub(super) fn locate(error: &serde_json::Error, text: &str, skipped: usize) -> JsonError {
    let line_start: usize =
        text.split_inclusive('\n').take(error.line().saturating_sub(1)).map(str::len).sum();
    let offset = (line_start + error.column().saturating_sub(1)).min(text.len()) + skipped;
    let message = error.to_string();
    // serde_json appends " at line 1 column 2"; we give the byte instead
    let message = message.rsplit_once(" at line ").map_or(message.as_str(), |(s, _)| s);
    let marks = [(VALUE_FAULT, JsonErrorKind::Value), (COUNT_FAULT, JsonErrorKind::TooMany)];
    let marked = marks.iter().find_map(|(mark, kind)| Some((message.strip_prefix(mark)?, *kind)));
    let (message, kind) = marked.unwrap_or((message, JsonErrorKind::Syntax));
    JsonError { offset, kind, message: message.to_owned() }
}

/// From any serde format, with the rules of [`parse_value`](super::parse_value).
impl<'de> Deserialize<'de> for Value {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        // without VALUE_FAULT and NUMBER_FAULT
        let plain = |e: D::Error| D::Error::custom(e.to_string().replace(['\u{1}', '\u{2}'], ""));
        Nested::within(&Budget::of(usize::MAX)).deserialize(d).map_err(plain)
    }
}

/// From any serde format, with the rules of [`parse_object`](super::parse_object).
impl<'de> Deserialize<'de> for Object {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        match Value::deserialize(d)? {
            Value::Object(o) => Ok(o),
            other => Err(D::Error::custom(format_args!("expected an object, found {}", other.kind()))),
        }
    }
}

/// How many values a text may contain, and how many are left.
///
/// A limit on bytes is not enough: two bytes become a value of forty, and an object takes some hundred more.
#[derive(Debug)]
pub(super) struct Budget {
    most: usize,
    left: Cell<usize>,
}

impl Budget {
    pub(super) fn of(most: usize) -> Self {
        Self { most, left: Cell::new(most) }
    }

    /// Refuses more values than are left, before they are read.
    pub(super) fn covers<E: serde::de::Error>(&self, values: usize) -> Result<(), E> {
        if values > self.left.get() {
            return Err(E::custom(format_args!("{COUNT_FAULT}the JSON has more than {} values", self.most)));
        }
        Ok(())
    }
}

/// Reads a value nested in `depth` arrays and objects.
#[derive(Clone, Copy)]
pub(super) struct Nested<'b> {
    depth: usize,
    pub(super) budget: &'b Budget,
}

impl<'de> DeserializeSeed<'de> for Nested<'_> {
    type Value = Value;
    fn deserialize<D: Deserializer<'de>>(self, d: D) -> Result<Value, D::Error> {
        self.count()?;
        d.deserialize_any(self)
    }
}

impl<'b> Nested<'b> {
    pub(super) fn within(budget: &'b Budget) -> Self {
        Self { depth: 0, budget }
    }

    /// Counts the value about to be read.
    pub(super) fn count<E: serde::de::Error>(self) -> Result<(), E> {
        self.budget.covers(1)?;
        self.budget.left.set(self.budget.left.get().saturating_sub(1));
        Ok(())
    }

    pub(super) fn deeper<E: serde::de::Error>(self) -> Result<Self, E> {
        if self.depth >= MAX_JSON_DEPTH {
            return Err(E::custom(format_args!("JSON is nested deeper than {MAX_JSON_DEPTH} levels")));
        }
        Ok(Self { depth: self.depth + 1, ..self })
    }
}

fn text<E: serde::de::Error>(s: &str) -> Result<&str, E> {
    if s.contains('\0') {
        return Err(E::custom(format_args!("{VALUE_FAULT}a string contains the character U+0000")));
    }
    Ok(s)
}

impl<'de> Visitor<'de> for Nested<'_> {
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
        // serde_json gives integers beyond u64 as f64, losing digits
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

/// A name that is new in `object`.
pub(super) fn new_name<E: serde::de::Error>(
    object: &Object,
    seen: &mut HashSet<AttrName>,
    name: String,
) -> Result<AttrName, E> {
    let name = AttrName::from(name);
    text::<E>(name.as_str())?;
    match is_repeated(object, seen, &name) {
        false => Ok(name),
        true => {
            let name = excerpt(name.as_str());
            Err(E::custom(format_args!("the name `{name}` appears twice in one object")))
        }
    }
}

/// Small objects, the usual case, are searched linearly; larger ones use a set.
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
