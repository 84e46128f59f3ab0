//! Statements on members. Those that grant and revoke run in the directory's transaction, called by its hook. What users
//! are called comes from the directory.

use super::{Conn, Storage, teams};
use crate::clock::Timestamp;
use crate::members::{Member, MemberStore};
use crate::slug::Slug;
use crate::storage::Result;
use crate::storage::schema::{membership, team};
use diesel::prelude::*;
use provost::hook::TenantId;
use std::collections::HashMap;

/// No invitation was sent: the identity provider brought the member in.
const PROVISIONED: &str = "provisioned";
const SCIM: &str = "scim";

impl MemberStore for Storage {
    async fn members(&self, tenant: TenantId) -> Result<Vec<Member>> {
        self.scan(move |conn| all(conn, tenant)).await
    }
}

fn all(conn: &mut Conn, tenant: TenantId) -> Result<Vec<Member>> {
    let slugs: HashMap<i64, String> = team::table
        .filter(team::tenant.eq(tenant.0))
        .select((team::group_seq, team::slug))
        .load(conn)?
        .into_iter()
        .collect();
    let mut teams: HashMap<i64, Vec<Slug>> = HashMap::new();
    for (group, user) in teams::memberships(conn, tenant)? {
        teams.entry(user).or_default().extend(slugs.get(&group).cloned().map(Slug::stored));
    }
    let mut users = teams::users(conn, tenant)?;
    let rows: Vec<(i64, String, String, String)> = membership::table
        .filter(membership::tenant.eq(tenant.0))
        .select((membership::user_seq, membership::role, membership::state, membership::managed_by))
        .load(conn)?;
    let mut members: Vec<Member> = rows
        .into_iter()
        .filter_map(|(user_seq, role, state, managed_by)| {
            let user = users.remove(&user_seq)?;
            let mut teams = teams.remove(&user_seq).unwrap_or_default();
            teams.sort();
            Some(Member {
                user_name: user.user_name().to_owned(),
                display_name: user.body.str("displayName").map(str::to_owned),
                email: user.email().map(str::to_owned),
                role,
                state,
                scim_user_id: user.id,
                managed_by,
                teams,
            })
        })
        .collect();
    members.sort_by(|a, b| (&a.user_name, &a.scim_user_id).cmp(&(&b.user_name, &b.scim_user_id)));
    Ok(members)
}

/// A user became active: a membership, and one in the team of every group that the user is in.
pub(super) fn grant(
    conn: &mut Conn,
    tenant: TenantId,
    user: i64,
    role: &str,
    groups: impl IntoIterator<Item = i64>,
    now: Timestamp,
) -> QueryResult<()> {
    let row = (
        membership::tenant.eq(tenant.0),
        membership::user_seq.eq(user),
        membership::role.eq(role),
        membership::state.eq(PROVISIONED),
        membership::managed_by.eq(SCIM),
        membership::created.eq(now.as_millis()),
    );
    diesel::insert_into(membership::table).values(row).on_conflict_do_nothing().execute(conn)?;
    groups.into_iter().try_for_each(|group| teams::add_member(conn, tenant, group, user))
}

/// A user became inactive or was deleted.
pub(super) fn revoke(conn: &mut Conn, tenant: TenantId, user: i64) -> QueryResult<()> {
    teams::remove_member(conn, tenant, user)?;
    diesel::delete(membership::table.find((tenant.0, user))).execute(conn)?;
    Ok(())
}
