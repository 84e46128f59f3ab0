//! Results: correct answers pass, and planted faults fail in the right place.

use crate::fake::{self, Fake, Fault};
use crate::folder;
use provost_conformance::{CaseResult, Data, Options, Player, Profile, Report, Selection, Target};
use std::path::{Path, PathBuf};

fn player(fake: &Fake, only: &str, exact: bool) -> Player {
    let options = Options { cases: only_those(only), exact, ..Options::default() };
    Player::new(fake.target(), options).unwrap()
}

fn only_those(text: &str) -> Selection {
    Selection { only: vec![text.parse().unwrap()], skip: Vec::new() }
}

fn data() -> Data {
    Data::built_in().unwrap()
}

fn golden(fault: Fault, only: &str) -> CaseResult {
    let fake = Fake::start(fault);
    let results = player(&fake, only, false).run_golden(&data(), Some(&fake));
    the_one(results)
}

fn scenario(fault: Fault, only: &str) -> CaseResult {
    let fake = Fake::start(fault);
    let results = player(&fake, only, false).run_scenarios(&data(), Some(&fake), Some(&fake));
    the_one(results)
}

fn hostile(fault: Fault, only: &str) -> CaseResult {
    let fake = Fake::start(fault);
    the_one(player(&fake, only, true).run_hostile(&data()))
}

fn the_one(results: Vec<CaseResult>) -> CaseResult {
    let [result] = <[CaseResult; 1]>::try_from(results).unwrap();
    result
}

fn assert_passes(result: &CaseResult) {
    assert!(result.passed(), "{result}");
}

/// Checks that the case failed, and that its first difference names the place.
fn assert_fails_at(result: &CaseResult, place: &str) {
    assert!(result.failed(), "{result}");
    assert!(result.differences[0].at.contains(place), "{result}");
}

#[test]
fn a_right_answer_passes() {
    for only in [
        "e001-test-connection-user-probe",
        "e004-test-connection-bad-token",
        "e010-match-username-hit",
        "e020-create-user-full",
        "e026-create-user-duplicate",
        "e027-create-user-no-username",
        "e031-get-user-404",
        "e070-disable-off",
        "e075-restore-off",
        "e077-delete-user",
        "e150-page-two",
    ] {
        assert_passes(&golden(Fault::None, only));
    }
}

#[test]
fn a_wrong_status_fails() {
    let result = golden(Fault::WrongStatus, "e162-plain-json-content-type");
    assert_fails_at(&result, "status");
    let difference = &result.differences[0];
    assert!(difference.expected == "201" && difference.actual.starts_with("200"), "{result}");
    let record = result.transcript.last().unwrap();
    assert!(record.sent.contains("POST /Users") && record.came.starts_with("200"), "{result}");
    assert!(!record.sent.contains(fake::TOKEN), "{result}");
}

#[test]
fn a_state_that_cannot_be_made_fails_and_says_so() {
    assert_fails_at(&golden(Fault::WrongStatus, "e010-match-username-hit"), "state before");
}

#[test]
fn a_missing_header_fails() {
    assert_fails_at(&golden(Fault::NoLocation, "e020-create-user-full"), "header Location");
}

#[test]
fn a_wrong_content_type_fails() {
    assert_fails_at(&golden(Fault::WrongContentType, "e010-match-username-hit"), "header Content-Type");
}

#[test]
fn an_answer_that_is_not_what_is_stored_fails() {
    assert_fails_at(&golden(Fault::DoesNotStore, "e070-disable-off"), "after");
}

#[test]
fn a_membership_that_should_be_gone_fails() {
    let result = golden(Fault::KeepsMembership, "e070-disable-off");
    assert_fails_at(&result, "membership of U1");
    assert!(result.differences[1].at.contains("team of G1"), "{result}");
    assert_eq!(result.differences[1].actual, "U1, U2");
}

#[test]
fn what_should_read_as_before_and_does_not_fails() {
    let only = "e062-patch-empty-operations";
    assert_passes(&golden(Fault::None, only));
    assert_fails_at(&golden(Fault::Touches, only), "U1 as before /meta/lastModified");
}

#[test]
fn nulls_fail_when_held_to_the_letter() {
    let fake = Fake::start(Fault::Nulls);
    let played = |exact| the_one(player(&fake, "e030-", exact).run_golden(&data(), None));
    assert_passes(&played(false));
    assert_fails_at(&played(true), "body /title");
}

#[test]
fn a_page_that_is_short_fails() {
    let result = golden(Fault::ShortPages, "e150-page-two");
    assert_fails_at(&result, "body /itemsPerPage");
    assert!(result.differences.iter().any(|difference| difference.at == "body /Resources"), "{result}");
}

#[test]
fn a_busy_server_is_asked_again() {
    let result = golden(Fault::BusyAt(1), "e031-get-user-404");
    assert_passes(&result);
    assert!(result.notes.iter().any(|note| note.contains("429")), "{result}");
}

