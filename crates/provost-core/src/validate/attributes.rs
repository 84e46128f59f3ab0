//! Checks one attribute's value against its definition, and makes it canonical, with the schema's spelling of names.

use super::repeated::{is_members, merge_repeated};
use crate::error::{Error, ErrorKind, Place};
use crate::limits::Limits;
use crate::reference;
use crate::resource::Service;
use crate::schema::{Attribute, Returned, Type};
use crate::text::excerpt;
use crate::time::Timestamp;
use crate::value::{AttrName, Number, Object, Value};
use std::fmt;

/// How a value is read.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Reading<'a> {
    pub(crate) limits: &'a Limits,
    /// Where resources are served, for references.
    pub(crate) service: Option<&'a Service>,
    /// In PATCH: null for a sub-attribute clears it and so is kept, and a single value may be sent for an array (RFC
    /// 7644 section 3.5.2.1 shows both).
    pub(crate) partial: bool,
}

/// The position of a value for messages. It is only spelt out if there is a message.
#[derive(Debug, Clone, Copy)]
pub(crate) enum ValuePath<'a> {
    /// The path of an attribute.
    Path(&'a str),
    /// An attribute of an extension.
    Extended(&'a AttrName, &'a AttrName),
    /// An element of a list.
    Element(&'a Self, usize),
    /// A sub-attribute.
    Part(&'a Self, &'a AttrName),
}

impl fmt::Display for ValuePath<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Path(path) => f.write_str(path),
            Self::Extended(urn, name) => write!(f, "{urn}:{name}"),
            Self::Element(list, n) => write!(f, "{list}[{n}]"),
            Self::Part(whole, name) => write!(f, "{whole}.{name}"),
        }
    }
}

/// The canonical form of a value; `None` if it counts as no value (RFC 7643 section 2.5).
pub(crate) fn canonical(
    a: &Attribute,
    value: Value,
    at: ValuePath<'_>,
    how: Reading<'_>,
) -> Result<Option<Value>, Error> {
    match value {
        Value::Null => Ok(None),
        Value::Array(list) if a.multi_valued => many(a, list, at, how),
        one if a.multi_valued && how.partial => many(a, vec![one], at, how),
        other if a.multi_valued => Err(wrong(a, at, "an array", &other)),
        other => one(a, other, at, how),
    }
}

fn many(
    a: &Attribute,
    list: Vec<Value>,
    at: ValuePath<'_>,
    how: Reading<'_>,
) -> Result<Option<Value>, Error> {
    let most = if is_members(a) { how.limits.members } else { how.limits.values };
    if list.len() > most {
        let fault = format_args!("has {} values; the limit is {most} per request", list.len());
        return Err(Error::of_attribute(ErrorKind::InvalidValue, at, fault));
    }
    let mut out = Vec::with_capacity(list.len());
    for (n, element) in list.into_iter().enumerate() {
        let here = ValuePath::Element(&at, n);
        if matches!(element, Value::Null | Value::Array(_)) {
            return Err(wrong(a, here, a.kind.expected(), &element));
        }
        if let Some(v) = one(a, element, here, how)? {
            out.push(v);
        }
    }
    one_primary(&out, &|| at.to_string())?;
    merge_repeated(a, &mut out);
    Ok((!out.is_empty()).then_some(Value::Array(out)))
}

/// RFC 7643 section 2.4: "The primary attribute value 'true' MUST appear no more than once."
pub(crate) fn one_primary(list: &[Value], at: &dyn Fn() -> String) -> Result<(), Error> {
    if list.iter().filter(|v| is_primary(v)).count() > 1 {
        let fault = "has more than one value with `primary` true; only one is allowed";
        return Err(Error::of_attribute(ErrorKind::InvalidValue, at(), fault));
    }
    Ok(())
}

/// Whether an element is marked as primary.
pub(crate) fn is_primary(element: &Value) -> bool {
    element.as_object().and_then(|o| o.get("primary")).and_then(Value::as_bool) == Some(true)
}

fn one(a: &Attribute, value: Value, at: ValuePath<'_>, how: Reading<'_>) -> Result<Option<Value>, Error> {
    let good = match (a.kind, value) {
        (Type::Complex, Value::Object(o)) => return complex(a, o, at, how),
        (Type::Boolean, Value::Bool(b)) => Value::Bool(b),
        (Type::Decimal, Value::Number(n)) => Value::Number(n),
        // RFC 7643 section 2.3.4: integers have "no fractional digits"
        (Type::Integer, Value::Number(n)) => match n.as_i64() {
            Some(n) => Value::Number(Number::Int(n)),
            None => return Err(refused(at, &format!("{} is not a whole number", quoted(a, &n.to_string())))),
        },
        (Type::Decimal | Type::Integer, Value::OutOfRange(n)) => {
            let shown = quoted(a, &n);
            let message = format!("the number {shown} is out of range: it must fit exactly in 64 bits");
            return Err(refused(at, &message));
        }
        (Type::DateTime, Value::String(s)) if Timestamp::parse(&s).is_none() => {
            let why = format!("{} is not a dateTime like 2026-01-31T08:00:00Z", quoted(a, &s));
            return Err(refused(at, &why));
        }
        (Type::Binary, Value::String(s)) if !is_base64(&s) => {
            return Err(refused(at, "the text is not Base64"));
        }
        (Type::Reference, Value::String(s)) if let Some(c) = s.chars().find(|c| !is_uri_char(*c)) => {
            let why = format!("{} is not a URI: it holds the character {c:?}", quoted(a, &s));
            return Err(refused(at, &why));
        }
        (Type::String | Type::DateTime | Type::Binary | Type::Reference, Value::String(s)) => {
            Value::String(s)
        }
        (kind, other) => return Err(wrong(a, at, kind.expected(), &other)),
    };
    Ok(Some(good))
}

