//! Statements on members without a password, for the page that switches single sign-on off.

use super::at::{At, Doer};
use super::join::{self, Asker};
use super::regain::{self, Which};
use super::{Conn, Storage, acts, listed, organisations};
use crate::access::Action as Right;
use crate::audit::{Action, By, Deed, Done};
use crate::people::MembershipId;
use crate::sso::{NAMED, Without, WithoutStore};
use crate::storage::Result;
use crate::storage::locks::{Held, Hold};
use provost::hook::TenantId;

/// People to whom one transaction puts mail in: others wait for it.
const AT_ONCE: usize = 200;

impl WithoutStore for Storage {
    async fn without_password(&self, tenant: TenantId) -> Result<(Without, Without)> {
        self.scan_at_once(move |conn| {
            let all = without(conn, tenant, Which::All)?;
            let mut unlinked = without(conn, tenant, Which::Unlinked)?;
            unlinked.unsent = many(regain::count(conn, tenant, Which::Unsent)?);
            Ok((all, unlinked))
        })
        .await
    }

    async fn invite_back(&self, by: By, tenant: TenantId) -> Result<usize> {
        let (keys, now, actor) = (self.keys(), by.at, by.actor.clone());
        let (mut all, mut after) = (0, MembershipId(i64::MIN));
        loop {
            let (keys, actor) = (keys.clone(), actor.clone());
            let some = self.change(by.clone(), move |conn| {
                conn.hold(Held::Organisation(tenant))?;
                organisations::prove_on(conn, tenant)?;
                acts::prove_role(conn, tenant, &actor, Right::EditSignOn)?;
                let at = At { tenant, keys: &keys, now, doer: Doer::Actor(&actor) };
                let (sent, last) = invite(conn, at, after)?;
                let told = Deed::of(tenant, Action::InviteBack, "").noting("people", sent);
                Ok(Done::several((sent, last), (sent > 0).then_some(told)))
            });
            let (sent, last) = some.await?;
            all += sent;
            match last {
                Some(last) => after = last,
                None => return Ok(all),
            }
        }
    }
}

/// Puts in the mail to the first of them after one; how many, and the last one looked at, where there are more.
fn invite(conn: &mut Conn, at: At<'_>, after: MembershipId) -> Result<(usize, Option<MembershipId>)> {
    let ids = regain::first(conn, at.tenant, Which::Unsent, after, AT_ONCE)?;
    let asker = match at.doer {
        Doer::Actor(actor) => Asker::Member(actor.account()),
        Doer::Provider => Asker::Member(None),
    };
    let mut sent = 0;
    for id in &ids {
        conn.hold(Held::Membership(at.tenant, id.0))?;
        // who was un-assigned meanwhile, or has a password by now, gets none
        let Some(found) = listed::one(conn, at.tenant, *id)? else { continue };
        if regain::look(conn, at.tenant, &found)?.is_ok_and(|without| !without.is_linked) {
            join::put_next(conn, at, &found, asker)?;
            sent += 1;
        }
    }
    Ok((sent, ids.last().copied().filter(|_| ids.len() == AT_ONCE)))
}

fn without(conn: &mut Conn, tenant: TenantId, which: Which) -> Result<Without> {
    let count = many(regain::count(conn, tenant, which)?);
    let first = regain::first(conn, tenant, which, MembershipId(i64::MIN), NAMED)?;
    let ids: Vec<i64> = first.iter().map(|id| id.0).collect();
    let mut names: Vec<String> = listed::some(conn, tenant, &ids)?.into_iter().map(listed::named).collect();
    names.sort();
    Ok(Without { count, names, unsent: 0 })
}

fn many(count: i64) -> usize {
    usize::try_from(count).unwrap_or_default()
}
