//! Acts on a member. The right is checked in the transaction that acts.

use super::at::{At, Doer};
use super::listed::{self, Found};
use super::{Conn, Storage, join, left_behind, members, organisations, presence};
use crate::access::{AccountId, Action, may_invite};
use crate::audit::{self, Done};
use crate::people::life::Event;
use crate::people::{Act, ActStore, ManagedBy, Order, Role};
use crate::storage::locks::{Held, Hold};
use crate::storage::schema::membership;
use crate::storage::{Result, StorageError};
use diesel::prelude::*;
use provost::hook::TenantId;

impl ActStore for Storage {
    async fn act(&self, order: Order, act: Act) -> Result<()> {
        let keys = self.keys();
        self.change(order.by.clone(), move |conn| {
            let found =
                permitted(conn, &order, |role| act.needs(role), |to, by, me| act.is_allowed(to, by, me))?;
            let (doer, actor) = (Doer::Actor(&order.by.actor), order.by.actor.account());
            let at = At { tenant: order.tenant, keys: &keys, now: order.by.at, doer };
            Ok(match act {
                Act::Give(role) => done(members::give(conn, at, &found, Event::RoleGiven(role))?),
                Act::GiveBack => {
                    let organisation = organisations::by_tenant(conn, order.tenant)?;
                    let default = organisation.ok_or_else(|| ended(&order))?.default_role;
                    done(members::give(conn, at, &found, Event::RoleGivenBack(default))?)
                }
                Act::Resend => {
                    // who has it opens an account that is there already
                    if found.standing.stage.account().is_some() && !is_owner(conn, &order)? {
                        return Err(StorageError::Refused("an owner sends it to who has joined".to_owned()));
                    }
                    if found.standing.managed_by == ManagedBy::Hand {
                        prove_inviter(conn, &order)?;
                    }
                    done(join::resend(conn, at, found, actor)?)
                }
                Act::Withdraw => done(join::withdraw(conn, at, found)?),
                Act::Remove => done(members::remove(conn, at, found)?),
                Act::Keep => done(left_behind::keep(conn, order.tenant, found)?),
                Act::EndSessions => end_sessions(conn, at, &found)?,
            })
        })
        .await
    }
}

pub(super) fn done<T>(done: Done<T>) -> Done<()> {
    let (_, deeds) = done.into_parts();
    Done::several((), deeds)
}

fn end_sessions(conn: &mut Conn, at: At<'_>, found: &Found) -> Result<Done<()>> {
    let Some(account) = found.standing.stage.account() else { return Ok(Done::nothing(())) };
    let ended = presence::end_here(conn, at.tenant, account, at.now)?;
    let deed = members::told(at.tenant, audit::Action::EndMemberSessions, found).noting("sessions", ended);
    Ok(Done::told((), deed))
}

fn ended(order: &Order) -> StorageError {
    StorageError::NoMember(order.id.to_string())
}

/// The member, if the actor still has the right. Acts on owners are serialized.
pub(super) fn permitted(
    conn: &mut Conn,
    order: &Order,
    needs: impl Fn(Role) -> Action,
    is_allowed: impl Fn(Role, Role, bool) -> bool,
) -> Result<Found> {
    let (tenant, id) = (order.tenant, order.id);
    let is_about_owners = |found: &Found| needs(found.standing.role.role()).needs_proof();
    let found = listed::one(conn, tenant, id)?.ok_or_else(|| ended(order))?;
    if is_about_owners(&found) {
        conn.hold(Held::Owners(tenant))?;
    }
    conn.hold(Held::Membership(tenant, id.0))?;
    let found = listed::one(conn, tenant, id)?.ok_or_else(|| ended(order))?;
    let action = needs(found.standing.role.role());
    let role = match order.by.actor.account() {
        Some(account) => role_of(conn, tenant, account)?,
        None => None,
    };
    let (to, is_self) =
        (found.standing.role.role(), order.by.actor.account() == found.standing.stage.account());
    if !role.is_some_and(|role| is_allowed(to, role, is_self)) {
        let why = "your own role was changed meanwhile, and no longer allows this: nothing was changed";
        return Err(StorageError::Refused(why.to_owned()));
    }
    if action.needs_proof() && !order.is_proved {
        let who = &found.member.user_name;
        let why =
            format!("{who} became an owner meanwhile, so you have to prove who you are: nothing was changed");
        return Err(StorageError::Refused(why));
    }
    Ok(found)
}

/// Checks that an acting person still has the right.
pub(super) fn prove_role(
    conn: &mut Conn,
    tenant: TenantId,
    actor: &audit::Actor,
    action: Action,
) -> Result<()> {
    let Some(account) = actor.account() else { return Ok(()) };
    match role_of(conn, tenant, account)?.is_some_and(|role| action.is_allowed(role)) {
        true => Ok(()),
        false => Err(StorageError::Refused(
            "your own role was changed meanwhile, and no longer allows this: nothing was changed".to_owned(),
        )),
    }
}

/// Whether an owner acts.
fn is_owner(conn: &mut Conn, order: &Order) -> Result<bool> {
    Ok(match order.by.actor.account() {
        Some(account) => role_of(conn, order.tenant, account)? == Some(Role::Owner),
        None => false,
    })
}

/// The organisation's settings say who may invite by hand. Anybody the identity provider assigned needs no invitation.
fn prove_inviter(conn: &mut Conn, order: &Order) -> Result<()> {
    let organisation = organisations::by_tenant(conn, order.tenant)?.ok_or_else(|| ended(order))?;
    let role = match order.by.actor.account() {
        Some(account) => role_of(conn, order.tenant, account)?,
        None => None,
    };
    let inviters = organisation.inviting.inviters;
    match role.is_some_and(|role| may_invite(role, inviters)) {
        true => Ok(()),
        false => Err(StorageError::Refused(format!("{}: nothing was sent", inviters.describe()))),
    }
}

/// The role that an account has in an organisation.
fn role_of(conn: &mut Conn, tenant: TenantId, account: AccountId) -> Result<Option<Role>> {
    let mine = membership::table.filter(membership::tenant.eq(tenant.0));
    let mine = mine.filter(membership::account.eq(account.0)).select(membership::role);
    let role: Option<String> = mine.first(conn).optional()?;
    let read = |text: String| text.parse().or(Err(StorageError::Damaged { what: "role", text }));
    role.map(read).transpose()
}
