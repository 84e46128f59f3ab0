//! Teams and their members. What follows the directory runs in the directory's transaction, called by its hook.
//!
//! A team that follows a group contains exactly the members who are in the group; people decide who is in a team by
//! hand. The first rule is maintained here and nowhere else.

use super::Conn;
use super::at::{At, with_key};
use crate::clock::Timestamp;
use crate::people::MembershipId;
use crate::slug::Slug;
use crate::storage::StorageError;
use crate::storage::later::Later;
use crate::storage::locks::{Held, Hold};
use crate::storage::schema::{membership, team, team_membership};
use crate::teams::TeamId;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Text};
use provost::hook::{ResourceRef, TenantId};

/// How many rows one statement names; SQLite allows 32,766 bound values.
const CHUNK: usize = 500;

/// Up to this many users or groups get a statement each, whose text stays the same; more are named in a single one.
const FEW: usize = 3;

const SCIM: &str = "scim";
const HAND: &str = "hand";

/// A group was created.
pub(super) fn follow(conn: &mut Conn, at: At<'_>, group: ResourceRef<'_>, name: &str) -> QueryResult<()> {
    loop {
        let slug = free_slug(conn, at.tenant, name)?;
        if insert(conn, at, Some(group), &slug, name)?.is_some() {
            return Ok(());
        }
    }
}

/// Makes a team; `None` if another process took the slug meanwhile.
fn insert(
    conn: &mut Conn,
    At { tenant, keys, now, .. }: At<'_>,
    group: Option<ResourceRef<'_>>,
    slug: &Slug,
    name: &str,
) -> QueryResult<Option<TeamId>> {
    with_key(keys, now, |id| {
        let row = (
            team::tenant.eq(tenant.0),
            team::id.eq(id),
            team::group_seq.eq(group.map(|group| group.seq)),
            team::group_id.eq(group.map(|group| group.id.as_str())),
            team::slug.eq(slug.as_str()),
            team::name.eq(name),
            team::managed_by.eq(if group.is_some() { SCIM } else { HAND }),
            team::created.eq(now.as_millis()),
        );
        let new = diesel::insert_into(team::table).values(row).on_conflict_do_nothing();
        match new.execute(conn)? {
            0 if is_taken(conn, tenant, slug)? => Ok(Some(None)),
            0 => Ok(None),
            _ => Ok(Some(Some(TeamId(id)))),
        }
    })
}

/// A group has a new name. The slug stays, since bookmarks and settings use it.
pub(super) fn rename(conn: &mut Conn, tenant: TenantId, group: i64, name: &str) -> QueryResult<()> {
    diesel::update(of_group(tenant, group)).set(team::name.eq(name)).execute(conn)?;
    Ok(())
}

/// The team that follows a group.
#[diesel::dsl::auto_type]
fn of_group(tenant: TenantId, group: i64) -> _ {
    let tenant: i64 = tenant.0;
    team::table.filter(team::tenant.eq(tenant)).filter(team::group_seq.eq(group))
}

/// A group was deleted.
pub(super) fn unfollow(conn: &mut Conn, tenant: TenantId, group: i64) -> QueryResult<()> {
    let found: Option<i64> = of_group(tenant, group).select(team::id).first(conn).optional()?;
    found.map_or(Ok(()), |id| delete(conn, tenant, TeamId(id)))
}

pub(super) fn delete(conn: &mut Conn, tenant: TenantId, id: TeamId) -> QueryResult<()> {
    // the team first: a transaction that is adding somebody holds it, and is waited for
    diesel::delete(team::table.find((tenant.0, id.0))).execute(conn)?;
    empty(conn, tenant, id)?;
    Ok(())
}

