//! Attacks next to good clients: whether a careless or hostile client costs the others anything.
//!
//! Good clients send requests at a fixed pace in three phases: before, during and after the attack. Compare the phases
//! of one run only: latencies depend on the machine as much as on the server.

mod attack;
mod good;
mod plan;
mod play;
mod report;
mod scene;

pub use attack::Attack;
pub use report::{Alone, Answers, GoodPhase, GoodRow, HostileReport, Who};

use super::process::Process;
use super::{Load, stats};
use crate::http::Client;
use crate::{Error, Target, preflight};
use good::{Good, Measured, Organisation};
use plan::Wrong;
use report::Line;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;
use std::time::Duration;
use tokio::task::LocalSet;

/// Which attacks are played, and beside whom: further options of `provost-conformance load`.
#[derive(Debug, Clone, Default, clap::Args)]
pub struct Hostile {
    /// Play attacks beside good clients instead of rows; `list` shows them. Several are played at once
    ///
    /// The attack comes from the organisation of the token. It gets `--users` users and the groups that it needs, which
    /// stay. Each phase (quiet, beside, after) takes `--seconds`; with 0, only what is needed is made.
    #[arg(long, value_name = "NAME", value_delimiter = ',')]
    pub hostile: Vec<String>,
    /// A JSON file with the tokens of the good clients
    ///
    /// {"good": [{"token": "..", "own": false, "unseen": [".."]}], "forged": [".."], "unknown": [".."]}: for each organisation a token;
    /// whether it is the attack's own organisation; tokens that the server has never seen, one for each request with one.
    /// Tokens that look genuine and are not: `forged` have a key id that there is, for forged-tokens and known-key-ids;
    /// those of `unknown` nobody has, for unknown-key-ids.
    #[arg(long, value_name = "FILE", requires = "hostile")]
    pub good: Option<PathBuf>,
    /// A path behind the host that says whether the server lives, asked without a token
    #[arg(long, value_name = "PATH", requires = "hostile")]
    pub health: Option<String>,
}

impl Hostile {
    /// Whether only to list the attacks.
    #[must_use]
    pub fn is_list(&self) -> bool {
        self.hostile.iter().any(|name| name == "list")
    }

    /// The attacks by their names.
    ///
    /// # Errors
    /// There is no such attack.
    pub fn attacks(&self) -> Result<Vec<Attack>, Error> {
        self.hostile.iter().map(|name| name.parse().map_err(|why| Error::Load { why })).collect()
    }

    fn tokens(&self) -> Result<Tokens, String> {
        let Some(file) = &self.good else {
            return Err("name the file with the tokens of the good clients with `--good`".to_owned());
        };
        let wrong = |error: &dyn std::fmt::Display| format!("{}: {error}", file.display());
        let text = fs::read(file).map_err(|error| wrong(&error))?;
        serde_json::from_slice(&text).map_err(|error| wrong(&error))
    }
}

/// The `--good` file.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Tokens {
    good: Vec<Organisation>,
    #[serde(default)]
    forged: Vec<String>,
    #[serde(default)]
    unknown: Vec<String>,
}

/// Creates what is missing and plays the attacks.
///
/// # Errors
/// The server cannot be reached or refuses the users and groups that are needed, or an option is wrong.
pub fn run(target: &Target, load: &Load, hostile: &Hostile) -> Result<HostileReport, Error> {
    let failed = |why: String| Error::Load { why };
    let attacks = hostile.attacks()?;
    let tokens = hostile.tokens().map_err(failed)?;
    preflight::check(&Client::new(target.clone())?, preflight::TOKEN)?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|error| failed(error.to_string()))?;
    let local = LocalSet::new();
    let health = hostile.health.as_deref();
    runtime.block_on(local.run_until(play_all(target, load, &attacks, tokens, health))).map_err(failed)
}

async fn play_all(
    target: &Target,
    load: &Load,
    attacks: &[Attack],
    tokens: Tokens,
    health: Option<&str>,
) -> Result<HostileReport, String> {
    let server = load.pid.map(Process::of).transpose()?;
    let scene = scene::prepare(target, attacks, load.users).await?;
    let mut clients: Vec<Good> = Vec::new();
    for organisation in tokens.good {
        clients.extend(good::clients(target, organisation, load, health).await?);
    }
    let wrong = Wrong { forged: tokens.forged, unknown: tokens.unknown };
    let mut parts = Vec::new();
    for attack in attacks {
        parts.extend(plan::parts(*attack, &scene, &wrong)?);
    }
    let mut report = HostileReport {
        attacks: attacks.iter().map(ToString::to_string).collect(),
        seconds: load.seconds.as_secs_f64(),
        alone: Vec::new(),
        attack: Answers::default(),
        good: Vec::new(),
        server_cpu_ms: None,
        peak_kib: None,
    };
    if load.seconds.is_zero() {
        return Ok(report);
    }
    let server = server.as_ref();
    let quiet = Phase::play(&mut clients, load.seconds, server).await;
    report.alone = play::alone(target, &parts, server).await;
    let attack = play::begin(target.clone(), parts, load.seconds);
    let beside = Phase::play(&mut clients, load.seconds, server).await;
    report.attack = attack.join().map_err(|_panic| "the attack ended early".to_owned())?;
    let after = Phase::play(&mut clients, load.seconds, server).await;
    report.server_cpu_ms = beside.cpu.zip(quiet.cpu).map(|(beside, quiet)| {
        stats::each(stats::micros(beside.saturating_sub(quiet)) / 1e3, report.attack.total())
    });
    let peaks = [quiet.peak_kib, beside.peak_kib, after.peak_kib];
    if let [Some(quiet), Some(beside), Some(after)] = peaks {
        report.peak_kib = Some([quiet, beside, after]);
    }
    report.good = rows([quiet.measured, beside.measured, after.measured]);
    Ok(report)
}

/// What happened in one phase.
struct Phase {
    measured: Vec<Measured>,
    cpu: Option<Duration>,
    peak_kib: Option<u64>,
}

impl Phase {
    async fn play(clients: &mut Vec<Good>, length: Duration, server: Option<&Process>) -> Self {
        if let Some(server) = server {
            server.forget_peak();
        }
        let before = server.and_then(Process::cpu);
        let (back, measured) = good::phase(std::mem::take(clients), length).await;
        *clients = back;
        let cpu =
            server.and_then(Process::cpu).zip(before).map(|(after, before)| after.saturating_sub(before));
        Self { measured, cpu, peak_kib: server.and_then(Process::peak_kib) }
    }
}

/// Merges the lines of all clients of a kind.
fn rows(phases: [Vec<Measured>; 3]) -> Vec<GoodRow> {
    let mut rows: BTreeMap<(Who, &str), [Line; 3]> = BTreeMap::new();
    for (number, phase) in phases.into_iter().enumerate() {
        for Measured { who, kind, line } in phase {
            if let Some(place) = rows.entry((who, kind)).or_default().get_mut(number) {
                place.join(line);
            }
        }
    }
    let row = |((who, kind), phases): ((Who, &str), [Line; 3])| GoodRow {
        who,
        kind: kind.to_owned(),
        phases: phases.map(GoodPhase::from),
    };
    rows.into_iter().map(row).collect()
}
