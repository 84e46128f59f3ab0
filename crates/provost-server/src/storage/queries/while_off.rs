//! What enabling SCIM again gives back, and what was done by hand meanwhile, as the audit trail has it.

use super::records::Row;
use super::{Conn, Storage};
use crate::audit::Entry;
use crate::organisations::{WhileOff, WhileOffStore};
use crate::storage::Result;
use crate::storage::schema::{audit, membership, team};
use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::sql_types::Text;
use provost::hook::TenantId;

/// The most records that are looked through. While SCIM is off, only people make them.
const MOST: i64 = 20_000;

impl WhileOffStore for Storage {
    async fn while_off(&self, tenant: TenantId) -> Result<WhileOff> {
        self.scan_at_once(move |conn| while_off(conn, tenant)).await
    }
}

fn while_off(conn: &mut Conn, tenant: TenantId) -> Result<WhileOff> {
    let mine = membership::table.filter(membership::tenant.eq(tenant.0));
    let members = mine.filter(membership::managed_by.eq(sql::<Text>("'scim'"))).count().get_result(conn)?;
    let all = team::table.filter(team::tenant.eq(tenant.0)).filter(team::group_seq.is_not_null());
    let teams = all.count().get_result(conn)?;
    let entries = match since(conn, tenant)? {
        Some(since) => later(conn, tenant, &since)?,
        None => Vec::new(),
    };
    let of = |operation: &'static str, kind: &'static str| {
        entries.iter().filter(move |entry| entry.operation == operation && entry.resource_type == kind)
    };
    let in_notes = |entry: &Entry, name: &str| Some(entry.notes.get(name)?.as_str()?.to_owned());
    let provided = entries.iter().filter(|entry| entry.resource_type == "Team");
    Ok(WhileOff {
        members,
        teams,
        removed: of("cut-off", "User").map(user_name).collect(),
        roles: of("give-role", "Member").map(user_name).collect(),
        changed: provided
            .filter(|entry| entry.notes.get("group").is_some())
            .filter_map(|entry| in_notes(entry, "slug"))
            .collect(),
    })
}

/// The record of SCIM being switched off last.
fn since(conn: &mut Conn, tenant: TenantId) -> QueryResult<Option<String>> {
    audit::table
        .filter(audit::tenant.eq(tenant.0))
        .filter(audit::resource_id.eq(tenant.0.to_string()))
        .filter(audit::resource_type.eq("Organisation"))
        .filter(audit::notes.like("%\"scim\":{\"new\":false%"))
        .order(audit::id.desc())
        .select(audit::id)
        .first(conn)
        .optional()
}

fn later(conn: &mut Conn, tenant: TenantId, since: &str) -> QueryResult<Vec<Entry>> {
    let kinds = ["User", "Member", "Team"];
    let rows: Vec<Row> = audit::table
        .filter(audit::tenant.eq(tenant.0))
        .filter(audit::id.gt(since))
        .filter(audit::resource_type.eq_any(kinds))
        .filter(audit::changed)
        .order(audit::id)
        .limit(MOST)
        .load(conn)?;
    Ok(rows.into_iter().map(Entry::from).collect())
}

/// Whom a record is about; somebody who was erased has no name any more.
fn user_name(entry: &Entry) -> String {
    let name = entry.person.as_ref().and_then(|person| person.get("userName")?.as_str());
    name.map_or_else(|| "somebody who was erased".to_owned(), str::to_owned)
}
