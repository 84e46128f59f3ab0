//! Single sign-on rows that must be deleted or changed with something else, even in a build without single sign-on.

use super::Conn;
use crate::access::AccountId;
use crate::people::{Compared, MembershipId, subjects};
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

/// Deletes everything of an organisation.
pub(super) fn purge(conn: &mut Conn, tenant: TenantId) -> QueryResult<()> {
    diesel::delete(identity::table.filter(identity::tenant.eq(tenant.0))).execute(conn)?;
    diesel::delete(sso_report::table.filter(sso_report::tenant.eq(tenant.0))).execute(conn)?;
    diesel::delete(sso_seen::table.filter(sso_seen::tenant.eq(tenant.0))).execute(conn)?;
    diesel::delete(sso_request::table.filter(sso_request::tenant.eq(tenant.0))).execute(conn)?;
    diesel::delete(sso_certificate::table.filter(sso_certificate::tenant.eq(tenant.0))).execute(conn)?;
    diesel::delete(sso_connection::table.filter(sso_connection::tenant.eq(tenant.0))).execute(conn)?;
    Ok(())
}

/// Deletes the links and test results of a deleted account.
pub(super) fn forget(conn: &mut Conn, account: AccountId) -> QueryResult<()> {
    diesel::delete(sso_report::table.filter(sso_report::account.eq(account.0))).execute(conn)?;
    diesel::delete(identity::table.filter(identity::account.eq(account.0))).execute(conn)?;
    Ok(())
}

/// The same within one organisation, with whatever a connection keeps of its last test; returns the number of links.
pub(super) fn forget_in(conn: &mut Conn, tenant: TenantId, accounts: &[i64]) -> QueryResult<usize> {
    // somebody else may have tested with the sign-in of a person who is erased, so no report stays
    diesel::delete(sso_report::table.filter(sso_report::tenant.eq(tenant.0))).execute(conn)?;
    let tests = sso_request::table.filter(sso_request::tenant.eq(tenant.0));
    diesel::delete(tests.filter(sso_request::report.is_not_null())).execute(conn)?;
    let links = || identity::table.filter(identity::tenant.eq(tenant.0));
    let theirs = || links().filter(identity::account.eq_any(accounts));
    let subjects: Vec<String> = theirs().select(identity::subject).load(conn)?;
    let of_tenant = sso_connection::table.filter(sso_connection::tenant.eq(tenant.0));
    let is_theirs = sso_connection::tested_by.eq_any(accounts);
    let is_them = sso_connection::tested_as.eq_any(subjects);
    let tested = of_tenant.filter(sso_connection::tested_as.is_not_null()).filter(is_theirs.or(is_them));
    diesel::update(tested).set(sso_connection::tested_as.eq("")).execute(conn)?;
    diesel::delete(theirs()).execute(conn)
}

/// A SCIM user was deleted, and links made through it go with it.
pub(super) fn forget_user(conn: &mut Conn, tenant: TenantId, user: i64) -> QueryResult<()> {
    conn.later(diesel::delete(of_user(tenant, user)))
}

/// A SCIM user's `userName` or `externalId` changed. Where names are compared, the old one may pass to the next person;
/// and a user without access may be a different person altogether, unless the compared id is unchanged. A name that is unchanged
/// shows nothing then: the next person has it, in the record of the one before.
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
        .select((identity::connection, identity::subject, sso_connection::compared))
        .load(conn)?;
    for (connection, subject, compared) in known {
        let compared = Compared::stored(&compared);
        let is_same = match (compared, has_access) {
            (Compared::UserName, false) => false,
            (Compared::ObjectId | Compared::ExternalId, true) => true,
            _ => compared.is_of(&subject, user),
        };
        if !is_same {
            diesel::delete(identity::table.find((tenant.0, connection, subject))).execute(conn)?;
        }
    }
    Ok(())
}

