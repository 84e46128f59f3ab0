//! Members page by page. The number of statements per page is constant: one walk over a covering index picks the
//! people, and the rest is looked up by key.

use super::listed::{self, Found};
use super::{Conn, Storage, directory, matches, place_of};
use crate::clock::Timestamp;
use crate::people::{
    Listed, Mark, MembershipId, Outsider, PAGE, Page, RosterStore, Search, Shown, Start, TEAMS, Wanted,
    name_of,
};
use crate::slug::Slug;
use crate::storage::schema::{membership, team, team_membership, without_access};
use crate::storage::{Result, StorageError};
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Text};
use provost::hook::TenantId;
use std::collections::HashMap;

/// Up to how many members of a team, or left behind, are looked up one by one. With more, the walk by name finds some
/// soon.
const FEW: i64 = 1_000;

impl RosterStore for Storage {
    async fn roster(&self, tenant: TenantId, wanted: Wanted) -> Result<Option<Page<Listed>>> {
        self.scan_at_once(move |conn| {
            let team = match &wanted.team {
                None => None,
                Some(slug) => match team_named(conn, tenant, slug)? {
                    None => return Ok(None),
                    found => found,
                },
            };
            let chosen = chosen(conn, tenant, &wanted, team)?;
            Ok(Some(page(chosen, &wanted.start, |keys| listed(conn, tenant, keys))?))
        })
        .await
    }

    async fn without_access(&self, tenant: TenantId, search: Search, start: Start) -> Result<Page<Outsider>> {
        self.scan_at_once(move |conn| {
            let chosen = outside(conn, tenant, &search, &start)?;
            page(chosen, &start, |keys| outsiders(conn, tenant, keys))
        })
        .await
    }

    async fn first_teams(&self, tenant: TenantId, most: i64) -> Result<Vec<(Slug, String)>> {
        self.scan(move |conn| {
            let teams: Vec<(String, String)> = team::table
                .filter(team::tenant.eq(tenant.0))
                .order(team::slug)
                .limit(most)
                .select((team::slug, team::name))
                .load(conn)?;
            Ok(teams.into_iter().map(|(slug, name)| (Slug::stored(slug), name)).collect())
        })
        .await
    }
}

fn team_named(conn: &mut Conn, tenant: TenantId, slug: &Slug) -> Result<Option<i64>> {
    let found = team::table.filter(team::tenant.eq(tenant.0)).filter(team::slug.eq(slug.as_str()));
    Ok(found.select(team::id).first(conn).optional()?)
}

/// A person's position in the list.
type Place = (String, i64);

/// The people on a page, in its direction, plus one if there are more.
fn chosen(conn: &mut Conn, tenant: TenantId, wanted: &Wanted, team: Option<i64>) -> Result<Vec<Place>> {
    let all = membership::table.filter(membership::tenant.eq(tenant.0));
    let mut rows = all.select((membership::sort.assume_not_null(), membership::id)).into_boxed();
    if let Some(shown) = wanted.shown {
        rows = rows.filter(membership::shown.eq(shown.as_str()));
    }
    if let Some(role) = wanted.role {
        rows = rows.filter(membership::role.eq(role.as_str()));
    }
    let few = few(conn, tenant, wanted, team)?;
    if wanted.is_left_behind && few.is_none() {
        rows = rows.filter(membership::unassigned.is_not_null());
    }
    for word in wanted.search.words() {
        rows = rows.filter(place_of(membership::search.assume_not_null(), word).gt(0));
    }
    // a condition on the leading edge alone, which an index can be searched by
    rows = match &wanted.start {
        Start::First => rows.filter(membership::sort.ge("")),
        Start::After(Mark { sort, key }) => rows
            .filter(membership::sort.ge(sort))
            .filter(membership::sort.gt(sort).or(membership::id.gt(*key).nullable())),
        Start::Before(Mark { sort, key }) => rows
            .filter(membership::sort.le(sort))
            .filter(membership::sort.lt(sort).or(membership::id.lt(*key).nullable())),
    };
    if let Some(team) = team.filter(|_| wanted.is_left_behind || few.is_none()) {
        let is_in = places(tenant, team).filter(team_membership::membership.eq(membership::id));
        rows = rows.filter(diesel::dsl::exists(is_in));
    }
    if let Some(few) = few {
        let mut found: Vec<Place> = rows.filter(membership::id.eq_any(few)).load(conn)?;
        found.sort_unstable();
        if matches!(wanted.start, Start::Before(_)) {
            found.reverse();
        }
        found.truncate(many(PAGE + 1));
        return Ok(found);
    }
    let rows = match wanted.start {
        Start::First | Start::After(_) => rows.order((membership::sort.asc(), membership::id.asc())),
        Start::Before(_) => rows.order((membership::sort.desc(), membership::id.desc())),
    };
    Ok(rows.limit(PAGE + 1).load(conn)?)
}

