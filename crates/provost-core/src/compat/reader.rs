//! Reads a request in the way its client means it.

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

/// Reads the messages of one request according to the client's profile, within limits, for a server.
/// [`notes`](Self::notes) says what the profile's rules did.
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
    /// The client's profile.
    pub profile: &'a Profile,
    /// How messages are read after rewriting: the profile's choices, the limits, and the server.
    pub terms: Terms<'a>,
    /// What was rewritten, and which choices affected the result.
    pub notes: Notes,
}

impl<'a> Reader<'a> {
    /// A reader without a server address.
    #[must_use]
    pub fn new(profile: &'a Profile, limits: &'a Limits) -> Self {
        Self { profile, terms: Terms::new(profile.policy(), limits), notes: Notes::default() }
    }

    /// The same, for a server.
    #[must_use]
    pub fn at(self, service: &'a Service) -> Self {
        Self { terms: self.terms.at(service), ..self }
    }

    /// The choices the profile makes.
    #[must_use]
    pub fn policy(&self) -> Policy {
        self.terms.policy
    }

    /// Whether the rule is on.
    pub(super) fn has(&self, rule: RuleId) -> bool {
        self.profile.has(rule)
    }

    /// Whether the rule is on. If so, records that it fired.
    pub(super) fn may(&mut self, rule: RuleId) -> bool {
        let on = self.profile.has(rule);
        if on {
            self.notes.fire(rule);
        }
        on
    }

    /// Checks by its `schemas` that a body is the expected message (RFC 7644 section 3.1).
    ///
    /// # Errors
    /// `invalidSyntax` for another message.
    pub fn check_message(&mut self, body: &Object, urn: &str) -> Result<(), Error> {
        self.terms.check_message(body, urn, &mut self.notes)
    }

    /// Reads the body of a PATCH, rewrites it by the profile's rules, and binds it to the resource type.
    ///
    /// # Errors
    /// The body is not a PatchOp message, exceeds a limit, or contains an operation that can never be applied. The
    /// detail names the operation and its path.
    pub fn patch(&mut self, body: Object, resource_type: &Arc<ResourceType>) -> Result<Patch, Error> {
        let request = PatchRequest::parse(body, self.terms, &mut self.notes)?;
        let request = self.patch_request(request, resource_type)?;
        Patch::resolve(request, resource_type, self.terms)
    }

    /// A PATCH request as sent -> a request as in the RFC.
    ///
    /// # Errors
    /// The rules need a part of the request that cannot be read. The error has the operation as its place.
    pub fn patch_request(
        &mut self,
        request: PatchRequest,
        resource_type: &ResourceType,
    ) -> Result<PatchRequest, Error> {
        patch::rewrite(self, request, resource_type)
    }

    /// Rewrites the body of a POST, then checks it with [`validate::create`].
    ///
    /// # Errors
    /// As [`validate::create`].
    pub fn create(&mut self, body: Object, resource_type: &ResourceType) -> Result<Accepted, Error> {
        let body = self.body(body, resource_type, Purpose::Create)?;
        validate::create(body, resource_type, self.terms)
    }

    /// Rewrites the body of a PUT, then checks it with [`validate::replace`].
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

    /// Rewrites the body of a POST that takes over an inactive resource, then checks it with [`validate::take_over`].
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

    /// The body of a POST or PUT as sent -> a body as in the RFC.
    ///
    /// # Errors
    /// A rule moves an attribute to a place that is already taken.
    pub fn body(
        &mut self,
        source: Object,
        resource_type: &ResourceType,
        purpose: Purpose,
    ) -> Result<Object, Error> {
        body::rewrite(self, source, resource_type, purpose)
    }

    /// Reads a query's `filter` for a resource type: parses it, rewrites it by the profile's rules, and binds it to the
    /// schemas. `None` if the text is empty and the profile treats that as absent.
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
    /// `invalidFilter`, with the position of the fault in bytes.
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

    /// A filter's text as sent -> a filter as in the RFC, not yet bound to the schemas.
    ///
    /// # Errors
    /// `invalidFilter`, with the position of the fault in bytes.
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
        // if both are given, this one counts
        let attributes = attributes.map(|list| self.todays_names(list, resource_type));
        let excluded = match attributes.as_ref().is_some_and(|list| !list.trim().is_empty()) {
            true => excluded.map(Cow::Borrowed),
            false => excluded.map(|list| self.todays_names(list, resource_type)),
        };
        let (attributes, excluded) = (attributes.as_deref(), excluded.as_deref());
        Projection::parse(attributes, excluded, resource_type, self.terms, &mut self.notes)
    }

    /// The list with URNs of drafts replaced by current ones.
    fn todays_names<'n>(&mut self, list: &'n str, kind: &ResourceType) -> Cow<'n, str> {
        // most lists contain no URN
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

    /// The attribute named by `sortBy`. If unknown attributes in a filter count as unassigned, so do those in a sort:
    /// then the result is `None`, and nothing is sorted.
    ///
    /// # Errors
    /// `invalidValue` if it is not an attribute of the type.
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
