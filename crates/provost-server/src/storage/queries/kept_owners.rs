//! The identity provider tried to un-assign the last owner. The write was refused, she keeps her access, and managers
//! are told.

use super::{Conn, accounts, left_behind, listed, outbox, people};
use crate::audit::Record;
use crate::clock::Timestamp;
use crate::jobs::NewJob;
use crate::people::{Left, MembershipId};
use crate::storage::Result;
use crate::storage::schema::membership;
use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::sql_types::Text;
use provost::ErrorKind;
use provost::hook::TenantId;

/// How long after the last attempt it is shown. Identity providers try again in each cycle, and once a day when in
/// quarantine.
const TOLD_MS: i64 = 2 * 86_400_000;

/// Notes that a refused write would have removed the last owner. The write itself left nothing behind.
pub(super) fn note(conn: &mut Conn, record: &Record) -> Result<()> {
    let is_refused = record.error == Some(ErrorKind::Conflict) && record.resource_type == "User";
    if !is_refused || record.resource_id.is_empty() {
        return Ok(());
    }
    let tenant = record.tenant;
    let Some(user) = super::directory::user_by_id(conn, tenant, &record.resource_id)? else { return Ok(()) };
    let owner: Option<i64> = membership::table
        .filter(membership::tenant.eq(tenant.0))
        .filter(membership::user_seq.eq(user.seq))
        .filter(membership::role.eq(sql::<Text>("'owner'")))
        .filter(membership::account.is_not_null())
        .select(membership::id)
        .first(conn)
        .optional()?;
    let Some(id) = owner.map(MembershipId) else { return Ok(()) };
    if people::has_owner_besides(conn, tenant, id)? {
        return Ok(());
    }
    let at = record.at.as_millis();
    let row = membership::table.find((tenant.0, id.0));
    let before: Option<i64> = row.select(membership::kept).first(conn)?;
    diesel::update(row).set(membership::kept.eq(at)).execute(conn)?;
    if before.is_some_and(|before| before > at.saturating_sub(TOLD_MS)) {
        return Ok(());
    }
    for manager in managers(conn, tenant)? {
        outbox::put(conn, tenant, record.at, NewJob::last_owner(id, record.at, manager))?;
    }
    Ok(())
}

/// The managers who have joined and whose accounts are switched on.
fn managers(conn: &mut Conn, tenant: TenantId) -> QueryResult<Vec<MembershipId>> {
    let ids: Vec<i64> = membership::table
        .filter(membership::tenant.eq(tenant.0))
        .filter(membership::role.eq("manager"))
        .filter(membership::account.is_not_null())
        .filter(diesel::dsl::not(accounts::is_off()))
        .order(membership::id)
        .select(membership::id)
        .load(conn)?;
    Ok(ids.into_iter().map(MembershipId).collect())
}

/// The last owner, if the identity provider recently tried to remove her and she is still the last one.
pub(super) fn now(conn: &mut Conn, tenant: TenantId, now: Timestamp) -> Result<Option<Left>> {
    let since = now.as_millis().saturating_sub(TOLD_MS);
    let row: Option<(i64, Option<i64>)> = membership::table
        .filter(membership::tenant.eq(tenant.0))
        .filter(membership::role.eq(sql::<Text>("'owner'")))
        .filter(membership::kept.ge(since))
        .select((membership::id, membership::kept))
        .first(conn)
        .optional()?;
    let Some((id, Some(at))) = row else { return Ok(None) };
    let id = MembershipId(id);
    if people::has_owner_besides(conn, tenant, id)? {
        return Ok(None);
    }
    let found = listed::one(conn, tenant, id)?;
    let name = |found| Left { id, name: left_behind::name(found), since: Timestamp::from_millis(at) };
    Ok(found.map(name))
}
