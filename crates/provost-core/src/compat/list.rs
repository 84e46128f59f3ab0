//! The parameters of a query that name attributes (RFC 7644 sections 3.4.2.3 and 3.9).

use super::{Reader, RuleId};
use crate::error::{Error, ErrorKind, Place};
use crate::filter::Unknown;
use crate::path::{AttrPath, AttrRef, UnknownAttribute};
use crate::policy::Choice;
use crate::project::Projection;
use crate::schema::ResourceType;
use crate::text::excerpt;
use std::borrow::Cow;

impl Reader<'_> {
    /// Reads `attributes` and `excludedAttributes`.
    ///
    /// # Errors
    /// As [`Projection::parse`].
    pub fn projection(
        &mut self,
        attributes: Option<&str>,
        excluded: Option<&str>,
        kind: &ResourceType,
    ) -> Result<Projection, Error> {
        // the one that counts, where both are given
        let attributes = attributes.map(|list| self.todays_names(list, kind));
        let excluded = match attributes.as_ref().is_some_and(|list| !list.trim().is_empty()) {
            true => excluded.map(Cow::Borrowed),
            false => excluded.map(|list| self.todays_names(list, kind)),
        };
        Projection::parse(attributes.as_deref(), excluded.as_deref(), kind, self.policy(), &mut self.notes)
    }

    /// A list of names, those with URNs of drafts by today's.
    fn todays_names<'n>(&mut self, list: &'n str, kind: &ResourceType) -> Cow<'n, str> {
        // mostly there is no URN at all
        if !list.contains(':') {
            return Cow::Borrowed(list);
        }
        let names: Vec<Cow<'_, str>> =
            list.split(',').map(|name| self.todays_name(name.trim(), kind)).collect();
        match names.iter().any(|name| matches!(name, Cow::Owned(_))) {
            true => Cow::Owned(names.join(",")),
            false => Cow::Borrowed(list),
        }
    }

    /// The attribute that `sortBy` names. Who takes unknown attributes of a filter as ones without a value takes those of
    /// a sort so too: then it is `None`, and nothing is sorted.
    ///
    /// # Errors
    /// `invalidValue` for what is no attribute of the type.
    pub fn sort_by(&mut self, text: &str, kind: &ResourceType) -> Result<Option<AttrRef>, Error> {
        match self.sort_attribute(text, kind) {
            Ok(by) => Ok(Some(by)),
            Err(_) if self.policy().unknown == Unknown::Unassigned => {
                self.notes.record(Choice::UnknownAttribute);
                Ok(None)
            }
            Err(said) => Err(Error::new(ErrorKind::InvalidValue, format!("`sortBy`: {said}"))
                .at(Place::parameter("sortBy"))),
        }
    }

    fn sort_attribute(&mut self, text: &str, kind: &ResourceType) -> Result<AttrRef, String> {
        let text = &*self.todays_name(text, kind);
        let path =
            AttrPath::parse(text).ok_or_else(|| format!("`{}` is not an attribute name", excerpt(text)))?;
        AttrRef::resolve(&path, kind).or_else(|e| match AttrRef::unqualified(&path, kind) {
            Some(by) if self.may(RuleId::UnqualifiedExtension) => Ok(by),
            _ => Err(UnknownAttribute::to_string(&e)),
        })
    }
}
