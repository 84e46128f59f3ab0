//! A list without an index: all rows of the type are examined, one window after the other.
//!
//! Each window is a separate read. In between, others get their turn, the log may be emptied, and a client that
//! disconnected is noticed. So the result is not a single moment, but neither are the pages of a list.

use super::Conn;
use super::queries::page::rows_of;
use super::queries::seek::{read_mark, write_mark};
use super::queries::{Reading, Room, prove};
use crate::engine::Engine;
use crate::error::HookError;
use crate::sql::Fragment;
use crate::sql::sort::{Order, SortPosition};
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Nullable, Text};
use provost_core::query::{Page, Seek};
use provost_core::{Query, Resource};
use provost_provider::StoreError;

/// How many values are examined in one window: a few milliseconds.
const WINDOW: usize = 40_000;
/// The fewest rows in a window, however many terms there are.
const LEAST_ROWS: usize = 100;
/// The most bytes of sort values kept for the rows found.
const KEY_BYTES: usize = 32 * 1024 * 1024;

/// How far it has come, and what it has found.
#[derive(Debug)]
pub(super) struct Walk {
    after: i64,
    found: Vec<SortPosition>,
    key_bytes: usize,
}

impl Walk {
    /// Whether the query must examine the rows one by one.
    pub(super) fn is_needed(reading: Reading<'_>, query: &Query) -> bool {
        let (scope, filter) = (reading.scope(), query.filter.as_ref());
        match filter {
            Some(filter) => !scope.is_selective(filter),
            None => scope.cost(None, query.sort.as_ref()).values > 0,
        }
    }

    pub(super) fn new() -> Self {
        Self { after: i64::MIN, found: Vec::new(), key_bytes: 0 }
    }

    /// Examines the next rows; returns whether there are more.
    pub(super) fn go_on(
        &mut self,
        conn: &mut Conn,
        reading: Reading<'_>,
        query: &Query,
    ) -> Result<bool, HookError> {
        let scope = reading.scope();
        let (filter, order) = (query.filter.as_ref(), scope.sorted(query.sort.as_ref()));
        let cost = scope.cost(filter, query.sort.as_ref()).values.max(1);
        let rows = (WINDOW / cost).max(LEAST_ROWS);
        let mut condition = scope.condition(filter);
        conn.snapshot(|conn| {
            prove(conn, reading.derivation)?;
            let end = end_of(conn, reading, self.after, rows)?;
            condition.sql(" and r.seq > ").int(self.after).sql(" and r.seq <= ").int(end.unwrap_or(i64::MAX));
            self.take(conn, &condition, &order)?;
            self.after = end.unwrap_or(i64::MAX);
            Ok(end.is_some())
        })
    }

    fn take(&mut self, conn: &mut Conn, condition: &Fragment, order: &Order) -> Result<(), HookError> {
        let key = order.key();
        let mut sql = Fragment::new("select r.seq, ");
        let value = key.clone().unwrap_or_else(|| Fragment::new("null"));
        let mut both = condition.clone();
        both.add(&value);
        sql.add(&value).sql(" from ").sql(both.source()).add(condition).sql(" order by r.seq");
        for (seq, value) in sql.once::<(BigInt, Nullable<Text>)>().load::<(i64, Option<String>)>(conn)? {
            self.key_bytes = self.key_bytes.saturating_add(value.as_ref().map_or(0, String::len));
            self.found.push(SortPosition { key: key.as_ref().map(|_| value), seq });
        }
        if self.key_bytes > KEY_BYTES {
            let message =
                "the values to sort by are too long: sort by another attribute, or narrow the filter";
            return Err(HookError::Store(StoreError::TooBroad(message.to_owned())));
        }
        Ok(())
    }

