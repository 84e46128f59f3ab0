//! The clients that must not notice the attack: each sends four requests a second on its own connection and judges
//! every answer.

use super::super::expect::{Expect, KnownResponses};
use super::super::inventory::{self, Inventory};
use super::super::workload::{Planned, Workload};
use super::super::{Load, RequestKind};
use super::report::{Line, Who};
use crate::Target;
use crate::http::{Connection, NoResponse, Request, Response};
use hyper::header::{AUTHORIZATION, HeaderMap, HeaderValue};
use serde::Deserialize;
use std::collections::hash_map::RandomState;
use std::hash::{BuildHasher, Hasher};
use std::rc::Rc;
use std::time::{Duration, Instant};
use tokio::task::JoinSet;
use tokio::time::sleep_until;

/// Time between two requests of a client.
const PACE: Duration = Duration::from_millis(250);
/// The least number of users to ask for in each organisation.
const USERS: usize = 100;

/// One organisation in the `--good` file.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Organisation {
    /// A valid token.
    token: String,
    /// Whether it is the organisation that the attack comes from.
    #[serde(default)]
    own: bool,
    /// Tokens that the server has never seen, one for each request that tries one.
    #[serde(default)]
    unseen: Vec<String>,
}

/// A client that sends one kind of request.
pub(super) struct Good {
    who: Who,
    kind: &'static str,
    work: Work,
    known: KnownResponses,
    connection: Connection,
}

enum Work {
    Rows(Box<Workload>),
    /// The same with a new token each time.
    Unseen(Box<Workload>, Vec<String>),
    Health(String),
}

const KINDS: [(&str, RequestKind); 5] = [
    ("match", RequestKind::Match),
    ("get", RequestKind::Get),
    ("page", RequestKind::Page),
    ("create", RequestKind::Create),
    ("PATCH", RequestKind::Patch),
];

/// The clients of an organisation. `health` is a path on the host.
pub(super) async fn clients(
    target: &Target,
    organisation: Organisation,
    load: &Load,
    health: Option<&str>,
) -> Result<Vec<Good>, String> {
    let Organisation { token, own, unseen } = organisation;
    let who = if own { Who::Own } else { Who::Others };
    let target = target.with_token(&token).map_err(|error| error.to_string())?;
    let load = Load { users: USERS, connections: 4, rows: Vec::new(), targets: None, ..load.clone() };
    let inventory = Rc::new(inventory::prepare(&target, &load).await?);
    let run = RandomState::new().build_hasher().finish();
    let mut clients = Vec::new();
    let mut add = |kind, work, target: &Target| {
        let connection = Connection::new(target);
        clients.push(Good { who, kind, work, known: KnownResponses::default(), connection });
    };
    for (kind, row) in KINDS {
        add(kind, Work::Rows(workload(row, &inventory, &load, run, &target).await?), &target);
    }
    if !unseen.is_empty() {
        let work = workload(RequestKind::Get, &inventory, &load, run, &target).await?;
        add("token never seen", Work::Unseen(work, unseen), &target);
    }
    if let Some(path) = health {
        let root = target.base_url().strip_suffix(target.root()).unwrap_or_default();
        add("health", Work::Health(path.to_owned()), &target.moved(root).map_err(|error| error.to_string())?);
    }
    Ok(clients)
}

async fn workload(
    row: RequestKind,
    inventory: &Rc<Inventory>,
    load: &Load,
    run: u64,
    target: &Target,
) -> Result<Box<Workload>, String> {
    let mut work = Workload::new(row, Rc::clone(inventory), load.profile, 1, run)?;
    work.begin(&mut Connection::new(target)).await?;
    Ok(Box::new(work))
}

/// What one client measured.
pub(super) struct Measured {
    pub(super) who: Who,
    pub(super) kind: &'static str,
    pub(super) line: Line,
}

/// Runs all clients for this long.
pub(super) async fn phase(clients: Vec<Good>, length: Duration) -> (Vec<Good>, Vec<Measured>) {
    let mut tasks = JoinSet::new();
    let all = u32::try_from(clients.len()).unwrap_or(1).max(1);
    for (number, client) in (0_u32..).zip(clients) {
        // spread over the pace, so that they do not all send at once
        let lead = PACE.saturating_mul(number) / all;
        tasks.spawn_local(client.ask(lead, length));
    }
    let (mut clients, mut measured) = (Vec::new(), Vec::new());
    while let Some(done) = tasks.join_next().await {
        if let Ok((client, line)) = done {
            measured.push(Measured { who: client.who, kind: client.kind, line });
            clients.push(client);
        }
    }
    (clients, measured)
}

impl Good {
    /// Sends requests at its pace. A request counts from the moment it was due: if it had to wait for the one before
    /// it, it waited for the server.
    async fn ask(mut self, lead: Duration, length: Duration) -> (Self, Line) {
        let (begun, mut line) = (tokio::time::Instant::now() + lead, Line::default());
        let mut due = begun;
        while due < begun + length {
            let Some(planned) = self.next() else { break };
            let is_late = tokio::time::Instant::now() > due;
            sleep_until(due).await;
            let from = if is_late { due.into_std() } else { Instant::now() };
            let response = self.connection.send(&planned.request).await;
            line.took.add(from.elapsed());
            self.judge(planned, response, &mut line);
            due += PACE;
        }
        (self, line)
    }

    fn next(&mut self) -> Option<Planned> {
        match &mut self.work {
            Work::Rows(work) => Some(work.next(0)),
            Work::Unseen(work, tokens) => {
                let mut headers = HeaderMap::new();
                headers
                    .insert(AUTHORIZATION, HeaderValue::try_from(format!("Bearer {}", tokens.pop()?)).ok()?);
                let mut planned = work.next(0);
                planned.request.headers = Some(headers);
                Some(planned)
            }
            Work::Health(path) => {
                let request = Request { headers: Some(HeaderMap::new()), ..Request::get(path.as_str()) };
                Some(Planned { request, expect: Expect::Done, number: None, line: 0 })
            }
        }
    }

    fn judge(&mut self, planned: Planned, response: Result<Response, NoResponse>, line: &mut Line) {
        let judged = match response {
            Ok(response) => self.known.check(&planned.expect, planned.number, response),
            Err(error) => Err(error.to_string()),
        };
        match (judged, &mut self.work) {
            (Ok(id), Work::Rows(work)) => work.acknowledged(0, planned, id),
            (Ok(_), _) => {}
            (Err(fault), _) => {
                line.fail(format!("{} {}: {fault}", planned.request.method, planned.request.path))
            }
        }
    }
}
