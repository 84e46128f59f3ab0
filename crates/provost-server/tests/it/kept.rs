//! What is removed from the audit trail because of its age, and how that is told from what somebody removed.

use crate::PROVOST;
use crate::chain::{Chain, sealed, verify};
use provost_testing::http::PATIENCE;
use provost_testing::json::elements;
use provost_testing::program::{Installation, Server};
use std::time::{Duration, Instant};

fn wait_until(what: &str, mut is_so: impl FnMut() -> bool) {
    let begun = Instant::now();
    while !is_so() {
        assert!(begun.elapsed() < PATIENCE, "{what}");
        std::thread::sleep(Duration::from_millis(50));
    }
}

fn run(folder: &Installation, arguments: &[&str]) -> String {
    let done = folder.run(arguments);
    assert_eq!(done.code(), 0, "{arguments:?}: {}", done.stderr());
    done.stdout()
}

/// Makes all records so far four years older, as if they had been sealed then.
fn age(folder: &Installation) {
    folder.execute(
        "delete from seal; delete from chain; \
         update audit set at = at - 126144000000, id = '0180' || substr(id, 5) where tenant <> 0;",
    );
}

/// Seen to fail: with a chain that goes on from where it did before, and with a beginning that no record need tell of.
#[test]
fn what_was_removed_because_of_its_age_is_told_from_what_was_removed_otherwise() {
    let s = PROVOST.start();
    (0..5).for_each(|n| drop(s.create_user(&format!("user-{n}"))));
    s.ask("DELETE", "/Users/nobody", None).assert_scim_error(404);
    let folder = s.folder.clone();
    s.stop();
    age(&folder);
    let of_before =
        |folder: &Installation| folder.texts("select id as text from audit where id like '0180%'").len();
    let last = i64::try_from(of_before(&folder)).expect("few");
    let mut s = Server::start_in(&folder, &[]);
    s.token = folder.token("default");
    s.create_user("user-8");
    sealed(&folder);
    s.stop();
    run(&folder, &["org", "update", "default", "--audit-retention", "400d"]);
    let mut s = Server::start_in(&folder, &[]);
    s.token = folder.token("default");
    wait_until("the old records are removed", || of_before(&folder) == 0);
    verify(&folder, &[]);
    s.create_user("user-9");
    let end = sealed(&folder);
    let (said, _) = verify(&folder, &[]);
    assert_eq!((&said["removedUpTo"], &said["forgotten"]), (&last.into(), &0.into()), "{said}");
    assert_eq!(said["whole"], end - last, "{said}");
    let list = folder.json(&["audit", "list", "--org", "default", "--json"]);
    // the refused one had gone before
    let told = elements(&list).iter().find(|record| record["operation"] == "forget").expect("told");
    assert_eq!(
        (&told["by"]["kind"], &told["notes"]["count"]),
        (&"worker".into(), &(last - 1).into()),
        "{told}"
    );
    assert_eq!(told["notes"]["base"]["number"], last);
    let changed = elements(&list).iter().find(|record| record["operation"] == "update").expect("told");
    assert_eq!(changed["notes"]["settings"]["auditRetention"]["new"], "400d");
    s.stop();

    let tenant = folder.texts("select cast(tenant as text) as text from organisation").pop().expect("one");
    let chain = Chain { folder: &folder, tenant };
    let (first, second) = (chain.id(last + 1), chain.id(last + 2));
    let told = |number: i64, record: &str| ("removed".to_owned(), number, record.to_owned());
    assert_eq!(chain.after("select 1", &[]).0, "whole");
    let remove = format!("delete from audit where tenant = $T and id = '{first}';");
    assert_eq!(chain.after(&remove, &[]), told(last + 1, &first));
    let both = format!("{remove} delete from seal where tenant = $T and record = '{first}';");
    assert_eq!(chain.after(&both, &[]), told(last + 1, ""));
    // who says so in the chain alone has no record that tells of it
    let base = format!(
        "update chain set base_number = {last} + 1, base_hash = (select hash from seal where tenant = $T and number = {last} + 1) \
         where tenant = $T;"
    );
    assert_eq!(chain.after(&format!("{base} {both}"), &[]), told(last + 1, ""));
    let start = "update chain set base_number = 0 where tenant = $T";
    assert_eq!(chain.after(start, &[]), told(1, ""));
    assert_eq!(chain.after("delete from chain where tenant = $T", &[]), told(1, ""));
    let second = format!("delete from audit where tenant = $T and id = '{second}'");
    assert_eq!(chain.after(&second, &[]).1, last + 2);
}
