//! Statements on accounts, sessions and links.

use super::at::{At, Doer};
use super::{
    Conn, Storage, accounts, identities, links, listed, organisations, people, presence, sessions, throttle,
};
use crate::access::{
    AccessStore, Account, AccountId, Counted, Digest, Found, Founding, Hashed, Link, LinkState, NewLink,
    NewSession, Owner, Place, Reason, Session, is_worth_a_note,
};
use crate::audit::{Action, By, Deed, Done};
use crate::clock::Timestamp;
use crate::people::life::Event;
use crate::people::{Address, MembershipId, Role};
use crate::storage::locks::{Held, Hold};
use crate::storage::schema::{account, known_browser, membership};
use crate::storage::{Result, StorageError};
use diesel::prelude::*;
use provost::hook::TenantId;

impl AccessStore for Storage {
    async fn account_by_login(&self, login_key: String) -> Result<Option<(Account, Option<Hashed>)>> {
        self.read(move |conn| {
            let rows: Vec<(accounts::Columns, Option<String>)> = account::table
                .filter(account::login_key.eq(&login_key))
                .select((accounts::columns(), account::password))
                .load(conn)?;
            Ok(rows.into_iter().next().map(|(row, hash)| (accounts::read(row), hash.map(Hashed::stored))))
        })
        .await
    }

    async fn account(&self, id: AccountId) -> Result<Option<Account>> {
        self.read(move |conn| accounts::one(conn, id)).await
    }

    async fn set_password(&self, by: By, link: Digest, password: Hashed) -> Result<Account> {
        let now = by.at;
        self.change(by, move |conn| {
            let LinkState::Good(Link::Reset(id)) = links::take(conn, link, now)? else {
                return Err(StorageError::LinkGone);
            };
            accounts::prove_on(conn, id)?;
            accounts::set_password(conn, id, &password)?;
            #[cfg(feature = "console")]
            super::recovery::end(conn, id, now)?;
            let ended = sessions::end_all(conn, id, None, Reason::NewPassword, now)?;
            let account = accounts::one(conn, id)?.ok_or(StorageError::LinkGone)?;
            let deed = told(&account, Action::SetPassword).noting("sessionsEnded", ended);
            Ok(Done::told(account, deed))
        })
        .await
    }

    async fn add_link(&self, by: By, link: NewLink) -> Result<()> {
        self.change(by, move |conn| {
            let deed = match &link.link {
                Link::Setup(tenant) => {
                    conn.hold(Held::WholeOrganisation(*tenant))?;
                    prove_without_owner(conn, *tenant)?;
                    Deed::of(*tenant, Action::MakeSetupLink, "")
                }
                Link::Reset(account) => {
                    accounts::prove_on(conn, *account)?;
                    Deed::of_account(*account, Action::MakeResetLink)
                }
                Link::Address(account, _) => Deed::of_account(*account, Action::AskForAddress),
            };
            links::insert(conn, &link)?;
            Ok(Done::told((), deed.noting("ends", link.ends().to_string())))
        })
        .await
    }

    async fn link(&self, hash: Digest, now: Timestamp) -> Result<LinkState> {
        self.read(move |conn| links::state(conn, hash, now)).await
    }

    async fn found(&self, by: By, link: Digest, founding: Founding) -> Result<Account> {
        let (keys, now, actor) = (self.keys(), by.at, by.actor.clone());
        self.change(by, move |conn| {
            let LinkState::Good(Link::Setup(tenant)) = links::take(conn, link, now)? else {
                return Err(StorageError::LinkGone);
            };
            conn.hold(Held::WholeOrganisation(tenant))?;
            organisations::prove_on(conn, tenant)?;
            prove_without_owner(conn, tenant)?;
            let mut deeds = organisations::rename(conn, tenant, &founding.name, &founding.slug, now)?;
            let at = At { tenant, keys: &keys, now, doer: Doer::Actor(&actor) };
            let id = match &founding.owner {
                Owner::New(new) => accounts::insert(conn, &keys, new, now)?,
                Owner::Account(id) => *id,
            };
            let owner = accounts::one(conn, id)?.ok_or(StorageError::LinkGone)?;
            let member = make_owner(conn, at, &owner)?;
            if let Owner::New(_) = founding.owner {
                deeds.push(told(&owner, Action::CreateAccount));
            }
            let used = Deed::of(tenant, Action::UseSetupLink, "").noting("member", member.to_string());
            let used = used.noting("account", owner.id.0.to_string()).about("email", owner.email.as_deref());
            deeds.push(used.about("name", Some(&owner.name)));
            Ok(Done::several(owner, deeds))
        })
        .await
    }

