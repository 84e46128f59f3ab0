//! Rows of `sso_request`, `sso_seen` and `sso_report`: sign-ins that were begun, answers that came, and the last test.

use super::Conn;
use crate::access::{AccountId, Digest};
use crate::clock::Timestamp;
use crate::sso::{
    Again, Beside, ConnectionId, NewRequest, OPEN_MS, Proven, Purpose, REPORTED_MS, Report, Waiting,
};
use crate::storage::schema::{sso_report, sso_request, sso_seen};
use crate::storage::{Result, StorageError};
use diesel::dsl::count_star;
use diesel::prelude::*;
use provost::hook::TenantId;

/// The most open requests of one address in an organisation.
const OF_ADDRESS: i64 = 300;
/// The most in all.
const OF_ALL: i64 = 20_000;

/// Stores a request. Over a bound, the oldest request of the address with the most is dropped, so that neither a shared office
/// address nor strangers can shut others out.
pub(super) fn insert(conn: &mut Conn, new: &NewRequest) -> QueryResult<()> {
    forget(conn, new.begun)?;
    if matches!(new.purpose, Purpose::Test(_)) {
        forget_tests(conn, new)?;
    }
    let address = new.address.to_string();
    let all = sso_request::table.filter(sso_request::tenant.eq(new.tenant.0));
    let mine: i64 = all.filter(sso_request::address.eq(&address)).count().get_result(conn)?;
    if mine >= OF_ADDRESS {
        drop_oldest(conn, new.tenant, &address)?;
    } else if all.count().get_result::<i64>(conn)? >= OF_ALL {
        let most: (String, i64) = all
            .group_by(sso_request::address)
            .select((sso_request::address, count_star()))
            .order(count_star().desc())
            .first(conn)?;
        drop_oldest(conn, new.tenant, &most.0)?;
    }
    let (purpose, account, path, link) = match &new.purpose {
        Purpose::SignIn(path) => ("sign-in", None, Some(path), None),
        Purpose::Test(account) => ("test", Some(account.0), None, None),
        Purpose::Invitation(link) => ("invitation", None, None, Some(link.0.as_slice())),
        Purpose::Link(account) => ("link", Some(account.0), None, None),
        Purpose::Proof(Again { account, path, .. }) => ("proof", Some(account.0), Some(path), None),
    };
    let session = match &new.purpose {
        Purpose::Proof(again) => Some(again.session.0.as_slice()),
        _ => None,
    };
    let row = (
        sso_request::state.eq(new.state.0.as_slice()),
        sso_request::tenant.eq(new.tenant.0),
        sso_request::connection.eq(new.connection.0),
        sso_request::request.eq(&new.message),
        sso_request::purpose.eq(purpose),
        sso_request::account.eq(account),
        sso_request::path.eq(path),
        sso_request::link.eq(link),
        sso_request::session.eq(session),
        sso_request::address.eq(&address),
        sso_request::begun.eq(new.begun.as_millis()),
        sso_request::is_second.eq(new.is_second),
        sso_request::is_another.eq(new.is_another),
    );
    diesel::insert_into(sso_request::table).values(row).execute(conn)?;
    Ok(())
}

fn drop_oldest(conn: &mut Conn, tenant: TenantId, address: &str) -> QueryResult<()> {
    let oldest: Option<Vec<u8>> = sso_request::table
        .filter(sso_request::tenant.eq(tenant.0))
        .filter(sso_request::address.eq(address))
        .order(sso_request::begun)
        .select(sso_request::state)
        .first(conn)
        .optional()?;
    if let Some(state) = oldest {
        let row = sso_request::table.filter(sso_request::tenant.eq(tenant.0));
        diesel::delete(row.filter(sso_request::state.eq(state))).execute(conn)?;
    }
    Ok(())
}

/// Deletes requests that nobody can answer any more, and reports that are too old. Used requests stay for as long as they could
/// have been answered, so that a repeated answer is recognised. Tests stay as long as reports, so that it can be said that one was
/// begun and no answer came.
fn forget(conn: &mut Conn, now: Timestamp) -> QueryResult<()> {
    let (closed, told) =
        (now.as_millis().saturating_sub(OPEN_MS), now.as_millis().saturating_sub(REPORTED_MS));
    let past =
        sso_request::begun.lt(told).or(sso_request::begun.lt(closed).and(sso_request::purpose.ne("test")));
    diesel::delete(sso_request::table.filter(past)).execute(conn)?;
    diesel::delete(sso_seen::table.filter(sso_seen::ends.lt(now.as_millis()))).execute(conn)?;
    diesel::delete(sso_report::table.filter(sso_report::at.lt(told))).execute(conn)?;
    Ok(())
}

