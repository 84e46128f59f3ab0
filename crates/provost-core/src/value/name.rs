//! Attribute names: they keep their spelling, and are compared without case.

use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

/// A name in a JSON object: an attribute or the URN of an extension.
///
/// It keeps its spelling and compares ASCII-case-insensitively (RFC 7643 section 2.1: "Attribute names are case
/// insensitive and are often 'camel-cased'"; RFC 8141 section 3.1 says the same of a URN's scheme and namespace,
/// and SCIM's URNs are compared so as a whole).
///
/// ```
/// use provost_core::AttrName;
/// assert_eq!(AttrName::from("userName"), AttrName::from("USERNAME"));
/// assert_eq!(AttrName::from("userName").as_str(), "userName");
/// ```
#[derive(Clone)]
pub struct AttrName(Arc<str>);

impl AttrName {
    /// The name as it was spelt.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether `other` names the same attribute.
    #[must_use]
    pub fn is(&self, other: &str) -> bool {
        self.0.eq_ignore_ascii_case(other)
    }

    /// Whether the text is an attribute name: RFC 7643 section 2.1, with the leading `$` that `$ref` needs
    /// (erratum 8924).
    #[must_use]
    pub fn is_valid(name: &str) -> bool {
        let mut chars = name.chars();
        chars.next().is_some_and(|c| c.is_ascii_alphabetic() || c == '$')
            && chars.all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '$'))
    }
}

impl From<&str> for AttrName {
    fn from(s: &str) -> Self {
        Self(s.into())
    }
}
impl From<String> for AttrName {
    fn from(s: String) -> Self {
        Self(s.into())
    }
}
impl PartialEq for AttrName {
    fn eq(&self, other: &Self) -> bool {
        self.is(&other.0)
    }
}
impl Eq for AttrName {}
impl PartialEq<str> for AttrName {
    fn eq(&self, other: &str) -> bool {
        self.is(other)
    }
}
impl Hash for AttrName {
    fn hash<H: Hasher>(&self, state: &mut H) {
        for b in self.0.bytes() {
            state.write_u8(b.to_ascii_lowercase());
        }
        state.write_u8(0xff);
    }
}
impl fmt::Display for AttrName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
impl fmt::Debug for AttrName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}
