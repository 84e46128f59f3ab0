//! Everything in the directory, list by list and in batches: for upkeep, which reads it all.

use super::{Conn, Result};
use crate::engine::Engine;
use crate::hook::TenantId;
use crate::sql::{FOLDED, Fragment};
use diesel::prelude::*;
use diesel::sql_types::{self, BigInt, Nullable};
use provost_core::Object;
use provost_core::value::parse_object;

/// A tenant's resources of one type.
#[derive(Debug, Clone)]
pub(super) struct List {
    pub(super) tenant: TenantId,
    pub(super) kind: String,
}

/// A resource as it is stored.
pub(super) struct Document {
    pub(super) seq: i64,
    pub(super) id: String,
    /// The key by which it is looked up as a user.
    pub(super) name_key: Option<String>,
    /// `None` if a resource has none.
    pub(super) doc: Option<String>,
    folded: Option<String>,
}

impl Document {
    /// The stored values without a column; `None` if they cannot be read.
    pub(super) fn folded(&self) -> Option<Object> {
        parse_object(self.folded.as_deref()?).ok()
    }
}

/// How many rows one statement reads: a document may have a megabyte, and all are in memory at once.
const CHUNK: i64 = 50;

/// The tenants with resources, in order.
///
/// # Errors
/// The database failed.
pub fn tenants(conn: &mut Conn) -> Result<Vec<TenantId>> {
    let mut all: Vec<TenantId> = lists(conn)?.into_iter().map(|list| list.tenant).collect();
    all.dedup();
    Ok(all)
}

/// All lists that are not empty.
pub(super) fn lists(conn: &mut Conn) -> Result<Vec<List>> {
    let mut all: Vec<List> = Vec::new();
    loop {
        // jumps from one list to the next with an index, skipping its contents
        let (tenant, kind) = all.last().map_or((i64::MIN, ""), |last| (last.tenant.0, last.kind.as_str()));
        let mut sql =
            Fragment::new("select r.tenant, r.kind from scim_resource r where (r.tenant, r.kind) > (");
        sql.int(tenant).sql(", ").text(kind).sql(") order by r.tenant, r.kind limit 1");
        let next: Vec<(i64, String)> = sql.fixed::<(BigInt, sql_types::Text)>().load(conn)?;
        let Some((tenant, kind)) = next.into_iter().next() else { return Ok(all) };
        all.push(List { tenant: TenantId(tenant), kind });
    }
}

/// Calls `look` with each document of a list, oldest first, until it returns `false`.
pub(super) fn each(
    conn: &mut Conn,
    list: &List,
    mut look: impl FnMut(&mut Conn, Document) -> Result<bool>,
) -> Result<()> {
    type Text = Nullable<sql_types::Text>;
    type Row = (i64, String, Option<String>, Option<String>, Option<String>);
    let mut after = i64::MIN;
    loop {
        let mut sql = Fragment::new("select r.seq, r.id, r.user_name_key, d.doc, ");
        let (before, behind) = Conn::DIALECT.json_text;
        sql.sql(before).sql(FOLDED).sql(behind);
        sql.sql(" from scim_resource r left join scim_document d on d.tenant = r.tenant and d.seq = r.seq where r.tenant = ");
        sql.int(list.tenant.0).sql(" and r.kind = ").text(list.kind.as_str());
        sql.sql(" and r.seq > ").int(after).sql(" order by r.seq limit ").literal(CHUNK);
        let rows: Vec<Row> = sql.fixed::<(BigInt, sql_types::Text, Text, Text, Text)>().load(conn)?;
        let Some((last, ..)) = rows.last() else { return Ok(()) };
        after = *last;
        for (seq, id, name_key, doc, folded) in rows {
            if !look(conn, Document { seq, id, name_key, doc, folded })? {
                return Ok(());
            }
        }
    }
}
