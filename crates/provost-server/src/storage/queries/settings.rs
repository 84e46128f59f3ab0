//! What the service remembers about itself.

use super::Conn;
use crate::audit::{Action, Deed, Done};
use crate::clock::Timestamp;
use crate::storage::schema::{
    invitation_link, known_browser, one_time, organisation, outbox, session, setting, sso_request,
};
use crate::storage::{Result, StorageError};
use diesel::prelude::*;

/// The key that signs cursors.
const CURSOR_KEY: &str = "cursor-key";

/// The key from which links in mails are made.
const INSTANCE_KEY: &str = "instance-key";

/// The mark of a database from which an organisation was deleted.
const HAD_ORGANISATIONS: &str = "had-organisations";

/// The row that first starts lock, so that one runs after the other.
const FIRST: &str = "first-start";

/// The time at which the database was restored from a backup.
const RESTORED: &str = "restored-at";

/// The versions that made the database and changed it last.
const MADE_BY: &str = "made-by-version";
const CHANGED_BY: &str = "changed-by-version";

/// Notes which version ran the migrations. Earlier versions read this when they refuse the database, so name and form
/// must stay.
pub(in crate::storage) fn note_version(conn: &mut Conn) -> Result<()> {
    let value = env!("CARGO_PKG_VERSION").as_bytes();
    let made = (setting::name.eq(MADE_BY), setting::value.eq(value));
    diesel::insert_into(setting::table).values(made).on_conflict_do_nothing().execute(conn)?;
    let changed = (setting::name.eq(CHANGED_BY), setting::value.eq(value));
    let row = diesel::insert_into(setting::table).values(changed).on_conflict(setting::name);
    row.do_update().set(setting::value.eq(value)).execute(conn)?;
    Ok(())
}

/// The version of Provost that last changed the database, if it can be read. A newer one may have changed any table, so
/// nothing is taken for granted.
pub(in crate::storage) fn changed_by(conn: &mut Conn) -> Option<String> {
    let version: Vec<u8> = setting::table.find(CHANGED_BY).select(setting::value).first(conn).ok()?;
    let is_one = |text: &String| text.len() <= 64 && text.chars().all(|c| c.is_ascii_graphic());
    String::from_utf8(version).ok().filter(is_one)
}

/// Notes when the database was restored, signs everybody out and invalidates all links.
pub(crate) fn mark_restored(conn: &mut Conn, now: Timestamp) -> Result<Done<()>> {
    let at = now.as_millis().to_be_bytes();
    let row = (setting::name.eq(RESTORED), setting::value.eq(at.as_slice()));
    diesel::insert_into(setting::table)
        .values(row)
        .on_conflict(setting::name)
        .do_update()
        .set(setting::value.eq(at.as_slice()))
        .execute(conn)?;
    // what was ended after the backup would be open again
    diesel::delete(session::table).execute(conn)?;
    diesel::delete(one_time::table).execute(conn)?;
    diesel::delete(sso_request::table).execute(conn)?;
    diesel::delete(known_browser::table).execute(conn)?;
    diesel::delete(invitation_link::table).execute(conn)?;
    // what was queued then has been sent since
    diesel::delete(outbox::table.filter(outbox::state.ne("sent"))).execute(conn)?;
    // calls since the backup are unknown, so nobody is silent because of them
    let reopened = organisation::reopened.eq(now.as_millis());
    diesel::update(organisation::table).set(reopened).execute(conn)?;
    Ok(Done::told((), Deed::of_installation(Action::Restore, "")))
}

/// When the database was restored, unless provisioning was restarted since.
pub(crate) fn restored(conn: &mut Conn) -> Result<Option<Timestamp>> {
    let rows: Vec<Vec<u8>> = setting::table.find(RESTORED).select(setting::value).load(conn)?;
    let damaged = |_| StorageError::Damaged { what: "time of a restore", text: "..".to_owned() };
    let millis = rows.into_iter().next().map(|at| at.try_into().map(i64::from_be_bytes)).transpose();
    Ok(millis.map_err(damaged)?.map(Timestamp::from_millis))
}

/// Notes that provisioning was restarted, and returns when the database was restored, if it was.
pub(crate) fn forget_restored(conn: &mut Conn) -> Result<Done<Option<Timestamp>>> {
    let Some(at) = restored(conn)? else { return Ok(Done::nothing(None)) };
    diesel::delete(setting::table.find(RESTORED)).execute(conn)?;
    let deed = Deed::of_installation(Action::EndRestore, "").noting("restored", at.to_string());
    Ok(Done::told(Some(at), deed))
}

/// Notes that an organisation was deleted, so that a start makes no first one.
pub(super) fn mark_deleted_organisation(conn: &mut Conn) -> QueryResult<()> {
    let row = (setting::name.eq(HAD_ORGANISATIONS), setting::value.eq(b"one was deleted".as_slice()));
    diesel::insert_into(setting::table).values(row).on_conflict_do_nothing().execute(conn)?;
    Ok(())
}

/// Whether organisations were deleted: then a database without any is not new.
pub(super) fn had_organisations(conn: &mut Conn) -> QueryResult<bool> {
    let marks: Vec<String> = setting::table.find(HAD_ORGANISATIONS).select(setting::name).load(conn)?;
    Ok(!marks.is_empty())
}

/// Waits for other transactions that called this, and keeps further ones waiting until this one ends.
pub(super) fn one_at_a_time(conn: &mut Conn) -> QueryResult<()> {
    let row = (setting::name.eq(FIRST), setting::value.eq([].as_slice()));
    let row = diesel::insert_into(setting::table).values(row).on_conflict(setting::name);
    row.do_update().set(setting::value.eq([].as_slice())).execute(conn)?;
    Ok(())
}

/// The key that signs cursors. Stores `fresh` if there is none yet.
pub(crate) fn cursor_key(conn: &mut Conn, fresh: [u8; 32]) -> Result<[u8; 32]> {
    key(conn, CURSOR_KEY, fresh)
}

/// The key from which links in mails are made. Stores `fresh` if there is none yet.
pub(super) fn instance_key(conn: &mut Conn, fresh: [u8; 32]) -> Result<[u8; 32]> {
    key(conn, INSTANCE_KEY, fresh)
}

/// A stored key. Of several callers at once, one makes it.
fn key(conn: &mut Conn, name: &str, fresh: [u8; 32]) -> Result<[u8; 32]> {
    let row = (setting::name.eq(name), setting::value.eq(fresh.as_slice()));
    diesel::insert_into(setting::table).values(row).on_conflict_do_nothing().execute(conn)?;
    let kept: Vec<u8> = setting::table.find(name).select(setting::value).first(conn)?;
    let damaged = |_| StorageError::Damaged { what: "key", text: "..".to_owned() };
    kept.try_into().map_err(damaged)
}
