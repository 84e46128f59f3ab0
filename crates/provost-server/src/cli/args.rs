//! The command line: what may be written, and nothing of what it does.

use super::common::{Json, Prepared};
use crate::config::{DatabaseUrl, Options};
#[cfg(feature = "mail")]
use crate::mail;
use crate::maintenance::restore::command::Restore;
#[cfg(feature = "sso")]
use crate::sso;
use crate::{access, audit, brake, doctor, jobs, organisations, people, schemas, teams, tokens, users};
use clap::{Args, Parser, Subcommand};
use std::path::PathBuf;

/// A SCIM 2.0 provisioning server: users and groups assigned in an identity provider become members and teams
///
/// Without a command it serves. Every option can also be set in provost.toml or in the environment; the command line overrides
/// the environment, and the environment overrides the file.
#[derive(Debug, Parser)]
#[command(name = "provost", version, max_term_width = 110)]
pub(crate) struct Cli {
    #[command(flatten)]
    pub(crate) common: Common,
    #[command(flatten)]
    pub(crate) serve: Options,
    #[command(subcommand)]
    pub(crate) command: Option<Command>,
}

/// Options of every command.
#[derive(Debug, Args)]
pub(crate) struct Common {
    /// Configuration file [default: provost.toml, if it exists]
    #[arg(long, global = true, env = "PROVOST_CONFIG", value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
    /// Database: sqlite:PATH or postgres://USER:PASSWORD@HOST/NAME [default: sqlite:provost.db]
    #[arg(long, global = true, env = "PROVOST_DATABASE", value_name = "URL", hide_env_values = true)]
    pub(crate) database: Option<DatabaseUrl>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Serve SCIM; on an empty database, first create the organisation `default` and print, to a terminal only, what to paste into Entra ID
    Serve(Box<Options>),
    /// Manage organisations (tenants)
    #[command(subcommand)]
    Org(organisations::command::Command),
    /// Print a link with which a person becomes the first owner of an organisation; it is good once, for 24 hours
    SetupLink(access::command::SetupLink),
    /// Manage the accounts by which people sign in
    #[command(subcommand)]
    Account(access::command::Command),
    /// Manage bearer tokens, which Entra ID calls Secret Token
    #[command(subcommand)]
    Token(tokens::command::Command),
    /// Manage the members of an organisation: its active users, and those who are invited by hand
    #[command(subcommand)]
    Members(people::command::Command),
    /// Lift the brake that stops memberships from ending by SCIM in great number
    #[command(subcommand)]
    Brake(brake::command::Command),
    /// Manage mail that waits, was sent or has failed
    #[command(subcommand)]
    Outbox(jobs::command::Command),
    /// Manage the teams of an organisation: its groups, and teams made by hand
    #[command(subcommand)]
    Teams(teams::command::Command),
    /// List the users of an organisation, with and without access
    #[command(subcommand)]
    Users(users::command::Command),
    /// Show the audit trail of an organisation: who changed what, and what was refused
    #[command(subcommand)]
    Audit(audit::command::Command),
    /// Try how mail is sent
    #[cfg(feature = "mail")]
    #[command(subcommand)]
    Mail(mail::command::Command),
    /// Look at single sign-on from the outside
    #[cfg(feature = "sso")]
    #[command(subcommand)]
    Sso(sso::command::Command),
    /// Check schemas and resource types of your own
    #[command(subcommand)]
    Schema(schemas::command::Command),
    /// Look at the installation: settings, files, tokens; say what to do about what is found
    Doctor(doctor::command::Doctor),
    /// Check the database, and list users whose names would be refused today
    Check(Prepared),
    /// Upgrade the database to this version's schema, with the SCIM schemas that `serve` uses
    Migrate(Prepared),
    /// Write a backup of the database to a new file, also while a server runs (docs/backup.md)
    Backup {
        /// The file to write, which must not exist
        file: PathBuf,
        #[command(flatten)]
        json: Json,
    },
    /// Put a backup in place of the database while no server runs, and list the tokens that are valid in it (docs/backup.md)
    Restore(Restore),
    /// Rewrite the database file without deleted data; best while the server is stopped
    Vacuum(Json),
}
