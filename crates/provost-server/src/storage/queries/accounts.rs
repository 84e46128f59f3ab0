//! Statements on accounts that SCIM users joined with.

use super::Conn;
use crate::access::AccountId;
use crate::storage::schema::known_account;
use diesel::prelude::*;
use provost::hook::TenantId;

/// Keeps the account that had joined for a SCIM user who loses access.
pub(super) fn keep(conn: &mut Conn, tenant: TenantId, user: i64, account: AccountId) -> QueryResult<()> {
    let row = (
        known_account::tenant.eq(tenant.0),
        known_account::user_seq.eq(user),
        known_account::account.eq(account.0),
    );
    diesel::insert_into(known_account::table)
        .values(row)
        .on_conflict((known_account::tenant, known_account::user_seq))
        .do_update()
        .set(known_account::account.eq(account.0))
        .execute(conn)?;
    Ok(())
}

pub(super) fn forget(conn: &mut Conn, tenant: TenantId, user: i64) -> QueryResult<()> {
    diesel::delete(known_account::table.find((tenant.0, user))).execute(conn)?;
    Ok(())
}
