//! Paths and URNs: paths that consist of a URN alone, and paths that lack their URN.

use super::{AttrPath, AttrRef};
use crate::schema::{ResourceType, Schema};
use std::sync::Arc;

impl AttrPath {
    /// The text of a path that is a URN without an attribute after it.
    pub(crate) fn whole_urn(&self) -> Option<String> {
        let schema = self.schema.as_ref()?;
        Some(match &self.sub {
            None => format!("{schema}:{}", self.name),
            // `2.0` ends a URN without an attribute: `urn:example:ext:1.0`
            Some(sub) => format!("{schema}:{}.{sub}", self.name),
        })
    }

    /// The extension whose URN is the whole path.
    pub(crate) fn container<'k>(&self, kind: &'k ResourceType) -> Option<&'k Arc<Schema>> {
        kind.extension(&self.whole_urn()?).map(|e| &e.schema)
    }

    /// Whether the whole path is the URN of the resource's own schema.
    pub(crate) fn is_core(&self, kind: &ResourceType) -> bool {
        self.whole_urn().is_some_and(|text| kind.schema.id.is(&text))
    }
}

impl AttrRef {
    /// An extension's attribute written without its URN, if exactly one extension has what the path names. RFC 7644
    /// section 3.10 requires the fully qualified name.
    pub(crate) fn unqualified(path: &AttrPath, kind: &ResourceType) -> Option<Self> {
        if path.schema.is_some() {
            return None;
        }
        let mut found = kind.extensions.iter().filter_map(|e| {
            let attribute = e.schema.attribute(&path.name)?;
            let whole = Self::extended(e.schema.clone(), attribute.clone());
            match &path.sub {
                None => Some(whole),
                Some(sub) => attribute.sub(sub).map(|sub| whole.with_sub(sub.clone())),
            }
        });
        let first = found.next()?;
        found.next().is_none().then_some(first)
    }
}
