//! Completes a sign-in through the identity provider: finds the account, lets in a member whom the directory made, and
//! begins the session, in the transaction that uses up the answer.

use super::at::At;
use super::directory::UserRow;
use super::listed::{self, Found};
use super::{
    Conn, accounts, directory, let_in, organisations, people, presence, sessions, sso, sso_requests,
};
use crate::access::{Account, AccountId};
use crate::audit::{Action, Deed, Done};
use crate::organisations::Organisation;
use crate::people::life::Event;
use crate::people::{Compared, MembershipId};
use crate::sso::{Answered, Arrived, Candidate, Connection, SignedOn, Unlinked, first, returning};
use crate::storage::Result;
use crate::storage::locks::{Held, Hold};
use crate::storage::schema::membership;
use diesel::prelude::*;
use provost::hook::TenantId;

/// Why a known person is not let in.
const NO_MEMBER: &str = "NoMember";
const OFF: &str = "AccountOff";

/// Who signed in.
enum Who {
    Member(Account, Vec<Deed>),
    Unlinked(Unlinked),
    NoMember(AccountId),
    Off(AccountId),
}

pub(super) fn arrive(
    conn: &mut Conn,
    at: At<'_>,
    answered: &Answered,
    person: &Arrived,
) -> Result<Done<SignedOn>> {
    let Answered { tenant, state, names, ends, .. } = answered;
    let tenant = *tenant;
    // keeps it from being switched off meanwhile; where newcomers are let in, two answers about the same person go one
    // after the other
    let lets_in = sso::of_tenant(conn, tenant)?.on().is_some_and(|on| on.standing.lets_in());
    conn.hold(if lets_in { Held::WholeOrganisation(tenant) } else { Held::Organisation(tenant) })?;
    let here = organisations::by_tenant(conn, tenant)?;
    let Some(here) = here.filter(|organisation| organisation.disabled.is_none()) else {
        return Ok(Done::nothing(SignedOn::Used));
    };
    let found = sso::of_tenant(conn, tenant)?;
    let Some(on) = found.on().filter(|on| on.id == person.connection) else {
        return Ok(Done::nothing(SignedOn::Used));
    };
    if !sso_requests::take(conn, tenant, *state, at.now)? || !sso_requests::note(conn, tenant, names, *ends)?
    {
        return Ok(Done::nothing(SignedOn::Used));
    }
    let who = match sso::known(conn, tenant, on.id, &person.subject)? {
        Some((account, through)) => known(conn, at, on, person, (account, through))?,
        None => match unknown(conn, at, on, person)? {
            Who::Unlinked(Unlinked::NotHere) if lets_in && on.standing.lets_in() && !here.scim => {
                stranger(conn, at, (&here, on), person)?
            }
            who => who,
        },
    };
    let refused = |code, of: &str| Deed::of(tenant, Action::SignOn, of).refused(code);
    let (account, deeds) = match who {
        Who::Member(account, deeds) => (account, deeds),
        Who::Unlinked(why) => return Ok(Done::told(SignedOn::Unknown(why), refused(why.code(), ""))),
        Who::NoMember(id) => {
            return Ok(Done::told(SignedOn::NoMember, refused(NO_MEMBER, &id.0.to_string())));
        }
        Who::Off(id) => return Ok(Done::told(SignedOn::Off, refused(OFF, &id.0.to_string()))),
    };
    presence::forget(conn, at.now)?;
    sessions::insert_signed_on(conn, account.id, tenant, person, at.now)?;
    sso::note_seen(conn, tenant, on.id, &person.subject, at.now)?;
    let deed = Deed::of(tenant, Action::SignOn, &account.id.0)
        .about("email", account.email.as_deref())
        .about("name", Some(&account.name))
        .about("browser", Some(&person.session.browser));
    Ok(Done::several(SignedOn::Done(account), deeds.into_iter().chain([deed])))
}

