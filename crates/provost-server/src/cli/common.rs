//! Arguments that several commands have.

use crate::config::Indexed;
use crate::slug::Slug;
use clap::{Args, Subcommand};
use std::path::PathBuf;

#[derive(Debug, Args)]
pub(crate) struct OfOrganisation {
    /// Organisation
    #[arg(long = "org", value_name = "SLUG")]
    pub(crate) slug: Slug,
}

#[derive(Debug, Clone, Copy, Args)]
pub(crate) struct Json {
    /// Print only JSON on standard output
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Listing {
    /// List them
    List {
        #[command(flatten)]
        org: OfOrganisation,
        #[command(flatten)]
        json: Json,
    },
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
