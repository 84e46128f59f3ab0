//! `provost schema`: checks files for `serve --schemas` without a server.

use crate::cli::common::Json;
use crate::failure::Failure;
use crate::output::{print, print_json, say, table};
use crate::schemas;
use clap::Subcommand;
use provost::{ResourceType, SchemaSet};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Check the schema files in a directory, and list what `serve --schemas` would serve with them
    Check {
        /// The directory
        dir: PathBuf,
        #[command(flatten)]
        json: Json,
    },
}

pub(crate) fn run(command: Command) -> Result<(), Failure> {
    match command {
        Command::Check { dir, json } => check(&dir, json.json),
    }
}

fn check(dir: &Path, json: bool) -> Result<(), Failure> {
    match schemas::load(Some(dir)) {
        Ok(set) if json => Ok(print_json(&described(&set))?),
        Ok(set) => {
            schemas::warnings(&set).for_each(|warning| say(format_args!("warning: {warning}")));
            Ok(print(&table(["ENDPOINT", "TYPE", "SCHEMA", "USE", "ATTRIBUTES"], &rows(&set)))?)
        }
        Err(e) => {
            if json {
                print_json(&json!({ "faults": e.faults() }))?;
            }
            Err(e.into())
        }
    }
}

/// A row for each schema of each resource type.
fn rows(set: &SchemaSet) -> Vec<[String; 5]> {
    let row = |t: &ResourceType, (schema, used, attributes): (String, &str, usize)| {
        [t.endpoint.clone(), t.name.to_string(), schema, used.to_owned(), attributes.to_string()]
    };
    set.resource_types().iter().flat_map(|t| uses(t).map(move |used| row(t, used))).collect()
}

/// The schemas of a resource type: the use of each, and how many attributes it defines.
fn uses(t: &ResourceType) -> impl Iterator<Item = (String, &'static str, usize)> + '_ {
    let extensions = t.extensions.iter().map(|e| {
        let used = if e.required { "required extension" } else { "extension" };
        (e.schema.id.to_string(), used, e.schema.attributes.len())
    });
    std::iter::once((t.schema.id.to_string(), "main", t.schema.attributes.len())).chain(extensions)
}

fn described(set: &SchemaSet) -> Value {
    let types = set.resource_types().iter().map(|t| {
        let schemas = uses(t).map(
            |(schema, used, attributes)| json!({ "schema": schema, "use": used, "attributes": attributes }),
        );
        json!({
            "name": t.name.as_str(),
            "endpoint": t.endpoint,
            "schemas": schemas.collect::<Vec<_>>(),
        })
    });
    json!({
        "resourceTypes": types.collect::<Vec<_>>(),
        "warnings": schemas::warnings(set).collect::<Vec<_>>(),
        "faults": [],
    })
}
