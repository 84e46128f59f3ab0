//! Erases a person from the audit trail.

use super::records::Row;
use super::{Conn, directory, identities, requests, sessions};
use crate::access::AccountId;
use crate::audit::erasure::Person;
use crate::audit::{Action, Deed, Done, Entry};
use crate::clock::Timestamp;
use crate::people::AddressKey;
use crate::storage::schema::{account, audit, known_account, known_browser, membership, one_time, session};
use diesel::prelude::*;
use provost::hook::TenantId;

pub(super) fn naming(
    conn: &mut Conn,
    tenant: TenantId,
    after: &str,
    limit: usize,
) -> QueryResult<Vec<Entry>> {
    let rows: Vec<Row> = audit::table
        .filter(audit::tenant.eq(tenant.0))
        .filter(audit::id.gt(after))
        .filter(audit::person.is_not_null())
        .order(audit::id)
        .limit(i64::try_from(limit).unwrap_or(i64::MAX))
        .load(conn)?;
    Ok(rows.into_iter().map(Entry::from).collect())
}

fn numbers<'a>(ids: impl IntoIterator<Item = &'a String>) -> Vec<i64> {
    ids.into_iter().filter_map(|id| id.parse().ok()).collect()
}

/// The name of a person who still exists.
pub(super) fn still_there(conn: &mut Conn, tenant: TenantId, person: &Person) -> QueryResult<Option<String>> {
    for name in person.names() {
        let users = directory::users_with_address(conn, tenant, name.as_str())?;
        if users.iter().any(|user| AddressKey::of_user(&user.body).contains(name)) {
            return Ok(Some(name.as_str().to_owned()));
        }
    }
    let is_called = membership::email_key.eq_any(person.names().map(|name| name.as_str().to_owned()));
    let is_theirs = membership::account.eq_any(numbers(&person.accounts));
    let is_one = membership::id.eq_any(numbers(&person.members));
    let members = membership::table.filter(membership::tenant.eq(tenant.0));
    let members = members.filter(is_called.or(is_theirs).or(is_one.nullable()));
    let members: Vec<(i64, Option<String>)> =
        members.select((membership::id, membership::email)).limit(1).load(conn)?;
    Ok(members.into_iter().next().map(|(id, email)| email.unwrap_or_else(|| id.to_string())))
}

/// Blanks whatever names people. The hash of it stays, so that the chain remains valid.
pub(super) fn blank(
    conn: &mut Conn,
    tenant: TenantId,
    ids: &[String],
    person: &Person,
) -> QueryResult<Done<usize>> {
    let records = audit::table.filter(audit::tenant.eq(tenant.0)).filter(audit::id.eq_any(ids));
    let named = records.filter(audit::person.is_not_null());
    let count = diesel::update(named).set(audit::person.eq(None::<String>)).execute(conn)?;
    if count == 0 {
        return Ok(Done::nothing(0));
    }
    let list = |ids: &std::collections::BTreeSet<String>| ids.iter().cloned().collect::<Vec<_>>();
    let deed = Deed::of(tenant, Action::Erase, "")
        .noting("records", ids.to_vec())
        .noting("accounts", list(&person.accounts))
        .noting("members", list(&person.members));
    Ok(Done::told(count, deed))
}

/// Links to the identity provider, test results, kept requests of the organisation, whoever they are about, and the sessions that opened only this organisation are erased with the trail.
/// Members keep theirs: nothing of a member is erased.
pub(super) fn unlink(
    conn: &mut Conn,
    tenant: TenantId,
    person: &Person,
    now: Timestamp,
) -> QueryResult<Done<usize>> {
    let accounts = numbers(&person.accounts);
    let links = identities::forget_in(conn, tenant, &accounts)?;
    let sessions = sessions::forget_confined(conn, tenant, &accounts)?;
    let requests = requests::erase(conn, tenant, now)?;
    if links + sessions + requests == 0 {
        return Ok(Done::nothing(0));
    }
    let deed = Deed::of(tenant, Action::Erase, "").noting("links", links);
    let deed = if sessions > 0 { deed.noting("sessions", sessions) } else { deed };
    let deed = if requests > 0 { deed.noting("requests", requests) } else { deed };
    Ok(Done::told(links, deed))
}

/// Deletes an account with its sessions, links and known browsers, unless it is still needed.
pub(super) fn delete_account(conn: &mut Conn, id: AccountId) -> QueryResult<Done<bool>> {
    let members = membership::table.filter(membership::account.eq(id.0)).count().get_result::<i64>(conn)?;
    let users =
        known_account::table.filter(known_account::account.eq(id.0)).count().get_result::<i64>(conn)?;
    if members > 0 || users > 0 {
        return Ok(Done::nothing(false));
    }
    diesel::delete(session::table.filter(session::account.eq(id.0))).execute(conn)?;
    diesel::delete(one_time::table.filter(one_time::account.eq(id.0))).execute(conn)?;
    diesel::delete(known_browser::table.filter(known_browser::account.eq(id.0))).execute(conn)?;
    identities::forget(conn, id)?;
    match diesel::delete(account::table.find(id.0)).execute(conn)? {
        0 => Ok(Done::nothing(false)),
        _ => Ok(Done::told(true, Deed::of_installation(Action::DeleteAccount, &id.0))),
    }
}
