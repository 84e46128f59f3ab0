//! Plays hostile requests: each must be refused in the right words, change nothing, and leave the server answering.

use serde_json::Value;

use super::Player;
use super::case::Case;
use crate::data::{After, Data, Hostile, HostileFile, OneOrMore, Refusal};
use crate::http::{Answer, NoAnswer};
use crate::matcher::{Difference, Mode, brief, compare};
use crate::names::{Place, SAME_SPELLING};
use crate::verdict::Verdict;

const SUITE: &str = "hostile";

pub(super) fn run(player: &Player, data: &Data) -> Vec<Verdict> {
    data.hostile.values().flat_map(|file| play_file(player, data, file)).collect()
}

fn play_file(player: &Player, data: &Data, file: &HostileFile) -> Vec<Verdict> {
    let mut case = Case::new(player, data, None);
    // None: the state is to be made (again) before the next case.
    let mut before: Option<Value> = None;
    let mut verdicts = Vec::new();
    for hostile in file.cases.iter().filter(|hostile| player.is_wanted(&hostile.name)) {
        let reason = player.skip_reason(None, hostile.requires.as_ref()).or_else(|| beyond(player, hostile));
        let wanted = hostile.wanted(player.options.profile);
        let (None, Some(wanted)) = (&reason, wanted) else {
            let reason = reason.unwrap_or_else(|| "says nothing about this profile".to_owned());
            verdicts.push(Verdict::skipped(SUITE, &hostile.name, reason));
            continue;
        };
        match play(&mut case, file, hostile, wanted, before.take()) {
            Ok(after) => before = after,
            Err(difference) if difference.actual == SAME_SPELLING => {
                verdicts.push(Verdict::skipped(SUITE, &hostile.name, difference.actual));
                case.clear();
                continue;
            }
            Err(difference) => case.differences.push(difference),
        }
        verdicts.push(case.verdict(SUITE, &hostile.name));
        if before.is_none() {
            case.clear();
        }
    }
    case.clear();
    verdicts
}

/// Beyond the RFCs a server owes nothing to anybody but its own documentation.
fn beyond(player: &Player, hostile: &Hostile) -> Option<String> {
    let beyond = hostile.exacting && !player.options.exacting;
    beyond.then(|| "goes beyond the RFCs; played when held to the letter".to_owned())
}

/// Plays one case; gives the state of the directory if the next case can start from it.
fn play(
    case: &mut Case<'_>,
    file: &HostileFile,
    hostile: &Hostile,
    wanted: &Refusal,
    before: Option<Value>,
) -> Result<Option<Value>, Difference> {
    let before = match before {
        Some(before) => before,
        None => {
            case.make(&file.given)?;
            case.snapshot()?
        }
    };
    let came = match (&hostile.request, &hostile.raw) {
        (Some(request), None) => {
            let sent = case.prepare(request)?;
            case.call_at_any_rate(&sent)
        }
        (None, Some(raw)) => {
            let wrong = |why: String| Difference::new("raw", "bytes to send", why);
            let bytes = raw.render(&|part| case.names.fill(part, Place::Plain)).map_err(wrong)?;
            case.call_raw(&bytes)
        }
        _ => return Err(Difference::new("case", "either `request` or `raw`", "both or none")),
    };
    match came {
        Ok(answer) => judge(case, &answer, wanted)?,
        Err(NoAnswer::Closed) if wanted.may_close => {}
        Err(error) => {
            case.differences.push(Difference::new("answer", wanted.status.to_string(), error.to_string()));
        }
    }
    // Two lists answered also show that the process lives.
    let after = case.snapshot()?;
    if wanted.state == After::Changed {
        return Ok(None);
    }
    let changes = compare("directory as before ", &before, &after, Mode::Exact);
    let unchanged = changes.is_empty();
    case.differences.extend(changes);
    Ok(unchanged.then_some(after))
}

fn judge(case: &mut Case<'_>, answer: &Answer, wanted: &Refusal) -> Result<(), Difference> {
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
    if let Some(wanted) = &wanted.body {
        let filled = case.names.fill_value(wanted);
        let wanted = filled.map_err(|why| Difference::new("body", "a value to compare", why))?;
        case.differences.extend(compare("body ", &wanted, &body, Mode::Subset));
    }
    for pointer in &wanted.absent {
        if let Some(found) = body.pointer(pointer) {
            case.differences.push(Difference::new(format!("body {pointer}"), "nothing", brief(found)));
        }
    }
    judge_words(case, &body, wanted);
    Ok(())
}

/// The parts of an error that tell a reader what to do.
fn judge_words(case: &mut Case<'_>, body: &Value, wanted: &Refusal) {
    let text = |name: &str| body.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
    if let Some(wanted) = &wanted.scim_type {
        let found = text("scimType");
        if !wanted.all().contains(&found) {
            case.differences.push(Difference::new("body /scimType", wanted.to_string(), found));
        }
    }
    let detail = text("detail");
    for wanted in wanted.detail_contains.iter().filter(|wanted| !names(&detail, wanted)) {
        if case.options.exacting {
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
