//! Hourly counts of what clients did.

use super::Conn;
use crate::audit::chain::hourly::{Count, Key, begin_of, hour_of};
use crate::clock::Timestamp;
use crate::storage::later::Later;
use crate::storage::schema::hourly;
use diesel::prelude::*;
use provost::hook::TenantId;
use std::collections::BTreeMap;

/// Adds to the counts. The caller holds the chain.
pub(super) fn add(conn: &mut Conn, tenant: TenantId, counted: &BTreeMap<Key, i64>) -> QueryResult<()> {
    for ((hour, what, name), number) in counted {
        let row = (
            hourly::tenant.eq(tenant.0),
            hourly::hour.eq(*hour),
            hourly::what.eq(*what),
            hourly::name.eq(name.clone()),
            hourly::number.eq(*number),
        );
        let row = diesel::insert_into(hourly::table).values(row);
        let row = row.on_conflict((hourly::tenant, hourly::hour, hourly::what, hourly::name));
        conn.later(row.do_update().set(hourly::number.eq(hourly::number + *number)))?;
    }
    Ok(())
}

pub(super) fn since(conn: &mut Conn, tenant: TenantId, since: Timestamp) -> QueryResult<Vec<Count>> {
    let rows: Vec<(i64, String, String, i64)> = hourly::table
        .filter(hourly::tenant.eq(tenant.0))
        .filter(hourly::hour.ge(hour_of(since.as_millis())))
        .order((hourly::hour, hourly::what, hourly::name))
        .select((hourly::hour, hourly::what, hourly::name, hourly::number))
        .load(conn)?;
    let read = |(hour, what, name, count): (i64, String, String, i64)| {
        let hour = Timestamp::from_millis(begin_of(hour)).to_string();
        Count { hour, what, name, count }
    };
    Ok(rows.into_iter().map(read).collect())
}

/// How many writes of clients were refused since a time, rounded to the hour.
pub(super) fn failed(conn: &mut Conn, tenant: TenantId, since: Timestamp) -> QueryResult<i64> {
    let numbers: Vec<i64> = hourly::table
        .filter(hourly::tenant.eq(tenant.0))
        .filter(hourly::hour.ge(hour_of(since.as_millis())))
        .filter(hourly::what.eq("failed"))
        .select(hourly::number)
        .load(conn)?;
    Ok(numbers.iter().sum())
}

/// Removes counts from before a time, as the records they were made from are removed.
pub(super) fn forget(conn: &mut Conn, tenant: TenantId, since: Timestamp) -> QueryResult<()> {
    let of_tenant = hourly::table.filter(hourly::tenant.eq(tenant.0));
    diesel::delete(of_tenant.filter(hourly::hour.lt(hour_of(since.as_millis())))).execute(conn)?;
    Ok(())
}
