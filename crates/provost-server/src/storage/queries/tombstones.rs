//! Rows of `deleted_organisation` and `former_slug`: what remains of deleted organisations and former names.

use super::Conn;
use crate::clock::Timestamp;
use crate::organisations::Tombstone;
use crate::slug::Slug;
use crate::storage::schema::{deleted_organisation, former_slug};
use crate::storage::{Result, StorageError};
use diesel::prelude::*;
use provost::hook::TenantId;

/// Stores a tombstone. The short name is never given again, since bookmarks and mails would lead there.
pub(super) fn remember(conn: &mut Conn, tombstone: &Tombstone) -> QueryResult<()> {
    let row = (
        deleted_organisation::tenant.eq(tombstone.tenant.0),
        deleted_organisation::slug.eq(tombstone.slug.as_str()),
        deleted_organisation::at.eq(tombstone.at.map(Timestamp::as_millis)),
        deleted_organisation::made_by.eq(tombstone.by.as_deref()),
    );
    diesel::insert_into(deleted_organisation::table).values(row).on_conflict_do_nothing().execute(conn)?;
    give_up(conn, &tombstone.slug, tombstone.tenant)
}

/// Notes that an organisation gave up a short name.
pub(super) fn give_up(conn: &mut Conn, slug: &Slug, by: TenantId) -> QueryResult<()> {
    let row = (former_slug::slug.eq(slug.as_str()), former_slug::tenant.eq(by.0));
    diesel::insert_into(former_slug::table).values(row).on_conflict_do_nothing().execute(conn)?;
    Ok(())
}

type Columns = (i64, String, Option<i64>, Option<String>);

fn tombstone((tenant, slug, at, by): Columns) -> Tombstone {
    Tombstone { tenant: TenantId(tenant), slug: Slug::stored(slug), at: at.map(Timestamp::from_millis), by }
}

/// All of them, by short name.
pub(in crate::storage) fn all(conn: &mut Conn) -> QueryResult<Vec<Tombstone>> {
    let rows: Vec<Columns> = deleted_organisation::table.order(deleted_organisation::slug).load(conn)?;
    Ok(rows.into_iter().map(tombstone).collect())
}

/// Why no organisation has this short name.
pub(super) fn missing(conn: &mut Conn, slug: &Slug) -> Result<StorageError> {
    let former = former_slug::table
        .inner_join(deleted_organisation::table.on(deleted_organisation::tenant.eq(former_slug::tenant)));
    let found = former.filter(former_slug::slug.eq(slug.as_str())).select(deleted_organisation::all_columns);
    Ok(match found.first::<Columns>(conn).optional()?.map(tombstone) {
        None => StorageError::NoOrganisation(slug.clone()),
        Some(Tombstone { at, by, .. }) => {
            let at = at.map(|at| format!(" at {at}")).unwrap_or_default();
            let by = by.map(|by| format!(" by {by}")).unwrap_or_default();
            StorageError::WasDeleted { slug: slug.clone(), when: at + &by }
        }
    })
}
