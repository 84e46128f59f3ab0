//! The content of a mail, looked up when it is sent, so that names, addresses and roles are current.

use super::invitations::Leads;
use super::listed::{self, Found, address_of};
use super::outbox::{self, Look, Row};
use super::{
    Conn, accounts, brake as brakes, checks, identities, invitations, kept_owners, left_behind, links,
    organisations, regain,
};
use crate::access::{AccountId, Digest, Link, NewLink};
use crate::clock::Timestamp;
use crate::jobs::{
    Asked, Braked, Content, Doer, FormerAddress, Kind, Left, NO_ADDRESS, NewAddress, Occasion, OwnerChange,
    Ruled, Waiting, allowed,
};
use crate::people::{Address, InstanceKey, ManagedBy, MembershipId, Mode, Role};
use crate::slug::Slug;
use crate::storage::Result;
use crate::storage::schema::{account, membership, team, token};
use diesel::prelude::*;
use provost::hook::TenantId;

/// How many people a digest names.
const NAMED: usize = 50;

/// What to do with a mail that is due.
pub(super) fn look(
    conn: &mut Conn,
    key: &InstanceKey,
    row: &Row,
    kind: Kind,
    was_refused: bool,
    now: Timestamp,
) -> Result<Look> {
    match kind {
        Kind::Invitation => invitation(conn, key, row, was_refused, now),
        Kind::PasswordReset => reset(conn, key, row, now),
        Kind::ConfirmAddress => confirm_address(conn, key, row, now),
        Kind::AddressChanged => address_changed(conn, row),
        Kind::TokenEnds => token_ends(conn, row),
        Kind::Digest => digest(conn, row),
        Kind::OwnerChanged => owner_changed(conn, row),
        Kind::LeftBehind => left_behind(conn, row),
        Kind::Brake => brake(conn, row, now),
        Kind::LastOwner => last_owner(conn, row, now),
        Kind::Silence => silence(conn, row, now),
        Kind::SignOnRule => sign_on_rule(conn, row),
        #[cfg(feature = "sso")]
        Kind::CertificateEnds => certificate_ends(conn, row, now),
        #[cfg(not(feature = "sso"))]
        Kind::CertificateEnds => Ok(Look::Obsolete),
    }
}

fn invitation(
    conn: &mut Conn,
    key: &InstanceKey,
    row: &Row,
    was_refused: bool,
    now: Timestamp,
) -> Result<Look> {
    let asked: Asked = row.read()?;
    let Some((organisation, found)) = whom(conn, row)? else { return Ok(Look::Obsolete) };
    let (id, number, mode) = (found.id, asked.number, organisation.inviting.mode);
    // who has joined meanwhile needs none; nor who had, and can come in again by now
    let regained = match (asked.account.map(AccountId), found.standing.stage.account()) {
        (None, None) => None,
        (Some(of), Some(account)) if of == account => match regain::look(conn, row.tenant(), &found)? {
            Ok(without) => Some(without),
            Err(_) => return Ok(Look::Obsolete),
        },
        (Some(_), _) | (_, Some(_)) => return Ok(Look::Obsolete),
    };
    if row.by_mode && mode == Mode::Off {
        return Ok(Look::Obsolete);
    }
    if row.by_mode && mode == Mode::Team && found.member.teams.is_empty() {
        return Ok(Look::InTeam);
    }
    let to = address_of(&found);
    // a write of SCIM must not say where the link to an account goes
    if asked.account.is_some() && asked.address.as_deref() != to.as_ref().map(Address::as_str) {
        return Ok(Look::Obsolete);
    }
    let Some(to) = to else { return Ok(Look::Impossible(NO_ADDRESS)) };
    if was_refused && invitations::refused_at(conn, row.tenant(), id)?.as_deref() == Some(to.as_str()) {
        return Ok(Look::StillRefused);
    }
    if let Some(next) = next(conn, row, &to, now)? {
        return Ok(Look::Later(next));
    }
    let link = key.invitation(row.tenant(), id, number);
    let ends = Timestamp::from_millis(now.as_millis().saturating_add(organisation.inviting.days.millis()));
    let whose = found.standing.stage.account();
    let leads = Leads { id, number, whose, address: to.as_str(), ends };
    invitations::keep_link(conn, row.tenant(), link.digest(), &leads)?;
    let inviter = match asked.by {
        Some(by) => accounts::one(conn, AccountId(by))?,
        None => None,
    };
    let contact = match inviter.as_ref().and_then(|inviter| inviter.email.clone()) {
        Some(address) => Some(address),
        None => an_owner(conn, row.tenant())?,
    };
    let teams = team_names(conn, row.tenant(), &found.member.teams)?;
    let provider = (found.standing.managed_by == ManagedBy::Scim).then_some(organisation.provider);
    let is_required = identities::emergency(conn, row.tenant())?.is_some();
    let signs_in_at = is_required.then_some(organisation.provider);
    let content = Content::Invitation {
        signs_in_at,
        organisation: Box::new(organisation),
        id,
        number,
        occasion: match (regained, asked) {
            (Some(without), _) if without.is_on && !without.is_linked => Occasion::Unlinked,
            (Some(_), _) => Occasion::NoPassword,
            (None, Asked { renewed: true, .. }) => Occasion::Renewed,
            (None, Asked { number: ..=1, .. }) => Occasion::First,
            (None, Asked { .. }) => Occasion::Again,
        },
        provider,
        inviter: inviter.map(|inviter| inviter.name),
        role: found.standing.role.role(),
        teams,
        link,
        ends,
        contact,
    };
    Ok(Look::Send(content, to))
}

