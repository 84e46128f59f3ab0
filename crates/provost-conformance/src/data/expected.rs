//! What must come back.

use serde::Deserialize;
use serde_json::Value;
use std::collections::BTreeMap;

/// One value, or several that are all accepted.
#[derive(Debug, Clone, Deserialize)]
#[serde(untagged)]
pub enum OneOrMore<T> {
    /// Exactly this.
    One(T),
    /// Any of these; the first is preferred.
    More(Vec<T>),
}

impl<T> OneOrMore<T> {
    /// The values, the preferred one first.
    #[must_use]
    pub fn all(&self) -> &[T] {
        match self {
            Self::One(one) => std::slice::from_ref(one),
            Self::More(more) => more,
        }
    }
}

impl<T: std::fmt::Display> std::fmt::Display for OneOrMore<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for (index, one) in self.all().iter().enumerate() {
            write!(f, "{}{one}", if index == 0 { "" } else { " or " })?;
        }
        Ok(())
    }
}

/// What an answer must look like.
///
/// A body may contain more than is expected: an object needs the expected names, and an array needs a match for each
/// expected element. An expected empty array stands for exactly that.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ExpectedResponse {
    /// Accepted status codes, the preferred one first.
    pub status: OneOrMore<u16>,
    /// Required headers; their values may contain placeholders.
    #[serde(default)]
    pub headers: BTreeMap<String, String>,
    /// What the body must contain.
    pub body: Option<Value>,
    /// Whether the body must contain nothing else.
    #[serde(default)]
    pub exact: bool,
    /// JSON pointers that must not resolve.
    #[serde(default)]
    pub absent: Vec<String>,
    /// The length of the array at a JSON pointer.
    #[serde(default)]
    pub lengths: BTreeMap<String, usize>,
}
