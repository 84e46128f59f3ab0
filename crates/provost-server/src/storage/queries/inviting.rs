//! Invites several people at once from the page.

use super::at::{At, Doer};
use super::{Conn, Storage, join, people};
use crate::audit::{By, Done};
use crate::clock::Timestamp;
use crate::people::{Address, HOUR_MS, InvitingStore, MOST, Role, Several};
use crate::storage::schema::invited_by_hand;
use crate::storage::{Result, StorageError};
use diesel::prelude::*;
use provost::hook::TenantId;

impl InvitingStore for Storage {
    async fn invite_several(
        &self,
        by: By,
        tenant: TenantId,
        emails: Vec<String>,
        role: Role,
    ) -> Result<Several> {
        let (keys, now, inviter) = (self.keys(), by.at, by.actor.account());
        let actor = by.actor.clone();
        self.change(by, move |conn| {
            let mut become_so = Vec::new();
            for email in &emails {
                become_so.push((email.clone(), join::becomes(conn, tenant, email)?));
            }
            let invited: Vec<&String> = become_so
                .iter()
                .filter(|(_, becomes)| becomes.is_invited(role))
                .map(|(email, _)| email)
                .collect();
            if let Some(refused) = count(conn, tenant, invited.len(), now)? {
                return Ok(Done::nothing(refused));
            }
            let (at, mut deeds) = (At { tenant, keys: &keys, now, doer: Doer::Actor(&actor) }, Vec::new());
            for email in invited {
                let email: Address = email.parse().map_err(StorageError::Refused)?;
                deeds.push(people::invite(conn, at, (&email, None), role, inviter)?.1);
            }
            Ok(Done::several(Several::Done(become_so), deeds))
        })
        .await
    }
}

/// Counts this many more invitations in the hour, or says why there is no room. The write locks the row, so of two who
/// invite at once the second counts the invitations of the first.
fn count(conn: &mut Conn, tenant: TenantId, more: usize, now: Timestamp) -> QueryResult<Option<Several>> {
    let (more, most, now) = (many(more), many(MOST), now.as_millis());
    let row =
        (invited_by_hand::tenant.eq(tenant.0), invited_by_hand::since.eq(now), invited_by_hand::number.eq(0));
    diesel::insert_into(invited_by_hand::table).values(row).on_conflict_do_nothing().execute(conn)?;
    let row = invited_by_hand::table.find(tenant.0);
    let is_over = invited_by_hand::since.le(now.saturating_sub(HOUR_MS));
    let anew = (invited_by_hand::since.eq(now), invited_by_hand::number.eq(0));
    diesel::update(row.filter(is_over)).set(anew).execute(conn)?;
    let has_room = invited_by_hand::number.le(most.saturating_sub(more));
    let counted = diesel::update(row.filter(has_room))
        .set(invited_by_hand::number.eq(invited_by_hand::number + more))
        .execute(conn)?;
    if counted > 0 {
        return Ok(None);
    }
    let (number, since): (i64, i64) =
        row.select((invited_by_hand::number, invited_by_hand::since)).first(conn)?;
    let left = usize::try_from(most.saturating_sub(number)).unwrap_or_default();
    Ok(Some(Several::TooMany { left, until: Timestamp::from_millis(since.saturating_add(HOUR_MS)) }))
}

fn many(people: usize) -> i64 {
    i64::try_from(people).unwrap_or(i64::MAX)
}
