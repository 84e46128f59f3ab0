//! Plays hostile requests: each must be refused with the right words, change nothing, and leave the server running.

use super::Player;
use super::case::Case;
use super::created::new_in;
use super::judge::internals_difference;
use super::plan::PlannedCase;
use crate::bindings::{Bindings, Encoding, SAME_SPELLING};
use crate::case_result::CaseResult;
use crate::data::{Data, Effect, ExpectedRefusal, Given, HostileCase, HostileFile, OneOrMore};
use crate::http::{NoResponse, Response};
use crate::matcher::{Difference, MatchMode, brief, compare};
use serde_json::Value;

pub(super) fn run(player: &Player, data: &Data) -> Vec<CaseResult> {
    data.hostile.values().flat_map(|file| play_file(player, data, file)).collect()
}

fn play_file(player: &Player, data: &Data, file: &HostileFile) -> Vec<CaseResult> {
    if !file.cases.iter().any(|case| player.is_wanted(&case.name)) {
        return Vec::new();
    }
    let mut case = Case::new(player, data, None);
    let mut other_tenant = match OtherTenant::of(player, data, file) {
        Ok(other_tenant) => other_tenant,
        Err(difference) => {
            let whole = PlannedCase::of_file(file);
            case.differences.push(difference);
            return vec![case.result(whole)];
        }
    };
    // `None`: the state must be made (again) before the next case.
    let mut before: Option<Value> = None;
    let mut results = Vec::new();
    for hostile in file.cases.iter().filter(|hostile| player.is_wanted(&hostile.name)) {
        let planned = player.in_time(PlannedCase::hostile(&player.options, file, hostile));
        let wanted = hostile.wanted(player.options.profile).filter(|_| planned.skipped.is_none());
        let Some(wanted) = wanted else {
            results.push(planned.not_played());
            continue;
        };
        let theirs = other_tenant.as_ref().map(|other_tenant| &other_tenant.case.bindings);
        match play(&mut case, &file.given, theirs, hostile, wanted, before.take()) {
            Ok(after) => before = after,
            Err(difference) if difference.actual == SAME_SPELLING => {
                results.push(planned.without(difference.actual).not_played());
                case.clear();
                continue;
            }
            Err(difference) => case.differences.push(difference),
        }
        if let Some(other_tenant) = &mut other_tenant {
            let changes = other_tenant.changes();
            case.differences.extend(changes);
        }
        let result = case.result(planned);
        player.look_after(&case.client, &result);
        results.push(result);
        if before.is_none() {
            case.clear();
        }
    }
    case.clear();
    if let Some(other_tenant) = &mut other_tenant {
        other_tenant.case.clear();
    }
    results
}

/// Another tenant of the server, which nothing here may touch.
struct OtherTenant<'a> {
    case: Case<'a>,
    before: Value,
}

impl<'a> OtherTenant<'a> {
    fn of(player: &'a Player, data: &'a Data, file: &HostileFile) -> Result<Option<Self>, Difference> {
        let Some(target) = player.options.other_tenant.clone().filter(|_| !file.other_tenant.is_empty())
        else {
            return Ok(None);
        };
        let mut case = Case::over(player.client.towards(*target), player, data, None);
        case.make(&file.other_tenant)?;
        let before = case.snapshot()?;
        Ok(Some(Self { case, before }))
    }

    fn changes(&mut self) -> Vec<Difference> {
        match self.case.snapshot() {
            Ok(after) => compare("the other tenant as before ", &self.before, &after, MatchMode::Exact),
            Err(difference) => vec![difference],
        }
    }
}

