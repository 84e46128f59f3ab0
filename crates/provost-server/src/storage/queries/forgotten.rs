//! Removes audit records whose time is over, and records that.

use super::{Conn, counts, organisations, seals};
use crate::audit::chain::{hex, made_at};
use crate::audit::{Action, Deed, Done};
use crate::clock::Timestamp;
use crate::storage::Result;
use crate::storage::locks::{Held, Hold};
use crate::storage::schema::{audit, chain, seal};
use diesel::prelude::*;
use provost::hook::TenantId;
use serde_json::{Value, json};

/// The most rows that one write removes.
const REMOVED: usize = 500;

/// A place in the order of the index `audit_refused`: time and id.
type Place = (i64, String);

/// The refused writes of a tenant.
#[diesel::dsl::auto_type]
fn all_refused(tenant: TenantId) -> _ {
    let tenant: i64 = tenant.0;
    audit::table.filter(audit::tenant.eq(tenant)).filter(audit::error.is_not_null())
}

/// The newest refused write beyond the number to keep.
pub(super) fn first_over(conn: &mut Conn, tenant: TenantId, most: usize) -> QueryResult<Option<Place>> {
    let most = i64::try_from(most).unwrap_or(i64::MAX);
    let newest = all_refused(tenant).order((audit::at.desc(), audit::id.desc()));
    Ok(newest.select((audit::at, audit::id)).offset(most).limit(1).load(conn)?.pop())
}

pub(super) fn refused(
    conn: &mut Conn,
    tenant: TenantId,
    over: Option<&Place>,
    since: Timestamp,
) -> QueryResult<Done<bool>> {
    let most = i64::try_from(REMOVED).unwrap_or(i64::MAX);
    let oldest = all_refused(tenant).order((audit::at, audit::id));
    let oldest: Vec<Place> = oldest.select((audit::at, audit::id)).limit(most).load(conn)?;
    let is_gone = |place: &&Place| over.is_some_and(|over| *place <= over) || place.0 < since.as_millis();
    let gone: Vec<&str> = oldest.iter().take_while(is_gone).map(|(_, id)| id.as_str()).collect();
    // unsealed records stay for now, since the chain would not show their removal
    let sealed = seals::numbers(conn, tenant, &gone)?;
    if sealed.is_empty() {
        return Ok(Done::nothing(false));
    }
    let of_tenant = audit::table.filter(audit::tenant.eq(tenant.0));
    let ids = sealed.iter().map(|(_, id)| id.as_str());
    diesel::delete(of_tenant.filter(audit::id.eq_any(ids))).execute(conn)?;
    let deed = Deed::of(tenant, Action::Forget, "").noting("refused", ranges(sealed.iter().map(|(n, _)| *n)));
    Ok(Done::told(sealed.len() == REMOVED, deed.noting("count", sealed.len())))
}

/// Ascending numbers, as ranges.
fn ranges(numbers: impl Iterator<Item = i64>) -> Vec<Value> {
    let mut ranges: Vec<(i64, i64)> = Vec::new();
    for number in numbers {
        match ranges.last_mut() {
            Some((_, to)) if to.saturating_add(1) == number => *to = number,
            _ => ranges.push((number, number)),
        }
    }
    ranges.into_iter().map(|(from, to)| json!([from, to])).collect()
}

/// When the oldest sealed record was written.
pub(super) fn oldest(conn: &mut Conn, tenant: TenantId) -> QueryResult<Option<Timestamp>> {
    let first = first(conn, tenant, 1)?.pop();
    let at = first.and_then(|seal| seal.at.or_else(|| made_at(&seal.record)));
    Ok(at.map(Timestamp::from_millis))
}

/// A seal, and when its record was written, if that still exists.
#[derive(Queryable)]
struct Sealed {
    number: i64,
    hash: Vec<u8>,
    record: String,
    at: Option<i64>,
}

impl Sealed {
    /// A seal whose record was already removed need not be kept either.
    fn is_before(&self, since: Timestamp) -> bool {
        self.at.is_none_or(|at| at < since.as_millis())
    }
}

fn first(conn: &mut Conn, tenant: TenantId, limit: usize) -> QueryResult<Vec<Sealed>> {
    let of_record = audit::tenant.eq(seal::tenant).and(audit::id.eq(seal::record));
    seal::table
        .left_join(audit::table.on(of_record))
        .filter(seal::tenant.eq(tenant.0))
        .order(seal::number)
        .limit(i64::try_from(limit).unwrap_or(i64::MAX))
        .select((seal::number, seal::hash, seal::record, audit::at.nullable()))
        .load(conn)
}

/// Removes records from the beginning of the chain, which then starts at the last of their seals.
pub(super) fn old(conn: &mut Conn, tenant: TenantId, since: Timestamp) -> Result<Done<bool>> {
    // it may be deleted meanwhile, or another process may remove the same records
    conn.hold(Held::Organisation(tenant))?;
    if !organisations::exists(conn, tenant)? {
        return Ok(Done::nothing(false));
    }
    conn.hold(Held::Chain(tenant))?;
    let first = first(conn, tenant, REMOVED)?;
    let gone: Vec<&Sealed> = first.iter().take_while(|seal| seal.is_before(since)).collect();
    let Some(last) = gone.last() else { return Ok(Done::nothing(false)) };
    let of_tenant = audit::table.filter(audit::tenant.eq(tenant.0));
    let ids = gone.iter().map(|seal| seal.record.as_str());
    let count = diesel::delete(of_tenant.filter(audit::id.eq_any(ids))).execute(conn)?;
    let of_tenant = seal::table.filter(seal::tenant.eq(tenant.0));
    diesel::delete(of_tenant.filter(seal::number.le(last.number))).execute(conn)?;
    let base = (chain::base_number.eq(last.number), chain::base_hash.eq(&last.hash));
    diesel::update(chain::table.filter(chain::tenant.eq(tenant.0))).set(base).execute(conn)?;
    counts::forget(conn, tenant, since)?;
    let hash = hex(&seals::hash(last.hash.clone())?);
    let deed = Deed::of(tenant, Action::Forget, "")
        .noting("base", json!({ "number": last.number, "hash": hash }))
        .noting("count", count)
        .noting("before", since.to_string());
    Ok(Done::told(gone.len() == REMOVED, deed))
}
