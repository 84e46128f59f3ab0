//! Whether the tables agree with each other.

use super::derived::{self, Document};
use super::{Conn, Result};
use crate::finding::Finding;
use crate::hook::TenantId;
use crate::keys::substitute;
use crate::sql::Fragment;
use crate::stored::Stored;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Text};
use provost_core::SchemaSet;
use provost_core::value::parse_object;

/// What is wrong, some at most.
pub(in super::super) fn check(conn: &mut Conn, schemas: &SchemaSet, limit: usize) -> Result<Vec<Finding>> {
    // one snapshot: what is being written meanwhile is no fault
    conn.transaction(|conn| {
        let mut found = Vec::new();
        strays(conn, &mut found)?;
        counts(conn, &mut found)?;
        resources(conn, schemas, limit, &mut found)?;
        found.truncate(limit);
        Ok(found)
    })
}

/// Each resource has a text that can be read, and what was derived from it.
fn resources(conn: &mut Conn, schemas: &SchemaSet, limit: usize, found: &mut Vec<Finding>) -> Result<()> {
    let mut after = i64::MIN;
    while found.len() < limit {
        let chunk = derived::documents(conn, after)?;
        let Some(last) = chunk.last() else { break };
        after = last.seq;
        for document in chunk {
            if let Some(what) = fault(conn, schemas, &document)? {
                let Document { tenant, kind, id, .. } = document;
                found.push(Finding { tenant: Some(tenant), resource: Some((kind, id.into())), what });
            }
        }
    }
    Ok(())
}

fn fault(conn: &mut Conn, schemas: &SchemaSet, document: &Document) -> Result<Option<String>> {
    let Some(doc) = &document.doc else { return Ok(Some("its document is missing".to_owned())) };
    let body = match parse_object(doc) {
        Ok(body) => body,
        Err(e) => return Ok(Some(format!("its document cannot be read: {e}"))),
    };
    // a type that is not served any more is kept, not judged
    let Some(kind) = schemas.resource_type(&document.kind) else { return Ok(None) };
    let (stored, mut expected) = (derived::load(conn, document.seq)?, Stored::of(kind, &body));
    // whose name another one holds the key of
    let substitute = substitute(&document.id);
    if expected.name_key().is_some() && stored.name_key() == Some(&substitute) {
        expected.set_name_key(Some(substitute));
    }
    Ok((stored != expected).then(|| "filters look for other values than the document holds".to_owned()))
}

/// Rows that belong to no resource.
fn strays(conn: &mut Conn, found: &mut Vec<Finding>) -> Result<()> {
    for (sql, what) in [
        (
            "select count(*) from document d left join resource r on r.seq = d.seq where r.seq is null",
            "documents without a resource",
        ),
        (
            "select count(*) from element e left join resource r on r.seq = e.seq and r.tenant = e.tenant \
             where r.seq is null",
            "indexed values without a resource",
        ),
        (
            "select count(*) from unique_key u left join resource r on r.seq = u.seq and r.tenant = u.tenant \
             and r.kind = u.kind where r.seq is null",
            "unique keys without a resource",
        ),
        (
            "select count(*) from member m left join resource g on g.seq = m.group_seq \
             left join resource u on u.seq = m.member_seq and u.tenant = g.tenant \
             where g.seq is null or u.seq is null",
            "members that do not exist, or belong to another tenant",
        ),
    ] {
        let counted: Vec<i64> = Fragment::new(sql).once::<BigInt>().load(conn)?;
        if let Some(n) = counted.into_iter().find(|n| *n > 0) {
            found.push(Finding { tenant: None, resource: None, what: format!("there are {n} {what}") });
        }
    }
    Ok(())
}

/// The totals that lists show.
fn counts(conn: &mut Conn, found: &mut Vec<Finding>) -> Result<()> {
    let sql = "select t.tenant, t.kind, sum(t.counted), sum(t.kept) from ( \
               select tenant, kind, count(*) as counted, 0 as kept from resource group by tenant, kind \
               union all select tenant, kind, 0, total from counter) t \
               group by t.tenant, t.kind having sum(t.counted) <> sum(t.kept)";
    let rows: Vec<(i64, String, i64, i64)> =
        Fragment::new(sql).once::<(BigInt, Text, BigInt, BigInt)>().load(conn)?;
    found.extend(rows.into_iter().map(|(tenant, kind, counted, kept)| Finding {
        tenant: Some(TenantId(tenant)),
        resource: None,
        what: format!("lists of {kind} show {kept} as their total, and there are {counted}"),
    }));
    Ok(())
}
