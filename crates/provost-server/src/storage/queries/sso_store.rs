//! Statements on single sign-on, as `sso` asks for them.

use super::{Conn, Storage, accounts, organisations, presence, sessions, sso, sso_requests};
use crate::access::{AccountId, Digest};
use crate::audit::{Action, By, Deed, Done};
use crate::clock::Timestamp;
use crate::sso::{
    Answered, Arrived, Connection, Map, NewRequest, OPEN_MS, Provider, Report, Request, SignOn, SignOnStore,
    SignedOn, Standing, Tested,
};
use crate::storage::locks::{Held, Hold};
use crate::storage::schema::membership;
use crate::storage::{Result, StorageError};
use diesel::prelude::*;
use provost::hook::TenantId;

impl SignOnStore for Storage {
    async fn sign_on(&self, tenant: TenantId) -> Result<SignOn> {
        self.scan_at_once(move |conn| sso::of_tenant(conn, tenant)).await
    }

    async fn draft(&self, by: By, tenant: TenantId, provider: Provider, map: Map) -> Result<()> {
        let (keys, now) = (self.keys(), by.at);
        self.change(by, move |conn| {
            conn.hold(Held::WholeOrganisation(tenant))?;
            if let Some(old) = sso::of_tenant(conn, tenant)?.draft {
                sso::delete(conn, tenant, old.id)?;
            }
            let id = sso::insert_draft(conn, &keys, tenant, (&provider, &map), now)?;
            let deed = Deed::of(tenant, Action::DraftSignOn, &id.0)
                .noting("entityId", provider.entity_id.as_str())
                .noting("certificates", provider.certificates.len())
                .noting("idpUserId", map.id.as_str());
            Ok(Done::told((), deed))
        })
        .await
    }

    async fn drop_draft(&self, by: By, tenant: TenantId) -> Result<()> {
        self.change(by, move |conn| {
            conn.hold(Held::WholeOrganisation(tenant))?;
            let Some(draft) = sso::of_tenant(conn, tenant)?.draft else { return Ok(Done::nothing(())) };
            sso::delete(conn, tenant, draft.id)?;
            Ok(Done::told((), Deed::of(tenant, Action::DropSignOnDraft, &draft.id.0)))
        })
        .await
    }

    async fn turn_on(&self, by: By, tenant: TenantId, account: AccountId) -> Result<()> {
        let now = by.at;
        self.change(by, move |conn| {
            conn.hold(Held::WholeOrganisation(tenant))?;
            let found = sso::of_tenant(conn, tenant)?;
            let Some(Connection { id, standing: Standing::Tested(tested), .. }) = found.in_force else {
                return Err(refused("a test sign-in has to be passed first"));
            };
            if tested.by != account {
                return Err(refused(
                    "whoever switches single sign-on on passes a test first, and is linked by it: somebody else did the last one",
                ));
            }
            if !sso::has_owner_with_password(conn, tenant)? {
                return Err(refused(
                    "an owner who has joined needs a password first, so that the organisation can be opened when the identity provider \
                     is away",
                ));
            }
            sso::link(conn, tenant, id, &tested.subject, account, now)?;
            sso::set_state(conn, tenant, id, "on")?;
            Ok(Done::told((), Deed::of(tenant, Action::TurnSignOnOn, &id.0)))
        })
        .await
    }

    async fn turn_off(&self, by: By, tenant: TenantId) -> Result<()> {
        let now = by.at;
        self.change(by, move |conn| {
            conn.hold(Held::WholeOrganisation(tenant))?;
            let found = sso::of_tenant(conn, tenant)?;
            let Some(Connection { id, standing: Standing::On(_), .. }) = found.in_force else {
                return Ok(Done::nothing(()));
            };
            if !sso::has_owner_with_password(conn, tenant)? {
                return Err(refused(
                    "an owner who has joined needs a password first, or nobody could sign in any more",
                ));
            }
            sso::set_state(conn, tenant, id, "tested")?;
            let ended = sso::end(conn, tenant, id, false, now)?;
            let deed = Deed::of(tenant, Action::TurnSignOnOff, &id.0).noting("sessionsEnded", ended);
            Ok(Done::told((), deed))
        })
        .await
    }

