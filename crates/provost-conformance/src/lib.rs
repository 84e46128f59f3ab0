//! Judges any SCIM 2.0 server over HTTP.
//!
//! The data under `conformance/`, which is built into this crate, says what to send and what must come back. [`Player`]
//! plays it against a base URL and returns one [`CaseResult`] for each case: what was sent, what came, and where the
//! two differ. It knows the server only by its answers. Two things that HTTP does not show come from outside: an
//! [`Observer`] reports which memberships and teams the application grants, a [`Restart`] stops the server and starts
//! it again.
//!
//! ```no_run
//! use provost_conformance::{Data, Options, Player, Target};
//!
//! let target = Target::new("http://127.0.0.1:8080/scim/v2", "the-token")?;
//! let mut player = Player::new(target, Options::default())?;
//! player.check_server()?;
//! let results = player.run_golden(&Data::built_in()?, None);
//! assert!(results.iter().all(|result| !result.failed()));
//! # Ok::<(), provost_conformance::Error>(())
//! ```
//!
//! [`load`] measures how fast a server answers, and judges every answer.
//!
//! After each case the player deletes what the case created, and what the server accepted but should have refused. Use
//! a separate organisation: some cases count users, a case deletes its own users left over from an aborted run, and
//! whatever appears in the directory during a hostile request is blamed on that request.

mod bindings;
pub mod case_result;
pub mod data;
pub mod http;
pub mod load;
pub mod matcher;
pub mod observer;
pub mod player;
mod preflight;
pub mod report;
pub mod selection;

pub use case_result::{CaseResult, Outcome};
pub use data::Data;
pub use http::{Target, Trust};
pub use observer::{Member, Observer, Restart, Team, TeamMember};
pub use player::{Options, PlannedCase, Player, Profile, plan};
pub use report::Report;
pub use selection::{Pattern, Selection};

/// Why a suite could not be played at all.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The base URL is not that of a SCIM server, or its certificates cannot be read.
    #[error("base URL `{url}`: {why}")]
    Target {
        /// The URL as given.
        url: String,
        /// What is wrong with it.
        why: String,
    },
    /// This machine lacks something that a client needs.
    #[error("no client can be made: {why}")]
    Machine {
        /// What is missing.
        why: String,
    },
    /// The load could not be prepared.
    #[error("load: {why}")]
    Load {
        /// What the server or the machine refused.
        why: String,
    },
    /// There is no SCIM server at the base URL, or it refuses the token.
    #[error("{why}")]
    Server {
        /// What is there instead, and what to do about it.
        why: String,
    },
    /// A pattern for case names matches none.
    #[error("{why}")]
    Selection {
        /// The pattern, and what is wrong with it.
        why: String,
    },
    /// A data file is missing, is not JSON, or has an unknown form.
    #[error("{file}: {why}")]
    Data {
        /// The file or folder.
        file: String,
        /// What is wrong with it.
        why: String,
    },
}
