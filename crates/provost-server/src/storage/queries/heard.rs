//! What was noticed about tokens: milestones.

use super::Conn;
use crate::clock::Timestamp;
use crate::storage::schema::{milestone, token};
use crate::tokens::{Heard, KeyId, Milestone};
use diesel::prelude::*;
use provost::hook::TenantId;

/// The first time of a milestone is kept.
pub(super) fn note(conn: &mut Conn, heard: &[(TenantId, Heard)]) -> QueryResult<()> {
    // a token may have been deleted with its organisation
    let asked = heard.iter().map(|(_, heard)| heard.key_id.as_str());
    let known: Vec<String> =
        token::table.filter(token::key_id.eq_any(asked)).select(token::key_id).load(conn)?;
    for (tenant, heard) in heard.iter().filter(|(_, h)| known.iter().any(|k| k == h.key_id.as_str())) {
        let row = (
            milestone::tenant.eq(tenant.0),
            milestone::key_id.eq(heard.key_id.as_str()),
            milestone::what.eq(heard.what.word()),
            milestone::first.eq(heard.first.as_millis()),
            milestone::last.eq(heard.last.as_millis()),
        );
        diesel::insert_into(milestone::table)
            .values(row)
            .on_conflict((milestone::tenant, milestone::key_id, milestone::what))
            .do_update()
            .set(milestone::last.eq(heard.last.as_millis()))
            .execute(conn)?;
    }
    Ok(())
}

/// The milestones of an organisation's tokens, the latest last.
pub(super) fn of_tenant(conn: &mut Conn, tenant: TenantId) -> QueryResult<Vec<Heard>> {
    let rows: Vec<(String, String, i64, i64)> = milestone::table
        .filter(milestone::tenant.eq(tenant.0))
        .select((milestone::key_id, milestone::what, milestone::first, milestone::last))
        .order(milestone::last)
        .load(conn)?;
    let mut all = Vec::new();
    for (token, what, first, last) in rows {
        // a newer version may know other milestones
        let (Some(key_id), Some(what)) = (KeyId::parse(&token), Milestone::parse(&what)) else { continue };
        let (first, last) = (Timestamp::from_millis(first), Timestamp::from_millis(last));
        all.push(Heard { key_id, what, first, last });
    }
    Ok(all)
}
