//! Estimates how much a list would examine before it runs.

use super::page::Reading;
use super::{Conn, Result};
use crate::engine::Engine;
use crate::error::HookError;
use crate::sql::Fragment;
use diesel::prelude::*;
use diesel::sql_types::BigInt;
use provost_core::{Query, TypedFilter};
use provost_provider::StoreError;

/// Refuses a list that would examine more than its [bounds](provost_core::query::Bounds::scan) allow.
pub(in super::super) fn check_scan(conn: &mut Conn, reading: Reading<'_>, query: &Query) -> Result<()> {
    let (scope, filter) = (reading.scope(), query.filter.as_ref());
    let cost = scope.cost(filter, query.sort.as_ref());
    if filter.is_none() && cost.values == 0 {
        return Ok(());
    }
    let most = query.bounds.scan / cost.values.max(1);
    let rows = match filter {
        Some(filter) if scope.is_selective(filter) => candidates(conn, reading, filter, most)?,
        _ => conn.total(reading.tenant, reading.kind.name.as_str())?,
    };
    if usize::try_from(rows).is_ok_and(|rows| rows <= most) {
        return Ok(());
    }
    let path = cost.of.map(ToString::to_string);
    Err(HookError::Store(StoreError::too_broad(query.bounds.scan, path.as_deref())))
}

/// How many rows the indices find; if more than `most`, at least one more than that.
fn candidates(conn: &mut Conn, reading: Reading<'_>, filter: &TypedFilter, most: usize) -> Result<i64> {
    let scope = reading.scope();
    match filter {
        one if scope.is_unique(one) => Ok(1),
        TypedFilter::And(all) => {
            let is_one = all.iter().any(|f| scope.is_unique(f));
            // the database chooses among several indices, but it prefers a unique one, and it always builds sets
            let mut parts =
                all.iter().filter(|f| if is_one { scope.is_set(f) } else { scope.is_selective(f) });
            parts.try_fold(1_i64, |rows, part| Ok(rows.max(candidates(conn, reading, part, most)?)))
        }
        TypedFilter::Or(all) => all
            .iter()
            .try_fold(0_i64, |sum, part| Ok(sum.saturating_add(candidates(conn, reading, part, most)?))),
        one => {
            let condition = scope.condition(Some(one));
            let mut sql = Fragment::new("select count(*) from (select 1 from ");
            sql.sql(condition.source()).add(&condition);
            sql.sql(" limit ").literal(i64::try_from(most).unwrap_or(i64::MAX).saturating_add(1)).sql(") t");
            Ok(sql.once::<BigInt>().load(conn)?.into_iter().next().unwrap_or_default())
        }
    }
}
