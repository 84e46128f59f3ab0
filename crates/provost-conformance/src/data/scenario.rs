//! Scenarios: what a client does over time, in order.

use super::exchange::once;
use super::{Check, Expected, Given, OneOrMore, RequestTemplate};
use crate::player::Profile;
use serde::Deserialize;
use std::collections::BTreeMap;

/// A sequence of steps; ids carry over from one answer to the next request.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Scenario {
    /// The name of the file without its ending.
    pub name: String,
    /// What happens, in a sentence.
    pub about: String,
    /// The PATCH dialect: `off`, `on` or `any`.
    pub flavour: String,
    /// The only profiles that can play it; absent means every profile can.
    pub profile: Option<OneOrMore<Profile>>,
    /// What the server must have besides users and groups.
    pub requires: Option<String>,
    /// What the directory holds before.
    #[serde(default)]
    pub given: Vec<Given>,
    /// The steps.
    pub steps: Vec<Step>,
}

/// One step.
#[derive(Debug, Clone, Deserialize)]
#[serde(try_from = "StepFields")]
pub struct Step {
    /// What it is, for the report.
    pub title: String,
    /// What is done.
    pub action: Action,
    /// What must hold afterwards.
    pub after: Vec<Check>,
}

/// What a step does.
#[derive(Debug, Clone)]
pub enum Action {
    /// Send a request.
    Send(Box<Send>),
    /// Stop the server and start it again.
    Restart,
    /// Read a collection page by page.
    Walk(Walk),
    /// Look only.
    Look,
}

/// A request of a step.
#[derive(Debug, Clone)]
pub struct Send {
    /// What is sent.
    pub request: Source,
    /// What must come back; absent where the golden exchange says it.
    pub response: Option<Expected>,
    /// How often, each time with the same answer expected.
    pub times: u32,
    /// Symbols to bind: each to the text at a JSON pointer into the answer.
    pub save: BTreeMap<String, String>,
    /// What becomes of the answer.
    pub answer: Fate,
}

/// Where a step has its request from.
#[derive(Debug, Clone)]
pub enum Source {
    /// The step's own.
    Own(RequestTemplate),
    /// A golden exchange by its name; its `given` and `after` are not used.
    Exchange(String),
}

/// What becomes of an answer on its way to the client.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Fate {
    /// It arrives and is judged.
    #[default]
    Judged,
    /// The server sent it; the client never saw it.
    Lost,
    /// The client closed the connection as soon as the request was out.
    Abandoned,
}

/// Pages of a collection: every page full but the last, every resource once.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Walk {
    /// The collection, as `/Users`.
    pub path: String,
    /// Page size.
    pub count: usize,
    /// How many resources the whole walk meets at least.
    pub at_least: usize,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct StepFields {
    step: String,
    request: Option<RequestTemplate>,
    exchange: Option<String>,
    response: Option<Expected>,
    #[serde(default = "once")]
    times: u32,
    #[serde(default)]
    save: BTreeMap<String, String>,
    #[serde(default)]
    answer: Fate,
    #[serde(default)]
    restart: bool,
    walk: Option<Walk>,
    #[serde(default)]
    after: Vec<Check>,
}

impl TryFrom<StepFields> for Step {
    type Error = String;

    fn try_from(fields: StepFields) -> Result<Self, String> {
        let StepFields { step, request, exchange, response, times, save, answer, restart, walk, after } =
            fields;
        let send =
            |request, response| Action::Send(Box::new(Send { request, response, times, save, answer }));
        let action = match (request, exchange, response, restart, walk) {
            (Some(request), None, response @ Some(_), false, None) => send(Source::Own(request), response),
            (None, Some(name), response, false, None) => send(Source::Exchange(name), response),
            (None, None, None, true, None) => Action::Restart,
            (None, None, None, false, Some(walk)) => Action::Walk(walk),
            (None, None, None, false, None) => Action::Look,
            _ => {
                return Err(format!(
                    "step `{step}` has one of `request` (with a `response`), `exchange`, `restart` and `walk`"
                ));
            }
        };
        Ok(Self { title: step, action, after })
    }
}
