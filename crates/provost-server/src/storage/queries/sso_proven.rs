//! Statements on sign-ins at an identity provider that count beside another proof.

use super::at::{At, Doer};
use super::invitations::Led;
use super::listed::Found;
use super::{
    Conn, Storage, accounts, arriving, directory, invitations, listed, organisations, people, presence,
    regain, sessions,
};
use super::{sso, sso_requests};
use crate::access::{Account, AccountId, Digest, NewSession};
use crate::audit::{Action, By, Deed, Done};
use crate::clock::Timestamp;
use crate::people::life::Event;
use crate::people::{AddressKey, Compared, MembershipId};
use crate::sso::{
    Again, Answered, Arrived, Beside, Connection, ConnectionId, Proved, Proven, ProvenStore, SignOn, Waiting,
};
use crate::storage::locks::{Held, Hold};
use crate::storage::schema::membership;
use crate::storage::{Result, StorageError};
use diesel::prelude::*;
use provost::hook::TenantId;

impl ProvenStore for Storage {
    async fn proved(&self, answered: Answered, person: Proven) -> Result<bool> {
        self.unrecorded(move |conn| {
            let Answered { tenant, state, names, ends, now } = &answered;
            let is_good = sso_requests::take(conn, *tenant, *state, *now)?
                && sso_requests::note(conn, *tenant, names, *ends)?;
            if is_good {
                sso_requests::keep_person(conn, *tenant, *state, &person)?;
            }
            Ok(is_good)
        })
        .await
    }

    async fn waiting(&self, tenant: TenantId, states: Vec<Digest>, now: Timestamp) -> Result<Vec<Waiting>> {
        self.read(move |conn| {
            let all = sso_requests::waiting(conn, tenant, &states, now)?;
            Ok(all.into_iter().map(|(waiting, _)| waiting).collect())
        })
        .await
    }

    async fn against(
        &self,
        tenant: TenantId,
        connection: i64,
        subject: String,
        account: AccountId,
    ) -> Result<Option<String>> {
        self.scan_at_once(move |conn| {
            let SignOn { in_force, draft } = sso::of_tenant(conn, tenant)?;
            let all = [in_force.as_ref(), draft.as_ref()];
            let Some(tested) = all.into_iter().flatten().find(|one| one.id.0 == connection) else {
                return Ok(None);
            };
            // a draft by which the same people sign in has the links of what is in force
            let links = in_force.as_ref().filter(|old| old.is_same(tested)).map_or(tested.id, |old| old.id);
            let mine = Mine { account, membership: None, address: None, links };
            if let Some(why) = of_another(conn, tenant, tested, &subject, &mine)? {
                return Ok(Some(why));
            }
            let known = sso::known(conn, tenant, links, &subject)?.map(|(known, _)| known);
            let is_on = in_force.as_ref().is_some_and(|old| old.id == links && old.standing.is_on());
            let is_linked = is_on && sso::is_linked(conn, tenant, links, account)?;
            Ok(match known {
                Some(known) if known == account => None,
                Some(known) if sso::is_member(conn, tenant, known)? => {
                    Some("this sign-in is linked to another account here".to_owned())
                }
                _ if is_linked => Some(
                    "your account is linked to another sign-in there, and this one would be refused at the Login URL".to_owned(),
                ),
                _ => None,
            })
        })
        .await
    }

