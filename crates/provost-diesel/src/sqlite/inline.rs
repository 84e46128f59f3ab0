//! What is read on the thread that asks: some microseconds, where handing it to another thread would cost more than
//! reading it (docs/performance.md). What turns out to be more is given up and read elsewhere.

use super::Conn;
use super::queries::{LOOK_UP, Portion, Reading, Room, complete_within, exceeds, find_row, has_many, prove};
use crate::engine::Engine;
use crate::error::HookError;
use crate::layout::Side;
use crate::sql::filter::LookUp;
use provost_core::query::{Bounds, Include, Page};
use provost_core::{Id, Query, Resource};

/// Members or groups that are read here at most.
const LINKS: usize = 256;
/// Resources that are read here at most.
const ROWS: i64 = LOOK_UP - 1;
/// Bytes of bodies that are read here at most.
const BYTES: usize = 256 * 1024;

/// The answer takes long to read.
#[derive(Debug, Clone, Copy)]
pub(super) struct TooLarge;

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
            return Ok(Err(TooLarge));
        }
        Ok(match complete_within(conn, wanted, &mut small(include), found)? {
            Some(resource) => Ok(Some(resource)),
            None => Err(TooLarge),
        })
    })
}

fn small(include: Include) -> Room {
    let mut bounds = Bounds::unlimited();
    (bounds.links, bounds.bytes) = (LINKS, BYTES);
    Room { bounds, include, is_strict: true }
}

/// The first page of what has one value, which an index looks up, unless many have it.
pub(super) fn find(
    conn: &mut Conn,
    reading: Reading<'_>,
    query: &Query,
) -> Result<Result<Page, TooLarge>, HookError> {
    let members = query.include.members && reading.kind.members().is_some();
    let is_plain = query.sort.is_none() && query.seek.is_none() && query.start <= 1 && query.count > 0;
    let Some(filter) = query.filter.as_ref().filter(|_| is_plain && !members) else {
        return Ok(Err(TooLarge));
    };
    let (scope, key) = (reading.scope(), reading.scope().look_up(filter));
    conn.snapshot(|conn| {
        match key {
            None => return Ok(Err(TooLarge)),
            Some(LookUp::Elements(rows)) if exceeds(conn, &rows, ROWS)? => return Ok(Err(TooLarge)),
            Some(LookUp::Elements(_) | LookUp::Rows) => prove(conn, reading.derivation)?,
        }
        let (condition, order) = (scope.condition(Some(filter)), scope.order(None));
        let part = Portion { condition: &condition, order: &order, limit: LOOK_UP, offset: 0, common: true };
        let rows = part.rows(conn, reading, &mut small(query.include))?;
        let wanted = i64::try_from(query.count).unwrap_or(i64::MAX);
        if rows.is_cut || rows.len() > ROWS || rows.len() > wanted {
            return Ok(Err(TooLarge));
        }
        let total = u64::try_from(rows.len()).unwrap_or_default();
        Ok(Ok(Page::new(total, rows.found.into_iter().map(|f| f.resource).collect())))
    })
}
