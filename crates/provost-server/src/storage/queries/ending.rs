//! Organisations are switched off and on again, or deleted. A deleted one leaves a tombstone.

use super::organisations::{by_slug, held};
use super::tombstones::{self, give_up, remember};
use super::{
    Conn, Storage, brake, directory, identities, invitations, outbox, requests, sessions, settings, silence,
};
use crate::audit::{Action, Actor, By, Deed, Done};
use crate::clock::{self, Timestamp};
use crate::organisations::{EndingStore, Losses, Organisation, Tombstone};
use crate::slug::Slug;
use crate::storage::Result;
use crate::storage::schema::{
    audit, chain, hourly, invited_by_hand, known_account, membership, one_time, organisation, seal,
    session_end, session_use, team, team_membership, token, without_access,
};
use diesel::prelude::*;
use provost::hook::TenantId;

impl EndingStore for Storage {
    async fn losses(&self, slug: &Slug) -> Result<Losses> {
        let (slug, now) = (slug.clone(), clock::now());
        self.scan(move |conn| {
            let tenant = by_slug(conn, &slug)?.tenant;
            Ok(losses(conn, tenant, now)?)
        })
        .await
    }

    async fn delete_organisation(&self, by: By, slug: Slug) -> Result<(Organisation, Losses)> {
        let doer = by.clone();
        self.change(by, move |conn| delete(conn, &slug, &doer)).await
    }

    async fn switch_organisation(&self, by: By, slug: Slug, is_on: bool) -> Result<Organisation> {
        let now = by.at;
        self.change(by, move |conn| switch(conn, &slug, is_on, now)).await
    }

    async fn deleted_organisations(&self) -> Result<Vec<Tombstone>> {
        self.scan(|conn| Ok(tombstones::all(conn)?)).await
    }

    async fn bury(&self, by: By, tombstones: Vec<Tombstone>) -> Result<Vec<Slug>> {
        let now = by.at;
        self.change(by, move |conn| {
            let (mut gone, mut deeds) = (Vec::new(), Vec::new());
            for tombstone in &tombstones {
                deeds.extend(bury(conn, tombstone, &mut gone, now)?);
            }
            Ok(Done::several(gone, deeds))
        })
        .await
    }
}

/// What is deleted with an organisation.
fn losses(conn: &mut Conn, tenant: TenantId, now: Timestamp) -> QueryResult<Losses> {
    let memberships = || membership::table.filter(membership::tenant.eq(tenant.0));
    let tokens = token::table.filter(token::tenant.eq(tenant.0)).filter(token::revoked.is_null());
    let open = tokens.filter(token::ended.is_null());
    let open = open.filter(token::expires.is_null().or(token::expires.gt(now.as_millis())));
    Ok(Losses {
        members: memberships().filter(membership::user_seq.is_not_null()).count().get_result(conn)?,
        by_hand: memberships().filter(membership::user_seq.is_null()).count().get_result(conn)?,
        users: directory::count(conn, tenant, "User")?,
        groups: directory::count(conn, tenant, "Group")?,
        tokens: open.count().get_result(conn)?,
    })
}

/// Deletes the organisation, and keeps a tombstone.
fn delete(conn: &mut Conn, slug: &Slug, by: &By) -> Result<Done<(Organisation, Losses)>> {
    let found = held(conn, slug)?;
    let losses = losses(conn, found.tenant, by.at)?;
    let made_by = match &by.actor {
        Actor::Command(operator) => Some(operator.clone()),
        // people are named in the audit record only, where the name can be erased
        _ => None,
    };
    let tombstone = Tombstone { tenant: found.tenant, slug: slug.clone(), at: Some(by.at), by: made_by };
    purge(conn, &tombstone, by.at)?;
    let deed = Deed::of_installation(Action::DeleteOrganisation, &found.tenant.0);
    // of its names only the short one is kept, since it must never be given again
    let deed = deed.noting("lost", losses.counts()).noting("slug", slug.as_str());
    Ok(Done::told((found, losses), deed))
}