    async fn join_by_proof(
        &self,
        by: By,
        tenant: TenantId,
        state: Digest,
        me: Option<AccountId>,
        session: NewSession,
    ) -> Result<Account> {
        let (keys, now, actor) = (self.keys(), by.at, by.actor.clone());
        self.change(by, move |conn| {
            let at = At { tenant, keys: &keys, now, doer: Doer::Actor(&actor) };
            conn.hold(Held::Organisation(tenant))?;
            organisations::prove_on(conn, tenant)?;
            let (waiting, on) = take(conn, at, state)?;
            let Beside::Invitation(link) = waiting.beside else { return Err(StorageError::LinkGone) };
            let led = invitations::led(conn, link)?.filter(|led| led.tenant == tenant && led.ends > now);
            let led = led.ok_or(StorageError::LinkGone)?;
            if led.account.is_some() {
                return relink(conn, at, (&led, &on), waiting.person, me, session.clone());
            }
            let known = known(conn, at, &on, (&waiting.person, me), led.id)?;
            let (id, made) = account_of(conn, at, me, known, &waiting.person)?;
            accounts::prove_on(conn, id)?;
            if sso::is_member(conn, tenant, id)? {
                return Err(StorageError::IsHere);
            }
            let found = held(conn, tenant, led.id)?;
            if found.standing.stage.account().is_some() {
                return Err(StorageError::HasJoined);
            }
            prove_place(&on, &waiting.person.subject, &found)?;
            let mine =
                Mine { account: id, membership: Some(led.id), address: Some(&led.address), links: on.id };
            prove_mine(conn, tenant, &on, &waiting.person.subject, &mine)?;
            people::happen(conn, at, &found, Event::Joined(id))?;
            sso::link(conn, tenant, on.id, sso::New::Invitation(&waiting.person.subject), id, now)?;
            let account = accounts::one(conn, id)?.ok_or(StorageError::LinkGone)?;
            let mut deeds: Vec<Deed> = made.into_iter().collect();
            deeds.push(
                Deed::of(tenant, Action::AcceptInvitation, &led.id)
                    .noting("account", id.0.to_string())
                    .about("email", Some(&led.address))
                    .about("name", Some(&account.name)),
            );
            deeds.push(linked(tenant, "invitation", &account, &found));
            if me.is_none() {
                presence::forget(conn, now)?;
                let arrived = arrived(&on, waiting.person, session.clone());
                sessions::insert_signed_on(conn, id, tenant, &arrived, now)?;
                deeds.push(Deed::of(tenant, Action::SignOn, &id.0).about("name", Some(&account.name)));
            }
            Ok(Done::several(account, deeds))
        })
        .await
    }

    async fn is_linked(&self, tenant: TenantId, account: AccountId) -> Result<bool> {
        self.read(move |conn| {
            let found = sso::of_tenant(conn, tenant)?;
            match found.on() {
                Some(on) => Ok(sso::is_linked(conn, tenant, on.id, account)?),
                None => Ok(false),
            }
        })
        .await
    }

    async fn link_by_proof(&self, by: By, tenant: TenantId, state: Digest, me: AccountId) -> Result<()> {
        let (keys, now, actor) = (self.keys(), by.at, by.actor.clone());
        self.change(by, move |conn| {
            let at = At { tenant, keys: &keys, now, doer: Doer::Actor(&actor) };
            conn.hold(Held::Organisation(tenant))?;
            organisations::prove_on(conn, tenant)?;
            let (waiting, on) = take(conn, at, state)?;
            if waiting.beside != Beside::Account(me) {
                return Err(StorageError::LinkGone);
            }
            accounts::prove_on(conn, me)?;
            let mine = membership::table.filter(membership::tenant.eq(tenant.0));
            let mine = mine.filter(membership::account.eq(me.0)).select(membership::id);
            let id = mine.first::<i64>(conn).optional()?.ok_or(StorageError::LinkGone)?;
            let found = held(conn, tenant, MembershipId(id))?;
            if found.standing.stage.account() != Some(me) {
                return Err(StorageError::LinkGone);
            }
            prove_place(&on, &waiting.person.subject, &found)?;
            let mine = Mine { account: me, membership: None, address: None, links: on.id };
            prove_mine(conn, tenant, &on, &waiting.person.subject, &mine)?;
            sso::link(conn, tenant, on.id, sso::New::Account(&waiting.person.subject), me, now)?;
            let account = accounts::one(conn, me)?.ok_or(StorageError::LinkGone)?;
            Ok(Done::told((), linked(tenant, "account", &account, &found)))
        })
        .await
    }

