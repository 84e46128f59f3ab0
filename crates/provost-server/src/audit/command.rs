//! `provost audit`.

use super::chain::Count;
use super::chain::checkpoint::{Checkpoint, Key};
use super::chain::verify::verify;
use super::chain::{ChainStore, Head, hex};
use super::erasure::{Erased, erase};
use super::filter::Wanted;
use super::{AuditStore, By, Entry, Filter, INSTALLATION};
use crate::cli::common::{Json, OfOrganisation, Since};
use crate::cli::installation::Installation;
use crate::clock;
use crate::failure::Failure;
use crate::organisations::OrganisationStore;
use crate::output::{Progress, print, print_json, print_line, print_lines, say, table};
use crate::requests;
use crate::slug::Slug;
use crate::storage::Storage;
use clap::Subcommand;
use provost::hook::TenantId;
use serde_json::json;
use std::path::{Path, PathBuf};

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// List what was changed in an organisation, by whomever, and what clients were refused: newest first
    List {
        #[command(flatten)]
        of: Of,
        #[command(flatten)]
        wanted: Wanted,
        /// How many at most: up to 1000
        #[arg(long, value_name = "N", default_value_t = 100, value_parser = clap::value_parser!(u16).range(1..=1_000))]
        limit: u16,
        /// Only what came before this ID of the list: for the next page, the last one of this page
        #[arg(long, value_name = "ID", value_parser = id)]
        before: Option<String>,
        #[command(flatten)]
        json: Json,
    },
    /// Print all records of an organisation, or those that are wanted, oldest first: one line of JSON each. This is a record too
    Export {
        #[command(flatten)]
        of: Of,
        #[command(flatten)]
        wanted: Wanted,
    },
    /// Show what clients did in each hour: added, changed, removed, failed, left out in part, and which rules were applied
    Counts {
        /// Organisation
        #[command(flatten)]
        of: OfOrganisation,
        /// Only hours since: a time such as 2026-11-28T09:30:00Z, or a span such as 7d before now
        #[arg(long, value_name = "TIME|SPAN", default_value = "24h")]
        since: Since,
        #[command(flatten)]
        json: Json,
    },
    /// Look whether a sealed record was changed, removed, added or moved, and name the first one
    Verify {
        #[command(flatten)]
        of: Of,
        /// File with checkpoints that were kept elsewhere, a line each, as `audit head` prints them
        #[arg(long, value_name = "FILE")]
        checkpoints: Option<PathBuf>,
        #[command(flatten)]
        key: KeyFile,
        #[command(flatten)]
        json: Json,
    },
    /// List requests of an identity provider that were refused, or of which a part was left out, newest first: what was sent in its
    /// shape, names, kinds and lengths, and why
    Requests {
        #[command(flatten)]
        of: OfOrganisation,
        #[command(flatten)]
        wanted: requests::command::Wanted,
        #[command(flatten)]
        json: Json,
    },
    /// Erase a person: blank what names them in the records that they made or that tell of them. They have to be gone before
    Erase {
        /// The person, by each address and user name they had, or by the ID of their account or membership
        #[arg(required = true, value_name = "NAME")]
        names: Vec<String>,
        #[command(flatten)]
        of: OfSome,
        #[command(flatten)]
        json: Json,
    },
    /// Print the head of the chain as a checkpoint, to be kept elsewhere: one line of JSON
    Head {
        #[command(flatten)]
        of: Of,
        #[command(flatten)]
        key: KeyFile,
    },
}

/// What signs checkpoints.
#[derive(Debug, clap::Args)]
pub(crate) struct KeyFile {
    /// File with the key that signs checkpoints, of 32 bytes or more; not to be kept where the database is
    #[arg(id = "key", long = "key", value_name = "FILE")]
    file: Option<PathBuf>,
}

