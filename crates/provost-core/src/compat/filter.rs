//! Filters of a query, and of the value paths of PATCH.

use super::{Reader, RuleId, containers};
use crate::filter::{Filter, Literal};
use crate::path::{AttrPath, AttrRef};
use crate::schema::{Attribute, ResourceType, Type};
use crate::value::{Value, parse_value};
use std::sync::Arc;

/// Rewrites the filter of a query. Its spans refer to `text`.
pub(super) fn rewrite_query(filter: &mut Filter, text: &str, kind: &ResourceType, reader: &mut Reader<'_>) {
    rewrite(filter, text, reader, &|path| lookup(path, kind));
}

/// Rewrites the filter in a value path of `attribute`. Its spans refer to `text`, which is empty if unavailable.
pub(super) fn rewrite_element(
    filter: &mut Filter,
    text: &str,
    attribute: &Arc<Attribute>,
    reader: &mut Reader<'_>,
) {
    let sub = |path: &AttrPath| match &path.sub {
        None => attribute.sub(&path.name).cloned().map(Found::Here),
        Some(_) => None,
    };
    rewrite(filter, text, reader, &sub);
}

/// What a path refers to.
enum Found {
    /// To this attribute.
    Here(Arc<Attribute>),
    /// This attribute, if the URN is put before it.
    Under(Box<str>, Arc<Attribute>),
    /// This attribute, if a draft's URN is replaced with the current one.
    Draft(Box<str>, Arc<Attribute>),
}

fn lookup(path: &AttrPath, kind: &ResourceType) -> Option<Found> {
    if let Ok(found) = AttrRef::resolve(path, kind) {
        return Some(Found::Here(found.leaf().clone()));
    }
    if let Some(modern) = containers::modern(path, kind) {
        let found = AttrRef::resolve(&modern, kind).ok()?;
        return Some(Found::Draft(modern.schema?, found.leaf().clone()));
    }
    let found = AttrRef::unqualified(path, kind)?;
    Some(Found::Under(found.extension()?.id.as_str().into(), found.leaf().clone()))
}

type Lookup<'a> = &'a dyn Fn(&AttrPath) -> Option<Found>;

fn rewrite(filter: &mut Filter, text: &str, reader: &mut Reader<'_>, lookup: Lookup<'_>) {
    match filter {
        Filter::Compare { path, value, at, .. } => {
            if let Some(leaf) = qualify(path, reader, lookup) {
                // `manager eq "x"` compares the `value` of a complex attribute
                let leaf = leaf.sub("value").filter(|_| leaf.is_complex()).unwrap_or(&leaf);
                unquote(value, leaf, reader);
                quote(value, text.get(at.0.start..at.0.end), leaf, reader);
            }
        }
        Filter::Present(path) => {
            qualify(path, reader, lookup);
        }
        Filter::ValuePath { path, filter } => {
            if let Some(attribute) = qualify(path, reader, lookup) {
                rewrite_element(filter, text, &attribute, reader);
            }
        }
        Filter::Not(inner) => rewrite(inner, text, reader, lookup),
        Filter::And(all) | Filter::Or(all) => {
            for part in all {
                rewrite(part, text, reader, lookup);
            }
        }
    }
}

fn qualify(path: &mut AttrPath, reader: &mut Reader<'_>, lookup: Lookup<'_>) -> Option<Arc<Attribute>> {
    match lookup(path)? {
        Found::Here(leaf) => Some(leaf),
        Found::Under(urn, leaf) if reader.may(RuleId::UnqualifiedExtension) => {
            path.schema = Some(urn);
            Some(leaf)
        }
        Found::Draft(urn, leaf) if reader.may(RuleId::DraftUrn) => {
            path.schema = Some(urn);
            Some(leaf)
        }
        Found::Under(..) | Found::Draft(..) => None,
    }
}

fn unquote(value: &mut Literal, leaf: &Attribute, reader: &mut Reader<'_>) {
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
    if let Some(plain) = plain.filter(|_| reader.may(RuleId::QuotedLiteral)) {
        *value = plain;
    }
}

/// A bare word may look like a number: `id eq 2819`, `employeeNumber eq 1.10`. Then the text counts, not the number's
/// value.
fn quote(value: &mut Literal, written: Option<&str>, leaf: &Attribute, reader: &mut Reader<'_>) {
    let is_text = matches!(leaf.kind, Type::String | Type::Reference | Type::Binary);
    let is_number = matches!(value, Literal::Number(_) | Literal::OutOfRange(_));
    if is_number && is_text && reader.may(RuleId::BareWord) {
        *value = Literal::String(written.map_or_else(|| value.to_string(), str::to_owned).into());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::value::parse_object;
    use crate::{Limits, Object, Profile, SchemaSet};

    /// Seen to fail: without `quote`, and with the number rewritten instead of quoted as it was.
    #[test]
    fn bare_words_that_look_like_numbers_are_texts() {
        let user = SchemaSet::builtin().resource_type("User").unwrap().clone();
        let found = |text: &str, profile: &Profile, document: &Object| {
            let filter = Reader::new(profile, &Limits::default()).filter(text, &user);
            filter.ok().flatten().map(|f| f.matches(document))
        };
        let urn = crate::urn::ENTERPRISE_USER;
        let document =
            format!(r#"{{"id":"54D3","externalId":"1.10","{urn}":{{"manager":{{"value":"2819"}}}}}}"#);
        let document = parse_object(&document).unwrap();
        let entra = Profile::entra();
        assert_eq!(found("id eq 54D3 and manager eq 2819", &entra, &document), Some(true));
        assert_eq!(found("externalId eq 1.10", &entra, &document), Some(true));
        assert_eq!(found("externalId eq 1.1", &entra, &document), Some(false));
        assert_eq!(found("externalId eq 1.10", &Profile::strict(), &document), None);
        let long = parse_object(r#"{"externalId":"12345678901234567890"}"#).unwrap();
        assert_eq!(found("externalId eq 12345678901234567890", &entra, &long), Some(true));
        // refused because of the attribute it is compared with, and not for an unknown one
        let whole = Profile::entra().without(RuleId::BareWord);
        assert_eq!(found("shoeSize eq 1e400 or externalId pr", &whole, &long), Some(true));
        assert_eq!(found("externalId eq 1e400", &whole, &long), None);
        // a number stays a number where the attribute is not a text
        assert_eq!(found("active eq 1", &entra, &document), None);
    }
}
