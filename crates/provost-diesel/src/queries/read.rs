//! Get and find.

use super::page::{Listed, Portion, Reading, Slice, total_of};
use super::room::Room;
use super::rows::find_row;
use super::{Conn, Result, links, seek};
use crate::engine::Engine;
use crate::sql::Fragment;
use crate::sql::selective::LookUp;
use provost_core::query::{Include, Page};
use provost_core::{Id, Query, Resource};

/// A resource.
///
/// It is found by its `id` and served as it was sent. No derived value is involved, so the derivation is not checked.
pub(in super::super) fn get(
    conn: &mut Conn,
    reading: Reading<'_>,
    id: &Id,
    include: Include,
) -> Result<Option<Resource>> {
    let Reading { tenant, kind, .. } = reading;
    let wanted = reading.links(include);
    if wanted.sides().next().is_none() {
        return Ok(find_row(conn, tenant, kind.name.as_str(), id)?.map(|f| f.resource));
    }
    // a single snapshot for the row and its links
    conn.snapshot(|conn| {
        let foreseen = links::foresee(conn, wanted, true, || {
            let mut list = Fragment::new("(select r.seq from scim_resource r where r.tenant = ");
            list.int(tenant.0).sql(" and r.id = ").text(id.as_str());
            list.sql(" and r.kind = ").text(kind.name.as_str()).sql(")");
            links::Keys { list, common: true }
        })?;
        match find_row(conn, tenant, kind.name.as_str(), id)? {
            Some(found) => links::complete(conn, wanted, found, foreseen.as_ref()).map(Some),
            None => Ok(None),
        }
    })
}

/// A page. `by_place` returns one of all resources, since databases find a position in different ways.
pub(in super::super) fn find(
    conn: &mut Conn,
    reading: Reading<'_>,
    query: &Query,
    room: &mut Room,
    by_place: impl FnOnce(&mut Conn, Slice, &mut Room) -> Result<Listed>,
) -> Result<Page> {
    // a single snapshot for the page, its links and the total
    conn.snapshot(|conn| {
        conn.prove(reading.derivation)?;
        let asked = Slice::of(query);
        let (page, total, next) = match (&query.seek, &query.filter, &query.sort) {
            (Some(seek), ..) => seek::find(conn, reading, query, seek, room)?,
            (None, None, None) => by_place(conn, asked, room)?,
            _ => selected(conn, reading, query, asked, room)?,
        };
        let resources = page.into_iter().map(|f| f.resource).collect();
        Ok(Page::new(u64::try_from(total).unwrap_or_default(), resources).with_next(next))
    })
}

/// A page of resources that match a filter, or in another order.
fn selected(
    conn: &mut Conn,
    reading: Reading<'_>,
    query: &Query,
    Slice { offset, limit }: Slice,
    room: &mut Room,
) -> Result<Listed> {
    let (scope, filter) = (reading.scope(), query.filter.as_ref());
    let (condition, order) = (scope.condition(filter), scope.order(query.sort.as_ref()));
    let common = filter.is_none_or(|f| scope.is_common(f));
    let part = Portion { condition: &condition, order: &order, limit, offset, common };
    // rows that an index returns in order need no pass over the keys first
    let is_look_up = query.sort.is_none()
        && offset == 0
        && filter.is_some_and(|f| matches!(scope.look_up(f), Some(LookUp::Rows)));
    let page = match limit {
        0 => Vec::new(),
        _ if is_look_up => part.rows(conn, reading, room)?,
        _ => part.rows_by_key(conn, reading, room)?,
    };
    let seen = i64::try_from(page.len()).unwrap_or(i64::MAX);
    let total = if !room.is_cut && seen < limit && (seen > 0 || offset == 0) {
        // the page reaches the end of the list
        offset.saturating_add(seen)
    } else {
        total_of(conn, reading, filter, &condition)?
    };
    Ok((page, total, None))
}
