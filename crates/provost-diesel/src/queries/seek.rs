//! Pages by cursor: each is found where the previous one ended, by the sort values of its last row. Nothing is counted
//! on the way, so the last page costs as much as the first, and added or removed rows do not shift anything.

use super::page::{Listed, Portion, Reading, rows_of, total_of};
use super::room::Room;
use super::rows::Found;
use super::{Conn, Result};
use crate::error::HookError;
use crate::hook::TenantId;
use crate::sql::Fragment;
use crate::sql::sort::{Order, SortPosition};
use diesel::prelude::*;
use diesel::sql_types::{Nullable, Text};
use provost_core::Query;
use provost_core::query::{Seek, SeekKey};
use provost_provider::StoreError;

/// The page after a mark, and the mark after the page.
pub(super) fn find(
    conn: &mut Conn,
    reading: Reading<'_>,
    query: &Query,
    seek: &Seek,
    room: &mut Room,
) -> Result<Listed> {
    let (scope, filter) = (reading.scope(), query.filter.as_ref());
    let condition = scope.condition(filter);
    let after = match seek {
        Seek::First => None,
        Seek::After(mark) => Some(read_mark(mark)?),
    };
    if query.count == 0 {
        return Ok((Vec::new(), total_of(conn, reading, filter, &condition)?, None));
    }
    let limit = i64::try_from(query.count).unwrap_or(i64::MAX).saturating_add(1);
    let order = scope.sorted(query.sort.as_ref());
    let common = filter.is_none_or(|f| scope.is_common(f));
    let is_plain = filter.is_none() && query.sort.is_none();
    let (mut page, mut keys) = (Vec::new(), Vec::new());
    for stretch in order.behind(after.as_ref()) {
        let missing = limit.saturating_sub(i64::try_from(keys.len()).unwrap_or(i64::MAX));
        if missing == 0 {
            break;
        }
        let mut condition = condition.clone();
        condition.add(&stretch);
        let part = Portion { condition: &condition, order: order.sql(), limit: missing, offset: 0, common };
        match is_plain {
            // all of it is one stretch
            true => page = part.rows(conn, reading, room)?,
            false => keys.extend(part.keys(conn)?),
        }
    }
    if !is_plain {
        page = rows_of(conn, reading, &keys, room)?;
    }
    let more = room.is_cut || i64::try_from(page.len()).is_ok_and(|read| read == limit);
    page.truncate(usize::try_from(query.count).unwrap_or(usize::MAX));
    let total = match (more, &after) {
        // the first page is also the last
        (false, None) => i64::try_from(page.len()).unwrap_or(i64::MAX),
        _ => total_of(conn, reading, filter, &condition)?,
    };
    let next = match page.last().filter(|_| more) {
        Some(last) => Some(write_mark(&place(conn, reading.tenant, &order, last)?)),
        None => None,
    };
    Ok((page, total, next))
}

/// The position of a row in the order.
fn place(conn: &mut Conn, tenant: TenantId, order: &Order, row: &Found) -> Result<SortPosition> {
    let Some(key) = order.key() else { return Ok(SortPosition { key: None, seq: row.seq }) };
    let mut sql = Fragment::new("select ");
    sql.add(&key)
        .sql(" from ")
        .sql(key.source())
        .sql("r.tenant = ")
        .int(tenant.0)
        .sql(" and r.seq = ")
        .int(row.seq);
    let keys: Vec<Option<String>> = sql.once::<Nullable<Text>>().load(conn)?;
    Ok(SortPosition { key: Some(keys.into_iter().next().flatten()), seq: row.seq })
}

/// `7`, or `7 -` without a value to sort by, or `7 =` and the value.
pub(in super::super) fn write_mark(place: &SortPosition) -> SeekKey {
    let SortPosition { key, seq } = place;
    SeekKey::from(match key {
        None => seq.to_string(),
        Some(None) => format!("{seq} -"),
        Some(Some(key)) => format!("{seq} ={key}"),
    })
}

/// The position in a mark from [`write_mark`].
pub(in super::super) fn read_mark(mark: &SeekKey) -> Result<SortPosition> {
    read(mark).ok_or_else(|| HookError::Store(StoreError::foreign_mark()))
}

fn read(mark: &SeekKey) -> Option<SortPosition> {
    let (seq, key) = match mark.as_str().split_once(' ') {
        None => (mark.as_str(), None),
        Some((seq, "-")) => (seq, Some(None)),
        Some((seq, key)) => (seq, Some(Some(key.strip_prefix('=')?.to_owned()))),
    };
    Some(SortPosition { key, seq: seq.parse().ok()? })
}