#[test]
fn a_walk_meets_everything_once() {
    let walk = |fault| {
        let fake = Fake::start(fault);
        let dir = one_scenario(&format!("walk-{fault:?}"));
        the_one(player(&fake, "", false).run_scenarios(&Data::load(&dir).unwrap(), None, None))
    };
    assert_passes(&walk(Fault::None));
    assert_fails_at(&walk(Fault::ShortPages), "step 1 (walk): page from 1");
    let result = walk(Fault::SamePage);
    assert_fails_at(&result, "page from 6");
    assert_eq!(result.differences[0].expected, "each resource once");
}

/// A folder of data with one scenario that pages through 12 users.
fn one_scenario(name: &str) -> PathBuf {
    let dir = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    for folder in ["entra", "okta", "other", "scenarios", "hostile"] {
        std::fs::create_dir_all(dir.join(folder)).unwrap();
    }
    std::fs::copy(folder().join("states.json"), dir.join("states.json")).unwrap();
    let scenario = r#"{"name": "walk", "about": "pages", "flavour": "any", "given": [{"users": 12}],
        "steps": [{"step": "walk", "walk": {"path": "/Users", "count": 5, "at_least": 12}}]}"#;
    std::fs::write(dir.join("scenarios/walk.json"), scenario).unwrap();
    dir
}

#[test]
fn without_an_observer_the_result_says_what_was_not_looked_at() {
    let fake = Fake::start(Fault::KeepsMembership);
    let result = the_one(player(&fake, "e070-disable-off", false).run_golden(&data(), None));
    assert_passes(&result);
    assert!(result.notes.iter().any(|note| note.contains("no observer")), "{result}");
}

#[test]
fn scenarios_pass_in_order_and_carry_ids_over() {
    for only in ["s07-hard", "s11-abandoned", "s11-lost-answer", "s15-restart"] {
        let fake = Fake::start(Fault::None);
        let results = player(&fake, only, false).run_scenarios(&data(), Some(&fake), Some(&fake));
        // The one about updates needs group PATCH, which this server lacks.
        let played = results.iter().filter(|result| !result.name.ends_with("updates"));
        for result in played {
            assert!(result.passed(), "{result}");
        }
    }
}

#[test]
fn what_a_restart_loses_fails_the_scenario() {
    assert_fails_at(&scenario(Fault::ForgetsOnRestart, "s15-restart"), "step 3 (kill and start)");
}

#[test]
fn a_token_that_should_not_open_fails_the_scenario() {
    assert_fails_at(&scenario(Fault::AnyToken, "s12-quarantine-probe"), "step 1 (probe with a wrong token)");
}

#[test]
fn without_a_restart_the_scenario_is_skipped_and_says_so() {
    let fake = Fake::start(Fault::None);
    let result = the_one(player(&fake, "s15-restart", false).run_scenarios(&data(), Some(&fake), None));
    assert!(!result.passed() && !result.failed(), "{result}");
    assert!(result.reason.unwrap().contains("restart"));
}

#[test]
fn refusals_in_the_right_words_pass() {
    for only in
        ["json-truncated", "user-no-user-name", "user-duplicate-other-case", "token-basic", "wire-ssh"]
    {
        assert_passes(&hostile(Fault::None, only));
    }
}

#[test]
fn changed_state_after_a_refusal_fails() {
    let result = hostile(Fault::ChangesWhenRefusing, "user-no-user-name");
    assert_fails_at(&result, "directory as before /Users/Resources");
}

#[test]
fn a_server_that_stops_answering_fails() {
    let result = hostile(Fault::DiesWhenRefusing, "user-no-user-name");
    assert_fails_at(&result, "answer");
    assert!(result.differences[1].actual.contains("closed"), "{result}");
}

#[test]
fn an_error_with_further_names_fails() {
    assert_fails_at(&hostile(Fault::TalksTooMuch, "user-no-user-name"), "body /trace");
}

#[test]
fn a_refusal_that_names_nothing_fails_when_held_to_the_letter() {
    let fake = Fake::start(Fault::SaysLittle);
    let only = "user-no-user-name";
    let result = the_one(player(&fake, only, true).run_hostile(&data()));
    assert_fails_at(&result, "body /detail");
    let result = the_one(player(&fake, only, false).run_hostile(&data()));
    assert_passes(&result);
    assert!(result.notes.iter().any(|note| note.contains("userName")), "{result}");
}

#[test]
fn the_words_of_an_error_are_the_servers_own_unless_held_to_the_letter() {
    let fake = Fake::start(Fault::None);
    let played = |exact| the_one(player(&fake, "f24-", exact).run_golden(&data(), None));
    assert_fails_at(&played(true), "body /detail");
    let result = played(false);
    assert_passes(&result);
    assert!(result.notes.iter().any(|note| note.contains("empty")), "{result}");
}

