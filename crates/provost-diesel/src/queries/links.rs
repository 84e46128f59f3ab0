//! Members and groups of the resources that are served: one query each for a whole page.

use super::rows::Found;
use super::{Conn, Result};
use crate::hook::TenantId;
use crate::layout::Side;
use crate::sql::{Fragment, ends};
use diesel::connection::DefaultLoadingMode;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Integer, Nullable, Text};
use provost_core::query::Include;
use provost_core::resource::{Link, LinkText, Service};
use provost_core::{Resource, ResourceType};
use std::collections::HashMap;

/// Which links are read, and of what.
#[derive(Clone, Copy)]
pub(in super::super) struct WantedLinks<'a> {
    pub(in super::super) tenant: TenantId,
    pub(in super::super) kind: &'a ResourceType,
    /// Where the other ends are served: for members that are wanted as a text.
    pub(in super::super) service: Option<&'a Service>,
    pub(in super::super) include: Include,
}

/// Puts in the members and groups that are wanted and that the type has.
pub(super) fn fill(conn: &mut Conn, wanted: WantedLinks<'_>, page: &mut [Found]) -> Result<()> {
    let WantedLinks { tenant, kind, service, include } = wanted;
    if include.members && kind.members().is_some() {
        let texts = match service.filter(|_| include.as_text) {
            Some(service) => members_text(conn, tenant, service, page)?,
            None => None,
        };
        if let Some(mut texts) = texts {
            for found in &mut *page {
                found.resource.members_text = texts.remove(&found.seq).map(Into::into);
            }
        } else {
            let mut members = load(conn, tenant, Side::Members, page)?;
            for found in &mut *page {
                found.resource.members = members.remove(&found.seq).unwrap_or_default();
            }
        }
    }
    if include.groups && kind.groups().is_some() {
        let mut groups = load(conn, tenant, Side::Groups, page)?;
        for found in page {
            found.resource.groups = groups.remove(&found.seq).unwrap_or_default();
        }
    }
    Ok(())
}

/// One resource with them.
pub(in super::super) fn complete(conn: &mut Conn, wanted: WantedLinks<'_>, found: Found) -> Result<Resource> {
    let mut page = [found];
    fill(conn, wanted, &mut page)?;
    let [found] = page;
    Ok(found.resource)
}

/// Whether a group has more than `limit` members.
pub(in super::super) fn has_many(conn: &mut Conn, tenant: TenantId, seq: i64, limit: i64) -> Result<bool> {
    let mut sql = Fragment::new("select count(*) from (select 1 from scim_member where tenant = ");
    sql.int(tenant.0).sql(" and group_seq = ").int(seq);
    sql.sql(" limit ").literal(limit.saturating_add(1)).sql(") t");
    let counted: Vec<i64> = sql.fixed::<BigInt>().load(conn)?;
    Ok(counted.into_iter().any(|n| n > limit))
}

/// The members of each group as they stand in an answer: from the rows to the text, one by one. `None` where one is of
/// a type that is not served any more.
fn members_text(
    conn: &mut Conn,
    tenant: TenantId,
    service: &Service,
    page: &[Found],
) -> Result<Option<HashMap<i64, String>>> {
    let mut texts: HashMap<i64, String> = HashMap::with_capacity(page.len());
    if page.is_empty() {
        return Ok(Some(texts));
    }
    // a number for each type spares a text for each row
    let mut sql = Fragment::new("select m.group_seq, x.id, x.label, case x.kind");
    let mut kinds = Vec::new();
    for (n, kind) in (0..).zip(service.schemas.resource_types()) {
        sql.sql(" when ").text(kind.name.as_str()).sql(" then ").literal(n);
        kinds.push(LinkText::new(service, kind.name.as_str()));
    }
    sql.sql(" else -1 end from scim_member m cross join scim_resource x where x.tenant = ").int(tenant.0);
    sql.sql(" and x.seq = m.member_seq and m.tenant = ").int(tenant.0).sql(" and m.group_seq");
    let seqs: Vec<i64> = page.iter().map(|f| f.seq).collect();
    let single = among(&mut sql, &seqs);
    sql.sql(" order by m.group_seq, m.member_seq");
    let statement = sql.statement::<(BigInt, Text, Nullable<Text>, Integer)>(single);
    type Row = (i64, String, Option<String>, i32);
    // the rows of a group come one after the other
    let (mut of, mut text) = (None, String::new());
    for row in statement.load_iter::<Row, DefaultLoadingMode>(conn)? {
        let (group, id, label, kind) = row?;
        let Some(kind) = usize::try_from(kind).ok().and_then(|n| kinds.get(n)) else { return Ok(None) };
        if of != Some(group)
            && let Some(before) = of.replace(group)
        {
            texts.insert(before, std::mem::take(&mut text));
        }
        kind.push(&mut text, &id, label.as_deref());
    }
    texts.extend(of.map(|group| (group, text)));
    Ok(Some(texts))
}

/// ` = 7` or ` in (7,8)`; whether it is one, so that the statement may be kept prepared.
fn among(sql: &mut Fragment, seqs: &[i64]) -> bool {
    match seqs {
        [one] => sql.sql(" = ").int(*one),
        many => sql.sql(" in ").literals(many),
    };
    seqs.len() == 1
}

/// In the order of the other end's creation, so that the answer is the same each time.
fn load(conn: &mut Conn, tenant: TenantId, side: Side, page: &[Found]) -> Result<HashMap<i64, Vec<Link>>> {
    let (own, other) = ends(side);
    let seqs: Vec<i64> = page.iter().map(|f| f.seq).collect();
    if seqs.is_empty() {
        return Ok(HashMap::new());
    }
    let mut sql = Fragment::new("select ");
    sql.sql(own)
        .sql(", x.id, x.kind, x.label from scim_member m cross join scim_resource x where x.tenant = ")
        .int(tenant.0);
    sql.sql(" and x.seq = ").sql(other).sql(" and m.tenant = ").int(tenant.0).sql(" and ").sql(own);
    let single = among(&mut sql, &seqs);
    sql.sql(" order by ").sql(own).sql(", ").sql(other);
    let rows: Vec<(i64, String, String, Option<String>)> =
        sql.statement::<(BigInt, Text, Text, Nullable<Text>)>(single).load(conn)?;
    let mut all: HashMap<i64, Vec<Link>> = HashMap::with_capacity(page.len());
    for (seq, id, kind, label) in rows {
        let link = Link { id: id.into(), resource_type: kind.into(), display: label.map(Into::into) };
        all.entry(seq).or_default().push(link);
    }
    Ok(all)
}
