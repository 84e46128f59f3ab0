//! Why a command did not do its work, and the exit code that says so.

use crate::audit::chain::verify::Broken;
use crate::config::ConfigError;
#[cfg(feature = "mail")]
use crate::mail::PostboxError;
use crate::maintenance::restore::error::RestoreError;
use crate::maintenance::staging::StagingError;
use crate::organisations::Unconfirmed;
#[cfg(feature = "sso")]
use crate::outbound::{FetchError, OutboundError};
use crate::output;
use crate::people::{KeyError, Merge};
use crate::schemas::SchemasError;
use crate::serve::error::ServeError;
use crate::slug::Slug;
use crate::storage::StorageError;
use crate::tokens::IssueError;
use std::io;
use std::path::PathBuf;
use std::process::ExitCode;

/// Exit code of what was refused or failed; what was written wrongly ends with 2, as the parser of the command line does.
const FAILED: u8 = 1;
const USAGE: u8 = 2;

#[derive(Debug, thiserror::Error)]
pub(crate) enum Failure {
    #[error(transparent)]
    Config(#[from] ConfigError),
    #[error(transparent)]
    Storage(#[from] StorageError),
    #[error(transparent)]
    Issue(#[from] IssueError),
    #[error(transparent)]
    Schemas(#[from] SchemasError),
    #[error(transparent)]
    Restore(#[from] RestoreError),
    #[error(transparent)]
    Staging(#[from] StagingError),
    #[error(transparent)]
    Serve(#[from] ServeError),
    #[error("{0}; nothing was changed: repeat the command on a terminal, or with `--yes`")]
    Unconfirmed(Box<Unconfirmed>),
    #[error(
        "standard output is not a terminal, and may end up in a log: with `--print-link` the link is printed all the same"
    )]
    NoTerminal,
    #[error("that is not the short name `{0}`; nothing was changed")]
    Misnamed(Slug),
    #[error("this would merge two memberships: {0}; nothing was changed: repeat the command with `--yes`")]
    Unmerged(Box<Merge>),
    #[error("this would invite {0} of these; nobody was invited: repeat the command with `--yes`")]
    Uninvited(usize),
    #[error(transparent)]
    Key(#[from] KeyError),
    #[error("the audit trail is not as it was written: {0}")]
    Tampered(Broken),
    #[error("{} cannot be used: {what}", file.display())]
    Checkpoints { file: PathBuf, what: String },
    #[error(
        "no mail server is named: set `smtp` and `mail-from` in provost.toml, or PROVOST_SMTP and PROVOST_MAIL_FROM \
         (docs/mail.md)"
    )]
    #[cfg(feature = "mail")]
    NoMail,
    #[cfg(feature = "mail")]
    #[error("no mail was sent: {0}")]
    Mail(String),
    #[cfg(feature = "mail")]
    #[error(transparent)]
    Postbox(#[from] PostboxError),
    #[cfg(feature = "sso")]
    #[error("the metadata was not fetched: {0}")]
    Fetch(#[from] FetchError),
    #[cfg(feature = "sso")]
    #[error(transparent)]
    Outbound(#[from] OutboundError),
    #[cfg(feature = "sso")]
    #[error("this metadata cannot be used: {0}")]
    NotMetadata(String),
    /// The metadata of an organisation was read again, and nothing of it counts.
    #[cfg(feature = "sso")]
    #[error("{0}")]
    Reading(String),
    #[cfg(feature = "sso")]
    #[error("`{}` cannot be read: {what}", file.display())]
    Metadata { file: PathBuf, what: String },
    #[error("cannot start: {0}")]
    Start(io::Error),
    #[error("the database has {0} fault{s}", s = if *.0 == 1 { "" } else { "s" })]
    Faults(usize),
    #[error("{0} check{s} found something wrong", s = if *.0 == 1 { "" } else { "s" })]
    Wrong(usize),
    #[error("the output could not be written: {0}")]
    Output(io::Error),
}

/// Writing to standard output is the only I/O that commands do themselves.
impl From<io::Error> for Failure {
    fn from(e: io::Error) -> Self {
        Self::Output(e)
    }
}

impl Failure {
    /// Says why on standard error and gives the exit code.
    pub(crate) fn report(&self) -> ExitCode {
        // the reader of our output has seen enough, as `head` does
        if matches!(self, Self::Output(e) if e.kind() == io::ErrorKind::BrokenPipe) {
            return ExitCode::SUCCESS;
        }
        output::say(format_args!("error: {self}"));
        ExitCode::from(match self {
            Self::Config(ConfigError::File { .. } | ConfigError::OutOfRange { .. }) => USAGE,
            _ => FAILED,
        })
    }
}
