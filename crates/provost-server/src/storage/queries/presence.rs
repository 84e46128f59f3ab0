//! Where the sessions of an account were used, and where they no longer open anything: rows of `session_use` and
//! `session_end`.

use super::Conn;
#[cfg(feature = "console")]
use super::sessions;
use crate::access::{AccountId, Digest, LONGEST_MS};
#[cfg(feature = "console")]
use crate::access::{Reason, Session};
use crate::clock::Timestamp;
#[cfg(feature = "console")]
use crate::storage::Result;
use crate::storage::schema::{membership, session, session_end, session_use};
use diesel::prelude::*;
use provost::hook::TenantId;

/// Sessions begun before this time no longer open the organisation; `None` if all do.
pub(super) fn opens_from(
    conn: &mut Conn,
    tenant: TenantId,
    account: AccountId,
) -> QueryResult<Option<Timestamp>> {
    let at: Option<i64> =
        session_end::table.find((tenant.0, account.0)).select(session_end::at).first(conn).optional()?;
    Ok(at.map(Timestamp::from_millis))
}

/// When a session was last used in an organisation.
pub(super) fn used(conn: &mut Conn, tenant: TenantId, id: Digest) -> QueryResult<Option<Timestamp>> {
    let row = session_use::table.find((tenant.0, id.0.to_vec())).select(session_use::seen);
    Ok(row.first(conn).optional()?.map(Timestamp::from_millis))
}

/// Notes that a session is used in an organisation.
pub(super) fn note_use(conn: &mut Conn, tenant: TenantId, id: Digest, now: Timestamp) -> QueryResult<()> {
    let seen = session_use::seen.eq(now.as_millis());
    diesel::insert_into(session_use::table)
        .values((session_use::tenant.eq(tenant.0), session_use::session.eq(id.0.to_vec()), seen))
        .on_conflict((session_use::tenant, session_use::session))
        .do_update()
        .set(seen)
        .execute(conn)?;
    Ok(())
}

/// Notes with the membership when the session began that is used there for the first time: the last sign-in that lists show.
pub(super) fn note_sign_in(conn: &mut Conn, tenant: TenantId, id: Digest) -> QueryResult<()> {
    let begun = session::table.find(id.0.to_vec()).select((session::account, session::created));
    let Some((account, created)) = begun.first::<(i64, i64)>(conn).optional()? else { return Ok(()) };
    let mine =
        membership::table.filter(membership::tenant.eq(tenant.0)).filter(membership::account.eq(account));
    let earlier = mine.filter(membership::last_seen.is_null().or(membership::last_seen.lt(created)));
    diesel::update(earlier).set(membership::last_seen.eq(created)).execute(conn)?;
    Ok(())
}

/// Notes the first use of a session in an organisation; whether this was the first. Of two at once, only one is.
#[cfg(feature = "sso")]
pub(super) fn note_first(conn: &mut Conn, tenant: TenantId, id: Digest, now: Timestamp) -> QueryResult<bool> {
    let made = diesel::insert_into(session_use::table)
        .values((
            session_use::tenant.eq(tenant.0),
            session_use::session.eq(id.0.to_vec()),
            session_use::seen.eq(now.as_millis()),
        ))
        .on_conflict((session_use::tenant, session_use::session))
        .do_nothing()
        .execute(conn)?;
    Ok(made == 1)
}

/// Forgets where an account's sessions were used in an organisation, so that the next use counts as the first.
#[cfg(feature = "sso")]
pub(super) fn forget_uses(conn: &mut Conn, tenant: TenantId, account: AccountId) -> QueryResult<()> {
    let theirs: Vec<Vec<u8>> =
        session::table.filter(session::account.eq(account.0)).select(session::id).load(conn)?;
    let uses = session_use::table.filter(session_use::tenant.eq(tenant.0));
    diesel::delete(uses.filter(session_use::session.eq_any(theirs))).execute(conn)?;
    Ok(())
}

/// The open sessions of an account that were used in an organisation and still open it, with the time of the last use.
#[cfg(feature = "console")]
pub(super) fn used_here(
    conn: &mut Conn,
    tenant: TenantId,
    account: AccountId,
    now: Timestamp,
) -> Result<Vec<Session>> {
    let from = opens_from(conn, tenant, account)?;
    let opens = |session: &Session| match session.confined_to {
        Some(only) => only == tenant,
        None => from.is_none_or(|from| session.created >= from),
    };
    let mut open = sessions::of_account(conn, account, now)?;
    open.retain(opens);
    let ids: Vec<Vec<u8>> = open.iter().map(|session| session.id.0.to_vec()).collect();
    let uses: Vec<(Vec<u8>, i64)> = session_use::table
        .filter(session_use::tenant.eq(tenant.0))
        .filter(session_use::session.eq_any(ids))
        .select((session_use::session, session_use::seen))
        .load(conn)?;
    let seen = |session: &Session| uses.iter().find(|(id, _)| *id == session.id.0).map(|(_, seen)| *seen);
    let used = open.into_iter().filter_map(|session| {
        let seen = Timestamp::from_millis(seen(&session)?);
        Some(Session { seen, ..session })
    });
    Ok(used.collect())
}

/// Ends an account's access to one organisation: sessions that open only it end; others stop opening it. Returns how
/// many had been used there.
#[cfg(feature = "console")]
pub(super) fn end_here(
    conn: &mut Conn,
    tenant: TenantId,
    account: AccountId,
    now: Timestamp,
) -> Result<usize> {
    let ended = used_here(conn, tenant, account, now)?.len();
    sessions::end_confined(conn, tenant, account, Reason::EndedHere, now)?;
    let at = session_end::at.eq(now.as_millis());
    diesel::insert_into(session_end::table)
        .values((session_end::tenant.eq(tenant.0), session_end::account.eq(account.0), at))
        .on_conflict((session_end::tenant, session_end::account))
        .do_update()
        .set(at)
        .execute(conn)?;
    Ok(ended)
}

/// Forgets notes about sessions that have ended by now.
pub(super) fn forget(conn: &mut Conn, now: Timestamp) -> QueryResult<()> {
    let old = now.as_millis().saturating_sub(LONGEST_MS);
    diesel::delete(session_use::table.filter(session_use::seen.lt(old))).execute(conn)?;
    diesel::delete(session_end::table.filter(session_end::at.lt(old))).execute(conn)?;
    Ok(())
}
