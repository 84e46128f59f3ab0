//! Takes mail from the outbox under a lease for a worker to send, and notes the result.

use super::at::{At, Doer};
use super::organisations::mail_rests;
use super::outbox::{FAILED, Look, Row, SENDING, SENT, WAITING, columns, one, read_state};
use super::{Conn, Storage, invitations, letters, people, sweep};
use crate::access::Digest;
use crate::audit::{Action, By, Deed, Done};
use crate::clock::Timestamp;
use crate::jobs::{Content, Figures, Job, JobName, JobState, Kind, Order, OutboxStore, Patience, Step};
use crate::people::InstanceKey;
use crate::people::life::Event;
use crate::storage::locks::{Held, Hold};
use crate::storage::schema::outbox;
use crate::storage::{Result, StorageError};
use diesel::prelude::*;
use provost::hook::TenantId;

/// How many rows are considered when taking one, since others may be taking the first.
const CANDIDATES: i64 = 16;
/// Rows that fail together where the mail server is away.
const POSTPONED: i64 = 200;
/// When a mail for a refused address is looked at again: the address may have been corrected.
const LOOK_AGAIN_MS: i64 = 3_600_000;

impl OutboxStore for Storage {
    async fn take_mail(&self, key: InstanceKey, now: Timestamp, lease: Timestamp) -> Result<Step> {
        self.unrecorded(move |conn| take(conn, &key, now, lease)).await
    }

    async fn mail_taken(&self, by: By, order: Order) -> Result<()> {
        let (keys, now, actor) = (self.keys(), by.at, by.actor.clone());
        self.change(by, move |conn| {
            hold(conn, &order)?;
            let done = (
                outbox::state.eq(SENT),
                outbox::due.eq(None::<i64>),
                outbox::sent.eq(now.as_millis()),
                outbox::error.eq(None::<&str>),
            );
            if diesel::update(one(order.tenant, &order.name)).set(done).execute(conn)? == 0 {
                // the membership was deleted while the mail was being sent
                return Ok(Done::nothing(()));
            }
            let deed = match &order.content {
                Content::Invitation { id, number, ends, .. } => {
                    let at = At { tenant: order.tenant, keys: &keys, now, doer: Doer::Actor(&actor) };
                    invitations::sent(conn, at, *id, *number, order.to.as_str(), *ends)?;
                    people::befall(conn, at, *id, Event::Mailed)?;
                    Deed::of(order.tenant, Action::SendInvitation, id).noting("ends", ends.to_string())
                }
                Content::PasswordReset { account, .. } => Deed::of_account(*account, Action::SendResetLink),
                Content::ConfirmAddress { account, .. } => {
                    Deed::of_account(*account, Action::SendAddressLink)
                }
                Content::AddressChanged { .. }
                | Content::TokenEnds { .. }
                | Content::Digest { .. }
                | Content::OwnerChanged { .. }
                | Content::LeftBehind { .. }
                | Content::Brake { .. }
                | Content::LastOwner { .. }
                | Content::Silence { .. }
                | Content::SignOnRule { .. }
                | Content::CertificateEnds { .. } => Deed::of(order.tenant, Action::SendMail, &order.name),
            };
            Ok(Done::told((), deed.about("email", Some(order.to.as_str()))))
        })
        .await
    }

    async fn mail_failed(&self, order: Order, error: String, now: Timestamp) -> Result<()> {
        self.unrecorded(move |conn| {
            let failed = Failed::after(order.attempts, &error, now);
            // another server may have taken it over, and sent it
            let mine = one(order.tenant, &order.name)
                .filter(outbox::state.eq(SENDING))
                .filter(outbox::attempts.eq(order.attempts));
            diesel::update(mine).set(failed).execute(conn)?;
            Ok(())
        })
        .await
    }

    async fn mail_is_away(&self, error: String, now: Timestamp) -> Result<()> {
        self.unrecorded(move |conn| {
            let due = outbox::table.filter(outbox::due.le(now.as_millis())).filter(outbox::state.eq(WAITING));
            let due = due.filter(diesel::dsl::not(mail_rests())).order(outbox::due).limit(POSTPONED);
            let rows =
                due.select((outbox::tenant, outbox::name, outbox::due, outbox::attempts)).load(conn)?;
            Ok(postpone(conn, rows, &error, now)?)
        })
        .await
    }

