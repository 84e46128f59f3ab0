//! Plays golden exchanges, each from its own initial state.

use super::Player;
use super::case::Case;
use super::plan::PlannedCase;
use crate::case_result::CaseResult;
use crate::data::{Data, GoldenExchange};
use crate::matcher::Difference;
use crate::observer::Observer;

pub(super) fn run(player: &Player, data: &Data, observer: Option<&dyn Observer>) -> Vec<CaseResult> {
    let wanted = data.exchanges.values().filter(|exchange| player.is_wanted(&exchange.name));
    wanted.map(|exchange| judge(player, data, observer, exchange)).collect()
}

fn judge(
    player: &Player,
    data: &Data,
    observer: Option<&dyn Observer>,
    exchange: &GoldenExchange,
) -> CaseResult {
    let planned = player.in_time(PlannedCase::golden(&player.options, exchange));
    if planned.skipped.is_some() {
        return planned.not_played();
    }
    let mut case = Case::new(player, data, observer);
    if let Err(difference) = play(&mut case, exchange) {
        case.differences.push(difference);
    }
    case.clear();
    let result = case.result(planned);
    player.look_after(&case.client, &result);
    result
}

fn play(case: &mut Case<'_>, exchange: &GoldenExchange) -> Result<(), Difference> {
    case.make(&exchange.given)?;
    let before = case.look_before(&exchange.after)?;
    for time in 1..=exchange.times {
        let sent = case.prepare(&exchange.request)?;
        let answer = case.call("request", &sent)?;
        let at = if exchange.times == 1 { String::new() } else { format!("time {time}") };
        case.judge(&at, &sent, &answer, &exchange.response);
    }
    case.check_all("", &exchange.after, &before);
    Ok(())
}
