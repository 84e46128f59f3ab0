//! Rows of `outbox`: queues mail and takes it back. `mail.rs` sends it.
//!
//! `due` is when to look at a row next. Whoever takes a row moves `due` to the end of a lease, after which another
//! server may take it over. A row that only a person or an event can move on has no `due`.

use super::Conn;
use crate::access::Digest;
use crate::clock::Timestamp;
use crate::jobs::{Asked, Content, JobName, JobState, Kind, NewJob};
use crate::people::{Address, MembershipId};
use crate::storage::fixed::Fixed;
use crate::storage::later::Later;
use crate::storage::schema::outbox;
use crate::storage::{Result, StorageError};
use diesel::prelude::*;
use provost::hook::TenantId;

pub(super) const WAITING: &str = JobState::Waiting.as_str();
pub(super) const SENDING: &str = JobState::Sending.as_str();
pub(super) const SENT: &str = JobState::Sent.as_str();
pub(super) const FAILED: &str = JobState::Failed.as_str();

/// What sending needs from a row.
#[derive(Queryable)]
pub(super) struct Row {
    tenant: i64,
    pub(super) name: String,
    pub(super) kind: String,
    pub(super) membership: Option<i64>,
    detail: String,
    pub(super) by_mode: bool,
    pub(super) state: String,
    pub(super) due: Option<i64>,
    pub(super) attempts: i64,
    pub(super) begun: Option<i64>,
}

impl Row {
    pub(super) const fn tenant(&self) -> TenantId {
        TenantId(self.tenant)
    }

    /// Parses the detail.
    pub(super) fn read<T: serde::de::DeserializeOwned>(&self) -> Result<T> {
        serde_json::from_str(&self.detail).map_err(|_broken| self.damaged())
    }

    pub(super) fn damaged(&self) -> StorageError {
        StorageError::Damaged { what: "mail", text: format!("{}: {}", self.name, self.detail) }
    }
}

#[diesel::dsl::auto_type]
pub(super) fn columns() -> _ {
    (
        outbox::tenant,
        outbox::name,
        outbox::kind,
        outbox::membership,
        outbox::detail,
        outbox::by_mode,
        outbox::state,
        outbox::due,
        outbox::attempts,
        outbox::begun,
    )
}

