//! Rows of `invitation` and `invitation_link`: the state of an invitation, and where its links lead.

use super::at::At;
use super::{Conn, memberships, outbox};
use crate::access::{AccountId, Digest};
use crate::clock::Timestamp;
use crate::jobs::{JobState, NO_ADDRESS, NewJob};
use crate::people::{Invitation, MembershipId, Unsent};
use crate::storage::later::Later;
use crate::storage::schema::{invitation, invitation_link, membership, outbox as mail};
use crate::storage::{Result, StorageError};
use diesel::prelude::*;
use provost::hook::TenantId;

#[diesel::dsl::auto_type]
fn of(tenant: TenantId, id: MembershipId) -> _ {
    let (tenant, id): (i64, i64) = (tenant.0, id.0);
    invitation::table.filter(invitation::tenant.eq(tenant)).filter(invitation::membership.eq(id))
}

#[diesel::dsl::auto_type]
fn links_of(tenant: TenantId, id: MembershipId) -> _ {
    let (tenant, id): (i64, i64) = (tenant.0, id.0);
    invitation_link::table
        .filter(invitation_link::tenant.eq(tenant))
        .filter(invitation_link::membership.eq(id))
}

/// Where a link is to lead.
pub(super) struct Leads<'a> {
    pub(super) id: MembershipId,
    pub(super) number: i64,
    /// The account of a member who has joined.
    pub(super) whose: Option<AccountId>,
    pub(super) address: &'a str,
    pub(super) ends: Timestamp,
}

/// Stores the hash of a link before its mail is sent. Making the same link again extends its time.
pub(super) fn keep_link(
    conn: &mut Conn,
    tenant: TenantId,
    hash: Digest,
    leads: &Leads<'_>,
) -> QueryResult<()> {
    let (address, ends) = (leads.address, leads.ends);
    let account = leads.whose.map(|account| account.0);
    let row = (
        invitation_link::hash.eq(hash.0.as_slice()),
        invitation_link::tenant.eq(tenant.0),
        invitation_link::membership.eq(leads.id.0),
        invitation_link::number.eq(leads.number),
        invitation_link::address.eq(address),
        invitation_link::ends.eq(ends.as_millis()),
        invitation_link::account.eq(account),
    );
    diesel::insert_into(invitation_link::table)
        .values(row)
        .on_conflict(invitation_link::hash)
        .do_update()
        .set((invitation_link::address.eq(address), invitation_link::ends.eq(ends.as_millis())))
        .execute(conn)?;
    Ok(())
}

struct New<'a> {
    number: i64,
    state: &'static str,
    address: &'a str,
    error: Option<&'a str>,
    sent: Option<Timestamp>,
    ends: Option<Timestamp>,
}

fn set(conn: &mut Conn, tenant: TenantId, id: MembershipId, new: &New<'_>) -> QueryResult<()> {
    let row = (
        invitation::number.eq(new.number),
        invitation::state.eq(new.state),
        invitation::address.eq(new.address),
        invitation::error.eq(new.error),
        invitation::sent.eq(new.sent.map(Timestamp::as_millis)),
        invitation::ends.eq(new.ends.map(Timestamp::as_millis)),
    );
    diesel::insert_into(invitation::table)
        .values((invitation::tenant.eq(tenant.0), invitation::membership.eq(id.0), row))
        .on_conflict((invitation::tenant, invitation::membership))
        .do_update()
        .set(row)
        .execute(conn)?;
    memberships::show(conn, tenant, id)
}

/// The mail server accepted the mail, or the link was printed: earlier links end.
pub(super) fn sent(
    conn: &mut Conn,
    at: At<'_>,
    id: MembershipId,
    number: i64,
    address: &str,
    ends: Timestamp,
) -> QueryResult<()> {
    let (sent, ends) = (Some(at.now), Some(ends));
    set(conn, at.tenant, id, &New { number, state: "sent", address, error: None, sent, ends })?;
    let before = links_of(at.tenant, id).filter(invitation_link::number.lt(number));
    let now = at.now.as_millis();
    diesel::update(before.filter(invitation_link::ends.gt(now)))
        .set(invitation_link::ends.eq(now))
        .execute(conn)?;
    Ok(())
}

