//! PATCH (RFC 7644 section 3.5.2): request -> resolved operations -> [`Change`].
//!
//! ```
//! use provost_core::compat::Reader;
//! use provost_core::value::parse_object;
//! use provost_core::{Limits, Profile, SchemaSet};
//!
//! let set = SchemaSet::builtin();
//! let user = set.resource_type("User").ok_or("User")?;
//! let before = parse_object(r#"{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"userName":"babs"}"#)?;
//! // Entra without its flag: capitals, and a boolean in a string
//! let off = r#"{"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"],"Operations":[
//!     {"op":"Replace","path":"active","value":"False"},
//!     {"op":"Replace","path":"name.givenName","value":"Barbara"}]}"#;
//! // Entra with its flag `aadOptscim062020`: one operation without path, its keys are paths
//! let on = r#"{"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"],"Operations":[
//!     {"op":"replace","value":{"active":false,"name.givenName":"Barbara"}}]}"#;
//! for dialect in [off, on] {
//!     let patch = Reader::new(&Profile::entra(), &Limits::default()).patch(parse_object(dialect)?, user)?;
//!     let body = patch.apply(&before)?.body.ok_or("a change")?;
//!     assert_eq!(body.get("active").and_then(|v| v.as_bool()), Some(false));
//!     assert_eq!(body.get("name").map(|n| n.to_string()), Some(r#"{"givenName":"Barbara"}"#.to_owned()));
//!     // the profile that takes the RFC to the letter refuses both
//!     assert!(Reader::new(&Profile::strict(), &Limits::default()).patch(parse_object(dialect)?, user).is_err());
//! }
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod apply;
mod bounds;
mod delta;
mod elements;
mod newcomers;
mod request;
mod resolve;
mod secrets;
mod target;
#[cfg(test)]
mod tests;

pub use bounds::Effort;
pub use request::{Op, Operation, PatchRequest};
pub(crate) use request::{parse_path, takes_no_value};

use crate::change::Change;
use crate::error::Error;
use crate::limits::Limits;
use crate::path::AttrRef;
use crate::policy::{Policy, Terms};
use crate::resource::{Id, Link, Service};
use crate::schema::ResourceType;
use crate::value::Object;
use resolve::{Resolved, Target};
use std::collections::HashMap;
use std::sync::Arc;

/// A PATCH request bound to a resource type, ready to be applied.
#[derive(Debug, Clone)]
pub struct Patch {
    kind: Arc<ResourceType>,
    operations: Vec<Resolved>,
    policy: Policy,
    limits: Limits,
    service: Option<Service>,
    /// Newcomers that were looked up, by id.
    known: HashMap<Box<str>, Link>,
}

impl Patch {
    /// The attributes it writes that are only returned on request, for
    /// [`Projection::with_written`](crate::project::Projection::with_written).
    #[must_use]
    pub fn written(&self) -> Vec<AttrRef> {
        let mut out = Vec::new();
        for r in self.operations.iter().filter(|_| self.kind.has_hidden()) {
            let (a, value) = match &r.target {
                Target::Attribute(a) => (a.clone(), r.value.as_ref()),
                Target::Elements { attribute, sub: Some(sub), .. } => (attribute.with_sub(sub.clone()), None),
                Target::Elements { attribute, .. } => (attribute.clone(), r.value.as_ref()),
                _ => continue,
            };
            crate::project::note(a, value, &mut out);
        }
        out
    }

    /// Binds a request to the resource type.
    ///
    /// # Errors
    /// An operation that can never be applied. The detail names the operation and its path.
    pub fn resolve(
        request: PatchRequest,
        resource_type: &Arc<ResourceType>,
        terms: Terms<'_>,
    ) -> Result<Self, Error> {
        Ok(Self {
            kind: resource_type.clone(),
            operations: resolve::resolve(request, resource_type, terms)?,
            policy: terms.policy,
            limits: *terms.limits,
            service: terms.service.cloned(),
            known: HashMap::new(),
        })
    }

    /// The operations on members.
    fn on_members(&self) -> impl DoubleEndedIterator<Item = &Resolved> {
        self.operations.iter().filter(|r| r.is_about_members(&self.kind))
    }

    /// The change, computed without the current document, if every operation adds, removes or replaces members by id.
    /// `None` if the document must be read.
    #[must_use]
    pub fn member_delta(&self) -> Option<Change> {
        self.kind.members()?;
        if self.on_members().count() < self.operations.len() {
            return None;
        }
        Some(Change { members: delta::fold(self)?, ..Change::default() })
    }

    /// Whether the document for [`apply`](Self::apply) must contain the members.
    #[must_use]
    pub fn needs_members(&self) -> bool {
        delta::fold(self).is_none()
    }

    /// Members that one operation adds and a later one may ask more about than their id, for instance by `members[type
    /// eq "Group"]`. Look them up and [introduce](Self::introduce) them before applying the operations. Usually there
    /// are none.
    #[must_use]
    pub fn newcomers(&self) -> Vec<Id> {
        newcomers::asked_for(self)
    }

    /// Adds the newcomers that were found. Leave out those that do not exist.
    #[must_use]
    pub fn introduce(mut self, newcomers: impl IntoIterator<Item = Link>) -> Self {
        self.known = newcomers.into_iter().map(|link| (link.id.as_str().into(), link)).collect();
        self
    }

    /// The most comparisons the operations can make, of values with terms of filters: the cost of
    /// [`apply`](Self::apply).
    #[must_use]
    pub fn comparisons(&self, current: &Object) -> usize {
        bounds::comparisons(&self.operations, current)
    }

    /// Applies the operations in order, each to the result of the previous one; all or none.
    ///
    /// `current` is the stored document with `id`, and with members if [`needs_members`](Self::needs_members) says so.
    ///
    /// # Errors
    /// The first operation that cannot be applied, with its number and path.
    pub fn apply(&self, current: &Object) -> Result<Change, Error> {
        self.apply_within(current, &mut Effort::of(&self.limits))
    }

    /// Like [`apply`](Self::apply), as a part of a request with a limited total effort.
    ///
    /// # Errors
    /// As for [`apply`](Self::apply).
    pub fn apply_within(&self, current: &Object, effort: &mut Effort) -> Result<Change, Error> {
        apply::apply(self, current, delta::fold(self), effort)
    }
}
