//! Statements on single sign-on, as `sso` asks for them.

use super::at::{At, Doer};
use super::organisations::Door;
use super::{Conn, Storage, acts, arriving, organisations, sessions};
use super::{sso, sso_proven, sso_reading, sso_requests, sso_require};
use crate::access::{AccountId, Action as Right, Digest};
use crate::audit::{Action, By, Deed, Done};
use crate::clock::Timestamp;
use crate::sso::{
    Answered, Arrived, Change, Connection, ConnectionId, Drafted, Leaving, Map, NewRequest, OPEN_MS,
    Provider, Registered, Report, Request, SignOn, SignOnStore, SignedOn, Standing, Tested, Trusted,
    has_ended, preset, replaced,
};
use crate::storage::locks::{Held, Hold};
use crate::storage::{Result, StorageError};
use provost::hook::TenantId;

impl SignOnStore for Storage {
    async fn sign_on(&self, tenant: TenantId) -> Result<SignOn> {
        self.scan_at_once(move |conn| sso::of_tenant(conn, tenant)).await
    }

    async fn draft(&self, by: By, tenant: TenantId, new: Drafted) -> Result<()> {
        let (keys, now, actor) = (self.keys(), by.at, by.actor.clone());
        self.change(by, move |conn| {
            conn.hold(Held::WholeOrganisation(tenant))?;
            acts::prove_role(conn, tenant, &actor, Right::EditSignOn)?;
            if !matches!(organisations::door(conn, tenant)?, Door::Open(_)) {
                return Err(refused("the organisation was switched off or deleted meanwhile"));
            }
            let found = sso::of_tenant(conn, tenant)?;
            // in the transaction that keeps it: trust may have ended since somebody saw the page
            let (provider, map) = drafted(&found, &new).ok_or_else(|| refused("give the metadata first"))?;
            let refuses_expired = found.newest().is_some_and(|newest| newest.refuses_expired);
            if let Some(old) = found.draft {
                sso::delete(conn, tenant, old.id)?;
            }
            let id = sso::insert_draft(conn, &keys, tenant, (&provider, &map, refuses_expired), now)?;
            let deed = Deed::of(tenant, Action::DraftSignOn, &id.0)
                .noting("entityId", provider.entity_id.as_str())
                .noting("certificates", provider.certificates.len())
                .noting("idpUserId", map.id.as_str())
                .noting("compared", map.compared.as_str());
            Ok(Done::told((), deed))
        })
        .await
    }

    async fn drop_draft(&self, by: By, tenant: TenantId) -> Result<()> {
        let actor = by.actor.clone();
        self.change(by, move |conn| {
            conn.hold(Held::WholeOrganisation(tenant))?;
            acts::prove_role(conn, tenant, &actor, Right::EditSignOn)?;
            let Some(draft) = sso::of_tenant(conn, tenant)?.draft else { return Ok(Done::nothing(())) };
            sso::delete(conn, tenant, draft.id)?;
            Ok(Done::told((), Deed::of(tenant, Action::DropSignOnDraft, &draft.id.0)))
        })
        .await
    }

    async fn turn_on(
        &self,
        by: By,
        tenant: TenantId,
        account: AccountId,
        registered: Registered,
    ) -> Result<()> {
        let (keys, now, actor) = (self.keys(), by.at, by.actor.clone());
        self.change(by, move |conn| {
            conn.hold(Held::WholeOrganisation(tenant))?;
            acts::prove_role(conn, tenant, &actor, Right::EditSignOn)?;
            let SignOn { in_force, draft } = sso::of_tenant(conn, tenant)?;
            let (newest, tested) = match (draft, &in_force) {
                (Some(draft), _) => {
                    let tested = test_of(conn, tenant, draft.id, &registered, now)?;
                    (draft, tested)
                }
                (None, Some(current)) if current.standing.is_on() => return Ok(Done::nothing(())),
                (None, Some(current)) => (current.clone(), current.standing.tested().cloned()),
                (None, None) => return Err(refused(UNTESTED)),
            };
            // without a subject where the person was erased
            let tested = tested.filter(|tested| !tested.subject.is_empty());
            let tested = tested.ok_or_else(|| refused(UNTESTED))?;
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
            sso_proven::prove_own_place(conn, tenant, &newest, &tested.subject, account)?;
            let links = in_force.as_ref().filter(|old| old.is_same(&newest)).map_or(newest.id, |old| old.id);
            let mine = sso_proven::Mine { account, membership: None, address: None, links };
            sso_proven::prove_mine(conn, tenant, &newest, &tested.subject, &mine)?;
            let was_required = in_force.as_ref().and_then(|old| old.standing.emergency());
            let emergency = was_required.filter(|_| in_force.as_ref().is_some_and(|old| old.is_same(&newest)));
            let lets_in = in_force.as_ref().is_some_and(|old| old.standing.lets_in() && old.is_same(&newest));
            let (id, ended, changes) = put_in_force(conn, tenant, in_force, &newest, &tested, now)?;
            sso::link(conn, tenant, id, sso::New::Test(&tested.subject), account, tested.at)?;
            sso::set_state(conn, tenant, id, "on")?;
            sso::set_emergency(conn, tenant, id, emergency)?;
            sso::set_lets_in(conn, tenant, id, lets_in)?;
            let at = At { tenant, keys: &keys, now, doer: Doer::Actor(&actor) };
            let freed = no_longer(conn, at, id, was_required.filter(|_| emergency.is_none()))?;
            let deed = Deed::of(tenant, Action::TurnSignOnOn, &id.0);
            let deed = if ended > 0 { deed.noting("sessionsEnded", ended) } else { deed };
            let certificates = changes.into_iter().map(|change| sso_reading::told(tenant, id, change));
            Ok(Done::several((), std::iter::once(deed).chain(certificates).chain(freed)))
        })
        .await
    }

