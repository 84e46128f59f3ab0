//! The newest records about people and teams, and whom they concern.

use super::records::Row;
use super::{Conn, Storage, directory, history, listed};
use crate::audit::Entry;
use crate::people::{LATELY, Lately, LatelyStore, MembershipId};
use crate::storage::Result;
use crate::storage::schema::audit;
use diesel::prelude::*;
use provost::hook::TenantId;
use std::collections::HashMap;

/// How many records are read, since those of tokens, settings and sign-ins lie between.
const READ: i64 = 200;

impl LatelyStore for Storage {
    async fn lately(&self, tenant: TenantId) -> Result<Lately> {
        self.scan_at_once(move |conn| lately(conn, tenant)).await
    }

    async fn subjects(&self, tenant: TenantId, entries: Vec<Entry>) -> Result<HashMap<String, String>> {
        self.scan_at_once(move |conn| subjects(conn, tenant, &entries)).await
    }
}

fn lately(conn: &mut Conn, tenant: TenantId) -> Result<Lately> {
    let newest = audit::table.filter(audit::tenant.eq(tenant.0)).order(audit::id.desc()).limit(READ);
    let rows: Vec<Row> = newest.load(conn)?;
    let is_one = |entry: &Entry| {
        let kinds = ["User", "Member", "Invitation", "Group", "Team"];
        (entry.changed || entry.error.is_some()) && kinds.contains(&entry.resource_type.as_str())
    };
    let entries: Vec<Entry> = rows.into_iter().map(Entry::from).filter(is_one).take(LATELY).collect();
    let teams = history::called(conn, tenant, &entries)?.into_iter().collect();
    Ok(Lately { entries, teams })
}

fn subjects(conn: &mut Conn, tenant: TenantId, entries: &[Entry]) -> Result<HashMap<String, String>> {
    let of = |kinds: &'static [&'static str]| {
        entries.iter().filter(move |entry| kinds.contains(&entry.resource_type.as_str()))
    };
    let mut names = HashMap::new();
    let members: Vec<i64> = of(&["Member", "Invitation"])
        .filter_map(|entry| MembershipId::parse(&entry.resource_id))
        .map(|id| id.0)
        .collect();
    for found in listed::some(conn, tenant, &members)? {
        let id = found.id.to_string();
        let (name, user_name) = (found.member.display_name, found.member.user_name);
        names.insert(id, name.filter(|name| !name.trim().is_empty()).unwrap_or(user_name));
    }
    let mut users: Vec<&str> = of(&["User"]).map(|entry| entry.resource_id.as_str()).collect();
    users.sort_unstable();
    users.dedup();
    for id in users.into_iter().filter(|id| !id.is_empty()) {
        let Some(user) = directory::user_by_id(conn, tenant, id)? else { continue };
        let name = crate::people::name_of(&user.body).unwrap_or_else(|| user.user_name().to_owned());
        names.insert(id.to_owned(), name);
    }
    Ok(names)
}
