//! Delete: a resource with all that belongs to it, and its place in groups.

use super::rows::{self, find_row, version};
use super::write::{later, object_of};
use super::{Conn, Result, Writing, names};
use crate::error::HookError;
use crate::hook::{Event, Hook, Intent, Member, Operation, Row, Written};
use crate::sql::Fragment;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Text};
use provost_core::{Id, ResourceType, Timestamp, Version};
use provost_provider::StoreError;

/// Removes a resource. The groups it was in get a new version: what a client sees of them is another thing now.
pub(in super::super) fn delete<H: Hook<Conn>>(
    conn: &mut Conn,
    with: &Writing<'_, H>,
    kind: &ResourceType,
    id: &Id,
    expect: Option<Version>,
) -> Result<()> {
    let (tenant, name) = (with.cx.tenant, kind.name.as_str());
    let found = find_row(conn, tenant, name, id)?.ok_or(HookError::Store(StoreError::NotFound))?;
    if expect.is_some_and(|expected| expected != found.resource.version) {
        return Err(HookError::Store(StoreError::VersionMismatch));
    }
    let seq = found.seq;
    let row = Row { kind: name, seq, id };
    with.ask(conn, Intent::Delete { row })?;

    let name_key = names::key_of(conn, seq)?;
    let groups = groups(conn, seq)?;
    for group in groups.iter().filter(|g| g.seq != seq) {
        touch(conn, group, with.cx.context.at)?;
    }
    // one fixed text each, so that they are prepared once
    for sql in [
        "delete from member where member_seq = ",
        "delete from member where group_seq = ",
        "delete from element where seq = ",
        "delete from unique_key where seq = ",
        "delete from document where seq = ",
        "delete from resource where seq = ",
    ] {
        Fragment::new(sql).int(seq).fixed_ref().execute(conn)?;
    }
    rows::count(conn, tenant, name, false)?;
    if let Some(free) = name_key {
        names::hand_on(conn, tenant, kind, &free)?;
    }

    let gone = [Member::new(name, seq, id.clone())];
    for group in groups.iter().filter(|g| g.seq != seq) {
        let group = Row { kind: &group.kind, seq: group.seq, id: &group.id };
        with.tell(conn, Event::MembersRemoved { group, members: &gone })?;
    }
    // a text that cannot be read is no reason to keep it
    let body = object_of(&found.resource).ok();
    with.tell(conn, Event::Deleted { row, body: body.as_ref() })?;
    with.tell(
        conn,
        Event::Written(Written {
            operation: Operation::Delete,
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
    version: Version,
    modified: Timestamp,
}

fn groups(conn: &mut Conn, member: i64) -> Result<Vec<Group>> {
    let mut sql = Fragment::new(
        "select x.seq, x.kind, x.id, x.version, x.modified from member m cross join resource x \
         where x.seq = m.group_seq and m.member_seq = ",
    );
    sql.int(member).sql(" order by x.seq");
    let rows: Vec<(i64, String, String, i64, i64)> =
        sql.fixed::<(BigInt, Text, Text, BigInt, BigInt)>().load(conn)?;
    let group = |(seq, kind, id, version, modified): (i64, String, String, i64, i64)| Group {
        seq,
        kind,
        id: id.into(),
        version: Version(u64::try_from(version).unwrap_or_default()),
        modified: Timestamp::from_millis(modified),
    };
    Ok(rows.into_iter().map(group).collect())
}

fn touch(conn: &mut Conn, group: &Group, at: Timestamp) -> Result<()> {
    let mut sql = Fragment::new("update resource set version = version + 1, modified = ");
    sql.int(later(at, group.modified).as_millis()).sql(" where seq = ").int(group.seq);
    sql.sql(" and version = ").int(version(group.version));
    if sql.fixed::<()>().execute(conn)? == 0 {
        return Err(HookError::Store(StoreError::VersionMismatch));
    }
    Ok(())
}