/// The mail server refused the mail. Earlier links are unchanged.
pub(super) fn bounced(
    conn: &mut Conn,
    at: At<'_>,
    id: MembershipId,
    number: i64,
    address: &str,
    error: &str,
) -> QueryResult<()> {
    let new = New { number, state: "bounced", address, error: Some(error), sent: None, ends: None };
    set(conn, at.tenant, id, &new)?;
    diesel::delete(links_of(at.tenant, id).filter(invitation_link::number.eq(number))).execute(conn)?;
    Ok(())
}

/// The address that a mail server refused, if one did.
pub(super) fn refused_at(conn: &mut Conn, tenant: TenantId, id: MembershipId) -> QueryResult<Option<String>> {
    let bounced = of(tenant, id).filter(invitation::state.eq("bounced"));
    let address: Option<Option<String>> = bounced.select(invitation::address).first(conn).optional()?;
    Ok(address.flatten())
}

/// The invitation has expired.
pub(super) fn end(conn: &mut Conn, tenant: TenantId, id: MembershipId) -> QueryResult<()> {
    diesel::update(of(tenant, id)).set(invitation::state.eq("ended")).execute(conn)?;
    memberships::show(conn, tenant, id)
}

/// The person has joined: unsent mail is dropped, and the links say so.
pub(super) fn accept(conn: &mut Conn, tenant: TenantId, id: MembershipId) -> QueryResult<()> {
    outbox::forget(conn, tenant, id)?;
    conn.later(diesel::update(of(tenant, id)).set(invitation::state.eq("accepted")))
}

/// A member who had joined before has used one: what is unsent is not needed, and no link is good any more.
#[cfg(feature = "console")]
pub(super) fn used(conn: &mut Conn, tenant: TenantId, id: MembershipId, now: Timestamp) -> QueryResult<()> {
    outbox::forget_invitation(conn, tenant, id)?;
    let now = now.as_millis();
    diesel::update(links_of(tenant, id).filter(invitation_link::ends.gt(now)))
        .set(invitation_link::ends.eq(now))
        .execute(conn)?;
    diesel::update(of(tenant, id)).set(invitation::state.eq("accepted")).execute(conn)?;
    Ok(())
}

/// The invitation is withdrawn: its links stop working, and unsent mail is dropped.
pub(super) fn withdraw(conn: &mut Conn, tenant: TenantId, id: MembershipId) -> QueryResult<()> {
    let number = number(conn, tenant, id)?;
    outbox::forget(conn, tenant, id)?;
    diesel::delete(links_of(tenant, id)).execute(conn)?;
    let new = New { number, state: "withdrawn", address: "", error: None, sent: None, ends: None };
    set(conn, tenant, id, &new)
}

/// The membership is being deleted.
pub(super) fn forget(conn: &mut Conn, tenant: TenantId, id: MembershipId) -> QueryResult<()> {
    conn.later(diesel::delete(of(tenant, id)))?;
    conn.later(diesel::delete(links_of(tenant, id)))
}

/// The organisation is being deleted.
pub(super) fn purge(conn: &mut Conn, tenant: TenantId) -> QueryResult<()> {
    diesel::delete(invitation::table.filter(invitation::tenant.eq(tenant.0))).execute(conn)?;
    diesel::delete(invitation_link::table.filter(invitation_link::tenant.eq(tenant.0))).execute(conn)?;
    Ok(())
}

/// The highest number of a link that was made, whether or not its mail was sent.
pub(super) fn last_link(conn: &mut Conn, tenant: TenantId, id: MembershipId) -> QueryResult<i64> {
    let number: Option<i64> =
        links_of(tenant, id).select(diesel::dsl::max(invitation_link::number)).first(conn)?;
    Ok(number.unwrap_or(0))
}

/// The number of the latest link.
pub(super) fn number(conn: &mut Conn, tenant: TenantId, id: MembershipId) -> QueryResult<i64> {
    let number: Option<i64> = of(tenant, id).select(invitation::number).first(conn).optional()?;
    Ok(number.unwrap_or(0))
}

