//! Attributes that a tenant may make unique, and the resources that prevent it.

use provost_core::Id;
use std::fmt;

/// An attribute that is unique while a tenant's switch says so.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Switched {
    /// `externalId`, within each resource type
    /// ([`Profile::with_unique_external_id`](provost_core::Profile::with_unique_external_id)).
    ExternalId,
    /// `displayName` of groups (the rule `group/unique-name`).
    GroupName,
}

impl Switched {
    /// The attribute's name.
    #[must_use]
    pub const fn attribute(self) -> &'static str {
        match self {
            Self::ExternalId => "externalId",
            Self::GroupName => "displayName",
        }
    }

    /// The only type in which it is unique; `None` if it is unique within each type.
    pub(crate) const fn kind(self) -> Option<&'static str> {
        match self {
            Self::ExternalId => None,
            Self::GroupName => Some("Group"),
        }
    }

    /// The column with its key.
    pub(crate) const fn column(self) -> &'static str {
        match self {
            Self::ExternalId => "r.external_id",
            Self::GroupName => "r.display_key",
        }
    }

    /// The same column of the other row.
    pub(crate) const fn column_of_other(self) -> &'static str {
        match self {
            Self::ExternalId => "o.external_id",
            Self::GroupName => "o.display_key",
        }
    }
}

/// Resources that share a value which is to become unique.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Duplicates {
    /// How many there are.
    pub total: u64,
    /// The first of them, with those that share a value next to each other.
    pub first: Vec<Duplicate>,
}

/// A resource whose value is shared.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Duplicate {
    /// The name of its resource type.
    pub kind: String,
    /// Its public `id`.
    pub id: Id,
    /// Its `userName` or `displayName`.
    pub name: Option<String>,
    /// Its `externalId`.
    pub external_id: Option<String>,
}

impl fmt::Display for Duplicate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (name, external_id) = (self.name.as_deref().unwrap_or("-"), self.external_id.as_deref());
        write!(f, "{} `{name}`, id {}, externalId `{}`", self.kind, self.id, external_id.unwrap_or("-"))
    }
}
