//! Inviting several people at once on the members page, up to a number per hour.

use super::store::Becomes;
use crate::audit::By;
use crate::clock::Timestamp;
use crate::people::Role;
use crate::storage::{Result, asked};
use provost::hook::TenantId;

/// How many people an organisation may invite on the page within an hour, and how many addresses a form may have.
pub(crate) const MOST: usize = 100;
pub(crate) const HOUR_MS: i64 = 3_600_000;

asked! {
    trait InvitingStore {
        /// Invites those of these addresses that can be invited, or nobody if they are too many.
        async fn invite_several(
            &self,
            by: By,
            tenant: TenantId,
            emails: Vec<String>,
            role: Role,
        ) -> Result<Several>;
    }
}

/// The result for each address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Several {
    Done(Vec<(String, Becomes)>),
    /// More than may be invited now: `left` are possible. The count restarts at `until`.
    TooMany {
        left: usize,
        until: Timestamp,
    },
}
