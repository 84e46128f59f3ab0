//! Statements on the audit trail. Rows are only ever added.

use super::Conn;
use crate::clock::Timestamp;
use crate::model::Tenant;
use crate::storage::schema::audit;
use diesel::prelude::*;

/// Who changed what.
#[derive(Debug, Clone)]
pub(crate) struct Record<'a> {
    pub(crate) id: String,
    pub(crate) at: Timestamp,
    pub(crate) key_id: &'a str,
    pub(crate) action: &'a str,
    pub(crate) resource_type: &'a str,
    pub(crate) resource_id: &'a str,
    /// A JSON object: which rules fired, which attributes were dropped, which members were skipped.
    pub(crate) notes: String,
}

pub(crate) fn insert(conn: &mut Conn, tenant: &Tenant, record: &Record<'_>) -> QueryResult<()> {
    let row = (
        audit::tenant.eq(&tenant.0),
        audit::id.eq(&record.id),
        audit::at.eq(record.at.as_millis()),
        audit::key_id.eq(record.key_id),
        audit::action.eq(record.action),
        audit::resource_type.eq(record.resource_type),
        audit::resource_id.eq(record.resource_id),
        audit::notes.eq(&record.notes),
    );
    diesel::insert_into(audit::table).values(row).execute(conn)?;
    Ok(())
}
