//! Judges a SCIM server from the command line.
//!
//! Exit codes: 0 if everything that was played passed, 1 if something failed, 2 if it could not run.

mod arguments;

use arguments::{Cli, Command, LoadArgs, RunArgs};
use clap::Parser;
use provost_conformance::load::hostile::{self, Attack};
use provost_conformance::{CaseResult, Data, Player, Report, load};
use serde::Serialize;
use std::fs;
use std::path::Path;
use std::process::ExitCode;

fn main() -> ExitCode {
    let outcome = match Cli::parse().command {
        Command::Run(run) if run.list => list(&run),
        Command::Run(run) => judge(&run),
        Command::Load(measurement) => measure(&measurement),
    };
    match outcome {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::from(1),
        Err(why) => {
            eprintln!("provost-conformance: {why}");
            ExitCode::from(2)
        }
    }
}

/// Whether every answer was correct.
fn measure(measurement: &LoadArgs) -> Result<bool, String> {
    if measurement.hostile.is_list() {
        Attack::all().for_each(|attack| println!("{attack:<17} {}", attack.line()));
        return Ok(true);
    }
    if !measurement.hostile.hostile.is_empty() {
        return attack(measurement);
    }
    let report = load::run(&measurement.subject.target()?, &measurement.load()).map_err(|e| e.to_string())?;
    print!("{report}");
    write(measurement.subject.json.as_deref(), &report)?;
    Ok(report.all_right())
}

/// Whether the good clients got every answer.
fn attack(measurement: &LoadArgs) -> Result<bool, String> {
    let target = measurement.subject.target()?;
    let report =
        hostile::run(&target, &measurement.load(), &measurement.hostile).map_err(|e| e.to_string())?;
    print!("{report}");
    write(measurement.subject.json.as_deref(), &report)?;
    Ok(report.all_right())
}

/// Lists what would be played.
fn list(run: &RunArgs) -> Result<bool, String> {
    let data = run.data().map_err(|error| error.to_string())?;
    let planned = run.plan(&data, &run.options()?).map_err(|error| error.to_string())?;
    for case in &planned {
        println!("{case}");
    }
    let skipped = planned.iter().filter(|case| case.skipped.is_some()).count();
    println!("{} to be played, {skipped} to be skipped", planned.len().saturating_sub(skipped));
    Ok(true)
}

/// Whether everything that was played passed.
fn judge(run: &RunArgs) -> Result<bool, String> {
    let (data, options) = (run.data().map_err(|error| error.to_string())?, run.options()?);
    run.plan(&data, &options).map_err(|error| error.to_string())?;
    let (profile, exact, target) = (options.profile.name(), options.exact, run.subject.target()?);
    let base_url = target.base_url().to_owned();
    let mut player = Player::new(target, options).map_err(|error| error.to_string())?;
    player.check_server().map_err(|error| error.to_string())?;
    let report = Report::new(&base_url, profile, exact, play(run, &mut player, &data));
    print!("{report}");
    write(run.subject.json.as_deref(), &report)?;
    if report.nothing_played() {
        return Err("nothing was played: every case was skipped, each for the reason above".to_owned());
    }
    Ok(report.all_passed())
}

fn play(run: &RunArgs, player: &mut Player, data: &Data) -> Vec<CaseResult> {
    let mut results = Vec::new();
    if run.suite.holds("golden") {
        results.extend(player.run_golden(data, None));
    }
    if run.suite.holds("scenarios") {
        results.extend(player.run_scenarios(data, None, None));
    }
    if run.suite.holds("hostile") {
        results.extend(player.run_hostile(data));
    }
    results
}

fn write(file: Option<&Path>, report: &impl Serialize) -> Result<(), String> {
    let Some(file) = file else { return Ok(()) };
    let json = serde_json::to_string_pretty(report).map_err(|error| error.to_string())?;
    fs::write(file, json).map_err(|error| format!("{}: {error}", file.display()))
}