fn complex(
    a: &Attribute,
    source: Object,
    at: ValuePath<'_>,
    how: Reading<'_>,
) -> Result<Option<Value>, Error> {
    let mut out = Object::new();
    for (name, value) in source {
        let Some(sub) = a.sub(name.as_str()) else {
            let known: Vec<&str> = a.sub_attributes.iter().map(|s| s.name.as_str()).collect();
            let path = format!("{at}.{}", excerpt(name.as_str()));
            let fault = format_args!("is not defined; `{}` has {}", a.name, known.join(", "));
            return Err(Error::of_attribute(ErrorKind::InvalidSyntax, path, fault));
        };
        let here = ValuePath::Part(&at, &sub.name);
        // Ignored in PATCH too: the example in RFC 7644 section 3.5.2.1 adds members with their `display`.
        if sub.is_read_only() {
            continue;
        }
        match canonical(sub, value, here, how)? {
            Some(v) => out.push(spelt(name, sub), v),
            None if how.partial => out.push(spelt(name, sub), Value::Null),
            None => {}
        }
    }
    if is_members(a) {
        member_value(&mut out, at, how.service)?;
    }
    Ok((!out.is_empty()).then_some(Value::Object(out)))
}

/// The name in the schema's spelling; usually it already has it.
pub(super) fn spelt(name: AttrName, a: &Attribute) -> AttrName {
    if name.as_str() == a.name.as_str() { name } else { a.name.clone() }
}

/// A member is identified by its `value` or, if that is missing, by a `$ref` to a resource of this server.
fn member_value(member: &mut Object, at: ValuePath<'_>, service: Option<&Service>) -> Result<(), Error> {
    if member.str("value").is_some_and(|id| !id.is_empty()) {
        return Ok(());
    }
    let Some(reference) = member.str("$ref").filter(|r| !r.is_empty()) else {
        return Err(refused(at, "a member needs a `value`: the id of a resource"));
    };
    let elsewhere = || refused(at, &reference::elsewhere(reference));
    let id = reference::id_of(reference, service).ok_or_else(elsewhere)?.to_owned();
    member.insert("value", id);
    Ok(())
}

/// No value, or only empty texts: what a required attribute must not be.
pub(crate) fn is_blank(value: &Value) -> bool {
    value.is_unassigned() || value.elements().iter().all(|v| v.as_str() == Some(""))
}

/// RFC 7643 section 2.3.6: Base64, including the URL alphabet; padding is optional, but must be complete.
fn is_base64(text: &str) -> bool {
    let body = text.trim_end_matches('=');
    (text.len() == body.len() || text.len().is_multiple_of(4) && text.len() - body.len() <= 2)
        && body.len() % 4 != 1
        && body.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'/' | b'-' | b'_'))
}

/// RFC 3986, and RFC 3987 for clients that send non-ASCII.
fn is_uri_char(c: char) -> bool {
    !c.is_whitespace()
        && !c.is_control()
        && !matches!(c, '<' | '>' | '"' | '{' | '}' | '|' | '\\' | '^' | '`')
}

impl Type {
    /// The type in JSON's terms, for messages.
    pub(crate) const fn expected(self) -> &'static str {
        match self {
            Self::String => "a string",
            Self::Boolean => "true or false",
            Self::Decimal => "a number",
            Self::Integer => "a whole number",
            Self::DateTime => "a string with a dateTime",
            Self::Binary => "a string in Base64",
            Self::Reference => "a string with a URI",
            Self::Complex => "an object",
        }
    }
}

/// A value for a message. One that no answer contains, such as a password, is in no message either: those are logged by
/// clients and kept by servers.
fn quoted(a: &Attribute, value: &str) -> String {
    match a.returned {
        Returned::Never => "the value".to_owned(),
        _ => format!("`{}`", excerpt(value)),
    }
}

fn wrong(a: &Attribute, at: ValuePath<'_>, expected: &str, found: &Value) -> Error {
    let shown = match found {
        secret if a.returned == Returned::Never => secret.kind().to_owned(),
        Value::String(s) => format!("the string `{}`", excerpt(s)),
        Value::Number(n) => format!("the number {n}"),
        Value::OutOfRange(n) => format!("the number {}", excerpt(n)),
        Value::Bool(b) => b.to_string(),
        other => other.kind().to_owned(),
    };
    Error::of_attribute(ErrorKind::InvalidValue, at, format_args!("must be {expected}, found {shown}"))
}

pub(super) fn refused(at: ValuePath<'_>, why: &str) -> Error {
    Error::new(ErrorKind::InvalidValue, format!("`{at}`: {why}")).at(Place::attribute(at))
}
