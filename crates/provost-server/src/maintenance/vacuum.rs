//! `provost vacuum`.

use crate::cli::common::Json;
use crate::cli::installation::Installation;
use crate::failure::Failure;
use crate::output::{print, print_json};
use crate::storage::{self, Upkeep};
use serde_json::json;

pub(crate) async fn run(installation: &Installation, json: Json) -> Result<(), Failure> {
    let path = installation.file(Upkeep::Vacuum)?;
    storage::open_current_file(&path).await?.vacuum().await?;
    if json.json {
        return Ok(print_json(&json!({ "vacuumed": installation.database().to_string() }))?);
    }
    Ok(print("rewrote the database file")?)
}