    async fn begin_session(&self, by: By, id: AccountId, session: NewSession) -> Result<()> {
        let now = by.at;
        self.change(by, move |conn| {
            accounts::prove_on(conn, id)?;
            presence::forget(conn, now)?;
            sessions::insert(conn, id, &session, now)?;
            let deed = Deed::of_account(id, Action::SignIn).about("browser", Some(&session.browser));
            Ok(Done::told((), deed))
        })
        .await
    }

    async fn session(&self, id: Digest, now: Timestamp) -> Result<Found> {
        let found = self.read(move |conn| sessions::find(conn, id, now)).await?;
        match &found {
            Found::Open(session) if session.is_worth_a_note(now) => {
                self.unrecorded(move |conn| Ok(sessions::note(conn, id, now)?)).await?;
            }
            Found::Open(_) | Found::Ended(_) | Found::None => {}
        }
        Ok(found)
    }

    async fn sessions(&self, account: AccountId, now: Timestamp) -> Result<Vec<Session>> {
        self.scan(move |conn| sessions::of_account(conn, account, now)).await
    }

    async fn note_use(&self, tenant: TenantId, id: Digest, now: Timestamp) -> Result<()> {
        let seen = self.read(move |conn| Ok(presence::used(conn, tenant, id)?)).await?;
        match seen {
            Some(seen) if !is_worth_a_note(seen, now) => Ok(()),
            Some(_) => self.unrecorded(move |conn| Ok(presence::note_use(conn, tenant, id, now)?)).await,
            None => {
                self.unrecorded(move |conn| {
                    presence::note_sign_in(conn, tenant, id)?;
                    Ok(presence::note_use(conn, tenant, id, now)?)
                })
                .await
            }
        }
    }

    async fn end_session(&self, by: By, account: AccountId, id: Digest, reason: Reason) -> Result<()> {
        let now = by.at;
        self.change(by, move |conn| {
            let ended = sessions::end(conn, account, id, reason, now)?;
            let action = match reason {
                Reason::SignedOut => Action::SignOut,
                _ => Action::EndSessions,
            };
            Ok(ending(account, action, ended))
        })
        .await
    }

    async fn end_other_sessions(&self, by: By, account: AccountId, kept: Digest) -> Result<()> {
        let now = by.at;
        self.change(by, move |conn| {
            let ended = sessions::end_all(conn, account, Some(kept), Reason::EndedElsewhere, now)?;
            Ok(ending(account, Action::EndSessions, ended))
        })
        .await
    }

    async fn wait(&self, counted: Vec<Counted>, now: Timestamp) -> Result<Option<i64>> {
        self.read(move |conn| Ok(throttle::wait(conn, &counted, now)?)).await
    }

    async fn count_failure(&self, by: By, account: Option<AccountId>, counted: Vec<Counted>) -> Result<()> {
        let now = by.at;
        self.change(by, move |conn| {
            throttle::count(conn, &counted, now)?;
            let refused = account.map(|id| Deed::of_account(id, Action::SignIn).refused(WRONG_PASSWORD));
            Ok(Done::several((), refused))
        })
        .await
    }

