//! Counts the memberships that SCIM ends, and stops it where the organisation wants that. Each one holds the brake's
//! row, so that the next sees it counted.

use super::at::At;
use super::memberships::joined_owners;
use super::{Conn, Storage, organisations, outbox};
use crate::audit::{Action, By, Deed, Done};
#[cfg(feature = "console")]
use crate::brake::BrakePageStore;
use crate::brake::{
    Brake, BrakeStore, HOUR_MS, Lift, LiftOf, State, Tally, ahead, first, is_another, minute,
};
use crate::clock::{self, Timestamp};
use crate::jobs::NewJob;
use crate::slug::Slug;
use crate::storage::later::Later;
use crate::storage::locks::{Held, Hold};
use crate::storage::schema::{brake, membership, membership_end, organisation};
use crate::storage::{Result, StorageError};
use diesel::prelude::*;
use provost::StoreError;
use provost::hook::{HookError, TenantId};

/// How long a counted size is reused: counting a large organisation takes milliseconds.
const SIZED_MS: i64 = 60_000;
/// How many organisations, and how many minutes, one sweep handles.
const MOST: i64 = 200;

impl BrakeStore for Storage {
    async fn lift_brake(&self, by: By, slug: Slug, lift: LiftOf) -> Result<Lift> {
        let now = by.at;
        self.change(by, move |conn| lift_of(conn, &slug, lift.from(now))).await
    }
}

/// Writes to an organisation's brake row, and creates it if necessary.
macro_rules! note {
    ($conn:expr, $tenant:expr, $($column:ident: $value:expr),+) => {{
        let row = diesel::insert_into(brake::table).values((brake::tenant.eq($tenant.0), $(brake::$column.eq($value)),+));
        let row = row.on_conflict(brake::tenant).do_update().set(($(brake::$column.eq($value),)+));
        $conn.later(row)
    }};
}

#[cfg(feature = "console")]
impl BrakePageStore for Storage {
    async fn brake(&self, tenant: TenantId, now: Timestamp) -> Result<State> {
        self.scan_at_once(move |conn| state(conn, tenant, now)).await
    }
}

/// What is known of an organisation's brake.
struct Known {
    slug: String,
    brake: Brake,
    row: Row,
    tally: Tally,
}

/// Its row, if there is one.
#[derive(Default, Queryable)]
struct Row {
    reached: Option<i64>,
    size: Option<i64>,
    sized: Option<i64>,
    lifted: Option<i64>,
    lifted_until: Option<i64>,
    lifted_left: Option<i64>,
}

impl Row {
    fn lift(&self, now: Timestamp) -> Option<Lift> {
        let at = Timestamp::from_millis(self.lifted?);
        let lift = Lift { at, until: Timestamp::from_millis(self.lifted_until?), left: self.lifted_left };
        lift.holds(now).then_some(lift)
    }

    /// The counted size, if it is recent.
    fn size(&self, now: Timestamp) -> Option<i64> {
        let is_fresh = now.as_millis().abs_diff(self.sized?) <= SIZED_MS.unsigned_abs();
        self.size.filter(|_| is_fresh)
    }
}

impl Known {
    /// How many members by SCIM there were an hour ago, if nobody came since: those of now, and those who ended.
    fn size(&self, conn: &mut Conn, tenant: TenantId) -> QueryResult<i64> {
        let provided = membership::table.filter(membership::tenant.eq(tenant.0));
        let provided: i64 = provided.filter(membership::user_seq.is_not_null()).count().get_result(conn)?;
        Ok(provided.saturating_add(self.tally.ended()))
    }
}

type Columns = (String, (String, i64, i64), Option<Row>, Option<(i64, i64)>);