/// Deletes the tests that a new one takes the place of.
fn forget_tests(conn: &mut Conn, new: &NewRequest) -> QueryResult<()> {
    let closed = new.begun.as_millis().saturating_sub(OPEN_MS);
    let tests = sso_request::table
        .filter(sso_request::tenant.eq(new.tenant.0))
        .filter(sso_request::purpose.eq("test"));
    diesel::delete(tests.filter(sso_request::begun.lt(closed)).filter(sso_request::report.is_null()))
        .execute(conn)?;
    Ok(())
}

/// A stored request.
pub(super) struct Found {
    pub(super) connection: ConnectionId,
    pub(super) message: String,
    pub(super) purpose: Purpose,
    pub(super) begun: Timestamp,
    pub(super) is_used: bool,
    pub(super) is_second: bool,
    pub(super) is_another: bool,
}

/// The request begun under a value, if this organisation began it.
pub(super) fn find(conn: &mut Conn, tenant: TenantId, state: Digest) -> Result<Option<Found>> {
    type Columns = (i64, String, Stored, i64, Option<i64>, (bool, bool));
    let row: Option<Columns> = sso_request::table
        .filter(sso_request::state.eq(state.0.as_slice()))
        .filter(sso_request::tenant.eq(tenant.0))
        .select((
            sso_request::connection,
            sso_request::request,
            stored_purpose(),
            sso_request::begun,
            sso_request::used,
            (sso_request::is_second, sso_request::is_another),
        ))
        .first(conn)
        .optional()?;
    let Some((connection, message, purpose, begun, used, (is_second, is_another))) = row else {
        return Ok(None);
    };
    Ok(Some(Found {
        connection: ConnectionId(connection),
        message,
        purpose: read_purpose(purpose)?,
        begun: Timestamp::from_millis(begun),
        is_used: used.is_some(),
        is_second,
        is_another,
    }))
}

/// A purpose with its values, as stored.
type Stored = (String, Option<i64>, Option<String>, Option<Vec<u8>>, Option<Vec<u8>>);

#[diesel::dsl::auto_type]
fn stored_purpose() -> _ {
    (sso_request::purpose, sso_request::account, sso_request::path, sso_request::link, sso_request::session)
}

fn read_purpose((text, account, path, link, session): Stored) -> Result<Purpose> {
    let [link, session] = [link, session].map(|stored| stored.as_deref().and_then(Digest::stored));
    if let ("proof", Some(account), Some(path), Some(session)) = (text.as_str(), account, &path, session) {
        return Ok(Purpose::Proof(Again { account: AccountId(account), session, path: path.clone() }));
    }
    match (text.as_str(), account.map(AccountId), path, link) {
        ("sign-in", None, Some(path), None) => Ok(Purpose::SignIn(path)),
        ("test", Some(account), None, None) => Ok(Purpose::Test(account)),
        ("invitation", None, None, Some(link)) => Ok(Purpose::Invitation(link)),
        ("link", Some(account), None, None) => Ok(Purpose::Link(account)),
        _ => Err(StorageError::Damaged { what: "request", text }),
    }
}

/// Stores who an answer was about.
pub(super) fn keep_person(conn: &mut Conn, tenant: TenantId, state: Digest, person: &Proven) -> Result<()> {
    let row = sso_request::table
        .filter(sso_request::state.eq(state.0.as_slice()))
        .filter(sso_request::tenant.eq(tenant.0));
    let text = serde_json::to_string(person)
        .map_err(|e| StorageError::Damaged { what: "sign-in", text: e.to_string() })?;
    diesel::update(row).set(sso_request::person.eq(text)).execute(conn)?;
    Ok(())
}

/// Those of these requests that were answered and await a decision, the newest first, with their connections.
pub(super) fn waiting(
    conn: &mut Conn,
    tenant: TenantId,
    states: &[Digest],
    now: Timestamp,
) -> Result<Vec<(Waiting, ConnectionId)>> {
    type Columns = (Vec<u8>, i64, Stored, Option<String>);
    let since = now.as_millis().saturating_sub(OPEN_MS);
    let states: Vec<&[u8]> = states.iter().map(|state| state.0.as_slice()).collect();
    let rows: Vec<Columns> = sso_request::table
        .filter(sso_request::tenant.eq(tenant.0))
        .filter(sso_request::state.eq_any(states))
        .filter(sso_request::person.is_not_null())
        .filter(sso_request::begun.gt(since))
        .order(sso_request::used.desc())
        .select((sso_request::state, sso_request::connection, stored_purpose(), sso_request::person))
        .load(conn)?;
    rows.into_iter().map(read_waiting).collect()
}

