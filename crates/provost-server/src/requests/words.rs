//! What may be kept of a request: words that the schemas and the protocol know. And what never may: values of attributes
//! that no answer contains.

use provost::SchemaSet;
use provost::unstable::core::schema::Returned;
use std::collections::BTreeSet;

/// Words of the protocol, as paths, filters and messages quote them.
const PROTOCOL: &[&str] = &[
    "active",
    "add",
    "and",
    "application/json",
    "application/scim+json",
    "ascending",
    "attributes",
    "bulk",
    "bulkId",
    "co",
    "count",
    "cursor",
    "data",
    "DELETE",
    "descending",
    "display",
    "eq",
    "ew",
    "excludedAttributes",
    "externalId",
    "failOnErrors",
    "false",
    "filter",
    "ge",
    "GET",
    "gt",
    "id",
    "le",
    "lt",
    "Me",
    "meta",
    "method",
    "ne",
    "not",
    "null",
    "op",
    "Operations",
    "or",
    "PATCH",
    "path",
    "POST",
    "pr",
    "primary",
    "PUT",
    "remove",
    "replace",
    "ResourceTypes",
    "schemas",
    "ServiceProviderConfig",
    ".search",
    "sortBy",
    "sortOrder",
    "startIndex",
    "sw",
    "true",
    "type",
    "value",
    "version",
    "$ref",
];

/// What clients call a secret, whatever the schemas know.
const SECRET: [&str; 4] = ["password", "passwd", "pwd", "secret"];

/// The words, in lower case.
#[derive(Debug, Clone)]
pub(crate) struct Words {
    known: BTreeSet<String>,
    /// Names of attributes that no answer contains.
    never: BTreeSet<String>,
}

impl Words {
    pub(crate) fn of(schemas: &SchemaSet) -> Self {
        let attributes = || schemas.schemas().iter().flat_map(|schema| &schema.attributes);
        let all = || attributes().flat_map(|attribute| attribute.sub_attributes.iter().chain([attribute]));
        let types = schemas.resource_types().iter();
        let types = types.flat_map(|kind| [kind.name.as_str(), kind.endpoint.trim_start_matches('/')]);
        let urns = schemas.schemas().iter().map(|schema| schema.id.as_str());
        let names = all().map(|attribute| attribute.name.as_str());
        let known = names.chain(types).chain(urns).chain(PROTOCOL.iter().copied());
        let never = all().filter(|attribute| attribute.returned == Returned::Never);
        Self {
            known: known.map(str::to_ascii_lowercase).collect(),
            never: never.map(|attribute| attribute.name.as_str().to_ascii_lowercase()).collect(),
        }
    }

    /// Whether a word is one of the schemas or the protocol: a name, a URN, a URN with a name, or several with dots.
    pub(super) fn know(&self, word: &str) -> bool {
        let word = word.trim_start_matches('/').to_ascii_lowercase();
        let rest = match word.rsplit_once(':') {
            _ if self.known.contains(&word) => return true,
            Some((urn, rest)) if self.known.contains(urn) => rest,
            Some(_) => return false,
            None => &word,
        };
        rest.split('.').all(|part| self.known.contains(part))
    }

    /// Whether a name, or a path where one is expected, is that of a secret.
    pub(super) fn name_a_secret(&self, name: &str) -> bool {
        parts(&name.to_ascii_lowercase())
            .any(|part| self.never.contains(part) || SECRET.iter().any(|word| part.contains(word)))
    }

    /// Whether a text, such as a path, a filter or JSON, has the name of a secret in it. A secretary is none.
    pub(super) fn mention_a_secret(&self, text: &str) -> bool {
        parts(&text.to_ascii_lowercase())
            .filter(|part| !part.starts_with("secretar"))
            .any(|part| self.never.contains(part) || SECRET.iter().any(|word| part.contains(word)))
    }
}

/// The names in a text.
fn parts(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !(c.is_ascii_alphanumeric() || "-_$".contains(c)))
}
