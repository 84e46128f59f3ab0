//! Members by hand whose address belongs to somebody the identity provider un-assigned.

use super::at::{At, Doer};
use super::listed::{self, Found};
use super::members::{held, told};
use super::{Conn, Storage, memberships, outbox};
use crate::audit::{Action, By, Done};
use crate::clock::Timestamp;
use crate::jobs::NewJob;
use crate::people::{Left, LeftBehind, LeftBehindStore, ManagedBy, Member, MembershipId};
use crate::storage::later::Later;
use crate::storage::schema::membership;
use crate::storage::{Result, StorageError};
use diesel::prelude::*;
use provost::hook::TenantId;
use std::collections::HashMap;

impl LeftBehindStore for Storage {
    async fn keep_member(&self, by: By, tenant: TenantId, name: String) -> Result<Member> {
        self.change(by, move |conn| {
            let found = held(conn, tenant, &name)?;
            keep(conn, tenant, found)
        })
        .await
    }
}

/// Notes that somebody is left behind and mails the owners, once. A person who cuts somebody off sees it on the page
/// instead.
pub(super) fn note(conn: &mut Conn, at: At<'_>, id: MembershipId) -> QueryResult<()> {
    let new = membership::table
        .filter(membership::tenant.eq(at.tenant.0))
        .filter(membership::id.eq(id.0))
        .filter(membership::managed_by.eq(ManagedBy::Hand.as_str()))
        .filter(membership::unassigned.is_null());
    let noted = diesel::update(new).set(membership::unassigned.eq(at.now.as_millis())).execute(conn)?;
    if noted > 0 && matches!(at.doer, Doer::Provider) {
        for owner in memberships::joined_owners(conn, at.tenant)? {
            outbox::put(conn, at.tenant, at.now, NewJob::left_behind(id, at.now, owner))?;
        }
    }
    Ok(())
}

/// A SCIM user with the address is active again, or an owner has decided.
pub(super) fn forget(conn: &mut Conn, tenant: TenantId, id: MembershipId) -> QueryResult<()> {
    let row = membership::table.find((tenant.0, id.0));
    conn.later(diesel::update(row).set(membership::unassigned.eq(None::<i64>)))
}

/// An owner decides that this member stays. The caller holds the member.
pub(super) fn keep(conn: &mut Conn, tenant: TenantId, found: Found) -> Result<Done<Member>> {
    let Some(since) = since(conn, tenant, found.id)? else {
        return Err(StorageError::Refused(format!(
            "nobody with the address of {} was un-assigned, or that was settled meanwhile: nothing was changed",
            found.member.user_name
        )));
    };
    forget(conn, tenant, found.id)?;
    let since = Timestamp::from_millis(since).to_string();
    let deed = told(tenant, Action::KeepMember, &found).noting("unassigned", since);
    Ok(Done::told(found.member, deed))
}

/// When somebody with the member's address was un-assigned, unless an owner has decided since.
pub(super) fn since(conn: &mut Conn, tenant: TenantId, id: MembershipId) -> QueryResult<Option<i64>> {
    let row = membership::table.find((tenant.0, id.0)).select(membership::unassigned);
    Ok(row.first::<Option<i64>>(conn).optional()?.flatten())
}

/// Up to `most` of those about whom no owner has decided, the latest first.
pub(super) fn first(conn: &mut Conn, tenant: TenantId, most: usize) -> Result<LeftBehind> {
    let one_more = i64::try_from(most).unwrap_or(i64::MAX).saturating_add(1);
    let rows: Vec<(i64, Option<i64>)> = membership::table
        .filter(membership::tenant.eq(tenant.0))
        .filter(membership::unassigned.is_not_null())
        .order((membership::unassigned.desc(), membership::id.desc()))
        .limit(one_more)
        .select((membership::id, membership::unassigned))
        .load(conn)?;
    let ids: Vec<i64> = rows.iter().take(most).map(|(id, _)| *id).collect();
    let found = listed::some(conn, tenant, &ids)?;
    let mut names: HashMap<MembershipId, String> = found.into_iter().map(|one| (one.id, name(one))).collect();
    let left = |(id, since): &(i64, Option<i64>)| {
        let id = MembershipId(*id);
        Some(Left { id, name: names.remove(&id)?, since: Timestamp::from_millis((*since)?) })
    };
    let first = rows.iter().take(most).filter_map(left).collect();
    Ok(LeftBehind { first, has_more: rows.len() > most })
}

/// The name of a member by hand.
pub(super) fn name(found: Found) -> String {
    let name = found.member.display_name.filter(|name| !name.trim().is_empty());
    name.unwrap_or(found.member.user_name)
}
