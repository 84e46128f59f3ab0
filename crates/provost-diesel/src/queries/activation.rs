//! Resources stored without `active` when that meant active: each gets `active: true`, once.
//!
//! This keeps access as it is: a user who was active stays active. It is separate from deriving values again, since a
//! resource that lacks `active` today has no access, and must not regain it when a server starts with other schemas.

use super::lists::{Document, List, each, lists};
use super::{Conn, Result};
use crate::sql::Fragment;
use diesel::prelude::*;
use diesel::sql_types::Text;
use provost_core::value::{Value, parse_object};
use provost_core::{ResourceType, SchemaSet};

/// Does this for the types that are served, and returns how many resources changed. Other types get their turn when
/// they are served. Values derived from the documents must be derived again afterwards.
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
        // an unreadable one is reported when values are derived
        let Some(Ok(mut body)) = doc.as_deref().map(parse_object) else { return Ok(true) };
        if body.get(active).and_then(Value::as_bool).is_some() {
            return Ok(true);
        }
        body.insert(active, true);
        let mut sql = Fragment::new("update scim_document set doc = ");
        sql.text(body.to_string()).sql(" where ").of(list.tenant, seq).fixed_ref().execute(conn)?;
        // the served content changed, so the version does; nobody changed it, so the time does not
        let mut sql = Fragment::new("update scim_resource set version = version + 1 where ");
        sql.of(list.tenant, seq).fixed_ref().execute(conn)?;
        changed += 1;
        Ok(true)
    })?;
    Ok(changed)
}