    async fn begin_sign_on(&self, request: NewRequest) -> Result<()> {
        self.unrecorded(move |conn| Ok(sso_requests::insert(conn, &request)?)).await
    }

    async fn begun(&self, tenant: TenantId, state: Digest, now: Timestamp) -> Result<Option<Request>> {
        self.scan_at_once(move |conn| {
            let Some(found) = sso_requests::find(conn, tenant, state)? else { return Ok(None) };
            let SignOn { in_force, draft } = sso::of_tenant(conn, tenant)?;
            let age = now.as_millis().saturating_sub(found.begun.as_millis());
            Ok(Some(Request {
                message: found.message,
                purpose: found.purpose,
                begun: found.begun,
                is_second: found.is_second,
                is_open: !found.is_used && age < OPEN_MS,
                connection: [in_force, draft].into_iter().flatten().find(|one| one.id == found.connection),
            }))
        })
        .await
    }

    async fn test_answered(&self, answered: Answered, report: Report) -> Result<()> {
        self.unrecorded(move |conn| {
            let Answered { tenant, state, names, ends, now } = &answered;
            if sso_requests::take(conn, *tenant, *state, *now)? {
                let is_new = sso_requests::note(conn, *tenant, names, *ends)?;
                let report = if is_new { report.clone() } else { report.clone().repeated() };
                sso_requests::report(conn, *tenant, *state, &report)?;
            }
            Ok(())
        })
        .await
    }

    async fn test_shown(
        &self,
        by: By,
        tenant: TenantId,
        account: AccountId,
        public_url: String,
    ) -> Result<()> {
        let now = by.at;
        self.change(by, move |conn| {
            conn.hold(Held::WholeOrganisation(tenant))?;
            let Some(report) = sso_requests::take_report(conn, tenant, account)? else {
                return Ok(Done::nothing(()));
            };
            sso_requests::keep(conn, tenant, account, &report)?;
            let verdict = if report.is_passed() { "passed" } else { "refused" };
            let deed = Deed::of(tenant, Action::TestSignOn, &report.connection).noting("outcome", verdict);
            let Some(subject) = report.subject.clone() else { return Ok(Done::told((), deed)) };
            let tested = Tested { at: report.at(), by: account, subject, public_url: public_url.clone() };
            let ended = passed(conn, tenant, report.connection, &tested, now)?;
            Ok(Done::told((), if ended > 0 { deed.noting("sessionsEnded", ended) } else { deed }))
        })
        .await
    }

    async fn last_report(&self, tenant: TenantId, now: Timestamp) -> Result<Option<Report>> {
        self.read(move |conn| sso_requests::last(conn, tenant, now)).await
    }