/// Users joined a group. Those without a membership join the team when they become active.
pub(super) fn join(conn: &mut Conn, tenant: TenantId, group: i64, users: &[i64]) -> QueryResult<()> {
    let of_tenant = team::tenant.eq(tenant.0).and(team::group_seq.eq(group));
    let pairs = team::table
        .inner_join(membership::table.on(membership::tenant.eq(team::tenant)))
        .filter(of_tenant)
        .select((team::tenant, team::id, membership::id, SCIM.into_sql::<Text>()));
    macro_rules! insert {
        ($rows:expr) => {
            conn.later(
                diesel::insert_into(team_membership::table)
                    .values($rows)
                    .into_columns(COLUMNS)
                    .on_conflict_do_nothing(),
            )?
        };
    }
    if users.len() <= FEW {
        for user in users {
            insert!(pairs.filter(membership::user_seq.eq(user)));
        }
        return Ok(());
    }
    for some in users.chunks(CHUNK) {
        insert!(pairs.filter(membership::user_seq.eq_any(some)));
    }
    Ok(())
}

const COLUMNS: (
    team_membership::tenant,
    team_membership::team,
    team_membership::membership,
    team_membership::source,
) = (team_membership::tenant, team_membership::team, team_membership::membership, team_membership::source);

/// Somebody who is in these groups became a member.
pub(super) fn join_all(
    conn: &mut Conn,
    tenant: TenantId,
    id: MembershipId,
    groups: &[i64],
) -> QueryResult<()> {
    for some in groups.chunks(CHUNK) {
        let teams = team::table
            .filter(team::tenant.eq(tenant.0))
            .filter(team::group_seq.eq_any(some))
            .select((team::tenant, team::id, id.0.into_sql::<BigInt>(), SCIM.into_sql::<Text>()));
        conn.later(
            diesel::insert_into(team_membership::table)
                .values(teams)
                .into_columns(COLUMNS)
                .on_conflict_do_nothing(),
        )?;
    }
    Ok(())
}

/// Users left a group.
pub(super) fn leave(conn: &mut Conn, tenant: TenantId, group: i64, users: &[i64]) -> QueryResult<()> {
    let team = of_group(tenant, group).select(team::id);
    let members = membership::table.filter(membership::tenant.eq(tenant.0));
    macro_rules! delete {
        ($who:expr) => {
            conn.later(diesel::delete(
                team_membership::table
                    .filter(team_membership::tenant.eq(tenant.0))
                    .filter(team_membership::team.eq_any(team.clone()))
                    .filter(team_membership::membership.eq_any(members.filter($who).select(membership::id))),
            ))?
        };
    }
    if users.len() <= FEW {
        for user in users {
            delete!(membership::user_seq.eq(user));
        }
        return Ok(());
    }
    for some in users.chunks(CHUNK) {
        delete!(membership::user_seq.eq_any(some));
    }
    Ok(())
}

/// Moves the places in teams from one membership to another.
pub(super) fn hand_on(
    conn: &mut Conn,
    tenant: TenantId,
    from: MembershipId,
    to: MembershipId,
) -> QueryResult<()> {
    let places = team_membership::table
        .filter(team_membership::tenant.eq(tenant.0))
        .filter(team_membership::membership.eq(from.0))
        .select((
            team_membership::tenant,
            team_membership::team,
            to.0.into_sql::<BigInt>(),
            team_membership::source,
        ));
    diesel::insert_into(team_membership::table)
        .values(places)
        .into_columns(COLUMNS)
        .on_conflict_do_nothing()
        .execute(conn)?;
    Ok(())
}

/// Makes a team by hand.
pub(super) fn create(
    conn: &mut Conn,
    at: At<'_>,
    name: &str,
    slug: Option<&Slug>,
) -> Result<(TeamId, Slug), StorageError> {
    conn.hold(Held::Organisation(at.tenant))?;
    loop {
        let free = slug.cloned().map_or_else(|| free_slug(conn, at.tenant, name), Ok)?;
        match (insert(conn, at, None, &free, name)?, slug) {
            (Some(id), _) => return Ok((id, free)),
            (None, Some(taken)) => return Err(StorageError::TeamSlugTaken(taken.clone())),
            (None, None) => {}
        }
    }
}