    async fn is_known_browser(&self, browser: Digest, login_key: String, now: Timestamp) -> Result<bool> {
        self.read(move |conn| {
            let known = known_browser::table
                .inner_join(account::table.on(account::id.eq(known_browser::account)))
                .filter(known_browser::hash.eq(browser.0.as_slice()))
                .filter(account::login_key.eq(&login_key))
                .filter(known_browser::ends.gt(now.as_millis()));
            Ok(known.select(known_browser::account).first::<i64>(conn).optional()?.is_some())
        })
        .await
    }

    async fn note_browser(
        &self,
        browser: Digest,
        account: AccountId,
        counted: Vec<Counted>,
        now: Timestamp,
    ) -> Result<()> {
        self.unrecorded(move |conn| {
            throttle::forget(conn, &counted)?;
            Ok(sessions::know_browser(conn, browser, account, now)?)
        })
        .await
    }

    async fn places(&self, account: AccountId) -> Result<Vec<Place>> {
        self.scan_at_once(move |conn| places(conn, account)).await
    }
}

/// Why a sign-in to an account was refused.
const WRONG_PASSWORD: &str = "WrongPassword";

/// A deed done to an account; the account's address is kept apart so that it can be erased.
pub(super) fn told(account: &Account, action: Action) -> Deed {
    let deed = Deed::of_account(account.id, action).about("email", account.email.as_deref());
    deed.about("name", Some(&account.name))
}

/// The record of sessions that somebody ended, if there were any.
fn ending(account: AccountId, action: Action, ended: usize) -> Done<()> {
    match ended {
        0 => Done::nothing(()),
        _ => Done::told((), Deed::of_account(account, action).noting("sessions", ended)),
    }
}

/// A set-up link gives the organisation to anyone who has the link, so it works only while nobody owns it.
fn prove_without_owner(conn: &mut Conn, tenant: TenantId) -> Result<()> {
    match people::has_joined_owner(conn, tenant)? {
        true => Err(StorageError::HasOwner),
        false => Ok(()),
    }
}

/// Makes the account a joined owner: through its address's invitation, its existing membership, or a new one.
fn make_owner(conn: &mut Conn, at: At<'_>, owner: &Account) -> Result<MembershipId> {
    let mine = membership::table.filter(membership::tenant.eq(at.tenant.0));
    let mine = mine.filter(membership::account.eq(owner.id.0)).select(membership::id);
    let id = match mine.first::<i64>(conn).optional()? {
        Some(id) => MembershipId(id),
        None => {
            let email = owner.email.as_deref().ok_or(StorageError::NoAddress)?;
            let email: Address = email.parse().map_err(StorageError::Refused)?;
            match people::by_hand(conn, at.tenant, &[email.key()])?.first() {
                Some(invited) => invited.id,
                None => people::invite(conn, at, (&email, Some(&owner.name)), Role::Owner, None)?.0,
            }
        }
    };
    for event in [Event::Joined(owner.id), Event::RoleGiven(Role::Owner)] {
        let found = listed::one(conn, at.tenant, id)?.ok_or(StorageError::LinkGone)?;
        people::happen(conn, at, &found, event)?;
    }
    Ok(id)
}

fn places(conn: &mut Conn, account: AccountId) -> Result<Vec<Place>> {
    let mine: Vec<(i64, i64, String)> = membership::table
        .filter(membership::account.eq(account.0))
        .select((membership::tenant, membership::id, membership::role))
        .load(conn)?;
    let mut places = Vec::new();
    for (tenant, id, role) in mine {
        let tenant = TenantId(tenant);
        let Some(organisation) = organisations::by_tenant(conn, tenant)? else { continue };
        let damaged = StorageError::Damaged { what: "role", text: role.clone() };
        places.push(Place {
            organisation,
            id: MembershipId(id),
            role: role.parse().or(Err(damaged))?,
            opens_from: presence::opens_from(conn, tenant, account)?,
            emergency: identities::emergency(conn, tenant)?,
        });
    }
    places.sort_by(|a, b| a.organisation.name.cmp(&b.organisation.name));
    Ok(places)
}
