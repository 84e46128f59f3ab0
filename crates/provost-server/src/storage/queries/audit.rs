//! Statements on the audit trail. Rows are added; only those of refused writes are removed again, after a while.

use super::{Conn, Lane, Storage, organisations};
use crate::audit::{AuditStore, Entry, Record};
use crate::clock::{self, Timestamp};
use crate::storage::Result;
use crate::storage::locks::{Held, Hold};
use crate::storage::schema::audit;
use diesel::prelude::*;
use provost::hook::TenantId;
use serde_json::Value;

impl AuditStore for Storage {
    async fn record(&self, records: Vec<Record>) -> Result<()> {
        // all of one request
        let Some(tenant) = records.first().map(|record| record.tenant) else { return Ok(()) };
        let job = move |conn: &mut Conn| {
            // it may be deleted since the request began
            conn.hold(Held::Organisation(tenant))?;
            if organisations::exists(conn, tenant)? {
                records.iter().try_for_each(|record| insert(conn, record))?;
            }
            Ok(())
        };
        self.write_in(Lane::Notes(tenant), job).await
    }

    async fn audited(
        &self,
        tenant: TenantId,
        since: Option<Timestamp>,
        before: Option<String>,
        limit: u16,
    ) -> Result<Vec<Entry>> {
        let rows: Vec<Row> = self
            .scan(move |conn| {
                let of_tenant = audit::table.filter(audit::tenant.eq(tenant.0)).into_boxed();
                let chosen = match &before {
                    Some(before) => of_tenant.filter(audit::id.lt(before)),
                    None => of_tenant,
                };
                Ok(chosen.order(audit::id.desc()).limit(limit.into()).load(conn)?)
            })
            .await?;
        let is_recent = |row: &Row| since.is_none_or(|since| row.at >= since.as_millis());
        Ok(rows.into_iter().filter(is_recent).map(Entry::from).collect())
    }

    async fn forget_refused(&self, tenant: TenantId, most: usize, since: Timestamp) -> Result<bool> {
        // counted by a reader: it may be long
        let over = self.scan(move |conn| Ok(first_over(conn, tenant, most)?)).await?;
        let job = move |conn: &mut Conn| Ok(forget(conn, tenant, over.as_ref(), since)?);
        self.write_in(Lane::Notes(tenant), job).await
    }
}

/// Rows that one write removes at most.
const REMOVED: usize = 500;

/// A place in the order of the index `audit_refused`: time and id.
type Place = (i64, String);

/// The refused writes of a tenant.
#[diesel::dsl::auto_type]
fn refused(tenant: TenantId) -> _ {
    let tenant: i64 = tenant.0;
    audit::table.filter(audit::tenant.eq(tenant)).filter(audit::error.is_not_null())
}

/// The newest one that is over a number.
fn first_over(conn: &mut Conn, tenant: TenantId, most: usize) -> QueryResult<Option<Place>> {
    let most = i64::try_from(most).unwrap_or(i64::MAX);
    let newest = refused(tenant).order((audit::at.desc(), audit::id.desc()));
    Ok(newest.select((audit::at, audit::id)).offset(most).limit(1).load(conn)?.pop())
}

fn forget(conn: &mut Conn, tenant: TenantId, over: Option<&Place>, since: Timestamp) -> QueryResult<bool> {
    let most = i64::try_from(REMOVED).unwrap_or(i64::MAX);
    let oldest = refused(tenant).order((audit::at, audit::id));
    let oldest: Vec<Place> = oldest.select((audit::at, audit::id)).limit(most).load(conn)?;
    let is_gone = |place: &&Place| over.is_some_and(|over| *place <= over) || place.0 < since.as_millis();
    let gone: Vec<&str> = oldest.iter().take_while(is_gone).map(|(_, id)| id.as_str()).collect();
    let of_tenant = audit::table.filter(audit::tenant.eq(tenant.0));
    diesel::delete(of_tenant.filter(audit::id.eq_any(&gone))).execute(conn)?;
    Ok(gone.len() == REMOVED)
}

#[derive(Queryable)]
#[diesel(table_name = audit)]
struct Row {
    _tenant: i64,
    id: String,
    at: i64,
    actor: String,
    request_id: String,
    operation: String,
    resource_type: String,
    resource_id: String,
    version: i64,
    changed: bool,
    notes: String,
    error: Option<String>,
}

impl From<Row> for Entry {
    fn from(row: Row) -> Self {
        Self {
            id: row.id,
            at: Timestamp::from_millis(row.at).to_string(),
            operation: row.operation,
            resource_type: row.resource_type,
            resource_id: row.resource_id,
            version: row.version,
            changed: row.changed,
            error: row.error,
            key_id: row.actor,
            request_id: row.request_id,
            notes: serde_json::from_str(&row.notes).unwrap_or(Value::Null),
        }
    }
}

/// Writes a record down.
pub(super) fn insert(conn: &mut Conn, record: &Record) -> QueryResult<()> {
    let id = clock::new_id(record.at);
    let row = (
        audit::tenant.eq(record.tenant.0),
        audit::id.eq(id.as_str()),
        audit::at.eq(record.at.as_millis()),
        audit::actor.eq(&*record.actor),
        audit::request_id.eq(&*record.origin.request_id),
        audit::operation.eq(record.operation),
        audit::resource_type.eq(&record.resource_type),
        audit::resource_id.eq(&record.resource_id),
        audit::version.eq(i64::try_from(record.version.0).unwrap_or(i64::MAX)),
        audit::changed.eq(record.changed),
        audit::notes.eq(record.notes.to_string()),
        audit::error.eq(record.error.map(|error| format!("{error:?}"))),
    );
    diesel::insert_into(audit::table).values(row).execute(conn)?;
    Ok(())
}
