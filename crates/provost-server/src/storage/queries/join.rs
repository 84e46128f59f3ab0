//! Statements on invitations: where links lead, joining by them, and what members do with invitations.

use super::at::{At, Doer};
use super::invitations::{self, Leads, Led};
use super::listed::{Found, address_of};
use super::members::{held, told};
use super::{
    Conn, Storage, accounts, directory, identities, listed, offers, organisations, outbox, people, regain,
    sessions, settings,
};
use crate::access::{Account, AccountId, Digest, NewAccount, Opener, Reason};
use crate::audit::{Action, By, Deed, Done};
use crate::clock::Timestamp;
use crate::jobs::{Asked, NewJob};
use crate::people::life::Event;
use crate::people::{
    Address, AddressKey, Becomes, InstanceKey, Invitation, InvitationStore, Joiner, ManagedBy, Member,
    MembershipId, Opened, Pressed, Stage, Unsent,
};
use crate::storage::locks::{Held, Hold};
use crate::storage::schema::{known_account, membership, without_access};
use crate::storage::{Result, StorageError};
use diesel::prelude::*;
use provost::hook::TenantId;

/// How many people one transaction invites, since others wait for it.
const AT_ONCE: usize = 500;

/// Who asks for an invitation to be sent again.
#[derive(Clone, Copy)]
pub(super) enum Asker {
    /// The person who is invited.
    Invited,
    /// Somebody else, with the account if it is known.
    Member(Option<AccountId>),
}

impl InvitationStore for Storage {
    async fn instance_key(&self, fresh: [u8; 32]) -> Result<InstanceKey> {
        Ok(InstanceKey::new(self.unrecorded(move |conn| settings::instance_key(conn, fresh)).await?))
    }

    async fn preview(&self, tenant: TenantId, emails: Vec<String>) -> Result<Vec<(String, Becomes)>> {
        self.scan_at_once(move |conn| {
            emails.iter().map(|email| Ok((email.clone(), becomes(conn, tenant, email)?))).collect()
        })
        .await
    }

    async fn invitation(&self, link: Digest, me: Option<AccountId>, now: Timestamp) -> Result<Opened> {
        // strangers can guess many links, so a wrong one costs a single look-up
        if self.scan(move |conn| Ok(invitations::led(conn, link)?)).await?.is_none() {
            return Ok(Opened::Gone);
        }
        self.scan_at_once(move |conn| offers::opened(conn, link, me, now)).await
    }

    async fn join(&self, by: By, link: Digest, joiner: Joiner) -> Result<Account> {
        let (keys, now, actor) = (self.keys(), by.at, by.actor.clone());
        self.change(by, move |conn| {
            let led = good(conn, link, now)?;
            if led.account.is_some() {
                return Err(StorageError::HasJoined);
            }
            let at = At { tenant: led.tenant, keys: &keys, now, doer: Doer::Actor(&actor) };
            conn.hold(Held::Organisation(led.tenant))?;
            organisations::prove_on(conn, led.tenant)?;
            let (id, made) = account_of(conn, at, &led, &joiner)?;
            accounts::prove_on(conn, id)?;
            let here: Option<i64> = membership::table
                .filter(membership::tenant.eq(led.tenant.0))
                .filter(membership::account.eq(id.0))
                .select(membership::id)
                .first(conn)
                .optional()?;
            let mut unlinked = 0;
            match (here, &joiner) {
                (Some(other), Joiner::Merging(me)) => merge(conn, at, *me, (led.id, MembershipId(other)))?,
                (Some(_), _) => return Err(StorageError::IsHere),
                (None, _) => {
                    conn.hold(Held::Membership(led.tenant, led.id.0))?;
                    let found = listed::one(conn, led.tenant, led.id)?.ok_or(StorageError::LinkGone)?;
                    if found.standing.stage.account().is_some() {
                        return Err(StorageError::HasJoined);
                    }
                    if let Some(user) = &found.user {
                        unlinked = identities::forget_another(conn, led.tenant, id, &user.body)?;
                    }
                    people::happen(conn, at, &found, Event::Joined(id))?;
                }
            }
            let account = accounts::one(conn, id)?.ok_or(StorageError::LinkGone)?;
            let deed = Deed::of(led.tenant, Action::AcceptInvitation, &led.id)
                .noting("account", id.0.to_string())
                .about("email", Some(&led.address))
                .about("name", Some(&account.name));
            let deed = if unlinked > 0 { deed.noting("unlinked", unlinked) } else { deed };
            Ok(Done::several(account, made.into_iter().chain([deed])))
        })
        .await
    }

