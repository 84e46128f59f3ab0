//! The suite on correct and on wrong stores: each check is seen to fail.

use super::fixture::Fixture;
use super::mutants::{Bug, Wrong};
use super::{
    CheckOutcome, Fault, Faults, FaultyStore, Handles, Options, Report, Suite, adopted, builtin, checks,
    suite,
};
use crate::store::{Create, Get};
use crate::{MemoryStore, Store};
use provost_core::query::Include;
use provost_core::resource::Service;
use std::collections::BTreeSet;

fn memory() -> Handles<MemoryStore> {
    let store = MemoryStore::new();
    Handles::two(store.tenant("a"), store.tenant("b"))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn the_store_in_memory_keeps_the_contract() -> Result<(), Report> {
    let report = suite(|_| async { memory() }).await;
    assert_eq!(report.skipped().count(), 0, "{report}");
    report.verdict()
}

/// Which checks fail for which wrong store: those that best say what is wrong.
const REFUSED: &[(Bug, &[&str])] = &[
    (Bug::ForgetsFirstMembers, &["create::reads_back"]),
    (Bug::DropsNickName, &["create::every_attribute", "update::sets_and_clears"]),
    (Bug::DropsExtensions, &["update::every_attribute"]),
    (Bug::CountsFromTwo, &["create::first_version"]),
    (Bug::TypeBlind, &["create::unknown_is_none", "delete::of_its_type"]),
    (Bug::StoresSecrets, &["create::secrets_stay_out"]),
    (Bug::Merges, &["update::sets_and_clears", "filters::follow_changes"]),
    (Bug::NeverCounts, &["update::bumps_version", "members::removed"]),
    (Bug::CountsNothing, &["update::nothing_to_change", "members::added_again", "faults::lost"]),
    (Bug::ForgivesUnknown, &["update::unknown_is_refused"]),
    (Bug::DeletesInactive, &["update::switches_off_and_on"]),
    (Bug::ShowsUnwanted, &["update::answers_what_is_wanted", "pages::only_what_is_wanted"]),
    (
        Bug::IgnoresExpect,
        &["versions::update_expects", "versions::members_expect", "versions::delete_expects"],
    ),
    (Bug::ComparesThenWrites, &["races::one_version"]),
    (Bug::MismatchesUnasked, &["races::no_version"]),
    (Bug::NeverDeletes, &["delete::is_gone", "faults::refused", "faults::at_random"]),
    (Bug::HidesDeleted, &["members::leave_when_deleted", "races::members_and_deletes"]),
    (Bug::NoUniqueness, &["unique::one_holder"]),
    (Bug::AsciiUniqueness, &["unique::folded"]),
    (Bug::UniqueOnCreate, &["unique::changed_to_taken"]),
    (Bug::ChecksThenInserts, &["races::one_key"]),
    (Bug::ConflictsWithItself, &["unique::own_spelling"]),
    (Bug::KeysForEver, &["unique::freed_on_rename", "unique::freed_on_delete"]),
    (Bug::FreesKeysOfInactive, &["unique::kept_when_off"]),
    (Bug::OneKeySpace, &["unique::of_its_type"]),
    (Bug::AddReplaces, &["members::added", "members::with_body"]),
    (Bug::RemoveClears, &["members::removed"]),
    (Bug::RemoveInsists, &["members::removed_again"]),
    (Bug::AddsOnly, &["members::added_and_removed"]),
    (Bug::ReplaceKeeps, &["members::replaced"]),
    (Bug::NeverEmpties, &["members::cleared"]),
    (Bug::RawText, &["members::as_text"]),
    (Bug::ShufflesMembers, &["members::stable_order"]),
    (Bug::DropsGroups, &["members::of_several_types"]),
    (Bug::RewritesMembers, &["races::all_members_arrive"]),
    (Bug::HalfApplies, &["members::with_body", "members::unknown_refused", "torn::by_lost_clients"]),
    (Bug::TornReads, &["torn::by_readers"]),
    (Bug::AlwaysSkips, &["members::unknown_refused"]),
    (Bug::AlwaysRefuses, &["members::unknown_skipped"]),
    (Bug::GhostsEmpty, &["members::unknown_never_empty"]),
    (Bug::AbsentIsActive, &["update::only_true_gives_access"]),
    (Bug::RenameCounts, &["members::display_follows"]),
    (Bug::NoGroups, &["groups::of_user"]),
    (Bug::StaleDisplay, &["members::display_follows", "groups::display_follows"]),
    (Bug::StaleGroups, &["groups::gone_when_deleted"]),
    (Bug::TotalOfPage, &["pages::bounds", "pages::rows_go"]),
    (Bug::EndsWhereCut, &["cursors::cut_by_size"]),
    (Bug::IgnoresBounds, &["pages::cut_by_size"]),
    (Bug::UnstablePages, &["pages::rows_come", "pages::rows_go"]),
    (Bug::NewestFirst, &["pages::order_of_creation", "pages::rows_come"]),
    (Bug::IgnoresCursor, &["cursors::walk"]),
    (Bug::RankAsCursor, &["cursors::rows_come_and_go"]),
    (Bug::RowAsCursor, &["cursors::rows_come_and_go", "cursors::sorted"]),
    (Bug::ValueAsCursor, &["cursors::sorted", "cursors::random"]),
    (Bug::DoublesAtCursor, &["cursors::walk", "cursors::rows_come_and_go"]),
    (Bug::EndlessCursor, &["cursors::walk"]),
    (Bug::ForgetsCursorOfFilter, &["cursors::random"]),
    (Bug::TakesAnyMark, &["cursors::foreign"]),
    (Bug::OneScope, &["cursors::of_their_tenant"]),
    (Bug::AsciiFold, &["filters::of_identity_providers", "filters::random"]),
    (Bug::StaleIndex, &["filters::follow_changes", "filters::random_after_changes"]),
    (Bug::NeverSorts, &["filters::sorts"]),
    (Bug::ThreeValued, &["filters::random"]),
    (Bug::LeaksGet, &["tenants::reads"]),
    (Bug::LeaksFind, &["tenants::reads"]),
    (Bug::LeaksWrites, &["tenants::writes"]),
    (Bug::LeaksKeys, &["tenants::keys"]),
    (Bug::LeaksMembers, &["tenants::members"]),
    (Bug::Panics, &["create::reads_back"]),
];

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn wrong_stores_are_refused() {
    let mut let_through = Vec::new();
    for (bug, names) in REFUSED {
        for name in *names {
            let suite = Suite::new(|service| async move { Wrong::handles(*bug, &service) }).only(*name);
            let report = suite.run().await;
            let outcomes: Vec<&CheckOutcome> = report.checks.iter().map(|c| &c.outcome).collect();
            if !matches!(outcomes[..], [CheckOutcome::Failed(_)]) {
                let_through.push(format!("{name} on {bug:?}: {report}"));
            }
        }
    }
    assert!(let_through.is_empty(), "{}", let_through.join("\n"));
}

#[test]
fn every_check_refuses_some_wrong_store_and_every_wrong_store_is_refused() {
    let refusing: BTreeSet<&str> = REFUSED.iter().flat_map(|(_, names)| *names).copied().collect();
    let all: BTreeSet<&str> = checks::all::<MemoryStore>().iter().map(|c| c.name).collect();
    assert_eq!(refusing, all);
    for bug in Bug::ALL {
        assert!(REFUSED.iter().any(|(refused, _)| *refused == bug), "{bug:?}");
    }
}

/// A store of a kind, with a user from before.
async fn with_grace(handles: Handles<Wrong>) -> Wrong {
    let Handles { store, .. } = handles;
    let Ok(fixture) = Fixture::new(memory(), &builtin(), Options::default()) else { panic!("a fixture") };
    let new = fixture.new_user("Grace@Example.com").unwrap();
    store.create(Create::new(&fixture.user, new, &fixture.cx())).await.unwrap();
    store
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn who_was_there_before_is_taken_over_or_the_report_says_why_not() {
    let store = MemoryStore::new();
    let Ok(fixture) = Fixture::new(Handles::one(store.clone()), &builtin(), Options::default()) else {
        panic!("a fixture")
    };
    fixture.user("Grace@Example.com").await.unwrap();
    fixture.user("ada").await.unwrap();
    let report = adopted(store, ["grace@example.com", "Ada"]).await;
    assert!(report.clone().verdict().is_ok(), "{report}");

    for (bug, says) in [
        (Bug::AsciiFold, None),
        (Bug::NoUniqueness, Some("creating `grace@example.com`, who is there")),
        (Bug::NeverCounts, None),
        (Bug::StaleIndex, Some("who is found by the externalId")),
        (Bug::Merges, None),
    ] {
        let report = adopted(with_grace(Wrong::handles(bug, &builtin())).await, ["grace@example.com"]).await;
        match says {
            Some(says) => assert!(report.to_string().contains(says), "{bug:?}: {report}"),
            None => assert!(report.clone().verdict().is_ok(), "{bug:?}: {report}"),
        }
    }
    for (names, says) in [(&["nobody"][..], "expected one"), (&[], "at least one")] {
        let report = adopted(MemoryStore::new(), names.iter().copied()).await;
        assert!(report.to_string().contains(says) && report.verdict().is_err());
    }
}

#[tokio::test]
async fn a_report_says_what_the_contract_wants_and_what_came() {
    let run = Suite::new(|service| async move { Wrong::handles(Bug::AddReplaces, &service) })
        .only("members::added");
    let report = run.run().await.verdict().unwrap_err();
    let message = report.to_string();
    for part in [
        "0 checks passed",
        "FAILED  members::added: members are added, and the version grows by 1",
        "the members after adding one",
        "expected [",
        "found    [",
    ] {
        assert!(message.contains(part), "no `{part}` in:\n{message}");
    }
    assert_eq!(format!("{report:?}"), message);
}

#[tokio::test]
async fn a_store_that_panics_fails_its_check_alone() {
    let run = Suite::new(|service| async move { Wrong::handles(Bug::Panics, &service) })
        .only("pages::")
        .only("create::reads_back");
    let report = run.run().await;
    let failed: Vec<&str> = report.failed().map(|c| c.name).collect();
    assert!(failed.contains(&"create::reads_back") && !failed.contains(&"pages::bounds"), "{report}");
    assert!(report.to_string().contains("a wrong store"), "{report}");
}

#[tokio::test]
async fn one_tenant_skips_the_isolation_and_no_check_is_no_success() {
    let make = |_| async { Handles::one(MemoryStore::new()) };
    let report = Suite::new(make).only("tenants::").run().await;
    assert_eq!(report.skipped().count(), report.checks.len());
    assert!(report.verdict().is_ok());
    assert!(Suite::new(make).only("no such check").run().await.verdict().is_err());
}

#[test]
fn without_a_runtime_the_report_says_so() {
    let mut run =
        std::pin::pin!(async { Suite::new(|_| async { memory() }).only("create::reads_back").run().await });
    let mut cx = std::task::Context::from_waker(std::task::Waker::noop());
    let std::task::Poll::Ready(report) = run.as_mut().poll(&mut cx) else { panic!("it waits") };
    assert!(report.to_string().contains("a tokio runtime"), "{report}");
}

/// The results of ten look-ups and ten creations, a letter each.
async fn outcomes(faults: Faults) -> (String, usize) {
    let Ok(fixture) = Fixture::new(memory(), &builtin(), Options::default()) else { panic!("a fixture") };
    let faulty = FaultyStore::around(fixture.store.clone(), faults);
    let mut message = String::new();
    for n in 0..10 {
        let new = fixture.new_user(&format!("user {n}")).unwrap();
        let looked =
            faulty.get(Get::new(&fixture.service, &fixture.user, &new.id, Include::BODY)).await.is_ok();
        let made = faulty.create(Create::new(&fixture.user, new, &fixture.cx())).await.is_ok();
        message.extend([looked, made].map(|ok| if ok { '.' } else { 'x' }));
    }
    assert_eq!(faulty.calls(), 20);
    (message, fixture.all(&fixture.user).await.unwrap().len())
}

#[tokio::test]
async fn a_faulty_store_fails_where_it_is_told_and_loses_what_it_did() {
    assert_eq!(outcomes(Faults::every(0, Fault::Refuse)).await, ("....................".to_owned(), 10));
    assert_eq!(outcomes(Faults::at(4, Fault::Refuse)).await, ("...x................".to_owned(), 9));
    assert_eq!(outcomes(Faults::at(4, Fault::Lose)).await, ("...x................".to_owned(), 10));
    assert_eq!(outcomes(Faults::every(6, Fault::Refuse)).await, (".....x.....x.....x..".to_owned(), 7));
    assert_eq!(outcomes(Faults::every(1, Fault::Delay)).await, ("....................".to_owned(), 10));
    let by_chance = outcomes(Faults::seeded(7, 3)).await;
    assert_eq!(by_chance, outcomes(Faults::seeded(7, 3)).await);
    assert_ne!(by_chance, outcomes(Faults::seeded(8, 3)).await);
}

/// A schema with an attribute of every type: alone, multi-valued, and as a sub-attribute.
fn device() -> String {
    let simple = ["string", "boolean", "integer", "decimal", "dateTime", "binary", "reference"];
    let one = |name: &str, more: &str| format!(r#"{{"name":"{name}Of","type":"{name}"{more}}}"#);
    let parts: Vec<String> = simple.iter().map(|t| one(t, "")).collect();
    let parts = format!(r#","subAttributes":[{}]"#, parts.join(","));
    let mut all: Vec<String> = simple.iter().map(|t| one(t, "")).collect();
    all.extend(
        simple
            .iter()
            .filter(|t| **t != "boolean")
            .map(|t| one(t, r#","multiValued":true"#).replace("Of\"", "sOf\"")),
    );
    all.push(r#"{"name":"serial","required":true,"caseExact":true,"uniqueness":"server"}"#.to_owned());
    all.push(format!(r#"{{"name":"disk","type":"complex"{parts}}}"#));
    all.push(format!(r#"{{"name":"ports","type":"complex","multiValued":true{parts}}}"#));
    let schemas = r#""schemas":["urn:ietf:params:scim:schemas:core:2.0:Schema"]"#;
    format!(r#"{{{schemas},"id":"urn:example:Device","name":"Device","attributes":[{}]}}"#, all.join(","))
}

#[tokio::test(flavor = "multi_thread")]
async fn other_schemas_are_tried_in_full() -> Result<(), Report> {
    let mut schemas = provost_core::SchemaSet::builtin();
    schemas.add_schema(provost_core::schema::parse_schema(&device()).unwrap());
    let kind = r#"{"schemas":["urn:ietf:params:scim:schemas:core:2.0:ResourceType"],"id":"Device","name":"Device",
        "endpoint":"/Devices","schema":"urn:example:Device"}"#;
    schemas.add_resource_type(kind).unwrap();
    let service = Service::new("https://example.com/scim", schemas.into());
    let make = |_| async { memory() };
    let parts = ["create::every_attribute", "update::every_attribute", "filters::random"];
    let suite = parts.into_iter().fold(Suite::new(make).with_service(service.clone()), Suite::only);
    let report = suite.run().await;
    assert_eq!(report.checks.len(), 3, "{report}");
    report.verdict()?;

    // a store that loses what no built-in schema has is detected
    let make = |service| async move { Wrong::handles(Bug::DropsFloats, &service) };
    let wrong = Suite::new(make).with_service(service).only("create::every_attribute").run().await;
    assert_eq!(wrong.failed().count(), 1, "{wrong}");
    let wrong = Suite::new(make).only("create::every_attribute").run().await;
    assert_eq!(wrong.failed().count(), 0, "{wrong}");
    Ok(())
}
