//! The facts for an organisation's checks. Each statement uses an index and stops at a limit, so that an organisation
//! of 100,000 members costs no more than one of ten.

use super::{Conn, Storage, accounts, brake, counts, heard, kept_owners, left_behind, silence, tokens};
use crate::checks::{Count, FactStore, Facts, RefusedChange, UnsentMail};
use crate::clock::Timestamp;
use crate::organisations::Organisation;
use crate::storage::Result;
use crate::storage::schema::{audit, membership, outbox, team};
use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::sql_types::{Bool, Text};
use provost::hook::TenantId;

const WEEK_MS: i64 = 7 * 86_400_000;
/// Members and teams are counted up to this number.
const MANY: i64 = 10_000;
/// Whatever needs attention is counted up to this number.
const SOME: i64 = 100;
/// How many of those left behind are named.
const NAMED: usize = 3;
/// How many records are searched for the last refused change, since refused sign-ins may be newer.
const RECENT: i64 = 50;

/// The number of rows of an organisation in a table.
macro_rules! many {
    ($conn:expr, $table:ident, $tenant:expr) => {{
        let all = $table::table.filter($table::tenant.eq($tenant.0));
        let beyond = all.order($table::id).select($table::id).offset(MANY).limit(1);
        match beyond.first::<i64>($conn).optional()? {
            Some(_) => Count::Over(MANY),
            None => Count::Exactly(all.count().get_result($conn)?),
        }
    }};
}

impl FactStore for Storage {
    async fn facts(&self, organisation: Organisation, sends_mail: bool, now: Timestamp) -> Result<Facts> {
        self.scan_at_once(move |conn| gather(conn, organisation.clone(), sends_mail, now)).await
    }
}

pub(super) fn gather(
    conn: &mut Conn,
    organisation: Organisation,
    sends_mail: bool,
    now: Timestamp,
) -> Result<Facts> {
    let tenant = organisation.tenant;
    let since = Timestamp::from_millis(now.as_millis().saturating_sub(WEEK_MS));
    Ok(Facts {
        now,
        organisation,
        sends_mail,
        tokens: tokens::of_tenant(conn, tenant)?,
        heard: heard::of_tenant(conn, tenant)?,
        returns: silence::returns(conn, tenant)?,
        refused: counts::failed(conn, tenant, since)?,
        last_refused: last_refused(conn, tenant, since)?,
        unsent: unsent(conn, tenant, now)?,
        ended: shown(conn, tenant, "shown = 'ended'")?,
        bounced: shown(conn, tenant, "shown = 'bounced'")?,
        left_behind: left_behind::first(conn, tenant, NAMED)?,
        brake: brake::state(conn, tenant, now)?,
        #[cfg(feature = "sso")]
        sign_on: super::sso_reading::facts(conn, tenant, now)?,
        last_owner: kept_owners::now(conn, tenant, now)?,
        owners: owners(conn, tenant)?,
        members: many!(conn, membership, tenant),
        teams: many!(conn, team, tenant),
    })
}

/// Counts rows that were read with a limit of one more than is counted.
fn count<T>(rows: &[T]) -> Count {
    match i64::try_from(rows.len()) {
        Ok(number) if number <= SOME => Count::Exactly(number),
        _ => Count::Over(SOME),
    }
}

/// Members in a state. The condition is literal, since SQLite matches it with that of a partial index.
fn shown(conn: &mut Conn, tenant: TenantId, state: &'static str) -> QueryResult<Count> {
    let those = membership::table.filter(membership::tenant.eq(tenant.0)).filter(sql::<Bool>(state));
    Ok(count(&those.select(membership::tenant).limit(SOME.saturating_add(1)).load::<i64>(conn)?))
}

fn owners(conn: &mut Conn, tenant: TenantId) -> QueryResult<usize> {
    let owners = membership::table
        .filter(membership::tenant.eq(tenant.0))
        .filter(membership::role.eq(sql::<Text>("'owner'")))
        .filter(membership::account.is_not_null())
        .filter(diesel::dsl::not(accounts::is_off()));
    Ok(owners.select(membership::id).limit(2).load::<i64>(conn)?.len())
}

/// The last change by a client that was refused.
fn last_refused(conn: &mut Conn, tenant: TenantId, since: Timestamp) -> QueryResult<Option<RefusedChange>> {
    type Columns = (i64, String, String, Option<String>, Option<String>);
    let rows: Vec<Columns> = audit::table
        .filter(audit::tenant.eq(tenant.0))
        .filter(audit::error.is_not_null())
        .filter(audit::at.ge(since.as_millis()))
        .order((audit::at.desc(), audit::id.desc()))
        .limit(RECENT)
        .select((audit::at, audit::operation, audit::resource_type, audit::error, audit::made_by))
        .load(conn)?;
    let last = rows.into_iter().find(|(.., made_by)| made_by.is_none());
    Ok(last.map(|(at, operation, resource_type, error, _)| RefusedChange {
        at: Timestamp::from_millis(at),
        operation,
        resource_type,
        error: error.unwrap_or_default(),
    }))
}

fn unsent(conn: &mut Conn, tenant: TenantId, now: Timestamp) -> QueryResult<UnsentMail> {
    let most = SOME.saturating_add(1);
    let of = |state: &'static str| {
        outbox::table
            .filter(outbox::tenant.eq(tenant.0))
            .filter(outbox::sent.is_null())
            .filter(outbox::state.eq(state))
    };
    let due = of(super::outbox::WAITING).filter(outbox::due.le(now.as_millis()));
    // the order of an index, nearly that of time: the names of invitations begin with time-ordered keys
    let waiting: Vec<(i64, Option<String>)> =
        due.order(outbox::name).limit(most).select((outbox::made, outbox::error)).load(conn)?;
    // a mail that the server refused for good is reported separately
    let bounced = membership::table
        .filter(membership::tenant.eq(outbox::tenant))
        .filter(outbox::membership.eq(membership::id.nullable()))
        .filter(membership::shown.eq("bounced"));
    let failed: Vec<i64> = of(super::outbox::FAILED)
        .filter(diesel::dsl::not(diesel::dsl::exists(bounced)))
        .order(outbox::name)
        .limit(most)
        .select(outbox::made)
        .load(conn)?;
    let first = waiting.iter().min_by_key(|(made, _)| *made).cloned();
    Ok(UnsentMail {
        waiting: count(&waiting),
        oldest: first.as_ref().map(|(made, _)| Timestamp::from_millis(*made)),
        error: first.and_then(|(_, error)| error),
        failed: count(&failed),
    })
}
