//! Rows of single sign-on that go with somebody or something else, whether or not this build has single sign-on.

use super::Conn;
use crate::access::AccountId;
use crate::people::{Compared, MembershipId};
use crate::storage::later::Later;
use crate::storage::schema::{
    identity, membership, organisation, sso_certificate, sso_connection, sso_report, sso_request, sso_seen,
};
use diesel::dsl::sql;
use diesel::expression::SqlLiteral;
use diesel::prelude::*;
use diesel::sql_types::Text;
use provost::Object;
use provost::hook::TenantId;
use uuid::Uuid;

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
    diesel::delete(sso_report::table.filter(sso_report::account.eq(account.0))).execute(conn)?;
    diesel::delete(identity::table.filter(identity::account.eq(account.0))).execute(conn)?;
    Ok(())
}

/// The same in one organisation; how many links there were.
pub(super) fn forget_in(conn: &mut Conn, tenant: TenantId, accounts: &[i64]) -> QueryResult<usize> {
    let reports = sso_report::table.filter(sso_report::tenant.eq(tenant.0));
    diesel::delete(reports.filter(sso_report::account.eq_any(accounts))).execute(conn)?;
    let links = identity::table.filter(identity::tenant.eq(tenant.0));
    diesel::delete(links.filter(identity::account.eq_any(accounts))).execute(conn)
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

/// Who an account is at the identity providers of an organisation, another one is from now on, where that one is nobody there.
#[cfg(feature = "console")]
pub(super) fn pass_on(conn: &mut Conn, tenant: TenantId, from: AccountId, to: AccountId) -> QueryResult<()> {
    let of = |id: AccountId| {
        identity::table.filter(identity::tenant.eq(tenant.0)).filter(identity::account.eq(id.0))
    };
    let taken: Vec<i64> = of(to).select(identity::connection).load(conn)?;
    diesel::delete(of(from).filter(identity::connection.eq_any(taken))).execute(conn)?;
    diesel::update(of(from)).set(identity::account.eq(to.0)).execute(conn)?;
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

/// The same of a membership of the directory that somebody joins by.
pub(super) fn stand_behind_member(conn: &mut Conn, tenant: TenantId, id: MembershipId) -> QueryResult<()> {
    let row = membership::table.find((tenant.0, id.0)).select((membership::account, membership::user_seq));
    match row.first::<(Option<i64>, Option<i64>)>(conn).optional()? {
        Some((Some(account), Some(user))) => stand_behind(conn, tenant, AccountId(account), user),
        _ => Ok(()),
    }
}

/// Whether an account is known at an identity provider as somebody who is not this user of the directory.
pub(super) fn is_another(
    conn: &mut Conn,
    tenant: TenantId,
    account: AccountId,
    user: &Object,
) -> QueryResult<bool> {
    let of_connection =
        sso_connection::tenant.eq(identity::tenant).and(sso_connection::id.eq(identity::connection));
    let known: Vec<(String, String)> = identity::table
        .inner_join(sso_connection::table.on(of_connection))
        .filter(identity::tenant.eq(tenant.0))
        .filter(identity::account.eq(account.0))
        .select((identity::subject, sso_connection::claim_id))
        .load(conn)?;
    Ok(known.iter().any(|(subject, claim)| {
        let compared = Compared::of_claim(claim);
        compared.names(user) && !compared.is_of(subject, user)
    }))
}

/// Whether anybody came just in time to the organisation of a statement.
#[diesel::dsl::auto_type]
pub(super) fn has_let_in() -> _ {
    // written out, since SQLite compares it with the condition of the index
    let literal: SqlLiteral<Text> = sql("'just-in-time'");
    let of_organisation = identity::table.filter(identity::tenant.eq(organisation::tenant));
    diesel::dsl::exists(of_organisation.filter(identity::how.eq(literal)))
}

/// The account of whoever came just in time and is, by what the identity provider said then, this user of the directory.
pub(super) fn let_in(conn: &mut Conn, tenant: TenantId, user: &Object) -> QueryResult<Option<AccountId>> {
    let of_connection =
        sso_connection::tenant.eq(identity::tenant).and(sso_connection::id.eq(identity::connection));
    let texts = ["externalId", "userName"].map(|name| user.str(name).unwrap_or_default().to_owned());
    let mut subjects: Vec<String> =
        texts.iter().flat_map(|text| [text.clone(), text.to_lowercase()]).collect();
    subjects.extend(texts.first().and_then(|id| Uuid::try_parse(id).ok()).map(|id| id.to_string()));
    let known: Vec<(String, i64, String)> = identity::table
        .inner_join(sso_connection::table.on(of_connection))
        .filter(identity::tenant.eq(tenant.0))
        .filter(identity::how.eq(sql::<Text>("'just-in-time'")))
        .filter(identity::subject.eq_any(subjects))
        .select((identity::subject, identity::account, sso_connection::claim_id))
        .load(conn)?;
    let is_user =
        |(subject, _, claim): &&(String, i64, String)| Compared::of_claim(claim).is_of(subject, user);
    Ok(known.iter().find(is_user).map(|(_, account, _)| AccountId(*account)))
}

/// Nobody becomes a member by signing in any more; whether anybody did.
pub(super) fn let_nobody_in(conn: &mut Conn, tenant: TenantId) -> QueryResult<bool> {
    let row = sso_connection::table
        .filter(sso_connection::tenant.eq(tenant.0))
        .filter(sso_connection::just_in_time);
    Ok(diesel::update(row).set(sso_connection::just_in_time.eq(false)).execute(conn)? > 0)
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
