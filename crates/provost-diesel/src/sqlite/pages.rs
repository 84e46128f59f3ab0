//! Pages of all resources by position (`startIndex`), found from where an earlier one ended (see [`OffsetCache`]).

use super::Conn;
use super::engine::counts;
use super::offsets::OffsetCache;
use super::queries::{Listed, Portion, Reading, Room, Slice};
use crate::error::HookError;

/// A page of all resources of the type, in order of creation.
pub(super) fn in_order_of_creation(
    conn: &mut Conn,
    reading: Reading<'_>,
    asked: Slice,
    room: &mut Room,
    offsets: &OffsetCache,
) -> Result<Listed, HookError> {
    let (tenant, name) = (reading.tenant, reading.kind.name.as_str());
    let (total, deleted) = counts(conn, tenant, name)?;
    let Slice { offset, limit } = asked;
    if limit == 0 || offset >= total {
        return Ok((Vec::new(), total, None));
    }
    let (known, after) = offsets.before(tenant, name, deleted, offset).unwrap_or_default();
    let mut condition = reading.scope().condition(None);
    condition.sql(" and r.seq > ").int(after);
    let order = reading.scope().order(None);
    let part = Portion {
        condition: &condition,
        order: &order,
        limit,
        offset: offset.saturating_sub(known),
        common: true,
    };
    let page = match part.offset {
        0 => part.rows(conn, reading, room)?,
        _ => part.rows_by_key(conn, reading, room)?,
    };
    if let Some(last) = page.last() {
        let place = offset.saturating_add(i64::try_from(page.len()).unwrap_or(i64::MAX));
        offsets.remember(tenant, name, deleted, place, last.seq);
    }
    // also where this one began, just before its first row, for a client that asks for it again
    if let Some(first) = page.first() {
        offsets.remember(tenant, name, deleted, offset, first.seq.saturating_sub(1));
    }
    Ok((page, total, None))
}
