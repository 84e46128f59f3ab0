//! `provost restore`.
//!
//! The backup is copied and prepared beside the database while nobody can use that; then the copy gets its name in one
//! step. A kill at any point leaves either the old database or the new one, whole.

use super::{DONE, RESTART, error::RestoreError};
use crate::audit::By;
use crate::cli::common::Json;
use crate::cli::installation::Installation;
use crate::clock::Timestamp;
use crate::failure::Failure;
use crate::maintenance::staging::{Existing, Staging};
use crate::organisations::{EndingStore, OrganisationStore, Tombstone};
use crate::output::{few, print, print_json, table};
use crate::slug::Slug;
use crate::storage::{self, File, StorageError, Upkeep, replace::Replaced};
use crate::tokens::{TokenRow, TokenState, TokenStore};
use clap::Args;
use serde_json::{Value, json};
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

#[derive(Debug, Args)]
pub(crate) struct Restore {
    /// The backup
    #[arg(required_unless_present_any = ["done", "mark"])]
    file: Option<PathBuf>,
    /// Replace a database that holds something, for good
    #[arg(long)]
    yes: bool,
    /// Say that the database was restored by other means, such as pg_restore: this ends all sessions and links
    #[arg(long, conflicts_with_all = ["file", "yes", "done"])]
    mark: bool,
    /// Say that provisioning was restarted after a restore, which ends the reminders
    #[arg(long, conflicts_with_all = ["file", "yes"])]
    done: bool,
    #[command(flatten)]
    json: Json,
}

pub(crate) async fn run(command: Restore, installation: &Installation) -> Result<(), Failure> {
    let file = match command.file {
        Some(file) => file,
        None if command.mark => return mark(installation, command.json).await,
        None => return done(installation, command.json).await,
    };
    let restored = replace(&file, &installation.file(Upkeep::Restore)?, command.yes).await?;
    report(&file.display().to_string(), &restored, command.json)
}

/// Another program has restored the database from a backup.
async fn mark(installation: &Installation, json: Json) -> Result<(), Failure> {
    let (storage, by) = (installation.open().await?, By::operator());
    let now = by.at;
    storage.mark_restored(by).await?;
    let restored = Restored { valid: valid(&storage, now).await?, gone: Some(Vec::new()) };
    report(&installation.database().to_string(), &restored, json)
}

/// What is in a restored database.
struct Restored {
    /// The valid tokens, each with its organisation.
    valid: Vec<(Slug, TokenRow)>,
    /// Organisations that were deleted after the backup was made, and are removed from it too; `None` if that could not
    /// be read.
    gone: Option<Vec<Slug>>,
}

const UNREAD: &str = "Which organisations were deleted since the backup cannot be read from the database that was replaced: delete \
                      those again that the backup brought back";

fn report(what: &str, Restored { valid, gone }: &Restored, json: Json) -> Result<(), Failure> {
    if json.json {
        let tokens: Vec<Value> = valid.iter().map(shape).collect();
        let next = [RESTART, DONE];
        return Ok(print_json(
            &json!({ "restored": what, "tokens": tokens, "next": next, "deleted": gone }),
        )?);
    }
    let rows: Vec<_> = valid.iter().map(row).collect();
    let gone = match gone.as_deref() {
        None => format!("\n\n{UNREAD}"),
        Some([]) => String::new(),
        Some(gone) => {
            let gone: Vec<String> = gone.iter().map(ToString::to_string).collect();
            format!("\n\nDeleted since the backup, and deleted from it too: {}", few(&gone))
        }
    };
    Ok(print(&format!(
        "restored {what}{gone}\n\nThese tokens are valid now. What was revoked or created since the backup is not known:\n\n{}\n\n\
         Next: {RESTART};\n{DONE}.",
        table(["KEY ID", "ORGANISATION", "LABEL", "CREATED", "LAST USED"], &rows)
    ))?)
}

