//! The steps of a set-up, recognised by the identity provider's requests.

use crate::clock::Timestamp;
use crate::tokens::KeyId;
use provost::{Asked, Outcome, WriteKind};

/// A step that a request shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Milestone {
    /// It searched for a user who does not exist: Test Connection does, and so does each look-up before a user is
    /// created.
    TestConnection,
    /// It read the schemas.
    Schemas,
    /// It created a user.
    User,
    /// It created a group.
    Group,
    /// It fell silent after many requests: a cycle has ended.
    Cycle,
    /// It called an address that does not exist.
    WrongPath,
}

impl Milestone {
    /// In the order of a set-up.
    pub(crate) const ALL: [Self; 6] =
        [Self::WrongPath, Self::TestConnection, Self::Schemas, Self::User, Self::Group, Self::Cycle];

    /// The word in the database, where it must never change.
    pub(crate) const fn word(self) -> &'static str {
        match self {
            Self::TestConnection => "test-connection",
            Self::Schemas => "schemas",
            Self::User => "user",
            Self::Group => "group",
            Self::Cycle => "cycle",
            Self::WrongPath => "wrong-path",
        }
    }

    pub(crate) fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|milestone| milestone.word() == word)
    }

    /// What a request shows, from its path below the Tenant URL, its raw query, and its outcome.
    pub(crate) fn of(path: &str, query: &str, outcome: &Outcome) -> Option<Self> {
        let parts = || std::iter::once(outcome).chain(&outcome.parts);
        if let Some(made) = parts().find_map(made) {
            return Some(made);
        }
        let endpoint = path.trim_start_matches('/').split('/').next().unwrap_or_default();
        let is = |name: &str| endpoint.eq_ignore_ascii_case(name);
        match (&outcome.asked, &outcome.error) {
            (Asked::Read, None) if is("Schemas") => Some(Self::Schemas),
            (Asked::Read, None) if outcome.found == Some(0) && asks_for_one(query) => {
                Some(Self::TestConnection)
            }
            (Asked::Read, Some(e)) if e.status() == 404 && !ENDPOINTS.iter().any(|name| is(name)) => {
                Some(Self::WrongPath)
            }
            _ => None,
        }
    }
}

/// A 404 below these is about a resource, not about the address.
const ENDPOINTS: [&str; 7] =
    ["Users", "Groups", "Me", "Schemas", "ResourceTypes", "ServiceProviderConfig", "Bulk"];

fn made(outcome: &Outcome) -> Option<Milestone> {
    match (&outcome.asked, &outcome.error) {
        (Asked::Write(write), None) if write.kind == WriteKind::Create => {
            match write.resource_type.name.as_str() {
                "User" => Some(Milestone::User),
                "Group" => Some(Milestone::Group),
                _ => None,
            }
        }
        _ => None,
    }
}

/// Whether the filter is a single `eq` comparison. The query is not decoded, so blanks are `+` or `%20`.
fn asks_for_one(query: &str) -> bool {
    let Some(filter) = query.split('&').find_map(|pair| pair.strip_prefix("filter=")) else { return false };
    let filter = filter.replace("%20", "+").to_ascii_lowercase();
    filter.contains("+eq+") && !filter.contains("+and+") && !filter.contains("+or+")
}

/// A milestone of a token, with its first and latest time, accurate to the minute.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Heard {
    pub(crate) key_id: KeyId,
    pub(crate) what: Milestone,
    pub(crate) first: Timestamp,
    pub(crate) last: Timestamp,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_milestone_keeps_its_word() {
        for (milestone, word) in [
            (Milestone::TestConnection, "test-connection"),
            (Milestone::Schemas, "schemas"),
            (Milestone::User, "user"),
            (Milestone::Group, "group"),
            (Milestone::Cycle, "cycle"),
            (Milestone::WrongPath, "wrong-path"),
        ] {
            assert_eq!((milestone.word(), Milestone::parse(word)), (word, Some(milestone)));
        }
        assert_eq!(Milestone::parse("Cycle"), None);
    }

    /// Seen to fail: with any filter accepted, and with users who were found.
    #[test]
    fn test_connection_has_a_shape() {
        let of = |query: &str, found: Option<u64>| {
            let mut outcome = Outcome::default();
            outcome.found = found;
            Milestone::of("/Users", query, &outcome)
        };
        let test = Some(Milestone::TestConnection);
        for query in [
            "filter=userName+eq+%22nobody%22",
            "filter=userName%20eq%20%22nobody%22",
            "count=1&filter=externalId%20EQ%20%22and%22&startIndex=1",
        ] {
            assert_eq!(of(query, Some(0)), test, "{query}");
            assert_eq!((of(query, Some(1)), of(query, None)), (None, None), "{query}");
        }
        for query in
            ["", "count=0", "filter=userName+sw+%22a%22", "filter=a+eq+1+and+b+eq+2", "filter=a+eq+1+or+b+pr"]
        {
            assert_eq!(of(query, Some(0)), None, "{query}");
        }
    }
}