/// Deletes everything of an organisation, and notes that it is gone.
fn purge(conn: &mut Conn, tombstone: &Tombstone, now: Timestamp) -> Result<()> {
    let (of, tenant) = (tombstone.tenant, tombstone.tenant.0);
    diesel::delete(team_membership::table.filter(team_membership::tenant.eq(tenant))).execute(conn)?;
    diesel::delete(team::table.filter(team::tenant.eq(tenant))).execute(conn)?;
    diesel::delete(membership::table.filter(membership::tenant.eq(tenant))).execute(conn)?;
    diesel::delete(known_account::table.filter(known_account::tenant.eq(tenant))).execute(conn)?;
    outbox::purge(conn, of)?;
    invitations::purge(conn, of)?;
    brake::purge(conn, of)?;
    silence::purge(conn, of)?;
    requests::purge(conn, of)?;
    identities::purge(conn, of)?;
    diesel::delete(invited_by_hand::table.find(tenant)).execute(conn)?;
    diesel::delete(without_access::table.filter(without_access::tenant.eq(tenant))).execute(conn)?;
    diesel::delete(one_time::table.filter(one_time::tenant.eq(tenant))).execute(conn)?;
    sessions::end_deleted(conn, of, now)?;
    diesel::delete(session_use::table.filter(session_use::tenant.eq(tenant))).execute(conn)?;
    diesel::delete(session_end::table.filter(session_end::tenant.eq(tenant))).execute(conn)?;
    diesel::delete(seal::table.filter(seal::tenant.eq(tenant))).execute(conn)?;
    diesel::delete(hourly::table.filter(hourly::tenant.eq(tenant))).execute(conn)?;
    diesel::delete(chain::table.filter(chain::tenant.eq(tenant))).execute(conn)?;
    diesel::delete(audit::table.filter(audit::tenant.eq(tenant))).execute(conn)?;
    directory::purge(conn, of)?;
    // its tokens are deleted with this row
    diesel::delete(organisation::table.find(tenant)).execute(conn)?;
    settings::mark_deleted_organisation(conn)?;
    Ok(remember(conn, tombstone)?)
}

/// Applies a tombstone to a database that may not know it yet, such as a restored backup. Returns the deed if the
/// organisation was there.
fn bury(
    conn: &mut Conn,
    tombstone: &Tombstone,
    gone: &mut Vec<Slug>,
    now: Timestamp,
) -> Result<Option<Deed>> {
    let there = organisation::table.find(tombstone.tenant.0).select(organisation::slug);
    let Some(slug) = there.first::<String>(conn).optional()?.map(Slug::stored) else {
        remember(conn, tombstone)?;
        return Ok(None);
    };
    purge(conn, tombstone, now)?;
    give_up(conn, &slug, tombstone.tenant)?;
    gone.push(tombstone.slug.clone());
    let deed = Deed::of_installation(Action::DeleteOrganisation, &tombstone.tenant.0);
    let deed = deed.noting("slug", tombstone.slug.as_str());
    Ok(Some(deed.noting("deletedBefore", tombstone.at.map(|at| at.to_string()))))
}

/// Switches an organisation off, or on again. Writers in it either finished before or find it switched off.
fn switch(conn: &mut Conn, slug: &Slug, is_on: bool, now: Timestamp) -> Result<Done<Organisation>> {
    let before = held(conn, slug)?;
    if before.disabled.is_none() == is_on {
        return Ok(Done::nothing(before));
    }
    let since = (!is_on).then_some(now.as_millis());
    let row = organisation::table.find(before.tenant.0);
    let reopened = if is_on { Some(now) } else { before.reopened };
    let reopened = organisation::reopened.eq(reopened.map(Timestamp::as_millis));
    diesel::update(row).set((organisation::disabled.eq(since), reopened)).execute(conn)?;
    let after = by_slug(conn, slug)?;
    let told = |action| Deed::of(before.tenant, action, &before.tenant.0);
    let deed = match is_on {
        true => told(Action::EnableOrganisation),
        false => {
            let ended = sessions::end_all_confined(conn, before.tenant, now)?;
            told(Action::DisableOrganisation).noting("sessionsEnded", ended)
        }
    };
    Ok(Done::told(after, deed))
}
