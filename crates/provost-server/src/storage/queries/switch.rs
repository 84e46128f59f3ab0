//! Switches accounts off and on again.

use super::people::has_owner_besides;
use super::{Conn, Storage, access, accounts, identities, sessions};
use crate::access::{Account, AccountId, AccountSwitchStore, Reason, Switched};
use crate::audit::{Action, By, Done};
use crate::clock::Timestamp;
use crate::people::{AddressKey, MembershipId, Refusal};
use crate::slug::Slug;
use crate::storage::locks::{Held, Hold};
use crate::storage::schema::{account, membership, one_time, organisation};
use crate::storage::{Result, StorageError};
use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::sql_types::Text;
use provost::hook::TenantId;

impl AccountSwitchStore for Storage {
    async fn switch_account(&self, by: By, address: AddressKey, is_on: bool) -> Result<Switched> {
        let now = by.at;
        self.change(by, move |conn| {
            let key = account::login_key.eq(address.as_str().to_owned());
            let found: Option<i64> = account::table.filter(key).select(account::id).first(conn).optional()?;
            let gone = || StorageError::NoAccount(address.as_str().to_owned());
            let id = AccountId(found.ok_or_else(gone)?);
            let before = accounts::one(conn, id)?.ok_or_else(gone)?;
            let organisations = places(conn, id)?;
            if before.is_off != is_on {
                return Ok(Done::nothing(Switched { account: before, sessions_ended: 0, organisations }));
            }
            let mut sessions_ended = 0;
            match is_on {
                true => set(conn, id, None)?,
                false => sessions_ended = switch_off(conn, &before, now)?,
            }
            let account = Account { is_off: !is_on, ..before };
            let action = if is_on { Action::EnableAccount } else { Action::DisableAccount };
            let deed = access::told(&account, action);
            let deed = if is_on { deed } else { deed.noting("sessionsEnded", sessions_ended) };
            Ok(Done::told(Switched { account, sessions_ended, organisations }, deed))
        })
        .await
    }
}

fn set(conn: &mut Conn, id: AccountId, since: Option<Timestamp>) -> QueryResult<()> {
    let change = account::disabled.eq(since.map(Timestamp::as_millis));
    diesel::update(account::table.find(id.0)).set(change).execute(conn)?;
    Ok(())
}

/// Locks the owners first, so that of two owners who are switched off or leave at once, the later one counts as the
/// last. Whoever becomes an owner meanwhile holds the account, and is waited for.
fn switch_off(conn: &mut Conn, account: &Account, now: Timestamp) -> Result<usize> {
    let mut held = owned(conn, account.id)?;
    for (tenant, _) in &held {
        conn.hold(Held::Owners(*tenant))?;
    }
    set(conn, account.id, Some(now))?;
    for one in owned(conn, account.id)? {
        if !held.contains(&one) {
            conn.hold(Held::Owners(one.0))?;
            held.push(one);
        }
    }
    for (tenant, id) in held {
        if identities::emergency(conn, tenant)? == Some(account.id) {
            return Err(StorageError::Refused(needed(conn, account, tenant)?));
        }
        if !has_owner_besides(conn, tenant, id)? {
            return Err(StorageError::Refused(last(conn, account, tenant)?));
        }
    }
    let open = one_time::table.filter(one_time::account.eq(account.id.0)).filter(one_time::used.is_null());
    diesel::update(open.filter(one_time::ends.gt(now.as_millis())))
        .set(one_time::ends.eq(now.as_millis()))
        .execute(conn)?;
    Ok(sessions::end_all(conn, account.id, None, Reason::AccountOff, now)?)
}

/// Why the account stays on: it is the emergency account of this organisation.
fn needed(conn: &mut Conn, account: &Account, tenant: TenantId) -> Result<String> {
    let slug: String = organisation::table.find(tenant.0).select(organisation::slug).first(conn)?;
    let who = account.email.as_deref().unwrap_or(&account.name);
    Ok(format!(
        "{who} is the emergency account of {slug}, which opens it when single sign-on fails: an owner names another one there, or `provost \
         sso unrequire --org {slug}` ends Require SSO"
    ))
}

/// Why the account stays on: it is the last owner of this organisation.
fn last(conn: &mut Conn, account: &Account, tenant: TenantId) -> Result<String> {
    let slug: String = organisation::table.find(tenant.0).select(organisation::slug).first(conn)?;
    Ok(format!("{} (in `{slug}`)", Refusal::LastOwner.of(&account.clone().login())))
}

/// The memberships by which an account owns an organisation, in the order of their keys.
fn owned(conn: &mut Conn, id: AccountId) -> QueryResult<Vec<(TenantId, MembershipId)>> {
    let rows: Vec<(i64, i64)> = membership::table
        .filter(membership::account.eq(id.0))
        .filter(membership::role.eq(sql::<Text>("'owner'")))
        .order((membership::tenant, membership::id))
        .select((membership::tenant, membership::id))
        .load(conn)?;
    Ok(rows.into_iter().map(|(tenant, id)| (TenantId(tenant), MembershipId(id))).collect())
}

/// The organisations of which an account is a member.
fn places(conn: &mut Conn, id: AccountId) -> QueryResult<Vec<Slug>> {
    let slugs: Vec<String> = membership::table
        .inner_join(organisation::table.on(organisation::tenant.eq(membership::tenant)))
        .filter(membership::account.eq(id.0))
        .order(organisation::slug)
        .select(organisation::slug)
        .load(conn)?;
    Ok(slugs.into_iter().map(Slug::stored).collect())
}
