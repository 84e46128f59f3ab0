//! `provost brake`.

use super::store::BrakeStore;
use super::tally::{HOUR_MS, Lift, LiftOf};
use crate::audit::By;
use crate::cli::common::{Json, OfOrganisation};
use crate::cli::installation::Installation;
use crate::clock::minute;
use crate::config::Span;
use crate::failure::Failure;
use crate::output::{print, print_json};
use clap::{ArgGroup, Subcommand};
use serde::Serialize;

/// The longest a lift can last.
const LONGEST: &str = "7 days";
/// Nobody has more members than this.
const MOST: i64 = 1_000_000;

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Let memberships end by SCIM although there are more in an hour than the organisation lets end. It takes the place of a lift
    /// of before
    #[command(group = ArgGroup::new("lift").args(["time", "count"]))]
    Lift {
        #[command(flatten)]
        org: OfOrganisation,
        /// For so long, up to 7 days [default: 1h]
        #[arg(id = "time", long = "for", value_name = "SPAN", value_parser = time)]
        time: Option<Span>,
        /// For so many memberships, within 7 days
        #[arg(long, value_name = "N", value_parser = clap::value_parser!(i64).range(1..=MOST))]
        count: Option<i64>,
        #[command(flatten)]
        json: Json,
    },
}

fn time(text: &str) -> Result<Span, String> {
    let span: Span = text.parse()?;
    match span.millis() <= 7 * 24 * HOUR_MS {
        true => Ok(span),
        false => Err(format!("a brake is lifted for {LONGEST} at most: `{text}` is longer")),
    }
}

pub(crate) async fn run(command: Command, installation: &Installation) -> Result<(), Failure> {
    let Command::Lift { org, time, count, json } = command;
    let lift = match (count, time) {
        (Some(count), _) => LiftOf::Ends(count),
        (None, Some(span)) => LiftOf::Time(span.millis()),
        (None, None) => LiftOf::Time(HOUR_MS),
    };
    let storage = installation.open().await?;
    let lift = storage.lift_brake(By::operator(), org.slug.clone(), lift).await?;
    match json.json {
        true => Ok(print_json(&Lifted::from(lift))?),
        false => Ok(print(&format!("the brake of {} is lifted {}", org.slug, said(lift)))?),
    }
}

fn said(lift: Lift) -> String {
    let until = minute(lift.until);
    match lift.left {
        None => format!("until {until}"),
        Some(1) => format!("for 1 membership, until {until} at the latest"),
        Some(left) => format!("for {left} memberships, until {until} at the latest"),
    }
}

#[derive(Serialize)]
struct Lifted {
    until: String,
    count: Option<i64>,
}

impl From<Lift> for Lifted {
    fn from(Lift { until, left, .. }: Lift) -> Self {
        Self { until: until.to_string(), count: left }
    }
}