fn read_waiting(
    (state, connection, purpose, person): (Vec<u8>, i64, Stored, Option<String>),
) -> Result<(Waiting, ConnectionId)> {
    let damaged = |text: String| StorageError::Damaged { what: "sign-in", text };
    let beside = match read_purpose(purpose)? {
        Purpose::Invitation(link) => Beside::Invitation(link),
        Purpose::Link(account) => Beside::Account(account),
        Purpose::Proof(again) => Beside::Again(again),
        Purpose::SignIn(_) | Purpose::Test(_) => return Err(damaged("purpose".to_owned())),
    };
    let person = serde_json::from_str(&person.unwrap_or_default()).map_err(|e| damaged(e.to_string()))?;
    let state = Digest::stored(&state).ok_or_else(|| damaged("state".to_owned()))?;
    Ok((Waiting { state, beside, person }, ConnectionId(connection)))
}

/// Deletes a request; returns whether it was there.
pub(super) fn drop_one(conn: &mut Conn, tenant: TenantId, state: Digest) -> QueryResult<bool> {
    let row = sso_request::table.filter(sso_request::tenant.eq(tenant.0));
    Ok(diesel::delete(row.filter(sso_request::state.eq(state.0.as_slice()))).execute(conn)? == 1)
}

/// Uses a request up. Only one of two concurrent attempts succeeds.
pub(super) fn take(conn: &mut Conn, tenant: TenantId, state: Digest, now: Timestamp) -> QueryResult<bool> {
    let unused = sso_request::table
        .filter(sso_request::state.eq(state.0.as_slice()))
        .filter(sso_request::tenant.eq(tenant.0))
        .filter(sso_request::used.is_null());
    Ok(diesel::update(unused).set(sso_request::used.eq(now.as_millis())).execute(conn)? == 1)
}

/// Stores the names of a response; returns whether they were all new.
pub(super) fn note(
    conn: &mut Conn,
    tenant: TenantId,
    names: &[String],
    ends: Timestamp,
) -> QueryResult<bool> {
    for name in names {
        let row =
            (sso_seen::tenant.eq(tenant.0), sso_seen::message.eq(name), sso_seen::ends.eq(ends.as_millis()));
        let made = diesel::insert_into(sso_seen::table)
            .values(row)
            .on_conflict((sso_seen::tenant, sso_seen::message))
            .do_nothing()
            .execute(conn)?;
        if made == 0 {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Stores the report of a test with its request.
pub(super) fn report(conn: &mut Conn, tenant: TenantId, state: Digest, report: &Report) -> Result<()> {
    let row = sso_request::table
        .filter(sso_request::state.eq(state.0.as_slice()))
        .filter(sso_request::tenant.eq(tenant.0));
    diesel::update(row).set(sso_request::report.eq(written(report)?)).execute(conn)?;
    Ok(())
}

/// Takes the newest report of an account that was not shown yet.
pub(super) fn take_report(conn: &mut Conn, tenant: TenantId, account: AccountId) -> Result<Option<Report>> {
    let mine = sso_request::table
        .filter(sso_request::tenant.eq(tenant.0))
        .filter(sso_request::account.eq(account.0));
    let newest: Option<Option<String>> = mine
        .filter(sso_request::report.is_not_null())
        .order(sso_request::used.desc())
        .select(sso_request::report)
        .first(conn)
        .optional()?;
    let Some(Some(text)) = newest else { return Ok(None) };
    diesel::delete(mine.filter(sso_request::report.is_not_null())).execute(conn)?;
    read(&text).map(Some)
}

/// Stores the last report of an organisation.
pub(super) fn keep(conn: &mut Conn, tenant: TenantId, account: AccountId, report: &Report) -> Result<()> {
    diesel::delete(sso_report::table.find(tenant.0)).execute(conn)?;
    let row = (
        sso_report::tenant.eq(tenant.0),
        sso_report::at.eq(report.at),
        sso_report::account.eq(account.0),
        sso_report::report.eq(written(report)?),
    );
    diesel::insert_into(sso_report::table).values(row).execute(conn)?;
    Ok(())
}

/// The last report, for a day, and who ran the test.
pub(super) fn last(conn: &mut Conn, tenant: TenantId, now: Timestamp) -> Result<Option<(AccountId, Report)>> {
    let since = now.as_millis().saturating_sub(REPORTED_MS);
    let row: Option<(i64, String)> = sso_report::table
        .filter(sso_report::tenant.eq(tenant.0))
        .filter(sso_report::at.gt(since))
        .select((sso_report::account, sso_report::report))
        .first(conn)
        .optional()?;
    row.map(|(account, text)| Ok((AccountId(account), read(&text)?))).transpose()
}

fn written(report: &Report) -> Result<String> {
    serde_json::to_string(report).map_err(|e| StorageError::Damaged { what: "report", text: e.to_string() })
}

fn read(text: &str) -> Result<Report> {
    serde_json::from_str(text).map_err(|e| StorageError::Damaged { what: "report", text: e.to_string() })
}
