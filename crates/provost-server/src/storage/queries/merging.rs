//! An owner merges two memberships. Rights, and whether the two are still as the owner saw them, are checked in the
//! same transaction.

use super::acts::{done, permitted};
use super::at::{At, Doer};
use super::listed::{self, Found};
use super::{Conn, Storage, directory, letters, matches, members, people};
use crate::people::{ManagedBy, MembershipId, Merging, MergingStore, Order, Pair, Side, to_merge};
use crate::slug::Slug;
use crate::storage::locks::{Held, Hold};
use crate::storage::{Result, StorageError};
use provost::hook::TenantId;

impl MergingStore for Storage {
    async fn merging(&self, tenant: TenantId, pair: Pair) -> Result<Option<Merging>> {
        self.scan_at_once(move |conn| match both(conn, tenant, pair)? {
            Some((kept, gone)) => look(conn, tenant, &kept, &gone).map(Some),
            None => Ok(None),
        })
        .await
    }

    async fn merge_seen(&self, order: Order, gone: MembershipId, seen: String) -> Result<()> {
        let keys = self.keys();
        self.change(order.by.clone(), move |conn| {
            let (tenant, pair) = (order.tenant, Pair { kept: order.id, gone });
            let ended = || StorageError::NoMember(pair.kept.to_string());
            let (_, gone) = both(conn, tenant, pair)?.ok_or_else(ended)?;
            let user = gone.user.as_ref().map(|user| user.seq).ok_or_else(ended)?;
            // the order in which a write of the directory locks them
            directory::hold(conn, tenant, user)?;
            let role = gone.standing.role.role();
            permitted(
                conn,
                &order,
                |kept| to_merge(kept, role),
                |kept, by, _| to_merge(kept, role).is_allowed(by),
            )?;
            conn.hold(Held::Membership(tenant, pair.gone.0))?;
            let (kept, gone) = both(conn, tenant, pair)?.ok_or_else(ended)?;
            let merging = look(conn, tenant, &kept, &gone)?;
            if merging.mark() != seen || merging.needs().needs_proof() && !order.is_proved {
                let why = "something was changed since the page was opened, and nothing was merged: look at it again";
                return Err(StorageError::Refused(why.to_owned()));
            }
            let at = At { tenant, keys: &keys, now: order.by.at, doer: Doer::Actor(&order.by.actor) };
            Ok(done(members::merge(conn, at, kept, gone, user)?))
        })
        .await
    }
}

/// The two memberships, if they are a possible match.
fn both(conn: &mut Conn, tenant: TenantId, pair: Pair) -> Result<Option<(Found, Found)>> {
    let (Some(kept), Some(gone)) =
        (listed::one(conn, tenant, pair.kept)?, listed::one(conn, tenant, pair.gone)?)
    else {
        return Ok(None);
    };
    let found = matches::of(conn, tenant, std::slice::from_ref(&gone))?;
    let is_match =
        found.get(&gone.id.0).is_some_and(|others| others.iter().any(|(other, _)| *other == kept.id.0));
    Ok((is_match && kept.standing.managed_by == ManagedBy::Hand).then_some((kept, gone)))
}

fn look(conn: &mut Conn, tenant: TenantId, kept: &Found, gone: &Found) -> Result<Merging> {
    let mut slugs: Vec<Slug> = kept.member.teams.iter().chain(&gone.member.teams).cloned().collect();
    slugs.sort();
    slugs.dedup();
    let teams = letters::team_names(conn, tenant, &slugs)?;
    let side = |one: &Found| Side { member: one.member.clone(), standing: one.standing };
    Ok(Merging {
        more_teams: slugs.len().saturating_sub(teams.len()),
        teams,
        becomes: people::would_merge(conn, tenant, kept, gone)?,
        kept: side(kept),
        gone: side(gone),
    })
}
