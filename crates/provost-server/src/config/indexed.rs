//! `indexed`: additional attributes to index.

use super::ConfigError;
use provost::SchemaSet;
use serde::Deserialize;
use std::str::FromStr;

/// An attribute of a resource type: `User:title`, `User:urn:..:User:costCenter`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub(crate) struct Indexed {
    kind: String,
    path: String,
}

impl Indexed {
    /// Marks the attributes as indexed in the schemas.
    pub(crate) fn enter(all: &[Self], schemas: &mut SchemaSet) -> Result<(), ConfigError> {
        for Self { kind, path } in all {
            schemas.index(kind, path).map_err(|source| ConfigError::Indexed {
                attribute: format!("{kind}:{path}"),
                what: source.to_string(),
            })?;
        }
        Ok(())
    }
}

impl FromStr for Indexed {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text.trim().split_once(':') {
            Some((kind, path)) if !kind.is_empty() && !path.is_empty() => {
                Ok(Self { kind: kind.to_owned(), path: path.to_owned() })
            }
            _ => Err(format!(
                "`{}` is not a resource type, a colon and the path of an attribute, like `User:title`",
                provost::unstable::core::text::excerpt(text)
            )),
        }
    }
}

impl TryFrom<String> for Indexed {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn enter(text: &str) -> Result<usize, String> {
        let mut schemas = SchemaSet::builtin();
        let all = [text.parse::<Indexed>()?];
        Indexed::enter(&all, &mut schemas).map_err(|e| e.to_string())?;
        Ok(schemas.resource_types().iter().map(|t| t.indexed.len()).sum())
    }

    #[test]
    fn what_is_named_is_found_in_the_schemas() {
        for good in [
            "User:title",
            "user:NickName",
            "User:name.middleName",
            "User:phoneNumbers",
            "User:phoneNumbers.value",
            "User:urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:costCenter",
            "Group:externalId",
        ] {
            assert_eq!(enter(good), Ok(1), "{good}");
        }
    }

    #[test]
    fn what_cannot_be_indexed_is_refused_with_the_reason() {
        for (bad, says) in [
            ("title", "like `User:title`"),
            (":title", "like `User:title`"),
            ("Usr:title", "there is no resource type `Usr`; expected one of `User`, `Group`"),
            ("User:titel", "`titel`"),
            ("User:name", "like `name."),
            ("User:password", "`password` is never returned"),
            ("User:phoneNumbers.type", "only `value` can be looked up"),
            ("User:title eq", "not the path of an attribute"),
            ("User:costCenter", "costCenter"),
        ] {
            let message = enter(bad).expect_err(bad);
            assert!(message.contains(says), "{bad}: {message}");
        }
    }
}
