//! Delete: removes a resource with everything that belongs to it, and from its groups.

use super::rows::hold_row;
use super::write::object_of;
use super::{Conn, Result, Writing, names};
use crate::engine::Engine;
use crate::error::HookError;
use crate::hook::{Event, Hook, Intent, Member, ResourceRef, TenantId, WriteSummary};
use crate::sql::Fragment;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Nullable, Text};
use provost_core::{Id, ResourceType, Timestamp, Version};
use provost_provider::{StoreError, WriteKind};

/// Deletes a resource. Its groups get a new version, since clients now see them differently.
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

    let (name_key, groups) = held(conn, tenant, seq)?;
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
    conn.deleted(tenant, name)?;
    if let Some(free) = name_key {
        names::hand_on(conn, tenant, kind, &free)?;
    }

    let gone = [Member::new(name, seq, id.clone())];
    for group in groups.iter().filter(|g| g.seq != seq) {
        let group = ResourceRef { resource_type: &group.kind, seq: group.seq, id: &group.id };
        with.tell(conn, Event::MembersRemoved { group, members: &gone })?;
    }
    // an unreadable text is no reason to keep it
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

/// The key of the resource's name, and the groups it is in, in a single query.
fn held(conn: &mut Conn, tenant: TenantId, seq: i64) -> Result<(Option<String>, Vec<Group>)> {
    let mut sql = Fragment::new(
        "select r.user_name_key, x.seq, x.kind, x.id from scim_resource r \
         left join scim_member m on m.tenant = r.tenant and m.member_seq = r.seq \
         left join scim_resource x on x.tenant = m.tenant and x.seq = m.group_seq where r.tenant = ",
    );
    sql.int(tenant.0).sql(" and r.seq = ").int(seq).sql(" order by x.seq");
    type Columns = (Nullable<Text>, Nullable<BigInt>, Nullable<Text>, Nullable<Text>);
    type Row = (Option<String>, Option<i64>, Option<String>, Option<String>);
    let rows: Vec<Row> = sql.fixed::<Columns>().load(conn)?;
    let name_key = rows.first().and_then(|(name_key, ..)| name_key.clone());
    let group = |(_, seq, kind, id): Row| Some(Group { seq: seq?, kind: kind?, id: id?.into() });
    Ok((name_key, rows.into_iter().filter_map(group).collect()))
}

/// A new version, whatever the current one is, and a later time, even if the clock went back.
fn touch(conn: &mut Conn, tenant: TenantId, group: i64, at: Timestamp) -> Result<()> {
    let at = at.as_millis();
    let mut sql =
        Fragment::new("update scim_resource set version = version + 1, modified = case when modified < ");
    sql.int(at).sql(" then ").int(at).sql(" else modified + 1 end where ").of(tenant, group);
    Ok(conn.later(sql.fixed_ref())?)
}
