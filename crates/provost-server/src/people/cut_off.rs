//! Cuts a member off by hand: makes the SCIM user inactive, as the identity provider would, for a person whom the
//! provider no longer has or who must be out at once, and for anybody while SCIM is off.

use super::acts::Order;
use crate::storage::{Storage, StorageError};
use crate::users::{Written, write};
use provost::{Id, Profile, SchemaSet};
use serde_json::json;
use std::sync::Arc;

/// Who is cut off.
#[derive(Debug, Clone)]
pub(crate) struct CutOff {
    pub(crate) order: Order,
    pub(crate) user: Id,
    pub(crate) user_name: String,
    /// Whether SCIM was on when it was asked for.
    pub(crate) was_on: bool,
}

pub(crate) async fn cut_off(
    storage: &Storage,
    schemas: Arc<SchemaSet>,
    profile: Profile,
    what: CutOff,
) -> Result<(), StorageError> {
    let (tenant, id, path) = (what.order.tenant, what.order.id, format!("/Users/{}", what.user));
    let store = storage.directory_of(Arc::clone(&schemas), what);
    let inactive = Written::Patch(json!({ "op": "replace", "path": "active", "value": false }));
    match write((store, schemas), (tenant, profile), &path, inactive).await? {
        true => Ok(()),
        false => Err(StorageError::NoMember(id.to_string())),
    }
}