    async fn has_proved(
        &self,
        tenant: TenantId,
        states: Vec<Digest>,
        again: Again,
        now: Timestamp,
    ) -> Result<Proved> {
        self.read(move |conn| Ok(proof(conn, tenant, &states, &again, now)?.0)).await
    }

    async fn use_proof(
        &self,
        tenant: TenantId,
        states: Vec<Digest>,
        again: Again,
        now: Timestamp,
    ) -> Result<bool> {
        self.unrecorded(move |conn| {
            let (Proved::Yes, Some((waiting, on))) = proof(conn, tenant, &states, &again, now)? else {
                return Ok(false);
            };
            if !sso_requests::drop_one(conn, tenant, waiting.state)? {
                return Ok(false);
            }
            // a logout there names the newest sign-in
            sessions::signed_in_again(conn, again.session, &waiting.person)?;
            sso::note_seen(conn, tenant, on, &waiting.person.subject, now)?;
            Ok(true)
        })
        .await
    }
}

/// What the newest of these sign-ins proves that was begun by this session for this page. It counts only through what is in force. Our
/// request is not signed, so what it asks for may have been taken out of it on the way: a sign-in that the session is made of proves
/// nothing, and both times are of the identity provider's own clock.
fn proof(
    conn: &mut Conn,
    tenant: TenantId,
    states: &[Digest],
    again: &Again,
    now: Timestamp,
) -> Result<(Proved, Option<(Waiting, ConnectionId)>)> {
    let SignOn { in_force, .. } = sso::of_tenant(conn, tenant)?;
    let on = in_force.filter(|current| current.standing.is_on()).map(|current| current.id);
    let all = sso_requests::waiting(conn, tenant, states, now)?;
    let mine = |(waiting, connection): &(Waiting, ConnectionId)| {
        Some(*connection) == on && matches!(&waiting.beside, Beside::Again(begun) if begun == again)
    };
    let Some((waiting, connection)) = all.into_iter().find(mine) else { return Ok((Proved::No, None)) };
    let known = sso::known(conn, tenant, connection, &waiting.person.subject)?;
    if known.is_none_or(|(known, _)| known != again.account) {
        return Ok((Proved::SomebodyElse, None));
    }
    match sessions::signed_in(conn, again.session)? {
        Some(before) if waiting.person.signed_in <= before => Ok((Proved::NotAgain, None)),
        _ => Ok((Proved::Yes, Some((waiting, connection)))),
    }
}

/// Somebody who has joined, and whose account has no password, is known again: the link names the account.
fn relink(
    conn: &mut Conn,
    at: At<'_>,
    (led, on): (&Led, &Connection),
    person: Proven,
    me: Option<AccountId>,
    session: NewSession,
) -> Result<Done<Account>> {
    let id = led.account.ok_or(StorageError::LinkGone)?;
    if me.is_some_and(|me| me != id) {
        return Err(StorageError::Refused("this link is for another account: sign out first".to_owned()));
    }
    accounts::prove_on(conn, id)?;
    let found = held(conn, at.tenant, led.id)?;
    let without = regain::good(conn, led, &found)?.filter(|without| !without.is_linked);
    without.ok_or(StorageError::LinkGone)?;
    prove_place(on, &person.subject, &found)?;
    let mine = Mine { account: id, membership: Some(led.id), address: Some(&led.address), links: on.id };
    prove_mine(conn, at.tenant, on, &person.subject, &mine)?;
    sso::link(conn, at.tenant, on.id, sso::New::Invitation(&person.subject), id, at.now)?;
    invitations::used(conn, at.tenant, led.id, at.now)?;
    let account = accounts::one(conn, id)?.ok_or(StorageError::LinkGone)?;
    presence::forget(conn, at.now)?;
    sessions::insert_signed_on(conn, id, at.tenant, &arrived(on, person, session), at.now)?;
    let accepted = Deed::of(at.tenant, Action::AcceptInvitation, &led.id)
        .noting("account", id.0.to_string())
        .about("email", Some(&led.address))
        .about("name", Some(&account.name));
    let signed_on = Deed::of(at.tenant, Action::SignOn, &id.0).about("name", Some(&account.name));
    let linked = linked(at.tenant, "invitation", &account, &found);
    Ok(Done::several(account, [accepted, linked, signed_on]))
}

