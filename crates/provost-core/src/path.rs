//! Attribute paths: as written by a client, and as resolved in a schema.

mod urns;

use crate::schema::{Attribute, ResourceType, Schema};
use crate::text::excerpt;
use crate::value::{AttrName, Object, Value};
use std::fmt;
use std::sync::Arc;

/// A part of a text, in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Span {
    /// First byte.
    pub start: usize,
    /// One past the last byte.
    pub end: usize,
}

/// `attrPath` of RFC 7644 section 3.4.2.2 as written, before any schema is consulted.
///
/// The URN is split off at its last colon; [`AttrRef::resolve`] finds out whether it names a schema.
#[derive(Debug, Clone, Default)]
pub struct AttrPath {
    /// The URN before the last colon, if the path has one.
    pub schema: Option<Box<str>>,
    /// The attribute.
    pub name: Box<str>,
    /// The sub-attribute after the dot.
    pub sub: Option<Box<str>>,
    /// Its position in the text.
    pub span: Span,
}

impl AttrPath {
    /// Parses a path in the form of `attributes` or `sortBy`: a URN up to the last colon, a name, a sub-attribute.
    /// `None` if the names are not valid attribute names.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (schema, local) = match text.rsplit_once(':') {
            Some((schema, local)) => (Some(schema), local),
            None => (None, text),
        };
        let (name, sub) = match local.split_once('.') {
            Some((name, sub)) => (name, Some(sub)),
            None => (local, None),
        };
        let valid = AttrName::is_valid(name) && sub.is_none_or(AttrName::is_valid);
        valid.then(|| Self {
            schema: schema.map(Into::into),
            name: name.into(),
            sub: sub.map(Into::into),
            span: Span { start: 0, end: text.len() },
        })
    }
}

/// Paths are equal if they name the same thing, ignoring spans and case.
impl PartialEq for AttrPath {
    fn eq(&self, other: &Self) -> bool {
        let same = |a: &Option<Box<str>>, b: &Option<Box<str>>| match (a, b) {
            (Some(a), Some(b)) => a.eq_ignore_ascii_case(b),
            (None, None) => true,
            _ => false,
        };
        self.name.eq_ignore_ascii_case(&other.name)
            && same(&self.schema, &other.schema)
            && same(&self.sub, &other.sub)
    }
}

impl fmt::Display for AttrPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(schema) = &self.schema {
            write!(f, "{schema}:")?;
        }
        f.write_str(&self.name)?;
        if let Some(sub) = &self.sub {
            write!(f, ".{sub}")?;
        }
        Ok(())
    }
}

/// A resolved attribute: where its value is in a resource, and its definition.
#[derive(Debug, Clone, PartialEq)]
pub struct AttrRef {
    extension: Option<Arc<Schema>>,
    attribute: Arc<Attribute>,
    sub: Option<Arc<Attribute>>,
}

/// Why a path refers to nothing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum UnknownAttribute {
    /// No schema of the resource type has the URN at the beginning of the path.
    #[error("no schema of the resource type `{resource_type}` has `{path}`")]
    Schema {
        /// The whole path as written, since it is not known where its URN ends.
        path: String,
        /// The resource type in which it was looked up.
        resource_type: String,
    },
    /// The path is only the URN of a schema.
    #[error("`{urn}` is a schema, not an attribute of one")]
    Whole {
        /// The URN as written.
        urn: String,
    },
    /// The schema has no such attribute.
    #[error("the attribute `{name}` is not defined for the resource type `{resource_type}`{hint}")]
    Attribute {
        /// The name as written.
        name: String,
        /// The resource type in which it was looked up.
        resource_type: String,
        /// What may have been meant; may be empty.
        hint: String,
    },
    /// The attribute has no such sub-attribute.
    #[error("the attribute `{name}` has no sub-attribute `{sub}`")]
    SubAttribute {
        /// The attribute.
        name: String,
        /// The sub-attribute as written.
        sub: String,
    },
}

impl UnknownAttribute {
    fn no_schema(path: &AttrPath, resource_type: &ResourceType) -> Self {
        let urn = path.whole_urn().filter(|urn| resource_type.schema_of(urn).is_some());
        match urn {
            Some(urn) => Self::Whole { urn: excerpt(&urn) },
            None => Self::Schema {
                path: excerpt(&path.to_string()),
                resource_type: resource_type.name.to_string(),
            },
        }
    }

    /// The attribute has no sub-attribute of that name.
    pub(crate) fn sub(attribute: &AttrRef, sub: &str) -> Self {
        Self::SubAttribute { name: attribute.whole().to_string(), sub: excerpt(sub) }
    }
}

impl AttrRef {
    /// A top-level attribute: common, or of the main schema.
    #[must_use]
    pub fn core(attribute: Arc<Attribute>) -> Self {
        Self { extension: None, attribute, sub: None }
    }

    /// An attribute of an extension.
    #[must_use]
    pub fn extended(schema: Arc<Schema>, attribute: Arc<Attribute>) -> Self {
        Self { extension: Some(schema), attribute, sub: None }
    }

    /// The same attribute, narrowed to a sub-attribute of it.
    #[must_use]
    pub fn with_sub(&self, sub: Arc<Attribute>) -> Self {
        Self { sub: Some(sub), ..self.clone() }
    }

