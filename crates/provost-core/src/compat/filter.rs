//! Filters of a query, and of the value paths of PATCH.

use super::{Notes, Profile, RuleId};
use crate::error::{Error, ErrorKind};
use crate::filter::{Filter, Leniencies, Literal, TypedFilter, Unknown};
use crate::limits::Limits;
use crate::path::{AttrPath, AttrRef};
use crate::schema::{Attribute, ResourceType, Type};
use crate::value::{Value, parse_value};
use std::sync::Arc;

/// Reads the `filter` of a query for a resource type: parsed, rewritten by the profile's rules, bound to the schemas.
/// `None` when the text is empty and the profile takes that for absent.
///
/// ```
/// use provost_core::{Limits, Profile, SchemaSet, compat};
/// let set = SchemaSet::builtin();
/// let user = set.resource_type("User").ok_or("User")?;
/// let text = r#"emails[type eq "work"].value eq "babs@example.com""#;
/// let mut notes = compat::Notes::default();
/// assert!(compat::filter(text, user, &Profile::strict(), &Limits::default(), &mut notes).is_err());
/// assert!(compat::filter(text, user, &Profile::entra(), &Limits::default(), &mut notes)?.is_some());
/// assert!(notes.rules().eq(["filter/compared-value-path"]));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// `invalidFilter`, with the byte of the fault.
pub fn filter(
    text: &str,
    kind: &ResourceType,
    profile: &Profile,
    limits: &Limits,
    notes: &mut Notes,
) -> Result<Option<TypedFilter>, Error> {
    if text.trim().is_empty() {
        if !profile.has(RuleId::EmptyFilter) {
            return Err(Error::new(
                ErrorKind::InvalidFilter,
                "expected a filter at byte 0: the parameter is empty",
            ));
        }
        notes.fire(RuleId::EmptyFilter);
        return Ok(None);
    }
    let (mut syntax, used) = Filter::parse(text, limits, profile.syntax())?;
    fire_syntax(used, notes);
    rewrite(&mut syntax, profile, notes, &|path| lookup(path, kind));
    match (syntax.resolve(kind, Unknown::Refuse), profile.unknown()) {
        (Ok(typed), _) => Ok(Some(typed)),
        (Err(e), Unknown::Refuse) => Err(e.into()),
        (Err(_), Unknown::Unassigned) => {
            let typed = syntax.resolve(kind, Unknown::Unassigned)?;
            notes.fire(RuleId::UnknownInFilter);
            Ok(Some(typed))
        }
    }
}

/// Records what the parser forgave.
pub(crate) fn fire_syntax(used: Leniencies, notes: &mut Notes) {
    for (fired, rule) in [
        (used.bare_words, RuleId::BareWord),
        (used.literal_case, RuleId::LiteralCase),
        (used.compared_value_path, RuleId::ComparedValuePath),
    ] {
        if fired {
            notes.fire(rule);
        }
    }
}

/// Rewrites the filter of a value path of `attribute`.
pub(super) fn rewrite_element(
    filter: &mut Filter,
    attribute: &Arc<Attribute>,
    profile: &Profile,
    notes: &mut Notes,
) {
    let sub = |path: &AttrPath| match &path.sub {
        None => attribute.sub(&path.name).cloned().map(Found::Here),
        Some(_) => None,
    };
    rewrite(filter, profile, notes, &sub);
}

/// Where a path leads.
enum Found {
    /// To this attribute.
    Here(Arc<Attribute>),
    /// To this one, when the URN is put before it.
    Under(Box<str>, Arc<Attribute>),
}

fn lookup(path: &AttrPath, kind: &ResourceType) -> Option<Found> {
    if let Ok(found) = AttrRef::resolve(path, kind) {
        return Some(Found::Here(found.leaf().clone()));
    }
    let (urn, found) = unqualified(path, kind)?;
    Some(Found::Under(urn, found.leaf().clone()))
}

/// An extension's attribute that was written without its URN, when one extension only has the name.
pub(super) fn unqualified(path: &AttrPath, kind: &ResourceType) -> Option<(Box<str>, AttrRef)> {
    if path.schema.is_some() {
        return None;
    }
    let mut found = kind.extensions.iter().filter_map(|e| {
        let urn: Box<str> = e.schema.id.as_str().into();
        let qualified = AttrPath { schema: Some(urn.clone()), ..path.clone() };
        AttrRef::resolve(&qualified, kind).ok().map(|a| (urn, a))
    });
    let first = found.next()?;
    found.next().is_none().then_some(first)
}

type Lookup<'a> = &'a dyn Fn(&AttrPath) -> Option<Found>;

fn rewrite(filter: &mut Filter, profile: &Profile, notes: &mut Notes, lookup: Lookup<'_>) {
    match filter {
        Filter::Compare { path, value, .. } => {
            if let Some(leaf) = qualify(path, profile, notes, lookup) {
                unquote(value, &leaf, profile, notes);
            }
        }
        Filter::Present(path) => {
            qualify(path, profile, notes, lookup);
        }
        Filter::ValuePath { path, filter } => {
            if let Some(attribute) = qualify(path, profile, notes, lookup) {
                rewrite_element(filter, &attribute, profile, notes);
            }
        }
        Filter::Not(inner) => rewrite(inner, profile, notes, lookup),
        Filter::And(all) | Filter::Or(all) => {
            for part in all {
                rewrite(part, profile, notes, lookup);
            }
        }
    }
}

fn qualify(
    path: &mut AttrPath,
    profile: &Profile,
    notes: &mut Notes,
    lookup: Lookup<'_>,
) -> Option<Arc<Attribute>> {
    match lookup(path)? {
        Found::Here(leaf) => Some(leaf),
        Found::Under(urn, leaf) if profile.has(RuleId::UnqualifiedExtension) => {
            notes.fire(RuleId::UnqualifiedExtension);
            path.schema = Some(urn);
            Some(leaf)
        }
        Found::Under(..) => None,
    }
}

fn unquote(value: &mut Literal, leaf: &Attribute, profile: &Profile, notes: &mut Notes) {
    let Literal::String(text) = value else { return };
    let plain = match leaf.kind {
        Type::Boolean if text.eq_ignore_ascii_case("true") => Some(Literal::Bool(true)),
        Type::Boolean if text.eq_ignore_ascii_case("false") => Some(Literal::Bool(false)),
        Type::Integer | Type::Decimal => match parse_value(text) {
            Ok(Value::Number(n)) => Some(Literal::Number(n)),
            _ => None,
        },
        _ => None,
    };
    if let Some(plain) = plain.filter(|_| profile.has(RuleId::QuotedLiteral)) {
        notes.fire(RuleId::QuotedLiteral);
        *value = plain;
    }
}
