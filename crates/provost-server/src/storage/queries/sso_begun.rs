//! Statements on test sign-ins that nobody answered.

use super::{Storage, accounts};
use crate::access::AccountId;
use crate::clock::Timestamp;
use crate::sso::{ConnectionId, REPORTED_MS, TestStore, Unanswered};
use crate::storage::Result;
use crate::storage::schema::sso_request;
use diesel::prelude::*;
use provost::hook::TenantId;

impl TestStore for Storage {
    async fn unanswered_test(&self, tenant: TenantId, now: Timestamp) -> Result<Option<Unanswered>> {
        let since = now.as_millis().saturating_sub(REPORTED_MS);
        self.read(move |conn| {
            let row: Option<(i64, i64, Option<i64>)> = sso_request::table
                .filter(sso_request::tenant.eq(tenant.0))
                .filter(sso_request::purpose.eq("test"))
                .filter(sso_request::used.is_null())
                .filter(sso_request::begun.gt(since))
                .order(sso_request::begun.desc())
                .select((sso_request::begun, sso_request::connection, sso_request::account))
                .first(conn)
                .optional()?;
            let Some((begun, connection, account)) = row else { return Ok(None) };
            let by = match account {
                Some(account) => accounts::one(conn, AccountId(account))?.map(|account| account.name),
                None => None,
            };
            Ok(Some(Unanswered {
                at: Timestamp::from_millis(begun),
                by: by.unwrap_or_default(),
                connection: ConnectionId(connection),
            }))
        })
        .await
    }
}
