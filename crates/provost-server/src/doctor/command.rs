//! The output of `provost doctor`: a line for each check, followed by what to do.

use super::{Advice, Answer, examine, facts};
use crate::cli::common::Prepared;
use crate::cli::installation::Installation;
use crate::failure::Failure;
use crate::output::{print, print_json};
use serde::Serialize;

#[derive(Debug, clap::Args)]
pub(crate) struct Doctor {
    /// Also connect to the mail server, and sign in there, without sending anything
    #[arg(long)]
    connect: bool,
    #[command(flatten)]
    prepared: Prepared,
}

pub(crate) async fn run(command: &Doctor, installation: &Installation) -> Result<(), Failure> {
    let answers = examine(&facts::gather(installation, &command.prepared, command.connect).await);
    if command.prepared.json.json {
        print_json(&answers.iter().map(shape).collect::<Vec<_>>())?;
    } else {
        print(&answers.iter().map(text).collect::<Vec<_>>().join("\n"))?;
    }
    match answers.iter().filter(|(_, answer)| matches!(answer, Answer::Wrong(_))).count() {
        0 => Ok(()),
        n => Err(Failure::Wrong(n)),
    }
}

/// The word for the answer, the finding, and what to do.
fn parts(answer: &Answer) -> (&'static str, &str, Option<&str>) {
    match answer {
        Answer::Fine(what) => ("fine", what, None),
        Answer::Note(Advice { what, remedy }) => ("note", what, Some(remedy)),
        Answer::Wrong(Advice { what, remedy }) => ("wrong", what, Some(remedy)),
        Answer::Unknown => ("unknown", "", None),
    }
}

fn text((name, answer): &(&'static str, Answer)) -> String {
    let (word, what, remedy) = parts(answer);
    // names and labels are user input, and terminals interpret control characters
    let line = format!("{word:<6} {name:<14} {what}").replace(char::is_control, "\u{FFFD}");
    remedy.map_or(line.clone(), |remedy| format!("{line}\n{:<21} -> {remedy}", ""))
}

#[derive(Serialize)]
struct Shape<'a> {
    check: &'a str,
    answer: &'a str,
    what: &'a str,
    remedy: Option<&'a str>,
}

fn shape<'a>((check, answer): &'a (&'static str, Answer)) -> Shape<'a> {
    let (answer, what, remedy) = parts(answer);
    Shape { check, answer, what, remedy }
}
