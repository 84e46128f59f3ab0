//! Load: how fast a SCIM server answers what Entra asks, with every answer judged.
//!
//! The loop is closed: like Entra, each connection sends its next request after the answer to the last one. One thread
//! of the client serves all connections, to take as little as possible of the machine that it shares with the server.
//! The body of each answer is parsed as JSON and compared with what is expected; an answer identical to one already
//! judged is not judged again. Acknowledged writes are read back after the measurement.

mod bodies;
mod expect;
pub mod hostile;
mod inventory;
mod kind;
mod process;
mod report;
mod stats;
mod workload;

pub use kind::RequestKind;
pub use report::{LoadReport, Measured};
pub use stats::Percentiles;

use crate::http::{Client, Connection, Request, Response};
use crate::{Error, Profile, Target, preflight};
use expect::{Expect, KnownResponses};
use inventory::{Inventory, SPARE};
use process::Process;
use stats::Samples;
use std::cell::{Cell, RefCell};
use std::collections::hash_map::RandomState;
use std::fs;
use std::hash::{BuildHasher, Hasher};
use std::path::PathBuf;
use std::rc::Rc;
use std::time::{Duration, Instant};
use tokio::task::{JoinSet, LocalSet};
use workload::Workload;

/// What is measured, and how: the options of `provost-conformance load`.
#[derive(Debug, Clone, clap::Args)]
pub struct Load {
    /// What is measured, in this order
    ///
    /// get, match (by userName), email (filter), create, patch (five operations), page and last-page (of 100, by
    /// startIndex), cursor and last-cursor (the same by cursor), member:M (adds one member to a group of M, removes it
    /// again: two lines), group:M (without members), whole-group:M, path:/PATH (anything whose answer is always the same)
    #[arg(
        long,
        value_delimiter = ',',
        default_value = "get,match,email,page,group:100,member:100,patch,create"
    )]
    pub rows: Vec<RequestKind>,
    /// Connections at the same time, 256 at most
    #[arg(long, value_name = "N", default_value_t = 16)]
    pub connections: usize,
    /// Seconds that each row is measured, or each phase beside an attack
    #[arg(long, value_name = "S", default_value = "5", value_parser = seconds)]
    pub seconds: Duration,
    /// Seconds that each row runs before that
    #[arg(long, value_name = "S", default_value = "1", value_parser = seconds)]
    pub warm_up: Duration,
    /// End a row early, after so many requests, warm-up included
    #[arg(long, value_name = "N")]
    pub requests: Option<usize>,
    /// Users that must be there; they are made where they are not
    #[arg(long, value_name = "N", default_value_t = 1_000)]
    pub users: usize,
    /// Where the users and groups to ask for are kept: read if the file is there, else written
    #[arg(long, value_name = "FILE")]
    pub targets: Option<PathBuf>,
    /// The server's process on this machine: its processor time for each request, and its peak memory
    #[arg(long)]
    pub pid: Option<u32>,
    /// Do not read acknowledged writes back after each row
    #[arg(long)]
    pub no_read_back: bool,
    /// How PATCH is spelt.
    #[arg(skip)]
    pub profile: Profile,
}

fn seconds(text: &str) -> Result<Duration, String> {
    let seconds = text.parse().ok().and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
    seconds.ok_or_else(|| "expected a number of seconds, such as 5 or 0.5".to_owned())
}

/// Prepares the directory and measures each row.
///
/// # Errors
/// The server cannot be reached, or refuses the users and groups that are needed.
pub fn run(target: &Target, load: &Load) -> Result<LoadReport, Error> {
    let failed = |why: String| Error::Load { why };
    if load.connections == 0 || load.connections > SPARE {
        let why = format!("{} connections: 1 to {SPARE} are possible", load.connections);
        return Err(failed(why));
    }
    let client = Client::new(target.clone())?;
    if load.targets.as_ref().is_some_and(|file| file.exists()) {
        // in this case it need not be a complete SCIM server
        preflight::let_in(&client, preflight::TOKEN)?;
    } else {
        preflight::check(&client, preflight::TOKEN)?;
    }
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|error| failed(error.to_string()))?;
    let local = LocalSet::new();
    runtime.block_on(local.run_until(measure_all(target, load))).map_err(failed)
}

async fn measure_all(target: &Target, load: &Load) -> Result<LoadReport, String> {
    let server = load.pid.map(Process::of).transpose()?;
    let inventory = Rc::new(inventory(target, load).await?);
    let mut rows = Vec::new();
    for row in &load.rows {
        // different in every run
        let run = RandomState::new().build_hasher().finish();
        let work = Workload::new(row.clone(), Rc::clone(&inventory), load.profile, load.connections, run)?;
        rows.extend(measure(target, load, row, work, server.as_ref()).await?);
    }
    Ok(LoadReport {
        target: target.base_url().to_owned(),
        connections: load.connections,
        users: inventory.total,
        rows,
        peak_kib: server.and_then(|server| server.peak_kib()),
    })
}

async fn inventory(target: &Target, load: &Load) -> Result<Inventory, String> {
    let Some(file) = &load.targets else { return inventory::prepare(target, load).await };
    let shown = file.display();
    if file.exists() {
        let text = fs::read(file).map_err(|error| format!("{shown}: {error}"))?;
        return serde_json::from_slice(&text).map_err(|error| format!("{shown}: {error}"));
    }
    let inventory = inventory::prepare(target, load).await?;
    let text = serde_json::to_vec(&inventory).map_err(|error| error.to_string())?;
    fs::write(file, text).map_err(|error| format!("{shown}: {error}"))?;
    Ok(inventory)
}

