//! Members as the lists show them: memberships, with what the directory or the account says about the person.

use super::Conn;
use super::directory::{self, UserRow};
use super::memberships::{StandingColumns, standing, standing_columns};
use crate::clock::Timestamp;
use crate::people::{Address, ManagedBy, Member, MembershipId, Stage, Standing, State};
use crate::slug::Slug;
use crate::storage::Result;
use crate::storage::schema::{account, membership, team, team_membership};
use diesel::prelude::*;
use provost::hook::TenantId;
use std::collections::HashMap;

/// How many SCIM users one statement reads.
const CHUNK: i64 = 500;

/// A membership as it is stored, with the person's account.
#[derive(Queryable)]
struct Row {
    id: i64,
    user_seq: Option<i64>,
    email: Option<String>,
    name: Option<String>,
    standing: StandingColumns,
    joined: Option<i64>,
    last_seen: Option<i64>,
    account: Option<(Option<String>, String)>,
}

/// The memberships of a tenant, with the columns of [`Row`].
#[diesel::dsl::auto_type]
fn rows(tenant: TenantId) -> _ {
    let tenant: i64 = tenant.0;
    membership::table
        .left_join(account::table.on(membership::account.eq(account::id.nullable())))
        .filter(membership::tenant.eq(tenant))
        .select((
            membership::id,
            membership::user_seq,
            membership::email,
            membership::name,
            standing_columns(),
            membership::joined,
            membership::last_seen,
            (account::email, account::name).nullable(),
        ))
}

/// A membership with the SCIM user behind it.
pub(super) struct Found {
    pub(super) id: MembershipId,
    pub(super) standing: Standing,
    pub(super) user: Option<UserRow>,
    pub(super) member: Member,
}

/// What somebody is called, so that two of one name are told apart.
#[cfg(feature = "sso")]
pub(super) fn named(found: Found) -> String {
    let Found { member, .. } = found;
    match (member.display_name, member.email) {
        (Some(name), Some(address)) => format!("{name} ({address})"),
        (Some(name), None) => format!("{name} ({})", member.user_name),
        (None, _) => member.user_name,
    }
}

/// Where a person is mailed: the address that lists show, else a user name that is one. The user name of a guest in Entra looks
/// like an address, and nobody has that.
pub(super) fn address_of(found: &Found) -> Option<Address> {
    let shown = found.member.email.as_deref();
    let user_name = found.user.as_ref().map(UserRow::user_name).filter(|name| !name.contains("#EXT#"));
    shown.or(user_name)?.parse().ok()
}

/// All members in these states, by user name.
pub(super) fn all(conn: &mut Conn, tenant: TenantId, states: &[State]) -> Result<Vec<Member>> {
    let loaded: Vec<Row> = rows(tenant).load(conn)?;
    let seqs: Vec<i64> = loaded.iter().filter_map(|row| row.user_seq).collect();
    let users = directory::users(conn, tenant, &seqs)?;
    let mut users: HashMap<i64, UserRow> = users.into_iter().map(|user| (user.seq, user)).collect();
    let mut teams = teams(conn, tenant, None)?;
    let mut members = Vec::new();
    for row in loaded {
        let user = row.user_seq.and_then(|seq| users.remove(&seq));
        let teams = teams.remove(&row.id).unwrap_or_default();
        members.push(found(row, user, teams)?.member);
    }
    if states.contains(&State::Deactivated) {
        without_access(conn, tenant, &mut members)?;
    }
    members.retain(|member| states.contains(&member.state));
    members.sort_by(|a, b| (&a.user_name, &a.scim_user_id, a.id).cmp(&(&b.user_name, &b.scim_user_id, b.id)));
    Ok(members)
}

