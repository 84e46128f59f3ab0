//! Rows of `membership`: reads, writes and deletes them. `people::life` decides what becomes of one; `people.rs` here
//! carries it out.

use super::at::{At, with_key};
use super::{Conn, accounts};
use crate::clock::Timestamp;
use crate::people::{Address, Called, Held, ManagedBy, MembershipId, Stage, Standing};
use crate::storage::StorageError;
use crate::storage::fixed::Fixed;
use crate::storage::later::Later;
use crate::storage::schema::{membership, team_membership};
use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::sql_types::Text;
use provost::hook::{HookError, TenantId};

/// The columns of a [`Standing`].
pub(super) type StandingColumns = (String, String, String, Option<i64>, String);

/// Selects [`StandingColumns`].
#[diesel::dsl::auto_type]
pub(super) fn standing_columns() -> _ {
    (
        membership::role,
        membership::role_source,
        membership::state,
        membership::account,
        membership::managed_by,
    )
}

/// Parses them.
pub(super) fn standing((role, source, state, account, by): StandingColumns) -> Result<Standing, HookError> {
    let read = || {
        let role = Held::stored(&role, &source)?;
        Some(Standing { role, stage: Stage::stored(&state, account)?, managed_by: by.parse().ok()? })
    };
    read().ok_or_else(|| {
        let text = format!("{role}, {source}, {state}, {by}");
        StorageError::Damaged { what: "membership", text }.into()
    })
}

/// The standing of a membership.
pub(super) fn one(
    conn: &mut Conn,
    tenant: TenantId,
    id: MembershipId,
) -> Result<Option<Standing>, HookError> {
    let row = membership::table.filter(membership::tenant.eq(tenant.0)).filter(membership::id.eq(id.0));
    let columns: Option<StandingColumns> = row.select(standing_columns()).first(conn).optional()?;
    columns.map(standing).transpose()
}

/// The owners who have joined.
pub(super) fn joined_owners(conn: &mut Conn, tenant: TenantId) -> QueryResult<Vec<MembershipId>> {
    let owners: Vec<i64> = membership::table
        .filter(membership::tenant.eq(tenant.0))
        // literal, since SQLite matches it with the condition of a partial index
        .filter(membership::role.eq(sql::<Text>("'owner'")))
        .filter(membership::account.is_not_null())
        .filter(diesel::dsl::not(accounts::is_off()))
        .select(membership::id)
        .load(conn)?;
    Ok(owners.into_iter().map(MembershipId).collect())
}

/// Whom a new membership is for.
#[derive(Debug, Clone, Copy)]
pub(super) enum For<'a> {
    /// A SCIM user, listed by the names in the directory.
    User(i64, &'a Called),
    /// Somebody who is not in the directory.
    Person { email: &'a Address, name: Option<&'a str> },
}

/// Makes a membership; `None` if the user already has one.
pub(super) fn insert(
    conn: &mut Conn,
    At { tenant, keys, now, .. }: At<'_>,
    whom: For<'_>,
    new: Standing,
) -> QueryResult<Option<MembershipId>> {
    let joined = new.stage.account();
    with_key(keys, now, |id| {
        let id = MembershipId(id);
        let row = (
            membership::tenant.eq(tenant.0),
            membership::id.eq(id.0),
            membership::role.eq(new.role.role().as_str()),
            membership::role_source.eq(new.role.source()),
            membership::state.eq(new.stage.as_str()),
            membership::managed_by.eq(new.managed_by.as_str()),
            membership::created.eq(now.as_millis()),
        );
        let listed = |called: &Called| {
            (membership::sort.eq(called.sort.clone()), membership::search.eq(called.search.clone()))
        };
        let shown = membership::shown.eq(new.stage.as_str());
        let account = (
            membership::account.eq(joined.map(|account| account.0)),
            membership::joined.eq(joined.map(|_| now.as_millis())),
        );
        let into = diesel::insert_into(membership::table);
        let made = match whom {
            // the usual case: unused columns are left out, since each one costs, as does building the text of the
            // statement anew
            For::User(seq, called) if new.stage == Stage::Provisioned => {
                let row = (row, listed(called), membership::user_seq.eq(seq));
                Fixed(into.values(row).on_conflict_do_nothing()).execute(conn)?
            }
            For::User(seq, called) => {
                let row = (row, account, listed(called), shown, membership::user_seq.eq(seq));
                into.values(row).on_conflict_do_nothing().execute(conn)?
            }
            For::Person { email, name } => {
                let called = (
                    membership::email.eq(email.as_str()),
                    membership::email_key.eq(email.key().as_str().to_owned()),
                    membership::name.eq(name),
                );
                let listed = listed(&Called::of(name.into_iter().chain([email.as_str()])));
                into.values((row, account, listed, shown, called)).on_conflict_do_nothing().execute(conn)?
            }
        };
        match made {
            0 if exists(conn, tenant, id)? => Ok(None),
            // another row already has these values, and stays
            0 => Ok(Some(None)),
            _ => Ok(Some(Some(id))),
        }
    })
}

