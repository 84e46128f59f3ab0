//! Statements on the audit trail. Rows are only ever added.

use super::Conn;
use crate::clock;
use crate::storage::schema::audit;
use diesel::prelude::*;
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