fn found(row: Row, user: Option<UserRow>, teams: Vec<Slug>) -> Result<Found> {
    let (id, standing) = (MembershipId(row.id), standing(row.standing)?);
    let (account_email, account_name) = row.account.map_or((None, None), |(email, name)| (email, Some(name)));
    let body = user.as_ref().map(|user| &user.body);
    let email = match &user {
        Some(user) => user.email().map(str::to_owned),
        None => row.email.or(account_email),
    };
    let display_name = match body {
        Some(body) => body.str("displayName").map(str::to_owned),
        None => row.name.or_else(|| account_name.clone()),
    };
    let user_name = match &user {
        Some(user) => user.user_name().to_owned(),
        None => email.clone().or(account_name).unwrap_or_default(),
    };
    let state = match standing.stage {
        Stage::Provisioned => State::Provisioned,
        Stage::Invited => State::Invited,
        Stage::Joined(_) => State::Joined,
    };
    let member = Member {
        user_name,
        display_name,
        email,
        role: Some(standing.role),
        state,
        scim_user_id: user.as_ref().map(|user| user.id.clone()),
        managed_by: standing.managed_by,
        teams,
        id: Some(id),
        source: Some(standing.role),
        joined: row.joined.map(Timestamp::from_millis),
        last_sign_in: row.last_seen.map(Timestamp::from_millis),
    };
    Ok(Found { id, standing, user, member })
}

/// The short names of the teams of each membership, or of one.
fn teams(conn: &mut Conn, tenant: TenantId, of: Option<MembershipId>) -> Result<HashMap<i64, Vec<Slug>>> {
    let mut slugs = team_membership::table
        .inner_join(
            team::table.on(team::tenant.eq(team_membership::tenant).and(team::id.eq(team_membership::team))),
        )
        .filter(team_membership::tenant.eq(tenant.0))
        .select((team_membership::membership, team::slug))
        .into_boxed();
    if let Some(id) = of {
        slugs = slugs.filter(team_membership::membership.eq(id.0));
    }
    let mut teams: HashMap<i64, Vec<Slug>> = HashMap::new();
    for (id, slug) in slugs.load::<(i64, String)>(conn)? {
        teams.entry(id).or_default().push(Slug::stored(slug));
    }
    teams.values_mut().for_each(|slugs| slugs.sort());
    Ok(teams)
}

/// Adds the SCIM users without a membership.
fn without_access(conn: &mut Conn, tenant: TenantId, members: &mut Vec<Member>) -> Result<()> {
    let mut after = i64::MIN;
    loop {
        let users = directory::all_users(conn, tenant, after, CHUNK)?;
        let Some(last) = users.last() else { return Ok(()) };
        after = last.seq;
        members.extend(users.into_iter().filter(|user| !user.is_active()).map(|user| Member {
            user_name: user.user_name().to_owned(),
            display_name: user.body.str("displayName").map(str::to_owned),
            email: user.email().map(str::to_owned),
            role: None,
            state: State::Deactivated,
            scim_user_id: Some(user.id),
            managed_by: ManagedBy::Scim,
            teams: Vec::new(),
            id: None,
            source: None,
            joined: None,
            last_sign_in: None,
        }));
    }
}

/// These memberships, without their teams, in no particular order.
pub(super) fn some(conn: &mut Conn, tenant: TenantId, ids: &[i64]) -> Result<Vec<Found>> {
    let loaded: Vec<Row> = rows(tenant).filter(membership::id.eq_any(ids)).load(conn)?;
    let seqs: Vec<i64> = loaded.iter().filter_map(|row| row.user_seq).collect();
    let users = directory::users(conn, tenant, &seqs)?;
    let mut users: HashMap<i64, UserRow> = users.into_iter().map(|user| (user.seq, user)).collect();
    let with_user = |row: Row| {
        let user = row.user_seq.and_then(|seq| users.remove(&seq));
        found(row, user, Vec::new())
    };
    loaded.into_iter().map(with_user).collect()
}

/// One membership.
pub(super) fn one(conn: &mut Conn, tenant: TenantId, id: MembershipId) -> Result<Option<Found>> {
    let row: Option<Row> = rows(tenant).filter(membership::id.eq(id.0)).first(conn).optional()?;
    let Some(row) = row else { return Ok(None) };
    let user = match row.user_seq {
        Some(seq) => directory::users(conn, tenant, &[seq])?.into_iter().next(),
        None => None,
    };
    let teams = teams(conn, tenant, Some(id))?.remove(&id.0).unwrap_or_default();
    found(row, user, teams).map(Some)
}
