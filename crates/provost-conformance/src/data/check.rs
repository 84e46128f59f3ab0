//! What must hold after a request, in the directory or in what the application grants.

use super::{ExpectedResponse, OneOrMore, Template};
use serde::Deserialize;
use serde_json::Value;

/// One check.
#[derive(Debug, Clone, Deserialize)]
#[serde(try_from = "CheckFields")]
pub enum Check {
    /// A GET and the answer it must get.
    Read {
        /// The path below the base URL.
        path: Template,
        /// What must come back.
        expected: Box<ExpectedResponse>,
        /// The exact members of the group, by symbol, in any order.
        members: Option<Vec<String>>,
    },
    /// The resource reads byte for byte as before the request, including its version.
    Unchanged(
        /// Its symbol.
        String,
    ),
    /// Whether a user has a membership, and what it contains. Needs an observer.
    Membership {
        /// The user's symbol.
        of: String,
        /// Whether it must exist.
        exists: bool,
        /// What it must contain, in the shape of `provost members list --json`.
        body: Option<Value>,
    },
    /// Whether a group has a team, the team's name and its members. Needs an observer.
    Team {
        /// The group's symbol.
        of: String,
        /// Whether it must exist.
        exists: bool,
        /// The name it must have.
        name: Option<String>,
        /// Its exact members, by symbol, in any order.
        members: Option<Vec<String>>,
    },
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CheckFields {
    get: Option<Template>,
    status: Option<OneOrMore<u16>>,
    body: Option<Value>,
    #[serde(default)]
    absent: Vec<String>,
    #[serde(default)]
    lengths: std::collections::BTreeMap<String, usize>,
    members: Option<Vec<String>>,
    unchanged: Option<String>,
    membership: Option<String>,
    team: Option<String>,
    exists: Option<bool>,
    name: Option<String>,
}

impl TryFrom<CheckFields> for Check {
    type Error = String;

    fn try_from(fields: CheckFields) -> Result<Self, String> {
        let CheckFields { get, status, body, absent, lengths, members, .. } = fields;
        let exists = fields.exists.unwrap_or(true);
        match (get, fields.unchanged, fields.membership, fields.team) {
            (Some(path), None, None, None) => {
                let status = status.unwrap_or(OneOrMore::One(200));
                let headers = std::collections::BTreeMap::new();
                let expected =
                    Box::new(ExpectedResponse { status, headers, body, exact: false, absent, lengths });
                Ok(Self::Read { path, expected, members })
            }
            (None, Some(symbol), None, None) => Ok(Self::Unchanged(symbol)),
            (None, None, Some(of), None) => Ok(Self::Membership { of, exists, body }),
            (None, None, None, Some(of)) => Ok(Self::Team { of, exists, name: fields.name, members }),
            _ => Err("a check has one of `get`, `unchanged`, `membership` and `team`".to_owned()),
        }
    }
}
