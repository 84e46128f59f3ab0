//! Rows of `attempt`: how often sign-ins failed.

use super::Conn;
use crate::access::{Counted, WINDOW_MS};
use crate::clock::Timestamp;
use crate::storage::schema::attempt;
use diesel::prelude::*;

/// How long to wait, in milliseconds, by the strictest of these counts.
pub(super) fn wait(conn: &mut Conn, counted: &[Counted], now: Timestamp) -> QueryResult<Option<i64>> {
    let mut longest = None;
    for one in counted {
        let row = attempt::table.find((one.kind(), one.key().0.to_vec()));
        let found: Option<(i64, i64)> =
            row.select((attempt::failures, attempt::since)).first(conn).optional()?;
        let wait = found.and_then(|(n, since)| one.wait(n, Timestamp::from_millis(since), now));
        longest = longest.max(wait);
    }
    Ok(longest)
}

/// Counts a failure, starting at one if the last window has ended.
pub(super) fn count(conn: &mut Conn, counted: &[Counted], now: Timestamp) -> QueryResult<()> {
    let now = now.as_millis();
    diesel::delete(attempt::table.filter(attempt::since.le(now.saturating_sub(WINDOW_MS)))).execute(conn)?;
    for one in counted {
        let row = (
            attempt::kind.eq(one.kind()),
            attempt::key.eq(one.key().0.to_vec()),
            attempt::failures.eq(1),
            attempt::since.eq(now),
        );
        diesel::insert_into(attempt::table)
            .values(row)
            .on_conflict((attempt::kind, attempt::key))
            .do_update()
            .set(attempt::failures.eq(attempt::failures + 1))
            .execute(conn)?;
    }
    Ok(())
}

pub(super) fn forget(conn: &mut Conn, counted: &[Counted]) -> QueryResult<()> {
    for one in counted {
        diesel::delete(attempt::table.find((one.kind(), one.key().0.to_vec()))).execute(conn)?;
    }
    Ok(())
}
