//! Writes refused by a constraint.

use super::Conn;
use crate::engine::Engine;
use crate::error::HookError;
use diesel::result::Error as DieselError;
use provost_provider::StoreError;

/// A failed write to `scim_resource`: a unique value is taken, or the database failed.
pub(super) fn refused(e: DieselError) -> HookError {
    match Conn::refused(&e) {
        Some(attribute) => taken(attribute),
        None => e.into(),
    }
}

pub(super) fn taken(attribute: &str) -> HookError {
    HookError::Store(StoreError::Conflict { attribute: attribute.to_owned() })
}
