//! Claims or releases keys for all rows of a tenant, when a switch is turned.

use super::Conn;
use crate::hook::TenantId;
use crate::sql::Fragment;
use crate::unique::{Duplicate, Duplicates, Switched};
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Text};
use provost_core::value::parse_object;

/// Makes an attribute unique from now on: claims the keys of all resources of the tenant, in the transaction that turns
/// the switch. If some share a value, claims none and returns up to `shown` of them; roll back then.
///
/// A write that was prepared before the switch does not know about it. Compare its keys with the switch in your
/// [`guard`](crate::Hook::guard), which runs in the write's own transaction.
///
/// # Errors
/// The database failed.
pub fn make_unique(conn: &mut Conn, tenant: TenantId, what: Switched, shown: i64) -> QueryResult<Duplicates> {
    // keys left from an earlier time may not match the rows
    let_repeat(conn, tenant, what)?;
    let duplicates = duplicates(conn, tenant, what, shown)?;
    if duplicates.total == 0 {
        let mut sql = Fragment::new(
            "insert into scim_unique_key (tenant, kind, attribute, key, seq) select r.tenant, r.kind, ",
        );
        sql.text(what.attribute()).sql(", ").sql(what.column()).sql(", r.seq").add(&rows(tenant, what));
        sql.fixed_ref().execute(conn)?;
    }
    Ok(duplicates)
}

/// Allows duplicate values of an attribute from now on: releases the tenant's keys.
///
/// # Errors
/// The database failed.
pub fn let_repeat(conn: &mut Conn, tenant: TenantId, what: Switched) -> QueryResult<()> {
    let mut sql = Fragment::new("delete from scim_unique_key where tenant = ");
    sql.int(tenant.0).sql(" and attribute = ").text(what.attribute());
    if let Some(kind) = what.kind() {
        sql.sql(" and kind = ").text(kind);
    }
    sql.fixed_ref().execute(conn).map(drop)
}

/// The rows with a key.
fn rows(tenant: TenantId, what: Switched) -> Fragment {
    let mut sql = Fragment::new(" from scim_resource r where r.tenant = ");
    sql.int(tenant.0)
        .sql(" and ")
        .sql(what.column())
        .sql(" is not null and ")
        .sql(what.column())
        .sql(" <> ''");
    if let Some(kind) = what.kind() {
        sql.sql(" and r.kind = ").text(kind);
    }
    sql
}

fn duplicates(conn: &mut Conn, tenant: TenantId, what: Switched, shown: i64) -> QueryResult<Duplicates> {
    let mut sharing = rows(tenant, what);
    sharing
        .sql(" and exists (select 1 from scim_resource o where o.tenant = r.tenant and o.kind = r.kind and ")
        .sql(what.column_of_other())
        .sql(" = ")
        .sql(what.column())
        .sql(" and o.seq <> r.seq)");
    let mut sql = Fragment::new("select count(*)");
    sql.add(&sharing);
    let counted: Vec<i64> = sql.fixed::<BigInt>().load(conn)?;
    let total = counted.into_iter().next().unwrap_or_default().unsigned_abs();
    let mut sql = Fragment::new(
        "select r.kind, r.id, (select d.doc from scim_document d where d.tenant = r.tenant and d.seq = r.seq)",
    );
    sql.add(&sharing).sql(" order by r.kind, ").sql(what.column()).sql(", r.seq limit ").literal(shown);
    let rows: Vec<(String, String, String)> = sql.fixed::<(Text, Text, Text)>().load(conn)?;
    Ok(Duplicates { total, first: rows.into_iter().map(read).collect() })
}

fn read((kind, id, doc): (String, String, String)) -> Duplicate {
    let body = parse_object(&doc).unwrap_or_default();
    let text = |name: &str| body.str(name).map(str::to_owned);
    Duplicate {
        kind,
        id: id.into(),
        name: text("userName").or_else(|| text("displayName")),
        external_id: text("externalId"),
    }
}