/// What to do with a row that was taken.
pub(super) enum Look {
    Send(Content, Address),
    /// Later: the address was mailed recently.
    Later(Timestamp),
    /// Once the person is in a team.
    InTeam,
    /// Its reason is gone.
    Obsolete,
    /// It cannot be sent in the current state.
    Impossible(&'static str),
    /// It was refused, and nothing has changed since.
    StillRefused,
}

/// Queues a mail, unless the same one was queued before.
pub(super) fn put(conn: &mut Conn, tenant: TenantId, now: Timestamp, job: NewJob) -> QueryResult<()> {
    let row = (
        outbox::tenant.eq(tenant.0),
        outbox::name.eq(job.name.0),
        outbox::kind.eq(job.kind.as_str()),
        outbox::membership.eq(job.membership.map(|id| id.0)),
        outbox::detail.eq(job.detail.to_string()),
        outbox::by_mode.eq(job.by_mode),
        outbox::state.eq(WAITING),
        outbox::due.eq(job.due.map(Timestamp::as_millis)),
        outbox::made.eq(now.as_millis()),
    );
    conn.later(Fixed(diesel::insert_into(outbox::table).values(row).on_conflict_do_nothing()))
}

/// Drops the unsent mail about a membership that is gone or whose person has joined.
pub(super) fn forget(conn: &mut Conn, tenant: TenantId, id: MembershipId) -> QueryResult<()> {
    let of_membership = outbox::table
        .filter(outbox::tenant.eq(tenant.0))
        .filter(outbox::membership.eq(id.0))
        .filter(outbox::state.ne(SENT));
    conn.later(diesel::delete(of_membership))
}

/// The same of its invitations alone: of a member who has joined, other mail goes on.
pub(super) fn forget_invitation(conn: &mut Conn, tenant: TenantId, id: MembershipId) -> QueryResult<()> {
    let of_membership = outbox::table
        .filter(outbox::tenant.eq(tenant.0))
        .filter(outbox::membership.eq(id.0))
        .filter(outbox::kind.eq(Kind::Invitation.as_str()))
        .filter(outbox::state.ne(SENT));
    conn.later(diesel::delete(of_membership))
}

/// Drops what the previous mode would have sent.
pub(super) fn take_back(conn: &mut Conn, tenant: TenantId) -> QueryResult<()> {
    let waiting = outbox::table
        .filter(outbox::tenant.eq(tenant.0))
        .filter(outbox::by_mode.eq(true))
        .filter(outbox::state.eq(WAITING));
    diesel::delete(waiting).execute(conn)?;
    Ok(())
}

/// Deletes all mail of an organisation that is being deleted.
pub(super) fn purge(conn: &mut Conn, tenant: TenantId) -> QueryResult<()> {
    diesel::delete(outbox::table.filter(outbox::tenant.eq(tenant.0))).execute(conn)?;
    Ok(())
}

/// An unsent mail about a membership: its state, when it is due, and what went wrong.
type NotSent = (JobState, Option<i64>, Option<String>);

/// The unsent invitation to a membership.
pub(super) fn unsent(conn: &mut Conn, tenant: TenantId, id: MembershipId) -> Result<Option<NotSent>> {
    let row: Option<(String, Option<i64>, Option<String>)> = outbox::table
        .filter(outbox::tenant.eq(tenant.0))
        .filter(outbox::membership.eq(id.0))
        .filter(outbox::kind.eq(Kind::Invitation.as_str()))
        .filter(outbox::state.ne(SENT))
        .order(outbox::made.desc())
        .select((outbox::state, outbox::due, outbox::error))
        .first(conn)
        .optional()?;
    row.map(|(state, due, error)| Ok((read_state(state)?, due, error))).transpose()
}

/// Makes a queued invitation due at once, because somebody asks for it; whether there is one.
pub(super) fn hurry(
    conn: &mut Conn,
    tenant: TenantId,
    id: MembershipId,
    now: Timestamp,
) -> QueryResult<bool> {
    let of_membership = outbox::table
        .filter(outbox::tenant.eq(tenant.0))
        .filter(outbox::membership.eq(id.0))
        .filter(outbox::kind.eq(Kind::Invitation.as_str()))
        .filter(outbox::state.eq(WAITING));
    let change = (outbox::due.eq(now.as_millis()), outbox::by_mode.eq(false));
    Ok(diesel::update(of_membership).set(change).execute(conn)? > 0)
}

/// Whether a mail is queued whose name matches a pattern.
#[cfg(feature = "console")]
pub(super) fn has_waiting(conn: &mut Conn, tenant: TenantId, like: &str) -> QueryResult<bool> {
    let waiting = outbox::table
        .filter(outbox::tenant.eq(tenant.0))
        .filter(outbox::state.eq(WAITING))
        .filter(outbox::name.like(like))
        .select(outbox::name);
    Ok(waiting.first::<String>(conn).optional()?.is_some())
}

/// Drops unsent mail whose name matches a pattern.
#[cfg(feature = "console")]
pub(super) fn forget_named(conn: &mut Conn, tenant: TenantId, like: &str) -> QueryResult<()> {
    let unsent = outbox::table
        .filter(outbox::tenant.eq(tenant.0))
        .filter(outbox::state.ne(SENT))
        .filter(outbox::name.like(like));
    diesel::delete(unsent).execute(conn)?;
    Ok(())
}

/// The number of the latest queued invitation to a membership.
pub(super) fn last_number(conn: &mut Conn, tenant: TenantId, id: MembershipId) -> Result<i64> {
    let details: Vec<String> = outbox::table
        .filter(outbox::tenant.eq(tenant.0))
        .filter(outbox::membership.eq(id.0))
        .filter(outbox::kind.eq(Kind::Invitation.as_str()))
        .select(outbox::detail)
        .load(conn)?;
    let number = |detail: &String| serde_json::from_str::<Asked>(detail).map(|asked| asked.number).ok();
    Ok(details.iter().filter_map(number).max().unwrap_or(0))
}

/// When other mails of this kind were sent, or may be on their way, to an address; the latest first.
pub(super) fn mailed(conn: &mut Conn, row: &Row, to: Digest, now: Timestamp) -> QueryResult<Vec<Timestamp>> {
    const DAY_MS: i64 = 24 * 3_600_000;
    let rows: Vec<(Option<i64>, String)> = outbox::table
        .filter(outbox::recipient.eq(to.0.as_slice()))
        .filter(outbox::kind.eq(&row.kind))
        // another server may have been sending this very mail
        .filter(outbox::tenant.ne(row.tenant).or(outbox::name.ne(&row.name)))
        .filter(outbox::sent.gt(now.as_millis().saturating_sub(DAY_MS)).or(outbox::state.eq(SENDING)))
        .order(outbox::sent.desc())
        .select((outbox::sent, outbox::state))
        .load(conn)?;
    let mut times: Vec<i64> =
        rows.into_iter().map(|(sent, _)| sent.unwrap_or_else(|| now.as_millis())).collect();
    times.sort_unstable_by(|a, b| b.cmp(a));
    Ok(times.into_iter().map(Timestamp::from_millis).collect())
}

pub(super) fn read_state(text: String) -> Result<JobState> {
    JobState::stored(&text).ok_or(StorageError::Damaged { what: "state of a mail", text })
}

#[diesel::dsl::auto_type]
pub(super) fn one<'a>(tenant: TenantId, name: &'a JobName) -> _ {
    let (tenant, name): (i64, &'a str) = (tenant.0, name.0.as_str());
    outbox::table.filter(outbox::tenant.eq(tenant)).filter(outbox::name.eq(name))
}
