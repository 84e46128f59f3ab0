//! Delete: a resource with all that belongs to it, and its place in groups.

use super::rows::hold_row;
use super::write::object_of;
use super::{Conn, Result, Writing, names};
use crate::engine::Engine;
use crate::error::HookError;
use crate::hook::{Event, Hook, Intent, Member, ResourceRef, TenantId, WriteSummary};
use crate::sql::Fragment;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Text};
use provost_core::{Id, ResourceType, Timestamp, Version};
use provost_provider::{StoreError, WriteKind};

/// Removes a resource. The groups it was in get a new version: what a client sees of them is another thing now.
pub(in super::super) fn delete<H: Hook<Conn>>(
    conn: &mut Conn,
    with: &Writing<'_, H>,
    kind: &ResourceType,
    id: &Id,
    expect: Option<Version>,
) -> Result<()> {
    let (tenant, name) = (with.cx.tenant, kind.name.as_str());
    let found = hold_row(conn, tenant, name, id)?.ok_or(HookError::Store(StoreError::NotFound))?;
    if expect.is_some_and(|expected| expected != found.resource.version) {
        return Err(HookError::Store(StoreError::VersionMismatch));
    }
    let seq = found.seq;
    let row = ResourceRef { resource_type: name, seq, id };
    with.ask(conn, Intent::Delete { row })?;

    let name_key = names::key_of(conn, tenant, seq)?;
    let groups = groups(conn, tenant, seq)?;
    for group in groups.iter().filter(|g| g.seq != seq) {
        touch(conn, tenant, group.seq, with.cx.context.at)?;
    }
    for column in ["member_seq", "group_seq"] {
        let mut sql = Fragment::new("delete from scim_member where tenant = ");
        conn.later(sql.int(tenant.0).sql(" and ").sql(column).sql(" = ").int(seq).fixed_ref())?;
    }
    for table in ["scim_element", "scim_unique_key", "scim_document", "scim_resource"] {
        let mut sql = Fragment::new("delete from ");
        conn.later(sql.sql(table).sql(" where ").of(tenant, seq).fixed_ref())?;
    }
    conn.settle()?;
    conn.deleted(tenant, name)?;
    if let Some(free) = name_key {
        names::hand_on(conn, tenant, kind, &free)?;
    }

    let gone = [Member::new(name, seq, id.clone())];
    for group in groups.iter().filter(|g| g.seq != seq) {
        let group = ResourceRef { resource_type: &group.kind, seq: group.seq, id: &group.id };
        with.tell(conn, Event::MembersRemoved { group, members: &gone })?;
    }
    // a text that cannot be read is no reason to keep it
    let body = object_of(&found.resource).ok();
    with.tell(conn, Event::Deleted { row, body: body.as_ref() })?;
    with.tell(
        conn,
        Event::Written(WriteSummary {
            operation: WriteKind::Delete,
            row,
            version: found.resource.version,
            changed: true,
            attributes: &[],
            transition: None,
            added: &[],
            removed: &[],
            skipped: &[],
        }),
    )
}

/// A group that loses a member.
struct Group {
    seq: i64,
    kind: String,
    id: Id,
}

fn groups(conn: &mut Conn, tenant: TenantId, member: i64) -> Result<Vec<Group>> {
    let mut sql = Fragment::new(
        "select x.seq, x.kind, x.id from scim_member m cross join scim_resource x \
         where x.tenant = m.tenant and x.seq = m.group_seq and m.tenant = ",
    );
    sql.int(tenant.0).sql(" and m.member_seq = ").int(member).sql(" order by x.seq");
    let rows: Vec<(i64, String, String)> = sql.fixed::<(BigInt, Text, Text)>().load(conn)?;
    Ok(rows.into_iter().map(|(seq, kind, id)| Group { seq, kind, id: id.into() }).collect())
}

/// A new version, whatever it is by now; and a later time, also when the clock went back.
fn touch(conn: &mut Conn, tenant: TenantId, group: i64, at: Timestamp) -> Result<()> {
    let at = at.as_millis();
    let mut sql =
        Fragment::new("update scim_resource set version = version + 1, modified = case when modified < ");
    sql.int(at).sql(" then ").int(at).sql(" else modified + 1 end where ").of(tenant, group);
    Ok(conn.later(sql.fixed_ref())?)
}
