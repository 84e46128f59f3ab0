//! Inviting on the page of the members: several at once, so many an hour.

use super::store::Becomes;
use crate::audit::By;
use crate::clock::Timestamp;
use crate::people::Role;
use crate::storage::{Result, asked};
use provost::hook::TenantId;

/// People whom an organisation may invite on the page within an hour, and addresses in one form.
pub(crate) const MOST: usize = 100;
pub(crate) const HOUR_MS: i64 = 3_600_000;

asked! {
    trait InvitingStore {
        /// Invites all of these addresses that can be invited, or none.
        async fn invite_several(
            &self,
            by: By,
            tenant: TenantId,
            emails: Vec<String>,
            role: Role,
        ) -> Result<Several>;
    }
}

/// What became of addresses.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Several {
    Done(Vec<(String, Becomes)>),
    /// These are too many for now. The count starts again at `until`.
    TooMany {
        left: usize,
        until: Timestamp,
    },
}
