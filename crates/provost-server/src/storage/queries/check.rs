//! Checks that the binary's own tables agree with each other and with the directory, from which memberships, teams and
//! team memberships follow.

use super::{Conn, called, directory, organisations, team_list, tombstones};
use crate::audit::INSTALLATION;
use crate::organisations::Tombstone;
use crate::slug::Slug;
use crate::storage::Result;
use crate::storage::schema::{
    audit, brake, former_slug, identity, invitation, invitation_link, known_account, membership,
    membership_end, organisation, outbox, seal, sso_certificate, sso_connection, team, team_membership,
    token, without_access,
};
use diesel::dsl::count_star;
use diesel::prelude::*;
use provost::Id;
use provost::hook::TenantId;
use provost::unstable::diesel::Finding;
use std::collections::{BTreeMap, BTreeSet};

/// Rows of the directory looked at in one statement.
const CHUNK: i64 = 500;

/// What the findings call audit records.
const RECORDS: &str = "audit records";

/// What they call the outbox.
const MAIL: &str = "mails";

/// What they call seals.
const SEALS: &str = "seals of audit records";

/// What is wrong, up to `limit` findings.
pub(in crate::storage) fn application(conn: &mut Conn, limit: usize) -> Result<Vec<Finding>> {
    let mut found = strays(conn)?;
    found.extend(undead(conn)?);
    for organisation in organisations::all(conn)? {
        if found.len() < limit {
            let tenant = organisation.tenant;
            let members = memberships(conn, tenant, &mut found)?;
            let groups = teams_of_groups(conn, tenant, &mut found)?;
            team_memberships(conn, tenant, &members, &groups, &mut found)?;
            invitations(conn, tenant, &mut found)?;
            called::check(conn, tenant, &mut found)?;
            records(conn, tenant, &mut found)?;
        }
    }
    found.truncate(limit);
    Ok(found)
}

/// Rows of organisations that do not exist.
fn strays(conn: &mut Conn) -> Result<Vec<Finding>> {
    let mut counted: BTreeMap<i64, Vec<&str>> = BTreeMap::new();
    macro_rules! look {
        ($($table:ident: $what:expr),+) => {$(
            let owner = organisation::table.on(organisation::tenant.eq($table::tenant));
            let tenants: Vec<i64> = $table::table
                .left_join(owner)
                .filter(organisation::tenant.nullable().is_null())
                .select($table::tenant)
                .distinct()
                .load(conn)?;
            for tenant in tenants {
                counted.entry(tenant).or_default().push($what);
            }
        )+};
    }
    look!(
        membership: "memberships",
        team: "teams",
        team_membership: "team memberships",
        without_access: "users without access",
        known_account: "accounts of former members",
        token: "tokens",
        outbox: MAIL,
        invitation: "invitations",
        invitation_link: "links of invitations",
        sso_connection: "connections of single sign-on",
        sso_certificate: "certificates of single sign-on",
        identity: "identities",
        brake: "brakes",
        membership_end: "counts of memberships that ended",
        audit: RECORDS,
        seal: SEALS
    );
    let known: BTreeSet<i64> = organisations::all(conn)?.into_iter().map(|o| o.tenant.0).collect();
    for tenant in directory::tenants(conn)?.into_iter().filter(|tenant| !known.contains(&tenant.0)) {
        counted.entry(tenant.0).or_default().push("users, groups or other resources");
    }
    // the installation has an audit trail and mail of its own
    if let Some(what) = counted.get_mut(&INSTALLATION.0) {
        what.retain(|what| *what != RECORDS && *what != SEALS && *what != MAIL);
    }
    counted.retain(|_, what| !what.is_empty());
    let stray = |(tenant, what): (i64, Vec<&str>)| {
        let what = format!("there are {} of an organisation that does not exist", what.join(", "));
        Finding::new(Some(TenantId(tenant)), None, what)
    };
    Ok(counted.into_iter().map(stray).collect())
}

