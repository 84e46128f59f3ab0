//! Statements on the audit trail. Rows are only ever added.

use super::Conn;
use crate::clock;
use crate::clock::Timestamp;
use crate::storage::Refusals;
use crate::storage::schema::{audit, token};
use diesel::prelude::*;
use provost::core::path::clip;
use provost::diesel::{Cx, Written};

/// Writes down what a request came to. `notes` is a JSON object.
pub(crate) fn record(conn: &mut Conn, cx: &Cx, written: &Written<'_>, notes: &str) -> QueryResult<()> {
    let at = cx.context.at;
    let row = (
        audit::tenant.eq(cx.tenant.0),
        audit::id.eq(clock::new_id(at).to_string()),
        audit::at.eq(at.as_millis()),
        audit::actor.eq(&*cx.context.actor),
        audit::request_id.eq(&*cx.context.request_id),
        audit::operation.eq(written.operation.as_str()),
        audit::resource_type.eq(written.row.kind),
        audit::resource_id.eq(written.row.id.as_str()),
        audit::version.eq(i64::try_from(written.version.0).unwrap_or(i64::MAX)),
        audit::changed.eq(written.changed),
        audit::notes.eq(notes),
    );
    diesel::insert_into(audit::table).values(row).execute(conn)?;
    Ok(())
}

/// Writes of one request that are written down one by one; of a bulk request there could be a thousand.
const RECORDED: usize = 100;

/// Writes down what was refused. Nothing else of the request is in the database, so this is a transaction of its own.
pub(crate) fn record_refused(conn: &mut Conn, refusals: &Refusals, at: Timestamp) -> QueryResult<()> {
    let found = token::table.find(&*refusals.actor).select(token::tenant).first::<i64>(conn).optional()?;
    // deleted meanwhile, with its organisation
    let Some(tenant) = found else { return Ok(()) };
    for refused in refusals.writes.iter().take(RECORDED) {
        let resource_id = refused.id.as_ref().map(|id| clip(id.as_str()).to_string());
        let error = format!("{:?}", refused.error);
        let row = (
            audit::tenant.eq(tenant),
            audit::id.eq(clock::new_id(at).to_string()),
            audit::at.eq(at.as_millis()),
            audit::actor.eq(&*refusals.actor),
            audit::request_id.eq(&*refusals.request_id),
            audit::operation.eq(refused.operation),
            audit::resource_type.eq(refused.resource_type.as_deref().unwrap_or_default()),
            audit::resource_id.eq(resource_id.unwrap_or_default()),
            audit::version.eq(0),
            audit::changed.eq(false),
            audit::notes.eq("{}"),
            audit::error.eq(error),
        );
        diesel::insert_into(audit::table).values(row).execute(conn)?;
    }
    Ok(())
}