#[diesel::dsl::auto_type]
fn places(tenant: TenantId, team: i64) -> _ {
    let tenant: i64 = tenant.0;
    team_membership::table.filter(team_membership::tenant.eq(tenant)).filter(team_membership::team.eq(team))
}

/// The members of a team, or those left behind, if they are few enough to look up one by one. `None` if there are too
/// many, or if neither is asked for.
fn few(conn: &mut Conn, tenant: TenantId, wanted: &Wanted, team: Option<i64>) -> Result<Option<Vec<i64>>> {
    let ids: Vec<i64> = match team {
        _ if wanted.is_left_behind => membership::table
            .filter(membership::tenant.eq(tenant.0))
            // written as a range, so that SQLite prefers their partial index
            .filter(membership::unassigned.gt(0))
            .limit(FEW + 1)
            .select(membership::id)
            .load(conn)?,
        Some(team) => places(tenant, team).limit(FEW + 1).select(team_membership::membership).load(conn)?,
        None => return Ok(None),
    };
    Ok((ids.len() <= many(FEW)).then_some(ids))
}

/// The same for users without a membership.
fn outside(conn: &mut Conn, tenant: TenantId, search: &Search, start: &Start) -> Result<Vec<Place>> {
    let all = without_access::table.filter(without_access::tenant.eq(tenant.0));
    let mut rows = all.select((without_access::sort, without_access::user_seq)).into_boxed();
    for word in search.words() {
        rows = rows.filter(place_of(without_access::search, word).gt(0));
    }
    let rows = match start {
        Start::First => rows.order((without_access::sort.asc(), without_access::user_seq.asc())),
        Start::After(Mark { sort, key }) => rows
            .filter(without_access::sort.ge(sort))
            .filter(without_access::sort.gt(sort).or(without_access::user_seq.gt(*key)))
            .order((without_access::sort.asc(), without_access::user_seq.asc())),
        Start::Before(Mark { sort, key }) => rows
            .filter(without_access::sort.le(sort))
            .filter(without_access::sort.lt(sort).or(without_access::user_seq.lt(*key)))
            .order((without_access::sort.desc(), without_access::user_seq.desc())),
    };
    Ok(rows.limit(PAGE + 1).load(conn)?)
}

fn many(rows: i64) -> usize {
    usize::try_from(rows).unwrap_or_default()
}

/// A page of the chosen people, in the order of the list.
fn page<T>(
    mut chosen: Vec<Place>,
    start: &Start,
    people: impl FnOnce(&[i64]) -> Result<HashMap<i64, T>>,
) -> Result<Page<T>> {
    let is_cut = chosen.len() > many(PAGE);
    chosen.truncate(many(PAGE));
    let is_backward = matches!(start, Start::Before(_));
    if is_backward {
        chosen.reverse();
    }
    let mark = |place: Option<&Place>| place.map(|(sort, key)| Mark { sort: sort.clone(), key: *key });
    let (first, last) = (mark(chosen.first()), mark(chosen.last()));
    let (has_before, has_after) = match start {
        Start::First => (false, is_cut),
        Start::After(_) => (true, is_cut),
        Start::Before(_) => (is_cut, true),
    };
    let keys: Vec<i64> = chosen.into_iter().map(|(_, key)| key).collect();
    let mut found = people(&keys)?;
    Ok(Page {
        people: keys.iter().filter_map(|key| found.remove(key)).collect(),
        before: first.filter(|_| has_before),
        after: last.filter(|_| has_after),
    })
}

