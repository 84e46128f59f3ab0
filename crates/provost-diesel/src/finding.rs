//! The findings of a database check.

use crate::hook::TenantId;
use provost_core::Id;
use std::fmt;

/// A fault in the tables, from manual changes or a bug in this program.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Finding {
    /// The tenant, if it concerns one.
    pub tenant: Option<TenantId>,
    /// The resource, by type and `id`, if it concerns one.
    pub resource: Option<(String, Id)>,
    /// What is wrong.
    pub what: String,
}

impl Finding {
    /// A finding, for applications that check their own tables too.
    #[must_use]
    pub fn new(tenant: Option<TenantId>, resource: Option<(String, Id)>, what: impl Into<String>) -> Self {
        Self { tenant, resource, what: what.into() }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(tenant) = self.tenant {
            write!(f, "tenant {tenant}: ")?;
        }
        if let Some((kind, id)) = &self.resource {
            write!(f, "{kind} {id}: ")?;
        }
        f.write_str(&self.what)
    }
}

/// What was done to bring a database up to date with the schemas.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Refreshed {
    /// Resources whose filter values were derived again.
    pub derived: u64,
    /// Resources stored without `active` when that meant active, which now have `active: true`.
    pub activated: u64,
}
