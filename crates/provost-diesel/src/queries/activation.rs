//! Resources that were stored without `active` when that meant active: each gets `active: true`, once.
//!
//! This leaves access as it is: a user who was active stays active. It is a step of its own and no part of making derived values
//! anew, for a resource without `active` of today has no access, and must not get it back by a start with other schemas.

use super::lists::{Document, List, each, lists};
use super::{Conn, Result};
use crate::sql::Fragment;
use diesel::prelude::*;
use diesel::sql_types::Text;
use provost_core::value::{Value, parse_object};
use provost_core::{ResourceType, SchemaSet};

/// Takes the step for those types that are served, and gives the number of resources that changed. A type that is not
/// served now has its turn when it is. What is derived from the documents is to be made anew after it.
pub(super) fn step(conn: &mut Conn, schemas: &SchemaSet) -> Result<u64> {
    let pending: Vec<String> =
        Fragment::new("select kind from scim_active_pending").once::<Text>().load(conn)?;
    let mut changed = 0;
    for name in pending {
        let Some(kind) = schemas.resource_type(&name) else { continue };
        for list in lists(conn)?.iter().filter(|list| list.kind == name) {
            changed += give(conn, list, kind)?;
        }
        let mut sql = Fragment::new("delete from scim_active_pending where kind = ");
        sql.text(name).fixed_ref().execute(conn)?;
    }
    Ok(changed)
}

fn give(conn: &mut Conn, list: &List, kind: &ResourceType) -> Result<u64> {
    let Some(active) = kind.active().map(|a| a.name.as_str()) else { return Ok(0) };
    let mut changed = 0;
    each(conn, list, |conn, Document { seq, doc, .. }| {
        // one that cannot be read is reported where values are made anew
        let Some(Ok(mut body)) = doc.as_deref().map(parse_object) else { return Ok(true) };
        if body.get(active).and_then(Value::as_bool).is_some() {
            return Ok(true);
        }
        body.insert(active, true);
        let mut sql = Fragment::new("update scim_document set doc = ");
        sql.text(body.to_string()).sql(" where ").of(list.tenant, seq).fixed_ref().execute(conn)?;
        // what is served is another thing now, so the version changes; nobody changed it, so the time does not
        let mut sql = Fragment::new("update scim_resource set version = version + 1 where ");
        sql.of(list.tenant, seq).fixed_ref().execute(conn)?;
        changed += 1;
        Ok(true)
    })?;
    Ok(changed)
}