    async fn mail_refused(&self, by: By, order: Order, error: String) -> Result<()> {
        let (keys, now, actor) = (self.keys(), by.at, by.actor.clone());
        self.change(by, move |conn| {
            hold(conn, &order)?;
            let is_invitation = matches!(order.content, Content::Invitation { .. });
            let again = is_invitation.then(|| now.as_millis().saturating_add(LOOK_AGAIN_MS));
            let change = (
                outbox::state.eq(FAILED),
                outbox::due.eq(again),
                outbox::error.eq(&error),
                outbox::recipient.eq(None::<Vec<u8>>),
            );
            if diesel::update(one(order.tenant, &order.name)).set(change).execute(conn)? == 0 {
                return Ok(Done::nothing(()));
            }
            let Content::Invitation { id, number, .. } = &order.content else { return Ok(Done::nothing(())) };
            let at = At { tenant: order.tenant, keys: &keys, now, doer: Doer::Actor(&actor) };
            invitations::bounced(conn, at, *id, *number, order.to.as_str(), &error)?;
            people::befall(conn, at, *id, Event::Unreached)?;
            let deed = Deed::of(order.tenant, Action::BounceInvitation, id).noting("said", error.as_str());
            Ok(Done::told((), deed.about("email", Some(order.to.as_str()))))
        })
        .await
    }

    async fn sweep(&self, now: Timestamp) -> Result<bool> {
        let keys = self.keys();
        self.unrecorded(move |conn| sweep::sweep(conn, &keys, now)).await
    }

    async fn outbox(&self, tenant: TenantId, states: Vec<JobState>, limit: i64) -> Result<Vec<Job>> {
        type Columns = (String, String, String, Option<i64>, i64, Option<String>, i64, Option<i64>);
        self.scan(move |conn| {
            let words = states.iter().map(|state| state.as_str());
            let rows: Vec<Columns> = outbox::table
                .filter(outbox::tenant.eq(tenant.0))
                .filter(outbox::state.eq_any(words))
                .order((outbox::made, outbox::name))
                .limit(limit)
                .select((
                    outbox::name,
                    outbox::kind,
                    outbox::state,
                    outbox::due,
                    outbox::attempts,
                    outbox::error,
                    outbox::made,
                    outbox::sent,
                ))
                .load(conn)?;
            rows.into_iter()
                .map(|(name, kind, state, due, attempts, error, made, sent)| {
                    let at = |ms: Option<i64>| ms.map(Timestamp::from_millis);
                    let (state, made) = (read_state(state)?, at(Some(made)));
                    let name = JobName(name);
                    Ok(Job { name, kind, state, due: at(due), attempts, error, made, sent: at(sent) })
                })
                .collect()
        })
        .await
    }

    async fn retry_mail(&self, by: By, tenant: TenantId, name: JobName) -> Result<()> {
        let now = by.at;
        self.change(by, move |conn| {
            let again = (
                outbox::state.eq(WAITING),
                outbox::due.eq(now.as_millis()),
                outbox::attempts.eq(0),
                outbox::begun.eq(None::<i64>),
            );
            let unsent = one(tenant, &name).filter(outbox::state.eq(WAITING).or(outbox::state.eq(FAILED)));
            match diesel::update(unsent).set(again).execute(conn)? {
                0 => Err(StorageError::NoMail(name.to_string())),
                _ => Ok(Done::told((), Deed::of(tenant, Action::RetryMail, &name))),
            }
        })
        .await
    }

    async fn drop_mail(&self, by: By, tenant: TenantId, name: JobName) -> Result<()> {
        self.change(by, move |conn| {
            let unsent = one(tenant, &name).filter(outbox::state.eq(WAITING).or(outbox::state.eq(FAILED)));
            match diesel::delete(unsent).execute(conn)? {
                0 => Err(StorageError::NoMail(name.to_string())),
                _ => Ok(Done::told((), Deed::of(tenant, Action::DropMail, &name))),
            }
        })
        .await
    }

    async fn outbox_figures(&self, now: Timestamp) -> Result<Figures> {
        self.scan(move |conn| {
            // mail of organisations that are switched off is paused
            let all = || outbox::table.filter(diesel::dsl::not(mail_rests()));
            let due = all().filter(outbox::due.le(now.as_millis())).filter(outbox::state.ne(FAILED));
            let failed = all().filter(outbox::state.eq(FAILED));
            let oldest: Option<i64> = due.select(diesel::dsl::min(outbox::made)).first(conn)?;
            Ok(Figures {
                waiting: due.count().get_result(conn)?,
                oldest: oldest.map(Timestamp::from_millis),
                failed: failed.count().get_result(conn)?,
            })
        })
        .await
    }
}

/// Locks the invited membership before its mail, in the same order as when it ends.
fn hold(conn: &mut Conn, order: &Order) -> QueryResult<()> {
    match &order.content {
        Content::Invitation { id, .. } => conn.hold(Held::Membership(order.tenant, id.0)),
        _ => Ok(()),
    }
}

/// A mail that could not be sent is tried again after so many attempts, or given up.
#[derive(AsChangeset)]
#[diesel(table_name = outbox, treat_none_as_null = true)]
struct Failed<'a> {
    state: &'a str,
    due: Option<i64>,
    attempts: i64,
    error: &'a str,
    recipient: Option<Vec<u8>>,
}

impl<'a> Failed<'a> {
    fn after(attempts: i64, error: &'a str, now: Timestamp) -> Self {
        let (state, due) = match Patience::after(attempts, now) {
            Patience::Again(at) => (WAITING, Some(at.as_millis())),
            Patience::GiveUp => (FAILED, None),
        };
        Self { state, due, attempts, error, recipient: None }
    }
}

