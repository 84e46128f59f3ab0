//! Identity providers that stopped calling: which calls came after a pause, and when owners were told of silence.

use super::memberships::joined_owners;
use super::{Conn, Storage, organisations, outbox};
use crate::clock::Timestamp;
use crate::jobs::NewJob;
#[cfg(feature = "console")]
use crate::silence::SilencePageStore;
use crate::silence::{PAUSE_MS, Return, SilenceStore};
use crate::storage::Result;
use crate::storage::locks::{Held, Hold};
use crate::storage::schema::{call_return, silence, token};
use crate::tokens::KeyId;
use diesel::prelude::*;
use provost::hook::TenantId;

/// How many returns are kept per organisation.
const KEPT: i64 = 5;
const DAY_MS: i64 = 86_400_000;
/// How often owners are told of a silence that goes on.
const WEEK_MS: i64 = 7 * DAY_MS;

impl SilenceStore for Storage {
    async fn warn_of_silence(&self, tenant: TenantId, since: Timestamp, now: Timestamp) -> Result<bool> {
        let pause =
            if now.as_millis().saturating_sub(since.as_millis()) > WEEK_MS { WEEK_MS } else { DAY_MS };
        if !self.scan(move |conn| Ok(is_due(conn, tenant, now, pause)?)).await? {
            return Ok(false);
        }
        self.unrecorded(move |conn| {
            conn.hold(Held::Organisation(tenant))?;
            // it may have been deleted
            if !organisations::exists(conn, tenant)? {
                return Ok(false);
            }
            conn.hold(Held::Silence(tenant))?;
            // another server may have told them
            if !is_due(conn, tenant, now, pause)? {
                return Ok(false);
            }
            let row = silence::tenant.eq(tenant.0);
            diesel::insert_into(silence::table)
                .values((row, silence::told.eq(now.as_millis())))
                .on_conflict(silence::tenant)
                .do_update()
                .set(silence::told.eq(now.as_millis()))
                .execute(conn)?;
            for owner in joined_owners(conn, tenant)? {
                outbox::put(conn, tenant, now, NewJob::silence(since, now, owner))?;
            }
            Ok(true)
        })
        .await
    }
}

#[cfg(feature = "console")]
impl SilencePageStore for Storage {
    async fn returns(&self, tenant: TenantId) -> Result<Vec<Return>> {
        self.scan(move |conn| Ok(returns(conn, tenant)?)).await
    }
}

/// Whether owners were not told for the given time. A time that lies too far in the future, from a clock that was
/// ahead, is ignored.
fn is_due(conn: &mut Conn, tenant: TenantId, now: Timestamp, pause: i64) -> QueryResult<bool> {
    let told: Vec<Option<i64>> = silence::table.find(tenant.0).select(silence::told).load(conn)?;
    let told = told.into_iter().flatten().next();
    Ok(told.is_none_or(|told| now.as_millis().abs_diff(told) >= pause.unsigned_abs()))
}

/// A token was used after a pause. Notes it, and the identity provider's return if none of its other tokens were used
/// either.
pub(super) fn back(conn: &mut Conn, key_id: &KeyId, at: Timestamp) -> QueryResult<()> {
    let Some((tenant, _)) = whose(conn, key_id)? else { return Ok(()) };
    conn.hold(Held::Organisation(tenant))?;
    // it may have been deleted with its organisation
    let Some((_, read_only)) = whose(conn, key_id)? else { return Ok(()) };
    // a client that only reads is not the identity provider
    let paused = if read_only { None } else { paused(conn, tenant, at)? };
    diesel::update(token::table.find(key_id.as_str()))
        .set(token::last_used.eq(at.as_millis()))
        .execute(conn)?;
    match paused {
        Some(paused_ms) => keep(conn, tenant, Return { at, paused_ms }),
        None => Ok(()),
    }
}

fn whose(conn: &mut Conn, key_id: &KeyId) -> QueryResult<Option<(TenantId, bool)>> {
    let found = token::table.find(key_id.as_str()).select((token::tenant, token::read_only));
    let rows: Vec<(i64, bool)> = found.load(conn)?;
    Ok(rows.into_iter().next().map(|(tenant, read_only)| (TenantId(tenant), read_only)))
}

/// For how long none of the organisation's tokens was used, if that is a pause. Of two servers called after it, one
/// finds the use noted by the other.
fn paused(conn: &mut Conn, tenant: TenantId, at: Timestamp) -> QueryResult<Option<i64>> {
    conn.hold(Held::Silence(tenant))?;
    let last: Option<i64> = token::table
        .filter(token::tenant.eq(tenant.0))
        .filter(token::read_only.eq(false))
        .select(diesel::dsl::max(token::last_used))
        .first(conn)?;
    Ok(last.map(|last| at.as_millis().saturating_sub(last)).filter(|paused| *paused > PAUSE_MS))
}

fn keep(conn: &mut Conn, tenant: TenantId, new: Return) -> QueryResult<()> {
    let at = new.at.as_millis();
    let own = call_return::table.filter(call_return::tenant.eq(tenant.0));
    // noted by a clock that was ahead
    diesel::delete(own.filter(call_return::at.ge(at))).execute(conn)?;
    let row =
        (call_return::tenant.eq(tenant.0), call_return::at.eq(at), call_return::paused.eq(new.paused_ms));
    diesel::insert_into(call_return::table).values(row).execute(conn)?;
    let past: Vec<i64> =
        own.order(call_return::at.desc()).offset(KEPT).limit(KEPT).select(call_return::at).load(conn)?;
    match past.first() {
        Some(last) => diesel::delete(own.filter(call_return::at.le(*last))).execute(conn).map(drop),
        None => Ok(()),
    }
}

/// The calls to an organisation that came after a pause, oldest first.
pub(super) fn returns(conn: &mut Conn, tenant: TenantId) -> QueryResult<Vec<Return>> {
    let rows: Vec<(i64, i64)> = call_return::table
        .filter(call_return::tenant.eq(tenant.0))
        .order(call_return::at)
        .select((call_return::at, call_return::paused))
        .load(conn)?;
    Ok(rows.into_iter().map(|(at, paused_ms)| Return { at: Timestamp::from_millis(at), paused_ms }).collect())
}

/// Deletes what is known about an organisation that is being deleted.
pub(super) fn purge(conn: &mut Conn, tenant: TenantId) -> QueryResult<()> {
    diesel::delete(call_return::table.filter(call_return::tenant.eq(tenant.0))).execute(conn)?;
    diesel::delete(silence::table.find(tenant.0)).execute(conn)?;
    Ok(())
}
