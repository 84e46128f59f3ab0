//! What the passage of time does to invitations and the outbox.

use super::at::{At, Doer};
use super::{Conn, brake, invitations, outbox, people};
use crate::audit::Actor;
use crate::clock::{Keys, Timestamp};
use crate::jobs::{JobName, Kind, NewJob};
use crate::people::life::Event;
use crate::people::{MembershipId, Mode};
use crate::storage::Result;
use crate::storage::locks::{Held, Hold};
use crate::storage::schema::{invitation, membership, organisation, outbox as mail, team_membership};
use diesel::prelude::*;
use provost::hook::TenantId;
use serde_json::json;

/// How many rows of each kind one sweep handles.
const MOST: i64 = 200;
/// How long sent mail is remembered.
const REMEMBERED_MS: i64 = 30 * 24 * 3_600_000;
/// The hour of the day (UTC) from which managers are told who is waiting.
const DIGEST_HOUR: i64 = 6;

/// Whether there is more to do than fits in one sweep.
pub(super) fn sweep(conn: &mut Conn, keys: &Keys, now: Timestamp) -> Result<bool> {
    let ended = end(conn, keys, now)?;
    let woken = wake(conn, now)?;
    let past = forget(conn, now)?;
    digests(conn, keys, now)?;
    let past_ends = brake::sweep(conn, now)?;
    Ok([ended, woken, past, past_ends].into_iter().any(|rows| rows >= MOST))
}

/// Ends expired invitations.
fn end(conn: &mut Conn, keys: &Keys, now: Timestamp) -> Result<i64> {
    let over: Vec<(i64, i64)> = invitation::table
        .filter(invitation::state.eq("sent"))
        .filter(invitation::ends.le(now.as_millis()))
        .limit(MOST)
        .select((invitation::tenant, invitation::membership))
        .load(conn)?;
    for (tenant, id) in &over {
        let at = At { tenant: TenantId(*tenant), keys, now, doer: Doer::Actor(&Actor::Worker) };
        // locked in the same order as when a membership ends
        conn.hold(Held::Membership(at.tenant, *id))?;
        invitations::end(conn, at.tenant, MembershipId(*id))?;
        people::befall(conn, at, MembershipId(*id), Event::Unreached)?;
    }
    Ok(many(over.len()))
}

/// Sends invitations that were waiting for the person to be in a team and need not wait any longer.
fn wake(conn: &mut Conn, now: Timestamp) -> Result<i64> {
    let place = team_membership::table
        .filter(team_membership::tenant.eq(mail::tenant))
        .filter(mail::membership.eq(team_membership::membership.nullable()));
    let waiting: Vec<(i64, String)> = mail::table
        .inner_join(organisation::table.on(organisation::tenant.eq(mail::tenant)))
        .filter(mail::state.eq("waiting"))
        .filter(mail::due.is_null())
        .filter(organisation::invitations.eq(Mode::Team.as_str()))
        .filter(organisation::disabled.is_null())
        .filter(diesel::dsl::exists(place))
        .limit(MOST)
        .select((mail::tenant, mail::name))
        .load(conn)?;
    for (tenant, name) in &waiting {
        let row = mail::table.find((*tenant, name)).filter(mail::due.is_null());
        diesel::update(row).set(mail::due.eq(now.as_millis())).execute(conn)?;
    }
    Ok(many(waiting.len()))
}

/// Deletes what was sent long ago, and what failed long ago and belongs to no membership.
fn forget(conn: &mut Conn, now: Timestamp) -> Result<i64> {
    let long_ago = now.as_millis().saturating_sub(REMEMBERED_MS);
    let sent = mail::state.eq("sent").and(mail::sent.lt(long_ago));
    let failed = mail::state.eq("failed").and(mail::membership.is_null()).and(mail::made.lt(long_ago));
    let past: Vec<(i64, String)> = mail::table
        .filter(sent.or(failed.nullable()))
        .limit(MOST)
        .select((mail::tenant, mail::name))
        .load(conn)?;
    for (tenant, name) in &past {
        diesel::delete(mail::table.find((*tenant, name))).execute(conn)?;
    }
    Ok(many(past.len()))
}

/// Tells owners and managers once a day who is waiting.
fn digests(conn: &mut Conn, keys: &Keys, now: Timestamp) -> Result<()> {
    let text = now.to_string();
    let Some((day, time)) = text.split_once('T') else { return Ok(()) };
    let hour = time.split(':').next().and_then(|hour| hour.parse().ok());
    if hour.is_none_or(|hour: i64| hour < DIGEST_HOUR) {
        return Ok(());
    }
    let tenants: Vec<i64> = organisation::table
        .filter(organisation::invitations.eq(Mode::Digest.as_str()))
        .filter(organisation::disabled.is_null())
        .select(organisation::tenant)
        .load(conn)?;
    for tenant in tenants {
        let to: Vec<i64> = membership::table
            .filter(membership::tenant.eq(tenant))
            .filter(membership::role.ne("member"))
            .filter(membership::account.is_not_null())
            .select(membership::id)
            .load(conn)?;
        let names = to.iter().map(|id| (MembershipId(*id), JobName::digest(day, MembershipId(*id))));
        let Some((_, first)) = names.clone().next() else { continue };
        let told: Option<String> =
            mail::table.find((tenant, first.0)).select(mail::name).first(conn).optional()?;
        let at = At { tenant: TenantId(tenant), keys, now, doer: Doer::Actor(&Actor::Worker) };
        if told.is_some() || invitations::uninvited(conn, at.tenant)? == 0 {
            continue;
        }
        for (id, name) in names {
            let (kind, membership, detail) = (Kind::Digest, Some(id), json!({}));
            let job = NewJob { name, kind, membership, detail, by_mode: true, due: Some(now) };
            outbox::put(conn, at.tenant, now, job)?;
        }
    }
    Ok(())
}

fn many(rows: usize) -> i64 {
    i64::try_from(rows).unwrap_or(MOST)
}
