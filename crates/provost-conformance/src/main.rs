//! Judges a SCIM server from the command line.
//!
//! Exit codes: 0 everything that was played passed, 1 something failed, 2 the command line or the data is wrong.

mod arguments;

use std::path::Path;
use std::process::ExitCode;
use std::{env, fs};

use arguments::{Arguments, Asked, HELP, LoadArguments, Suite};
use provost_conformance::{Error, Player, Report, Target, load};

fn main() -> ExitCode {
    match arguments::parse(env::args().skip(1)) {
        Ok(Asked::Help) => {
            print!("{HELP}");
            ExitCode::SUCCESS
        }
        Ok(Asked::Run(arguments)) => exit(run(&arguments)),
        Ok(Asked::Load(arguments)) => exit(measure(&arguments)),
        Err(why) => usage(&why),
    }
}

fn exit(outcome: Result<bool, String>) -> ExitCode {
    match outcome {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::from(1),
        Err(why) => usage(&why),
    }
}

/// Whether every answer was right.
fn measure(arguments: &LoadArguments) -> Result<bool, String> {
    let LoadArguments { base_url, token, json, load } = arguments;
    let target = Target::new(base_url, token).map_err(|error| error.to_string())?;
    let report = match load::run(&target, load) {
        Ok(report) => report,
        Err(why) => {
            eprintln!("provost-conformance: {why}");
            return Ok(false);
        }
    };
    print!("{report}");
    if let Some(file) = json {
        let json = report.to_json().map_err(|error| error.to_string())?;
        fs::write(file, json).map_err(|error| format!("{}: {error}", file.display()))?;
    }
    Ok(report.all_right())
}

fn usage(why: &str) -> ExitCode {
    eprintln!("provost-conformance: {why}\n\nTry `provost-conformance --help`.");
    ExitCode::from(2)
}

/// Whether everything that was played passed.
fn run(arguments: &Arguments) -> Result<bool, String> {
    let options = &arguments.options;
    let verdicts = play(arguments).map_err(|error| error.to_string())?;
    let report = Report::new(&arguments.base_url, options.profile.name(), options.exacting, verdicts);
    print!("{report}");
    if let Some(file) = &arguments.json {
        let json = report.to_json().map_err(|error| error.to_string())?;
        fs::write(file, json).map_err(|error| format!("{}: {error}", file.display()))?;
    }
    Ok(report.all_passed())
}

fn play(arguments: &Arguments) -> Result<Vec<provost_conformance::Verdict>, Error> {
    let target = Target::new(&arguments.base_url, &arguments.token)?;
    let mut player = Player::new(target, arguments.options.clone());
    let dir: &Path = &arguments.data;
    let mut verdicts = Vec::new();
    if arguments.suites.contains(&Suite::Golden) {
        verdicts.extend(player.run_golden(dir, None)?);
    }
    if arguments.suites.contains(&Suite::Scenarios) {
        verdicts.extend(player.run_scenarios(dir, None, None)?);
    }
    if arguments.suites.contains(&Suite::Hostile) {
        verdicts.extend(player.run_hostile(dir)?);
    }
    Ok(verdicts)
}
