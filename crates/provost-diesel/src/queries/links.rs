//! Members and groups of the resources that are served: one query each for a whole page.

use super::rows::Found;
use super::{Conn, Result};
use crate::layout::Side;
use crate::sql::Fragment;
use diesel::connection::DefaultLoadingMode;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Nullable, Text};
use provost_core::ResourceType;
use provost_core::query::Fields;
use provost_core::resource::{Link, LinkText, Site};
use std::collections::HashMap;

/// Puts in the members and groups that are wanted and that the type has.
pub(super) fn fill(
    conn: &mut Conn,
    kind: &ResourceType,
    site: Option<&Site>,
    want: Fields,
    page: &mut [Found],
) -> Result<()> {
    if want.members && kind.members().is_some() {
        let texts = match site.filter(|_| want.as_text) {
            Some(site) => members_text(conn, site, page)?,
            None => None,
        };
        if let Some(mut texts) = texts {
            for found in &mut *page {
                found.resource.members_text = texts.remove(&found.seq).map(Into::into);
            }
        } else {
            let mut members = load(conn, Side::Members, page)?;
            for found in &mut *page {
                found.resource.members = members.remove(&found.seq).unwrap_or_default();
            }
        }
    }
    if want.groups && kind.groups().is_some() {
        let mut groups = load(conn, Side::Groups, page)?;
        for found in page {
            found.resource.groups = groups.remove(&found.seq).unwrap_or_default();
        }
    }
    Ok(())
}

/// Whether a group has more than `limit` members.
pub(super) fn has_many(conn: &mut Conn, seq: i64, limit: i64) -> Result<bool> {
    let mut sql = Fragment::new("select count(*) from (select 1 from member where group_seq = ");
    sql.int(seq).sql(" limit ").literal(limit.saturating_add(1)).sql(") t");
    let counted: Vec<i64> = sql.fixed::<BigInt>().load(conn)?;
    Ok(counted.into_iter().any(|n| n > limit))
}

/// The members of each group as they stand in an answer: from the rows to the text, one by one. `None` where one is of
/// a type that is not served any more.
fn members_text(conn: &mut Conn, site: &Site, page: &[Found]) -> Result<Option<HashMap<i64, String>>> {
    let mut texts: HashMap<i64, String> = HashMap::with_capacity(page.len());
    if page.is_empty() {
        return Ok(Some(texts));
    }
    // a number for each type spares a text for each row
    let mut sql = Fragment::new("select m.group_seq, x.id, x.label, case x.kind");
    let mut kinds = Vec::new();
    for (n, kind) in (0..).zip(site.schemas.resource_types()) {
        sql.sql(" when ").text(kind.name.as_str()).sql(" then ").literal(n);
        kinds.push(LinkText::new(site, kind.name.as_str()));
    }
    sql.sql(" else -1 end from member m cross join resource x ");
    sql.sql("where x.seq = m.member_seq and m.group_seq");
    let seqs: Vec<i64> = page.iter().map(|f| f.seq).collect();
    let single = among(&mut sql, &seqs);
    sql.sql(" order by m.group_seq, m.member_seq");
    let statement = sql.statement::<(BigInt, Text, Nullable<Text>, BigInt)>(single);
    type Row = (i64, String, Option<String>, i64);
    for row in statement.load_iter::<Row, DefaultLoadingMode>(conn)? {
        let (group, id, label, kind) = row?;
        let Some(kind) = usize::try_from(kind).ok().and_then(|n| kinds.get(n)) else { return Ok(None) };
        kind.push(texts.entry(group).or_default(), &id, label.as_deref());
    }
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
fn load(conn: &mut Conn, side: Side, page: &[Found]) -> Result<HashMap<i64, Vec<Link>>> {
    let (own, other) = match side {
        Side::Members => ("m.group_seq", "m.member_seq"),
        Side::Groups => ("m.member_seq", "m.group_seq"),
    };
    let seqs: Vec<i64> = page.iter().map(|f| f.seq).collect();
    if seqs.is_empty() {
        return Ok(HashMap::new());
    }
    let mut sql = Fragment::new("select ");
    sql.sql(own).sql(", x.id, x.kind, x.label from member m cross join resource x where x.seq = ").sql(other);
    sql.sql(" and ").sql(own);
    let single = among(&mut sql, &seqs);
    sql.sql(" order by ").sql(own).sql(", ").sql(other);
    let rows: Vec<(i64, String, String, Option<String>)> =
        sql.statement::<(BigInt, Text, Text, Nullable<Text>)>(single).load(conn)?;
    let mut all: HashMap<i64, Vec<Link>> = HashMap::with_capacity(page.len());
    for (seq, id, kind, label) in rows {
        let link = Link { id: id.into(), kind: kind.into(), display: label.map(Into::into) };
        all.entry(seq).or_default().push(link);
    }
    Ok(all)
}
