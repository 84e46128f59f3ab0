//! `provost vacuum`, and what `provost check` says of it.

use super::args::Json;
use super::output::{print, print_json};
use super::{Failure, Place};
use crate::storage::{self, Storage};
use serde_json::json;

pub(super) async fn run(place: &Place, json: Json) -> Result<(), Failure> {
    place.open().await?.vacuum().await?;
    if json.json {
        return Ok(print_json(&json!({ "vacuumed": place.database().to_string() }))?);
    }
    Ok(print("wrote the database file anew")?)
}

/// What is to be done where deleted data may be left in the file.
pub(crate) async fn advice(storage: &Storage) -> Result<Option<&'static str>, storage::StorageError> {
    const ADVICE: &str = "an earlier release wrote this database and did not overwrite what it deleted: names and addresses of \
                          deleted people may be left in the free parts of the file. Run `provost vacuum` once, best while \
                          the server is stopped";
    Ok(if storage.is_overwritten().await? { None } else { Some(ADVICE) })
}