/// A person who was linked before, found by account and SCIM user.
fn known(
    conn: &mut Conn,
    at: At<'_>,
    on: &Connection,
    person: &Arrived,
    (id, through): (AccountId, Option<i64>),
) -> Result<Who> {
    // keeps it from being switched off meanwhile, which would end every session but this one
    conn.hold(Held::Account(id.0))?;
    let account = match accounts::one(conn, id)? {
        Some(account) if account.is_off => return Ok(Who::Off(id)),
        Some(account) => account,
        None => return Ok(Who::NoMember(id)),
    };
    if is_member(conn, at.tenant, id)? {
        // if the link was removed meanwhile, this session would outlive the others that ended with it
        let is_still = sso::known(conn, at.tenant, on.id, &person.subject)?.is_some_and(|(now, _)| now == id);
        return Ok(if is_still {
            Who::Member(account, Vec::new())
        } else {
            Who::Unlinked(Unlinked::NotHere)
        });
    }
    let compared = on.map.compared;
    let found = members(conn, at.tenant, on, &person.subject)?;
    let candidates = candidates(conn, at.tenant, on, &found)?;
    let Some(one) = returning(&candidates, compared, through) else { return Ok(Who::NoMember(id)) };
    let Some(found) = held(conn, at.tenant, (compared, &person.subject), found, one)? else {
        return Ok(Who::NoMember(id));
    };
    people::happen(conn, at, &found, Event::Joined(id))?;
    sso::through(conn, at.tenant, on.id, &person.subject, one.user)?;
    let deed = linked(at.tenant, &account, &found).noting("again", true);
    let came = joined(at.tenant, id, &found).noting("again", true);
    Ok(Who::Member(account, vec![came, deed]))
}

/// A person who was never linked.
fn unknown(conn: &mut Conn, at: At<'_>, on: &Connection, person: &Arrived) -> Result<Who> {
    let compared = on.map.compared;
    let found = members(conn, at.tenant, on, &person.subject)?;
    let candidates = candidates(conn, at.tenant, on, &found)?;
    let one = match first(&candidates) {
        Ok(one) => one,
        Err(why) => return Ok(Who::Unlinked(why)),
    };
    if let Some(id) = one.account {
        conn.hold(Held::Account(id.0))?;
    }
    let Some(found) = held(conn, at.tenant, (compared, &person.subject), found, one)? else {
        return Ok(Who::Unlinked(Unlinked::NotHere));
    };
    let mut deeds = Vec::new();
    let id = match one.account {
        Some(id) if accounts::one(conn, id)?.is_none_or(|account| account.is_off) => {
            return Ok(Who::Unlinked(Unlinked::Off));
        }
        Some(id) => id,
        None => {
            let name = called(person, &found);
            let id = accounts::insert_without_password(conn, at.keys, &name, at.now)?;
            deeds.push(Deed::of(at.tenant, Action::CreateAccount, &id.0).about("name", Some(&name)));
            people::happen(conn, at, &found, Event::Joined(id))?;
            deeds.push(joined(at.tenant, id, &found));
            id
        }
    };
    sso::link(conn, at.tenant, on.id, sso::New::Directory(&person.subject, one.user), id, at.now)?;
    let Some(account) = accounts::one(conn, id)? else { return Ok(Who::Unlinked(Unlinked::NotHere)) };
    deeds.push(linked(at.tenant, &account, &found));
    Ok(Who::Member(account, deeds))
}

/// A person whom the directory does not know, where such people are let in.
fn stranger(
    conn: &mut Conn,
    at: At<'_>,
    (here, on): (&Organisation, &Connection),
    person: &Arrived,
) -> Result<Who> {
    let is_known = !users(conn, at.tenant, on, &person.subject)?.is_empty();
    let come = if is_known { None } else { let_in::come(conn, at, here, on, person)? };
    let Some((id, deeds)) = come else { return Ok(Who::Unlinked(Unlinked::NotHere)) };
    let account = accounts::one(conn, id)?;
    Ok(account.map_or(Who::Unlinked(Unlinked::NotHere), |account| Who::Member(account, deeds)))
}

fn linked(tenant: TenantId, account: &Account, found: &Found) -> Deed {
    let user = found.member.scim_user_id.as_ref().map_or("", |id| id.as_str());
    Deed::of(tenant, Action::LinkSignOn, &account.id.0)
        .noting("how", "directory")
        .noting("member", found.id.0.to_string())
        .noting("user", user)
        .noting("role", found.standing.role.role().as_str())
        .noting("roleSource", found.standing.role.source())
        .about("name", Some(&account.name))
        .about("userName", Some(&found.member.user_name))
}