pub(super) fn state_of(conn: &mut Conn, tenant: TenantId, id: MembershipId) -> Result<Invitation> {
    type Columns = (String, Option<String>, Option<String>, Option<i64>);
    let row: Option<Columns> = of(tenant, id)
        .select((invitation::state, invitation::address, invitation::error, invitation::ends))
        .first(conn)
        .optional()?;
    let unsent = outbox::unsent(conn, tenant, id)?;
    let at = |ms: Option<i64>| Timestamp::from_millis(ms.unwrap_or(0));
    let stored = match row {
        None => Invitation::None,
        Some((state, address, error, ends)) => {
            let to = address.unwrap_or_default();
            match state.as_str() {
                "sent" => Invitation::Sent { to, ends: at(ends) },
                "bounced" => Invitation::Bounced { to, error: error.unwrap_or_default() },
                "accepted" => Invitation::Accepted,
                "ended" => Invitation::Ended { to, at: at(ends) },
                "withdrawn" => Invitation::Withdrawn,
                _ => return Err(StorageError::Damaged { what: "state of an invitation", text: state }),
            }
        }
    };
    Ok(match unsent {
        None => stored,
        Some((JobState::Failed, ..)) if matches!(stored, Invitation::Bounced { .. }) => stored,
        Some((JobState::Failed, _, error)) => Invitation::Waiting(match error.unwrap_or_default() {
            error if error == NO_ADDRESS => Unsent::NoAddress,
            error => Unsent::GivenUp(error),
        }),
        Some((_, None, _)) => Invitation::Waiting(Unsent::NoTeam),
        Some((_, _, Some(error))) => Invitation::Waiting(Unsent::Tried(error)),
        Some((_, _, None)) => Invitation::Waiting(Unsent::Due),
    })
}

/// Members by SCIM who were never invited.
#[diesel::dsl::auto_type]
fn nobody_invited(tenant: TenantId) -> _ {
    let tenant: i64 = tenant.0;
    let invited = invitation::table
        .filter(invitation::tenant.eq(membership::tenant))
        .filter(invitation::membership.eq(membership::id));
    let waiting = mail::table
        .filter(mail::tenant.eq(membership::tenant))
        .filter(mail::membership.eq(membership::id.nullable()));
    membership::table
        .filter(membership::tenant.eq(tenant))
        .filter(membership::state.eq("provisioned"))
        .filter(diesel::dsl::not(diesel::dsl::exists(invited)))
        .filter(diesel::dsl::not(diesel::dsl::exists(waiting)))
}

pub(super) fn uninvited(conn: &mut Conn, tenant: TenantId) -> QueryResult<i64> {
    nobody_invited(tenant).count().get_result(conn)
}

/// The earliest of them.
pub(super) fn uninvited_ids(
    conn: &mut Conn,
    tenant: TenantId,
    most: usize,
) -> QueryResult<Vec<MembershipId>> {
    let most = i64::try_from(most).unwrap_or(i64::MAX);
    let ids: Vec<i64> =
        nobody_invited(tenant).order(membership::id).limit(most).select(membership::id).load(conn)?;
    Ok(ids.into_iter().map(MembershipId).collect())
}

/// Invites the earliest of them; returns how many.
pub(super) fn invite_waiting(
    conn: &mut Conn,
    at: At<'_>,
    by: Option<AccountId>,
    most: usize,
) -> QueryResult<usize> {
    let ids = uninvited_ids(conn, at.tenant, most)?;
    for id in &ids {
        outbox::put(conn, at.tenant, at.now, NewJob::first_invitation(*id, by, at.now))?;
    }
    Ok(ids.len())
}

/// Where a link leads.
pub(super) struct Led {
    pub(super) tenant: TenantId,
    pub(super) id: MembershipId,
    pub(super) address: String,
    pub(super) ends: Timestamp,
    /// Of a member who has joined: the only account that it opens.
    pub(super) account: Option<AccountId>,
}

pub(super) fn led(conn: &mut Conn, link: Digest) -> QueryResult<Option<Led>> {
    let row: Option<(i64, i64, String, i64, Option<i64>)> = invitation_link::table
        .find(link.0.as_slice())
        .select((
            invitation_link::tenant,
            invitation_link::membership,
            invitation_link::address,
            invitation_link::ends,
            invitation_link::account,
        ))
        .first(conn)
        .optional()?;
    Ok(row.map(|(tenant, id, address, ends, account)| Led {
        tenant: TenantId(tenant),
        id: MembershipId(id),
        address,
        ends: Timestamp::from_millis(ends),
        account: account.map(AccountId),
    }))
}
