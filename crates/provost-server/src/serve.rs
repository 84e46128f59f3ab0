//! `provost serve`.
use crate::cli::Failure;
use crate::config::Config;
/// Placeholder until the other crates land.
pub(crate) fn run(_: &Config) -> Result<(), Failure> {
    Ok(())
}
