//! Rows of `scim_resource`, and what is derived from them.

use super::refusal::{refused, taken};
use super::{Conn, Result, derived};
use crate::engine::Engine;
use crate::hook::TenantId;
use crate::layout::Column;
use crate::sql::Fragment;
use crate::stored::{Keys, Stored};
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Text};
use provost_core::change::UniqueKey;
use provost_core::resource::Body;
use provost_core::{Id, Resource, Timestamp, Version};

/// The columns of a served resource.
pub(super) type Served = (BigInt, Text, BigInt, BigInt, BigInt, Text);

/// A served row, with its key.
#[derive(Debug)]
pub(in super::super) struct Found {
    pub(in super::super) seq: i64,
    pub(in super::super) resource: Resource,
}

impl From<(i64, String, i64, i64, i64, String)> for Found {
    fn from((seq, id, version, created, modified, doc): (i64, String, i64, i64, i64, String)) -> Self {
        let resource = Resource {
            id: id.into(),
            version: Version(u64::try_from(version).unwrap_or_default()),
            created: Timestamp::from_millis(created),
            modified: Timestamp::from_millis(modified),
            body: Body::Text(doc.into()),
            members: Vec::new(),
            members_text: None,
            groups: Vec::new(),
        };
        Self { seq, resource }
    }
}

/// The row with an `id`, by an index.
pub(in super::super) fn find_row(
    conn: &mut Conn,
    tenant: TenantId,
    kind: &str,
    id: &Id,
) -> Result<Option<Found>> {
    look_up(conn, tenant, kind, id, "")
}

/// The same for a write: the row stays as it was read until the transaction ends.
pub(super) fn hold_row(conn: &mut Conn, tenant: TenantId, kind: &str, id: &Id) -> Result<Option<Found>> {
    look_up(conn, tenant, kind, id, Conn::DIALECT.hold)
}

fn look_up(
    conn: &mut Conn,
    tenant: TenantId,
    kind: &str,
    id: &Id,
    lock: &'static str,
) -> Result<Option<Found>> {
    let mut sql = Fragment::new(
        "select r.seq, r.id, r.version, r.created, r.modified, d.doc from scim_resource r \
         cross join scim_document d where d.tenant = r.tenant and d.seq = r.seq and r.tenant = ",
    );
    sql.int(tenant.0).sql(" and r.id = ").text(id.as_str()).sql(" and r.kind = ").text(kind).sql(lock);
    let rows: Vec<(i64, String, i64, i64, i64, String)> = sql.fixed::<Served>().load(conn)?;
    Ok(rows.into_iter().next().map(Found::from))
}

/// The number of a new row: milliseconds and 15 bits of the `id`, so that it grows with creation and replicas rarely
/// collide within a millisecond; and greater than [`Engine::newest`], so that the order of creation holds even if the
/// clock goes back. If two collide, the primary key refuses one (docs/decisions/006).
pub(super) fn new_seq(conn: &mut Conn, tenant: TenantId, id: &Id, at_ms: i64) -> Result<i64> {
    const BITS: u32 = 15;
    let timed = at_ms.clamp(0, i64::MAX >> BITS) << BITS | i64::from(hash(id.as_str()) & ((1 << BITS) - 1));
    Ok(timed.max(conn.newest(tenant)?.saturating_add(1)))
}

/// FNV-1a.
fn hash(text: &str) -> u32 {
    text.bytes().fold(0x811c_9dc5, |h, b| (h ^ u32::from(b)).wrapping_mul(0x0100_0193))
}