    /// The same attribute without its sub-attribute.
    #[must_use]
    pub fn whole(&self) -> Self {
        Self { sub: None, ..self.clone() }
    }

    /// Resolves a path in a resource type.
    ///
    /// # Errors
    /// The type does not have the schema, the attribute or the sub-attribute.
    pub fn resolve(path: &AttrPath, resource_type: &ResourceType) -> Result<Self, UnknownAttribute> {
        let found = match path.schema.as_deref().filter(|urn| !resource_type.schema.id.is(urn)) {
            None => resource_type.core_attribute(&path.name).map(|a| Self::core(a.clone())),
            Some(urn) => {
                let unknown = || UnknownAttribute::no_schema(path, resource_type);
                let schema = &resource_type.extension(urn).ok_or_else(unknown)?.schema;
                schema.attribute(&path.name).map(|a| Self::extended(schema.clone(), a.clone()))
            }
        };
        let found = found.ok_or_else(|| UnknownAttribute::Attribute {
            name: excerpt(&path.to_string()),
            resource_type: resource_type.name.to_string(),
            hint: hint(path, resource_type),
        })?;
        let Some(sub) = &path.sub else { return Ok(found) };
        match found.attribute.sub(sub) {
            Some(s) => Ok(found.with_sub(s.clone())),
            None => Err(UnknownAttribute::SubAttribute {
                name: found.attribute.name.to_string(),
                sub: excerpt(sub),
            }),
        }
    }

    /// The schema of the extension that holds the attribute; `None` for top-level attributes.
    #[must_use]
    pub fn extension(&self) -> Option<&Arc<Schema>> {
        self.extension.as_ref()
    }

    /// The attribute, without its sub-attribute.
    #[must_use]
    pub fn attribute(&self) -> &Arc<Attribute> {
        &self.attribute
    }

    /// The sub-attribute, if the path has one.
    #[must_use]
    pub fn sub(&self) -> Option<&Arc<Attribute>> {
        self.sub.as_ref()
    }

    /// The definition that determines the value: the sub-attribute's if there is one.
    #[must_use]
    pub fn leaf(&self) -> &Arc<Attribute> {
        self.sub.as_ref().unwrap_or(&self.attribute)
    }

    /// Whether a resource may have several values here.
    #[must_use]
    pub fn is_multi_valued(&self) -> bool {
        self.attribute.multi_valued || self.sub.as_ref().is_some_and(|s| s.multi_valued)
    }

    /// Whether this is the given canonical path, ignoring case: `emails.value`, `urn:..:User:department`.
    #[must_use]
    pub fn is(&self, canonical: &str) -> bool {
        let local = || match &self.extension {
            None => Some(canonical),
            Some(schema) => {
                let (urn, rest) = canonical.split_at_checked(schema.id.as_str().len())?;
                rest.strip_prefix(':').filter(|_| schema.id.is(urn))
            }
        };
        let Some(local) = local() else { return false };
        match (&self.sub, local.split_once('.')) {
            (None, None) => self.attribute.name.is(local),
            (Some(sub), Some((name, s))) => self.attribute.name.is(name) && sub.name.is(s),
            _ => false,
        }
    }

    /// The attribute's value in a document, without its sub-attribute.
    #[must_use]
    pub fn value<'a>(&self, document: &'a Object) -> Option<&'a Value> {
        let container = match &self.extension {
            None => document,
            Some(schema) => document.get(schema.id.as_str())?.as_object()?,
        };
        container.get(self.attribute.name.as_str())
    }

    /// The same, mutably.
    pub(crate) fn value_mut<'a>(&self, document: &'a mut Object) -> Option<&'a mut Value> {
        let container = match &self.extension {
            None => document,
            Some(schema) => document.get_mut(schema.id.as_str())?.as_object_mut()?,
        };
        container.get_mut(self.attribute.name.as_str())
    }
}

impl AttrRef {
    /// Every simple value at this path in a document: each element of a list, or the sub-attribute of each complex
    /// value.
    pub fn leaf_values<'a>(&'a self, document: &'a Object) -> impl Iterator<Item = &'a Value> {
        let elements = self.value(document).map_or(&[][..], Value::elements).iter();
        elements.flat_map(|v| match &self.sub {
            None => std::slice::from_ref(v),
            Some(sub) => {
                v.as_object().and_then(|o| o.get(sub.name.as_str())).map_or(&[][..], Value::elements)
            }
        })
    }
}

/// The canonical path: `userName`, `name.givenName`, `urn:ietf:params:..:User:department`.
impl fmt::Display for AttrRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(schema) = &self.extension {
            write!(f, "{}:", schema.id)?;
        }
        write!(f, "{}", self.attribute.name)?;
        if let Some(sub) = &self.sub {
            write!(f, ".{}", sub.name)?;
        }
        Ok(())
    }
}

/// If an extension has an attribute of this name, it was perhaps meant, without its URN.
fn hint(path: &AttrPath, kind: &ResourceType) -> String {
    let holder =
        kind.extensions.iter().find(|e| path.schema.is_none() && e.schema.attribute(&path.name).is_some());
    match holder {
        Some(e) => format!("; write `{}:{}`", e.schema.id, excerpt(&path.name)),
        None => String::new(),
    }
}