    async fn renew(&self, by: By, link: Digest) -> Result<()> {
        let (keys, now, actor) = (self.keys(), by.at, by.actor.clone());
        self.change(by, move |conn| {
            let led = invitations::led(conn, link)?.ok_or(StorageError::LinkGone)?;
            organisations::prove_on(conn, led.tenant)?;
            let found = listed::one(conn, led.tenant, led.id)?.ok_or(StorageError::LinkGone)?;
            let is_open = match found.standing.stage {
                Stage::Provisioned | Stage::Invited => true,
                Stage::Joined(_) => regain::good(conn, &led, &found)?.is_some(),
            };
            if !is_open || led.ends > now {
                return Err(StorageError::LinkGone);
            }
            let at = At { tenant: led.tenant, keys: &keys, now, doer: Doer::Actor(&actor) };
            put_next(conn, at, &found, Asker::Invited)?;
            Ok(Done::told((), told(led.tenant, Action::ResendInvitation, &found)))
        })
        .await
    }

    async fn resend(&self, by: By, tenant: TenantId, name: String) -> Result<Pressed> {
        let (keys, now, account) = (self.keys(), by.at, by.actor.account());
        let actor = by.actor.clone();
        self.change(by, move |conn| {
            let found = held(conn, tenant, &name)?;
            resend(conn, At { tenant, keys: &keys, now, doer: Doer::Actor(&actor) }, found, account)
        })
        .await
    }

    async fn make_link(
        &self,
        by: By,
        tenant: TenantId,
        id: MembershipId,
        key: InstanceKey,
    ) -> Result<(Opener, Timestamp)> {
        let (keys, now, actor) = (self.keys(), by.at, by.actor.clone());
        self.change(by, move |conn| {
            let gone = || StorageError::NoMember(id.to_string());
            conn.hold(Held::Membership(tenant, id.0))?;
            let found = listed::one(conn, tenant, id)?.ok_or_else(gone)?;
            let whose = found.standing.stage.account();
            if whose.is_some() {
                regain::prove(conn, tenant, &found)?;
            }
            let Some(address) = address_of(&found) else {
                let why = format!("{} has no e-mail address to sign in with", found.member.user_name);
                return Err(StorageError::Refused(why));
            };
            let organisation = organisations::by_tenant(conn, tenant)?.ok_or_else(gone)?;
            let made = if whose.is_some() { invitations::last_link(conn, tenant, id)? } else { 0 };
            let number = invitations::number(conn, tenant, id)?.max(made).saturating_add(1);
            let link = key.invitation(tenant, id, number);
            let good_ms = organisation.inviting.days.millis();
            let ends = Timestamp::from_millis(now.as_millis().saturating_add(good_ms));
            let at = At { tenant, keys: &keys, now, doer: Doer::Actor(&actor) };
            let leads = Leads { id, number, whose, address: address.as_str(), ends };
            invitations::keep_link(conn, tenant, link.digest(), &leads)?;
            invitations::sent(conn, at, id, number, address.as_str(), ends)?;
            people::befall(conn, at, id, Event::Mailed)?;
            let deed = told(tenant, Action::MakeInvitationLink, &found).noting("ends", ends.to_string());
            Ok(Done::told((link, ends), deed))
        })
        .await
    }

    async fn withdraw(&self, by: By, tenant: TenantId, name: String) -> Result<Member> {
        let (keys, now, actor) = (self.keys(), by.at, by.actor.clone());
        self.change(by, move |conn| {
            let found = held(conn, tenant, &name)?;
            withdraw(conn, At { tenant, keys: &keys, now, doer: Doer::Actor(&actor) }, found)
        })
        .await
    }

