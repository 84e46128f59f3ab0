//! What the links of invitations lead to.

use super::invitations::led;
use super::{Conn, letters, listed, organisations, regain};
use crate::access::{AccountId, Digest};
use crate::clock::Timestamp;
use crate::people::{AddressKey, Holder, ManagedBy, Offer, Opened, Regain, Stage};
use crate::storage::schema::{account, membership};
use crate::storage::{Result, StorageError};
use diesel::prelude::*;
use provost::hook::TenantId;

/// What a link leads to.
pub(super) fn opened(conn: &mut Conn, link: Digest, me: Option<AccountId>, now: Timestamp) -> Result<Opened> {
    let Some(led) = led(conn, link)? else { return Ok(Opened::Gone) };
    let Some(organisation) = organisations::by_tenant(conn, led.tenant)? else { return Ok(Opened::Gone) };
    let Some(found) = listed::one(conn, led.tenant, led.id)? else { return Ok(Opened::Gone) };
    let regained = match led.account {
        None if matches!(found.standing.stage, Stage::Joined(_)) => {
            return Ok(Opened::Accepted(Box::new(organisation)));
        }
        None => None,
        Some(_) => match regain::good(conn, &led, &found)? {
            Some(without) => Some(without),
            None => return Ok(Opened::Spent),
        },
    };
    let teams = letters::team_names(conn, led.tenant, &found.member.teams)?;
    let holder = holder(conn, &led.address)?.filter(|holder| Some(holder.account) != led.account);
    let offer = Box::new(Offer {
        organisation,
        holder,
        here: here(conn, led.tenant, me)?,
        address: led.address,
        name: found.member.display_name,
        role: found.standing.role.role(),
        teams,
        managed_by: found.standing.managed_by,
        ends: led.ends,
    });
    Ok(match regained {
        _ if led.ends <= now => Opened::Ended(offer),
        Some(without) => Opened::Regain(Box::new(Regain { offer: *offer, is_linked: without.is_linked })),
        None => Opened::Good(offer),
    })
}

/// Whether the account is already a member here, and who manages that membership.
fn here(conn: &mut Conn, tenant: TenantId, me: Option<AccountId>) -> Result<Option<ManagedBy>> {
    let Some(me) = me else { return Ok(None) };
    let mine = membership::table.filter(membership::tenant.eq(tenant.0)).filter(membership::account.eq(me.0));
    let by: Option<String> = mine.select(membership::managed_by).first(conn).optional()?;
    let read = |text: String| {
        text.parse().map_err(|()| StorageError::Damaged { what: "word for who manages a membership", text })
    };
    by.map(read).transpose()
}

/// The account that signs in with an address.
pub(super) fn holder(conn: &mut Conn, address: &str) -> QueryResult<Option<Holder>> {
    let key = AddressKey::of(address);
    let found: Option<i64> = account::table
        .filter(account::login_key.eq(key.as_str().to_owned()))
        .select(account::id)
        .first(conn)
        .optional()?;
    let Some(id) = found else { return Ok(None) };
    let place = membership::table.filter(membership::account.eq(id)).select(membership::id);
    let is_member = place.first::<i64>(conn).optional()?.is_some();
    Ok(Some(Holder { account: AccountId(id), is_member }))
}
