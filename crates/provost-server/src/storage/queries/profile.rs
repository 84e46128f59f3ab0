//! The statements for a person's page. Their number does not depend on the amount of data.

use super::directory::{self, UserRow};
use super::{Conn, Storage, accounts, history, listed, members, people, presence, regain};
use crate::clock::Timestamp;
use crate::people::{
    DirectoryUser, FIRST_TEAMS, History, MembershipId, Place, Places, Profile, ProfileStore, Whose,
};
use crate::storage::Result;
use crate::storage::schema::{membership, team, team_membership};
use diesel::dsl::count_star;
use diesel::prelude::*;
use provost::hook::TenantId;
use provost::{Id, Value};

impl ProfileStore for Storage {
    async fn profile(&self, tenant: TenantId, id: MembershipId, now: Timestamp) -> Result<Option<Profile>> {
        self.scan_at_once(move |conn| {
            let Some(found) = listed::one(conn, tenant, id)? else { return Ok(None) };
            let person = people::beheld(conn, tenant, &found)?;
            let user = found.user.as_ref().map(|user| directory_user(user, Some(id)));
            let places = places(conn, tenant, id)?;
            let (sessions, account) = match found.standing.stage.account() {
                Some(id) => (presence::used_here(conn, tenant, id, now)?, accounts::one(conn, id)?),
                None => (Vec::new(), None),
            };
            let signs_in_with = account.and_then(|account| account.email);
            let has_joined = found.standing.stage.account().is_some();
            let may_regain = has_joined && regain::look(conn, tenant, &found)?.is_ok();
            let details = members::details_of(conn, tenant, found)?;
            Ok(Some(Profile { details, person, user, places, signs_in_with, may_regain, sessions }))
        })
        .await
    }

    async fn directory_user(&self, tenant: TenantId, id: Id) -> Result<Option<DirectoryUser>> {
        self.scan_at_once(move |conn| {
            let Some(user) = directory::user_by_id(conn, tenant, id.as_str())? else { return Ok(None) };
            let of_tenant = membership::table.filter(membership::tenant.eq(tenant.0));
            let mine = of_tenant.filter(membership::user_seq.eq(user.seq)).select(membership::id);
            let id: Option<i64> = mine.first(conn).optional()?;
            Ok(Some(directory_user(&user, id.map(MembershipId))))
        })
        .await
    }

    async fn history(&self, tenant: TenantId, whose: Whose, before: Option<String>) -> Result<History> {
        self.scan_at_once(move |conn| Ok(history::of(conn, tenant, &whose, before.as_deref())?)).await
    }
}

fn directory_user(user: &UserRow, membership: Option<MembershipId>) -> DirectoryUser {
    let text = |name| user.body.str(name).map(str::to_owned);
    let email = user.email().map(str::to_owned);
    DirectoryUser {
        id: user.id.clone(),
        user_name: user.user_name().to_owned(),
        display_name: text("displayName"),
        external_id: text("externalId"),
        email_path: email_path(user, email.as_deref()),
        email,
        membership,
    }
}

/// The path by which an identity provider changes the shown address.
fn email_path(user: &UserRow, email: Option<&str>) -> String {
    let emails = user.body.get("emails").map_or(&[][..], Value::elements);
    let shown = emails.iter().filter_map(Value::as_object).find(|one| one.str("value") == email);
    match shown.and_then(|one| one.str("type")) {
        Some(kind) => format!("emails[type eq \"{kind}\"].value"),
        None => "emails.value".to_owned(),
    }
}

fn places(conn: &mut Conn, tenant: TenantId, id: MembershipId) -> QueryResult<Places> {
    let of_member = team_membership::table
        .filter(team_membership::tenant.eq(tenant.0))
        .filter(team_membership::membership.eq(id.0));
    let counts: Vec<(String, i64)> = of_member
        .group_by(team_membership::source)
        .select((team_membership::source, count_star()))
        .load(conn)?;
    let of_team = team::tenant.eq(team_membership::tenant).and(team::id.eq(team_membership::team));
    type Row = (i64, Option<String>, String, String);
    let first: Vec<Row> = of_member
        .inner_join(team::table.on(of_team))
        .order((team::name, team::id))
        .limit(i64::try_from(FIRST_TEAMS).unwrap_or(i64::MAX))
        .select((team::id, team::group_id, team::name, team_membership::source))
        .load(conn)?;
    let is_by_hand = |source: &str| source == "hand";
    let place = |(id, group, name, source): Row| Place {
        resource: group.unwrap_or_else(|| id.to_string()),
        name,
        is_by_hand: is_by_hand(&source),
    };
    let mut places = Places { first: first.into_iter().map(place).collect(), ..Places::default() };
    for (source, count) in counts {
        match is_by_hand(&source) {
            true => places.by_hand = count,
            false => places.provided = places.provided.saturating_add(count),
        }
    }
    Ok(places)
}
