//! Members and groups of resources: one query each for a whole page.

use super::room::Room;
use super::rows::Found;
use super::{Conn, Result};
use crate::engine::Engine;
use crate::error::HookError;
use crate::hook::TenantId;
use crate::layout::Side;
use crate::sql::{Fragment, Statement, ends};
use diesel::connection::DefaultLoadingMode;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Integer, Nullable, Text};
use provost_core::query::Include;
use provost_core::resource::{Link, LinkText, Service};
use provost_core::{Resource, ResourceType};
use provost_provider::StoreError;
use std::collections::HashMap;

/// Which links to read, and of what.
#[derive(Clone, Copy)]
pub(in super::super) struct WantedLinks<'a> {
    pub(in super::super) tenant: TenantId,
    pub(in super::super) kind: &'a ResourceType,
    /// For members requested as text: where the other ends are served.
    pub(in super::super) service: Option<&'a Service>,
    pub(in super::super) include: Include,
}

impl<'a> WantedLinks<'a> {
    /// The requested ones that the type has.
    pub(in super::super) fn sides(&self) -> impl Iterator<Item = Side> + use<> {
        let members = (self.include.members && self.kind.members().is_some()).then_some(Side::Members);
        let groups = (self.include.groups && self.kind.groups().is_some()).then_some(Side::Groups);
        members.into_iter().chain(groups)
    }

    /// For links requested as text, where the other ends are served.
    fn as_text(&self, side: Side) -> Option<&Service> {
        self.service.filter(|_| self.include.as_text && side == Side::Members)
    }
}

/// The rows whose keys a statement returns or returned.
#[derive(Debug, Clone)]
pub(in super::super) struct Keys {
    /// A list of keys, or a select of them, in parentheses.
    pub(super) list: Fragment,
    /// Whether its text is one of a few.
    pub(super) common: bool,
}

/// Links requested together with the rows they belong to.
pub(in super::super) struct Foreseen {
    side: Side,
    of: Keys,
}

/// Requests the links of the rows that the next statement reads, if the database supports that. For a page, only if it
/// is ordered by key, since only then does the limit on links decide where it ends; for `one` resource, always.
pub(super) fn foresee(
    conn: &mut Conn,
    wanted: WantedLinks<'_>,
    one: bool,
    of: impl Fn() -> Keys,
) -> Result<Option<Foreseen>> {
    let Some(side) = wanted.sides().next().filter(|side| one || *side == Side::Groups) else {
        return Ok(None);
    };
    let sent = match wanted.as_text(side) {
        Some(service) => conn.foresee(|| members_statement(wanted.tenant, service, Of::Keys(&of())).0),
        None => conn.foresee(|| links_statement(wanted.tenant, side, Of::Keys(&of()))),
    };
    Ok(sent?.then(|| Foreseen { side, of: of() }))
}

/// Whose links to read.
#[derive(Clone, Copy)]
enum Of<'a> {
    Rows(&'a [i64]),
    Keys(&'a Keys),
}

impl Of<'_> {
    /// ` = 7`, ` in (7,8)` or ` in (select ..)`. Returns whether the statement's text is one of a few, so that it may
    /// be kept prepared.
    fn write(self, sql: &mut Fragment) -> bool {
        match self {
            Self::Rows([one]) => drop(sql.sql(" = ").int(*one)),
            Self::Rows(many) => drop(sql.sql(" in ").literals(many)),
            Self::Keys(keys) => drop(sql.sql(" in ").add(&keys.list)),
        }
        match self {
            Self::Rows(rows) => rows.len() == 1,
            Self::Keys(keys) => keys.common,
        }
    }
}

