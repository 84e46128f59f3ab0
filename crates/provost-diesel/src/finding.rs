//! What a check of a database finds.

use crate::hook::TenantId;
use provost_core::Id;
use std::fmt;

/// Something in the tables that should not be: a hand was at work, or a fault of this program.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Finding {
    /// Whose it is, if it is somebody's.
    pub tenant: Option<TenantId>,
    /// The resource, by its type and `id`, if it is about one.
    pub resource: Option<(String, Id)>,
    /// What is wrong.
    pub what: String,
}

impl Finding {
    /// A finding of an application that checks its own tables too.
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

/// What was done when a database was brought up to date with the schemas.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Refreshed {
    /// Resources whose filter values were made anew.
    pub derived: u64,
    /// Resources that were stored without `active`, when that meant active, and have `active: true` now.
    pub activated: u64,
}
