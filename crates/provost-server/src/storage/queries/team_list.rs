//! Teams in lists, and what commands do to teams by hand.

use super::at::{At, Doer};
use super::{Conn, Storage, listed, members, teams};
use crate::audit::{Action, By, Deed, Done};
use crate::people::{ManagedBy, Member, MembershipId, State};
use crate::slug::Slug;
use crate::storage::schema::{team, team_membership};
use crate::storage::{Result, StorageError};
use crate::teams::{Team, TeamId, TeamMember, TeamStore};
use diesel::prelude::*;
use provost::hook::TenantId;
use std::collections::HashMap;

impl TeamStore for Storage {
    async fn teams(&self, tenant: TenantId) -> Result<Vec<Team>> {
        self.scan_at_once(move |conn| all(conn, tenant)).await
    }

    async fn create_team(&self, by: By, tenant: TenantId, name: String, slug: Option<Slug>) -> Result<Team> {
        let (keys, now, actor) = (self.keys(), by.at, by.actor.clone());
        self.change(by, move |conn| {
            let (id, slug) = teams::create(
                conn,
                At { tenant, keys: &keys, now, doer: Doer::Actor(&actor) },
                &name,
                slug.as_ref(),
            )?;
            let managed_by = ManagedBy::Hand.as_str().to_owned();
            let team = Team { slug, name: name.clone(), group_id: None, members: Vec::new(), id, managed_by };
            let deed = told(tenant, Action::CreateTeam, id, &team.slug).noting("name", name.as_str());
            Ok(Done::told(team, deed))
        })
        .await
    }

    async fn rename_team(&self, by: By, tenant: TenantId, slug: Slug, name: String) -> Result<()> {
        let now = by.at;
        self.change(by, move |conn| {
            let id = teams::held(conn, tenant, &slug)?;
            teams::rename_by_hand(conn, tenant, id, &name)?;
            teams::note_change(conn, tenant, id, now)?;
            let deed = told(tenant, Action::RenameTeam, id, &slug).noting("name", name.as_str());
            Ok(Done::told((), deed))
        })
        .await
    }

    async fn empty_team(&self, by: By, tenant: TenantId, slug: Slug) -> Result<usize> {
        let now = by.at;
        self.change(by, move |conn| {
            let id = teams::held(conn, tenant, &slug)?;
            let left = teams::empty(conn, tenant, id)?;
            if left == 0 {
                return Ok(Done::nothing(0));
            }
            teams::note_change(conn, tenant, id, now)?;
            Ok(Done::told(left, told(tenant, Action::EmptyTeam, id, &slug).noting("members", left)))
        })
        .await
    }

    async fn delete_team(&self, by: By, tenant: TenantId, slug: Slug) -> Result<()> {
        self.change(by, move |conn| {
            let id = teams::by_hand(conn, tenant, &slug)?;
            teams::delete(conn, tenant, id)?;
            Ok(Done::told((), told(tenant, Action::DeleteTeam, id, &slug)))
        })
        .await
    }

    async fn add_to_team(&self, by: By, tenant: TenantId, slug: Slug, member: String) -> Result<Member> {
        let now = by.at;
        self.change(by, move |conn| {
            let found = members::held(conn, tenant, &member)?;
            let id = teams::held(conn, tenant, &slug)?;
            let deed = with_member(told(tenant, Action::AddToTeam, id, &slug), found.id, &found.member);
            match teams::add(conn, tenant, id, found.id)? {
                true => {
                    teams::note_change(conn, tenant, id, now)?;
                    Ok(Done::told(found.member, deed))
                }
                false => Ok(Done::nothing(found.member)),
            }
        })
        .await
    }

    async fn remove_from_team(&self, by: By, tenant: TenantId, slug: Slug, member: String) -> Result<Member> {
        let now = by.at;
        self.change(by, move |conn| {
            let id = teams::by_hand(conn, tenant, &slug)?;
            let found = members::named(conn, tenant, &member)?;
            match teams::remove(conn, tenant, id, found.id)? {
                true => {
                    teams::note_change(conn, tenant, id, now)?;
                    let deed =
                        with_member(told(tenant, Action::RemoveFromTeam, id, &slug), found.id, &found.member);
                    Ok(Done::told(found.member, deed))
                }
                false => Err(StorageError::NotInTeam { member: found.member.user_name, team: slug.clone() }),
            }
        })
        .await
    }
}

/// A deed done to a team by hand.
pub(super) fn told(tenant: TenantId, action: Action, id: TeamId, slug: &Slug) -> Deed {
    Deed::of(tenant, action, &id.0).noting("slug", slug.as_str())
}

pub(super) fn with_member(deed: Deed, id: MembershipId, member: &Member) -> Deed {
    let deed = deed.noting("member", id.to_string());
    let deed = deed.about("userName", Some(&member.user_name));
    deed.about("email", member.email.as_deref())
}

type Row = (i64, Option<String>, String, String, String);

fn all(conn: &mut Conn, tenant: TenantId) -> Result<Vec<Team>> {
    let people = listed::all(conn, tenant, &State::MEMBERS)?;
    let people: HashMap<MembershipId, Member> =
        people.into_iter().filter_map(|member| Some((member.id?, member))).collect();
    let mut members: HashMap<i64, Vec<TeamMember>> = HashMap::new();
    for (team, id) in places(conn, tenant)? {
        let id = MembershipId(id);
        if let Some(Member { user_name, scim_user_id, .. }) = people.get(&id).cloned() {
            members.entry(team).or_default().push(TeamMember { user_name, scim_user_id, id });
        }
    }
    let rows: Vec<Row> = team::table
        .filter(team::tenant.eq(tenant.0))
        .order(team::slug)
        .select((team::id, team::group_id, team::slug, team::name, team::managed_by))
        .load(conn)?;
    let team = |(id, group_id, slug, name, managed_by): Row| {
        let mut members = members.remove(&id).unwrap_or_default();
        members.sort_by(|a, b| {
            (&a.user_name, &a.scim_user_id, a.id).cmp(&(&b.user_name, &b.scim_user_id, b.id))
        });
        let group_id = group_id.map(Into::into);
        Team { slug: Slug::stored(slug), name, group_id, members, id: TeamId(id), managed_by }
    };
    Ok(rows.into_iter().map(team).collect())
}

/// The keys of team and membership for every place in a team.
pub(super) fn places(conn: &mut Conn, tenant: TenantId) -> QueryResult<Vec<(i64, i64)>> {
    let places = team_membership::table.filter(team_membership::tenant.eq(tenant.0));
    places.select((team_membership::team, team_membership::membership)).load(conn)
}