/// The organisation and the member a mail is about.
fn whom(conn: &mut Conn, row: &Row) -> Result<Option<(crate::organisations::Organisation, Found)>> {
    let Some(id) = row.membership.map(MembershipId) else { return Err(row.damaged()) };
    let Some(organisation) = organisations::by_tenant(conn, row.tenant())? else { return Ok(None) };
    Ok(listed::one(conn, row.tenant(), id)?.map(|found| (organisation, found)))
}

/// When an address may be mailed next, if not now. Strangers can cause invitations and password mails, so each address
/// has a limit.
fn next(conn: &mut Conn, row: &Row, to: &Address, now: Timestamp) -> Result<Option<Timestamp>> {
    let mailed = outbox::mailed(conn, row, Digest::of(to.key().as_str()), now)?;
    Ok(allowed(&mailed, now))
}

/// The names of teams, no more than a mail shows.
pub(super) fn team_names(conn: &mut Conn, tenant: TenantId, slugs: &[Slug]) -> Result<Vec<String>> {
    let slugs = slugs.iter().take(NAMED).map(Slug::as_str);
    let named = team::table.filter(team::tenant.eq(tenant.0)).filter(team::slug.eq_any(slugs));
    Ok(named.order(team::name).select(team::name).load(conn)?)
}

/// The address of a joined owner.
fn an_owner(conn: &mut Conn, tenant: TenantId) -> Result<Option<String>> {
    an_owner_but(conn, tenant, None)
}

fn an_owner_but(conn: &mut Conn, tenant: TenantId, not: Option<AccountId>) -> Result<Option<String>> {
    let owner: Option<Option<String>> = membership::table
        .inner_join(account::table.on(membership::account.eq(account::id.nullable())))
        .filter(membership::tenant.eq(tenant.0))
        .filter(membership::role.eq(diesel::dsl::sql::<diesel::sql_types::Text>("'owner'")))
        .filter(account::email.is_not_null())
        .filter(account::disabled.is_null())
        // no account has this id
        .filter(account::id.ne(not.map_or(i64::MIN, |id| id.0)))
        .order(membership::id)
        .select(account::email)
        .first(conn)
        .optional()?;
    Ok(owner.flatten())
}

#[derive(serde::Deserialize)]
struct OfReset {
    account: i64,
    number: i64,
}

