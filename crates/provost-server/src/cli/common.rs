//! Arguments that several commands have.

use crate::clock::Timestamp;
use crate::config::{Indexed, Span};
use crate::slug::Slug;
use clap::Args;
use std::path::PathBuf;
use std::str::FromStr;

#[derive(Debug, Args)]
pub(crate) struct OfOrganisation {
    /// Organisation
    #[arg(id = "org", long, value_name = "SLUG")]
    pub(crate) slug: Slug,
}

#[derive(Debug, Clone, Copy, Args)]
pub(crate) struct Json {
    /// Print only JSON on standard output
    #[arg(long)]
    pub(crate) json: bool,
}

/// A time in the past: as such, or as a span before now.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Since {
    Time(Timestamp),
    Span(Span),
}

impl Since {
    pub(crate) fn before(self, now: Timestamp) -> Timestamp {
        match self {
            Self::Time(time) => time,
            Self::Span(span) => Timestamp::from_millis(now.as_millis().saturating_sub(span.millis())),
        }
    }
}

impl FromStr for Since {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let span = || text.parse().map(Self::Span).ok();
        Timestamp::parse(text).map(Self::Time).or_else(span).ok_or_else(|| {
            "write a time such as 2026-11-28T09:30:00Z, or a span before now such as 90d, 12h or 30s"
                .to_owned()
        })
    }
}

/// What the database is prepared for. An option that is left out is as the configuration file and the environment set it for
/// `serve`.
#[derive(Debug, Args)]
pub(crate) struct Prepared {
    /// Directory with additional schemas, the same as for `serve`
    #[arg(long, value_name = "DIR")]
    pub(crate) schemas: Option<PathBuf>,
    /// Attributes to index for filters, the same as for `serve` (comma-separated)
    #[arg(long, value_name = "TYPE:PATH", value_delimiter = ',')]
    pub(crate) indexed: Option<Vec<Indexed>>,
    #[command(flatten)]
    pub(crate) json: Json,
}
