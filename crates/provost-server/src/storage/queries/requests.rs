//! Rows of `kept_request`: requests that were refused, or of which a part was left out.

use super::{Conn, Lane, Storage};
use crate::clock::{self, Timestamp};
use crate::requests::{KEPT_MS, MOST, Request, RequestStore, VALUES_MS};
use crate::storage::Result;
use crate::storage::locks::{Held, Hold};
use crate::storage::schema::{kept_request, organisation};
use diesel::prelude::*;
use provost::hook::TenantId;
use serde_json::Value;

/// The most rows that one write removes.
const REMOVED: i64 = 500;

/// By how much the clocks of servers may differ where a person is erased.
const CLOCKS_MS: i64 = 10_000;

impl RequestStore for Storage {
    async fn keep_requests(&self, tenant: TenantId, requests: Vec<Request>) -> Result<()> {
        let job = move |conn: &mut Conn| {
            // the organisation may have been deleted since, or its switch changed
            conn.hold(Held::Organisation(tenant))?;
            let Some(kept) = kept(conn, tenant)? else { return Ok(()) };
            for request in requests.iter().filter(|request| request.at.as_millis() > kept.since) {
                insert(conn, tenant, request, &kept)?;
            }
            Ok(forget_more(conn, tenant)?)
        };
        self.write_in(Lane::Notes(tenant), job).await
    }

    async fn keeps_values(&self, tenant: TenantId, now: Timestamp) -> Result<bool> {
        self.read(move |conn| Ok(kept(conn, tenant)?.is_some_and(|kept| kept.keeps_values(now.as_millis()))))
            .await
    }

    async fn kept_requests(
        &self,
        tenant: TenantId,
        request_id: Option<String>,
        before: Option<String>,
        limit: u16,
        now: Timestamp,
    ) -> Result<Vec<Request>> {
        self.scan(move |conn| {
            // what is too old may not have been removed yet
            let since = |age_ms: i64| now.as_millis().saturating_sub(age_ms);
            let mut chosen = kept_request::table.filter(kept_request::tenant.eq(tenant.0)).into_boxed();
            if let Some(request_id) = &request_id {
                chosen = chosen.filter(kept_request::request_id.eq(request_id));
            }
            if let Some(before) = &before {
                chosen = chosen.filter(kept_request::id.lt(before));
            }
            let rows: Vec<Row> = chosen.order(kept_request::id.desc()).limit(limit.into()).load(conn)?;
            let young = rows.into_iter().filter(|row| row.at >= since(KEPT_MS));
            let whole = |row: &Row| row.whole.clone().filter(|_| row.at >= since(VALUES_MS));
            Ok(young.map(|row| Request { whole: whole(&row), ..Request::from(row) }).collect())
        })
        .await
    }

    async fn forget_requests(&self, tenant: TenantId, now: Timestamp) -> Result<bool> {
        // a reader looks, since there is nothing to remove most of the time
        let due = self.scan(move |conn| Ok(due(conn, tenant, now)?)).await?;
        if due.is_empty() {
            return Ok(false);
        }
        let is_full = due.is_full();
        self.write_in(Lane::Notes(tenant), move |conn: &mut Conn| Ok(forget(conn, tenant, &due)?)).await?;
        Ok(is_full)
    }
}

/// What an organisation keeps, by times in milliseconds.
struct Kept {
    /// Requests that came later.
    since: i64,
    /// Values of those that came before.
    values_until: i64,
}

impl Kept {
    /// Whether the values of a request of this time are kept: one that came while they were switched on.
    const fn keeps_values(&self, at: i64) -> bool {
        at < self.values_until && at >= self.values_until.saturating_sub(VALUES_MS)
    }
}

/// `None` if there is no such organisation.
fn kept(conn: &mut Conn, tenant: TenantId) -> QueryResult<Option<Kept>> {
    let found = organisation::table.find(tenant.0);
    let found = found.select((organisation::requests_since, organisation::values_until));
    let found: Option<(Option<i64>, Option<i64>)> = found.first(conn).optional()?;
    Ok(found.map(|(since, until)| Kept {
        since: since.unwrap_or(i64::MIN),
        values_until: until.unwrap_or(i64::MIN),
    }))
}

fn insert(conn: &mut Conn, tenant: TenantId, request: &Request, kept: &Kept) -> QueryResult<()> {
    let whole = request.whole.as_deref().filter(|_| kept.keeps_values(request.at.as_millis()));
    let row = (
        kept_request::tenant.eq(tenant.0),
        kept_request::id.eq(clock::new_id(request.at).as_str().to_owned()),
        kept_request::at.eq(request.at.as_millis()),
        kept_request::request_id.eq(&request.request_id),
        kept_request::key_id.eq(&request.key_id),
        kept_request::method.eq(&request.method),
        kept_request::target.eq(&request.target),
        kept_request::status.eq(i64::from(request.status)),
        kept_request::refusals.eq(request.refusals.to_string()),
        kept_request::notes.eq(request.notes.to_string()),
        kept_request::shape.eq(&request.shape),
        kept_request::shape_ends.eq(&request.shape_ends),
        kept_request::whole.eq(whole),
    );
    diesel::insert_into(kept_request::table).values(row).execute(conn)?;
    Ok(())
}