fn reset(conn: &mut Conn, key: &InstanceKey, row: &Row, now: Timestamp) -> Result<Look> {
    let OfReset { account, number } = row.read()?;
    let account = accounts::one(conn, AccountId(account))?.filter(|account| !account.is_off);
    let Some(account) = account else { return Ok(Look::Obsolete) };
    let Some(to) = account.email.as_deref().and_then(|email| email.parse::<Address>().ok()) else {
        return Ok(Look::Obsolete);
    };
    if let Some(next) = next(conn, row, &to, now)? {
        return Ok(Look::Later(next));
    }
    let link = key.reset(account.id.0, number);
    let new = NewLink { hash: link.digest(), link: Link::Reset(account.id), now };
    links::insert(conn, &new)?;
    Ok(Look::Send(Content::PasswordReset { account: account.id, link, ends: new.ends() }, to))
}

fn confirm_address(conn: &mut Conn, key: &InstanceKey, row: &Row, now: Timestamp) -> Result<Look> {
    let NewAddress { account, number, email } = row.read()?;
    let account = AccountId(account);
    let Ok(to) = email.parse::<Address>() else { return Err(row.damaged()) };
    if accounts::one(conn, account)?.is_none_or(|account| account.is_off) {
        return Ok(Look::Obsolete);
    }
    if let Some(next) = next(conn, row, &to, now)? {
        return Ok(Look::Later(next));
    }
    let link = key.address(account.0, number);
    let new = NewLink { hash: link.digest(), link: Link::Address(account, to.clone()), now };
    links::insert(conn, &new)?;
    Ok(Look::Send(Content::ConfirmAddress { account, link, ends: new.ends() }, to))
}

fn address_changed(conn: &mut Conn, row: &Row) -> Result<Look> {
    let FormerAddress { account, at, email, now } = row.read()?;
    let Ok(to) = email.parse() else { return Err(row.damaged()) };
    let contact = another_owner(conn, AccountId(account))?;
    let at = Timestamp::from_millis(at);
    Ok(Look::Send(Content::AddressChanged { address: now, at, contact }, to))
}

/// The address of another owner of one of the account's organisations.
fn another_owner(conn: &mut Conn, id: AccountId) -> Result<Option<String>> {
    let of: Vec<i64> =
        membership::table.filter(membership::account.eq(id.0)).select(membership::tenant).load(conn)?;
    for tenant in of {
        if let Some(address) = an_owner_but(conn, TenantId(tenant), Some(id))? {
            return Ok(Some(address));
        }
    }
    Ok(None)
}

#[derive(serde::Deserialize)]
struct OfToken {
    key_id: String,
    days: i64,
}

fn token_ends(conn: &mut Conn, row: &Row) -> Result<Look> {
    type Columns = (String, Option<i64>, Option<i64>);
    let OfToken { key_id, days } = row.read()?;
    let Some((organisation, found)) = whom(conn, row)? else { return Ok(Look::Obsolete) };
    let still: Option<Columns> = token::table
        .find(&key_id)
        .filter(token::tenant.eq(row.tenant().0))
        .filter(token::revoked.is_null())
        .filter(token::ended.is_null())
        .select((token::label, token::expires, token::last_used))
        .first(conn)
        .optional()?;
    let Some((label, Some(ends), last_used)) = still else { return Ok(Look::Obsolete) };
    let Some(to) = sign_in_address(conn, &found)? else { return Ok(Look::Impossible(NO_ADDRESS)) };
    let content = Content::TokenEnds {
        organisation: Box::new(organisation),
        token: if label.is_empty() { key_id } else { format!("{label} ({key_id})") },
        days,
        ends: Timestamp::from_millis(ends),
        last_used: last_used.map(Timestamp::from_millis),
    };
    Ok(Look::Send(content, to))
}

