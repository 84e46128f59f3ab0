//! Reads a request as one client means it.

use super::{Profile, Purpose, RuleId, body, containers, filter, patch};
use crate::change::Change;
use crate::error::{Error, ErrorKind, Place, Text};
use crate::filter::{Filter, TypedFilter, Unknown};
use crate::limits::Limits;
use crate::patch::{Patch, PatchRequest};
use crate::path::{AttrPath, AttrRef, UnknownAttribute};
use crate::policy::{Choice, Notes, Policy, Terms};
use crate::project::Projection;
use crate::resource::Service;
use crate::schema::ResourceType;
use crate::text::excerpt;
use crate::validate::{self, Accepted};
use crate::value::Object;
use std::borrow::Cow;
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
    /// What its messages are read by once they are rewritten: the choices of the profile, bounds, and the server.
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

    /// The choices of the profile.
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
        self.terms.check_message(body, urn, &mut self.notes)
    }

    /// Reads the body of a PATCH, rewrites it by the profile's rules, and binds it to the resource type.
    ///
    /// # Errors
    /// A body that is no PatchOp message, over a limit, or with an operation that could never be applied. The detail
    /// names operation and path.
    pub fn patch(&mut self, body: Object, resource_type: &Arc<ResourceType>) -> Result<Patch, Error> {
        let request = PatchRequest::parse(body, self.terms, &mut self.notes)?;
        let request = self.patch_request(request, resource_type)?;
        Patch::resolve(request, resource_type, self.terms)
    }

    /// A PATCH request as sent -> the request that the RFC knows.
    ///
    /// # Errors
    /// What the rules need to look at and cannot read, with the operation's place.
    pub fn patch_request(
        &mut self,
        request: PatchRequest,
        resource_type: &ResourceType,
    ) -> Result<PatchRequest, Error> {
        patch::rewrite(self, request, resource_type)
    }

    /// Checks the body of a POST: [`validate::create`] on what the RFC knows of it.
    ///
    /// # Errors
    /// As [`validate::create`].
    pub fn create(&mut self, body: Object, resource_type: &ResourceType) -> Result<Accepted, Error> {
        let body = self.body(body, resource_type, Purpose::Create)?;
        validate::create(body, resource_type, self.terms)
    }

    /// Checks the body of a PUT: [`validate::replace`] on what the RFC knows of it.
    ///
    /// # Errors
    /// As [`validate::replace`].
    pub fn replace(
        &mut self,
        body: Object,
        current: &Object,
        resource_type: &ResourceType,
    ) -> Result<Change, Error> {
        let body = self.body(body, resource_type, Purpose::Replace)?;
        validate::replace(body, current, resource_type, self.terms)
    }

    /// Checks the body of a POST that takes over somebody: [`validate::take_over`] on what the RFC knows of it.
    ///
    /// # Errors
    /// As [`validate::take_over`].
    pub fn take_over(
        &mut self,
        body: Object,
        current: &Object,
        resource_type: &ResourceType,
    ) -> Result<Change, Error> {
        let body = self.body(body, resource_type, Purpose::Replace)?;
        validate::take_over(body, current, resource_type, self.terms)
    }

    /// The body of a POST or PUT as sent -> the body that the RFC knows.
    ///
    /// # Errors
    /// What a rule that puts attributes elsewhere finds there already.
    pub fn body(
        &mut self,
        source: Object,
        resource_type: &ResourceType,
        purpose: Purpose,
    ) -> Result<Object, Error> {
        body::rewrite(self, source, resource_type, purpose)
    }

    /// Reads the `filter` of a query for a resource type: parsed, rewritten by the profile's rules, bound to the schemas.
    /// `None` when the text is empty and the profile takes that for absent.
    ///
    /// ```
    /// use provost_core::compat::Reader;
    /// use provost_core::{Limits, Profile, SchemaSet};
    /// let set = SchemaSet::builtin();
    /// let user = set.resource_type("User").ok_or("User")?;
    /// let text = r#"emails[type eq "work"].value eq "babs@example.com""#;
    /// let (strict, entra, limits) = (Profile::strict(), Profile::entra(), Limits::default());
    /// assert!(Reader::new(&strict, &limits).filter(text, user).is_err());
    /// let mut reader = Reader::new(&entra, &limits);
    /// assert!(reader.filter(text, user)?.is_some());
    /// assert!(reader.notes.rules().eq(["filter/compared-value-path"]));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// `invalidFilter`, with the byte of the fault.
    pub fn filter(&mut self, text: &str, resource_type: &ResourceType) -> Result<Option<TypedFilter>, Error> {
        let Some(syntax) = self.filter_syntax(text, resource_type)? else { return Ok(None) };
        match (syntax.resolve(resource_type, Unknown::Refuse), self.policy().unknown) {
            (Ok(typed), _) => Ok(Some(typed)),
            (Err(e), Unknown::Refuse) => Err(e.into()),
            (Err(_), Unknown::Unassigned) => {
                let typed = syntax.resolve(resource_type, Unknown::Unassigned)?;
                self.notes.record(Choice::UnknownAttribute);
                Ok(Some(typed))
            }
        }
    }

    /// The text of a filter as sent -> the filter that the RFC knows, not yet bound to the schemas.
    ///
    /// # Errors
    /// `invalidFilter`, with the byte of the fault.
    pub fn filter_syntax(
        &mut self,
        text: &str,
        resource_type: &ResourceType,
    ) -> Result<Option<Filter>, Error> {
        if text.trim().is_empty() {
            if self.may(RuleId::EmptyFilter) {
                return Ok(None);
            }
            let message = "expected a filter at byte 0: the parameter is empty";
            return Err(Error::new(ErrorKind::InvalidFilter, message).at(Place::byte(Text::Filter, 0)));
        }
        let (mut syntax, used) = Filter::parse(text, self.terms.limits, self.policy().syntax)?;
        self.notes.record_syntax(used);
        filter::rewrite_query(&mut syntax, text, resource_type, self);
        Ok(Some(syntax))
    }

    /// Reads `attributes` and `excludedAttributes`.
    ///
    /// # Errors
    /// As [`Projection::parse`].
    pub fn projection(
        &mut self,
        attributes: Option<&str>,
        excluded: Option<&str>,
        resource_type: &ResourceType,
    ) -> Result<Projection, Error> {
        // the one that counts, where both are given
        let attributes = attributes.map(|list| self.todays_names(list, resource_type));
        let excluded = match attributes.as_ref().is_some_and(|list| !list.trim().is_empty()) {
            true => excluded.map(Cow::Borrowed),
            false => excluded.map(|list| self.todays_names(list, resource_type)),
        };
        let (attributes, excluded) = (attributes.as_deref(), excluded.as_deref());
        Projection::parse(attributes, excluded, resource_type, self.terms, &mut self.notes)
    }

    /// A list of names, those with URNs of drafts by today's.
    fn todays_names<'n>(&mut self, list: &'n str, kind: &ResourceType) -> Cow<'n, str> {
        // mostly there is no URN at all
        if !list.contains(':') {
            return Cow::Borrowed(list);
        }
        let names: Vec<Cow<'_, str>> =
            list.split(',').map(|name| containers::todays_name(self, name.trim(), kind)).collect();
        match names.iter().any(|name| matches!(name, Cow::Owned(_))) {
            true => Cow::Owned(names.join(",")),
            false => Cow::Borrowed(list),
        }
    }

    /// The attribute that `sortBy` names. Where unknown attributes of a filter count as ones without a value, so do those
    /// of a sort: then it is `None`, and nothing is sorted.
    ///
    /// # Errors
    /// `invalidValue` for what is no attribute of the type.
    pub fn sort_by(&mut self, text: &str, resource_type: &ResourceType) -> Result<Option<AttrRef>, Error> {
        match self.sort_attribute(text, resource_type) {
            Ok(by) => Ok(Some(by)),
            Err(_) if self.policy().unknown == Unknown::Unassigned => {
                self.notes.record(Choice::UnknownAttribute);
                Ok(None)
            }
            Err(message) => Err(Error::new(ErrorKind::InvalidValue, format!("`sortBy`: {message}"))
                .at(Place::parameter("sortBy"))),
        }
    }

    fn sort_attribute(&mut self, text: &str, kind: &ResourceType) -> Result<AttrRef, String> {
        let text = &*containers::todays_name(self, text, kind);
        let path =
            AttrPath::parse(text).ok_or_else(|| format!("`{}` is not an attribute name", excerpt(text)))?;
        AttrRef::resolve(&path, kind).or_else(|e| match AttrRef::unqualified(&path, kind) {
            Some(by) if self.may(RuleId::UnqualifiedExtension) => Ok(by),
            _ => Err(UnknownAttribute::to_string(&e)),
        })
    }
}
