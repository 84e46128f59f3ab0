//! Rows of single sign-on that go with somebody or something else, whether or not this build has single sign-on.

use super::Conn;
use crate::access::AccountId;
use crate::storage::schema::{identity, sso_certificate, sso_connection, sso_report, sso_request, sso_seen};
use diesel::prelude::*;
use provost::hook::TenantId;

/// Deletes all of an organisation.
pub(super) fn purge(conn: &mut Conn, tenant: TenantId) -> QueryResult<()> {
    diesel::delete(identity::table.filter(identity::tenant.eq(tenant.0))).execute(conn)?;
    diesel::delete(sso_report::table.filter(sso_report::tenant.eq(tenant.0))).execute(conn)?;
    diesel::delete(sso_seen::table.filter(sso_seen::tenant.eq(tenant.0))).execute(conn)?;
    diesel::delete(sso_request::table.filter(sso_request::tenant.eq(tenant.0))).execute(conn)?;
    diesel::delete(sso_certificate::table.filter(sso_certificate::tenant.eq(tenant.0))).execute(conn)?;
    diesel::delete(sso_connection::table.filter(sso_connection::tenant.eq(tenant.0))).execute(conn)?;
    Ok(())
}

/// An account that is deleted is nobody at any identity provider.
pub(super) fn forget(conn: &mut Conn, account: AccountId) -> QueryResult<()> {
    diesel::delete(identity::table.filter(identity::account.eq(account.0))).execute(conn)?;
    Ok(())
}
