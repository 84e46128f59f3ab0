//! What enabling SCIM again gives back, and what was done by hand meanwhile, as the audit trail has it.

use super::records::Row;
use super::{Conn, Storage};
use crate::audit::Entry;
use crate::organisations::{Names, WhileOff, WhileOffStore};
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
    // those by hand have no group
    let provided = |is_deleted: bool| {
        let of_group = entries
            .iter()
            .filter(|entry| entry.resource_type == "Team" && entry.notes.get("group").is_some());
        let mine = of_group.filter(move |entry| (entry.operation == "delete") == is_deleted);
        mine.filter_map(|entry| Some(entry.notes.get("slug")?.as_str()?.to_owned()))
    };
    let given: Vec<i64> =
        of("give-role", "Member").filter_map(|entry| entry.resource_id.parse().ok()).collect();
    let by_hand = by_hand(conn, tenant, &given)?;
    let keeps = |entry: &&Entry| entry.resource_id.parse().is_ok_and(|id| by_hand.contains(&id));
    let deleted: Names = provided(true).collect();
    Ok(WhileOff {
        members,
        teams,
        removed: of("cut-off", "User").map(user_name).collect(),
        roles: of("give-role", "Member").filter(keeps).map(user_name).collect(),
        changed: provided(false).filter(|slug| !deleted.names.contains(slug)).collect(),
        deleted,
    })
}

/// Which of these members, whom the identity provider brought, have a role by hand.
fn by_hand(conn: &mut Conn, tenant: TenantId, ids: &[i64]) -> QueryResult<Vec<i64>> {
    membership::table
        .filter(membership::tenant.eq(tenant.0))
        .filter(membership::id.eq_any(ids))
        .filter(membership::managed_by.eq(sql::<Text>("'scim'")))
        .filter(membership::role_source.eq("hand"))
        .select(membership::id)
        .load(conn)
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
