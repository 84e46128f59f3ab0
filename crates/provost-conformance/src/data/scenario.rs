//! Scenarios: what a client does over time, in order.

use super::exchange::once;
use super::{Check, ExpectedResponse, Given, OneOrMore, RequestTemplate};
use crate::player::Profile;
use serde::Deserialize;
use std::collections::BTreeMap;

/// A sequence of steps; ids carry over from one answer to the next request.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Scenario {
    /// The name of the file without its extension.
    pub name: String,
    /// What happens, in a sentence.
    pub about: String,
    /// The section of a standard that it tests, if any.
    pub rfc: Option<String>,
    /// The PATCH dialect: `off`, `on` or `any`.
    pub flavour: String,
    /// The only profiles that can play it; if absent, every profile can.
    pub profile: Option<OneOrMore<Profile>>,
    /// What the server must have besides users and groups.
    pub requires: Option<String>,
    /// The state of the directory before the first step.
    #[serde(default)]
    pub given: Vec<Given>,
    /// The steps.
    pub steps: Vec<ScenarioStep>,
}

/// One step.
#[derive(Debug, Clone, Deserialize)]
#[serde(try_from = "StepFields")]
pub struct ScenarioStep {
    /// What the step is, for the report.
    pub title: String,
    /// What is done.
    pub action: StepAction,
    /// What must hold afterwards.
    pub after: Vec<Check>,
}

/// What a step does.
#[derive(Debug, Clone)]
pub enum StepAction {
    /// Send a request.
    Send(Box<StepRequest>),
    /// Stop the server and start it again.
    Restart,
    /// Read a collection page by page.
    Walk(PageWalk),
    /// Only check.
    Look,
}

/// A request of a step.
#[derive(Debug, Clone)]
pub struct StepRequest {
    /// What is sent.
    pub request: RequestSource,
    /// What must come back; if absent, what the golden exchange expects.
    pub response: Option<ExpectedResponse>,
    /// How often it is sent; each time the same answer is expected.
    pub times: u32,
    /// Symbols to bind, each to the text at a JSON pointer into the answer.
    pub save: BTreeMap<String, String>,
    /// What happens to the answer.
    pub answer: Delivery,
}

/// Where the request of a step comes from.
#[derive(Debug, Clone)]
pub enum RequestSource {
    /// The step's own.
    Own(RequestTemplate),
    /// A golden exchange by its name; its `given` and `after` are ignored.
    Exchange(String),
}

/// How an answer reaches the client.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Delivery {
    /// It arrives and is judged.
    #[default]
    Judged,
    /// The server sent it; the client never saw it.
    Lost,
    /// The client closed the connection as soon as the request was sent.
    Abandoned,
}

/// Pages of a collection: every page full except the last, every resource once.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PageWalk {
    /// The collection, such as `/Users`.
    pub path: String,
    /// Page size.
    pub count: usize,
    /// The least number of resources in all pages.
    pub at_least: usize,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct StepFields {
    step: String,
    request: Option<RequestTemplate>,
    exchange: Option<String>,
    response: Option<ExpectedResponse>,
    #[serde(default = "once")]
    times: u32,
    #[serde(default)]
    save: BTreeMap<String, String>,
    #[serde(default)]
    answer: Delivery,
    #[serde(default)]
    restart: bool,
    walk: Option<PageWalk>,
    #[serde(default)]
    after: Vec<Check>,
}

impl TryFrom<StepFields> for ScenarioStep {
    type Error = String;

    fn try_from(fields: StepFields) -> Result<Self, String> {
        let StepFields { step, request, exchange, response, times, save, answer, restart, walk, after } =
            fields;
        let send = |request, response| {
            StepAction::Send(Box::new(StepRequest { request, response, times, save, answer }))
        };
        let action = match (request, exchange, response, restart, walk) {
            (Some(request), None, response @ Some(_), false, None) => {
                send(RequestSource::Own(request), response)
            }
            (None, Some(name), response, false, None) => send(RequestSource::Exchange(name), response),
            (None, None, None, true, None) => StepAction::Restart,
            (None, None, None, false, Some(walk)) => StepAction::Walk(walk),
            (None, None, None, false, None) => StepAction::Look,
            _ => {
                return Err(format!(
                    "step `{step}` has one of `request` (with a `response`), `exchange`, `restart` and `walk`"
                ));
            }
        };
        Ok(Self { title: step, action, after })
    }
}