fn left_behind(conn: &mut Conn, row: &Row) -> Result<Look> {
    let Left { member, since } = row.read()?;
    let Some((organisation, owner)) = whom(conn, row)? else { return Ok(Look::Obsolete) };
    let id = MembershipId(member);
    // an owner decided meanwhile, or the person is assigned again
    let is_open = left_behind::since(conn, row.tenant(), id)? == Some(since);
    let found = if is_open { listed::one(conn, row.tenant(), id)? } else { None };
    let Some(found) = found.filter(|_| owner.standing.role.role() == Role::Owner) else {
        return Ok(Look::Obsolete);
    };
    let Some(to) = sign_in_address(conn, &owner)? else { return Ok(Look::Impossible(NO_ADDRESS)) };
    let content = Content::LeftBehind {
        organisation: Box::new(organisation),
        id,
        address: found.member.email.clone().unwrap_or_default(),
        role: found.standing.role.role(),
        name: left_behind::name(found),
        since: Timestamp::from_millis(since),
    };
    Ok(Look::Send(content, to))
}

fn brake(conn: &mut Conn, row: &Row, now: Timestamp) -> Result<Look> {
    let Braked { ended, limit, at } = row.read()?;
    let Some((organisation, owner)) = whom(conn, row)? else { return Ok(Look::Obsolete) };
    if owner.standing.role.role() != Role::Owner {
        return Ok(Look::Obsolete);
    }
    let Some(to) = sign_in_address(conn, &owner)? else { return Ok(Look::Impossible(NO_ADDRESS)) };
    let is_lifted = brakes::state(conn, row.tenant(), now)?.lift.is_some();
    let (organisation, at) = (Box::new(organisation), Timestamp::from_millis(at));
    Ok(Look::Send(Content::Brake { organisation, ended, limit, at, is_lifted }, to))
}

fn last_owner(conn: &mut Conn, row: &Row, now: Timestamp) -> Result<Look> {
    let Left { member, .. } = row.read()?;
    let Some((organisation, manager)) = whom(conn, row)? else { return Ok(Look::Obsolete) };
    // somebody else became an owner meanwhile
    let still = kept_owners::now(conn, row.tenant(), now)?.filter(|owner| owner.id.0 == member);
    let Some(owner) = still else { return Ok(Look::Obsolete) };
    let Some(found) = listed::one(conn, row.tenant(), owner.id)? else { return Ok(Look::Obsolete) };
    let Some(to) = sign_in_address(conn, &manager)? else { return Ok(Look::Impossible(NO_ADDRESS)) };
    let content = Content::LastOwner {
        organisation: Box::new(organisation),
        name: owner.name,
        address: found.member.email.unwrap_or_default(),
        since: owner.since,
    };
    Ok(Look::Send(content, to))
}

fn silence(conn: &mut Conn, row: &Row, now: Timestamp) -> Result<Look> {
    let Some((organisation, owner)) = whom(conn, row)? else { return Ok(Look::Obsolete) };
    let facts = checks::gather(conn, organisation.clone(), true, now)?;
    // it calls again, or is no longer expected to
    let still = crate::checks::silence(&facts).filter(|_| owner.standing.role.role() == Role::Owner);
    let Some(silence) = still else { return Ok(Look::Obsolete) };
    let Some(to) = sign_in_address(conn, &owner)? else { return Ok(Look::Impossible(NO_ADDRESS)) };
    Ok(Look::Send(Content::Silence { organisation: Box::new(organisation), silence }, to))
}

fn digest(conn: &mut Conn, row: &Row) -> Result<Look> {
    let Some((organisation, found)) = whom(conn, row)? else { return Ok(Look::Obsolete) };
    let total = invitations::uninvited(conn, row.tenant())?;
    if total == 0 || organisation.inviting.mode != Mode::Digest {
        return Ok(Look::Obsolete);
    }
    let Some(to) = sign_in_address(conn, &found)? else { return Ok(Look::Impossible(NO_ADDRESS)) };
    let mut waiting = Vec::new();
    for id in invitations::uninvited_ids(conn, row.tenant(), NAMED)? {
        let Some(one) = listed::one(conn, row.tenant(), id)? else { continue };
        let address = address_of(&one).map(|address| address.to_string()).unwrap_or_default();
        let name = one.member.display_name.unwrap_or(one.member.user_name);
        // the upper bits of a key are its time
        let since = Timestamp::from_millis(id.0 >> 21);
        waiting.push(Waiting { name, address, since });
    }
    Ok(Look::Send(Content::Digest { organisation: Box::new(organisation), waiting, total }, to))
}