    /// The page of what was found.
    pub(super) fn page(
        mut self,
        conn: &mut Conn,
        reading: Reading<'_>,
        query: &Query,
    ) -> Result<Page, HookError> {
        let order = reading.scope().sorted(query.sort.as_ref());
        self.found.sort_by(|a, b| order.compare(a, b));
        let (total, count) = (self.found.len(), usize::try_from(query.count).unwrap_or(usize::MAX));
        let skipped = match &query.seek {
            None => usize::try_from(query.start.saturating_sub(1)).unwrap_or(usize::MAX),
            Some(Seek::First) => 0,
            Some(Seek::After(mark)) => {
                let mark = read_mark(mark)?;
                self.found.partition_point(|place| order.compare(place, &mark).is_le())
            }
        };
        let places: Vec<SortPosition> = self.found.into_iter().skip(skipped).take(count).collect();
        let keys: Vec<i64> = places.iter().map(|place| place.seq).collect();
        let (resources, shown) = page_of(conn, reading, query, &keys)?;
        let is_last = skipped.saturating_add(shown) >= total;
        let last = places.get(shown.saturating_sub(1)).filter(|_| query.seek.is_some() && !is_last);
        Ok(Page::new(u64::try_from(total).unwrap_or(u64::MAX), resources).with_next(last.map(write_mark)))
    }
}

/// The resources of a page with known keys, with their links, and for how many of the keys they stand: not all if they
/// do not fit. A resource that is gone by now is left out.
fn page_of(
    conn: &mut Conn,
    reading: Reading<'_>,
    query: &Query,
    keys: &[i64],
) -> Result<(Vec<Resource>, usize), HookError> {
    conn.snapshot(|conn| {
        let mut room = Room::of(query);
        let rows = rows_of(conn, reading, keys, &mut room)?;
        let last = rows.last().map(|f| f.seq).filter(|_| room.is_cut);
        let shown = last.and_then(|last| keys.iter().position(|key| *key == last));
        let resources = rows.into_iter().map(|f| f.resource).collect();
        Ok((resources, shown.map_or(keys.len(), |at| at + 1)))
    })
}

/// The key of the last row in a window; `None` if the window ends with the list.
fn end_of(conn: &mut Conn, reading: Reading<'_>, after: i64, rows: usize) -> Result<Option<i64>, HookError> {
    let mut sql = Fragment::new("select r.seq from scim_resource r where r.tenant = ");
    sql.int(reading.tenant.0).sql(" and r.kind = ").text(reading.kind.name.as_str());
    sql.sql(" and r.seq > ").int(after).sql(" order by r.seq limit 1 offset ");
    sql.literal(i64::try_from(rows).unwrap_or(i64::MAX).saturating_sub(1));
    Ok(sql.once::<BigInt>().load(conn)?.into_iter().next())
}

#[cfg(test)]
mod tests {
    use super::super::{Database, Directory, Options};
    use crate::hook::TenantId;
    use provost_core::resource::Service;
    use provost_core::{Filter, Query, SchemaSet};
    use provost_provider::{Find, Store, StoreError};

    /// Seen to fail: with the walk starting without a pass.
    #[tokio::test(start_paused = true)]
    async fn lists_that_are_looked_through_at_once_are_few() {
        let place = tempfile::TempDir::new().unwrap();
        let database = Database::open(place.path().join("walks.db"), &Options::default()).unwrap();
        let schemas = SchemaSet::builtin();
        let directory = Directory::new(database.clone(), schemas.clone().into(), ());
        directory.migrate().await.unwrap();
        let user = schemas.resource_type("User").unwrap();
        let service = Service::new("https://example.com/scim/v2", schemas.clone().into());
        let mut query = Query::default();
        query.filter =
            Some(r#"nickName eq "n""#.parse::<Filter>().unwrap().resolve(user, Default::default()).unwrap());
        let find = async |tenant| {
            directory
                .tenant(TenantId(tenant))
                .find(Find::new(&service, user, &query))
                .await
                .map(|page| page.total)
        };
        let mut held = Vec::new();
        for _ in 0..Options::default().scans {
            held.push(database.walk_pass(TenantId(1)).await.unwrap());
        }
        assert!(matches!(find(1).await, Err(StoreError::Unavailable { .. })));
        assert_eq!(find(2).await.unwrap(), 0);
        held.pop();
        assert_eq!(find(1).await.unwrap(), 0);
    }
}
