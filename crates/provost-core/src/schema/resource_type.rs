//! Resource types: an endpoint, a schema, and extensions (RFC 7643 section 6).

use super::{Attribute, Mutability, Returned, Schema, Type, Uniqueness};
use crate::path::AttrRef;
use crate::value::{AttrName, Object, Value};
use std::sync::Arc;

/// A type of resource with an endpoint of its own.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct ResourceType {
    /// The name, and `id` in `/ResourceTypes`: `User`.
    pub name: AttrName,
    /// What it is for.
    pub description: String,
    /// The path below the base URL, with its leading slash: `/Users`.
    pub endpoint: String,
    /// The main schema.
    pub schema: Arc<Schema>,
    /// Additional schemas that resources may have.
    pub extensions: Vec<Extension>,
    /// Attributes that are often looked up; stores can index them (see [`SchemaSet::index`](super::SchemaSet::index)).
    pub indexed: Vec<AttrRef>,
}

/// An extension of a resource type.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Extension {
    /// The schema; its attributes are in an object named by its URN.
    pub schema: Arc<Schema>,
    /// Whether every resource must have it.
    pub required: bool,
}

impl ResourceType {
    /// A resource type without extensions.
    #[must_use]
    pub fn new(name: &str, endpoint: &str, schema: Arc<Schema>) -> Self {
        Self {
            name: name.into(),
            description: String::new(),
            endpoint: endpoint.to_owned(),
            schema,
            extensions: Vec::new(),
            indexed: Vec::new(),
        }
    }

    /// Adds an extension.
    #[must_use]
    pub fn with_extension(mut self, schema: Arc<Schema>, required: bool) -> Self {
        self.extensions.push(Extension { schema, required });
        self
    }

    /// The extension with that URN, ignoring case.
    #[must_use]
    pub fn extension(&self, urn: &str) -> Option<&Extension> {
        self.extensions.iter().find(|e| e.schema.id.is(urn))
    }

    /// The schema with that URN, main or extension.
    #[must_use]
    pub fn schema_of(&self, urn: &str) -> Option<&Arc<Schema>> {
        if self.schema.id.is(urn) {
            return Some(&self.schema);
        }
        self.extension(urn).map(|e| &e.schema)
    }

    /// A top-level attribute without URN: a common one (`id`, `externalId`, `meta`, `schemas`) or one of the main
    /// schema. Common attributes take precedence over a schema that lists them (RFC 7643 section 3.1).
    #[must_use]
    pub fn core_attribute(&self, name: &str) -> Option<&Arc<Attribute>> {
        super::common().attribute(name).or_else(|| self.schema.attribute(name))
    }

    /// The attribute whose values a store keeps as rows: the resources that belong to this one.
    ///
    /// It is the main schema's multi-valued complex attribute called `members` with a `value`, if there is one. Its
    /// values are added and removed one by one, however many there are (see [`Change`](crate::Change)).
    #[must_use]
    pub fn members(&self) -> Option<&Arc<Attribute>> {
        self.schema.attribute("members").filter(|a| a.multi_valued && a.sub("value").is_some())
    }

    /// Whether it is the attribute whose values are [members](Self::members).
    pub(crate) fn is_members(&self, a: &AttrRef) -> bool {
        a.extension().is_none() && self.members().is_some_and(|m| m.name == a.attribute().name)
    }

    /// Whether a store keeps the attribute's values separate from the body, as links: members or groups.
    pub(crate) fn is_linked(&self, name: &AttrName) -> bool {
        [self.members(), self.groups()].into_iter().flatten().any(|a| a.name == *name)
    }

    /// The attribute that shows what a resource belongs to, derived from the members of other resources: a readOnly
    /// multi-valued complex attribute called `groups`.
    #[must_use]
    pub fn groups(&self) -> Option<&Arc<Attribute>> {
        self.schema
            .attribute("groups")
            .filter(|a| a.multi_valued && a.sub("value").is_some() && a.mutability == Mutability::ReadOnly)
    }

    /// The boolean that activates and deactivates a resource, if the type has one: `active`.
    #[must_use]
    pub fn active(&self) -> Option<&Arc<Attribute>> {
        self.schema.attribute("active").filter(|a| a.kind == Type::Boolean && !a.multi_valued)
    }

    /// The attributes for the entries of a document that the type defines, including those of its extensions.
    pub(crate) fn attributes_in<'a>(
        &'a self,
        members: impl Iterator<Item = (&'a AttrName, &'a Value)> + 'a,
    ) -> impl Iterator<Item = AttrRef> + 'a {
        members.flat_map(move |(name, value)| {
            let extension = self.extension(name.as_str());
            let core = self.core_attribute(name.as_str()).filter(|_| extension.is_none());
            let extended = extension.into_iter().flat_map(|e| {
                let names = value.as_object().into_iter().flat_map(Object::iter);
                let known = names.filter_map(|(name, _)| e.schema.attribute(name.as_str()));
                known.map(|a| AttrRef::extended(e.schema.clone(), a.clone()))
            });
            core.map(|a| AttrRef::core(a.clone())).into_iter().chain(extended)
        })
    }

    /// Whether a stored body may contain attributes that are not part of every answer. writeOnly ones do not count,
    /// since they are never stored in the body.
    #[must_use]
    pub fn has_hidden(&self) -> bool {
        let hidden = |a: &Arc<Attribute>| {
            matches!(a.returned, Returned::Never | Returned::Request) && a.mutability != Mutability::WriteOnly
        };
        let any = |s: &Schema| s.attributes.iter().any(|a| hidden(a) || a.sub_attributes.iter().any(hidden));
        any(&self.schema) || self.extensions.iter().any(|e| any(&e.schema))
    }

    /// The attributes and sub-attributes whose values must be unique within the type, except `id`.
    pub fn unique_attributes(&self) -> impl Iterator<Item = AttrRef> + '_ {
        let any = |a: &&Arc<Attribute>| is_unique(a) || a.sub_attributes.iter().any(|s| is_unique(s));
        let core = self.schema.attributes.iter().filter(any).flat_map(|a| unique(AttrRef::core(a.clone())));
        let extended = self.extensions.iter().flat_map(move |e| {
            let attributes = e.schema.attributes.iter().filter(any);
            attributes.flat_map(|a| unique(AttrRef::extended(e.schema.clone(), a.clone())))
        });
        core.chain(extended)
    }
}

/// The attribute or its sub-attributes, as far as they are unique.
fn unique(a: AttrRef) -> Vec<AttrRef> {
    let parts =
        a.attribute().sub_attributes.iter().filter(|s| is_unique(s)).map(|s| a.clone().with_sub(s.clone()));
    let mut out: Vec<AttrRef> = parts.collect();
    if is_unique(a.attribute()) {
        out.push(a);
    }
    out
}

fn is_unique(a: &Attribute) -> bool {
    a.uniqueness != Uniqueness::None && !a.is_complex()
}
