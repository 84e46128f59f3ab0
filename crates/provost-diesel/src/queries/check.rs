//! Checks that the tables are consistent.

use super::derived;
use super::lists::{Document, List, each, lists};
use super::{Conn, Result};
use crate::engine::Engine;
use crate::finding::Finding;
use crate::keys::substitute;
use crate::sql::Fragment;
use crate::stored::Stored;
use diesel::prelude::*;
use diesel::sql_types::BigInt;
use provost_core::SchemaSet;
use provost_core::value::parse_object;

/// What the database itself reports about its pages, indices and constraints. If there is anything, the results of
/// [`check`] mean little. Reads everything.
///
/// # Errors
/// The database failed.
pub fn damage(conn: &mut Conn) -> Result<Vec<Finding>> {
    let mut found = Vec::new();
    conn.check_storage(&mut found)?;
    Ok(found)
}

/// Checks that the directory's tables are consistent; returns up to `limit` findings. Reads everything.
///
/// # Errors
/// The database failed.
pub fn check(conn: &mut Conn, schemas: &SchemaSet, limit: usize) -> Result<Vec<Finding>> {
    // in one snapshot, so that concurrent writes do not look like faults
    conn.snapshot(|conn| {
        let mut found = Vec::new();
        strays(conn, &mut found)?;
        conn.check_totals(&mut found)?;
        resources(conn, schemas, limit, &mut found)?;
        found.truncate(limit);
        Ok(found)
    })
}

/// Each resource must have a readable text, and what is derived from it.
fn resources(conn: &mut Conn, schemas: &SchemaSet, limit: usize, found: &mut Vec<Finding>) -> Result<()> {
    for list in lists(conn)? {
        each(conn, &list, |conn, document| {
            if let Some(what) = fault(conn, schemas, &list, &document)? {
                let resource = Some((list.kind.clone(), document.id.into()));
                found.push(Finding { tenant: Some(list.tenant), resource, what });
            }
            Ok(found.len() < limit)
        })?;
    }
    Ok(())
}

fn fault(conn: &mut Conn, schemas: &SchemaSet, list: &List, document: &Document) -> Result<Option<String>> {
    let Some(doc) = &document.doc else { return Ok(Some("its document is missing".to_owned())) };
    let body = match parse_object(doc) {
        Ok(body) => body,
        Err(e) => return Ok(Some(format!("its document cannot be read: {e}"))),
    };
    // a type that is no longer served is kept without being checked
    let Some(kind) = schemas.resource_type(&list.kind) else { return Ok(None) };
    let (keys, mut expected) = (derived::load(conn, list.tenant, document.seq)?, Stored::of(kind, &body));
    // for a resource whose name's key belongs to another one
    let substitute = substitute(&document.id);
    if expected.keys.name_key().is_some() && keys.name_key() == Some(&substitute) {
        expected.keys.set_name_key(Some(substitute));
    }
    let agrees = keys == expected.keys && document.folded().as_ref() == Some(&expected.folded);
    Ok((!agrees).then(|| "filters look for other values than the document holds".to_owned()))
}

/// Rows that belong to no resource, and keys that do not match their resources.
fn strays(conn: &mut Conn, found: &mut Vec<Finding>) -> Result<()> {
    for (sql, what) in [
        (
            "select count(*) from scim_document d left join scim_resource r on r.tenant = d.tenant and r.seq = d.seq \
             where r.seq is null",
            "documents without a resource",
        ),
        (
            "select count(*) from scim_element e left join scim_resource r on r.tenant = e.tenant and r.seq = e.seq \
             where r.seq is null",
            "indexed values without a resource",
        ),
        (
            "select count(*) from scim_unique_key u left join scim_resource r on r.tenant = u.tenant and r.seq = u.seq \
             and r.kind = u.kind where r.seq is null",
            "unique keys without a resource",
        ),
        (
            "select count(*) from scim_member m left join scim_resource g on g.tenant = m.tenant and g.seq = m.group_seq \
             left join scim_resource u on u.tenant = m.tenant and u.seq = m.member_seq \
             where g.seq is null or u.seq is null",
            "members that do not exist, or belong to another tenant",
        ),
        (
            "select count(*) from scim_member m join scim_resource g on g.tenant = m.tenant and g.seq = m.group_seq \
             where g.kind = 'User'",
            "members of users, who have none",
        ),
        (
            "select count(*) from scim_resource r where exists (select 1 from scim_resource o where o.tenant = r.tenant \
             and o.kind = r.kind and o.user_name_key = r.user_name_key and o.seq <> r.seq)",
            "users whose `userName` another one has",
        ),
        (
            "select count(*) from scim_unique_key u join scim_resource r on r.tenant = u.tenant and r.seq = u.seq \
             where u.attribute = 'externalId' and (r.external_id is null or r.external_id <> u.key) \
             or u.attribute = 'displayName' and r.kind = 'Group' and (r.display_key is null or r.display_key <> u.key)",
            "unique keys of other values than their resources have",
        ),
        (
            "select count(*) from scim_resource r where r.external_id <> '' \
             and exists (select 1 from scim_unique_key u where u.tenant = r.tenant and u.kind = r.kind \
             and u.attribute = 'externalId') \
             and not exists (select 1 from scim_unique_key u where u.tenant = r.tenant and u.kind = r.kind \
             and u.attribute = 'externalId' and u.key = r.external_id and u.seq = r.seq)",
            "resources without the unique key that others have of `externalId`",
        ),
        (
            "select count(*) from scim_resource r where r.kind = 'Group' and r.display_key <> '' \
             and exists (select 1 from scim_unique_key u where u.tenant = r.tenant and u.kind = r.kind \
             and u.attribute = 'displayName') \
             and not exists (select 1 from scim_unique_key u where u.tenant = r.tenant and u.kind = r.kind \
             and u.attribute = 'displayName' and u.key = r.display_key and u.seq = r.seq)",
            "groups without the unique key that others have of `displayName`",
        ),
    ] {
        let counted: Vec<i64> = Fragment::new(sql).once::<BigInt>().load(conn)?;
        if let Some(n) = counted.into_iter().find(|n| *n > 0) {
            found.push(Finding { tenant: None, resource: None, what: format!("there are {n} {what}") });
        }
    }
    Ok(())
}
