//! Members and groups of the resources that are served: one query each for a whole page.

use super::room::Room;
use super::rows::Found;
use super::{Conn, Result};
use crate::error::HookError;
use crate::hook::TenantId;
use crate::layout::Side;
use crate::sql::{Fragment, ends};
use diesel::connection::DefaultLoadingMode;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Integer, Nullable, Text};
use provost_core::query::Include;
use provost_core::resource::{Link, LinkText, Service};
use provost_core::{Resource, ResourceType};
use provost_provider::StoreError;
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

impl WantedLinks<'_> {
    /// Those that are wanted and that the type has.
    pub(in super::super) fn sides(&self) -> impl Iterator<Item = Side> + use<> {
        let members = (self.include.members && self.kind.members().is_some()).then_some(Side::Members);
        let groups = (self.include.groups && self.kind.groups().is_some()).then_some(Side::Groups);
        members.into_iter().chain(groups)
    }
}

/// Puts in the members and groups that are wanted, of as many resources as there is room for.
pub(super) fn fill(
    conn: &mut Conn,
    wanted: WantedLinks<'_>,
    room: &mut Room,
    rows: &mut Vec<Found>,
) -> Result<()> {
    let WantedLinks { tenant, service, include, .. } = wanted;
    for side in wanted.sides() {
        // what is read in the order of its links shows by itself where the room ends
        let ordered = side == Side::Groups && rows.is_sorted_by_key(|f| f.seq);
        if !ordered {
            cut(conn, tenant, side, room, rows)?;
        }
        let texts = match service.filter(|_| include.as_text && side == Side::Members) {
            Some(service) => members_text(conn, tenant, service, rows)?,
            None => None,
        };
        if let Some(mut texts) = texts {
            for found in &mut *rows {
                found.resource.members_text = texts.remove(&found.seq).map(Into::into);
            }
            continue;
        }
        let mut links = load(conn, tenant, side, rows, ordered.then_some(room))?;
        for found in &mut *rows {
            let links = links.remove(&found.seq).unwrap_or_default();
            match side {
                Side::Members => found.resource.members = links,
                Side::Groups => found.resource.groups = links,
            }
        }
    }
    Ok(())
}

/// Takes off the page what has no room for its links: from the first resource on that has too many, but for the first of
/// all.
fn cut(conn: &mut Conn, tenant: TenantId, side: Side, room: &mut Room, rows: &mut Vec<Found>) -> Result<()> {
    if rows.len() < 2 {
        return Ok(());
    }
    let own = ends(side).0;
    let seqs: Vec<i64> = rows.iter().map(|f| f.seq).collect();
    let mut sql = Fragment::new("select ");
    sql.sql(own).sql(", count(*) from scim_member m where m.tenant = ").int(tenant.0);
    sql.sql(" and ").sql(own).sql(" in ").literals(&seqs).sql(" group by ").sql(own);
    let counted: HashMap<i64, i64> = sql.once::<(BigInt, BigInt)>().load(conn)?.into_iter().collect();
    let links = |f: &Found| counted.get(&f.seq).map_or(0, |n| usize::try_from(*n).unwrap_or(usize::MAX));
    let fitting = rows.iter().take_while(|f| room.bounds.admit_links(links(f))).count().max(1);
    room.keep(rows, fitting);
    Ok(())
}

/// One resource with them.
pub(super) fn complete(conn: &mut Conn, wanted: WantedLinks<'_>, found: Found) -> Result<Resource> {
    let whole = complete_within(conn, wanted, &mut Room::unlimited(wanted.include), found)?;
    whole
        .ok_or_else(|| HookError::Store(StoreError::backend("a resource has more links than can be counted")))
}

/// The same, or nothing where it has more than there is room for and the room is strict.
pub(in super::super) fn complete_within(
    conn: &mut Conn,
    wanted: WantedLinks<'_>,
    room: &mut Room,
    found: Found,
) -> Result<Option<Resource>> {
    let mut rows = vec![found];
    fill(conn, wanted, room, &mut rows)?;
    Ok(rows.pop().map(|f| f.resource))
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
    let mut sql = Fragment::new("select m.group_seq, x.id, x.label, cast(case x.kind");
    let mut kinds = Vec::new();
    for (n, kind) in (0..).zip(service.schemas.resource_types()) {
        sql.sql(" when ").text(kind.name.as_str()).sql(" then ").literal(n);
        kinds.push(LinkText::new(service, kind.name.as_str()));
    }
    sql.sql(" else -1 end as integer) from scim_member m cross join scim_resource x where x.tenant = ")
        .int(tenant.0);
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
///
/// With a room, of rows in the order of their keys: they are cut where there is no more room for the links of one.
fn load(
    conn: &mut Conn,
    tenant: TenantId,
    side: Side,
    rows: &mut Vec<Found>,
    mut room: Option<&mut Room>,
) -> Result<HashMap<i64, Vec<Link>>> {
    let (own, other) = ends(side);
    let seqs: Vec<i64> = rows.iter().map(|f| f.seq).collect();
    let Some(first) = seqs.first().copied() else { return Ok(HashMap::new()) };
    let mut sql = Fragment::new("select ");
    sql.sql(own)
        .sql(", x.id, x.kind, x.label from scim_member m cross join scim_resource x where x.tenant = ")
        .int(tenant.0);
    sql.sql(" and x.seq = ").sql(other).sql(" and m.tenant = ").int(tenant.0).sql(" and ").sql(own);
    let single = among(&mut sql, &seqs);
    sql.sql(" order by ").sql(own).sql(", ").sql(other);
    let statement = sql.statement::<(BigInt, Text, Text, Nullable<Text>)>(single);
    let mut all: HashMap<i64, Vec<Link>> = HashMap::with_capacity(rows.len());
    for row in statement.load_iter::<(i64, String, String, Option<String>), DefaultLoadingMode>(conn)? {
        let (seq, id, kind, label) = row?;
        if let Some(room) = &mut room
            && !room.bounds.admit_links(1)
            && !room.spares(seq == first)
        {
            let cut = seqs.iter().position(|s| *s == seq).unwrap_or_default();
            room.keep(rows, cut);
            break;
        }
        let link = Link { id: id.into(), resource_type: kind.into(), display: label.map(Into::into) };
        all.entry(seq).or_default().push(link);
    }
    Ok(all)
}