/// Uses up a sign-in that waits, if it came through what is on now.
fn take(conn: &mut Conn, at: At<'_>, state: Digest) -> Result<(Waiting, Connection)> {
    let found = sso_requests::waiting(conn, at.tenant, &[state], at.now)?.pop();
    let (waiting, connection) = found.ok_or(StorageError::LinkGone)?;
    if !sso_requests::drop_one(conn, at.tenant, state)? {
        return Err(StorageError::LinkGone);
    }
    let on = sso::of_tenant(conn, at.tenant)?.on().filter(|on| on.id == connection).cloned();
    Ok((waiting, on.ok_or(StorageError::LinkGone)?))
}

/// The account linked to the person who came. One that is a member here no longer counts for who joins with another account, and, where
/// names are compared, for nobody but the same user of the directory: a name is given to the next person.
fn known(
    conn: &mut Conn,
    at: At<'_>,
    on: &Connection,
    (person, me): (&Proven, Option<AccountId>),
    joining: MembershipId,
) -> Result<Option<AccountId>> {
    let known = sso::known(conn, at.tenant, on.id, &person.subject)?;
    let Some((account, through)) = known else { return Ok(None) };
    if me == Some(account) || sso::is_member(conn, at.tenant, account)? {
        return Ok(Some(account));
    }
    let user = listed::one(conn, at.tenant, joining)?.and_then(|found| found.user).map(|user| user.seq);
    let is_same_user = through.is_some() && through == user;
    let may_be_another = on.map.compared == Compared::UserName && !is_same_user;
    if me.is_none() && !may_be_another {
        return Ok(Some(account));
    }
    sso::forget(conn, at.tenant, on.id, &person.subject)?;
    Ok(None)
}

/// The account that joins: the linked one if there is one, so that nobody joins as two.
fn account_of(
    conn: &mut Conn,
    at: At<'_>,
    me: Option<AccountId>,
    known: Option<AccountId>,
    person: &Proven,
) -> Result<(AccountId, Option<Deed>)> {
    match (me, known) {
        (Some(me), Some(known)) if me != known => Err(StorageError::Refused(
            "the identity provider signed you in as somebody who is another account here: sign out, and open the invitation again".to_owned(),
        )),
        (Some(id), _) | (None, Some(id)) => Ok((id, None)),
        (None, None) => {
            let name = crate::names::name(&person.called).unwrap_or_else(|_unusable| "Member".to_owned());
            let id = accounts::insert_without_password(conn, at.keys, &name, at.now)?;
            Ok((id, Some(Deed::of(at.tenant, Action::CreateAccount, &id.0).about("name", Some(&name)))))
        }
    }
}

/// Holds the user and the membership, in the order in which a write of the directory takes them.
pub(super) fn held(conn: &mut Conn, tenant: TenantId, id: MembershipId) -> Result<Found> {
    let before = listed::one(conn, tenant, id)?.ok_or(StorageError::LinkGone)?;
    if let Some(user) = &before.user {
        directory::hold(conn, tenant, user.seq)?;
    }
    conn.hold(Held::Membership(tenant, id.0))?;
    listed::one(conn, tenant, id)?.ok_or(StorageError::LinkGone)
}

/// A place that the directory gave to somebody with an id is that person's.
fn prove_place(on: &Connection, subject: &str, found: &Found) -> Result<()> {
    let Some(user) = &found.user else { return Ok(()) };
    let compared = on.map.compared;
    if compared.names(&user.body) && !compared.is_of(subject, &user.body) {
        let who = &found.member.user_name;
        return Err(StorageError::Refused(format!(
            "this is the place of {who}, and the identity provider signed you in as somebody else: sign in there as {who}, or ask for the \
             assignment in your company's directory"
        )));
    }
    Ok(())
}