/// Adds the requested members and groups, for as many resources as fit.
pub(super) fn fill(
    conn: &mut Conn,
    wanted: WantedLinks<'_>,
    room: &mut Room,
    rows: &mut Vec<Found>,
    foreseen: Option<&Foreseen>,
) -> Result<()> {
    let tenant = wanted.tenant;
    for side in wanted.sides() {
        // when read in the order of the links, it is clear where the page is full
        let ordered = side == Side::Groups && rows.is_sorted_by_key(|f| f.seq);
        if !ordered {
            cut(conn, tenant, side, room, rows)?;
        }
        let keys = foreseen.filter(|foreseen| foreseen.side == side).map(|foreseen| &foreseen.of);
        let texts = match wanted.as_text(side) {
            Some(service) => members_text(conn, tenant, service, rows, keys)?,
            None => None,
        };
        if let Some(mut texts) = texts {
            for found in &mut *rows {
                found.resource.members_text = texts.remove(&found.seq).map(Into::into);
            }
            continue;
        }
        let mut links = load(conn, tenant, side, rows, keys, ordered.then_some(room))?;
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

/// Cuts the page before the first resource whose links do not fit, but keeps at least one.
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

/// Adds them to one resource; they may already have been requested.
pub(super) fn complete(
    conn: &mut Conn,
    wanted: WantedLinks<'_>,
    found: Found,
    foreseen: Option<&Foreseen>,
) -> Result<Resource> {
    let whole = complete_within(conn, wanted, &mut Room::unlimited(wanted.include), found, foreseen)?;
    whole
        .ok_or_else(|| HookError::Store(StoreError::backend("a resource has more links than can be counted")))
}

/// The same; `None` if there are more than fit and the limit is strict.
pub(in super::super) fn complete_within(
    conn: &mut Conn,
    wanted: WantedLinks<'_>,
    room: &mut Room,
    found: Found,
    foreseen: Option<&Foreseen>,
) -> Result<Option<Resource>> {
    let mut rows = vec![found];
    fill(conn, wanted, room, &mut rows, foreseen)?;
    Ok(rows.pop().map(|f| f.resource))
}

/// The members of each group in the form of an answer, written row by row. `None` if a member's type is no longer
/// served.
fn members_text(
    conn: &mut Conn,
    tenant: TenantId,
    service: &Service,
    page: &[Found],
    keys: Option<&Keys>,
) -> Result<Option<HashMap<i64, String>>> {
    let mut texts: HashMap<i64, String> = HashMap::with_capacity(page.len());
    if page.is_empty() {
        return Ok(Some(texts));
    }
    let seqs: Vec<i64> = page.iter().map(|f| f.seq).collect();
    let (statement, kinds) = members_statement(tenant, service, keys.map_or(Of::Rows(&seqs), Of::Keys));
    type Row = (i64, String, Option<String>, i32);
    // the rows of a group are consecutive
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

/// A group, and for a member the `id`, the label, and the number of its text.
type MemberText = (BigInt, Text, Nullable<Text>, Integer);

/// The members of groups, with the number of a text for each, which avoids sending the type's name in every row.
fn members_statement(
    tenant: TenantId,
    service: &Service,
    of: Of<'_>,
) -> (Statement<MemberText>, Vec<LinkText>) {
    let mut sql = Fragment::new("select m.group_seq, x.id, x.label, cast(case x.kind");
    let mut kinds = Vec::new();
    for (n, kind) in (0..).zip(service.schemas.resource_types()) {
        sql.sql(" when ").text(kind.name.as_str()).sql(" then ").literal(n);
        kinds.push(LinkText::new(service, kind.name.as_str()));
    }
    sql.sql(" else -1 end as integer) from scim_member m cross join scim_resource x where x.tenant = ")
        .int(tenant.0);
    sql.sql(" and x.seq = m.member_seq and m.tenant = ").int(tenant.0).sql(" and m.group_seq");
    let common = of.write(&mut sql);
    sql.sql(" order by m.group_seq, m.member_seq");
    (sql.statement(common), kinds)
}

/// In the order in which the other ends were created, so that the answer is stable.
///
/// If there is a limit, the rows must be in the order of their keys: they are cut where the links of one do not fit.
fn load(
    conn: &mut Conn,
    tenant: TenantId,
    side: Side,
    rows: &mut Vec<Found>,
    keys: Option<&Keys>,
    mut room: Option<&mut Room>,
) -> Result<HashMap<i64, Vec<Link>>> {
    let seqs: Vec<i64> = rows.iter().map(|f| f.seq).collect();
    let (Some(first), Some(last)) = (seqs.first().copied(), seqs.last().copied()) else {
        return Ok(HashMap::new());
    };
    let statement = links_statement(tenant, side, keys.map_or(Of::Rows(&seqs), Of::Keys));
    let mut all: HashMap<i64, Vec<Link>> = HashMap::with_capacity(rows.len());
    for row in statement.load_iter::<(i64, String, String, Option<String>), DefaultLoadingMode>(conn)? {
        let (seq, id, kind, label) = row?;
        // belongs to a row that did not fit
        if room.is_some() && seq > last {
            break;
        }
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

fn links_statement(
    tenant: TenantId,
    side: Side,
    of: Of<'_>,
) -> Statement<(BigInt, Text, Text, Nullable<Text>)> {
    let (own, other) = ends(side);
    let mut sql = Fragment::new("select ");
    sql.sql(own)
        .sql(", x.id, x.kind, x.label from scim_member m cross join scim_resource x where x.tenant = ")
        .int(tenant.0);
    sql.sql(" and x.seq = ").sql(other).sql(" and m.tenant = ").int(tenant.0).sql(" and ").sql(own);
    let common = of.write(&mut sql);
    sql.sql(" order by ").sql(own).sql(", ").sql(other);
    sql.statement(common)
}
