//! Statements on single sign-on that is required, and on the account that opens the organisation all the same.

use super::at::{At, Doer};
use super::memberships::joined_owners;
use super::{Conn, Storage, accounts, acts, directory, listed, outbox, presence, sso};
use crate::access::{AccountId, Action as Right, Digest};
use crate::audit::{Action, By, Deed, Done};
use crate::clock::Timestamp;
use crate::jobs::{NewJob, Ruled};
use crate::people::{Compared, Role};
use crate::sso::{Connection, Keeper, PROVED_MS, RequireStore, SHOWN, ShutOut, shut_out};
use crate::storage::locks::{Held, Hold};
use crate::storage::schema::{account, identity, membership};
use crate::storage::{Result, StorageError};
use diesel::prelude::*;
use provost::hook::TenantId;
use std::collections::HashSet;

impl RequireStore for Storage {
    async fn require_sign_on(
        &self,
        by: By,
        tenant: TenantId,
        account: AccountId,
        (expected, emergency): (Option<AccountId>, AccountId),
    ) -> Result<()> {
        let (now, actor) = (by.at, by.actor.clone());
        self.change(by, move |conn| {
            conn.hold(Held::WholeOrganisation(tenant))?;
            acts::prove_role(conn, tenant, &actor, Right::RequireSignOn)?;
            // the account stays an owner, and on, while it is chosen
            conn.hold(Held::Owners(tenant))?;
            accounts::prove_on(conn, emergency)?;
            let found = sso::of_tenant(conn, tenant)?;
            let Some(on) = found.on() else { return Err(refused("single sign-on is not switched on")) };
            let before = on.standing.emergency();
            if before != expected {
                return Err(refused(CHANGED));
            }
            if before == Some(emergency) {
                return Ok(Done::nothing(()));
            }
            if before.is_none() && !has_proved(conn, tenant, on, account, now)? {
                return Err(refused(
                    "whoever requires single sign-on has come in through it within the hour, or passed a test: sign in as a test first",
                ));
            }
            if !keepers(conn, tenant)?.iter().any(|keeper| keeper.account == emergency) {
                return Err(refused("the emergency account is that of an owner who has joined and has a password"));
            }
            sso::set_emergency(conn, tenant, on.id, Some(emergency))?;
            // a session that is open here already is told of too
            presence::forget_uses(conn, tenant, emergency)?;
            let deed = Deed::of(tenant, Action::RequireSignOn, &on.id.0).noting("emergency", emergency.0.to_string());
            let deed = match before {
                Some(before) => deed.noting("before", before.0.to_string()),
                None => deed,
            };
            Ok(Done::told((), deed))
        })
        .await
    }

    async fn unrequire_sign_on(&self, by: By, tenant: TenantId, expected: Option<AccountId>) -> Result<bool> {
        let (keys, now, actor) = (self.keys(), by.at, by.actor.clone());
        self.change(by, move |conn| {
            conn.hold(Held::WholeOrganisation(tenant))?;
            acts::prove_role(conn, tenant, &actor, Right::RequireSignOn)?;
            let found = sso::of_tenant(conn, tenant)?;
            let Some(on) = found.on().filter(|on| on.standing.emergency().is_some()) else {
                return Ok(Done::nothing(false));
            };
            if expected.is_some() && on.standing.emergency() != expected {
                return Err(refused(CHANGED));
            }
            sso::set_emergency(conn, tenant, on.id, None)?;
            let at = At { tenant, keys: &keys, now, doer: Doer::Actor(&actor) };
            tell(conn, at, None)?;
            Ok(Done::told(true, Deed::of(tenant, Action::UnrequireSignOn, &on.id.0)))
        })
        .await
    }

    async fn note_emergency(&self, by: By, tenant: TenantId, session: Digest) -> Result<()> {
        let was_told = self.read(move |conn| Ok(presence::used(conn, tenant, session)?.is_some())).await?;
        if was_told {
            return Ok(());
        }
        let (keys, now, actor) = (self.keys(), by.at, by.actor.clone());
        self.change(by, move |conn| {
            let Some(id) = actor.account() else { return Ok(Done::nothing(())) };
            // of two tabs at once, one tells
            if !presence::note_first(conn, tenant, session, now)? {
                return Ok(Done::nothing(()));
            }
            let at = At { tenant, keys: &keys, now, doer: Doer::Actor(&actor) };
            tell(conn, at, Some(id))?;
            Ok(Done::told((), Deed::of(tenant, Action::UseEmergency, &id.0)))
        })
        .await
    }

    async fn keepers(&self, tenant: TenantId) -> Result<Vec<Keeper>> {
        self.read(move |conn| Ok(keepers(conn, tenant)?)).await
    }

    async fn recognised(&self, tenant: TenantId, compared: Compared) -> Result<(usize, usize)> {
        self.scan(move |conn| {
            // an owner is not linked by the directory alone
            let members = membership::table
                .filter(membership::tenant.eq(tenant.0))
                .filter(membership::user_seq.is_not_null())
                .filter(membership::role.ne(Role::Owner.as_str()));
            if compared == Compared::UserName {
                // names are unique
                let all: i64 = members.count().get_result(conn)?;
                let all = usize::try_from(all).unwrap_or(0);
                return Ok((all, all));
            }
            let members: Vec<Option<i64>> = members.select(membership::user_seq).load(conn)?;
            let members: HashSet<i64> = members.into_iter().flatten().collect();
            let mut users = directory::external_ids(conn, tenant)?;
            users.retain(|(user, _)| members.contains(user));
            let all = users.len();
            Ok((all.saturating_sub(shut_out(compared, &users).len()), all))
        })
        .await
    }