fn exists(conn: &mut Conn, tenant: TenantId, id: MembershipId) -> QueryResult<bool> {
    let found = membership::table.find((tenant.0, id.0)).select(membership::id);
    Ok(found.first::<i64>(conn).optional()?.is_some())
}

/// Writes the new standing of a membership.
pub(super) fn update(
    conn: &mut Conn,
    tenant: TenantId,
    id: MembershipId,
    old: Standing,
    new: Standing,
    now: Timestamp,
) -> QueryResult<()> {
    let row = membership::table.find((tenant.0, id.0));
    let account = new.stage.account().map(|account| account.0);
    conn.later(diesel::update(row).set((
        membership::role.eq(new.role.role().as_str()),
        membership::role_source.eq(new.role.source()),
        membership::state.eq(new.stage.as_str()),
        membership::account.eq(account),
    )))?;
    if old.role != new.role {
        conn.later(diesel::update(row).set(membership::role_reason.eq(None::<&str>)))?;
    }
    if old.stage.account().is_none() && account.is_some() {
        conn.later(diesel::update(row).set(membership::joined.eq(now.as_millis())))?;
    }
    show(conn, tenant, id)
}

/// Updates the state shown in lists. To be called whenever the membership or its invitation changes.
pub(super) fn show(conn: &mut Conn, tenant: TenantId, id: MembershipId) -> QueryResult<()> {
    let shown = sql::<Text>(SHOWN);
    conn.later(diesel::update(membership::table.find((tenant.0, id.0))).set(membership::shown.eq(shown)))
}

/// The problem with the invitation if there is one, else the state of the membership.
pub(super) const SHOWN: &str = "CASE WHEN membership.state = 'joined' THEN 'joined' ELSE coalesce((SELECT i.state FROM \
     invitation i WHERE i.tenant = membership.tenant AND i.membership = membership.id AND \
     (i.state = 'ended' OR i.state = 'bounced')), membership.state) END";

/// Puts a SCIM user behind a membership by hand. From now on the directory names the person.
pub(super) fn stand_behind(
    conn: &mut Conn,
    tenant: TenantId,
    id: MembershipId,
    (user, called): (i64, &Called),
) -> QueryResult<()> {
    let none = None::<&str>;
    diesel::update(membership::table.find((tenant.0, id.0)))
        .set((
            membership::user_seq.eq(user),
            membership::managed_by.eq(ManagedBy::Scim.as_str()),
            membership::email.eq(none),
            membership::email_key.eq(none),
            membership::name.eq(none),
            membership::unassigned.eq(None::<i64>),
            membership::sort.eq(&called.sort),
            membership::search.eq(&called.search),
        ))
        .execute(conn)?;
    Ok(())
}

/// Deletes a membership with its places in teams.
pub(super) fn delete(conn: &mut Conn, tenant: TenantId, id: MembershipId) -> QueryResult<()> {
    let places = team_membership::table
        .filter(team_membership::tenant.eq(tenant.0))
        .filter(team_membership::membership.eq(id.0));
    conn.later(diesel::delete(places))?;
    conn.later(diesel::delete(membership::table.find((tenant.0, id.0))))
}