fn tenants(fault: Fault, other_tenant: &Fake, only: &str) -> CaseResult {
    let fake = Fake::start(fault);
    // two tenants share a directory on a server that accepts any token
    let shares = fault == Fault::AnyToken;
    let base = if shares { fake.target() } else { other_tenant.target() };
    let token = if shares { "the-other-token" } else { fake::TOKEN };
    let options = Options {
        other_tenant: Some(Box::new(Target::new(base.base_url(), token).unwrap())),
        cases: only_those(only),
        ..Options::default()
    };
    let results = Player::new(fake.target(), options).unwrap().run_hostile(&data());
    results.into_iter().find(|result| result.name == only).unwrap()
}

#[test]
fn a_tenant_that_reaches_into_another_fails() {
    let other_tenant = Fake::start(Fault::None);
    // so that its ids differ
    (0..9).for_each(|n| post(&other_tenant, &format!("n{n}")));
    assert_passes(&tenants(Fault::None, &other_tenant, "tenant-user-get"));
    let shared = tenants(Fault::AnyToken, &other_tenant, "tenant-user-get");
    let touched = shared.differences.iter().any(|d| d.at.starts_with("the other tenant as before"));
    assert!(touched, "{shared}");
    assert_eq!(other_tenant.resources(), 9, "what was made there is deleted");
    let alone = player(&Fake::start(Fault::None), "tenant-user-get", false).run_hostile(&data());
    assert!(the_one(alone).reason.unwrap().contains("another tenant"));
}

/// The fake answers once on each connection.
#[test]
fn an_answer_that_is_missing_on_a_connection_fails() {
    assert_fails_at(&hostile(Fault::None, "socket-pipelined-stranger"), "further answers");
    assert_passes(&hostile(Fault::None, "socket-absolute-form-elsewhere"));
    assert_passes(&hostile(Fault::None, "socket-gone-in-the-body"));
}

/// Creates a user without the player's knowledge.
fn post(fake: &Fake, name: &str) {
    let body = format!(r#"{{"userName": "{name}"}}"#);
    let mut stream = std::net::TcpStream::connect(fake.target().authority()).unwrap();
    let head = format!(
        "POST /scim/v2/Users HTTP/1.1\r\nAuthorization: Bearer {}\r\nContent-Length: {}\r\n\r\n",
        fake::TOKEN,
        body.len()
    );
    std::io::Write::write_all(&mut stream, format!("{head}{body}").as_bytes()).unwrap();
    std::io::Read::read_to_end(&mut stream, &mut Vec::new()).unwrap();
}

#[test]
fn what_a_case_created_is_deleted() {
    let fake = Fake::start(Fault::None);
    player(&fake, "e1", false).run_golden(&data(), None);
    assert_eq!(fake.resources(), 0);
}

/// Found by comparison with the earlier list, whatever the answer was.
#[test]
fn what_a_wrong_server_took_is_deleted() {
    let fake = Fake::start(Fault::ChangesWhenRefusing);
    let result = the_one(player(&fake, "user-no-user-name", false).run_hostile(&data()));
    assert!(result.failed(), "{result}");
    assert_eq!(fake.resources(), 0, "what came of a refusal");

    // this one accepts any token and media type
    let fake = Fake::start(Fault::AnyToken);
    for only in ["token-", "media-", "user-put-"] {
        player(&fake, only, false).run_hostile(&data());
        assert_eq!(fake.resources(), 0, "{only}");
    }
}

#[test]
fn leftovers_of_an_aborted_run_do_not_stop_the_next() {
    let fake = Fake::start(Fault::None);
    post(&fake, "maren.okafor@lanternworks.example");
    assert_eq!(fake.resources(), 1);
    let result = the_one(player(&fake, "e010-", false).run_golden(&data(), None));
    assert_passes(&result);
    assert!(result.notes.iter().any(|note| note.contains("left over")), "{result}");
}

#[test]
fn what_only_another_profile_answers_or_nobody_has_is_skipped() {
    let fake = Fake::start(Fault::None);
    let options = Options { profile: Profile::Strict, ..Options::default() };
    let results = Player::new(fake.target(), options).unwrap().run_golden(&data(), None);
    let reason =
        |name: &str| results.iter().find(|result| result.name.starts_with(name)).unwrap().reason.clone();
    assert!(reason("e015").unwrap().contains("profile entra or okta"));
    assert!(reason("e157").unwrap().contains("`oauth`"));
    assert!(reason("e010").is_none());
}

#[test]
fn a_report_counts_and_reads_as_json() {
    let results =
        vec![golden(Fault::None, "e031-"), golden(Fault::WrongStatus, "e162-"), golden(Fault::None, "e160-")];
    let report = Report::new("http://h/scim", "entra", false, results);
    assert_eq!((report.summary.passed, report.summary.failed, report.summary.skipped), (1, 1, 1));
    assert!(!report.all_passed());
    let json = serde_json::to_value(&report).unwrap();
    assert_eq!(json["results"][1]["outcome"], "failed");
    assert_eq!(json["results"][1]["differences"][0]["at"], "status");
    let text = report.to_string();
    assert!(text.contains("FAIL golden e162") && text.contains("1 passed, 1 failed, 1 skipped"), "{text}");
}
