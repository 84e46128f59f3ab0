//! Statements of the page on which a member who has joined, and has no password, comes in again.

use super::at::{At, Doer};
use super::invitations::{self, Led};
use super::join::{self, Asker};
use super::listed::{self, Found, address_of};
use super::{
    Conn, Storage, access, accounts, called, identities, members, offers, organisations, people, recovery,
    regain, sessions,
};
use crate::access::{Account, AccountId, Digest, Hashed, Reason};
use crate::audit::{Action, By, Deed, Done};
use crate::people::life::Event;
use crate::people::{ManagedBy, MembershipId, RegainStore, Regained, Role};
use crate::storage::locks::{Held, Hold};
use crate::storage::schema::membership;
use crate::storage::{Result, StorageError};
use diesel::prelude::*;
use provost::hook::TenantId;

impl RegainStore for Storage {
    async fn regain(&self, by: By, link: Digest, how: Regained) -> Result<Account> {
        let (keys, now, actor) = (self.keys(), by.at, by.actor.clone());
        self.change(by, move |conn| {
            let led = join::good(conn, link, now)?;
            let account = led.account.ok_or(StorageError::LinkGone)?;
            conn.hold(Held::Organisation(led.tenant))?;
            organisations::prove_on(conn, led.tenant)?;
            let other = match &how {
                Regained::Password(_) => account,
                Regained::Account(me) => *me,
            };
            // in one order, whichever of the two somebody else begins with
            for id in [account.min(other), account.max(other)] {
                accounts::prove_on(conn, id)?;
            }
            conn.hold(Held::Membership(led.tenant, led.id.0))?;
            // it may have ended meanwhile, and the account may have a password by now
            let led = join::good(conn, link, now)?;
            let found = listed::one(conn, led.tenant, led.id)?.ok_or(StorageError::LinkGone)?;
            if regain::good(conn, &led, &found)?.is_none() || is_shut(conn, &led, &found)? {
                return Err(StorageError::LinkGone);
            }
            let at = At { tenant: led.tenant, keys: &keys, now, doer: Doer::Actor(&actor) };
            match &how {
                Regained::Password(password) => give_password(conn, at, &led, account, password),
                Regained::Account(me) => pass_on(conn, at, (&led, &found), account, *me),
            }
        })
        .await
    }

    async fn own_link(&self, tenant: TenantId, account: AccountId) -> Result<Option<String>> {
        self.scan_at_once(move |conn| {
            let Some(found) = own(conn, tenant, account)? else { return Ok(None) };
            let may = regain::look(conn, tenant, &found)?.is_ok();
            Ok(address_of(&found).filter(|_| may).map(|address| address.to_string()))
        })
        .await
    }

    async fn ask_for_link(&self, by: By, tenant: TenantId, account: AccountId) -> Result<()> {
        let (keys, now, actor) = (self.keys(), by.at, by.actor.clone());
        self.change(by, move |conn| {
            let gone = || StorageError::NoMember(account.0.to_string());
            let id = own(conn, tenant, account)?.ok_or_else(gone)?.id;
            conn.hold(Held::Membership(tenant, id.0))?;
            let found = own(conn, tenant, account)?.filter(|found| found.id == id).ok_or_else(gone)?;
            regain::prove(conn, tenant, &found)?;
            let at = At { tenant, keys: &keys, now, doer: Doer::Actor(&actor) };
            join::put_next(conn, at, &found, Asker::Member(Some(account)))?;
            Ok(Done::told((), members::told(tenant, Action::ResendInvitation, &found)))
        })
        .await
    }
}

/// The membership of an owner.
fn own(conn: &mut Conn, tenant: TenantId, account: AccountId) -> Result<Option<Found>> {
    let mine = membership::table.filter(membership::tenant.eq(tenant.0));
    let mine = mine.filter(membership::account.eq(account.0)).select(membership::id);
    let Some(id) = mine.first::<i64>(conn).optional()? else { return Ok(None) };
    let found = listed::one(conn, tenant, MembershipId(id))?;
    Ok(found.filter(|found| found.standing.role.role() == Role::Owner))
}

