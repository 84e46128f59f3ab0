//! Statements on how members stand to the identity provider, and on who is nobody there any more.

use super::at::{At, Doer};
use super::join::{self, Asker};
use super::listed::Found;
use super::sso_proven::held;
use super::{Conn, Storage, accounts, acts, directory, listed, organisations, regain, sessions, sso};
use crate::access::{AccountId, Action as Right, Reason};
use crate::audit::{Action, By, Deed, Done};
use crate::clock::Timestamp;
use crate::people::{Compared, MembershipId, Role};
use crate::sso::{Connection, How, Link, Linked, LinkedStore, Why};
use crate::storage::locks::{Held, Hold};
use crate::storage::schema::{account, identity};
use crate::storage::{Result, StorageError};
use diesel::prelude::*;
use provost::hook::TenantId;

impl LinkedStore for Storage {
    async fn link_of(&self, tenant: TenantId, id: MembershipId) -> Result<Option<Link>> {
        self.read(move |conn| {
            let on = sso::of_tenant(conn, tenant)?;
            let (Some(on), Some(found)) = (on.on(), listed::one(conn, tenant, id)?) else { return Ok(None) };
            let known = match found.standing.stage.account() {
                Some(account) => known(conn, tenant, on, account)?,
                None => None,
            };
            let state = match known {
                Some((how, since, seen)) => Linked::Yes { how, since, seen },
                None => Linked::No(why(conn, tenant, on, &found)?),
            };
            Ok(Some(Link { provider: on.provider.clone(), state }))
        })
        .await
    }

    async fn unlink(&self, by: By, tenant: TenantId, id: MembershipId) -> Result<bool> {
        let (keys, now, actor) = (self.keys(), by.at, by.actor.clone());
        self.change(by, move |conn| {
            conn.hold(Held::Organisation(tenant))?;
            organisations::prove_on(conn, tenant)?;
            acts::prove_role(conn, tenant, &actor, Right::UnlinkMember)?;
            let gone = || StorageError::NoMember(id.to_string());
            if listed::one(conn, tenant, id)?.is_none() {
                return Err(gone());
            }
            let found = held(conn, tenant, id)?;
            let on = sso::of_tenant(conn, tenant)?;
            let (Some(on), Some(account)) = (on.on(), found.standing.stage.account()) else {
                return Err(refused("nobody is linked here"));
            };
            let Some((how, ..)) = known(conn, tenant, on, account)? else {
                return Err(refused("they are not linked"));
            };
            let role = found.standing.role.role();
            let why = why(conn, tenant, on, &found)?;
            let is_stranded = why != Why::NotYet && !has_password(conn, account)?;
            if is_stranded && (why != Why::ByHand || role == Role::Owner) {
                return Err(refused(no_way_back(role)));
            }
            let mine = identity::table.filter(identity::tenant.eq(tenant.0));
            let mine = mine.filter(identity::connection.eq(on.id.0)).filter(identity::account.eq(account.0));
            diesel::delete(mine).execute(conn)?;
            sessions::end_confined(conn, tenant, account, Reason::Unlinked, now)?;
            if is_stranded {
                regain::prove(conn, tenant, &found)?;
                let at = At { tenant, keys: &keys, now, doer: Doer::Actor(&actor) };
                join::put_next(conn, at, &found, Asker::Member(actor.account()))?;
            }
            let name = accounts::one(conn, account)?.map(|account| account.name);
            let deed = Deed::of(tenant, Action::UnlinkSignOn, &account.0)
                .noting("how", format!("{how:?}").to_lowercase())
                .noting("member", found.id.0.to_string())
                .about("name", name.as_deref());
            let deed = if is_stranded { deed.noting("invited", true) } else { deed };
            Ok(Done::told(is_stranded, deed))
        })
        .await
    }
}

fn refused(why: &str) -> StorageError {
    StorageError::Refused(why.to_owned())
}

const fn no_way_back(role: Role) -> &'static str {
    match role {
        Role::Owner => "an owner without a password could not come in again: the directory links no owner",
        Role::Manager | Role::Member => {
            "they have no password, and the directory does not say who they are, so they could not come in again: give the user an object \
             id as externalId first"
        }
    }
}

/// How an account is known at the identity provider, since when, and when it came last.
fn known(
    conn: &mut Conn,
    tenant: TenantId,
    on: &Connection,
    account: AccountId,
) -> Result<Option<(How, Timestamp, Timestamp)>> {
    let mine = identity::table.filter(identity::tenant.eq(tenant.0));
    let mine = mine.filter(identity::connection.eq(on.id.0)).filter(identity::account.eq(account.0));
    let row: Option<(String, i64, i64)> =
        mine.select((identity::how, identity::created, identity::seen)).first(conn).optional()?;
    let Some((text, since, seen)) = row else { return Ok(None) };
    let how = How::stored(&text).ok_or(StorageError::Damaged { what: "identity", text })?;
    Ok(Some((how, Timestamp::from_millis(since), Timestamp::from_millis(seen))))
}

/// Why a sign-in does not mean a member.
fn why(conn: &mut Conn, tenant: TenantId, on: &Connection, found: &Found) -> Result<Why> {
    let compared = on.map.compared;
    let user = found.user.as_ref().map(|user| &user.body);
    let external = user.and_then(|user| user.str("externalId")).unwrap_or_default();
    let same = match compared {
        Compared::UserName => 0,
        Compared::ObjectId | Compared::ExternalId => {
            let spellings = compared.spellings(external);
            let spellings: Vec<&str> = spellings.iter().map(String::as_str).collect();
            // one without access is in nobody's way
            let users = directory::users_with_external_id(conn, tenant, &spellings)?;
            users.iter().filter(|user| user.is_active()).count()
        }
    };
    Ok(Why::of(compared, found.standing.role.role(), user, same))
}

fn has_password(conn: &mut Conn, id: AccountId) -> QueryResult<bool> {
    let with = account::table.find(id.0).filter(account::password.is_not_null());
    // one whose address was given away signs in nowhere
    let with = with.filter(account::login_key.is_not_null());
    diesel::select(diesel::dsl::exists(with)).get_result(conn)
}
