//! Judges any SCIM 2.0 server over HTTP.
//!
//! The data under `conformance/` says what is sent and what must come back; this crate plays it against a base URL and
//! hands back one [`CaseResult`] for each case: what was sent, what came, and where the two differ. It knows the server
//! by its answers alone. Two things that HTTP does not show come in from outside: an [`Observer`] tells which
//! memberships and teams the application grants, a [`Restart`] stops the server and starts it again.
//!
//! ```no_run
//! use provost_conformance::{Options, Player, Target};
//!
//! let target = Target::new("http://127.0.0.1:8080/scim/v2", "the-token")?;
//! let mut player = Player::new(target, Options::default())?;
//! let results = player.run_golden("conformance".as_ref(), None)?;
//! assert!(results.iter().all(|result| !result.failed()));
//! # Ok::<(), provost_conformance::Error>(())
//! ```
//!
//! [`load`] measures how fast a server answers, with every answer judged.
//!
//! The player deletes what it created after each case. Give it an organisation of its own all the same: some cases
//! count users, and a case that finds a user of its own left over from an aborted run deletes it.

mod bindings;
pub mod case_result;
pub mod data;
pub mod http;
pub mod load;
pub mod matcher;
pub mod observer;
pub mod player;
pub mod report;

pub use case_result::{CaseResult, Outcome};
pub use http::{Target, Trust};
pub use observer::{Member, Observer, Restart, Team, TeamMember};
pub use player::{Options, Player, Profile};
pub use report::Report;

/// Why a suite could not be played at all.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The base URL is not one of a SCIM server, or the certificates for it cannot be read.
    #[error("base URL `{url}`: {why}")]
    Target {
        /// The URL as given.
        url: String,
        /// What is wrong with it.
        why: String,
    },
    /// This machine cannot do what a client needs.
    #[error("no client can be made: {why}")]
    Machine {
        /// What it lacks.
        why: String,
    },
    /// The load could not be prepared.
    #[error("load: {why}")]
    Load {
        /// What the server, or the machine, would not do.
        why: String,
    },
    /// A data file is missing, is not JSON, or has a form that the player does not know.
    #[error("{file}: {why}")]
    Data {
        /// The file or folder.
        file: String,
        /// What is wrong with it.
        why: String,
    },
}
