//! JSON values with SCIM's additional rules: attribute names are compared without case, a name appears once in an
//! object, U+0000 is not allowed, and nesting is limited.

mod name;
mod number;
mod object;
mod parse;
mod size;
mod text;
mod wide;
mod write;

pub use name::AttrName;
pub use number::Number;
pub use object::Object;
pub use parse::{JsonError, JsonErrorKind};
use std::borrow::Cow;
pub use text::{parse_object, parse_object_within, parse_value};

/// A JSON value.
///
/// ```
/// use provost_core::value::{Value, parse_value};
///
/// let v = parse_value(r#"{"userName": "babs", "active": true}"#)?;
/// let user = v.as_object().ok_or("an object")?;
/// assert_eq!(user.get("USERNAME").and_then(Value::as_str), Some("babs"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// `null`; in SCIM the same as an absent attribute (RFC 7643 section 2.5).
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A number.
    Number(Number),
    /// A number that is neither `i64` nor a finite `f64`, as written. No attribute can have such a value; it is refused
    /// once the attribute is known.
    OutOfRange(Box<str>),
    /// A text.
    String(String),
    /// A list of values.
    Array(Vec<Self>),
    /// An object.
    Object(Object),
}

impl Value {
    /// The text, if it is one.
    #[must_use]
    pub fn as_str(&self) -> Option<&str> {
        match self {
            Self::String(s) => Some(s),
            _ => None,
        }
    }

    /// The boolean, if this is one.
    #[must_use]
    pub fn as_bool(&self) -> Option<bool> {
        match self {
            Self::Bool(b) => Some(*b),
            _ => None,
        }
    }

    /// The number, if this is one.
    #[must_use]
    pub fn as_number(&self) -> Option<Number> {
        match self {
            Self::Number(n) => Some(*n),
            _ => None,
        }
    }

    /// The digits of an integer written without fraction and exponent, however many there are.
    #[must_use]
    pub fn digits(&self) -> Option<Cow<'_, str>> {
        match self {
            Self::Number(Number::Int(n)) => Some(n.to_string().into()),
            Self::OutOfRange(text) if !text.contains(['.', 'e', 'E']) => Some(Cow::Borrowed(text)),
            _ => None,
        }
    }

    /// The object, if this is one.
    #[must_use]
    pub fn as_object(&self) -> Option<&Object> {
        match self {
            Self::Object(o) => Some(o),
            _ => None,
        }
    }

    /// The object, mutably, if this is one.
    #[must_use]
    pub fn as_object_mut(&mut self) -> Option<&mut Object> {
        match self {
            Self::Object(o) => Some(o),
            _ => None,
        }
    }

    /// The elements, if this is an array.
    #[must_use]
    pub fn as_array(&self) -> Option<&[Self]> {
        match self {
            Self::Array(a) => Some(a),
            _ => None,
        }
    }

    /// The elements of an array, or the value itself as the only element; empty for `null`.
    #[must_use]
    pub fn elements(&self) -> &[Self] {
        match self {
            Self::Array(a) => a,
            Self::Null => &[],
            one => std::slice::from_ref(one),
        }
    }

    /// Whether this counts as no value: `null`, `[]`, `{}`, or something made only of those.
    ///
    /// RFC 7643 section 2.5: "unassigned" attributes, the null value, and empty arrays are equivalent in "state".
    #[must_use]
    pub fn is_unassigned(&self) -> bool {
        match self {
            Self::Null => true,
            Self::Array(a) => a.iter().all(Self::is_unassigned),
            Self::Object(o) => o.iter().all(|(_, v)| v.is_unassigned()),
            _ => false,
        }
    }

    /// Whether nothing is left of an element but its `type` and `primary`.
    pub(crate) fn is_idle(&self) -> bool {
        match self {
            Self::Object(o) => o.iter().all(|(n, v)| v.is_unassigned() || n.is("type") || n.is("primary")),
            other => other.is_unassigned(),
        }
    }

    /// The type in JSON's terms, for messages.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Bool(_) => "a boolean",
            Self::Number(_) | Self::OutOfRange(_) => "a number",
            Self::String(_) => "a string",
            Self::Array(_) => "an array",
            Self::Object(_) => "an object",
        }
    }
}

impl From<&str> for Value {
    fn from(s: &str) -> Self {
        Self::String(s.to_owned())
    }
}
impl From<String> for Value {
    fn from(s: String) -> Self {
        Self::String(s)
    }
}
impl From<bool> for Value {
    fn from(b: bool) -> Self {
        Self::Bool(b)
    }
}
impl From<i64> for Value {
    fn from(n: i64) -> Self {
        Self::Number(Number::Int(n))
    }
}
impl From<Object> for Value {
    fn from(o: Object) -> Self {
        Self::Object(o)
    }
}
impl From<Vec<Self>> for Value {
    fn from(a: Vec<Self>) -> Self {
        Self::Array(a)
    }
}
