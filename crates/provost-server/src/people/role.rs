//! Roles, and where a member's role comes from. Only a person can make somebody an owner: roles given by the identity
//! provider, a rule or a default have a type of their own, without an owner.

use std::fmt;
use std::str::FromStr;

/// What a member may do; see `access::rights`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Role {
    Owner,
    Manager,
    Member,
}

impl Role {
    pub(crate) const ALL: [Self; 3] = [Self::Owner, Self::Manager, Self::Member];

    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Owner => "owner",
            Self::Manager => "manager",
            Self::Member => "member",
        }
    }

    /// As pages and mails write it.
    pub(crate) const fn title(self) -> &'static str {
        match self {
            Self::Owner => "Owner",
            Self::Manager => "Manager",
            Self::Member => "Member",
        }
    }
}

/// A role that can be given without a person's decision: by the Default Role, an attribute, or a rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Grantable {
    Manager,
    Member,
}

impl Grantable {
    pub(crate) const fn as_str(self) -> &'static str {
        self.role().as_str()
    }

    pub(crate) const fn role(self) -> Role {
        match self {
            Self::Manager => Role::Manager,
            Self::Member => Role::Member,
        }
    }
}

/// What gave a role that no person gave.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Origin {
    /// The organisation's Default Role.
    Default,
    /// An attribute of the SCIM user.
    Attribute,
    /// A rule of the organisation.
    Rule,
}

/// A member's role, and where it comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Held {
    ByHand(Role),
    Given(Grantable, Origin),
}

impl Held {
    pub(crate) const fn role(self) -> Role {
        match self {
            Self::ByHand(role) => role,
            Self::Given(role, _) => role.role(),
        }
    }

    /// The word for where it comes from: stored, and listed as `roleSource`.
    pub(crate) const fn source(self) -> &'static str {
        match self {
            Self::ByHand(_) => "hand",
            Self::Given(_, Origin::Default) => "default",
            Self::Given(_, Origin::Attribute) => "attribute",
            Self::Given(_, Origin::Rule) => "rule",
        }
    }

    /// From the two stored columns; `None` for values that are never stored.
    pub(crate) fn stored(role: &str, source: &str) -> Option<Self> {
        let origin = match source {
            "hand" => return role.parse().ok().map(Self::ByHand),
            "default" => Origin::Default,
            "attribute" => Origin::Attribute,
            "rule" => Origin::Rule,
            _ => return None,
        };
        role.parse().ok().map(|role| Self::Given(role, origin))
    }
}

impl FromStr for Role {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let of_name = |role: &Self| role.as_str() == text;
        Self::ALL.into_iter().find(of_name).ok_or("a role is owner, manager or member")
    }
}

impl FromStr for Grantable {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "manager" => Ok(Self::Manager),
            "member" => Ok(Self::Member),
            "owner" => Err("only a person makes somebody an owner: write manager or member"),
            _ => Err("write manager or member"),
        }
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Display for Grantable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn roles_and_their_sources_are_read_as_they_are_written() {
        let given = |role| [Origin::Default, Origin::Attribute, Origin::Rule].map(|o| Held::Given(role, o));
        let all = [Grantable::Manager, Grantable::Member].into_iter().flat_map(given);
        for held in all.chain(Role::ALL.map(Held::ByHand)) {
            assert_eq!(Held::stored(held.role().as_str(), held.source()), Some(held));
        }
        for source in ["default", "attribute", "rule", "", "HAND"] {
            assert_eq!(Held::stored("owner", source), None, "{source}");
        }
        assert!("Owner".parse::<Role>().is_err() && "owner".parse::<Grantable>().is_err());
    }
}
