//! Watches tokens: who made them, which are about to end, and why some were refused.

use super::{Conn, outbox};
use crate::access::AccountId;
use crate::clock::Timestamp;
use crate::jobs::{JobName, Kind, NewJob};
use crate::people::MembershipId;
use crate::storage::schema::{account, membership, organisation, token, token_warning};
use crate::tokens::{Ahead, KeyId, NOTED_EVERY_MS, Person, Refusal};
use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::sql_types::Text;
use provost::hook::TenantId;
use serde_json::json;
use std::collections::{HashMap, HashSet};

/// How many tokens one statement or write handles.
pub(super) const CHUNK: usize = 500;
/// How many of the tokens that end are considered, the first to end first; the others get their turn later.
const MOST_ENDING: i64 = 20_000;

pub(super) fn makers(conn: &mut Conn, tenant: TenantId) -> QueryResult<HashMap<AccountId, Person>> {
    let of_tenant = token::table.filter(token::tenant.eq(tenant.0));
    let makers = of_tenant.filter(token::made_by_account.is_not_null()).select(token::made_by_account);
    let makers: Vec<Option<i64>> = makers.distinct().load(conn)?;
    let makers: Vec<i64> = makers.into_iter().flatten().collect();
    let mut people = HashMap::new();
    for some in makers.chunks(CHUNK) {
        let here = membership::table.filter(membership::tenant.eq(tenant.0));
        let here = here.filter(membership::account.eq_any(some)).select(membership::account);
        let here: HashSet<Option<i64>> = here.load(conn)?.into_iter().collect();
        let names = account::table.filter(account::id.eq_any(some)).select((account::id, account::name));
        let names: Vec<(i64, String)> = names.load(conn)?;
        let person = |(id, name)| (AccountId(id), Person { name, is_here: here.contains(&Some(id)) });
        people.extend(names.into_iter().map(person));
    }
    Ok(people)
}

/// The tokens that end before a time, with their organisations.
#[diesel::dsl::auto_type]
pub(super) fn ending(until: Timestamp) -> _ {
    let (until, most): (i64, i64) = (until.as_millis(), MOST_ENDING);
    token::table
        .inner_join(organisation::table)
        .filter(token::ended.is_null())
        .filter(token::revoked.is_null())
        .filter(token::expires.le(until))
        .filter(organisation::disabled.is_null())
        .order(token::expires)
        .limit(most)
}

/// Marks expired tokens as ended.
pub(super) fn end(conn: &mut Conn, now: Timestamp) -> QueryResult<()> {
    let over = token::table.filter(token::ended.is_null()).filter(token::revoked.is_null());
    let over = over.filter(token::expires.le(now.as_millis()));
    diesel::update(over).set(token::ended.eq(now.as_millis())).execute(conn)?;
    Ok(())
}

/// The warnings that have not been given yet.
pub(super) fn not_given(conn: &mut Conn, due: &[(KeyId, Ahead)]) -> QueryResult<Vec<(KeyId, Ahead)>> {
    let asked = due.iter().map(|(key_id, _)| key_id.as_str());
    let given = token_warning::table.filter(token_warning::key_id.eq_any(asked));
    let given: Vec<(String, i64)> = given.select((token_warning::key_id, token_warning::days)).load(conn)?;
    let given: HashSet<(String, i64)> = given.into_iter().collect();
    let is_new = |(key_id, ahead): &&(KeyId, Ahead)| !given.contains(&(key_id.to_string(), ahead.days()));
    Ok(due.iter().filter(is_new).cloned().collect())
}

/// Notes warnings, and returns the tokens of those not noted before.
pub(super) fn warn(conn: &mut Conn, due: &[(KeyId, Ahead)], now: Timestamp) -> QueryResult<Vec<KeyId>> {
    let mut given = Vec::new();
    for (key_id, ahead) in due {
        let row = (
            token_warning::key_id.eq(key_id.as_str()),
            token_warning::days.eq(ahead.days()),
            token_warning::at.eq(now.as_millis()),
        );
        let new = diesel::insert_into(token_warning::table).values(row).on_conflict_do_nothing();
        if new.execute(conn)? > 0 {
            mail(conn, key_id, ahead.days(), now)?;
            given.push(key_id.clone());
        }
    }
    Ok(given)
}

/// Tells the joined owners.
fn mail(conn: &mut Conn, key_id: &KeyId, days: i64, now: Timestamp) -> QueryResult<()> {
    let owners: Vec<(i64, i64)> = membership::table
        .inner_join(token::table.on(token::tenant.eq(membership::tenant)))
        .filter(token::key_id.eq(key_id.as_str()))
        // literal, since SQLite matches it with the condition of a partial index
        .filter(membership::role.eq(sql::<Text>("'owner'")))
        .filter(membership::account.is_not_null())
        .select((membership::tenant, membership::id))
        .load(conn)?;
    for (tenant, id) in owners {
        let id = MembershipId(id);
        let name = JobName::token_ends(key_id, days, id);
        let detail = json!({ "key_id": key_id.as_str(), "days": days });
        let job = NewJob {
            name,
            kind: Kind::TokenEnds,
            membership: Some(id),
            detail,
            by_mode: false,
            due: Some(now),
        };
        outbox::put(conn, TenantId(tenant), now, job)?;
    }
    Ok(())
}

/// The refusals worth recording: the token exists, and none was recorded for it recently.
pub(super) fn to_note(conn: &mut Conn, refusals: &[(KeyId, Refusal)]) -> QueryResult<Vec<(KeyId, Refusal)>> {
    let asked = refusals.iter().map(|(key_id, _)| key_id.as_str());
    let known = token::table.filter(token::key_id.eq_any(asked)).select((token::key_id, token::refused));
    let known: HashMap<String, Option<i64>> = known.load(conn)?.into_iter().collect();
    let is_due = |(key_id, refusal): &&(KeyId, Refusal)| {
        let last = known.get(key_id.as_str());
        last.is_some_and(|last| last.is_none_or(|last| !is_close(last, refusal.at)))
    };
    Ok(refusals.iter().filter(is_due).cloned().collect())
}

fn is_close(last: i64, at: Timestamp) -> bool {
    last.abs_diff(at.as_millis()) < NOTED_EVERY_MS.unsigned_abs()
}

pub(super) fn note(conn: &mut Conn, refusals: &[(KeyId, Refusal)]) -> QueryResult<()> {
    for (key_id, Refusal { at, reason }) in refusals {
        let change = (token::refused.eq(at.as_millis()), token::refused_for.eq(reason.word()));
        diesel::update(token::table.find(key_id.as_str())).set(change).execute(conn)?;
    }
    Ok(())
}