fn joined(tenant: TenantId, id: AccountId, found: &Found) -> Deed {
    Deed::of(tenant, Action::JoinMember, &found.id)
        .noting("account", id.0.to_string())
        .about("userName", Some(&found.member.user_name))
}

/// The name for a new account.
fn called(person: &Arrived, found: &Found) -> String {
    let member = &found.member;
    let names = [Some(person.called.as_str()), member.display_name.as_deref(), Some(&member.user_name)];
    let mut names = names.into_iter().flatten().filter_map(|text| crate::names::name(text).ok());
    names.next().unwrap_or_else(|| "Member".to_owned())
}

/// The SCIM users who match the person who signed in.
fn users(conn: &mut Conn, tenant: TenantId, on: &Connection, subject: &str) -> Result<Vec<UserRow>> {
    let compared = on.map.compared;
    let mut users = match compared {
        Compared::UserName => directory::users_named(conn, tenant, subject)?,
        Compared::ObjectId | Compared::ExternalId => {
            let spellings = compared.spellings(subject);
            let spellings: Vec<&str> = spellings.iter().map(String::as_str).collect();
            directory::users_with_external_id(conn, tenant, &spellings)?
        }
    };
    users.retain(|user| compared.is_of(subject, &user.body));
    Ok(users)
}

/// The memberships of those SCIM users.
fn members(conn: &mut Conn, tenant: TenantId, on: &Connection, subject: &str) -> Result<Vec<Found>> {
    let users = users(conn, tenant, on, subject)?;
    if users.is_empty() {
        return Ok(Vec::new());
    }
    let ids: Vec<i64> = membership::table
        .filter(membership::tenant.eq(tenant.0))
        .filter(membership::user_seq.is_not_null())
        .filter(membership::user_seq.eq_any(users.iter().map(|user| user.seq)))
        .select(membership::id)
        .load(conn)?;
    listed::some(conn, tenant, &ids)
}

fn candidates(
    conn: &mut Conn,
    tenant: TenantId,
    on: &Connection,
    members: &[Found],
) -> Result<Vec<Candidate>> {
    let mut candidates = Vec::new();
    for found in members {
        let account = found.standing.stage.account();
        let is_linked = match account {
            Some(account) => sso::is_linked(conn, tenant, on.id, account)?,
            None => false,
        };
        let Some(user) = found.user.as_ref().map(|user| user.seq) else { continue };
        candidates.push(Candidate { user, role: found.standing.role.role(), account, is_linked });
    }
    Ok(candidates)
}

/// Locks the user and the membership, in the same order as a write of the directory; `None` if either has changed.
fn held(
    conn: &mut Conn,
    tenant: TenantId,
    (compared, subject): (Compared, &str),
    found: Vec<Found>,
    one: Candidate,
) -> Result<Option<Found>> {
    let is_one = |found: &Found| found.user.as_ref().is_some_and(|user| user.seq == one.user);
    let Some(before) = found.into_iter().find(is_one) else { return Ok(None) };
    directory::hold(conn, tenant, one.user)?;
    conn.hold(Held::Membership(tenant, before.id.0))?;
    let after = listed::one(conn, tenant, before.id)?.filter(|after| after.standing == before.standing);
    let is_still =
        |found: &Found| found.user.as_ref().is_some_and(|user| compared.is_of(subject, &user.body));
    Ok(after.filter(is_one).filter(is_still))
}

/// Whether an account is a member, which stays so until the transaction ends. Whoever ends the membership afterwards
/// ends the session too.
fn is_member(conn: &mut Conn, tenant: TenantId, account: AccountId) -> QueryResult<bool> {
    let Some(id) = membership_of(conn, tenant, account)? else { return Ok(false) };
    conn.hold(Held::Membership(tenant, id.0))?;
    Ok(membership_of(conn, tenant, account)? == Some(id))
}

fn membership_of(conn: &mut Conn, tenant: TenantId, account: AccountId) -> QueryResult<Option<MembershipId>> {
    let mine = membership::table.filter(membership::tenant.eq(tenant.0));
    let mine = mine.filter(membership::account.eq(account.0)).select(membership::id);
    Ok(mine.first::<i64>(conn).optional()?.map(MembershipId))
}