impl KeyFile {
    fn read(&self) -> Result<Option<Key>, Failure> {
        let Some(file) = &self.file else { return Ok(None) };
        let broken = |what: String| Failure::Checkpoints { file: file.clone(), what };
        let bytes = std::fs::read(file).map_err(|e| broken(e.to_string()))?;
        let key = Key::new(&bytes).ok_or_else(|| broken("a key has 32 bytes or more".to_owned()))?;
        Ok(Some(key))
    }
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

/// Whose trails they are.
#[derive(Debug, clap::Args)]
#[group(required = true, multiple = false)]
pub(crate) struct OfSome {
    /// Organisation
    #[arg(id = "org", long = "org", value_name = "SLUG")]
    slug: Option<Slug>,
    /// The installation itself: organisations that were deleted, upgrades, restores, accounts of nobody's members
    #[arg(long)]
    installation: bool,
    /// The installation and all organisations, and the account of the person
    #[arg(long)]
    everywhere: bool,
}

impl OfSome {
    async fn trails(&self, storage: &Storage) -> Result<Vec<TenantId>, Failure> {
        if let Some(slug) = &self.slug {
            return Ok(vec![storage.organisation(slug).await?.tenant]);
        }
        let mut trails = vec![INSTALLATION];
        if self.everywhere {
            trails.extend(storage.organisations().await?.iter().map(|organisation| organisation.tenant));
        }
        Ok(trails)
    }
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
    let storage = installation.open().await?;
    match command {
        Command::List { of, wanted, limit, before, json } => {
            let filter = wanted.filter(&storage).await?;
            list(&storage, of.trail(&storage).await?, (filter, before, limit), json).await
        }
        Command::Export { of, wanted } => {
            let filter = wanted.filter(&storage).await?;
            export(&storage, of.trail(&storage).await?, filter).await
        }
        Command::Counts { of, since, json } => {
            let tenant = storage.organisation(&of.slug).await?.tenant;
            let counts = storage.counts(tenant, since.before(clock::now())).await?;
            if json.json {
                return Ok(print_json(&counts)?);
            }
            let row = |c: &Count| [c.hour.clone(), c.what.clone(), c.name.clone(), c.count.to_string()];
            let rows: Vec<_> = counts.iter().map(row).collect();
            Ok(print(&table(["HOUR", "WHAT", "OF", "COUNT"], &rows))?)
        }
        Command::Verify { of, checkpoints, key, json } => {
            let tenant = of.trail(&storage).await?;
            let kept = checkpoints.map_or_else(|| Ok(Vec::new()), |file| kept(&file, tenant, &key))?;
            verified(&storage, tenant, &kept, json).await
        }
        Command::Requests { of, wanted, json } => {
            requests::command::list(&storage, &of.slug, wanted, json).await
        }
        Command::Erase { names, of, json } => {
            let trails = of.trails(&storage).await?;
            let Erased { records, accounts } = erase(&storage, &trails, &names, of.everywhere).await?;
            if json.json {
                return Ok(print_json(&json!({ "records": records, "accounts": accounts }))?);
            }
            let s = |n| if n == 1 { "" } else { "s" };
            let account = if accounts == 0 { "" } else { ", and deleted the account" };
            Ok(print(&format!("blanked what names the person in {records} record{}{account}", s(records)))?)
        }
        Command::Head { of, key } => {
            let tenant = of.trail(&storage).await?;
            let head = storage.chain(tenant).await?.head;
            let key = key.read()?;
            Ok(print_line(&Checkpoint::new(tenant, clock::now().to_string(), &head, key.as_ref()))?)
        }
    }
}

/// The heads in a file of checkpoints.
fn kept(file: &Path, tenant: TenantId, key: &KeyFile) -> Result<Vec<Head>, Failure> {
    let key = key.read()?;
    let broken = |what: String| Failure::Checkpoints { file: file.to_owned(), what };
    let text = std::fs::read_to_string(file).map_err(|e| broken(e.to_string()))?;
    let head = |(n, line): (usize, &str)| {
        let checkpoint: Result<Checkpoint, _> = serde_json::from_str(line);
        let head = checkpoint.map_err(|e| e.to_string()).and_then(|c| c.head(tenant, key.as_ref()));
        head.map_err(|why| broken(format!("line {}: {why}", n.saturating_add(1))))
    };
    text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()).map(head).collect()
}

async fn verified(storage: &Storage, tenant: TenantId, kept: &[Head], json: Json) -> Result<(), Failure> {
    let mut progress = Progress::new("records");
    let found = verify(storage, tenant, kept, |done, all| progress.show(done, all)).await?;
    progress.end();
    if json.json {
        print_json(&json!({
            "sealed": found.head.number, "head": hex(&found.head.hash), "whole": found.whole,
            "forgotten": found.forgotten, "removedUpTo": found.base, "broken": found.broken,
        }))?;
    } else if found.broken.is_none() {
        print(&format!(
            "the chain is whole: {} records are as they were sealed, {} were not kept, as it tells; head {} {}",
            found.whole,
            found.forgotten.saturating_add(found.base),
            found.head.number,
            hex(&found.head.hash)
        ))?;
    }
    found.broken.map_or(Ok(()), |broken| Err(Failure::Tampered(broken)))
}

async fn list(
    storage: &Storage,
    tenant: TenantId,
    (filter, before, limit): (Filter, Option<String>, u16),
    json: Json,
) -> Result<(), Failure> {
    let entries = storage.audited(tenant, filter, before, limit).await?;
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

/// Prints records page by page, so that a long trail needs little memory. The export is recorded first.
async fn export(storage: &Storage, tenant: TenantId, filter: Filter) -> Result<(), Failure> {
    const PAGE: u16 = 1_000;
    let last = storage.begin_export(By::operator(), tenant, filter.clone()).await?;
    let mut progress = Progress::new("records");
    let all = match progress.is_seen() {
        true => storage.count_exported(tenant, filter.clone(), last.clone()).await?,
        false => 0,
    };
    let (mut after, mut done) = (String::new(), 0_i64);
    loop {
        let page = storage.exported(tenant, filter.clone(), after, last.clone(), PAGE).await?;
        print_lines(&page)?;
        done = done.saturating_add(i64::try_from(page.len()).unwrap_or(i64::MAX));
        progress.show(done, all);
        match page.last() {
            Some(last) if page.len() == usize::from(PAGE) => after = last.id.clone(),
            _ => break,
        }
    }
    progress.end();
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

/// The actor as people know it: `token 8DFk..`, `ines@example.com`, `command maren@host-1`.
fn who(entry: &Entry) -> String {
    let login = entry.person.as_ref().and_then(|person| person.pointer("/by/login")?.as_str());
    match login {
        Some(login) => login.to_owned(),
        None => format!("{} {}", entry.by.kind, entry.by.id).trim_end().to_owned(),
    }
}

fn id(text: &str) -> Result<String, String> {
    super::is_id(text)
        .then(|| text.to_ascii_lowercase())
        .ok_or_else(|| "an ID has 36 characters; `provost audit list` shows it in the last column".to_owned())
}
