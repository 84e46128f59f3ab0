//! Rows of `session`, and of the browsers that signed in before.

use super::{Conn, accounts};
use crate::access::{AccountId, Digest, Found, LONGEST_MS, NewSession, REMEMBERED_MS, Reason, Session};
use crate::clock::Timestamp;
use crate::storage::schema::{account, known_browser, session};
use crate::storage::{Result, StorageError};
use diesel::prelude::*;
use provost::hook::TenantId;

/// How long a browser is recognised after a sign-in.
const KNOWN_MS: i64 = 90 * 24 * 3_600 * 1_000;

pub(super) fn insert(conn: &mut Conn, id: AccountId, new: &NewSession, now: Timestamp) -> QueryResult<()> {
    let old = now.as_millis().saturating_sub(REMEMBERED_MS);
    diesel::delete(session::table.filter(session::ended.lt(old).or(session::ends.nullable().lt(old))))
        .execute(conn)?;
    let epoch: i64 = account::table.find(id.0).select(account::epoch).first(conn)?;
    let row = (
        session::id.eq(new.id.0.as_slice()),
        session::account.eq(id.0),
        session::epoch.eq(epoch),
        session::created.eq(now.as_millis()),
        session::seen.eq(now.as_millis()),
        session::ends.eq(now.as_millis().saturating_add(LONGEST_MS)),
        session::address.eq(&new.address),
        session::browser.eq(&new.browser),
    );
    diesel::insert_into(session::table).values(row).execute(conn)?;
    Ok(())
}

#[derive(Queryable)]
struct Row {
    id: Vec<u8>,
    account: accounts::Columns,
    tenant: Option<i64>,
    epoch: i64,
    created: i64,
    seen: i64,
    ends: i64,
    address: String,
    browser: String,
    ended: Option<i64>,
    reason: Option<String>,
}

/// Sessions with their accounts, with the columns of [`Row`].
#[diesel::dsl::auto_type]
fn rows() -> _ {
    session::table.inner_join(account::table.on(account::id.eq(session::account))).select((
        session::id,
        accounts::columns(),
        session::tenant,
        session::epoch,
        session::created,
        session::seen,
        session::ends,
        session::address,
        session::browser,
        session::ended,
        session::reason,
    ))
}

fn found(row: Row, now: Timestamp) -> Result<Found> {
    let damaged = || StorageError::Damaged { what: "session", text: "..".to_owned() };
    if let Some(ended) = row.ended {
        let is_recent = now.as_millis().saturating_sub(ended) < REMEMBERED_MS;
        let reason = row.reason.as_deref().and_then(Reason::stored).ok_or_else(damaged)?;
        return Ok(if is_recent { Found::Ended(reason) } else { Found::None });
    }
    let session = Session {
        id: Digest::stored(&row.id).ok_or_else(damaged)?,
        account: accounts::read(row.account),
        confined_to: row.tenant.map(TenantId),
        created: Timestamp::from_millis(row.created),
        seen: Timestamp::from_millis(row.seen),
        ends: Timestamp::from_millis(row.ends),
        address: row.address,
        browser: row.browser,
    };
    Ok(match session.end(now) {
        Some(reason) => Found::Ended(reason),
        None if session.account.is_off => Found::Ended(Reason::AccountOff),
        None if row.epoch != session.account.epoch => Found::Ended(Reason::NewPassword),
        None => Found::Open(Box::new(session)),
    })
}

pub(super) fn find(conn: &mut Conn, id: Digest, now: Timestamp) -> Result<Found> {
    let row: Option<Row> = rows().filter(session::id.eq(id.0.as_slice())).first(conn).optional()?;
    row.map_or(Ok(Found::None), |row| found(row, now))
}

/// The open sessions of an account, the most recently used first.
pub(super) fn of_account(conn: &mut Conn, id: AccountId, now: Timestamp) -> Result<Vec<Session>> {
    let all: Vec<Row> = rows().filter(session::account.eq(id.0)).order(session::seen.desc()).load(conn)?;
    let mut open = Vec::new();
    for row in all {
        if let Found::Open(session) = found(row, now)? {
            open.push(*session);
        }
    }
    Ok(open)
}

/// Notes that a session is used.
pub(super) fn note(conn: &mut Conn, id: Digest, now: Timestamp) -> QueryResult<()> {
    let row =
        session::table.filter(session::id.eq(id.0.as_slice())).filter(session::seen.lt(now.as_millis()));
    diesel::update(row).set(session::seen.eq(now.as_millis())).execute(conn)?;
    Ok(())
}