/// Organisations that exist although they were deleted, and short names of deleted ones that are free again.
fn undead(conn: &mut Conn) -> Result<Vec<Finding>> {
    let known: BTreeMap<i64, Slug> =
        organisations::all(conn)?.into_iter().map(|o| (o.tenant.0, o.slug)).collect();
    let former: BTreeSet<String> =
        former_slug::table.select(former_slug::slug).load(conn)?.into_iter().collect();
    let mut found = Vec::new();
    for Tombstone { tenant, slug, .. } in tombstones::all(conn)? {
        let what = match known.get(&tenant.0) {
            Some(now) => format!("the organisation `{now}` is there, although it was deleted"),
            None if known.values().any(|now| *now == slug) => {
                format!("the organisation `{slug}` has the short name of one that was deleted")
            }
            None if !former.contains(slug.as_str()) => {
                format!("the short name `{slug}` of a deleted organisation could be given again")
            }
            None => continue,
        };
        found.push(Finding::new(Some(tenant), None, what));
    }
    Ok(found)
}

/// A membership by SCIM exists exactly while its user is active. Returns those users, each with the key of the
/// membership.
fn memberships(conn: &mut Conn, tenant: TenantId, found: &mut Vec<Finding>) -> Result<BTreeMap<i64, i64>> {
    let held = by_scim(conn, tenant)?;
    let mut idle: BTreeSet<i64> = held.keys().copied().collect();
    let mut after = i64::MIN;
    loop {
        let users = directory::active_users(conn, tenant, after, CHUNK)?;
        let Some(last) = users.last() else { break };
        after = last.seq;
        for user in users {
            if !idle.remove(&user.seq) {
                found.push(of(tenant, "User", user.id, "is active and has no membership"));
            }
        }
    }
    let idle: Vec<i64> = idle.into_iter().collect();
    let known = directory::users(conn, tenant, &idle)?;
    let strangers = idle.len().saturating_sub(known.len());
    let inactive =
        known.into_iter().map(|user| of(tenant, "User", user.id, "is not active and has a membership"));
    found.extend(inactive);
    if strangers > 0 {
        found.push(counted(tenant, strangers, "memberships of users who do not exist"));
    }
    Ok(held)
}

/// Invitations, their links and unsent mail are deleted with their membership.
fn invitations(conn: &mut Conn, tenant: TenantId, found: &mut Vec<Finding>) -> Result<()> {
    macro_rules! look {
        ($($table:ident, $id:expr, $rows:expr => $what:literal);+ $(;)?) => {$(
            let held = membership::tenant.eq($table::tenant).and($id.eq(membership::id.nullable()));
            let stray: i64 = $rows
                .left_join(membership::table.on(held))
                .filter($table::tenant.eq(tenant.0))
                .filter(membership::id.nullable().is_null())
                .select(count_star())
                .first(conn)?;
            if let Some(stray) = usize::try_from(stray).ok().filter(|stray| *stray > 0) {
                found.push(counted(tenant, stray, $what));
            }
        )+};
    }
    let unsent = outbox::table.filter(outbox::membership.is_not_null()).filter(outbox::state.ne("sent"));
    look! {
        invitation, invitation::membership.nullable(), invitation::table => "invitations to memberships that do not exist";
        invitation_link, invitation_link::membership.nullable(), invitation_link::table => "links to memberships that do not exist";
        outbox, outbox::membership, unsent => "unsent mails about memberships that do not exist";
    }
    Ok(())
}

/// The memberships by SCIM, by the key of their user.
fn by_scim(conn: &mut Conn, tenant: TenantId) -> Result<BTreeMap<i64, i64>> {
    let held: Vec<(i64, i64)> = membership::table
        .filter(membership::tenant.eq(tenant.0))
        .filter(membership::user_seq.is_not_null())
        .select((membership::user_seq.assume_not_null(), membership::id))
        .load(conn)?;
    Ok(held.into_iter().collect())
}

/// A team that follows a group exists exactly as long as the group, and has its name. Returns the groups by key.
fn teams_of_groups(conn: &mut Conn, tenant: TenantId, found: &mut Vec<Finding>) -> Result<BTreeMap<i64, Id>> {
    let rows: Vec<(i64, (String, String))> = team::table
        .filter(team::tenant.eq(tenant.0))
        .filter(team::group_seq.is_not_null())
        .select((team::group_seq.assume_not_null(), (team::group_id.assume_not_null(), team::name)))
        .load(conn)?;
    let mut teams: BTreeMap<i64, (String, String)> = rows.into_iter().collect();
    let (mut all, mut after) = (BTreeMap::new(), i64::MIN);
    loop {
        let groups = directory::all_groups(conn, tenant, after, CHUNK)?;
        let Some(last) = groups.last() else { break };
        after = last.seq;
        for group in groups {
            let what = match teams.remove(&group.seq) {
                None => Some("has no team"),
                Some((id, _)) if id != group.id.as_str() => Some("has a team that names another group"),
                Some((_, name)) if name != group.display_name => Some("has a team of another name"),
                Some(_) => None,
            };
            found.extend(what.map(|what| of(tenant, "Group", group.id.clone(), what)));
            all.insert(group.seq, group.id);
        }
    }
    if !teams.is_empty() {
        found.push(counted(tenant, teams.len(), "teams of groups that do not exist"));
    }
    Ok(all)
}

