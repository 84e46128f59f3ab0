//! Get and find.

use super::page::{Listed, Portion, Reading, Slice, USUAL_PAGE, rows_of, total_of};
use super::rows::find_row;
use super::{Conn, Result, links, prove, seek};
use crate::engine::Engine;
use provost_core::query::{Include, Page};
use provost_core::{Id, Query, Resource};

/// A resource.
///
/// It is found by its `id` and served as it was sent: no value that is derived with these schemas or those has a part in
/// it, so nothing is proved.
pub(in super::super) fn get(
    conn: &mut Conn,
    reading: Reading<'_>,
    id: &Id,
    include: Include,
) -> Result<Option<Resource>> {
    let Reading { tenant, kind, .. } = reading;
    if !reading.has_links(include) {
        return Ok(find_row(conn, tenant, kind.name.as_str(), id)?.map(|f| f.resource));
    }
    // one moment for the row and its links
    conn.snapshot(|conn| {
        let found = find_row(conn, tenant, kind.name.as_str(), id)?;
        found.map(|found| links::complete(conn, reading.links(include), found)).transpose()
    })
}

/// A page. `by_place` gives one of everything there is: how a database finds a place is its own business.
pub(in super::super) fn find(
    conn: &mut Conn,
    reading: Reading<'_>,
    query: &Query,
    by_place: impl FnOnce(&mut Conn, Slice) -> Result<Listed>,
) -> Result<Page> {
    // one moment for the page, its links and the total
    conn.snapshot(|conn| {
        prove(conn, reading.derivation)?;
        let asked = Slice::of(query);
        let (mut page, total, next) = match (&query.seek, &query.filter, &query.sort) {
            (Some(seek), ..) => seek::find(conn, reading, query, seek)?,
            (None, None, None) => by_place(conn, asked)?,
            _ => selected(conn, reading, query, asked)?,
        };
        links::fill(conn, reading.links(query.include), &mut page)?;
        let resources = page.into_iter().map(|f| f.resource).collect();
        Ok(Page::new(u64::try_from(total).unwrap_or_default(), resources).with_next(next))
    })
}

/// A page of resources that meet a filter, or in another order.
fn selected(conn: &mut Conn, reading: Reading<'_>, query: &Query, asked: Slice) -> Result<Listed> {
    let Slice { offset, limit } = asked;
    let (scope, filter) = (reading.scope(), query.filter.as_ref());
    let condition = scope.condition(filter);
    let order = scope.order(query.sort.as_ref());
    let common = filter.is_none_or(|f| scope.is_common(f));
    let part = Portion { condition: &condition, order: &order, limit, offset, common };
    let page = match filter {
        _ if limit == 0 => Vec::new(),
        Some(f) if query.sort.is_none() && scope.is_point(f) => {
            // few rows: with one limit for all of them, there is one statement for all of them
            let wide = Portion { limit: limit.max(USUAL_PAGE), ..part };
            let mut page = wide.rows(conn)?;
            let seen = i64::try_from(page.len()).unwrap_or(i64::MAX);
            page.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
            if seen < wide.limit && (seen > 0 || offset == 0) {
                return Ok((page, offset.saturating_add(seen), None));
            }
            page
        }
        // every row is looked at: once, for the page and the total
        Some(f) if !scope.is_selective(f) => {
            let all = Portion { limit: i64::MAX, offset: 0, ..part }.keys(conn)?;
            let (skip, take) = (usize::try_from(offset), usize::try_from(limit));
            let keys: Vec<i64> = all
                .iter()
                .copied()
                .skip(skip.unwrap_or(usize::MAX))
                .take(take.unwrap_or(usize::MAX))
                .collect();
            return Ok((
                rows_of(conn, reading.tenant, &keys)?,
                i64::try_from(all.len()).unwrap_or(i64::MAX),
                None,
            ));
        }
        _ => part.rows_by_key(conn, reading.tenant)?,
    };
    let seen = i64::try_from(page.len()).unwrap_or(i64::MAX);
    let total = if seen < limit && (seen > 0 || offset == 0) {
        // the page shows the end
        offset.saturating_add(seen)
    } else {
        total_of(conn, reading, filter, &condition)?
    };
    Ok((page, total, None))
}
