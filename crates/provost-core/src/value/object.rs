//! An ordered map from attribute names to values.

use super::{AttrName, Value};

/// A JSON object: names in their original order, each at most once, ignoring case.
///
/// It is a type of its own since the keys of serde_json's map have case, and their order depends on a feature that any
/// crate in a build may enable.
#[derive(Debug, Clone, Default)]
pub struct Object {
    entries: Vec<(AttrName, Value)>,
}

impl Object {
    /// An empty object.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The value of a name, ignoring case.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.entries.iter().find(|(n, _)| n.is(name)).map(|(_, v)| v)
    }

    /// The value of a name, mutably.
    #[must_use]
    pub fn get_mut(&mut self, name: &str) -> Option<&mut Value> {
        self.entries.iter_mut().find(|(n, _)| n.is(name)).map(|(_, v)| v)
    }

    /// The text under a name.
    #[must_use]
    pub fn str(&self, name: &str) -> Option<&str> {
        self.get(name).and_then(Value::as_str)
    }

    /// Whether it has the name.
    #[must_use]
    pub fn contains(&self, name: &str) -> bool {
        self.get(name).is_some()
    }

    /// Sets a value and returns the old one. An existing name keeps its position and spelling.
    pub fn insert(&mut self, name: impl Into<AttrName>, value: impl Into<Value>) -> Option<Value> {
        let (name, value) = (name.into(), value.into());
        if let Some(old) = self.get_mut(name.as_str()) {
            return Some(std::mem::replace(old, value));
        }
        self.entries.push((name, value));
        None
    }

    /// Adds an entry whose name is known to be new, without a look-up.
    pub(crate) fn push(&mut self, name: AttrName, value: Value) {
        self.entries.push((name, value));
    }

    /// The value of a name, made by `default` if there is none.
    pub fn get_or_insert_with(&mut self, name: &str, default: impl FnOnce() -> Value) -> &mut Value {
        // position first: a borrow returned from the first branch would block the second
        let at = self.entries.iter().position(|(n, _)| n.is(name)).unwrap_or_else(|| {
            self.entries.push((name.into(), default()));
            self.entries.len() - 1
        });
        #[expect(clippy::indexing_slicing, reason = "the position was found or pushed one line above")]
        let entry = &mut self.entries[at];
        &mut entry.1
    }

    /// Removes a value and returns it.
    pub fn remove(&mut self, name: &str) -> Option<Value> {
        let at = self.entries.iter().position(|(n, _)| n.is(name))?;
        Some(self.entries.remove(at).1)
    }

    /// Keeps only the entries for which `keep` returns true.
    pub fn retain(&mut self, mut keep: impl FnMut(&AttrName, &mut Value) -> bool) {
        self.entries.retain_mut(|(n, v)| keep(n, v));
    }

    /// The entries in order.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (&AttrName, &Value)> {
        self.entries.iter().map(|(n, v)| (n, v))
    }

    /// The entries in order, with mutable values.
    pub fn iter_mut(&mut self) -> impl ExactSizeIterator<Item = (&AttrName, &mut Value)> {
        self.entries.iter_mut().map(|(n, v)| (&*n, v))
    }

    /// Number of entries.
    #[must_use]
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether it has no entries.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }
}

/// Neither the order (RFC 7643 section 2.3.8) nor the case of names matters.
impl PartialEq for Object {
    fn eq(&self, other: &Self) -> bool {
        self.len() == other.len() && self.iter().all(|(n, v)| other.get(n.as_str()) == Some(v))
    }
}

impl IntoIterator for Object {
    type Item = (AttrName, Value);
    type IntoIter = std::vec::IntoIter<(AttrName, Value)>;
    fn into_iter(self) -> Self::IntoIter {
        self.entries.into_iter()
    }
}

impl<N: Into<AttrName>, V: Into<Value>> FromIterator<(N, V)> for Object {
    fn from_iter<I: IntoIterator<Item = (N, V)>>(entries: I) -> Self {
        let mut object = Self::new();
        for (n, v) in entries {
            object.insert(n, v);
        }
        object
    }
}
