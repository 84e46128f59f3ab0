//! What an error may show in a log: nothing a client wrote, since that can be a person's name. Attributes are named if
//! the schemas know them.

use provost::unstable::core::error::Place;
use provost::unstable::core::schema::{Attribute, common};
use provost::{Error, ErrorKind, SchemaSet};
use std::collections::HashSet;

/// The names in the schemas, in lower case.
pub(super) struct Words(HashSet<String>);

impl Words {
    pub(super) fn of(schemas: &SchemaSet) -> Self {
        let mut words = HashSet::new();
        for schema in schemas.schemas().iter().chain([common()]) {
            words.insert(schema.id.as_str().to_ascii_lowercase());
            schema.attributes.iter().for_each(|attribute| collect(attribute, &mut words));
        }
        Self(words)
    }

    /// Where the error is, as far as that may be said: `operation 2 (add), emails.value`.
    pub(super) fn place(&self, error: &Error) -> Option<String> {
        let places = std::iter::successors(error.place(), |place| place.inner());
        let places: Vec<String> = places.filter_map(|place| self.of_place(place)).collect();
        (!places.is_empty()).then(|| places.join(", "))
    }

    fn of_place(&self, place: &Place) -> Option<String> {
        match place {
            Place::Operation { number, op, path, inner } => {
                // an attribute inside is more precise
                let path = path.as_deref().filter(|_| inner.is_none()).and_then(|path| self.of_path(path));
                let what: Vec<&str> = op.iter().copied().chain(path.as_deref()).collect();
                Some(match what.is_empty() {
                    true => format!("operation {number}"),
                    false => format!("operation {number} ({})", what.join(" ")),
                })
            }
            Place::BulkOperation { number, .. } => Some(format!("bulk operation {number}")),
            Place::Attribute(path) => self.of_path(path),
            // we choose these names
            Place::Byte { .. } | Place::Parameter(_) | Place::Header(_) => Some(place.to_string()),
        }
    }

    /// A path without the parts in brackets; `None` if any word is not in the schemas.
    fn of_path(&self, path: &str) -> Option<String> {
        let mut plain = String::new();
        let mut rest = path;
        while let Some((before, after)) = rest.split_once('[') {
            plain.push_str(before);
            // a filter may contain brackets itself
            rest = after.rsplit_once(']').map_or("", |(_, after)| after);
        }
        plain.push_str(rest);
        let known = |word: &str| self.0.contains(&word.to_ascii_lowercase());
        let (urn, names) = match plain.rsplit_once(':') {
            Some((urn, names)) if !known(&plain) => (urn, names),
            Some(_) => (plain.as_str(), ""),
            None => ("", plain.as_str()),
        };
        let is_known = known(urn) && (names.is_empty() || names.split('.').all(known));
        (is_known && !plain.is_empty()).then_some(plain)
    }
}

fn collect(attribute: &Attribute, words: &mut HashSet<String>) {
    words.insert(attribute.name.as_str().to_ascii_lowercase());
    attribute.sub_attributes.iter().for_each(|sub| collect(sub, words));
}

/// The reason without anything from the client: the error's message, if it is of that kind.
pub(super) fn reason(error: &Error) -> &str {
    match error.kind() {
        ErrorKind::TooMany
        | ErrorKind::Uniqueness
        | ErrorKind::Unauthorized
        | ErrorKind::Forbidden
        | ErrorKind::Timeout
        | ErrorKind::PreconditionFailed
        | ErrorKind::PayloadTooLarge
        | ErrorKind::TooManyRequests
        | ErrorKind::HeadTooLarge
        | ErrorKind::Internal
        | ErrorKind::NotImplemented
        | ErrorKind::Unavailable => error.message(),
        // messages of the other kinds may quote values, names and paths
        ErrorKind::InvalidFilter => "the filter cannot be read or answered",
        ErrorKind::Mutability => "the attribute cannot be changed in this way",
        ErrorKind::InvalidSyntax => "the body is not the message that was expected",
        ErrorKind::InvalidPath => "the path names no attribute",
        ErrorKind::NoTarget => "the path selects nothing",
        ErrorKind::InvalidValue => "a value is missing or not acceptable",
        ErrorKind::InvalidVersion => "another version of SCIM was asked for",
        ErrorKind::InvalidCursor => "the cursor is of another server or query",
        ErrorKind::ExpiredCursor => "the cursor is too old",
        ErrorKind::InvalidCount => "the count is not a number, or not that of the first page",
        ErrorKind::BadRequest => "the request is not proper HTTP",
        ErrorKind::NotFound => "there is no such endpoint or resource",
        ErrorKind::MethodNotAllowed => "the endpoint does not have this method",
        ErrorKind::Conflict => "the change contradicts what is there",
        ErrorKind::UnsupportedMediaType => "the media type or encoding of the body is not supported",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use provost::unstable::core::error::Text;

    fn at(place: Place) -> Option<String> {
        let error = Error::new(ErrorKind::InvalidValue, "`maren` is not a boolean").at(place);
        assert_eq!(reason(&error), "a value is missing or not acceptable");
        Words::of(&SchemaSet::builtin()).place(&error)
    }

    /// Seen to fail: with the client's path shown as it is.
    #[test]
    fn only_what_the_schemas_know_is_named() {
        let enterprise = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";
        for (path, shown) in [
            ("active", Some("active")),
            ("name.givenName", Some("name.givenName")),
            ("emails[3].value", Some("emails.value")),
            (r#"emails[value eq "maren@example.com"].value"#, Some("emails.value")),
            (r#"emails[value eq "a]maren.[b"].value"#, Some("emails.value")),
            (r#"members[value eq "maren"]"#, Some("members")),
            (enterprise, Some(enterprise)),
            (&format!("{enterprise}:manager.value"), Some(&format!("{enterprise}:manager.value"))),
            ("maren", None),
            ("name.maren", None),
            ("maren[0].value", None),
            ("urn:maren:active", None),
            ("emails[maren", Some("emails")),
            ("", None),
        ] {
            assert_eq!(at(Place::attribute(path)).as_deref(), shown, "{path}");
        }
    }

    #[test]
    fn a_place_is_told_from_the_outside_to_the_inside() {
        let operation = |path: &str, inner| Place::Operation {
            number: 2,
            op: Some("add"),
            path: Some(path.to_owned()),
            inner,
        };
        let inner = || Some(Box::new(Place::attribute("active")));
        for (place, shown) in [
            (operation("title", None), "operation 2 (add title)"),
            (operation("maren", None), "operation 2 (add)"),
            (operation("title", inner()), "operation 2 (add), active"),
            (Place::operation(3), "operation 3"),
            (Place::BulkOperation { number: 7, inner: inner() }, "bulk operation 7, active"),
            (Place::byte(Text::Filter, 9), "byte 9 of the filter"),
            (Place::parameter("count"), "the parameter `count`"),
            (Place::header("If-Match"), "the header If-Match"),
        ] {
            assert_eq!(at(place).as_deref(), Some(shown));
        }
    }
}