/// Reads at most 61 minutes. `None` if the organisation no longer exists.
fn known(conn: &mut Conn, tenant: TenantId, now: Timestamp) -> Result<Option<Known>> {
    let within = membership_end::tenant.eq(organisation::tenant).and(membership_end::minute.ge(first(now)));
    let rows: Vec<Columns> = organisation::table
        .left_join(brake::table.on(brake::tenant.eq(organisation::tenant)))
        .left_join(membership_end::table.on(within))
        .filter(organisation::tenant.eq(tenant.0))
        .select((
            organisation::slug,
            (organisation::brake, organisation::brake_least, organisation::brake_percent),
            (
                brake::reached,
                brake::size,
                brake::sized,
                brake::lifted,
                brake::lifted_until,
                brake::lifted_left,
            )
                .nullable(),
            (membership_end::minute, membership_end::number).nullable(),
        ))
        .load(conn)?;
    let mut minutes = Vec::with_capacity(rows.len());
    let mut found = None;
    for (slug, brake, row, minute) in rows {
        minutes.extend(minute);
        found.get_or_insert((slug, brake, row));
    }
    let Some((slug, brake, row)) = found else { return Ok(None) };
    let (brake, row) = (organisations::read_brake(brake)?, row.unwrap_or_default());
    Ok(Some(Known { slug, brake, row, tally: Tally::of(minutes, now) }))
}

/// The state of the brake, for display.
pub(super) fn state(conn: &mut Conn, tenant: TenantId, now: Timestamp) -> Result<State> {
    let Some(known) = known(conn, tenant, now)? else { return Ok(State::default()) };
    let limit = match (known.tally.ended() < known.brake.least.get(), known.row.size(now)) {
        (true, _) => None,
        (false, Some(size)) => Some(known.brake.limit(size)),
        (false, None) => Some(known.brake.limit(known.size(conn, tenant)?)),
    };
    Ok(known.state(limit, now))
}

impl Known {
    fn state(&self, limit: Option<i64>, now: Timestamp) -> State {
        let below = limit.and_then(|limit| self.tally.below(limit));
        State { ended: self.tally.ended(), limit, below, lift: self.row.lift(now) }
    }
}

/// SCIM is about to end a membership: counts it, or refuses.
pub(super) fn ended(conn: &mut Conn, at: At<'_>) -> Result<(), HookError> {
    conn.hold(Held::Brake(at.tenant))?;
    let Some(known) = known(conn, at.tenant, at.now)? else { return Ok(()) };
    add(conn, at.tenant, minute(at.now), 1)?;
    let ended = known.tally.ended().saturating_add(1);
    // the usual case
    if ended < known.brake.least.get() {
        return Ok(());
    }
    let size = sized(conn, at, &known)?;
    let limit = known.brake.limit(size);
    let state = known.state(Some(limit), at.now);
    if state.holds(&known.brake) {
        return Err(HookError::Store(StoreError::Forbidden(stopped(&known.slug, state))));
    }
    if let Some(left) = state.lift.and_then(|lift| lift.left).filter(|_| state.is_reached()) {
        let one_less = brake::lifted_left.eq(left.saturating_sub(1));
        conn.later(diesel::update(brake::table.find(at.tenant.0)).set(one_less))?;
    }
    match ended >= limit {
        true => Ok(reached(conn, at, &known, Reached { ended, limit })?),
        false => Ok(()),
    }
}

/// The organisation's size, needed only once enough memberships ended.
fn sized(conn: &mut Conn, at: At<'_>, known: &Known) -> QueryResult<i64> {
    if let Some(size) = known.row.size(at.now) {
        return Ok(size);
    }
    let size = known.size(conn, at.tenant)?;
    note!(conn, at.tenant, size: size, sized: at.now.as_millis())?;
    Ok(size)
}

/// How many ended, and the limit.
struct Reached {
    ended: i64,
    limit: i64,
}

/// The limit is reached. Owners are told once, not for each membership.
fn reached(conn: &mut Conn, at: At<'_>, known: &Known, Reached { ended, limit }: Reached) -> QueryResult<()> {
    note!(conn, at.tenant, reached: at.now.as_millis())?;
    let last = known.row.reached.map(Timestamp::from_millis);
    if !is_another(last, at.now) {
        return Ok(());
    }
    let (organisation, stops) = (&known.slug, known.brake.stops());
    tracing::warn!(organisation, ended, limit, stops, "many memberships ended by SCIM within an hour");
    for owner in joined_owners(conn, at.tenant)? {
        outbox::put(conn, at.tenant, at.now, NewJob::brake(at.now, (ended, limit), owner))?;
    }
    Ok(())
}

