//! Whether a file still holds deleted data: earlier releases left it in the free parts of the file.

use super::Conn;
use crate::storage::Result;
use crate::storage::schema::setting;
use diesel::prelude::*;

/// The mark of a file in which every deletion overwrote its data.
const OVERWRITTEN: &str = "deletions-overwritten";

/// Notes that the file holds no deleted data.
pub(super) fn mark(conn: &mut Conn) -> Result<()> {
    let row = (setting::name.eq(OVERWRITTEN), setting::value.eq(b"since it was made or vacuumed".as_slice()));
    diesel::insert_into(setting::table).values(row).on_conflict_do_nothing().execute(conn)?;
    Ok(())
}

/// Whether every deletion in the file overwrote its data.
pub(super) fn is_overwritten(conn: &mut Conn) -> Result<bool> {
    let marks: Vec<String> = setting::table.find(OVERWRITTEN).select(setting::name).load(conn)?;
    Ok(!marks.is_empty())
}
