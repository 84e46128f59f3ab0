//! Mail with which people set a new password.

use super::{Conn, Storage, links, outbox};
use crate::access::{AccountId, Link};
use crate::audit::{Action, By, Deed, Done, INSTALLATION};
use crate::clock::Timestamp;
use crate::jobs::{JobName, Kind, NewJob, RecoveryStore};
use crate::storage::Result;
use crate::storage::schema::account;
use diesel::prelude::*;
use serde_json::json;

impl RecoveryStore for Storage {
    async fn ask_for_reset(&self, by: By, login_key: String) -> Result<()> {
        let now = by.at;
        self.change(by, move |conn| {
            let found: Option<i64> = account::table
                .filter(account::login_key.eq(&login_key))
                .filter(account::disabled.is_null())
                .select(account::id)
                .first(conn)
                .optional()?;
            found.map_or(Ok(Done::nothing(())), |id| ask(conn, AccountId(id), now))
        })
        .await
    }
}

/// Ends an account's links for setting a password. Their unsent mail is dropped first: a worker that has just taken one
/// makes its link in the same transaction, and is waited for.
pub(super) fn end(conn: &mut Conn, account: AccountId, now: Timestamp) -> QueryResult<()> {
    outbox::forget_named(conn, INSTALLATION, &format!("{}/%", JobName::of_resets(account)))?;
    links::end(conn, Link::Reset(account).kind(), account, now)
}

/// Queues the mail, unless one is queued. The record is about the account, whoever asked.
fn ask(conn: &mut Conn, account: AccountId, now: Timestamp) -> Result<Done<()>> {
    if outbox::has_waiting(conn, INSTALLATION, &format!("{}/%", JobName::of_resets(account)))? {
        return Ok(Done::nothing(()));
    }
    let number = now.as_millis();
    let name = JobName::reset(account, number);
    let detail = json!({ "account": account.0, "number": number });
    let job =
        NewJob { name, kind: Kind::PasswordReset, membership: None, detail, by_mode: false, due: Some(now) };
    outbox::put(conn, INSTALLATION, now, job)?;
    Ok(Done::told((), Deed::of_account(account, Action::AskForReset)))
}
