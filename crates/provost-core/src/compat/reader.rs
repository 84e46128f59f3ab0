//! A request in the words of one client.

use super::{Profile, Purpose, RuleId};
use crate::change::Change;
use crate::error::Error;
use crate::limits::Limits;
use crate::message;
use crate::patch::{Patch, PatchRequest};
use crate::policy::{Notes, Policy};
use crate::resource::Service;
use crate::schema::ResourceType;
use crate::terms::Terms;
use crate::validate::{self, Accepted};
use crate::value::Object;
use std::sync::Arc;

/// Reads the messages of one request: with the client's habits, within bounds, and at a server. What the rules of the
/// profile did is in [`notes`](Self::notes).
///
/// ```
/// use provost_core::compat::Reader;
/// use provost_core::value::parse_object;
/// use provost_core::{Limits, Profile, SchemaSet};
/// let set = SchemaSet::builtin();
/// let user = set.resource_type("User").ok_or("User")?;
/// let (profile, limits) = (Profile::entra(), Limits::default());
/// let mut reader = Reader::new(&profile, &limits);
/// let accepted = reader.create(parse_object(r#"{"userName": "babs", "active": "True"}"#)?, user)?;
/// assert_eq!(accepted.body.get("active").and_then(|v| v.as_bool()), Some(true));
/// assert!(reader.notes.rules().eq(["value/bool-as-string", "body/missing-schemas"]));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Reader<'a> {
    /// The client's habits.
    pub profile: &'a Profile,
    /// What its messages are read by once they are rewritten: the choices that the profile stands for, bounds, the site.
    pub terms: Terms<'a>,
    /// What was rewritten, and which choices made a difference.
    pub notes: Notes,
}

impl<'a> Reader<'a> {
    /// A request to a server whose address does not matter.
    #[must_use]
    pub fn new(profile: &'a Profile, limits: &'a Limits) -> Self {
        Self { profile, terms: Terms::new(profile.policy(), limits), notes: Notes::default() }
    }

    /// The same at a server.
    #[must_use]
    pub fn at(self, service: &'a Service) -> Self {
        Self { terms: self.terms.at(service), ..self }
    }

    /// The choices that the profile stands for.
    #[must_use]
    pub fn policy(&self) -> Policy {
        self.terms.policy
    }

    /// Whether the rule is on.
    pub(super) fn has(&self, rule: RuleId) -> bool {
        self.profile.has(rule)
    }

    /// Whether the rule is on; it is recorded as fired.
    pub(super) fn may(&mut self, rule: RuleId) -> bool {
        let on = self.profile.has(rule);
        if on {
            self.notes.fire(rule);
        }
        on
    }

    /// Whether a body is the message it is taken for, by its `schemas` (RFC 7644 section 3.1).
    ///
    /// # Errors
    /// `invalidSyntax` for another message.
    pub fn check_message(&mut self, body: &Object, urn: &str) -> Result<(), Error> {
        message::check(body, urn, self.terms.policy, &mut self.notes)
    }

    /// Reads the body of a PATCH, rewrites it by the profile's rules, and binds it to the resource type.
    ///
    /// # Errors
    /// A body that is no PatchOp message, over a limit, or with an operation that could never be applied. The detail
    /// names operation and path.
    pub fn patch(&mut self, body: Object, kind: &Arc<ResourceType>) -> Result<Patch, Error> {
        let request = PatchRequest::parse(body, self.terms, &mut self.notes)?;
        let request = self.patch_request(request, kind)?;
        Patch::resolve(request, kind, self.terms)
    }

    /// Checks the body of a POST: [`validate::create`] on what the RFC knows of it.
    ///
    /// # Errors
    /// As [`validate::create`].
    pub fn create(&mut self, body: Object, kind: &ResourceType) -> Result<Accepted, Error> {
        let body = self.body(body, kind, Purpose::Create)?;
        validate::create(body, kind, self.terms)
    }

    /// Checks the body of a PUT: [`validate::replace`] on what the RFC knows of it.
    ///
    /// # Errors
    /// As [`validate::replace`].
    pub fn replace(&mut self, body: Object, current: &Object, kind: &ResourceType) -> Result<Change, Error> {
        let body = self.body(body, kind, Purpose::Replace)?;
        validate::replace(body, current, kind, self.terms)
    }

    /// Checks the body of a POST that takes over somebody: [`validate::take_over`] on what the RFC knows of it.
    ///
    /// # Errors
    /// As [`validate::take_over`].
    pub fn take_over(
        &mut self,
        body: Object,
        current: &Object,
        kind: &ResourceType,
    ) -> Result<Change, Error> {
        let body = self.body(body, kind, Purpose::Replace)?;
        validate::take_over(body, current, kind, self.terms)
    }
}
