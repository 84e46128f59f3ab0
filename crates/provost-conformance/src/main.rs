//! Judges a SCIM server from the command line.
//!
//! Exit codes: 0 everything that was played passed, 1 something failed, 2 the command line or the data is wrong.

mod arguments;

use arguments::{Cli, Command, LoadArgs, RunArgs, Suite};
use clap::Parser;
use provost_conformance::{CaseResult, Error, Options, Player, Report, Target, load};
use serde::Serialize;
use std::fs;
use std::path::Path;
use std::process::ExitCode;

fn main() -> ExitCode {
    let outcome = match Cli::parse().command {
        Command::Run(run) => judge(&run),
        Command::Load(measurement) => measure(&measurement),
    };
    match outcome {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::from(1),
        Err(why) => {
            eprintln!("provost-conformance: {why}\n\nTry `provost-conformance --help`.");
            ExitCode::from(2)
        }
    }
}

/// Whether every answer was right.
fn measure(measurement: &LoadArgs) -> Result<bool, String> {
    let report = match load::run(&measurement.subject.target()?, &measurement.load()) {
        Ok(report) => report,
        Err(why) => {
            eprintln!("provost-conformance: {why}");
            return Ok(false);
        }
    };
    print!("{report}");
    write(measurement.subject.json.as_deref(), &report)?;
    Ok(report.all_right())
}

/// Whether everything that was played passed.
fn judge(run: &RunArgs) -> Result<bool, String> {
    let options = run.options().map_err(|error| error.to_string())?;
    let (profile, exact) = (options.profile.name(), options.exact);
    let results = play(run, run.subject.target()?, options).map_err(|error| error.to_string())?;
    let report = Report::new(&run.subject.base_url, profile, exact, results);
    print!("{report}");
    write(run.subject.json.as_deref(), &report)?;
    Ok(report.all_passed())
}

fn play(run: &RunArgs, target: Target, options: Options) -> Result<Vec<CaseResult>, Error> {
    let mut player = Player::new(target, options)?;
    let dir: &Path = &run.data;
    let mut results = Vec::new();
    if run.suite.holds(Suite::Golden) {
        results.extend(player.run_golden(dir, None)?);
    }
    if run.suite.holds(Suite::Scenarios) {
        results.extend(player.run_scenarios(dir, None, None)?);
    }
    if run.suite.holds(Suite::Hostile) {
        results.extend(player.run_hostile(dir)?);
    }
    Ok(results)
}

fn write(file: Option<&Path>, report: &impl Serialize) -> Result<(), String> {
    let Some(file) = file else { return Ok(()) };
    let json = serde_json::to_string_pretty(report).map_err(|error| error.to_string())?;
    fs::write(file, json).map_err(|error| format!("{}: {error}", file.display()))
}