    async fn shut_out(&self, tenant: TenantId) -> Result<ShutOut> {
        self.scan_at_once(move |conn| {
            let found = sso::of_tenant(conn, tenant)?;
            match found.on() {
                Some(on) => outside(conn, tenant, on),
                None => Ok(ShutOut::default()),
            }
        })
        .await
    }
}

const CHANGED: &str =
    "Require SSO was changed since the page was opened, and nothing was done: look at it again";

fn refused(why: &str) -> StorageError {
    StorageError::Refused(why.to_owned())
}

/// Whether an account came in through a connection a short while ago, or passed a test and is known by it.
fn has_proved(
    conn: &mut Conn,
    tenant: TenantId,
    on: &Connection,
    id: AccountId,
    now: Timestamp,
) -> QueryResult<bool> {
    let since = now.as_millis().saturating_sub(PROVED_MS);
    let mine = identity::table.filter(identity::tenant.eq(tenant.0)).filter(identity::connection.eq(on.id.0));
    let mine: Option<(String, i64)> = mine
        .filter(identity::account.eq(id.0))
        .select((identity::subject, identity::seen))
        .first(conn)
        .optional()?;
    let Some((subject, seen)) = mine else { return Ok(false) };
    // a test that a colleague answered at the identity provider is not theirs
    let tested = on.standing.tested().filter(|tested| tested.by == id && tested.subject == subject);
    Ok(seen >= since || tested.is_some_and(|tested| tested.at.as_millis() >= since))
}

fn keepers(conn: &mut Conn, tenant: TenantId) -> QueryResult<Vec<Keeper>> {
    let rows: Vec<(i64, String, Option<String>)> = membership::table
        .inner_join(account::table.on(membership::account.eq(account::id.nullable())))
        .filter(membership::tenant.eq(tenant.0))
        .filter(membership::role.eq("owner"))
        .filter(account::password.is_not_null())
        // one whose address was given away signs in nowhere
        .filter(account::login_key.is_not_null())
        .filter(account::disabled.is_null())
        .order(membership::id)
        .select((account::id, account::name, account::email))
        .load(conn)?;
    let keeper = |(id, name, email): (i64, String, Option<String>)| Keeper {
        account: AccountId(id),
        name,
        address: email.unwrap_or_default(),
    };
    Ok(rows.into_iter().map(keeper).collect())
}

/// The members whom no sign-in through a connection can mean: those by hand who are not linked, and those of the directory without an id
/// of their own.
fn outside(conn: &mut Conn, tenant: TenantId, on: &Connection) -> Result<ShutOut> {
    let linked: Vec<i64> = identity::table
        .filter(identity::tenant.eq(tenant.0))
        .filter(identity::connection.eq(on.id.0))
        .select(identity::account)
        .load(conn)?;
    let linked: HashSet<i64> = linked.into_iter().collect();
    let rows: Vec<Row> = membership::table
        .filter(membership::tenant.eq(tenant.0))
        .order(membership::id)
        .select((membership::id, membership::user_seq, membership::account, membership::role))
        .load(conn)?;
    let members: HashSet<i64> = rows.iter().filter_map(|(_, user, ..)| *user).collect();
    let mut users = directory::external_ids(conn, tenant)?;
    users.retain(|(user, _)| members.contains(user));
    let nobody: HashSet<i64> = shut_out(on.map.compared, &users).into_iter().collect();
    let is_outside = |(_, user, account, role): &&Row| {
        let is_linked = account.is_some_and(|account| linked.contains(&account));
        let has_no_way = match user {
            // who is invited by hand accepts through the identity provider
            None => account.is_some(),
            // an owner is not linked by the directory alone
            Some(user) => nobody.contains(user) || account.is_some() && role == "owner",
        };
        !is_linked && has_no_way
    };
    let ids: Vec<i64> = rows.iter().filter(is_outside).map(|(id, ..)| *id).collect();
    let first: Vec<i64> = ids.iter().take(SHOWN).copied().collect();
    let mut names: Vec<String> = listed::some(conn, tenant, &first)?.into_iter().map(listed::named).collect();
    names.sort();
    Ok(ShutOut { count: ids.len(), names })
}

/// The keys of a membership, of its user and its account, and the role.
type Row = (i64, Option<i64>, Option<i64>, String);

/// Tells the owners that the emergency account was used, or that none is needed any more.
pub(super) fn tell(conn: &mut Conn, at: At<'_>, emergency: Option<AccountId>) -> QueryResult<()> {
    let (by, id) = at.doer.words();
    let emergency = emergency.map(|account| account.0);
    let ruled = Ruled { emergency, by: by.to_owned(), id, at: at.now.as_millis() };
    for to in joined_owners(conn, at.tenant)? {
        outbox::put(conn, at.tenant, at.now, NewJob::sign_on_rule(&ruled, to))?;
    }
    Ok(())
}
