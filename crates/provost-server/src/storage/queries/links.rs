//! Rows of `one_time`: links that work once.

use super::Conn;
#[cfg(feature = "console")]
use crate::access::AccountId;
use crate::access::{Digest, Link, LinkState, NewLink};
use crate::clock::Timestamp;
use crate::storage::Result;
use crate::storage::schema::one_time;
use diesel::prelude::*;

/// How long a used or expired link is still recognised.
const REMEMBERED_MS: i64 = 7 * 24 * 3_600 * 1_000;

/// Stores a link. An earlier one for the same purpose stops working: it may be lost, or in other hands.
pub(super) fn insert(conn: &mut Conn, new: &NewLink) -> QueryResult<()> {
    let (tenant, account, email) = match &new.link {
        Link::Setup(tenant) => (Some(tenant.0), None, None),
        Link::Reset(account) => (None, Some(account.0), None),
        Link::Address(account, email) => (None, Some(account.0), Some(email.as_str())),
    };
    let now = new.now.as_millis();
    diesel::delete(one_time::table.filter(one_time::ends.lt(now.saturating_sub(REMEMBERED_MS))))
        .execute(conn)?;
    let same = one_time::table.filter(one_time::kind.eq(new.link.kind())).filter(one_time::used.is_null());
    match &new.link {
        Link::Setup(tenant) => diesel::update(same.filter(one_time::tenant.eq(tenant.0)))
            .set(one_time::ends.eq(now))
            .execute(conn)?,
        Link::Reset(account) | Link::Address(account, _) => {
            diesel::update(same.filter(one_time::account.eq(account.0)))
                .set(one_time::ends.eq(now))
                .execute(conn)?
        }
    };
    let row = (
        one_time::hash.eq(new.hash.0.as_slice()),
        one_time::kind.eq(new.link.kind()),
        one_time::tenant.eq(tenant),
        one_time::account.eq(account),
        one_time::email.eq(email),
        one_time::ends.eq(new.ends().as_millis()),
    );
    // the mail of a link may be sent twice, with the same link
    let row = diesel::insert_into(one_time::table).values(row).on_conflict(one_time::hash);
    row.do_update().set(one_time::ends.eq(new.ends().as_millis())).execute(conn)?;
    Ok(())
}

/// Ends an account's links of one kind.
#[cfg(feature = "console")]
pub(super) fn end(conn: &mut Conn, kind: &str, account: AccountId, now: Timestamp) -> QueryResult<()> {
    let open = one_time::table
        .filter(one_time::kind.eq(kind))
        .filter(one_time::account.eq(account.0))
        .filter(one_time::used.is_null())
        .filter(one_time::ends.gt(now.as_millis()));
    diesel::update(open).set(one_time::ends.eq(now.as_millis())).execute(conn)?;
    Ok(())
}

pub(super) fn state(conn: &mut Conn, hash: Digest, now: Timestamp) -> Result<LinkState> {
    type Columns = (String, (Option<i64>, Option<i64>, Option<String>), i64, Option<i64>);
    let rows: Vec<Columns> = one_time::table
        .find(hash.0.as_slice())
        .select((
            one_time::kind,
            (one_time::tenant, one_time::account, one_time::email),
            one_time::ends,
            one_time::used,
        ))
        .load(conn)?;
    let Some((kind, (tenant, account, email), ends, used)) = rows.into_iter().next() else {
        return Ok(LinkState::Unknown);
    };
    Ok(match Link::stored(&kind, tenant, account, email) {
        _ if used.is_some() => LinkState::Used,
        _ if ends <= now.as_millis() => LinkState::Ended,
        Some(link) => LinkState::Good(link),
        None => LinkState::Unknown,
    })
}

/// Uses up a working link and returns what it was for. Of two at once, only one succeeds.
pub(super) fn take(conn: &mut Conn, hash: Digest, now: Timestamp) -> Result<LinkState> {
    let state = state(conn, hash, now)?;
    let LinkState::Good(_) = state else { return Ok(state) };
    let unused =
        one_time::table.filter(one_time::hash.eq(hash.0.as_slice())).filter(one_time::used.is_null());
    match diesel::update(unused).set(one_time::used.eq(now.as_millis())).execute(conn)? {
        0 => Ok(LinkState::Used),
        _ => Ok(state),
    }
}
