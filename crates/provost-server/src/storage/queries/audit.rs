//! Statements on the audit trail. Rows are only ever added.

use super::{Conn, Lane, Storage};
use crate::audit::{AuditStore, Record};
use crate::clock;
use crate::storage::Result;
use crate::storage::schema::audit;
use diesel::prelude::*;

impl AuditStore for Storage {
    async fn record(&self, records: Vec<Record>) -> Result<()> {
        // all of one request
        let Some(lane) = records.first().map(|record| Lane::Notes(record.tenant)) else { return Ok(()) };
        let job = move |conn: &mut Conn| Ok(records.iter().try_for_each(|record| insert(conn, record))?);
        self.write_in(lane, job).await
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