/// Where single sign-on is required, a password is of use to owners alone, one of whom is the emergency account.
fn is_shut(conn: &mut Conn, led: &Led, found: &Found) -> QueryResult<bool> {
    let is_required = identities::emergency(conn, led.tenant)?.is_some();
    Ok(is_required && found.standing.role.role() != Role::Owner)
}

/// The same account has a password, and signs in with the address that the link was sent to.
fn give_password(
    conn: &mut Conn,
    at: At<'_>,
    led: &Led,
    id: AccountId,
    password: &Hashed,
) -> Result<Done<Account>> {
    let address = led.address.parse().map_err(StorageError::Refused)?;
    accounts::set_address(conn, id, &address)?;
    accounts::set_password(conn, id, password)?;
    called::name_after(conn, id)?;
    recovery::end(conn, id, at.now)?;
    invitations::used(conn, at.tenant, led.id, at.now)?;
    let ended = sessions::end_all(conn, id, None, Reason::NewPassword, at.now)?;
    let account = accounts::one(conn, id)?.ok_or(StorageError::LinkGone)?;
    let accepted = accepted(at.tenant, led, &account).noting("password", true);
    let set = access::told(&account, Action::SetPassword).noting("sessionsEnded", ended);
    Ok(Done::several(account, [accepted, set]))
}

/// The membership goes over to the account that signs in with the address of the link, with who the person is at the identity provider.
fn pass_on(
    conn: &mut Conn,
    at: At<'_>,
    (led, found): (&Led, &Found),
    from: AccountId,
    to: AccountId,
) -> Result<Done<Account>> {
    let holder = offers::holder(conn, &led.address)?.map(|holder| holder.account);
    if holder != Some(to) || to == from {
        return Err(StorageError::LinkGone);
    }
    let here = membership::table.filter(membership::tenant.eq(at.tenant.0));
    let here = here.filter(membership::account.eq(to.0)).select(membership::id);
    if here.first::<i64>(conn).optional()?.is_some() {
        return Err(StorageError::IsHere);
    }
    people::happen(conn, at, found, Event::PassedOn(to))?;
    if found.standing.managed_by == ManagedBy::Hand {
        called::name_after_account(conn, at.tenant, found.id)?;
    }
    let unlinked = hand_on_links(conn, at.tenant, found, from, to)?;
    invitations::used(conn, at.tenant, led.id, at.now)?;
    let ended = sessions::end_confined(conn, at.tenant, from, Reason::LostAccess, at.now)?;
    let account = accounts::one(conn, to)?.ok_or(StorageError::LinkGone)?;
    let deed = accepted(at.tenant, led, &account)
        .noting("formerAccount", from.0.to_string())
        .noting("sessionsEnded", ended);
    Ok(Done::told(account, if unlinked > 0 { deed.noting("unlinked", unlinked) } else { deed }))
}

/// Gives the account that takes a membership the links of the one before; returns how many of its own went.
fn hand_on_links(
    conn: &mut Conn,
    tenant: TenantId,
    found: &Found,
    from: AccountId,
    to: AccountId,
) -> Result<usize> {
    let forgotten = match &found.user {
        Some(user) => identities::forget_another(conn, tenant, to, &user.body)?,
        None => 0,
    };
    let replaced = identities::pass_on(conn, tenant, from, to)?;
    // so that a link that stayed is removed with the user
    identities::stand_behind_member(conn, tenant, found.id)?;
    Ok(forgotten + replaced)
}

fn accepted(tenant: TenantId, led: &Led, account: &Account) -> Deed {
    Deed::of(tenant, Action::AcceptInvitation, &led.id)
        .noting("account", account.id.0.to_string())
        .about("email", Some(&led.address))
        .about("name", Some(&account.name))
}
