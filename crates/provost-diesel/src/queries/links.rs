//! Members and groups of the resources that are served: one query each for a whole page.

use super::rows::Found;
use super::{Conn, Result};
use crate::layout::Side;
use crate::sql::Fragment;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Nullable, Text};
use provost_core::ResourceType;
use provost_core::query::Fields;
use provost_core::resource::Link;
use std::collections::HashMap;

/// Puts in the members and groups that are wanted and that the type has.
pub(super) fn fill(conn: &mut Conn, kind: &ResourceType, want: Fields, page: &mut [Found]) -> Result<()> {
    if want.members && kind.members().is_some() {
        let mut members = load(conn, Side::Members, page)?;
        for found in &mut *page {
            found.resource.members = members.remove(&found.seq).unwrap_or_default();
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

/// In the order of the other end's creation, so that the answer is the same each time.
fn load(conn: &mut Conn, side: Side, page: &[Found]) -> Result<HashMap<i64, Vec<Link>>> {
    let (own, other) = match side {
        Side::Members => ("m.group_seq", "m.member_seq"),
        Side::Groups => ("m.member_seq", "m.group_seq"),
    };
    let seqs: Vec<i64> = page.iter().map(|f| f.seq).collect();
    let mut sql = Fragment::new("select ");
    sql.sql(own).sql(", x.id, x.kind, x.label from member m cross join resource x where x.seq = ").sql(other);
    sql.sql(" and ").sql(own);
    let single = match seqs.as_slice() {
        [] => return Ok(HashMap::new()),
        [one] => {
            sql.sql(" = ").int(*one);
            true
        }
        many => {
            sql.sql(" in ").literals(many);
            false
        }
    };
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