/// Ends one session of an account; whether it was open.
pub(super) fn end(
    conn: &mut Conn,
    account: AccountId,
    id: Digest,
    reason: Reason,
    now: Timestamp,
) -> QueryResult<usize> {
    let open = session::table.filter(session::account.eq(account.0)).filter(session::ended.is_null());
    diesel::update(open.filter(session::id.eq(id.0.as_slice()))).set(ending(reason, now)).execute(conn)
}

/// Ends all sessions of an account but one; returns how many.
pub(super) fn end_all(
    conn: &mut Conn,
    account: AccountId,
    kept: Option<Digest>,
    reason: Reason,
    now: Timestamp,
) -> QueryResult<usize> {
    let open = session::table.filter(session::account.eq(account.0)).filter(session::ended.is_null());
    match kept {
        Some(kept) => diesel::update(open.filter(session::id.ne(kept.0.to_vec())))
            .set(ending(reason, now))
            .execute(conn),
        None => diesel::update(open).set(ending(reason, now)).execute(conn),
    }
}

/// Begins a session through an identity provider. It opens one organisation only, and lasts no longer than the provider
/// said.
#[cfg(feature = "sso")]
pub(super) fn insert_signed_on(
    conn: &mut Conn,
    id: AccountId,
    tenant: TenantId,
    person: &crate::sso::Arrived,
    now: Timestamp,
) -> QueryResult<()> {
    insert(conn, id, &person.session, now)?;
    let row = session::table.filter(session::id.eq(person.session.id.0.as_slice()));
    diesel::update(row)
        .set((
            session::tenant.eq(tenant.0),
            session::connection.eq(person.connection.0),
            session::name_id.eq(&person.name_id),
            session::session_index.eq(&person.session_index),
            session::signed_in.eq(person.signed_in.as_millis()),
        ))
        .execute(conn)?;
    let longer = session::table.filter(session::id.eq(person.session.id.0.as_slice()));
    if let Some(ends) = person.ends {
        diesel::update(longer.filter(session::ends.gt(ends.as_millis())))
            .set(session::ends.eq(ends.as_millis()))
            .execute(conn)?;
    }
    Ok(())
}

/// When the person of a session signed in at the identity provider, as far as that is known.
#[cfg(feature = "sso")]
pub(super) fn signed_in(conn: &mut Conn, id: Digest) -> QueryResult<Option<i64>> {
    let row = session::table.filter(session::id.eq(id.0.as_slice()));
    Ok(row.select(session::signed_in).first::<Option<i64>>(conn).optional()?.flatten())
}

/// The person of a session has signed in again: it ends with that sign-in, and is as new.
#[cfg(feature = "sso")]
pub(super) fn signed_in_again(conn: &mut Conn, id: Digest, person: &crate::sso::Proven) -> QueryResult<()> {
    let row = session::table.filter(session::id.eq(id.0.as_slice()));
    diesel::update(row)
        .set((
            session::name_id.eq(&person.name_id),
            session::session_index.eq(&person.session_index),
            session::signed_in.eq(person.signed_in),
        ))
        .execute(conn)?;
    Ok(())
}

/// Ends the sessions that came through a connection; returns how many.
#[cfg(feature = "sso")]
pub(super) fn end_of_connection(
    conn: &mut Conn,
    tenant: TenantId,
    connection: crate::sso::ConnectionId,
    reason: Reason,
    now: Timestamp,
) -> QueryResult<usize> {
    let open = session::table
        .filter(session::tenant.eq(tenant.0))
        .filter(session::connection.eq(connection.0))
        .filter(session::ended.is_null());
    diesel::update(open).set(ending(reason, now)).execute(conn)
}

