//! What is read on the thread that asks: some microseconds, where handing it to another thread would cost more than
//! reading it (docs/performance.md).

use super::Conn;
use super::queries::{Reading, complete, find_row, has_many};
use crate::engine::Engine;
use crate::error::HookError;
use provost_core::query::Include;
use provost_core::{Id, Query, Resource};

/// Members that are read here at most.
const MEMBERS: i64 = 256;
/// Resources of a page that are read here at most.
const ROWS: u64 = 200;

/// The answer takes long to read.
#[derive(Debug, Clone, Copy)]
pub(super) struct TooLarge;

/// A resource, unless it has many members.
pub(super) fn get(
    conn: &mut Conn,
    reading: Reading<'_>,
    id: &Id,
    include: Include,
) -> Result<Result<Option<Resource>, TooLarge>, HookError> {
    let Reading { tenant, kind, .. } = reading;
    if !reading.has_links(include) {
        return Ok(Ok(find_row(conn, tenant, kind.name.as_str(), id)?.map(|f| f.resource)));
    }
    conn.snapshot(|conn| {
        let Some(found) = find_row(conn, tenant, kind.name.as_str(), id)? else { return Ok(Ok(None)) };
        let members = include.members && kind.members().is_some();
        if members && has_many(conn, tenant, found.seq, MEMBERS)? {
            return Ok(Err(TooLarge));
        }
        Ok(Ok(Some(complete(conn, reading.links(include), found)?)))
    })
}

/// Whether a query is answered from a few rows that an index finds.
pub(super) fn is_quick(reading: Reading<'_>, query: &Query) -> bool {
    let few = query.count <= ROWS && query.sort.is_none();
    let members = query.include.members && reading.kind.members().is_some();
    few && !members
        && match &query.filter {
            // a cursor is as near as the first page
            None => query.seek.is_some() || query.start <= ROWS,
            Some(filter) => reading.scope().is_point(filter),
        }
}
