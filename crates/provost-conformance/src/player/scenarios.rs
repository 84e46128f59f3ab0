//! Plays scenarios: the steps of a client in order, up to the first that fails.

use super::Player;
use super::case::Case;
use super::plan::PlannedCase;
use crate::case_result::CaseResult;
use crate::data::{Data, Delivery, PageWalk, RequestSource, Scenario, ScenarioStep, StepAction, StepRequest};
use crate::http::{Request, Response};
use crate::matcher::Difference;
use crate::observer::{Observer, Restart};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

pub(super) fn run(
    player: &mut Player,
    data: &Data,
    observer: Option<&dyn Observer>,
    restart: Option<&dyn Restart>,
) -> Vec<CaseResult> {
    let mut results = Vec::new();
    for scenario in data.scenarios.values() {
        if !player.is_wanted(&scenario.name) {
            continue;
        }
        let planned = PlannedCase::scenario(&player.options, scenario, restart.is_some());
        let planned = player.in_time(planned);
        if planned.skipped.is_some() {
            results.push(planned.not_played());
            continue;
        }
        let mut case = Case::new(player, data, observer);
        if let Err(difference) = play(&mut case, data, scenario, restart) {
            case.differences.push(difference);
        }
        case.clear();
        let result = case.result(planned);
        let client = case.client;
        player.look_after(&client, &result);
        results.push(result);
        player.client = client;
    }
    results
}

fn play(
    case: &mut Case<'_>,
    data: &Data,
    scenario: &Scenario,
    restart: Option<&dyn Restart>,
) -> Result<(), Difference> {
    case.make(&scenario.given)?;
    for (index, step) in scenario.steps.iter().enumerate() {
        let at = format!("step {} ({})", index + 1, step.title);
        play_step(case, data, &at, step, restart).map_err(|difference| difference.within(&at))?;
        if !case.differences.is_empty() {
            // Later steps build on this one: their failures would add nothing.
            break;
        }
    }
    Ok(())
}

fn play_step(
    case: &mut Case<'_>,
    data: &Data,
    at: &str,
    step: &ScenarioStep,
    restart: Option<&dyn Restart>,
) -> Result<(), Difference> {
    let before = case.look_before(&step.after)?;
    match &step.action {
        StepAction::Send(wanted) => send(case, data, at, wanted)?,
        StepAction::Restart => {
            let base_url = restart.map_or(Err("nobody offers a restart".to_owned()), Restart::restart);
            case.move_to(&base_url.map_err(|why| Difference::new("restart", "a running server", why))?)?;
        }
        StepAction::Walk(pages) => walk(case, pages)?,
        StepAction::Look => {}
    }
    case.check_all(&format!("{at}: "), &step.after, &before);
    Ok(())
}

fn send(case: &mut Case<'_>, data: &Data, at: &str, wanted: &StepRequest) -> Result<(), Difference> {
    let unknown = |name: &String| Difference::new("exchange", "a golden exchange", name.clone());
    let (request, usual) = match &wanted.request {
        RequestSource::Own(request) => (request, None),
        RequestSource::Exchange(name) => {
            let exchange = data.exchanges.get(name).ok_or_else(|| unknown(name))?;
            (&exchange.request, Some(&exchange.response))
        }
    };
    for _ in 0..wanted.times {
        let sent = case.prepare(request)?;
        if wanted.answer == Delivery::Abandoned {
            let gone = case.client.abandon(&sent);
            gone.map_err(|error| Difference::new("request", "to be sent", error.to_string()))?;
            continue;
        }
        let answer = case.call("request", &sent)?;
        if let (Delivery::Judged, Some(expected)) = (wanted.answer, wanted.response.as_ref().or(usual)) {
            case.judge(at, &sent, &answer, expected);
            bind(case, &wanted.save, &answer)?;
        }
    }
    Ok(())
}

fn bind(case: &mut Case<'_>, save: &BTreeMap<String, String>, answer: &Response) -> Result<(), Difference> {
    let body = answer.json().unwrap_or_default();
    for (symbol, pointer) in save {
        let Some(id) = body.pointer(pointer).and_then(Value::as_str) else {
            return Err(Difference::new(format!("body {pointer}"), format!("the id of {symbol}"), "nothing"));
        };
        case.bindings.bind(symbol, id);
        // Found, not created: an abandoned POST may have left it.
        let path = case.path_of(symbol)?;
        case.created.push(path);
    }
    Ok(())
}

/// RFC 7644 §3.4.2.4: pages by `startIndex`, each as full as asked for, that together contain everything once.
fn walk(case: &mut Case<'_>, walk: &PageWalk) -> Result<(), Difference> {
    let mut met = BTreeSet::new();
    let mut start = 1;
    loop {
        let get = Request::get(format!("{}?startIndex={start}&count={}", walk.path, walk.count));
        let page = case.call("page", &get)?.json().unwrap_or_default();
        let number =
            |name: &str| page.get(name).and_then(Value::as_u64).and_then(|n| usize::try_from(n).ok());
        let total = number("totalResults").unwrap_or_default();
        let listed = page.get("Resources").and_then(Value::as_array).cloned().unwrap_or_default();
        let due = walk.count.min((total + 1).saturating_sub(start));
        let shape = [number("startIndex"), number("itemsPerPage"), Some(listed.len())];
        if shape != [Some(start), Some(due), Some(due)] {
            let wanted = format!("startIndex {start}, itemsPerPage {due}, {due} resources");
            return Err(Difference::new(format!("page from {start}"), wanted, format!("{shape:?}")));
        }
        for resource in &listed {
            let id = resource.get("id").and_then(Value::as_str).unwrap_or_default().to_owned();
            if !met.insert(id.clone()) {
                return Err(Difference::new(format!("page from {start}"), "each resource once", id));
            }
        }
        start += listed.len();
        if start > total || listed.is_empty() {
            break;
        }
    }
    if met.len() < walk.at_least {
        let wanted = format!("at least {} resources", walk.at_least);
        return Err(Difference::new("pages", wanted, met.len().to_string()));
    }
    Ok(())
}
