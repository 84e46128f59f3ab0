//! Queues mail to all owners when somebody becomes an owner or stops being one.

use super::at::At;
use super::{Conn, accounts, outbox};
use crate::access::AccountId;
use crate::jobs::{JobName, Kind, NewJob, OwnerChange};
use crate::people::{Role, Standing};
use crate::storage::schema::membership;
use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::sql_types::Text;
use serde_json::json;

/// The account of a joined owner. Before joining, an owner decides nothing.
fn owner(held: &Standing) -> Option<AccountId> {
    held.stage.account().filter(|_| held.role.role() == Role::Owner)
}

/// The account that a change makes an owner.
pub(super) fn made(old: &Standing, new: &Standing) -> Option<AccountId> {
    owner(new).filter(|_| owner(old).is_none())
}

/// Tells the owners and the person if a change made somebody an owner or ended that. `old` has two memberships in a
/// merge.
pub(super) fn tell(conn: &mut Conn, at: At<'_>, old: &[Standing], new: Option<Standing>) -> QueryResult<()> {
    let (account, is_owner) = match (old.iter().find_map(owner), new.as_ref().and_then(owner)) {
        (None, Some(account)) => (account, true),
        (Some(account), None) => (account, false),
        (None, None) | (Some(_), Some(_)) => return Ok(()),
    };
    let mut to = owners(conn, at)?;
    to.retain(|other| *other != account);
    let (kind, id) = at.doer.words();
    // the first owner has nobody to tell
    if to.is_empty() && kind == "link" {
        return Ok(());
    }
    for to in to.into_iter().chain([account]) {
        let change = OwnerChange {
            account: account.0,
            is_owner,
            by: kind.to_owned(),
            id: id.clone(),
            at: at.now.as_millis(),
            to: to.0,
        };
        let job = NewJob {
            name: JobName::owner(&change),
            kind: Kind::OwnerChanged,
            // the person may no longer be a member
            membership: None,
            detail: json!(change),
            by_mode: false,
            due: Some(at.now),
        };
        outbox::put(conn, at.tenant, at.now, job)?;
    }
    Ok(())
}

/// The accounts of the joined owners.
fn owners(conn: &mut Conn, at: At<'_>) -> QueryResult<Vec<AccountId>> {
    let owners = membership::table
        .filter(membership::tenant.eq(at.tenant.0))
        // literal, since SQLite matches it with the condition of a partial index
        .filter(membership::role.eq(sql::<Text>("'owner'")))
        .filter(diesel::dsl::not(accounts::is_off()));
    let accounts: Vec<Option<i64>> = owners.order(membership::id).select(membership::account).load(conn)?;
    Ok(accounts.into_iter().flatten().map(AccountId).collect())
}