/// Writes a new row with everything that belongs to it, except members.
pub(super) fn insert(
    conn: &mut Conn,
    tenant: TenantId,
    kind: &str,
    found: &Found,
    doc: &str,
    stored: &Stored,
) -> Result<()> {
    let Found { seq, resource } = found;
    let mut sql = Fragment::new(
        "insert into scim_resource (seq, tenant, kind, id, version, created, modified, active, label, label_key",
    );
    for column in Column::all() {
        sql.sql(", ").sql(column.name());
    }
    sql.sql(") values (").int(*seq).sql(", ").int(tenant.0).sql(", ").text(kind);
    sql.sql(", ").text(resource.id.as_str()).sql(", ").int(version(resource.version));
    sql.sql(", ").int(resource.created.as_millis()).sql(", ").int(resource.modified.as_millis());
    sql.sql(", ").boolean(stored.keys.active);
    sql.sql(", ").optional(stored.keys.label.clone()).sql(", ").optional(stored.keys.label_key.clone());
    for key in &stored.keys.columns {
        sql.sql(", ").optional(key.clone());
    }
    sql.sql(")");
    conn.later(sql.fixed::<()>()).map_err(refused)?;
    let mut sql = Fragment::new("insert into scim_document (seq, tenant, folded, doc) values (");
    sql.int(*seq).sql(", ").int(tenant.0).sql(", ").json(Conn::DIALECT, stored.folded.to_string());
    sql.sql(", ").text(doc).sql(")");
    conn.later(sql.fixed::<()>()).map_err(refused)?;
    derived::insert_elements(conn, tenant, *seq, &stored.keys)
}

/// A changed body.
#[derive(Clone, Copy)]
pub(super) struct Rewritten<'a> {
    /// Its text.
    pub(super) doc: &'a str,
    /// What was derived from the previous one.
    pub(super) old: &'a Keys,
    /// What is derived from it.
    pub(super) new: &'a Stored,
}

/// Writes version and time of a locked row, and what a new body changes.
pub(super) fn update(
    conn: &mut Conn,
    tenant: TenantId,
    now: &Found,
    body: Option<Rewritten<'_>>,
) -> Result<()> {
    let Found { seq, resource } = now;
    let mut sql = Fragment::new("update scim_resource set version = ");
    sql.int(version(resource.version)).sql(", modified = ").int(resource.modified.as_millis());
    if let Some(Rewritten { old, new, .. }) = body {
        sql.add(&derived::assignments(old, &new.keys));
    }
    conn.later(sql.sql(" where ").of(tenant, *seq).fixed_ref()).map_err(refused)?;
    let Some(Rewritten { doc, old, new }) = body else { return Ok(()) };
    let mut sql = Fragment::new("update scim_document set folded = ");
    sql.json(Conn::DIALECT, new.folded.to_string()).sql(", doc = ").text(doc);
    conn.later(sql.sql(" where ").of(tenant, *seq).fixed_ref()).map_err(refused)?;
    derived::replace_elements(conn, tenant, *seq, old, &new.keys)
}

/// Claims the unique keys of a row.
pub(super) fn claim(
    conn: &mut Conn,
    tenant: TenantId,
    kind: &str,
    seq: i64,
    keys: &[UniqueKey],
    stored: &Keys,
) -> Result<()> {
    for UniqueKey { attribute, key } in keys.iter().filter(|k| !Column::keeps(k, &stored.columns)) {
        let mut sql =
            Fragment::new("insert into scim_unique_key (tenant, kind, attribute, key, seq) values (");
        sql.int(tenant.0).sql(", ").text(kind).sql(", ").text(&**attribute).sql(", ").text(&**key);
        sql.sql(", ").int(seq).sql(") on conflict do nothing");
        if sql.fixed::<()>().execute(conn).map_err(refused)? == 0 {
            return Err(taken(attribute));
        }
    }
    Ok(())
}

/// Releases the unique keys of a row.
pub(super) fn release(conn: &mut Conn, tenant: TenantId, seq: i64) -> Result<()> {
    conn.later(Fragment::new("delete from scim_unique_key where ").of(tenant, seq).fixed_ref())
        .map_err(refused)
}

/// Waits until the writes to a row have succeeded or failed.
pub(super) fn settle(conn: &mut Conn) -> Result<()> {
    conn.settle().map_err(refused)
}

pub(super) fn version(v: Version) -> i64 {
    i64::try_from(v.0).unwrap_or(i64::MAX)
}
