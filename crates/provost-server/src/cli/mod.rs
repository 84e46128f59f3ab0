//! The command line: reads it, runs the command, and answers with the exit code 0 (done), 1 (refused or failed) or 2 (usage).

mod args;
pub(crate) mod common;
pub(crate) mod environment;
pub(crate) mod installation;

use crate::config::{self, Config, Options};
use crate::failure::Failure;
#[cfg(feature = "mail")]
use crate::mail;
use crate::maintenance::{backup, check, migrate, restore, vacuum};
use crate::output;
#[cfg(feature = "sso")]
use crate::sso;
use crate::{
    access, audit, brake, doctor, jobs, organisations, people, schemas, serve, teams, tokens, users,
};
use args::{Cli, Command};
use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::parser::ValueSource;
use clap::{ArgMatches, Args, CommandFactory, FromArgMatches};
use installation::Installation;
use std::ffi::OsString;
use std::process::ExitCode;

/// Runs the command that `arguments` spell, program name first.
pub(crate) fn run(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    let cli = match parse(arguments) {
        Ok(cli) => cli,
        // also `--help` and `--version`, which end with 0
        Err(message) => {
            drop(message.print());
            return ExitCode::from(u8::try_from(message.exit_code()).unwrap_or(2));
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
    // a command that a program reads says it beside its result, a server in its log
    let unknown = environment::unknown(std::env::vars_os().map(|(name, _)| name));
    let options = config::layered(Options { database: common.database, ..own }, common.config.as_deref())?;
    let Some(command) = command else {
        return serve::run(&Config::resolve(options)?, &unknown);
    };
    unknown.iter().for_each(|warning| output::say(format_args!("warning: {warning}")));
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(Failure::Start)?;
    runtime.block_on(manage(command, &Installation { options }))
}

async fn manage(command: Command, installation: &Installation) -> Result<(), Failure> {
    match command {
        Command::Serve(_) => Ok(()),
        Command::Org(command) => organisations::command::run(command, installation).await,
        Command::SetupLink(command) => access::command::setup_link(command, installation).await,
        Command::Account(command) => access::command::run(command, installation).await,
        Command::Token(command) => tokens::command::run(command, installation).await,
        Command::Brake(command) => brake::command::run(command, installation).await,
        Command::Outbox(command) => jobs::command::run(command, installation).await,
        Command::Members(command) => people::command::run(command, installation).await,
        Command::Teams(command) => teams::command::run(command, installation).await,
        Command::Users(command) => users::command::run(command, installation).await,
        Command::Audit(command) => audit::command::run(command, installation).await,
        #[cfg(feature = "mail")]
        Command::Mail(command) => mail::command::run(command, installation).await,
        #[cfg(feature = "sso")]
        Command::Sso(command) => sso::command::run(command, installation).await,
        Command::Schema(command) => schemas::command::run(command),
        Command::Doctor(command) => doctor::command::run(&command, installation).await,
        Command::Check(prepared) => check::run(&prepared, installation).await,
        Command::Migrate(prepared) => migrate::run(&prepared, installation).await,
        Command::Backup { file, json } => backup::run(&file, installation, json).await,
        Command::Restore(command) => restore::command::run(command, installation).await,
        Command::Vacuum(json) => vacuum::run(installation, json).await,
    }
}

#[cfg(test)]
mod tests;