    async fn sign_on_by(&self, by: By, answered: Answered, person: Arrived) -> Result<SignedOn> {
        let now = by.at;
        self.change(by, move |conn| {
            let Answered { tenant, state, names, ends, .. } = &answered;
            let tenant = *tenant;
            // it is not switched off meanwhile
            conn.hold(Held::Organisation(tenant))?;
            let here = organisations::by_tenant(conn, tenant)?;
            if here.is_none_or(|organisation| organisation.disabled.is_some()) {
                return Ok(Done::nothing(SignedOn::Used));
            }
            let is_on = sso::of_tenant(conn, tenant)?.on().is_some_and(|on| on.id == person.connection);
            if !is_on
                || !sso_requests::take(conn, tenant, *state, now)?
                || !sso_requests::note(conn, tenant, names, *ends)?
            {
                return Ok(Done::nothing(SignedOn::Used));
            }
            let Some(account) = sso::known(conn, tenant, person.connection, &person.subject)? else {
                let deed = Deed::of(tenant, Action::SignOn, "").refused(UNKNOWN);
                return Ok(Done::told(SignedOn::Unknown, deed));
            };
            let Some(account) = accounts::one(conn, account)? else {
                return Ok(Done::nothing(SignedOn::Unknown));
            };
            if account.is_off || !is_member(conn, tenant, account.id)? {
                let deed = Deed::of(tenant, Action::SignOn, &account.id.0).refused(NO_MEMBER);
                return Ok(Done::told(SignedOn::NoMember, deed));
            }
            presence::forget(conn, now)?;
            sessions::insert_signed_on(conn, account.id, tenant, &person, now)?;
            sso::note_seen(conn, tenant, person.connection, &person.subject, now)?;
            let deed = Deed::of(tenant, Action::SignOn, &account.id.0)
                .about("email", account.email.as_deref())
                .about("name", Some(&account.name))
                .about("browser", Some(&person.session.browser));
            Ok(Done::told(SignedOn::Done(account), deed))
        })
        .await
    }
}

/// Why a sign-in that the identity provider vouched for was refused.
const UNKNOWN: &str = "NotLinked";
const NO_MEMBER: &str = "NoMember";

fn refused(why: &str) -> StorageError {
    StorageError::Refused(why.to_owned())
}

/// A test of a connection was passed: its draft takes the place of what was in force. Where the same people sign in by it, everything
/// stays; otherwise it is another connection, and what the old one opened is closed. Gives the sessions that ended.
fn passed(
    conn: &mut Conn,
    tenant: TenantId,
    connection: i64,
    tested: &Tested,
    now: Timestamp,
) -> Result<usize> {
    let SignOn { in_force, draft } = sso::of_tenant(conn, tenant)?;
    if let Some(current) = in_force.as_ref().filter(|current| current.id.0 == connection) {
        let state = if current.standing.is_on() { "on" } else { "tested" };
        sso::note_test(conn, tenant, current.id, tested, state)?;
        return Ok(0);
    }
    // one that was changed after the test was begun is not the one that passed
    let Some(draft) = draft.filter(|draft| draft.id.0 == connection) else { return Ok(0) };
    match in_force {
        None => {
            sso::note_test(conn, tenant, draft.id, tested, "tested")?;
            Ok(0)
        }
        Some(old) if is_same(&old, &draft) => {
            let state = if old.standing.is_on() { "on" } else { "tested" };
            sso::delete(conn, tenant, old.id)?;
            sso::note_test(conn, tenant, draft.id, tested, state)?;
            sso::take_key(conn, tenant, draft.id, old.id)?;
            Ok(0)
        }
        Some(old) => {
            let ended = sso::end(conn, tenant, old.id, true, now)?;
            sso::delete(conn, tenant, old.id)?;
            sso::note_test(conn, tenant, draft.id, tested, "tested")?;
            Ok(ended)
        }
    }
}

/// Whether the same text names the same person.
fn is_same(one: &Connection, other: &Connection) -> bool {
    one.provider.entity_id == other.provider.entity_id && one.map.id == other.map.id
}

/// Whether an account is in the organisation, until the transaction ends: whoever ends the membership ends the session after that.
fn is_member(conn: &mut Conn, tenant: TenantId, account: AccountId) -> QueryResult<bool> {
    let Some(id) = membership_of(conn, tenant, account)? else { return Ok(false) };
    conn.hold(Held::Membership(tenant, id))?;
    Ok(membership_of(conn, tenant, account)? == Some(id))
}

fn membership_of(conn: &mut Conn, tenant: TenantId, account: AccountId) -> QueryResult<Option<i64>> {
    let mine = membership::table.filter(membership::tenant.eq(tenant.0));
    mine.filter(membership::account.eq(account.0)).select(membership::id).first(conn).optional()
}
