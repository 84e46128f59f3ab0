//! `provost vacuum`.

use super::Place;
use super::args::Json;
use crate::failure::Failure;
use crate::output::{print, print_json};
use serde_json::json;

pub(super) async fn run(place: &Place, json: Json) -> Result<(), Failure> {
    place.open().await?.vacuum().await?;
    if json.json {
        return Ok(print_json(&json!({ "vacuumed": place.database().to_string() }))?);
    }
    Ok(print("wrote the database file anew")?)
}
