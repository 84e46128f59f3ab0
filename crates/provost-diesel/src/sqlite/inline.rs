//! What is read on the thread that asks: some microseconds, where handing it to another thread would cost more than
//! reading it (docs/performance.md). What turns out to be more is given up and read elsewhere.

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

/// Members or groups that are read here at most.
const LINKS: usize = 256;
/// Resources of a page that are read here at most.
const PAGE: u64 = 100;
/// Bytes of bodies that are read here at most.
const BYTES: usize = 256 * 1024;

/// The answer takes long to read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum TooLarge {
    /// It has few resources, of which an index finds each.
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

/// Room for that much, and not for a first resource that is larger either.
fn strict(include: Include, links: usize, bytes: usize) -> Room {
    let mut room = Room::unlimited(include);
    (room.bounds.links, room.bounds.bytes, room.is_strict) = (links, bytes, true);
    room
}

/// What is read here, of a page that may have less.
fn small(query: &Query) -> Room {
    strict(query.include, LINKS.min(query.bounds.links), BYTES.min(query.bounds.bytes))
}

/// Whether a page is one of those that most clients ask for: a hundred resources of all there are, near where an index
/// finds the first of them.
pub(super) fn is_small_page(reading: Reading<'_>, query: &Query) -> bool {
    let members = query.include.members && reading.kind.members().is_some();
    let is_near = query.seek.is_some() || query.start <= PAGE;
    !members && query.filter.is_none() && query.sort.is_none() && is_near && query.count <= PAGE
}

/// Reads a page that has few members, groups and bytes, or gives it up.
pub(super) fn within(
    query: &Query,
    read: impl FnOnce(&mut Room) -> Result<Page, HookError>,
) -> Result<Result<Page, TooLarge>, HookError> {
    let mut room = small(query);
    let page = read(&mut room)?;
    Ok(if room.is_cut { Err(TooLarge::Many) } else { Ok(page) })
}

/// The first page of what has one value, which an index looks up, unless many have it.
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

/// Whether there are more rows than that, of which no more are counted: `from` is what follows FROM.
fn exceeds(conn: &mut Conn, from: &Fragment, most: i64) -> Result<bool, HookError> {
    let mut sql = Fragment::new("select count(*) from (select 1 from ");
    sql.add(from).sql(" limit ").literal(most.saturating_add(1)).sql(") t");
    let counted: Vec<i64> = sql.fixed::<BigInt>().load(conn)?;
    Ok(counted.into_iter().any(|n| n > most))
}
