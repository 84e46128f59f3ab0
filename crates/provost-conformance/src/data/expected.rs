//! What must come back.

use serde::Deserialize;
use serde_json::Value;
use std::collections::BTreeMap;

/// One value or several of which any will do.
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
/// A body holds what is asked for and may hold more: an object needs the expected names, each element of an expected
/// array needs an element that matches it. An expected empty array is an empty array.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ExpectedResponse {
    /// Accepted status codes, the preferred one first.
    pub status: OneOrMore<u16>,
    /// Headers that must be there, with placeholders allowed in their values.
    #[serde(default)]
    pub headers: BTreeMap<String, String>,
    /// What the body must hold.
    pub body: Option<Value>,
    /// Whether the body may hold nothing else.
    #[serde(default)]
    pub exact: bool,
    /// JSON pointers that must lead nowhere.
    #[serde(default)]
    pub absent: Vec<String>,
    /// How many elements the array at a JSON pointer has.
    #[serde(default)]
    pub lengths: BTreeMap<String, usize>,
}