/// What all connections of a row share.
struct Shared {
    work: RefCell<Workload>,
    known: RefCell<KnownResponses>,
    lines: RefCell<Vec<Line>>,
    sent: Cell<usize>,
    counts: Cell<bool>,
    ends: Cell<bool>,
}

#[derive(Default)]
struct Line {
    samples: Samples,
    failed: usize,
    faults: Vec<String>,
}

/// How many faults are shown for each line.
const SHOWN: usize = 5;
/// After how many wrong answers in a row a connection gives up.
const PATIENCE: usize = 20;

impl Line {
    fn fail(&mut self, fault: String) {
        self.failed = self.failed.saturating_add(1);
        if self.faults.len() < SHOWN && !self.faults.contains(&fault) {
            self.faults.push(fault);
        }
    }
}

/// One connection: each request follows the answer to the last one.
async fn closed_loop(shared: Rc<Shared>, limit: Option<usize>, number: usize, mut connection: Connection) {
    let mut failed = 0;
    while failed < PATIENCE && !shared.ends.get() && limit.is_none_or(|limit| shared.sent.get() < limit) {
        let planned = shared.work.borrow_mut().next(number);
        shared.sent.set(shared.sent.get().saturating_add(1));
        let counts = shared.counts.get();
        let begun = Instant::now();
        let response = connection.send(&planned.request).await;
        let took = begun.elapsed();
        let judged = response
            .map_err(|error| error.to_string())
            .and_then(|response| shared.known.borrow_mut().check(&planned.expect, planned.number, response));
        let mut lines = shared.lines.borrow_mut();
        let Some(line) = lines.get_mut(planned.line) else { return };
        match judged {
            Ok(id) => {
                failed = 0;
                // begun and ended within the measurement
                if counts && !shared.ends.get() {
                    line.samples.add(took);
                }
                shared.work.borrow_mut().acknowledged(number, planned, id);
            }
            Err(fault) => {
                failed += 1;
                line.fail(format!("{} {}: {fault}", planned.request.method, planned.request.path));
            }
        }
    }
}

async fn measure(
    target: &Target,
    load: &Load,
    row: &RequestKind,
    mut work: Workload,
    server: Option<&Process>,
) -> Result<Vec<Measured>, String> {
    let mut aside = Connection::new(target);
    work.begin(&mut aside).await.map_err(|why| format!("{row}: {why}"))?;
    let names = row.lines();
    let shared = Rc::new(Shared {
        work: RefCell::new(work),
        known: RefCell::default(),
        lines: RefCell::new(names.iter().map(|_| Line::default()).collect()),
        sent: Cell::new(0),
        counts: Cell::new(load.warm_up.is_zero()),
        ends: Cell::new(false),
    });
    let mut loops = JoinSet::new();
    for number in 0..load.connections {
        let connection = Connection::new(target);
        loops.spawn_local(closed_loop(Rc::clone(&shared), load.requests, number, connection));
    }
    if !shared.counts.get() {
        tokio::time::sleep(load.warm_up).await;
        shared.counts.set(true);
    }
    let cpu = || [server.and_then(Process::cpu), Process::own().cpu()];
    let (begun, before) = (Instant::now(), cpu());
    // ends early if no connection has anything left to do
    drop(tokio::time::timeout(load.seconds, async { while loops.join_next().await.is_some() {} }).await);
    shared.ends.set(true);
    let (took, after) = (begun.elapsed(), cpu());
    while loops.join_next().await.is_some() {}
    after_writes(load, &shared, &mut aside).await;

    let lines = shared.lines.take();
    let all: usize = lines.iter().map(|line| line.samples.len()).sum();
    let [server_cpu, client_cpu] = [0, 1].map(|n: usize| {
        let (before, after) = (before.get(n).copied().flatten(), after.get(n).copied().flatten());
        after.zip(before).map(|(after, before)| stats::each(stats::micros(after.saturating_sub(before)), all))
    });
    let measured = |(row, line): (String, Line)| Measured {
        row,
        requests: line.samples.len(),
        failed: line.failed,
        per_second: stats::rate(line.samples.len(), took),
        took: line.samples.percentiles(),
        server_cpu_us: server_cpu,
        client_cpu_us: client_cpu,
        faults: line.faults,
    };
    Ok(names.into_iter().zip(lines).map(measured).collect())
}

/// Reads acknowledged writes back, and restores the groups.
async fn after_writes(load: &Load, shared: &Shared, connection: &mut Connection) {
    let wanted = if load.no_read_back { Vec::new() } else { shared.work.borrow().read_back() };
    for (request, expect) in wanted {
        let judged = ask(connection, &request, &expect).await;
        if let (Err(fault), Some(line)) = (judged, shared.lines.borrow_mut().first_mut()) {
            line.fail(format!("acknowledged, then: GET {}: {fault}", request.path));
        }
    }
    let undo = shared.work.borrow().undo();
    for planned in undo {
        drop(connection.send(&planned.request).await);
    }
}

/// Sends a request and judges the response. Also returns the resource's id if there is one.
async fn ask(
    connection: &mut Connection,
    request: &Request,
    expect: &Expect,
) -> Result<(Response, Option<String>), String> {
    let response = connection.send(request).await.map_err(|error| error.to_string())?;
    let id = expect.check(response.status, &response.body)?;
    Ok((response, id))
}