/// The team with this slug, which people may change.
pub(super) fn by_hand(conn: &mut Conn, tenant: TenantId, slug: &Slug) -> Result<TeamId, StorageError> {
    let found: Option<(i64, Option<i64>)> = team::table
        .filter(team::tenant.eq(tenant.0))
        .filter(team::slug.eq(slug.as_str()))
        .select((team::id, team::group_seq))
        .first(conn)
        .optional()?;
    match found {
        None => Err(StorageError::NoTeam(slug.clone())),
        Some((_, Some(_))) => Err(StorageError::TeamProvided(slug.clone())),
        Some((id, None)) => Ok(TeamId(id)),
    }
}

/// Like [`by_hand`], and keeps others from deleting the team until the transaction ends.
pub(super) fn held(conn: &mut Conn, tenant: TenantId, slug: &Slug) -> Result<TeamId, StorageError> {
    let id = by_hand(conn, tenant, slug)?;
    conn.hold(Held::Team(tenant, id.0))?;
    match by_hand(conn, tenant, slug)? {
        again if again == id => Ok(id),
        _ => Err(StorageError::NoTeam(slug.clone())),
    }
}

/// Renames a team by hand.
pub(super) fn rename_by_hand(conn: &mut Conn, tenant: TenantId, id: TeamId, name: &str) -> QueryResult<()> {
    diesel::update(team::table.find((tenant.0, id.0))).set(team::name.eq(name)).execute(conn)?;
    Ok(())
}

/// Removes everybody from a team by hand; returns how many.
pub(super) fn empty(conn: &mut Conn, tenant: TenantId, id: TeamId) -> QueryResult<usize> {
    let members = team_membership::table.filter(team_membership::tenant.eq(tenant.0));
    diesel::delete(members.filter(team_membership::team.eq(id.0))).execute(conn)
}

/// Notes that a person changed a team by hand.
pub(super) fn note_change(conn: &mut Conn, tenant: TenantId, id: TeamId, now: Timestamp) -> QueryResult<()> {
    let team = diesel::update(team::table.find((tenant.0, id.0)));
    team.set(team::changed.eq(now.as_millis())).execute(conn)?;
    Ok(())
}

/// Adds a member to a team by hand; whether it was not in it.
pub(super) fn add(conn: &mut Conn, tenant: TenantId, id: TeamId, member: MembershipId) -> QueryResult<bool> {
    let row = (
        team_membership::tenant.eq(tenant.0),
        team_membership::team.eq(id.0),
        team_membership::membership.eq(member.0),
        team_membership::source.eq(HAND),
    );
    let new = diesel::insert_into(team_membership::table).values(row).on_conflict_do_nothing();
    Ok(new.execute(conn)? > 0)
}

/// Removes a member from a team by hand; whether it was in it.
pub(super) fn remove(
    conn: &mut Conn,
    tenant: TenantId,
    id: TeamId,
    member: MembershipId,
) -> QueryResult<bool> {
    Ok(diesel::delete(team_membership::table.find((tenant.0, id.0, member.0))).execute(conn)? > 0)
}

/// The slug of `name`, or with the first of `-2`, `-3`, ... that no team of the tenant has.
///
/// Thousands of teams may have the same name, so they are not read: the number is doubled until a free one is found,
/// then a binary search finds the end of those taken. Each step is one index look-up.
fn free_slug(conn: &mut Conn, tenant: TenantId, name: &str) -> QueryResult<Slug> {
    let plain = Slug::from_name(name, "team");
    if !is_taken(conn, tenant, &plain)? {
        return Ok(plain);
    }
    let (mut taken, mut free) = (1_u64, 2);
    while is_taken(conn, tenant, &plain.numbered(free))? {
        (taken, free) = (free, free.saturating_mul(2));
    }
    while free.saturating_sub(taken) > 1 {
        let middle = taken.midpoint(free);
        match is_taken(conn, tenant, &plain.numbered(middle))? {
            true => taken = middle,
            false => free = middle,
        }
    }
    Ok(plain.numbered(free))
}

fn is_taken(conn: &mut Conn, tenant: TenantId, slug: &Slug) -> QueryResult<bool> {
    let one = team::table.filter(team::tenant.eq(tenant.0)).filter(team::slug.eq(slug.as_str()));
    Ok(one.select(team::id).first::<i64>(conn).optional()?.is_some())
}
