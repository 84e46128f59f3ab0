//! The command line: what may be written, and nothing of what it does.

use crate::config::{DatabaseUrl, Indexed, Options, Span};
use crate::slug::Slug;
use crate::token::KeyId;
use clap::{ArgAction, Args, Parser, Subcommand};
use provost::Profile;
use std::path::PathBuf;

const PROFILE: &str = "Which client's habits are understood: entra, okta, strict or interop. When in doubt entra; interop is \
                       for clients that keep to the RFC. Single rules (docs/quirks.md) are switched behind it, as in \
                       entra,+patch/replace-whole,-filter/empty";
const UNIQUE: &str = "Whether two resources of one type may not have the same externalId";

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
    Org(Org),
    /// Bearer tokens, the Secret Token of Entra ID
    #[command(subcommand)]
    Token(Token),
    /// Members: the active users of an organisation
    #[command(subcommand)]
    Members(Listing),
    /// Teams: the groups of an organisation
    #[command(subcommand)]
    Teams(Listing),
    /// Schemas and resource types of your own
    #[command(subcommand)]
    Schema(Schema),
    /// Say what is wrong in the database, and which users have names that would not be taken today
    Check(Prepared),
    /// Bring the database to the form that this version needs, with the schemas that `serve` has
    Migrate(Prepared),
    /// Write the database file anew, without what was deleted from it; best while the server is stopped
    Vacuum(Json),
}

#[derive(Debug, Subcommand)]
pub(crate) enum Org {
    /// Make an organisation
    Create {
        /// Short name: lower-case letters, digits and hyphens
        slug: Slug,
        /// Name for people [default: SLUG]
        #[arg(long)]
        name: Option<String>,
        #[arg(long, default_value = "entra", help = PROFILE)]
        profile: Profile,
        /// Role of new members
        #[arg(long, value_name = "ROLE", default_value = "member", value_parser = role)]
        default_role: String,
        #[arg(long, value_name = "on|off", default_value = "off", value_parser = switch, action = ArgAction::Set, help = UNIQUE)]
        unique_external_id: bool,
        #[command(flatten)]
        json: Json,
    },
    /// Change an organisation; what is not given stays
    #[command(group = clap::ArgGroup::new("change").args(["name", "profile", "default_role", "unique_external_id"]).multiple(true).required(true))]
    Update {
        slug: Slug,
        /// Name for people
        #[arg(long)]
        name: Option<String>,
        #[arg(long, help = PROFILE)]
        profile: Option<Profile>,
        /// Role of new members; the role of present ones stays
        #[arg(long, value_name = "ROLE", value_parser = role)]
        default_role: Option<String>,
        #[arg(long, value_name = "on|off", value_parser = switch, action = ArgAction::Set, help = UNIQUE)]
        unique_external_id: Option<bool>,
        #[command(flatten)]
        prepared: Prepared,
    },
    /// List all organisations
    List(Json),
    /// Show one organisation
    Show {
        slug: Slug,
        #[command(flatten)]
        json: Json,
    },
    /// Delete an organisation with its users, groups, members, teams and tokens
    Delete {
        slug: Slug,
        #[command(flatten)]
        json: Json,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum Token {
    /// Make a token and print it, this once, alone on standard output
    Create {
        #[command(flatten)]
        org: Organisation,
        /// What it is for
        #[arg(long, default_value = "")]
        label: String,
        /// How long it works, for example 90d [default: without end]
        #[arg(long, value_name = "SPAN")]
        expires_in: Option<Span>,
        #[command(flatten)]
        json: Json,
    },
    /// List the tokens of an organisation, without their secrets
    List {
        #[command(flatten)]
        org: Organisation,
        #[command(flatten)]
        json: Json,
    },
    /// End a token; the very next request with it is refused
    Revoke {
        /// As `token list` shows it
        #[arg(value_parser = key_id)]
        key_id: KeyId,
        #[command(flatten)]
        json: Json,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum Listing {
    /// List all
    List {
        #[command(flatten)]
        org: Organisation,
        #[command(flatten)]
        json: Json,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum Schema {
    /// Say what is wrong with the files of a folder for `serve --schemas`, or what would be served with them
    Check {
        /// The folder
        dir: PathBuf,
        #[command(flatten)]
        json: Json,
    },
}

/// What the database is, or is to be, prepared for. Where nothing is said here, it is as the configuration file and the
/// environment tell `serve`.
#[derive(Debug, Args)]
pub(crate) struct Prepared {
    /// Directory with further schemas, as `serve` has it
    #[arg(long, value_name = "DIR")]
    pub(crate) schemas: Option<PathBuf>,
    /// Attributes that filters find by an index, as `serve` has them (several: comma)
    #[arg(long, value_name = "TYPE:PATH", value_delimiter = ',')]
    pub(crate) indexed: Option<Vec<Indexed>>,
    #[command(flatten)]
    pub(crate) json: Json,
}

#[derive(Debug, Args)]
pub(crate) struct Organisation {
    /// Organisation
    #[arg(long = "org", value_name = "SLUG")]
    pub(crate) slug: Slug,
}

#[derive(Debug, Clone, Copy, Args)]
pub(crate) struct Json {
    /// Print JSON, and nothing else, on standard output
    #[arg(long)]
    pub(crate) json: bool,
}

fn key_id(text: &str) -> Result<KeyId, String> {
    KeyId::parse(text).ok_or_else(|| match crate::token::Token::parse(text) {
        Ok(whole) => format!("this is a whole token; give its key id alone: {}", whole.key_id()),
        Err(_) => "a key id has 12 letters and digits; `provost token list` shows them".to_owned(),
    })
}

fn switch(text: &str) -> Result<bool, String> {
    match text {
        "on" => Ok(true),
        "off" => Ok(false),
        _ => Err("write on or off".to_owned()),
    }
}

fn role(text: &str) -> Result<String, String> {
    let fits = !text.trim().is_empty() && text.len() <= 64 && !text.contains(char::is_control);
    if fits { Ok(text.trim().to_owned()) } else { Err("a role has 1 to 64 characters".to_owned()) }
}