/// A member's links go over to the account that takes the membership. Where that account was linked as a former member, the
/// present member's link replaces its own. Returns how many were replaced.
#[cfg(feature = "console")]
pub(super) fn pass_on(
    conn: &mut Conn,
    tenant: TenantId,
    from: AccountId,
    to: AccountId,
) -> QueryResult<usize> {
    let of = |id: AccountId| {
        identity::table.filter(identity::tenant.eq(tenant.0)).filter(identity::account.eq(id.0))
    };
    let present: Vec<i64> = of(from).select(identity::connection).load(conn)?;
    let replaced = diesel::delete(of(to).filter(identity::connection.eq_any(present))).execute(conn)?;
    diesel::update(of(from)).set(identity::account.eq(to.0)).execute(conn)?;
    Ok(replaced)
}

/// An account takes the membership of a SCIM user. As a former member it may be linked to another sign-in, whose person must not open
/// this membership: such links are deleted. Returns how many.
pub(super) fn forget_another(
    conn: &mut Conn,
    tenant: TenantId,
    account: AccountId,
    user: &Object,
) -> QueryResult<usize> {
    if !is_another(conn, tenant, account, user)? {
        return Ok(0);
    }
    let links = identity::table.filter(identity::tenant.eq(tenant.0));
    diesel::delete(links.filter(identity::account.eq(account.0))).execute(conn)
}

/// A SCIM user now stands behind an account's membership.
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

/// The same for a SCIM membership through which somebody joins.
pub(super) fn stand_behind_member(conn: &mut Conn, tenant: TenantId, id: MembershipId) -> QueryResult<()> {
    let row = membership::table.find((tenant.0, id.0)).select((membership::account, membership::user_seq));
    match row.first::<(Option<i64>, Option<i64>)>(conn).optional()? {
        Some((Some(account), Some(user))) => stand_behind(conn, tenant, AccountId(account), user),
        _ => Ok(()),
    }
}

/// Whether an account is linked at an identity provider to a different SCIM user than this one.
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
        .select((identity::subject, sso_connection::compared))
        .load(conn)?;
    Ok(known.iter().any(|(subject, compared)| {
        let compared = Compared::stored(compared);
        compared.names(user) && !compared.is_of(subject, user)
    }))
}

/// Whether the statement's organisation has members who came just in time.
#[diesel::dsl::auto_type]
pub(super) fn has_let_in() -> _ {
    // literal, since SQLite matches it with the condition of a partial index
    let literal: SqlLiteral<Text> = sql("'just-in-time'");
    let of_organisation = identity::table.filter(identity::tenant.eq(organisation::tenant));
    diesel::dsl::exists(of_organisation.filter(identity::how.eq(literal)))
}

/// The account of somebody who came just in time and whom the identity provider then described as this SCIM user.
pub(super) fn let_in(conn: &mut Conn, tenant: TenantId, user: &Object) -> QueryResult<Option<AccountId>> {
    let of_connection =
        sso_connection::tenant.eq(identity::tenant).and(sso_connection::id.eq(identity::connection));
    let known: Vec<(String, i64, String)> = identity::table
        .inner_join(sso_connection::table.on(of_connection))
        .filter(identity::tenant.eq(tenant.0))
        .filter(identity::how.eq(sql::<Text>("'just-in-time'")))
        .filter(identity::subject.eq_any(subjects(user)))
        .select((identity::subject, identity::account, sso_connection::compared))
        .load(conn)?;
    let is_user =
        |(subject, _, compared): &&(String, i64, String)| Compared::stored(compared).is_of(subject, user);
    Ok(known.iter().find(is_user).map(|(_, account, _)| AccountId(*account)))
}

/// Turns just-in-time membership off; whether it was on.
pub(super) fn let_nobody_in(conn: &mut Conn, tenant: TenantId) -> QueryResult<bool> {
    let row = sso_connection::table
        .filter(sso_connection::tenant.eq(tenant.0))
        .filter(sso_connection::just_in_time);
    Ok(diesel::update(row).set(sso_connection::just_in_time.eq(false)).execute(conn)? > 0)
}

/// The emergency account, whose password still opens an organisation that requires single sign-on; `None` where that is
/// not required.
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