/// The message for a client whose change was stopped.
fn stopped(slug: &str, State { ended, below, .. }: State) -> String {
    let end = below.map(|at| format!("at {}, or ", clock::minute(at))).unwrap_or_default();
    format!(
        "{ended} memberships of {slug} have ended by SCIM within the hour, and it is set to stop there: others can end \
         {end}when an owner lifts the brake, under Auth or with `provost brake lift --org {slug}`; nothing else is stopped"
    )
}

fn add(conn: &mut Conn, tenant: TenantId, minute: i64, number: i64) -> QueryResult<()> {
    let row = (
        membership_end::tenant.eq(tenant.0),
        membership_end::minute.eq(minute),
        membership_end::number.eq(number),
    );
    let row = diesel::insert_into(membership_end::table).values(row);
    let row = row.on_conflict((membership_end::tenant, membership_end::minute));
    conn.later(row.do_update().set(membership_end::number.eq(membership_end::number + number)))
}

fn lift_of(conn: &mut Conn, slug: &Slug, lift: Lift) -> Result<Done<Lift>> {
    let tenant = organisations::by_slug(conn, slug)?.tenant;
    conn.hold(Held::Organisation(tenant))?;
    conn.hold(Held::Brake(tenant))?;
    // it may have been deleted meanwhile, or set to only warn
    let found = organisations::by_tenant(conn, tenant)?;
    let found = found.ok_or_else(|| StorageError::NoOrganisation(slug.clone()))?;
    if !found.brake.stops() {
        return Err(StorageError::Refused(format!(
            "the brake of {slug} only warns, so there is nothing to lift: `provost org update {slug} --brake stop` lets it stop"
        )));
    }
    let (at, until) = (lift.at.as_millis(), lift.until.as_millis());
    note!(conn, tenant, lifted: at, lifted_until: until, lifted_left: lift.left)?;
    let deed = Deed::of(tenant, Action::LiftBrake, &tenant.0).noting("until", lift.until.to_string());
    Ok(Done::told(lift, deed.noting("count", lift.left)))
}

/// Moves counts from the future (a clock was ahead) to now, and deletes old ones. Returns the number of rows.
pub(super) fn sweep(conn: &mut Conn, now: Timestamp) -> QueryResult<i64> {
    let of_the_future: Vec<i64> = membership_end::table
        .filter(membership_end::minute.ge(ahead(now)))
        .select(membership_end::tenant)
        .distinct()
        // a fixed order, so that two servers sweeping at once do not deadlock
        .order(membership_end::tenant)
        .limit(MOST)
        .load(conn)?;
    for tenant in of_the_future.into_iter().map(TenantId) {
        // no row must be made for an organisation that was deleted meanwhile
        conn.hold(Held::Organisation(tenant))?;
        let here = organisation::table.find(tenant.0).select(organisation::tenant);
        if here.first::<i64>(conn).optional()?.is_none() {
            continue;
        }
        conn.hold(Held::Brake(tenant))?;
        let rows = membership_end::table
            .filter(membership_end::tenant.eq(tenant.0))
            .filter(membership_end::minute.ge(ahead(now)));
        let numbers: Vec<i64> = rows.select(membership_end::number).load(conn)?;
        diesel::delete(rows).execute(conn)?;
        add(conn, tenant, minute(now), numbers.iter().sum())?;
    }
    let long_ago = minute(Timestamp::from_millis(now.as_millis().saturating_sub(24 * HOUR_MS)));
    let past: Vec<(i64, i64)> = membership_end::table
        .filter(membership_end::minute.lt(long_ago))
        .limit(MOST)
        .select((membership_end::tenant, membership_end::minute))
        .load(conn)?;
    for key in &past {
        diesel::delete(membership_end::table.find(*key)).execute(conn)?;
    }
    Ok(i64::try_from(past.len()).unwrap_or(MOST))
}

/// Deletes the counts of an organisation that is being deleted.
pub(super) fn purge(conn: &mut Conn, tenant: TenantId) -> QueryResult<()> {
    diesel::delete(membership_end::table.filter(membership_end::tenant.eq(tenant.0))).execute(conn)?;
    diesel::delete(brake::table.find(tenant.0)).execute(conn)?;
    Ok(())
}