fn owner_changed(conn: &mut Conn, row: &Row) -> Result<Look> {
    let change: OwnerChange = row.read()?;
    let Some(organisation) = organisations::by_tenant(conn, row.tenant())? else { return Ok(Look::Obsolete) };
    let to = accounts::one(conn, AccountId(change.to))?;
    let person = accounts::one(conn, AccountId(change.account))?;
    let (Some(to), Some(person)) = (to, person) else { return Ok(Look::Obsolete) };
    let Some(address) = to.email.and_then(|email| email.parse::<Address>().ok()) else {
        return Ok(Look::Impossible(NO_ADDRESS));
    };
    let by = doer(conn, &change.by, change.id)?;
    let content = Content::OwnerChanged {
        organisation: Box::new(organisation),
        person: person.name,
        address: person.email,
        is_owner: change.is_owner,
        is_own: change.to == change.account,
        by,
        at: Timestamp::from_millis(change.at),
        contact: an_owner(conn, row.tenant())?,
    };
    Ok(Look::Send(content, address))
}

/// Where to mail somebody who has joined: the address for sign-in, else the one in the lists.
fn sign_in_address(conn: &mut Conn, found: &Found) -> Result<Option<Address>> {
    let account = match found.standing.stage.account() {
        Some(id) => accounts::one(conn, id)?,
        None => return Ok(None),
    };
    let own = account.and_then(|account| account.email).and_then(|email| email.parse().ok());
    Ok(own.or_else(|| address_of(found)))
}

/// The doer, by kind of actor and id.
fn doer(conn: &mut Conn, kind: &str, id: String) -> Result<Doer> {
    Ok(match kind {
        "token" => Doer::Provider,
        "link" => Doer::Invited,
        "person" => {
            let account = match id.parse().ok().map(AccountId) {
                Some(id) => accounts::one(conn, id)?,
                None => None,
            };
            let name = account.map_or_else(|| "somebody whose account is deleted".to_owned(), |one| one.name);
            Doer::Person(name)
        }
        _ => Doer::Command(id),
    })
}

fn sign_on_rule(conn: &mut Conn, row: &Row) -> Result<Look> {
    let Ruled { emergency, by, id, at } = row.read()?;
    let Some((organisation, owner)) = whom(conn, row)? else { return Ok(Look::Obsolete) };
    if owner.standing.role.role() != Role::Owner {
        return Ok(Look::Obsolete);
    }
    let Some(to) = sign_in_address(conn, &owner)? else { return Ok(Look::Impossible(NO_ADDRESS)) };
    let used = match emergency {
        Some(id) => accounts::one(conn, AccountId(id))?.map(|account| (account.name, account.email)),
        None => None,
    };
    let (organisation, at) = (Box::new(organisation), Timestamp::from_millis(at));
    Ok(Look::Send(Content::SignOnRule { organisation, used, by: doer(conn, &by, id)?, at }, to))
}

#[cfg(feature = "sso")]
fn certificate_ends(conn: &mut Conn, row: &Row, now: Timestamp) -> Result<Look> {
    let ending: crate::jobs::Ending = row.read()?;
    let Some((organisation, owner)) = whom(conn, row)? else { return Ok(Look::Obsolete) };
    let facts = checks::gather(conn, organisation.clone(), true, now)?;
    // there is a new certificate, or a later warning
    let still =
        crate::checks::warning(&facts).filter(|now| now.ends == ending.ends && now.days == ending.days);
    let still = still.filter(|_| owner.standing.role.role() == Role::Owner);
    let Some(ending) = still else { return Ok(Look::Obsolete) };
    let Some(to) = sign_in_address(conn, &owner)? else { return Ok(Look::Impossible(NO_ADDRESS)) };
    Ok(Look::Send(Content::CertificateEnds { organisation: Box::new(organisation), ending }, to))
}
