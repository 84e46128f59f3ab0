//! `provost audit`.

use super::{AuditStore, Entry, INSTALLATION};
use crate::cli::common::{Json, Since};
use crate::cli::installation::Installation;
use crate::clock;
use crate::failure::Failure;
use crate::organisations::OrganisationStore;
use crate::output::{print, print_json, say, table};
use crate::slug::Slug;
use crate::storage::Storage;
use clap::Subcommand;
use provost::hook::TenantId;

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// List what was changed in an organisation, by whomever, and what clients were refused: newest first
    List {
        #[command(flatten)]
        of: Of,
        /// Only what came since: a time such as 2026-11-28T09:30:00Z, or a span such as 2h before now
        #[arg(long, value_name = "TIME|SPAN")]
        since: Option<Since>,
        /// How many at most: up to 1000
        #[arg(long, value_name = "N", default_value_t = 100, value_parser = clap::value_parser!(u16).range(1..=1_000))]
        limit: u16,
        /// Only what came before this ID of the list: for the next page, the last one of this page
        #[arg(long, value_name = "ID", value_parser = id)]
        before: Option<String>,
        #[command(flatten)]
        json: Json,
    },
}

/// Whose trail it is.
#[derive(Debug, clap::Args)]
#[group(required = true, multiple = false)]
pub(crate) struct Of {
    /// Organisation
    #[arg(id = "org", long = "org", value_name = "SLUG")]
    slug: Option<Slug>,
    /// The installation itself: organisations that were deleted, upgrades, restores, accounts of nobody's members
    #[arg(long)]
    installation: bool,
}

impl Of {
    async fn trail(&self, storage: &Storage) -> Result<TenantId, Failure> {
        match &self.slug {
            Some(slug) => Ok(storage.organisation(slug).await?.tenant),
            None => Ok(INSTALLATION),
        }
    }
}

pub(crate) async fn run(command: Command, installation: &Installation) -> Result<(), Failure> {
    let Command::List { of, since, limit, before, json } = command;
    let storage = installation.open().await?;
    let tenant = of.trail(&storage).await?;
    let since = since.map(|since| since.before(clock::now()));
    let entries = storage.audited(tenant, since, before, limit).await?;
    if json.json {
        return Ok(print_json(&entries)?);
    }
    let rows: Vec<_> = entries.iter().map(row).collect();
    print(&table(["TIME", "WHO", "OPERATION", "TYPE", "RESOURCE", "RESULT", "REQUEST ID", "ID"], &rows))?;
    if let Some(last) = entries.last().filter(|_| entries.len() == usize::from(limit)) {
        say(format_args!("there may be more: repeat the command with `--before {}`", last.id));
    }
    Ok(())
}

fn row(entry: &Entry) -> [String; 8] {
    let result = match (&entry.error, entry.changed) {
        (Some(error), _) => error,
        (None, true) => "done",
        (None, false) => "unchanged",
    };
    [
        entry.at.clone(),
        who(entry),
        entry.operation.clone(),
        entry.resource_type.clone(),
        entry.resource_id.clone(),
        result.to_owned(),
        entry.request_id.clone(),
        entry.id.clone(),
    ]
}

/// As people know it: `token 8DFk..`, `ines@example.com`, `command maren@host-1`.
fn who(entry: &Entry) -> String {
    let login = entry.person.as_ref().and_then(|person| person.pointer("/by/login")?.as_str());
    match login {
        Some(login) => login.to_owned(),
        None => format!("{} {}", entry.by.kind, entry.by.id).trim_end().to_owned(),
    }
}

fn id(text: &str) -> Result<String, String> {
    let fits = text.len() == 36 && text.bytes().all(|b| b.is_ascii_hexdigit() || b == b'-');
    fits.then(|| text.to_ascii_lowercase())
        .ok_or_else(|| "an ID has 36 characters; `provost audit list` shows it in the last column".to_owned())
}
