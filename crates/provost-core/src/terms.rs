//! What a request is read by.

use crate::limits::Limits;
use crate::policy::Policy;
use crate::resource::Service;

/// How a request is read: with which choices, within which bounds, and at which server.
///
/// ```
/// use provost_core::resource::Service;
/// use provost_core::{Limits, Policy, SchemaSet, Terms};
/// let limits = Limits::default();
/// let service = Service::new("https://scim.example.com/scim/v2", SchemaSet::builtin().into());
/// let terms = Terms::new(Policy::RFC, &limits).at(&service);
/// assert_eq!(terms.service.map(|s| &*s.base), Some("https://scim.example.com/scim/v2"));
/// ```
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct Terms<'a> {
    /// What the server chooses where the RFCs leave it a choice.
    pub policy: Policy,
    /// Bounds on what the request may hold.
    pub limits: &'a Limits,
    /// Where resources are served: it tells a `$ref` of this server from one of another. Where it is not known, only
    /// relative references are taken for this server's.
    pub service: Option<&'a Service>,
}

impl<'a> Terms<'a> {
    /// A request to a server whose address does not matter.
    #[must_use]
    pub fn new(policy: Policy, limits: &'a Limits) -> Self {
        Self { policy, limits, service: None }
    }

    /// The same at a server.
    #[must_use]
    pub fn at(self, service: &'a Service) -> Self {
        Self { service: Some(service), ..self }
    }
}