    async fn turn_off(&self, by: By, tenant: TenantId) -> Result<()> {
        let (keys, now, actor) = (self.keys(), by.at, by.actor.clone());
        self.change(by, move |conn| {
            conn.hold(Held::WholeOrganisation(tenant))?;
            acts::prove_role(conn, tenant, &actor, Right::EditSignOn)?;
            let found = sso::of_tenant(conn, tenant)?;
            let Some(Connection { id, standing: Standing::On { emergency, .. }, .. }) = found.in_force else {
                return Ok(Done::nothing(()));
            };
            if !sso::has_owner_with_password(conn, tenant)? {
                return Err(refused(
                    "an owner who has joined needs a password first, or nobody could sign in any more",
                ));
            }
            sso::set_state(conn, tenant, id, "tested")?;
            let ended = sso::end(conn, tenant, id, false, now)?;
            let at = At { tenant, keys: &keys, now, doer: Doer::Actor(&actor) };
            let freed = no_longer(conn, at, id, emergency)?;
            let deed = Deed::of(tenant, Action::TurnSignOnOff, &id.0).noting("sessionsEnded", ended);
            Ok(Done::several((), std::iter::once(deed).chain(freed)))
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
                is_another: found.is_another,
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
        registered: Registered,
    ) -> Result<()> {
        self.change(by, move |conn| {
            conn.hold(Held::WholeOrganisation(tenant))?;
            let Some(report) = sso_requests::take_report(conn, tenant, account)? else {
                return Ok(Done::nothing(()));
            };
            sso_requests::keep(conn, tenant, account, &report)?;
            let verdict = if report.is_passed() { "passed" } else { "refused" };
            let deed = Deed::of(tenant, Action::TestSignOn, &report.connection).noting("outcome", verdict);
            let Some(subject) = report.subject.clone() else { return Ok(Done::told((), deed)) };
            let tested = Tested { at: report.at(), by: account, subject, registered: registered.clone() };
            passed(conn, tenant, report.connection, &tested)?;
            Ok(Done::told((), deed))
        })
        .await
    }

    async fn last_report(&self, tenant: TenantId, now: Timestamp) -> Result<Option<(AccountId, Report)>> {
        self.read(move |conn| sso_requests::last(conn, tenant, now)).await
    }

    async fn sign_on_refused(
        &self,
        by: By,
        tenant: TenantId,
        state: Digest,
        reason: &'static str,
    ) -> Result<()> {
        let now = by.at;
        self.change(by, move |conn| {
            Ok(match sso_requests::take(conn, tenant, state, now)? {
                true => Done::told((), Deed::of(tenant, Action::SignOn, "").refused(reason)),
                false => Done::nothing(()),
            })
        })
        .await
    }

    async fn sign_off(
        &self,
        by: By,
        tenant: TenantId,
        leaving: Leaving,
        mine: Option<Digest>,
    ) -> Result<usize> {
        let now = by.at;
        self.change(by, move |conn| {
            let only = match (leaving.is_signed, mine) {
                (true, _) => None,
                (false, Some(mine)) => Some(mine),
                (false, None) => return Ok(Done::nothing(0)),
            };
            let mut accounts = sessions::end_signed_on(conn, tenant, &leaving, only, now)?;
            let ended = accounts.len();
            accounts.sort_unstable();
            accounts.dedup();
            let deed = |id: i64| {
                let deed = Deed::of(tenant, Action::SignOff, &id);
                deed.noting("sessionsEnded", ended).noting("signed", leaving.is_signed)
            };
            Ok(Done::several(ended, accounts.into_iter().map(deed)))
        })
        .await
    }

    async fn sign_on_by(&self, by: By, answered: Answered, person: Arrived) -> Result<SignedOn> {
        let (keys, now, actor) = (self.keys(), by.at, by.actor.clone());
        self.change(by, move |conn| {
            let at = At { tenant: answered.tenant, keys: &keys, now, doer: Doer::Actor(&actor) };
            arriving::arrive(conn, at, &answered, &person)
        })
        .await
    }
}

fn refused(why: &str) -> StorageError {
    StorageError::Refused(why.to_owned())
}

/// Where single sign-on was required and is not any more by what was done, the owners hear that too.
fn no_longer(conn: &mut Conn, at: At<'_>, id: ConnectionId, was: Option<AccountId>) -> Result<Option<Deed>> {
    if was.is_none() {
        return Ok(None);
    }
    sso_require::tell(conn, at, None)?;
    Ok(Some(Deed::of(at.tenant, Action::UnrequireSignOn, &id.0)))
}

const UNTESTED: &str = "a test sign-in has to be passed first";

/// A test was passed: of what is in force, or of a draft where nothing is yet. Any other draft waits until somebody who proves who they
/// are puts it in force: anyone it vouches for would be let in.
fn passed(conn: &mut Conn, tenant: TenantId, connection: i64, tested: &Tested) -> Result<()> {
    let SignOn { in_force, draft } = sso::of_tenant(conn, tenant)?;
    match (in_force, draft) {
        (Some(current), _) if current.id.0 == connection => {
            let state = if current.standing.is_on() { "on" } else { "tested" };
            sso::note_test(conn, tenant, current.id, tested, state)?;
        }
        (None, Some(draft)) if draft.id.0 == connection => {
            sso::note_test(conn, tenant, draft.id, tested, "tested")?;
        }
        // one that was changed after the test was begun is not the one that passed
        _ => {}
    }
    Ok(())
}

/// The last test of a draft, if it was passed within a day.
fn test_of(
    conn: &mut Conn,
    tenant: TenantId,
    draft: ConnectionId,
    registered: &Registered,
    now: Timestamp,
) -> Result<Option<Tested>> {
    let last = sso_requests::last(conn, tenant, now)?;
    let passed = last.filter(|(_, report)| report.connection == draft.0 && report.is_passed());
    Ok(passed.and_then(|(by, report)| {
        let (at, registered) = (report.at(), registered.clone());
        report.subject.map(|subject| Tested { at, by, subject, registered })
    }))
}

/// What was tested takes the place of what was in force. Where the same people sign in by it, everything stays; otherwise it is another
/// connection, and what the old one opened is closed. Gives its key, the sessions that ended, and what is trusted from then on.
fn put_in_force(
    conn: &mut Conn,
    tenant: TenantId,
    in_force: Option<Connection>,
    newest: &Connection,
    tested: &Tested,
    now: Timestamp,
) -> Result<(ConnectionId, usize, Vec<Change>)> {
    let is_again = in_force.as_ref().is_some_and(|old| old.id == newest.id);
    let before = in_force.as_ref().map(|old| &old.provider);
    let (certificates, changes) = match is_again {
        true => (newest.provider.certificates.clone(), Vec::new()),
        false => replaced(before, &newest.provider, now),
    };
    prove_certificates(newest, &certificates, now)?;
    if is_again {
        return Ok((newest.id, 0, changes));
    }
    let (mut id, mut ended) = (newest.id, 0);
    if let Some(old) = in_force {
        match old.is_same(newest) {
            true => id = old.id,
            false => ended = sso::end(conn, tenant, old.id, true, now)?,
        }
        // there is never more than one in force
        sso::delete(conn, tenant, old.id)?;
    }
    sso::set_certificates(conn, tenant, newest.id, &certificates)?;
    sso::note_test(conn, tenant, newest.id, tested, "tested")?;
    if id != newest.id {
        sso::take_key(conn, tenant, newest.id, id)?;
    }
    Ok((id, ended, changes))
}

/// Somebody can sign in by these certificates.
fn prove_certificates(newest: &Connection, certificates: &[Trusted], now: Timestamp) -> Result<()> {
    if certificates.is_empty() {
        return Err(refused(
            "trust has ended in all certificates, so nobody could sign in: give the metadata again",
        ));
    }
    let provider = Provider { certificates: certificates.to_vec(), ..newest.provider.clone() };
    match newest.refuses_expired && has_ended(&provider, now) {
        false => Ok(()),
        true => Err(refused(
            "all certificates have ended, and such certificates are refused here, so nobody could sign in: first make a new one at the \
             identity provider",
        )),
    }
}

/// What a draft is, made of what was there.
fn drafted(found: &SignOn, new: &Drafted) -> Option<(Provider, Map)> {
    match new {
        Drafted::Metadata(provider) => {
            let same = found.newest().filter(|old| old.provider.entity_id == provider.entity_id);
            let map = same.map_or_else(|| preset(provider), |old| old.map.clone());
            Some((provider.clone(), map))
        }
        Drafted::Map(map) => found.newest().map(|newest| (newest.provider.clone(), map.clone())),
    }
}