/// Puts a copy of the backup in place of the database.
async fn replace(file: &Path, path: &Path, yes: bool) -> Result<Restored, Failure> {
    // if the name is a link, replace its target
    let path = &fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    let backup = open(file, path).await?;
    let mut old = Replaced::open(path)?;
    if let Some(holds) = old.holds()?.filter(|_| !yes) {
        return Err(RestoreError::Unconfirmed { path: path.clone(), holds }.into());
    }
    if let Some(what) = backup.damage().await?.into_iter().next() {
        return Err(RestoreError::Damaged { file: file.to_owned(), what }.into());
    }
    let staging = Staging::beside(path)?;
    backup.copy_to(&staging.file()).await?;
    drop(backup);
    let restored = make_ready(&staging.file(), old.tombstones().ok()).await?;
    // its log must not end up beside the new file
    old.take_log_in()?;
    staging.publish(Existing::Replace)?;
    old.replaced();
    Ok(restored)
}

async fn open(file: &Path, path: &Path) -> Result<File, Failure> {
    let inode = |path: &Path| fs::metadata(path).ok().map(|found| (found.dev(), found.ino()));
    match inode(file) {
        None => return Err(RestoreError::NoBackup(file.to_owned()).into()),
        found if found == inode(path) => return Err(RestoreError::Same(file.to_owned()).into()),
        Some(_) => {}
    }
    match storage::open_file(file).await {
        // an empty file
        Err(StorageError::NoDatabase(_)) => Err(RestoreError::NoBackup(file.to_owned()).into()),
        opened => Ok(opened?),
    }
}

/// Brings the copy up to date, marks it as restored, and deletes what was deleted after the backup. The file is closed
/// at the end, and has no log.
async fn make_ready(copy: &Path, tombstones: Option<Vec<Tombstone>>) -> Result<Restored, Failure> {
    let by = By::operator();
    let storage = storage::prepare_file(copy, by.clone()).await?;
    let now = by.at;
    storage.mark_restored(by.clone()).await?;
    let gone = match tombstones {
        Some(tombstones) => Some(storage.bury(by, tombstones).await?),
        None => None,
    };
    let valid = valid(&storage, now).await?;
    storage.empty_log().await?;
    Ok(Restored { valid, gone })
}

/// The valid tokens, each with its organisation.
async fn valid(
    storage: &(impl OrganisationStore + TokenStore),
    now: Timestamp,
) -> Result<Vec<(Slug, TokenRow)>, Failure> {
    let mut valid = Vec::new();
    for organisation in storage.organisations().await? {
        let tokens = storage.tokens(organisation.tenant).await?.into_iter();
        valid.extend(
            tokens.filter(|t| t.state(now) == TokenState::Active).map(|t| (organisation.slug.clone(), t)),
        );
    }
    Ok(valid)
}

/// Only a person can tell. Identity providers do not announce a cycle, and Entra always sends the same look-ups of the
/// users and groups in its scope.
async fn done(installation: &Installation, json: Json) -> Result<(), Failure> {
    let restored = installation.open().await?.forget_restored(By::operator()).await?;
    if json.json {
        return Ok(print_json(&json!({ "restored": restored.map(|at| at.to_string()) }))?);
    }
    Ok(print(match restored {
        Some(_) => "done: nothing reminds of the restored backup any more",
        None => "nothing to do: no backup was restored, or this was said before",
    })?)
}

fn last_used(token: &TokenRow) -> Option<String> {
    token.last_used.map(|at| at.to_string())
}

fn row((slug, token): &(Slug, TokenRow)) -> [String; 5] {
    [
        token.key_id.to_string(),
        slug.to_string(),
        token.label.clone(),
        token.created.to_string(),
        last_used(token).unwrap_or_else(|| "never".to_owned()),
    ]
}

fn shape((slug, token): &(Slug, TokenRow)) -> Value {
    json!({
        "keyId": token.key_id.as_str(), "organisation": slug, "label": token.label,
        "created": token.created.to_string(), "lastUsed": last_used(token),
    })
}