/// What has to go.
#[derive(Debug, Clone)]
struct Due {
    requests: Vec<String>,
    /// Requests whose values have to go.
    values: Vec<String>,
}

impl Due {
    const fn is_empty(&self) -> bool {
        self.requests.is_empty() && self.values.is_empty()
    }

    /// Whether there may be more than one write removes.
    fn is_full(&self) -> bool {
        let most = usize::try_from(REMOVED).unwrap_or(usize::MAX);
        self.requests.len() >= most || self.values.len() >= most
    }
}

fn due(conn: &mut Conn, tenant: TenantId, now: Timestamp) -> QueryResult<Due> {
    let of_tenant = || kept_request::table.filter(kept_request::tenant.eq(tenant.0));
    let since = |age_ms: i64| now.as_millis().saturating_sub(age_ms);
    let old = of_tenant().filter(kept_request::at.lt(since(KEPT_MS))).order(kept_request::at);
    let requests = old.select(kept_request::id).limit(REMOVED).load(conn)?;
    let whole = of_tenant().filter(kept_request::whole.is_not_null());
    let whole = whole.filter(kept_request::at.lt(since(VALUES_MS))).order(kept_request::at);
    let values = whole.select(kept_request::id).limit(REMOVED).load(conn)?;
    Ok(Due { requests, values })
}

fn forget(conn: &mut Conn, tenant: TenantId, due: &Due) -> QueryResult<()> {
    let of_tenant = || kept_request::table.filter(kept_request::tenant.eq(tenant.0));
    diesel::delete(of_tenant().filter(kept_request::id.eq_any(&due.requests))).execute(conn)?;
    let whole = of_tenant().filter(kept_request::id.eq_any(&due.values));
    diesel::update(whole).set(kept_request::whole.eq(None::<String>)).execute(conn)?;
    Ok(())
}

/// Removes the oldest requests that are too many.
fn forget_more(conn: &mut Conn, tenant: TenantId) -> QueryResult<()> {
    let of_tenant = || kept_request::table.filter(kept_request::tenant.eq(tenant.0));
    let newest = of_tenant().order(kept_request::id.desc()).select(kept_request::id);
    let gone: Vec<String> = newest.offset(MOST).limit(REMOVED).load(conn)?;
    if !gone.is_empty() {
        diesel::delete(of_tenant().filter(kept_request::id.eq_any(gone))).execute(conn)?;
    }
    Ok(())
}

/// Removes the values of an organisation's requests.
pub(super) fn forget_values(conn: &mut Conn, tenant: TenantId) -> QueryResult<()> {
    let whole = kept_request::table.filter(kept_request::tenant.eq(tenant.0));
    let whole = whole.filter(kept_request::whole.is_not_null());
    diesel::update(whole).set(kept_request::whole.eq(None::<String>)).execute(conn)?;
    Ok(())
}

/// Removes all of an organisation, and keeps those from being stored that still wait for it.
pub(super) fn erase(conn: &mut Conn, tenant: TenantId, now: Timestamp) -> QueryResult<usize> {
    // a server that is about to store some has either done so, or sees the time
    conn.hold(Held::WholeOrganisation(tenant))?;
    let since = organisation::requests_since.eq(now.as_millis().saturating_add(CLOCKS_MS));
    diesel::update(organisation::table.find(tenant.0)).set(since).execute(conn)?;
    purge(conn, tenant)
}

/// Removes all of an organisation.
pub(super) fn purge(conn: &mut Conn, tenant: TenantId) -> QueryResult<usize> {
    diesel::delete(kept_request::table.filter(kept_request::tenant.eq(tenant.0))).execute(conn)
}

/// The columns, in their order.
#[derive(Queryable)]
struct Row {
    _tenant: i64,
    id: String,
    at: i64,
    request_id: String,
    key_id: String,
    method: String,
    target: String,
    status: i64,
    refusals: String,
    notes: String,
    shape: Option<String>,
    shape_ends: Option<String>,
    whole: Option<String>,
}

impl From<Row> for Request {
    fn from(row: Row) -> Self {
        let json = |text: &str| serde_json::from_str(text).unwrap_or(Value::Null);
        Self {
            id: row.id,
            at: Timestamp::from_millis(row.at),
            request_id: row.request_id,
            key_id: row.key_id,
            method: row.method,
            target: row.target,
            status: u16::try_from(row.status).unwrap_or_default(),
            refusals: json(&row.refusals),
            notes: json(&row.notes),
            shape: row.shape,
            shape_ends: row.shape_ends,
            whole: row.whole,
        }
    }
}
