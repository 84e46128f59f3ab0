//! Rows of single sign-on that go with somebody or something else, whether or not this build has single sign-on.

use super::Conn;
use crate::access::AccountId;
use crate::people::Compared;
use crate::storage::later::Later;
use crate::storage::schema::{identity, sso_certificate, sso_connection, sso_report, sso_request, sso_seen};
use diesel::prelude::*;
use provost::Object;
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

/// A user of the directory is gone, and whoever was linked through it is nobody at the identity provider any more.
pub(super) fn forget_user(conn: &mut Conn, tenant: TenantId, user: i64) -> QueryResult<()> {
    conn.later(diesel::delete(of_user(tenant, user)))
}

/// A user of the directory has another `userName` or `externalId`. Where names are compared, the old one may be the next person's; and a
/// user without access may be another person altogether, unless what is compared stayed as it was.
pub(super) fn renamed(
    conn: &mut Conn,
    tenant: TenantId,
    (seq, user): (i64, &Object),
    has_access: bool,
) -> QueryResult<()> {
    let of_connection =
        sso_connection::tenant.eq(identity::tenant).and(sso_connection::id.eq(identity::connection));
    let known: Vec<(i64, String, String)> = identity::table
        .inner_join(sso_connection::table.on(of_connection))
        .filter(identity::tenant.eq(tenant.0))
        .filter(identity::user_seq.is_not_null())
        .filter(identity::user_seq.eq(seq))
        .select((identity::connection, identity::subject, sso_connection::claim_id))
        .load(conn)?;
    for (connection, subject, claim) in known {
        let compared = Compared::of_claim(&claim);
        let may_be_another = compared == Compared::UserName || !has_access;
        if may_be_another && !compared.is_of(&subject, user) {
            diesel::delete(identity::table.find((tenant.0, connection, subject))).execute(conn)?;
        }
    }
    Ok(())
}

/// A user of the directory stands behind the membership of an account from now on.
pub(super) fn stand_behind(
    conn: &mut Conn,
    tenant: TenantId,
    account: AccountId,
    user: i64,
) -> QueryResult<()> {
    let mine = identity::table.filter(identity::tenant.eq(tenant.0)).filter(identity::account.eq(account.0));
    diesel::update(mine).set(identity::user_seq.eq(user)).execute(conn)?;
    Ok(())
}

/// The account whose password opens an organisation that requires single sign-on; nothing where it requires none.
pub(super) fn emergency(conn: &mut Conn, tenant: TenantId) -> QueryResult<Option<AccountId>> {
    let required = sso_connection::table
        .filter(sso_connection::tenant.eq(tenant.0))
        .filter(sso_connection::emergency.is_not_null());
    let account: Option<Option<i64>> = required.select(sso_connection::emergency).first(conn).optional()?;
    Ok(account.flatten().map(AccountId))
}

#[diesel::dsl::auto_type]
fn of_user(tenant: TenantId, user: i64) -> _ {
    let tenant: i64 = tenant.0;
    identity::table
        .filter(identity::tenant.eq(tenant))
        .filter(identity::user_seq.is_not_null())
        .filter(identity::user_seq.eq(user))
}
