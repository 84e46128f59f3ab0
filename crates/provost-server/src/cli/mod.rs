//! The command line: reads it, runs the command, and answers with the exit code 0 (done), 1 (refused or failed) or 2 (usage).

mod args;
mod check;
mod listing;
mod org;
mod schema;
mod token;
mod vacuum;

use crate::config::{self, Config, DatabaseUrl, Options};
use crate::failure::Failure;
use crate::output::{print, print_json};
use crate::serve;
use crate::storage::{self, Storage};
use args::{Cli, Command, Prepared};
use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::parser::ValueSource;
use clap::{ArgMatches, Args, CommandFactory, FromArgMatches};
use provost::SchemaSet;
use std::ffi::OsString;
use std::path::PathBuf;
use std::process::ExitCode;

/// Runs the command that `arguments` spell, program name first.
pub(crate) fn run(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    let cli = match parse(arguments) {
        Ok(cli) => cli,
        // also `--help` and `--version`, which end with 0
        Err(said) => {
            drop(said.print());
            return ExitCode::from(u8::try_from(said.exit_code()).unwrap_or(2));
        }
    };
    match execute(cli) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => failure.report(),
    }
}

fn parse(arguments: impl IntoIterator<Item = OsString>) -> Result<Cli, clap::Error> {
    let matches = Cli::command().try_get_matches_from(arguments).map_err(without_secrets)?;
    if let Some((command, _)) = matches.subcommand()
        && let Some(option) = stray_option(&matches)
    {
        let owner = if takes(command, &option) { command } else { "serve" };
        let advice =
            format!("the option `--{option}` belongs to `{owner}`: write `provost {owner} --{option} ...`");
        let advice = if command == owner { advice } else { format!("{advice}, not `provost {command}`") };
        return Err(Cli::command().error(ErrorKind::ArgumentConflict, advice));
    }
    Cli::from_arg_matches(&matches)
}

/// The parser repeats what was wrong, and a token or a database URL in the wrong place is still a secret.
fn without_secrets(mut error: clap::Error) -> clap::Error {
    for kind in [ContextKind::InvalidValue, ContextKind::InvalidArg, ContextKind::InvalidSubcommand] {
        let Some(ContextValue::String(text)) = error.get(kind) else { continue };
        let shown = if text.contains("://") { config::without_password(text) } else { text.clone() };
        let shown = if shown.contains("scim_") { "scim_...".to_owned() } else { shown };
        error.insert(kind, ContextValue::String(shown));
    }
    error
}

/// An option of `serve` that was written in front of a command, where it would be without effect.
fn stray_option(matches: &ArgMatches) -> Option<String> {
    let options = Options::augment_args(clap::Command::new("serve"));
    let written = |id: &clap::Id| matches.value_source(id.as_str()) == Some(ValueSource::CommandLine);
    options.get_arguments().find(|a| written(a.get_id())).and_then(|a| a.get_long().map(str::to_owned))
}

/// Whether a command takes an option of `serve` itself.
fn takes(command: &str, option: &str) -> bool {
    let all = Cli::command();
    let command = all.find_subcommand(command);
    command.is_some_and(|c| c.get_arguments().any(|a| a.get_long() == Some(option)))
}

fn execute(cli: Cli) -> Result<(), Failure> {
    let Cli { common, serve, command } = cli;
    let (own, command) = match command {
        None => (serve, None),
        Some(Command::Serve(own)) => (*own, None),
        // what the environment says of the server, such as its public URL, is worth knowing to other commands
        Some(command) => (serve, Some(command)),
    };
    let options = config::layered(Options { database: common.database, ..own }, common.config.as_deref())?;
    let Some(command) = command else {
        return serve::run(&Config::resolve(options)?);
    };
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(Failure::Start)?;
    runtime.block_on(manage(command, &Place { options }))
}

async fn manage(command: Command, place: &Place) -> Result<(), Failure> {
    match command {
        Command::Serve(_) => Ok(()),
        Command::Org(command) => org::run(command, place).await,
        Command::Token(command) => token::run(command, place).await,
        Command::Members(command) => listing::members(command, place).await,
        Command::Teams(command) => listing::teams(command, place).await,
        Command::Schema(command) => schema::run(command),
        Command::Check(prepared) => check::run(&prepared, place).await,
        Command::Migrate(prepared) => migrate(&prepared, place).await,
        Command::Vacuum(json) => vacuum::run(place, json).await,
    }
}

async fn migrate(prepared: &Prepared, place: &Place) -> Result<(), Failure> {
    let (_, applied) = storage::prepare(&place.database(), Some(&place.schemas(prepared)?)).await?;
    if prepared.json.json {
        return Ok(print_json(&serde_json::json!({ "applied": applied }))?);
    }
    let lines = applied.iter().map(|step| format!("applied {step}")).collect::<Vec<_>>().join("\n");
    Ok(print(if lines.is_empty() { "nothing to do" } else { &lines })?)
}

/// Where a command works, and what it knows of the server there.
struct Place {
    options: Options,
}

impl Place {
    fn database(&self) -> DatabaseUrl {
        self.options.database.clone().unwrap_or_default()
    }

    /// The database, which must be there: a mistyped path is told, and makes no file.
    async fn open(&self) -> Result<Storage, Failure> {
        Ok(storage::open(&self.database(), None).await?)
    }

    /// The database, made when it is not there.
    async fn prepare(&self) -> Result<Storage, Failure> {
        Ok(storage::prepare(&self.database(), None).await?.0)
    }

    /// The schemas and indices of the server there.
    fn schemas(&self, given: &Prepared) -> Result<SchemaSet, Failure> {
        let dir = given.schemas.as_ref().or(self.options.schemas.as_ref());
        let indexed = given.indexed.as_ref().or(self.options.indexed.as_ref());
        serve::configured_schemas(dir.map(PathBuf::as_path), indexed.map_or(&[], Vec::as_slice))
    }

    /// Known only where it was configured: the address of a running server is not.
    fn tenant_url(&self) -> Option<String> {
        self.options.public_url.as_ref().map(config::PublicUrl::tenant_url)
    }
}

#[cfg(test)]
mod tests;
