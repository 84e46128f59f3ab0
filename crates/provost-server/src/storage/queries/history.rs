//! The history of one person. Records of the user and the membership are found by an index. Records of groups and teams
//! mention people only in their notes, so a window of recent records is searched; the page says how far back it
//! reaches.

use super::Conn;
use super::records::Row;
use crate::audit::Entry;
use crate::clock::Timestamp;
use crate::people::{History, Whose};
use crate::storage::schema::{audit, team};
use diesel::prelude::*;
use provost::hook::TenantId;

/// Records on a page.
const PAGE: usize = 50;
/// How many records of the user and the membership are read to find the source of a value.
const SOURCES: usize = 300;
/// How many of the organisation's records are searched for those of groups and teams.
const WINDOW: i64 = 20_000;

/// A person's ids in records of certain kinds.
struct Named {
    kinds: &'static [&'static str],
    id: String,
}

pub(super) fn of(
    conn: &mut Conn,
    tenant: TenantId,
    whose: &Whose,
    before: Option<&str>,
) -> QueryResult<History> {
    let user = whose.user.as_ref().map(|id| Named { kinds: &["User"], id: id.to_string() });
    let membership =
        whose.membership.map(|id| Named { kinds: &["Member", "Invitation"], id: id.to_string() });
    let names: Vec<Named> = user.into_iter().chain(membership).collect();
    let sources = own(conn, tenant, &names, None, SOURCES)?;
    let (teams_since, mut rows) = in_teams(conn, tenant, &names, before)?;
    rows.extend(match before {
        None => sources.iter().take(PAGE.saturating_add(1)).cloned().collect(),
        Some(_) => own(conn, tenant, &names, before, PAGE.saturating_add(1))?,
    });
    let mut entries = sorted(rows);
    let has_more = entries.len() > PAGE;
    entries.truncate(PAGE);
    let earlier = entries.last().filter(|_| has_more).map(|entry| entry.id.clone());
    let teams = called(conn, tenant, &entries)?.into_iter().collect();
    Ok(History { earlier, has_all_sources: sources.len() < SOURCES, sources, teams_since, teams, entries })
}

fn sorted(mut entries: Vec<Entry>) -> Vec<Entry> {
    entries.sort_by(|a, b| b.id.cmp(&a.id));
    entries
}

/// Changes, refused or not, that are older than a record.
fn some<'a>(
    tenant: TenantId,
    kinds: &'static [&'static str],
    before: Option<&'a str>,
) -> audit::BoxedQuery<'a, <Conn as Connection>::Backend> {
    let chosen = audit::table.filter(audit::tenant.eq(tenant.0)).filter(audit::resource_type.eq_any(kinds));
    let chosen =
        chosen.filter(audit::changed.or(audit::error.is_not_null())).order(audit::id.desc()).into_boxed();
    match before {
        Some(before) => chosen.filter(audit::id.lt(before)),
        None => chosen,
    }
}

/// The newest records about the user and the membership.
fn own(
    conn: &mut Conn,
    tenant: TenantId,
    names: &[Named],
    before: Option<&str>,
    most: usize,
) -> QueryResult<Vec<Entry>> {
    let mut entries = Vec::new();
    for name in names {
        // only ids, which the index has; asked for all columns, SQLite would scan the trail
        let ids = some(tenant, name.kinds, before).filter(audit::resource_id.eq(&name.id)).select(audit::id);
        let ids: Vec<String> = ids.limit(i64::try_from(most).unwrap_or(i64::MAX)).load(conn)?;
        let of_tenant = audit::table.filter(audit::tenant.eq(tenant.0));
        let rows: Vec<Row> = of_tenant.filter(audit::id.eq_any(&ids)).load(conn)?;
        entries.extend(rows.into_iter().map(Entry::from));
    }
    let mut entries = sorted(entries);
    entries.truncate(most);
    Ok(entries)
}

/// The newest records of groups and teams that mention the person, within the window; and since when it reaches, if
/// there are older records.
fn in_teams(
    conn: &mut Conn,
    tenant: TenantId,
    names: &[Named],
    before: Option<&str>,
) -> QueryResult<(Option<String>, Vec<Entry>)> {
    let ids = audit::table
        .filter(audit::tenant.eq(tenant.0))
        .select(audit::id)
        .order(audit::id.desc())
        .into_boxed();
    let ids = match before {
        Some(before) => ids.filter(audit::id.lt(before)),
        None => ids,
    };
    let floor: Option<String> = ids.limit(1).offset(WINDOW).load(conn)?.pop();
    let mut entries = Vec::new();
    for Named { id, .. } in names {
        let rows = some(tenant, &["Group", "Team"], before).filter(audit::notes.like(format!("%\"{id}\"%")));
        let rows = match &floor {
            Some(floor) => rows.filter(audit::id.gt(floor)),
            None => rows,
        };
        let rows: Vec<Row> =
            rows.limit(i64::try_from(PAGE).unwrap_or(i64::MAX).saturating_add(1)).load(conn)?;
        entries.extend(rows.into_iter().map(Entry::from));
    }
    let since = match floor {
        Some(floor) => {
            let at = audit::table.find((tenant.0, floor)).select(audit::at).first(conn)?;
            Some(Timestamp::from_millis(at).to_string())
        }
        None => None,
    };
    Ok((since, entries))
}

/// The current names of the groups and teams in some records, by id.
pub(super) fn called(
    conn: &mut Conn,
    tenant: TenantId,
    entries: &[Entry],
) -> QueryResult<Vec<(String, String)>> {
    let of_kind = |kind| entries.iter().filter(move |entry| entry.resource_type == kind);
    let groups: Vec<&str> = of_kind("Group").map(|entry| entry.resource_id.as_str()).collect();
    let teams: Vec<i64> = of_kind("Team").filter_map(|entry| entry.resource_id.parse().ok()).collect();
    let named = team::group_id.is_not_null().and(team::group_id.assume_not_null().eq_any(groups));
    let rows: Vec<(i64, Option<String>, String)> = team::table
        .filter(team::tenant.eq(tenant.0))
        .filter(named.or(team::id.eq_any(teams)))
        .select((team::id, team::group_id, team::name))
        .load(conn)?;
    Ok(rows.into_iter().map(|(id, group, name)| (group.unwrap_or_else(|| id.to_string()), name)).collect())
}