/// What is waiting: the tenant, the name, when it is due, and the attempts so far.
type Waiting = (i64, String, Option<i64>, i64);

/// These fail, unless another server has taken them since they were read.
pub(super) fn postpone(
    conn: &mut Conn,
    mut rows: Vec<Waiting>,
    error: &str,
    now: Timestamp,
) -> QueryResult<()> {
    // servers that do this at once take the rows in the same order
    rows.sort_unstable();
    for (tenant, name, due, attempts) in rows {
        let name = JobName(name);
        let as_read = one(TenantId(tenant), &name)
            .filter(outbox::state.eq(WAITING))
            .filter(outbox::due.eq(due))
            .filter(outbox::attempts.eq(attempts));
        let failed = Failed::after(attempts.saturating_add(1), error, now);
        diesel::update(as_read).set(failed).execute(conn)?;
    }
    Ok(())
}

fn take(conn: &mut Conn, key: &InstanceKey, now: Timestamp, lease: Timestamp) -> Result<Step> {
    let due = outbox::table.filter(outbox::due.le(now.as_millis()));
    let due = due.filter(diesel::dsl::not(mail_rests())).order(outbox::due).limit(CANDIDATES);
    let rows: Vec<Row> = due.select(columns()).load(conn)?;
    for row in rows {
        let name = JobName(row.name.clone());
        let begun = row.begun.unwrap_or_else(|| now.as_millis());
        let mine = one(row.tenant(), &name)
            .filter(outbox::due.eq(row.due))
            .filter(outbox::attempts.eq(row.attempts));
        let taken = (
            outbox::state.eq(SENDING),
            outbox::due.eq(lease.as_millis()),
            outbox::attempts.eq(row.attempts.saturating_add(1)),
            outbox::begun.eq(begun),
        );
        if diesel::update(mine).set(taken).execute(conn)? > 0 {
            return look(conn, key, &row, &name, now).or_else(|error| settle(conn, &row, &name, error));
        }
    }
    Ok(Step::Nothing)
}

/// A row that cannot be read is set aside, so that it does not hold up other mail.
fn settle(conn: &mut Conn, row: &Row, name: &JobName, error: StorageError) -> Result<Step> {
    let StorageError::Damaged { .. } = &error else { return Err(error) };
    let change = (outbox::state.eq(FAILED), outbox::due.eq(None::<i64>), outbox::error.eq(error.to_string()));
    diesel::update(one(row.tenant(), name)).set(change).execute(conn)?;
    tracing::error!(mail = %name, %error, "a mail cannot be made, and is not sent");
    Ok(Step::Settled)
}

/// Builds the mail from a taken row, or moves the row to the state it belongs in.
fn look(conn: &mut Conn, key: &InstanceKey, row: &Row, name: &JobName, now: Timestamp) -> Result<Step> {
    let kind = Kind::stored(&row.kind).ok_or_else(|| row.damaged())?;
    let was_refused = row.state == FAILED;
    let begun = Timestamp::from_millis(row.begun.unwrap_or_else(|| now.as_millis()));
    let back = |state: &'static str, due: Option<i64>, error: Option<&'static str>| {
        (
            outbox::state.eq(state),
            outbox::due.eq(due),
            outbox::attempts.eq(row.attempts),
            outbox::begun.eq(row.begun),
            outbox::error.eq(error),
        )
    };
    let again = Some(now.as_millis().saturating_add(LOOK_AGAIN_MS));
    match letters::look(conn, key, row, kind, was_refused, now)? {
        Look::Send(content, to) => {
            let recipient = Digest::of(to.key().as_str());
            diesel::update(one(row.tenant(), name))
                .set(outbox::recipient.eq(recipient.0.as_slice()))
                .execute(conn)?;
            let (tenant, attempts) = (row.tenant(), row.attempts.saturating_add(1));
            let order = Order { tenant, name: name.clone(), attempts, begun, to, content };
            return Ok(Step::Send(Box::new(order)));
        }
        Look::Later(at) => {
            let change = back(WAITING, Some(at.as_millis()), None);
            diesel::update(one(row.tenant(), name)).set(change).execute(conn)?;
        }
        Look::InTeam => {
            let change = back(WAITING, None, None);
            diesel::update(one(row.tenant(), name)).set(change).execute(conn)?;
        }
        Look::Obsolete => drop(diesel::delete(one(row.tenant(), name)).execute(conn)?),
        Look::Impossible(why) => {
            diesel::update(one(row.tenant(), name)).set(back(FAILED, again, Some(why))).execute(conn)?;
        }
        Look::StillRefused => {
            let change = (outbox::state.eq(FAILED), outbox::due.eq(again), outbox::attempts.eq(row.attempts));
            diesel::update(one(row.tenant(), name)).set(change).execute(conn)?;
        }
    }
    Ok(Step::Settled)
}