/// Ends the sessions in which somebody came through a connection, or just one of them; returns the account of each.
#[cfg(feature = "sso")]
pub(super) fn end_signed_on(
    conn: &mut Conn,
    tenant: TenantId,
    leaving: &crate::sso::Leaving,
    only: Option<Digest>,
    now: Timestamp,
) -> QueryResult<Vec<i64>> {
    type Columns = (Vec<u8>, i64, Option<String>);
    let open: Vec<Columns> = session::table
        .filter(session::tenant.eq(tenant.0))
        .filter(session::connection.eq(leaving.connection.0))
        .filter(session::name_id.eq(&leaving.name_id))
        .filter(session::ended.is_null())
        .select((session::id, session::account, session::session_index))
        .load(conn)?;
    let is_meant = |(id, _, index): &Columns| {
        let is_named = index.as_ref().is_some_and(|index| leaving.session_indexes.contains(index));
        (leaving.session_indexes.is_empty() || is_named) && only.is_none_or(|only| only.0.as_slice() == id)
    };
    let (ids, accounts): (Vec<Vec<u8>>, Vec<i64>) =
        open.into_iter().filter(is_meant).map(|(id, account, _)| (id, account)).unzip();
    for id in ids {
        diesel::update(session::table.find(id)).set(ending(Reason::SignedOut, now)).execute(conn)?;
    }
    Ok(accounts)
}

/// Ends the sessions of an account that open only this organisation; returns how many.
pub(super) fn end_confined(
    conn: &mut Conn,
    tenant: TenantId,
    account: AccountId,
    reason: Reason,
    now: Timestamp,
) -> QueryResult<usize> {
    let confined = session::table
        .filter(session::tenant.eq(tenant.0))
        .filter(session::account.eq(account.0))
        .filter(session::ended.is_null());
    diesel::update(confined).set(ending(reason, now)).execute(conn)
}

/// Deletes the sessions of accounts that open, or opened, only this organisation; returns how many.
pub(super) fn forget_confined(conn: &mut Conn, tenant: TenantId, accounts: &[i64]) -> QueryResult<usize> {
    let confined = session::table.filter(session::tenant.eq(tenant.0));
    diesel::delete(confined.filter(session::account.eq_any(accounts))).execute(conn)
}

/// Ends all sessions that open only this organisation; returns how many.
pub(super) fn end_all_confined(conn: &mut Conn, tenant: TenantId, now: Timestamp) -> QueryResult<usize> {
    let confined = session::table.filter(session::tenant.eq(tenant.0)).filter(session::ended.is_null());
    diesel::update(confined).set(ending(Reason::SwitchedOff, now)).execute(conn)
}

/// Ends all sessions that open only an organisation being deleted, and forgets what its identity provider said of them.
/// Like other ended sessions they are remembered for a day, so that the person reads why they were signed out.
pub(super) fn end_deleted(conn: &mut Conn, tenant: TenantId, now: Timestamp) -> QueryResult<()> {
    let confined = || session::table.filter(session::tenant.eq(tenant.0));
    diesel::update(confined().filter(session::ended.is_null()))
        .set(ending(Reason::Deleted, now))
        .execute(conn)?;
    diesel::update(confined())
        .set((
            session::connection.eq(None::<i64>),
            session::name_id.eq(None::<String>),
            session::session_index.eq(None::<String>),
        ))
        .execute(conn)?;
    Ok(())
}

/// Keeps a session open after a change of password.
#[cfg(feature = "console")]
pub(super) fn keep(conn: &mut Conn, account: AccountId, id: Digest) -> QueryResult<()> {
    let epoch: i64 = account::table.find(account.0).select(account::epoch).first(conn)?;
    let mine = session::table.filter(session::account.eq(account.0));
    diesel::update(mine.filter(session::id.eq(id.0.as_slice())))
        .set(session::epoch.eq(epoch))
        .execute(conn)?;
    Ok(())
}

fn ending(
    reason: Reason,
    now: Timestamp,
) -> (diesel::dsl::Eq<session::ended, i64>, diesel::dsl::Eq<session::reason, &'static str>) {
    (session::ended.eq(now.as_millis()), session::reason.eq(reason.as_str()))
}

/// Notes that an account was used from a browser.
pub(super) fn know_browser(
    conn: &mut Conn,
    browser: Digest,
    account: AccountId,
    now: Timestamp,
) -> QueryResult<()> {
    let past = known_browser::table.filter(known_browser::ends.lt(now.as_millis()));
    diesel::delete(past).execute(conn)?;
    let ends = now.as_millis().saturating_add(KNOWN_MS);
    let row = (
        known_browser::hash.eq(browser.0.as_slice()),
        known_browser::account.eq(account.0),
        known_browser::ends.eq(ends),
    );
    diesel::insert_into(known_browser::table)
        .values(row)
        .on_conflict((known_browser::hash, known_browser::account))
        .do_update()
        .set(known_browser::ends.eq(ends))
        .execute(conn)?;
    Ok(())
}
