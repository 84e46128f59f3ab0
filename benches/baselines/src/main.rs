//! What HTTP and the database cost without SCIM: the baselines that performance is measured against.
//!
//! `baselines FILE ADDRESS` serves a database that `provost serve` made, with handlers that run the statements of the
//! binary, in its order, and do nothing else: no schemas, no filters, no PATCH, no validation. `scripts/bench` loads
//! the server and this in turns. There are three baselines:
//!
//! * `/bare/{bytes}` answers so many fixed bytes: what actix-web costs;
//! * `/scim/v2/..` runs the same statements: what they cost, with the commit that is shared by all who wait;
//! * `/one-row/scim/v2/Users` writes one row for each POST: what a durable write costs at least.
//!
//! It checks no token's secret and understands exactly the requests of `provost-conformance load`. Never serve a
//! directory with it.

mod app;
mod check;
mod read;
mod statements;
mod write;
mod writer;

use std::path::Path;
use std::process::ExitCode;

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let outcome = match words.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        ["--check"] => check::run(),
        [file, address] => app::serve(Path::new(file), address),
        _ => Err("usage: baselines FILE ADDRESS, or baselines --check".into()),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("baselines: {error}");
            ExitCode::FAILURE
        }
    }
}

/// Whatever went wrong.
type Failure = Box<dyn std::error::Error + Send + Sync>;
