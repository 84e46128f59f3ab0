//! Everything a server serves.

use super::load_type::without_common;
use super::{ResourceType, Schema, SchemaError};
use crate::text::excerpt;
use std::sync::Arc;

/// The schemas and resource types of a server.
///
/// ```
/// use provost_core::SchemaSet;
/// let set = SchemaSet::builtin();
/// let user = set.by_endpoint("users").ok_or("Users")?;
/// assert_eq!(user.name.as_str(), "User");
/// # Ok::<(), &str>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct SchemaSet {
    schemas: Vec<Arc<Schema>>,
    types: Vec<Arc<ResourceType>>,
}

impl SchemaSet {
    /// User with the enterprise extension, and Group.
    #[must_use]
    pub fn builtin() -> Self {
        super::builtin::set()
    }

    /// An empty set.
    pub(super) fn empty() -> Self {
        Self { schemas: Vec::new(), types: Vec::new() }
    }

    /// Adds a schema. It replaces one with the same URN, also in the resource types that use that.
    pub fn add_schema(&mut self, schema: Schema) {
        let mut schema = Arc::new(schema);
        if self.types.iter().any(|t| t.schema.id == schema.id)
            && let Some(reduced) = without_common(&schema)
        {
            schema = Arc::new(reduced);
        }
        let Some(old) = self.schemas.iter_mut().find(|s| s.id == schema.id) else {
            self.schemas.push(schema);
            return;
        };
        *old = schema.clone();
        for kind in self.types.iter_mut().filter(|t| t.schema_of(schema.id.as_str()).is_some()) {
            let kind = Arc::make_mut(kind);
            let extensions = kind.extensions.iter_mut().map(|e| &mut e.schema);
            extensions
                .chain([&mut kind.schema])
                .filter(|s| s.id == schema.id)
                .for_each(|s| s.clone_from(&schema));
        }
    }

    /// Adds a resource type from a ResourceType resource. It replaces one of the same name. Its schemas must be in the
    /// set.
    ///
    /// # Errors
    /// The text is not a ResourceType, a schema is not in the set, or another type has the endpoint.
    pub fn add_resource_type(&mut self, json: &str) -> Result<(), SchemaError> {
        let new = super::parse_resource_type(json, self)?;
        self.check_endpoint(&new)?;
        self.insert_type(new);
        Ok(())
    }

    /// Two types at one endpoint could not be told apart.
    pub(super) fn check_endpoint(&self, new: &ResourceType) -> Result<(), SchemaError> {
        let same =
            |t: &&Arc<ResourceType>| t.name != new.name && t.endpoint.eq_ignore_ascii_case(&new.endpoint);
        self.types.iter().find(same).map_or(Ok(()), |other| {
            let (endpoint, name) = (&new.endpoint, &other.name);
            let message = format!("the endpoint `{endpoint}` already belongs to the resource type `{name}`");
            Err(SchemaError::new("endpoint", message))
        })
    }

    pub(super) fn insert_type(&mut self, new: ResourceType) {
        // publish what validates: the schema loses its common attributes in both places
        let reduced = without_common(&new.schema);
        let new = Arc::new(new);
        match self.types.iter_mut().find(|t| t.name == new.name) {
            Some(old) => *old = new,
            None => self.types.push(new),
        }
        if let Some(schema) = reduced {
            self.add_schema(schema);
        }
    }

    /// Marks an attribute of a resource type as often looked up, so that stores can index it. Add all schemas before.
    ///
    /// ```
    /// use provost_core::SchemaSet;
    /// let mut set = SchemaSet::builtin();
    /// set.index("User", "title")?;
    /// assert_eq!(
    ///     set.index("User", "name").map_err(|e| e.to_string()),
    ///     Err("`name` is complex: name one of its sub-attributes, like `name.formatted`".to_owned())
    /// );
    /// # Ok::<(), provost_core::schema::SchemaError>(())
    /// ```
    ///
    /// # Errors
    /// The type or attribute is not in the set; the attribute is complex, so that a sub-attribute must be named, or
    /// multi-valued without a `value`; or filters may not use it.
    pub fn index(&mut self, resource_type: &str, path: &str) -> Result<(), SchemaError> {
        let Some(found) = self.types.iter_mut().find(|t| t.name.is(resource_type)) else {
            let known: Vec<String> = self.types.iter().map(|t| format!("`{}`", t.name)).collect();
            let (name, known) = (excerpt(resource_type), known.join(", "));
            let message = format!("there is no resource type `{name}`; expected one of {known}");
            return Err(SchemaError::new("", message));
        };
        let attribute = super::index::attribute(found, path)?;
        if !found.indexed.contains(&attribute) {
            Arc::make_mut(found).indexed.push(attribute);
        }
        Ok(())
    }

    /// The schemas of resources in order of definition, without those of messages and discovery.
    #[must_use]
    pub fn schemas(&self) -> &[Arc<Schema>] {
        &self.schemas
    }

    /// The schema with that URN, ignoring case.
    #[must_use]
    pub fn schema(&self, urn: &str) -> Option<&Arc<Schema>> {
        self.schemas.iter().find(|s| s.id.is(urn))
    }

    /// The resource types in order of definition.
    #[must_use]
    pub fn resource_types(&self) -> &[Arc<ResourceType>] {
        &self.types
    }

    /// The resource type of that name, ignoring case.
    #[must_use]
    pub fn resource_type(&self, name: &str) -> Option<&Arc<ResourceType>> {
        self.types.iter().find(|t| t.name.is(name))
    }

    /// The resource type at a path segment, with or without slash, ignoring case.
    #[must_use]
    pub fn by_endpoint(&self, segment: &str) -> Option<&Arc<ResourceType>> {
        let segment = segment.trim_start_matches('/');
        self.types.iter().find(|t| t.endpoint.trim_start_matches('/').eq_ignore_ascii_case(segment))
    }
}