/// A team that follows a group contains exactly those of its users who are members; a team by hand contains only
/// members.
fn team_memberships(
    conn: &mut Conn,
    tenant: TenantId,
    members: &BTreeMap<i64, i64>,
    groups: &BTreeMap<i64, Id>,
    found: &mut Vec<Finding>,
) -> Result<()> {
    let mut joined = Places::load(conn, tenant)?;
    for (group, id) in groups {
        let in_group = directory::members_of(conn, tenant, *group)?;
        let entitled: BTreeSet<i64> = in_group.iter().filter_map(|user| members.get(user)).copied().collect();
        let joined = joined.of_groups.remove(group).unwrap_or_default();
        let (missing, wrong) = (entitled.difference(&joined).count(), joined.difference(&entitled).count());
        for (n, what) in [
            (missing, "of its members hold a membership and are not in the team"),
            (wrong, "in its team are not in the group, or hold no membership"),
        ] {
            if n > 0 {
                found.push(of(tenant, "Group", id.clone(), &format!("{n} {what}")));
            }
        }
    }
    let of_groups: usize = joined.of_groups.values().map(BTreeSet::len).sum();
    for (n, what) in [
        (of_groups, "team memberships of groups that do not exist"),
        (joined.strays, "team memberships of teams or members that do not exist"),
    ] {
        if n > 0 {
            found.push(counted(tenant, n, what));
        }
    }
    Ok(())
}

/// Who is in which team.
struct Places {
    /// By group, the memberships in the team that follows it.
    of_groups: BTreeMap<i64, BTreeSet<i64>>,
    /// Places whose team or membership is missing.
    strays: usize,
}

impl Places {
    fn load(conn: &mut Conn, tenant: TenantId) -> Result<Self> {
        let teams: Vec<(i64, Option<i64>)> =
            team::table.filter(team::tenant.eq(tenant.0)).select((team::id, team::group_seq)).load(conn)?;
        let teams: BTreeMap<i64, Option<i64>> = teams.into_iter().collect();
        let members: Vec<i64> =
            membership::table.filter(membership::tenant.eq(tenant.0)).select(membership::id).load(conn)?;
        let members: BTreeSet<i64> = members.into_iter().collect();
        let mut places = Self { of_groups: BTreeMap::new(), strays: 0 };
        for (team, membership) in team_list::places(conn, tenant)? {
            match teams.get(&team) {
                Some(Some(group)) => {
                    places.of_groups.entry(*group).or_default().insert(membership);
                }
                Some(None) if members.contains(&membership) => {}
                _ => places.strays = places.strays.saturating_add(1),
            }
        }
        Ok(places)
    }
}

/// Each version of a resource was made by one write, and each write has one record.
fn records(conn: &mut Conn, tenant: TenantId, found: &mut Vec<Finding>) -> Result<()> {
    const SHOWN: i64 = 100;
    // a delete makes no version, nor does what people do outside the directory
    let written = audit::table
        .filter(audit::made_by.is_null())
        .filter(audit::tenant.eq(tenant.0))
        .filter(audit::changed)
        .filter(audit::error.is_null())
        .filter(audit::operation.ne("delete"));
    let twice: Vec<(String, String, i64)> = written
        .group_by((audit::resource_type, audit::resource_id, audit::version))
        .having(count_star().gt(1))
        .select((audit::resource_type, audit::resource_id, audit::version))
        .limit(SHOWN)
        .load(conn)?;
    found.extend(twice.into_iter().map(|(kind, id, version)| {
        of(tenant, &kind, id.into(), &format!("its version {version} has several audit records"))
    }));
    Ok(())
}

fn of(tenant: TenantId, kind: &str, id: Id, what: &str) -> Finding {
    Finding::new(Some(tenant), Some((kind.to_owned(), id)), what)
}

fn counted(tenant: TenantId, n: usize, what: &str) -> Finding {
    Finding::new(Some(tenant), None, format!("there are {n} {what}"))
}
