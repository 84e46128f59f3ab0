//! Reads that run on the calling thread: a few microseconds, less than handing them to another thread
//! (docs/performance.md). What turns out to be larger is abandoned and read elsewhere.

use super::Conn;
use super::queries::links::complete_within;
use super::queries::page::LOOK_UP;
use super::queries::rows::find_row;
use super::queries::{Portion, Reading, Room, prove};
use crate::engine::Engine;
use crate::error::HookError;
use crate::hook::TenantId;
use crate::layout::Side;
use crate::sql::selective::LookUp;
use crate::sql::{Fragment, ends};
use diesel::prelude::*;
use diesel::sql_types::BigInt;
use provost_core::query::{Include, Page};
use provost_core::{Id, Query, Resource};

/// The most members or groups read here.
const LINKS: usize = 256;
/// The most resources on a page read here.
const PAGE: u64 = 100;
/// The most bytes of bodies read here.
const BYTES: usize = 256 * 1024;

/// The answer takes too long to read here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum TooLarge {
    /// It has few resources, each found by an index.
    Few,
    /// It is a list.
    Many,
}

/// A resource, unless it has many members or groups.
pub(super) fn get(
    conn: &mut Conn,
    reading: Reading<'_>,
    id: &Id,
    include: Include,
) -> Result<Result<Option<Resource>, TooLarge>, HookError> {
    let (Reading { tenant, kind, .. }, wanted) = (reading, reading.links(include));
    if wanted.sides().next().is_none() {
        return Ok(Ok(find_row(conn, tenant, kind.name.as_str(), id)?.map(|f| f.resource)));
    }
    conn.snapshot(|conn| {
        let Some(found) = find_row(conn, tenant, kind.name.as_str(), id)? else { return Ok(Ok(None)) };
        let members = include.members && kind.members().is_some();
        if members && has_many(conn, tenant, Side::Members, found.seq, LINKS)? {
            return Ok(Err(TooLarge::Few));
        }
        Ok(match complete_within(conn, wanted, &mut strict(include, LINKS, BYTES), found, None)? {
            Some(resource) => Ok(Some(resource)),
            None => Err(TooLarge::Few),
        })
    })
}

/// This much room, even for a single resource.
fn strict(include: Include, links: usize, bytes: usize) -> Room {
    let mut room = Room::unlimited(include);
    (room.bounds.links, room.bounds.bytes, room.is_strict) = (links, bytes, true);
    room
}

/// The room for a page read here, which may be smaller still.
fn small(query: &Query) -> Room {
    strict(query.include, LINKS.min(query.bounds.links), BYTES.min(query.bounds.bytes))
}

/// Whether a page is of the kind most clients ask for: a hundred of all resources, close to where an index finds the
/// first.
pub(super) fn is_small_page(reading: Reading<'_>, query: &Query) -> bool {
    let members = query.include.members && reading.kind.members().is_some();
    let is_near = query.seek.is_some() || query.start <= PAGE;
    !members && query.filter.is_none() && query.sort.is_none() && is_near && query.count <= PAGE
}

/// Reads a page with few members, groups and bytes, or abandons it.
pub(super) fn within(
    query: &Query,
    read: impl FnOnce(&mut Room) -> Result<Page, HookError>,
) -> Result<Result<Page, TooLarge>, HookError> {
    let mut room = small(query);
    let page = read(&mut room)?;
    Ok(if room.is_cut { Err(TooLarge::Many) } else { Ok(page) })
}

/// The first page of the resources with one indexed value, unless there are many.
pub(super) fn look_up(
    conn: &mut Conn,
    reading: Reading<'_>,
    query: &Query,
) -> Result<Result<Page, TooLarge>, HookError> {
    let members = query.include.members && reading.kind.members().is_some();
    let is_plain = query.sort.is_none() && query.seek.is_none() && query.start <= 1 && query.count > 0;
    let Some(filter) = query.filter.as_ref().filter(|_| is_plain) else { return Ok(Err(TooLarge::Many)) };
    let scope = reading.scope();
    let Some(key) = scope.look_up(filter) else {
        return Ok(Err(if scope.names_each(filter) { TooLarge::Few } else { TooLarge::Many }));
    };
    conn.snapshot(|conn| {
        match key {
            LookUp::Set(rows) if exceeds(conn, &rows, LOOK_UP - 1)? => return Ok(Err(TooLarge::Many)),
            LookUp::Set(_) | LookUp::Rows => prove(conn, reading.derivation)?,
        }
        if members {
            return Ok(Err(TooLarge::Few));
        }
        let (condition, order) = (scope.condition(Some(filter)), scope.order(None));
        let part = Portion { condition: &condition, order: &order, limit: LOOK_UP, offset: 0, common: true };
        let mut room = small(query);
        let rows = part.rows(conn, reading, &mut room)?;
        let found = i64::try_from(rows.len()).unwrap_or(i64::MAX);
        let wanted = i64::try_from(query.count).unwrap_or(i64::MAX);
        if found == LOOK_UP {
            return Ok(Err(TooLarge::Many));
        }
        if room.is_cut || found > wanted {
            return Ok(Err(TooLarge::Few));
        }
        Ok(Ok(Page::new(found.unsigned_abs(), rows.into_iter().map(|f| f.resource).collect())))
    })
}

/// Whether a resource has more than `limit` links.
fn has_many(
    conn: &mut Conn,
    tenant: TenantId,
    side: Side,
    seq: i64,
    limit: usize,
) -> Result<bool, HookError> {
    let mut sql = Fragment::new("select count(*) from (select 1 from scim_member m where m.tenant = ");
    sql.int(tenant.0).sql(" and ").sql(ends(side).0).sql(" = ").int(seq);
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    sql.sql(" limit ").literal(limit.saturating_add(1)).sql(") t");
    let counted: Vec<i64> = sql.fixed::<BigInt>().load(conn)?;
    Ok(counted.into_iter().any(|n| n > limit))
}

/// Whether there are more rows than `most`, without counting further; `from` is what follows FROM.
fn exceeds(conn: &mut Conn, from: &Fragment, most: i64) -> Result<bool, HookError> {
    let mut sql = Fragment::new("select count(*) from (select 1 from ");
    sql.add(from).sql(" limit ").literal(most.saturating_add(1)).sql(") t");
    let counted: Vec<i64> = sql.fixed::<BigInt>().load(conn)?;
    Ok(counted.into_iter().any(|n| n > most))
}
