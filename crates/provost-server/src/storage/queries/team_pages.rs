//! Teams for pages: the number of statements is bounded, whatever the number and size of teams.

use super::{Conn, Storage, directory, listed};
use crate::clock::Timestamp;
use crate::people::Member;
use crate::slug::Slug;
use crate::storage::Result;
use crate::storage::schema::{team, team_membership};
use crate::teams::{From, MEMBERS, NAMED, TEAMS, TeamLine, TeamLines, TeamPage, TeamPageStore};
use diesel::dsl::count_star;
use diesel::prelude::*;
use provost::hook::TenantId;
use std::collections::HashMap;

impl TeamPageStore for Storage {
    async fn teams_from(&self, tenant: TenantId, having: String, from: From) -> Result<TeamLines> {
        self.scan_at_once(move |conn| teams_from(conn, tenant, &having, &from)).await
    }

    async fn team_page(&self, tenant: TenantId, slug: Slug, after: i64) -> Result<Option<TeamPage>> {
        self.scan_at_once(move |conn| team_page(conn, tenant, &slug, after)).await
    }
}

#[derive(Queryable)]
struct Row {
    id: i64,
    slug: String,
    name: String,
    group_seq: Option<i64>,
    group_id: Option<String>,
    created: i64,
    changed: Option<i64>,
}

#[diesel::dsl::auto_type]
fn rows(tenant: TenantId) -> _ {
    let tenant: i64 = tenant.0;
    team::table.filter(team::tenant.eq(tenant)).select((
        team::id,
        team::slug,
        team::name,
        team::group_seq,
        team::group_id,
        team::created,
        team::changed,
    ))
}

pub(super) fn teams_from(conn: &mut Conn, tenant: TenantId, having: &str, from: &From) -> Result<TeamLines> {
    let mut some = rows(tenant).into_boxed();
    if !having.is_empty() {
        // the short name transliterates many scripts to lower-case Latin, so a search in it ignores case there too
        let short = Slug::from_name(having, "").to_string();
        let in_name = team::name.like(containing(having)).escape('\\');
        some = match short.is_empty() {
            true => some.filter(in_name),
            false => some.filter(in_name.or(team::slug.like(containing(&short)).escape('\\'))),
        };
    }
    let one_more = i64::try_from(TEAMS).unwrap_or(i64::MAX).saturating_add(1);
    let mut found: Vec<Row> = match from {
        From::Start => some.order(team::slug).limit(one_more).load(conn)?,
        From::After(slug) => {
            some.filter(team::slug.gt(slug.as_str())).order(team::slug).limit(one_more).load(conn)?
        }
        From::Before(slug) => {
            some.filter(team::slug.lt(slug.as_str())).order(team::slug.desc()).limit(one_more).load(conn)?
        }
    };
    let has_more = found.len() > TEAMS;
    found.truncate(TEAMS);
    let (has_earlier, has_later) = match from {
        From::Start => (false, has_more),
        From::After(_) => (true, has_more),
        From::Before(_) => {
            found.reverse();
            (has_more, true)
        }
    };
    Ok(TeamLines { lines: lines(conn, tenant, found)?, has_earlier, has_later })
}

/// A LIKE pattern for texts that contain this one.
fn containing(text: &str) -> String {
    let escaped: String = text
        .chars()
        .flat_map(|c| matches!(c, '%' | '_' | '\\').then_some('\\').into_iter().chain([c]))
        .collect();
    format!("%{escaped}%")
}

/// Counts the members of all rows, and asks the directory for all groups, at once.
fn lines(conn: &mut Conn, tenant: TenantId, rows: Vec<Row>) -> Result<Vec<TeamLine>> {
    let ids: Vec<i64> = rows.iter().map(|row| row.id).collect();
    let members: Vec<(i64, i64)> = team_membership::table
        .filter(team_membership::tenant.eq(tenant.0))
        .filter(team_membership::team.eq_any(&ids))
        .group_by(team_membership::team)
        .select((team_membership::team, count_star()))
        .load(conn)?;
    let members: HashMap<i64, i64> = members.into_iter().collect();
    let groups: Vec<i64> = rows.iter().filter_map(|row| row.group_seq).collect();
    let inactive: HashMap<i64, i64> =
        directory::inactive_members(conn, tenant, &groups)?.into_iter().collect();
    let changed: HashMap<i64, Timestamp> = directory::groups(conn, tenant, &groups)?
        .into_iter()
        .map(|group| (group.seq, group.modified))
        .collect();
    let line = |row: Row| TeamLine {
        slug: Slug::stored(row.slug),
        name: row.name,
        group: row.group_id.map(Into::into),
        members: members.get(&row.id).copied().unwrap_or(0),
        without_access: row.group_seq.and_then(|seq| inactive.get(&seq).copied()).unwrap_or(0),
        changed: row
            .group_seq
            .and_then(|seq| changed.get(&seq).copied())
            .unwrap_or(Timestamp::from_millis(row.changed.unwrap_or(row.created))),
    };
    Ok(rows.into_iter().map(line).collect())
}

pub(super) fn team_page(
    conn: &mut Conn,
    tenant: TenantId,
    slug: &Slug,
    after: i64,
) -> Result<Option<TeamPage>> {
    let row: Option<Row> = rows(tenant).filter(team::slug.eq(slug.as_str())).first(conn).optional()?;
    let Some(row) = row else { return Ok(None) };
    let (group, created) = (row.group_seq, Timestamp::from_millis(row.created));
    let one_more = i64::try_from(MEMBERS).unwrap_or(i64::MAX).saturating_add(1);
    let mut ids: Vec<i64> = team_membership::table
        .filter(team_membership::tenant.eq(tenant.0))
        .filter(team_membership::team.eq(row.id))
        .filter(team_membership::membership.gt(after))
        .order(team_membership::membership)
        .limit(one_more)
        .select(team_membership::membership)
        .load(conn)?;
    let has_more = ids.len() > MEMBERS;
    ids.truncate(MEMBERS);
    let mut members: Vec<Member> =
        listed::some(conn, tenant, &ids)?.into_iter().map(|found| found.member).collect();
    members.sort_by_key(|member| member.id);
    let named = i64::try_from(NAMED).unwrap_or(i64::MAX);
    let without_access = match group {
        Some(group) => directory::inactive_users_of(conn, tenant, group, named)?,
        None => Vec::new(),
    };
    let without_access = without_access
        .iter()
        .map(|user| user.body.str("displayName").unwrap_or_else(|| user.user_name()).to_owned())
        .collect();
    let next = ids.last().copied().filter(|_| has_more);
    let team = lines(conn, tenant, vec![row])?.into_iter().next();
    Ok(team.map(|team| TeamPage { team, created, members, next, without_access }))
}