    async fn invite_waiting(&self, by: By, tenant: TenantId) -> Result<usize> {
        let (keys, now, account) = (self.keys(), by.at, by.actor.account());
        let actor = by.actor.clone();
        let mut all = 0;
        loop {
            let (keys, actor) = (keys.clone(), actor.clone());
            let some = self.change(by.clone(), move |conn| {
                conn.hold(Held::Organisation(tenant))?;
                let at = At { tenant, keys: &keys, now, doer: Doer::Actor(&actor) };
                match invitations::invite_waiting(conn, at, account, AT_ONCE)? {
                    0 => Ok(Done::nothing(0)),
                    n => Ok(Done::told(n, Deed::of(tenant, Action::InviteWaiting, "").noting("people", n))),
                }
            });
            let some = some.await?;
            all += some;
            if some < AT_ONCE {
                return Ok(all);
            }
        }
    }

    async fn uninvited(&self, tenant: TenantId) -> Result<i64> {
        self.scan(move |conn| Ok(invitations::uninvited(conn, tenant)?)).await
    }
}

/// Queues the invitation mail again. The caller holds the member.
pub(super) fn resend(
    conn: &mut Conn,
    at: At<'_>,
    found: Found,
    by: Option<AccountId>,
) -> Result<Done<Pressed>> {
    if found.standing.stage.account().is_some() {
        regain::prove(conn, at.tenant, &found)?;
    }
    let was_waiting = put_next(conn, at, &found, Asker::Member(by))?;
    let deed = told(at.tenant, Action::ResendInvitation, &found);
    Ok(Done::told(Pressed { member: found.member, was_waiting }, deed))
}

/// Withdraws the invitation. The caller holds the member.
pub(super) fn withdraw(conn: &mut Conn, at: At<'_>, found: Found) -> Result<Done<Member>> {
    if found.standing.managed_by == ManagedBy::Hand {
        let why = "is invited by hand: `provost members remove` withdraws that and ends the membership";
        return Err(StorageError::Refused(format!("{} {why}", found.member.user_name)));
    }
    let is_open = !matches!(
        invitations::state_of(conn, at.tenant, found.id)?,
        Invitation::None | Invitation::Accepted | Invitation::Withdrawn
    );
    if !is_open {
        let why = format!("{} has no invitation that is open", found.member.user_name);
        return Err(StorageError::Refused(why));
    }
    invitations::withdraw(conn, at.tenant, found.id)?;
    people::befall(conn, at, found.id, Event::Unreached)?;
    let after = listed::one(conn, at.tenant, found.id)?.map(|found| found.member);
    let deed = told(at.tenant, Action::WithdrawInvitation, &found);
    Ok(Done::told(after.unwrap_or(found.member), deed))
}

/// What would become of an address that is invited as a member or manager.
pub(super) fn becomes(conn: &mut Conn, tenant: TenantId, email: &str) -> Result<Becomes> {
    let address: Address = match email.parse() {
        Ok(address) => address,
        Err(why) => return Ok(Becomes::Malformed(why)),
    };
    let key = address.key();
    if let Some(found) = people::by_hand(conn, tenant, std::slice::from_ref(&key))?.first() {
        return Ok(if found.has_joined { Becomes::AlreadyMember } else { Becomes::AlreadyInvited });
    }
    if !people::provided(conn, tenant, &key)?.is_empty() {
        return Ok(Becomes::Provided);
    }
    let mut users = directory::users_with_address(conn, tenant, key.as_str())?;
    users.retain(|user| AddressKey::of_user(&user.body).contains(&key));
    let Some(was_here) = users.first() else { return Ok(Becomes::Invited) };
    let row = without_access::table.find((tenant.0, was_here.seq)).select(without_access::unassigned);
    let unassigned: Option<i64> = row.first(conn).optional()?.flatten();
    Ok(Becomes::InvitedAgain(unassigned.map(Timestamp::from_millis)))
}

/// Where a working link leads.
pub(super) fn good(conn: &mut Conn, link: Digest, now: Timestamp) -> Result<Led> {
    let led = invitations::led(conn, link)?.ok_or(StorageError::LinkGone)?;
    match led.ends > now {
        true => Ok(led),
        false => Err(StorageError::LinkGone),
    }
}

