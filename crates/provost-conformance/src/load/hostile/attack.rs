//! The attacks by name. Each imitates one kind of client that a server must survive without others noticing.

use std::fmt;
use std::str::FromStr;

/// What a careless or hostile client does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Attack {
    /// A PATCH whose values, or comparisons, multiply.
    PatchValues,
    /// A filter on an indexed value that all users share.
    CommonValue,
    /// Filters that no index supports.
    Scans,
    /// A single such filter, from a client that means no harm.
    CarelessScans,
    /// Scans whose client does not wait for the answer.
    DroppedScans,
    /// Overlapping scans together with writes.
    ScansAndWrites,
    /// Tokens that look genuine.
    ForgedTokens,
    /// The same at a fixed pace.
    KnownKeyIds,
    /// The same with key ids that do not exist.
    UnknownKeyIds,
    /// Large answers that the client does not read.
    UnreadPages,
    /// Pages of users who are in many groups.
    ManyGroups,
    /// Bodies of many small values.
    SmallValues,
    /// Large bodies that arrive slowly.
    SlowBodies,
    /// Groups that are replaced as a whole.
    LargeGroups,
    /// Members selected by display name or value.
    MemberFilters,
    /// Members that do not exist.
    UnknownMembers,
    /// Many attribute names in one query.
    ManyNames,
    /// Many small writes in one request.
    Bulk,
    /// Connections that do nothing.
    IdleStrangers,
}

const ALL: [(Attack, &str, &str); 19] = [
    (
        Attack::PatchValues,
        "patch-values",
        "PATCH of 1 MiB that adds 80 emails again and again, adds and removes them in turn, or compares them",
    ),
    (
        Attack::CommonValue,
        "common-value",
        "`displayName eq` what all are called, `and` terms that no index answers",
    ),
    (Attack::Scans, "scans", "filters of many terms that no index answers, on six connections"),
    (Attack::CarelessScans, "careless-scans", "`nickName eq`, which no index answers, 25 times a second"),
    (Attack::DroppedScans, "dropped-scans", "the same on 20 connections, each of which is reset after 50 ms"),
    (Attack::ScansAndWrites, "scans-and-writes", "scans that overlap, beside 50 new users a second"),
    (
        Attack::ForgedTokens,
        "forged-tokens",
        "wrong secrets for one key id, from 40 connections without credentials",
    ),
    (Attack::KnownKeyIds, "known-key-ids", "the same at a pace: 1,000 wrong secrets a second"),
    (Attack::UnknownKeyIds, "unknown-key-ids", "1,000 tokens a second with key ids that nobody has"),
    (
        Attack::UnreadPages,
        "unread-pages",
        "lists of groups with all members, asked for on 40 connections and not read",
    ),
    (Attack::ManyGroups, "many-groups", "pages of users who are in 500 groups each"),
    (Attack::SmallValues, "small-values", "bodies of 16 MiB that consist of `{\"a\":0},`"),
    (Attack::SlowBodies, "slow-bodies", "80 bodies of 16 MiB whose last bytes come one a second"),
    (
        Attack::LargeGroups,
        "large-groups",
        "groups that lose and gain half of all users, on eight connections",
    ),
    (
        Attack::MemberFilters,
        "member-filters",
        "PATCH of a group of all users with a thousand times `remove members[display co ..]`",
    ),
    (Attack::UnknownMembers, "unknown-members", "PATCH that adds 90,000 members who do not exist"),
    (
        Attack::ManyNames,
        "many-names",
        "`.search` with 60,000 names in `attributes`, or with as many as are let in",
    ),
    (Attack::Bulk, "bulk", "Bulk requests of a thousand writes, or of the largest PATCH that fits"),
    (
        Attack::IdleStrangers,
        "idle-strangers",
        "450 connections from each of two addresses, without credentials, that ask once and stay",
    ),
];

impl Attack {
    /// All attacks, in the order of the list.
    pub fn all() -> impl Iterator<Item = Self> {
        ALL.into_iter().map(|(attack, _, _)| attack)
    }

    /// What it does, in one line.
    #[must_use]
    pub fn line(self) -> &'static str {
        ALL.iter().find(|(attack, _, _)| *attack == self).map_or("", |(_, _, line)| line)
    }
}

impl fmt::Display for Attack {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(ALL.iter().find(|(attack, _, _)| attack == self).map_or("", |(_, name, _)| name))
    }
}

impl FromStr for Attack {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let found = ALL.iter().find(|(_, name, _)| *name == text);
        found
            .map(|(attack, _, _)| *attack)
            .ok_or_else(|| format!("unknown attack `{text}`; `list` shows them"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_attack_has_a_name_of_its_own() {
        for attack in Attack::all() {
            assert_eq!(attack.to_string().parse(), Ok(attack));
            assert!(!attack.line().is_empty());
        }
        assert!("list".parse::<Attack>().is_err());
    }
}