/// The same of the membership that an account has.
pub(super) fn prove_own_place(
    conn: &mut Conn,
    tenant: TenantId,
    on: &Connection,
    subject: &str,
    account: AccountId,
) -> Result<()> {
    let mine = membership::table.filter(membership::tenant.eq(tenant.0));
    let mine = mine.filter(membership::account.eq(account.0)).select(membership::id);
    let Some(id) = mine.first::<i64>(conn).optional()? else { return Ok(()) };
    match listed::one(conn, tenant, MembershipId(id))? {
        Some(found) => prove_place(on, subject, &found),
        None => Ok(()),
    }
}

/// The same, as a refusal.
pub(super) fn prove_mine(
    conn: &mut Conn,
    tenant: TenantId,
    on: &Connection,
    subject: &str,
    mine: &Mine<'_>,
) -> Result<()> {
    match of_another(conn, tenant, on, subject, mine)? {
        Some(why) => Err(StorageError::Refused(why)),
        None => Ok(()),
    }
}

/// Whom a sign-in is to be linked to.
pub(super) struct Mine<'a> {
    pub(super) account: AccountId,
    /// The membership that is joined by it.
    pub(super) membership: Option<MembershipId>,
    /// The address that the person is known to have, beside the account's own.
    pub(super) address: Option<&'a str>,
    /// The connection that has the links.
    pub(super) links: ConnectionId,
}

/// Why a sign-in cannot be linked to somebody: it is another member's, who would open the account with it from then on.
///
/// A membership from SCIM with an address of the person is most likely their second one, which an owner merges.
pub(super) fn of_another(
    conn: &mut Conn,
    tenant: TenantId,
    on: &Connection,
    subject: &str,
    mine: &Mine<'_>,
) -> Result<Option<String>> {
    let all = arriving::members(conn, tenant, on, subject)?;
    let is_mine = |found: &Found| {
        found.standing.stage.account() == Some(mine.account) || Some(found.id) == mine.membership
    };
    let known = sso::known(conn, tenant, mine.links, subject)?;
    if all.iter().any(is_mine) || known.is_some_and(|(known, _)| known == mine.account) {
        return Ok(None);
    }
    let own = accounts::one(conn, mine.account)?.and_then(|account| account.email);
    let own: Vec<AddressKey> = own.as_deref().into_iter().chain(mine.address).map(AddressKey::of).collect();
    for found in all {
        let addresses = found.user.as_ref().map(|user| AddressKey::of_user(&user.body)).unwrap_or_default();
        let has_account = found.standing.stage.account().is_some();
        if !has_account && addresses.iter().any(|address| own.contains(address)) {
            continue;
        }
        let who = found.member.display_name.unwrap_or(found.member.user_name);
        let or_merge = match has_account {
            true => "",
            false => {
                "; if that is you too, have the two members merged first, with `provost members merge` where the addresses differ"
            }
        };
        return Ok(Some(format!(
            "the identity provider signed you in as {who}, who is another member here: sign in there as yourself{or_merge}"
        )));
    }
    Ok(None)
}

fn arrived(on: &Connection, person: Proven, session: NewSession) -> Arrived {
    Arrived {
        connection: on.id,
        subject: person.subject,
        called: person.called,
        email: None,
        name_id: person.name_id,
        session_index: person.session_index,
        signed_in: Timestamp::from_millis(person.signed_in),
        ends: person.ends.map(Timestamp::from_millis),
        session,
    }
}

fn linked(tenant: TenantId, how: &str, account: &Account, found: &Found) -> Deed {
    Deed::of(tenant, Action::LinkSignOn, &account.id.0)
        .noting("how", how)
        .noting("member", found.id.0.to_string())
        .noting("role", found.standing.role.role().as_str())
        .about("name", Some(&account.name))
}
