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
    /// Print JSON, and nothing else, on standard output
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Listing {
    /// List all
    List {
        #[command(flatten)]
        org: OfOrganisation,
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
