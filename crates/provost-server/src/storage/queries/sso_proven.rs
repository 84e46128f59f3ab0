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
use crate::people::{Address, Compared};
use crate::sso::{Answered, Arrived, Beside, Connection, Proven, ProvenStore, SignOn, Waiting};
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

    async fn waiting(
        &self,
        tenant: TenantId,
        states: Vec<Digest>,
        now: Timestamp,
    ) -> Result<Option<Waiting>> {
        self.read(move |conn| {
            Ok(sso_requests::waiting(conn, tenant, &states, now)?.map(|(waiting, _)| waiting))
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
            let tested = [in_force, draft].into_iter().flatten().find(|one| one.id.0 == connection);
            let Some(tested) = tested else { return Ok(None) };
            if let Some(why) = of_another(conn, tenant, &tested, &subject, account)? {
                return Ok(Some(why));
            }
            let known = sso::known(conn, tenant, tested.id, &subject)?;
            let is_linked = sso::is_linked(conn, tenant, tested.id, account)?;
            Ok(match known {
                Some((known, _)) if known != account => Some("this sign-in is linked to another account here".to_owned()),
                None if is_linked && tested.standing.is_on() => Some(
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
            let found = held(conn, tenant, crate::people::MembershipId(id))?;
            if found.standing.stage.account() != Some(me) {
                return Err(StorageError::LinkGone);
            }
            prove_place(&on, &waiting.person.subject, &found)?;
            if let Some(why) = of_another(conn, tenant, &on, &waiting.person.subject, me)? {
                return Err(StorageError::Refused(why));
            }
            sso::link(conn, tenant, on.id, sso::New::Account(&waiting.person.subject), me, now)?;
            let account = accounts::one(conn, me)?.ok_or(StorageError::LinkGone)?;
            Ok(Done::told((), linked(tenant, "account", &account, &found)))
        })
        .await
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
    let found = sso_requests::waiting(conn, at.tenant, &[state], at.now)?;
    let (waiting, connection) = found.ok_or(StorageError::LinkGone)?;
    if !sso_requests::drop_one(conn, at.tenant, state)? {
        return Err(StorageError::LinkGone);
    }
    let on = sso::of_tenant(conn, at.tenant)?.on().filter(|on| on.id == connection).cloned();
    Ok((waiting, on.ok_or(StorageError::LinkGone)?))
}

/// The account that is known as whoever came. One that is a member here no longer counts for who joins with another account, and, where
/// names are compared, for nobody but the same user of the directory: a name is given to the next person.
fn known(
    conn: &mut Conn,
    at: At<'_>,
    on: &Connection,
    (person, me): (&Proven, Option<AccountId>),
    joining: crate::people::MembershipId,
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

/// The account that joins: whoever is known joins as that one, and nobody as two.
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
pub(super) fn held(conn: &mut Conn, tenant: TenantId, id: crate::people::MembershipId) -> Result<Found> {
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
    match listed::one(conn, tenant, crate::people::MembershipId(id))? {
        Some(found) => prove_place(on, subject, &found),
        None => Ok(()),
    }
}

/// Why a sign-in cannot be that of an account: it is another member's, who would open the account with it from then on.
///
/// A membership from SCIM with the address of the account is most likely the person's second one, which an owner merges.
pub(super) fn of_another(
    conn: &mut Conn,
    tenant: TenantId,
    on: &Connection,
    subject: &str,
    account: AccountId,
) -> Result<Option<String>> {
    let key =
        |address: Option<&String>| address.and_then(|text| text.parse::<Address>().ok()).map(|one| one.key());
    let own = accounts::one(conn, account)?.and_then(|account| account.email);
    let own = key(own.as_ref());
    for found in arriving::members(conn, tenant, on, subject)? {
        let theirs = found.standing.stage.account();
        let is_second = theirs.is_none() && own.is_some() && key(found.member.email.as_ref()) == own;
        if theirs != Some(account) && !is_second {
            let who = found.member.display_name.unwrap_or(found.member.user_name);
            return Ok(Some(format!(
                "the identity provider signed you in as {who}, who is another member here: sign in there as yourself; or, if that is you \
                 too, have an owner merge the two members first"
            )));
        }
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
