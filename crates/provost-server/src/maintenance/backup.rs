//! `provost backup`: a copy of the database in one file, made while servers run.

use super::staging::{Existing, Staging, StagingError};
use crate::cli::common::Json;
use crate::cli::installation::Installation;
use crate::failure::Failure;
use crate::output::{print, print_json};
use crate::storage::{self, Upkeep};
use serde_json::json;
use std::fs;
use std::path::Path;

pub(crate) async fn run(file: &Path, installation: &Installation, json: Json) -> Result<(), Failure> {
    // one that needs an upgrade is especially worth a backup
    let storage = storage::open_file(&installation.file(Upkeep::Backup)?).await?;
    if fs::symlink_metadata(file).is_ok() {
        return Err(StagingError::Exists(file.to_owned()).into());
    }
    let staging = Staging::beside(file)?;
    storage.copy_to(&staging.file()).await?;
    staging.publish(Existing::Refuse)?;
    if json.json {
        return Ok(print_json(&json!({ "backup": file.display().to_string() }))?);
    }
    Ok(print(&format!("wrote {}", file.display()))?)
}
