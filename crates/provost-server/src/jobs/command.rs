//! `provost outbox`.

use super::{Job, JobName, JobState, OutboxStore};
use crate::audit::{By, INSTALLATION};
use crate::cli::common::Json;
use crate::cli::installation::Installation;
use crate::failure::Failure;
use crate::organisations::OrganisationStore;
use crate::output::{print, print_json, table};
use crate::slug::Slug;
use crate::storage::Storage;
use clap::Subcommand;
use provost::hook::TenantId;

/// The most mails in a list.
const MOST: i64 = 10_000;

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// List them, the oldest first; sent ones are remembered for 30 days
    List {
        #[command(flatten)]
        of: Of,
        /// Only those in these states: waiting,sending,sent,failed, or all
        #[arg(long, value_name = "STATES", default_value = "waiting,sending,failed", value_parser = States::read)]
        state: States,
        #[command(flatten)]
        json: Json,
    },
    /// Send a mail that waits or has failed as soon as possible
    Retry {
        /// Its name, as lists show it
        name: String,
        #[command(flatten)]
        of: Of,
    },
    /// Never send a mail that waits or has failed
    Drop {
        /// Its name, as lists show it
        name: String,
        #[command(flatten)]
        of: Of,
    },
}

#[derive(Debug, clap::Args)]
pub(crate) struct Of {
    /// Organisation; without one, mail that belongs to none, by which passwords are reset
    #[arg(long, value_name = "SLUG")]
    org: Option<Slug>,
}

impl Of {
    async fn tenant(&self, storage: &Storage) -> Result<TenantId, Failure> {
        match &self.org {
            Some(slug) => Ok(storage.organisation(slug).await?.tenant),
            None => Ok(INSTALLATION),
        }
    }
}

/// Parsed as a whole, since `all` means several.
#[derive(Debug, Clone)]
pub(crate) struct States(Vec<JobState>);

impl States {
    fn read(text: &str) -> Result<Self, String> {
        if text == "all" {
            return Ok(Self(JobState::ALL.to_vec()));
        }
        let one = |word: &str| {
            JobState::stored(word.trim()).ok_or_else(|| {
                format!("`{}` is no state: write some of waiting,sending,sent,failed, or all", word.trim())
            })
        };
        text.split(',').map(one).collect::<Result<_, _>>().map(Self)
    }
}

pub(crate) async fn run(command: Command, installation: &Installation) -> Result<(), Failure> {
    let storage = installation.open().await?;
    match command {
        Command::List { of, state, json } => {
            let jobs = storage.outbox(of.tenant(&storage).await?, state.0, MOST).await?;
            match json.json {
                true => Ok(print_json(&jobs)?),
                false => list(&jobs),
            }
        }
        Command::Retry { name, of } => {
            let tenant = of.tenant(&storage).await?;
            storage.retry_mail(By::operator(), tenant, JobName(name.clone())).await?;
            Ok(print(&format!("{name} is sent as soon as possible"))?)
        }
        Command::Drop { name, of } => {
            let tenant = of.tenant(&storage).await?;
            storage.drop_mail(By::operator(), tenant, JobName(name.clone())).await?;
            Ok(print(&format!("{name} is never sent"))?)
        }
    }
}

fn list(jobs: &[Job]) -> Result<(), Failure> {
    let row = |job: &Job| {
        let time = |at: Option<crate::clock::Timestamp>| at.map(|at| at.to_string()).unwrap_or_default();
        [
            job.name.to_string(),
            job.state.as_str().to_owned(),
            time(job.made),
            time(job.due),
            job.attempts.to_string(),
            job.error.clone().unwrap_or_default(),
        ]
    };
    let rows: Vec<_> = jobs.iter().map(row).collect();
    Ok(print(&table(["NAME", "STATE", "PUT IN", "DUE", "ATTEMPTS", "ERROR"], &rows))?)
}
