//! `provost org disable`, `enable` and `delete`. The two that take something away first say what, and ask for the name to be
//! typed on a terminal; scripts pass `--yes`.

use super::shown::{Shape, shape, show};
use super::{EndingStore, Losses, Tombstone};
use crate::audit::By;
use crate::cli::common::Json;
use crate::cli::installation::Installation;
use crate::failure::Failure;
use crate::output::{self, print, print_json, table};
use crate::slug::Slug;
use crate::storage::Storage;
use serde::Serialize;
use serde_json::{Value, json};
use std::fmt;

/// What is asked for, and whether it is meant.
#[derive(Debug, clap::Args)]
pub(crate) struct Asked {
    slug: Slug,
    /// Do it without asking for the name on the terminal
    #[arg(long)]
    yes: bool,
    #[command(flatten)]
    json: Json,
}

/// How to end an organisation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum End {
    Off,
    Gone,
}

/// An end that was not confirmed: which, and what it would take away.
#[derive(Debug)]
pub(crate) struct Unconfirmed {
    end: End,
    slug: Slug,
    losses: Losses,
}

impl fmt::Display for Unconfirmed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { end, slug, losses } = self;
        match end {
            End::Gone => {
                write!(f, "this would delete the organisation `{slug}` for good, and with it {losses}")
            }
            End::Off => write!(f, "this would switch the organisation `{slug}` off: {}", Closed(*losses)),
        }
    }
}

/// What stops working while an organisation is switched off.
struct Closed(Losses);

impl fmt::Display for Closed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Losses { members, by_hand, tokens, .. } = self.0;
        let counted =
            |n: i64, one: &str, many: &str| if n == 1 { format!("1 {one}") } else { format!("{n} {many}") };
        let people = members.saturating_add(by_hand);
        let people = counted(people, "member sees its pages no longer", "members see its pages no longer");
        write!(f, "{people}, and {}", counted(tokens, "valid token is refused", "valid tokens are refused"))
    }
}

/// Continues once the operator has confirmed.
async fn confirm(storage: &Storage, asked: &Asked, end: End) -> Result<(), Failure> {
    if asked.yes {
        return Ok(());
    }
    let slug = asked.slug.clone();
    let unconfirmed = Unconfirmed { end, losses: storage.losses(&slug).await?, slug };
    let what = match end {
        End::Off => "switch it off",
        End::Gone => "delete it",
    };
    let question = format!("{unconfirmed}\ntype its short name to {what}: ");
    match output::ask(&question)? {
        None => Err(Failure::Unconfirmed(Box::new(unconfirmed))),
        Some(typed) if typed == asked.slug.as_str() => Ok(()),
        Some(_) => Err(Failure::Misnamed(asked.slug.clone())),
    }
}

pub(super) async fn disable(asked: Asked, installation: &Installation) -> Result<(), Failure> {
    let storage = installation.open().await?;
    confirm(&storage, &asked, End::Off).await?;
    show(&storage.switch_organisation(By::operator(), asked.slug, false).await?, asked.json)
}

pub(super) async fn enable(slug: Slug, json: Json, installation: &Installation) -> Result<(), Failure> {
    show(&installation.open().await?.switch_organisation(By::operator(), slug, true).await?, json)
}

pub(super) async fn delete(asked: Asked, installation: &Installation) -> Result<(), Failure> {
    let storage = installation.open().await?;
    confirm(&storage, &asked, End::Gone).await?;
    let (deleted, lost) = storage.delete_organisation(By::operator(), asked.slug).await?;
    match asked.json.json {
        true => Ok(print_json(&Deleted { organisation: shape(&deleted), lost })?),
        false => Ok(print(&format!("deleted {}, and with it {lost}", deleted.slug))?),
    }
}

#[derive(Serialize)]
struct Deleted<'a> {
    #[serde(flatten)]
    organisation: Shape<'a>,
    lost: Losses,
}

/// Lists the deleted organisations.
pub(super) async fn list(installation: &Installation, json: Json) -> Result<(), Failure> {
    let tombstones = installation.open().await?.deleted_organisations().await?;
    if json.json {
        return Ok(print_json(&tombstones.iter().map(left).collect::<Vec<_>>())?);
    }
    let row = |t: &Tombstone| {
        let at = t.at.map(|at| at.to_string()).unwrap_or_default();
        [t.slug.to_string(), at, t.by.clone().unwrap_or_default()]
    };
    let rows: Vec<_> = tombstones.iter().map(row).collect();
    Ok(print(&table(["SLUG", "DELETED", "BY"], &rows))?)
}

fn left(t: &Tombstone) -> Value {
    json!({ "slug": t.slug, "deleted": t.at.map(|at| at.to_string()), "by": t.by })
}
