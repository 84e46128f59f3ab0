//! `provost migrate`.

use crate::audit::By;
use crate::cli::common::Prepared;
use crate::cli::installation::Installation;
use crate::failure::Failure;
use crate::output::{print, print_json};
use crate::storage;
use serde_json::json;

pub(crate) async fn run(prepared: &Prepared, installation: &Installation) -> Result<(), Failure> {
    let (_, applied) = storage::prepare(
        &installation.database(),
        &installation.pooling()?,
        Some(&installation.schemas(prepared)?),
        By::operator(),
    )
    .await?;
    if prepared.json.json {
        return Ok(print_json(&json!({ "applied": applied }))?);
    }
    let lines = applied.iter().map(|step| format!("applied {step}")).collect::<Vec<_>>().join("\n");
    Ok(print(if lines.is_empty() { "nothing to do" } else { &lines })?)
}
