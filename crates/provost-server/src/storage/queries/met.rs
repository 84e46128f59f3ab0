//! The directory brings somebody who already came in just in time. The two memberships are merged at once, since the
//! same identity provider identifies both.

use super::at::{At, Doer};
use super::people::User;
use super::{Conn, audit, identities, listed, members};
use crate::access::AccountId;
use crate::audit::{Actor, By};
use crate::people::{ManagedBy, MembershipId, Role};
use crate::storage::schema::membership;
use diesel::prelude::*;
use provost::hook::{HookError, TenantId};

/// An owner's membership is left alone and shown as a possible match, since the directory decides nothing about owners.
pub(super) fn meet(conn: &mut Conn, at: At<'_>, user: User<'_>) -> Result<(), HookError> {
    let Some(body) = user.body else { return Ok(()) };
    let Some(account) = identities::let_in(conn, at.tenant, body)? else { return Ok(()) };
    let (Some(kept), Some(gone)) =
        (of_account(conn, at.tenant, account)?, of_user(conn, at.tenant, user.seq)?)
    else {
        return Ok(());
    };
    let (Some(kept), Some(gone)) = (listed::one(conn, at.tenant, kept)?, listed::one(conn, at.tenant, gone)?)
    else {
        return Ok(());
    };
    let is_by_hand = kept.standing.managed_by == ManagedBy::Hand;
    if !is_by_hand || kept.standing.role.role() == Role::Owner || gone.standing.stage.account().is_some() {
        return Ok(());
    }
    let (_, deeds) = members::merge(conn, at, kept, gone, user.seq)?.into_parts();
    let by = match at.doer {
        Doer::Actor(actor) => By { actor: actor.clone(), at: at.now },
        Doer::Provider => By { actor: Actor::Worker, at: at.now },
    };
    for deed in deeds {
        audit::tell(conn, &by, &deed.noting("how", "just-in-time"))?;
    }
    Ok(())
}

fn of_account(conn: &mut Conn, tenant: TenantId, account: AccountId) -> QueryResult<Option<MembershipId>> {
    let row =
        membership::table.filter(membership::tenant.eq(tenant.0)).filter(membership::account.eq(account.0));
    Ok(row.select(membership::id).first::<i64>(conn).optional()?.map(MembershipId))
}

fn of_user(conn: &mut Conn, tenant: TenantId, user: i64) -> QueryResult<Option<MembershipId>> {
    let row = membership::table
        .filter(membership::tenant.eq(tenant.0))
        // only with this explicit condition does SQLite use the partial index
        .filter(membership::user_seq.is_not_null())
        .filter(membership::user_seq.eq(user));
    Ok(row.select(membership::id).first::<i64>(conn).optional()?.map(MembershipId))
}