/// Queues the next mail, or sends a queued one at once; whether one was queued.
pub(super) fn put_next(conn: &mut Conn, at: At<'_>, found: &Found, asker: Asker) -> Result<bool> {
    let id = found.id;
    if outbox::hurry(conn, at.tenant, id, at.now)? {
        return Ok(true);
    }
    let is_on_its_way = matches!(
        invitations::state_of(conn, at.tenant, id)?,
        Invitation::Waiting(Unsent::Due | Unsent::Tried(_) | Unsent::NoTeam)
    );
    if !is_on_its_way {
        let account = found.standing.stage.account().map(|account| account.0);
        // a link that was made for somebody who had not joined may lie in another mailbox
        let made = if account.is_some() { invitations::last_link(conn, at.tenant, id)? } else { 0 };
        // replaces one that was refused or given up
        outbox::forget_invitation(conn, at.tenant, id)?;
        let number = outbox::last_number(conn, at.tenant, id)?.max(invitations::number(conn, at.tenant, id)?);
        let number = number.max(made);
        let (by, renewed) = match asker {
            Asker::Invited => (None, true),
            Asker::Member(account) => (account.map(|account| account.0), false),
        };
        let address = account.and(address_of(found)).map(|address| address.to_string());
        let asked = Asked { number: number.saturating_add(1), by, renewed, account, address };
        outbox::put(conn, at.tenant, at.now, NewJob::invitation(id, &asked, at.now))?;
    }
    Ok(is_on_its_way)
}

/// The account of the person who joins, made if there is none, and the deed of making it.
fn account_of(conn: &mut Conn, at: At<'_>, led: &Led, joiner: &Joiner) -> Result<(AccountId, Option<Deed>)> {
    let (name, password) = match joiner {
        Joiner::Account(id) | Joiner::Merging(id) => return Ok((*id, None)),
        Joiner::New { name, password } | Joiner::Anew { name, password } => (name, password),
    };
    if let Some(holder) = offers::holder(conn, &led.address)? {
        if holder.is_member || !matches!(joiner, Joiner::Anew { .. }) {
            return Err(StorageError::HasAccount(led.address.clone()));
        }
        // an account that was switched off does not come back through an invitation
        accounts::prove_on(conn, holder.account)?;
        leave_address(conn, holder.account, at.now)?;
    }
    let email = led.address.parse().map_err(StorageError::Refused)?;
    let new = NewAccount { email, name: name.clone(), password: password.clone() };
    let id = accounts::insert(conn, at.keys, &new, at.now)?;
    let deed = Deed::of(at.tenant, Action::CreateAccount, &id.0);
    let deed = deed.about("email", Some(&led.address)).about("name", Some(name));
    Ok((id, Some(deed)))
}

/// An account without memberships loses its address to a newcomer. The places kept for it go to nobody.
fn leave_address(conn: &mut Conn, account: AccountId, now: Timestamp) -> Result<()> {
    accounts::lose_address(conn, account)?;
    diesel::delete(known_account::table.filter(known_account::account.eq(account.0))).execute(conn)?;
    sessions::end_all(conn, account, None, Reason::AddressGiven, now)?;
    Ok(())
}

/// The account already has another membership here. One of the two is by hand and stays; the other goes.
fn merge(
    conn: &mut Conn,
    at: At<'_>,
    me: AccountId,
    (invited, other): (MembershipId, MembershipId),
) -> Result<()> {
    let find = |conn: &mut Conn, id| listed::one(conn, at.tenant, id)?.ok_or(StorageError::LinkGone);
    let (invited, other) = (find(conn, invited)?, find(conn, other)?);
    let (kept, gone) = match (invited.standing.managed_by, other.standing.managed_by) {
        (ManagedBy::Scim, ManagedBy::Hand) => (&other, &invited),
        (ManagedBy::Hand, ManagedBy::Scim) => (&invited, &other),
        _ => return Err(StorageError::IsHere),
    };
    let user = gone.user.as_ref().ok_or(StorageError::LinkGone)?;
    if identities::is_another(conn, at.tenant, me, &user.body)? {
        return Err(StorageError::Refused(format!(
            "this is the place of {}, and your sign-in at the identity provider is somebody else's: ask an owner of the organisation",
            gone.member.user_name
        )));
    }
    let user = user.seq;
    Ok(people::merge(conn, at, (kept, gone), user)?)
}
