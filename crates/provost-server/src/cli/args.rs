//! The command line: what may be written, and nothing of what it does.

use super::common::{Json, Listing, Prepared};
use crate::config::{DatabaseUrl, Options};
use crate::{organisations, schemas, tokens};
use clap::{Args, Parser, Subcommand};
use std::path::PathBuf;

/// A SCIM 2.0 provisioning server: users and groups assigned in an identity provider become members and teams
///
/// Without a command it serves. Every option may also stand in provost.toml or the environment; the command line wins over
/// the environment, and the environment over the file.
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
    /// Configuration file [default: provost.toml, when it is there]
    #[arg(long, global = true, env = "PROVOST_CONFIG", value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
    /// Database: sqlite:PATH or postgres://... [default: sqlite:provost.db]
    #[arg(long, global = true, env = "PROVOST_DATABASE", value_name = "URL", hide_env_values = true)]
    pub(crate) database: Option<DatabaseUrl>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Serve SCIM; on an empty database first make the organisation `default` and print what to paste into Entra ID
    Serve(Box<Options>),
    /// Organisations: who is provisioned apart from whom
    #[command(subcommand)]
    Org(organisations::command::Command),
    /// Bearer tokens, the Secret Token of Entra ID
    #[command(subcommand)]
    Token(tokens::command::Command),
    /// Members: the active users of an organisation
    #[command(subcommand)]
    Members(Listing),
    /// Teams: the groups of an organisation
    #[command(subcommand)]
    Teams(Listing),
    /// Schemas and resource types of your own
    #[command(subcommand)]
    Schema(schemas::command::Command),
    /// Say what is wrong in the database, and which users have names that would not be taken today
    Check(Prepared),
    /// Bring the database to the form that this version needs, with the schemas that `serve` has
    Migrate(Prepared),
    /// Write the database file anew, without what was deleted from it; best while the server is stopped
    Vacuum(Json),
}