/// Plays one case. Returns the state of the directory if the next case can start from it.
fn play(
    case: &mut Case<'_>,
    given: &[Given],
    other_tenant: Option<&Bindings>,
    hostile: &HostileCase,
    wanted: &ExpectedRefusal,
    before: Option<Value>,
) -> Result<Option<Value>, Difference> {
    let before = match before {
        Some(before) => before,
        None => {
            case.make(given)?;
            if let Some(other_tenant) = other_tenant {
                case.bindings.bind_other_tenant(other_tenant);
            }
            case.snapshot()?
        }
    };
    let came = match (&hostile.request, &hostile.raw) {
        (Some(request), None) => {
            let sent = case.prepare(request)?;
            case.try_call("request", &sent).map(|answer| vec![answer])
        }
        (None, Some(raw)) => {
            let wrong = |why: String| Difference::new("raw", "bytes to send", why);
            let pieces = raw.pieces(&|part| case.bindings.fill(part, Encoding::Plain)).map_err(wrong)?;
            case.call_raw(&pieces, hostile.then, wanted.further.is_some())
        }
        _ => return Err(Difference::new("case", "either `request` or `raw`", "both or none")),
    };
    match came.as_deref() {
        Ok([answer, further @ ..]) => {
            judge(case, answer, wanted)?;
            judge_further(case, further, wanted);
        }
        // the client went away without waiting for an answer
        Ok([]) => {}
        Err(NoResponse::Closed) if wanted.may_close => {}
        Err(error) => {
            case.differences.push(Difference::new("answer", wanted.status.to_string(), error.to_string()));
        }
    }
    // Two answered lists also show that the process is alive.
    let after = case.snapshot()?;
    // including what raw bytes and refused requests created
    let appeared = ["Users", "Groups"].into_iter().flat_map(|name| new_in(&before, &after, name));
    case.created.extend(appeared);
    if wanted.state == Effect::Changed {
        return Ok(None);
    }
    let changes = compare("directory as before ", &before, &after, MatchMode::Exact);
    let unchanged = changes.is_empty();
    case.differences.extend(changes);
    Ok(unchanged.then_some(after))
}

/// A request smuggled inside another would show up as an extra answer.
fn judge_further(case: &mut Case<'_>, further: &[Response], wanted: &ExpectedRefusal) {
    let Some(wanted) = &wanted.further else { return };
    let came: Vec<u16> = further.iter().map(|answer| answer.status).collect();
    if came != *wanted {
        case.differences.push(Difference::new("further answers", format!("{wanted:?}"), format!("{came:?}")));
    }
}

fn judge(case: &mut Case<'_>, answer: &Response, wanted: &ExpectedRefusal) -> Result<(), Difference> {
    if answer.status >= 500 && answer.status != 501 {
        case.differences.push(Difference::new("status", "no fault of the server", answer.status.to_string()));
    }
    case.differences.extend(internals_difference(&answer.body).filter(|_| case.options.exact));
    if !wanted.status.all().contains(&answer.status) {
        let said = answer.json().as_ref().map_or_else(String::new, brief);
        let actual = format!("{} {said}", answer.status).trim_end().to_owned();
        case.differences.push(Difference::new("status", wanted.status.to_string(), actual));
        return Ok(());
    }
    for (name, pattern) in &wanted.headers {
        let difference = case.header_difference(answer, name, pattern)?;
        case.differences.extend(difference);
    }
    if answer.status >= 400 && !wanted.bare {
        let differences = case.error_differences(answer);
        case.differences.extend(differences);
        let content_type = case.header_difference(answer, "Content-Type", "application/scim+json")?;
        case.differences.extend(content_type);
    }
    let body = answer.json().unwrap_or_default();
    let differences = case.compare_body(&body, wanted.body.as_ref(), MatchMode::Subset, &wanted.absent)?;
    case.differences.extend(differences);
    judge_words(case, &body, wanted);
    Ok(())
}

/// The parts of an error that tell a reader what to do.
fn judge_words(case: &mut Case<'_>, body: &Value, wanted: &ExpectedRefusal) {
    let text = |name: &str| body.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
    if let Some(wanted) = &wanted.scim_type {
        let found = text("scimType");
        if !wanted.all().contains(&found) {
            case.differences.push(Difference::new("body /scimType", wanted.to_string(), found));
        }
    }
    let detail = text("detail");
    for wanted in wanted.detail_contains.iter().filter(|wanted| !names(&detail, wanted)) {
        if case.options.exact {
            let difference = Difference::new("body /detail", format!("a text with {wanted}"), detail.clone());
            case.differences.push(difference);
        } else {
            case.note(format!("`detail` could name {wanted}"));
        }
    }
}

fn names(detail: &str, wanted: &OneOrMore<String>) -> bool {
    let detail = detail.to_lowercase();
    wanted.all().iter().any(|one| detail.contains(&one.to_lowercase()))
}
