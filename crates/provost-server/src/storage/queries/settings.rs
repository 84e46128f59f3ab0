//! Statements on what the service remembers of itself.

use super::Conn;
use crate::storage::schema::setting;
use crate::storage::{Result, StorageError};
use diesel::prelude::*;

/// The name of the key that cursors are signed with.
const CURSOR_KEY: &str = "cursor-key";

/// The key that cursors are signed with: `fresh` when there is none yet. Of several who ask at once, one makes it.
pub(super) fn cursor_key(conn: &mut Conn, fresh: [u8; 32]) -> Result<[u8; 32]> {
    let row = (setting::name.eq(CURSOR_KEY), setting::value.eq(fresh.as_slice()));
    diesel::insert_into(setting::table).values(row).on_conflict_do_nothing().execute(conn)?;
    let kept: Vec<u8> = setting::table.find(CURSOR_KEY).select(setting::value).first(conn)?;
    let damaged = |_| StorageError::Damaged { what: "key for cursors", text: "..".to_owned() };
    kept.try_into().map_err(damaged)
}
