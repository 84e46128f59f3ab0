//! A test sign-in to which no answer came: the provider sent it elsewhere, or the test was not finished.

use super::connection::{ConnectionId, SignOn};
use super::report::Report;
use crate::clock::Timestamp;
use crate::storage::{Result, asked};
use provost::hook::TenantId;

asked! {
    trait TestStore {
        /// The test begun last among those without an answer, for a day.
        async fn unanswered_test(&self, tenant: TenantId, now: Timestamp) -> Result<Option<Unanswered>>;
    }
}

/// A test without an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Unanswered {
    pub(crate) at: Timestamp,
    /// The name of the account that began it.
    pub(crate) by: String,
    pub(crate) connection: ConnectionId,
}

/// The test that is still waited for: of what is set up now, and begun after the last report.
pub(crate) fn awaited(
    found: Option<Unanswered>,
    sign_on: &SignOn,
    last: Option<&Report>,
) -> Option<Unanswered> {
    let newest = sign_on.newest()?.id;
    found.filter(|test| test.connection == newest && last.is_none_or(|last| last.at() < test.at))
}