fn listed(conn: &mut Conn, tenant: TenantId, ids: &[i64]) -> Result<HashMap<i64, Listed>> {
    let states: Vec<(i64, String, Option<i64>)> = membership::table
        .filter(membership::tenant.eq(tenant.0))
        .filter(membership::id.eq_any(ids))
        .select((membership::id, membership::shown, membership::unassigned))
        .load(conn)?;
    let mut states: HashMap<i64, (String, bool)> =
        states.into_iter().map(|(id, word, unassigned)| (id, (word, unassigned.is_some()))).collect();
    let mut teams = teams(conn, tenant, ids)?;
    let members = listed::some(conn, tenant, ids)?;
    let twins = matches::of(conn, tenant, &members)?;
    let mut people = HashMap::new();
    for found in members {
        let id = found.id.0;
        let (word, is_left_behind) = states.remove(&id).unwrap_or_default();
        let damaged = StorageError::Damaged { what: "state of a member", text: word.clone() };
        let shown = Shown::parse(&word).ok_or(damaged)?;
        let twin = twins.get(&id).and_then(|others| others.first()).map(|(other, _)| MembershipId(*other));
        let line = line(found, shown, teams.remove(&id).unwrap_or_default());
        people.insert(id, Listed { is_left_behind, twin, ..line });
    }
    Ok(people)
}

fn line(found: Found, shown: Shown, (teams, count): (Vec<String>, i64)) -> Listed {
    let Found { id, standing, user, member } = found;
    let name = match &user {
        Some(user) => name_of(&user.body),
        None => member.display_name,
    };
    let (name, address) = titled(name, member.email, &member.user_name);
    let more_teams = count.saturating_sub(i64::try_from(teams.len()).unwrap_or(count));
    let (role, managed_by, last_sign_in) = (standing.role, standing.managed_by, member.last_sign_in);
    let (is_left_behind, twin) = (false, None);
    Listed {
        id,
        name,
        address,
        role,
        shown,
        managed_by,
        teams,
        more_teams,
        last_sign_in,
        is_left_behind,
        twin,
    }
}

/// Name and address. Somebody without a name is called by the address, else by the `userName`.
fn titled(name: Option<String>, email: Option<String>, user_name: &str) -> (String, Option<String>) {
    match (name, email) {
        (Some(name), None) => (name, Some(user_name.to_owned())),
        (Some(name), email) => (name, email),
        (None, Some(email)) => (email, None),
        (None, None) => (user_name.to_owned(), None),
    }
}

#[derive(QueryableByName)]
struct TeamOf {
    #[diesel(sql_type = BigInt)]
    membership: i64,
    #[diesel(sql_type = BigInt)]
    teams: i64,
    #[diesel(sql_type = Text)]
    name: String,
}

/// For each member the names of the first teams, and the number of teams. Reads only names of teams, and no other
/// members.
fn teams(conn: &mut Conn, tenant: TenantId, ids: &[i64]) -> Result<HashMap<i64, (Vec<String>, i64)>> {
    let mut teams: HashMap<i64, (Vec<String>, i64)> = HashMap::new();
    if ids.is_empty() {
        return Ok(teams);
    }
    let ids = ids.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
    let tenant = tenant.0;
    let first = format!(
        "SELECT m.membership, m.teams, t.name FROM (\
         SELECT membership, team, row_number() OVER (PARTITION BY membership ORDER BY team) AS place, \
         count(*) OVER (PARTITION BY membership) AS teams \
         FROM team_membership WHERE team_membership.tenant = {tenant} AND membership IN ({ids})) m \
         JOIN team t ON t.tenant = {tenant} AND t.id = m.team WHERE m.place <= {TEAMS} ORDER BY t.slug"
    );
    for row in diesel::sql_query(first).load::<TeamOf>(conn)? {
        let (names, count) = teams.entry(row.membership).or_default();
        names.push(row.name);
        *count = row.teams;
    }
    Ok(teams)
}

fn outsiders(conn: &mut Conn, tenant: TenantId, seqs: &[i64]) -> Result<HashMap<i64, Outsider>> {
    let since: Vec<(i64, Option<i64>)> = without_access::table
        .filter(without_access::tenant.eq(tenant.0))
        .filter(without_access::user_seq.eq_any(seqs))
        .select((without_access::user_seq, without_access::unassigned))
        .load(conn)?;
    let since: HashMap<i64, Option<i64>> = since.into_iter().collect();
    let outsider = |user: directory::UserRow| {
        let email = user.email().map(str::to_owned);
        let (name, address) = titled(name_of(&user.body), email, user.user_name());
        let unassigned = since.get(&user.seq).copied().flatten().map(Timestamp::from_millis);
        (user.seq, {
            let user_name = user.user_name().to_owned();
            Outsider { id: user.id, name, address, user_name, unassigned }
        })
    };
    Ok(directory::users(conn, tenant, seqs)?.into_iter().map(outsider).collect())
}
