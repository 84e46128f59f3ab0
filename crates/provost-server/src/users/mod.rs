//! Users as the identity provider sent them, with and without access.

pub(crate) mod command;
mod store;
#[cfg(feature = "console")]
mod written;

pub(crate) use store::UserStore;
#[cfg(feature = "console")]
pub(crate) use written::{Written, write};

use provost::Id;
use serde::Serialize;

/// A user of an organisation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct User {
    /// The position in the list.
    #[serde(skip)]
    pub(crate) seq: i64,
    pub(crate) user_name: String,
    pub(crate) display_name: Option<String>,
    pub(crate) email: Option<String>,
    pub(crate) external_id: Option<String>,
    pub(crate) active: bool,
    pub(crate) scim_user_id: Id,
}
