//! Members who join and leave a group. The work depends on how many are named, not on the size of the group.

use super::{Conn, Result};
use crate::engine::Engine;
use crate::error::HookError;
use crate::hook::{Member, TenantId};
use crate::sql::Fragment;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Text};
use provost_core::Id;
use provost_core::change::MemberChange;
use provost_provider::StoreError;
use std::collections::{HashMap, HashSet};

/// The result of a change of members.
#[derive(Debug, Default)]
pub(super) struct Changed {
    /// Those who were added.
    pub(super) added: Vec<Member>,
    /// Those who were removed.
    pub(super) removed: Vec<Member>,
    /// Those who do not exist.
    pub(super) skipped: Vec<Id>,
}

/// The most rows that one statement names.
const CHUNK: usize = 500;

/// The members to add who exist. They stay until the transaction ends: a concurrent delete waits, or is waited for.
/// Call it before locking the group, since a delete locks the user first and then its groups.
pub(super) fn joining(
    conn: &mut Conn,
    tenant: TenantId,
    change: &MemberChange,
) -> Result<HashMap<String, Member>> {
    resolve(conn, tenant, &change.add, Conn::DIALECT.share)
}

/// Applies a change to the members of `group`: first removes everybody who is not in `add` if `clear`, then removes
/// `remove`, then adds `add` as resolved by [`joining`].
pub(super) fn change(
    conn: &mut Conn,
    tenant: TenantId,
    group: i64,
    change: &MemberChange,
    joining: HashMap<String, Member>,
) -> Result<Changed> {
    if change.is_empty() {
        return Ok(Changed::default());
    }
    let others: Vec<Id> = change.some_of.iter().flatten().cloned().collect();
    let others = resolve(conn, tenant, &others, "")?;
    let exists = |id: &Id| joining.contains_key(id.as_str()) || others.contains_key(id.as_str());
    if let Some(unknown) = change.unknown(exists) {
        return Err(HookError::Store(StoreError::UnknownMembers(unknown)));
    }
    let skipped: Vec<Id> =
        change.add.iter().filter(|id| !joining.contains_key(id.as_str())).cloned().collect();
    let mut leaving: Vec<Member> = resolve(conn, tenant, &change.remove, "")?.into_values().collect();
    if change.clear {
        let stay: HashSet<i64> = joining.values().map(|m| m.seq).collect();
        leaving = all(conn, tenant, group)?;
        leaving.retain(|m| !stay.contains(&m.seq));
    }
    let mut joining: Vec<Member> = joining.into_values().collect();
    joining.sort_unstable_by_key(|m| m.seq);
    leaving.sort_unstable_by_key(|m| m.seq);
    let removed = remove(conn, tenant, group, leaving)?;
    let added = add(conn, tenant, group, joining)?;
    Ok(Changed { added, removed, skipped })
}

/// The rows with these ids, of any type.
fn resolve(
    conn: &mut Conn,
    tenant: TenantId,
    ids: &[Id],
    lock: &'static str,
) -> Result<HashMap<String, Member>> {
    let mut found = HashMap::with_capacity(ids.len());
    for some in ids.chunks(CHUNK) {
        let mut sql = Fragment::new("select seq, id, kind from scim_resource where tenant = ");
        sql.int(tenant.0).sql(" and id in (");
        for (n, id) in some.iter().enumerate() {
            sql.sql(if n == 0 { "" } else { ", " }).text(id.as_str());
        }
        sql.sql(")").sql(lock);
        let rows: Vec<(i64, String, String)> =
            sql.statement::<(BigInt, Text, Text)>(is_usual(some.len())).load(conn)?;
        found.extend(rows.into_iter().map(|(seq, id, kind)| (id.clone(), Member::new(kind, seq, id))));
    }
    Ok(found)
}

/// All members of the group.
fn all(conn: &mut Conn, tenant: TenantId, group: i64) -> Result<Vec<Member>> {
    let mut sql = Fragment::new(
        "select x.seq, x.id, x.kind from scim_member m cross join scim_resource x \
         where x.tenant = m.tenant and x.seq = m.member_seq and m.tenant = ",
    );
    sql.int(tenant.0).sql(" and m.group_seq = ").int(group);
    let rows: Vec<(i64, String, String)> = sql.fixed::<(BigInt, Text, Text)>().load(conn)?;
    Ok(rows.into_iter().map(|(seq, id, kind)| Member::new(kind, seq, id)).collect())
}

/// Those who were really added.
fn add(conn: &mut Conn, tenant: TenantId, group: i64, members: Vec<Member>) -> Result<Vec<Member>> {
    let mut new = HashSet::new();
    for some in members.chunks(CHUNK) {
        let mut sql = Fragment::new("insert into scim_member (tenant, group_seq, member_seq) values ");
        for (n, member) in some.iter().enumerate() {
            sql.sql(if n == 0 { "(" } else { ", (" }).int(tenant.0).sql(", ").int(group);
            sql.sql(", ").int(member.seq).sql(")");
        }
        sql.sql(" on conflict do nothing returning member_seq");
        let rows: Vec<i64> = sql.statement::<BigInt>(is_usual(some.len())).load(conn)?;
        new.extend(rows);
    }
    Ok(members.into_iter().filter(|m| new.contains(&m.seq)).collect())
}

/// Those who were really removed.
fn remove(conn: &mut Conn, tenant: TenantId, group: i64, members: Vec<Member>) -> Result<Vec<Member>> {
    let mut gone = HashSet::new();
    for some in members.chunks(CHUNK) {
        let mut sql = Fragment::new("delete from scim_member where tenant = ");
        sql.int(tenant.0).sql(" and group_seq = ").int(group).sql(" and member_seq in (");
        for (n, member) in some.iter().enumerate() {
            sql.sql(if n == 0 { "" } else { ", " }).int(member.seq);
        }
        sql.sql(") returning member_seq");
        let rows: Vec<i64> = sql.statement::<BigInt>(is_usual(some.len())).load(conn)?;
        gone.extend(rows);
    }
    Ok(members.into_iter().filter(|m| gone.contains(&m.seq)).collect())
}

/// Sizes whose statements are kept prepared: one member, and full chunks.
fn is_usual(len: usize) -> bool {
    len == 1 || len == CHUNK
}
