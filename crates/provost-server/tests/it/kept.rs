//! Records removed from the audit trail because of their age or because they name a person, and how to tell that from
//! tampering.

use crate::PROVOST;
use crate::chain::{Chain, sealed, verify};
use crate::console::{self, Browser, PASSWORD};
use provost_testing::folder::holds;
use provost_testing::http::PATIENCE;
use provost_testing::json::{elements, user};
use provost_testing::program::{Installation, Server};
use serde_json::json;
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

/// Backdates all records so far by four years, as if they had been sealed then.
fn age(folder: &Installation) {
    folder.execute(
        "delete from seal; delete from chain; \
         update audit set at = at - 126144000000, id = '0180' || substr(id, 5) where tenant <> 0;",
    );
}

/// Seen to fail: with a chain that continues from its old end, and with a new beginning that no record has to explain.
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
    // the refused one is already gone
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
    // a false beginning in the chain has no record that explains it
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

/// Whether a word occurs anywhere in the database, ignoring case.
fn is_found(folder: &Installation, word: &str) -> bool {
    if folder.path("provost.db").exists() {
        run(folder, &["vacuum"]);
    }
    holds(&folder.bytes().to_ascii_lowercase(), word)
}

/// Once a person is erased, no word of theirs is in the database or in the printed trail, and the chain is intact.
///
/// Seen to fail: with clients' words kept as ids, with addresses compared in their original spelling, and with an
/// account whose deletion is not recorded.
#[test]
fn of_who_was_erased_no_word_is_left_and_the_chain_is_whole() {
    let (mut s, mut browser) = console::owned();
    s.token = s.folder.token("lantern");
    let f = s.folder.clone();
    let of = ["--org", "lantern"];
    let erase = |more: &[&str]| f.run(&[&["audit", "erase", "canaryword@example.com"], more].concat());
    run(
        &f,
        &[
            "members",
            "invite",
            "CanaryWord@example.com",
            "--name",
            "Canaryword Person",
            "--role",
            "member",
            "--org",
            "lantern",
        ],
    );
    run(&f, &["members", "role", "canaryword@example.com", "manager", "--org", "lantern"]);
    run(&f, &["teams", "create", "Night shift", "--org", "lantern"]);
    run(&f, &["teams", "add", "night-shift", "canaryword@example.com", "--org", "lantern"]);
    sealed_of(&f, "lantern");
    let refused = erase(&of);
    assert!(
        refused.code() == 1 && refused.stderr().contains("is a member or a user still"),
        "{}",
        refused.stderr()
    );
    run(&f, &["members", "remove", "canaryword@example.com", "--org", "lantern"]);
    let made = s.ask("POST", "/Users", Some(&user("canaryword@example.com")));
    assert_eq!(made.status, 201, "{}", made.body);
    let group = s.create_group("Crew", &[]);
    s.patch(&format!("/Groups/{group}"), "Add", "members", &json!([{ "value": "canaryword@example.com" }]));
    s.ask("DELETE", "/Users/canaryword@example.com", None).assert_scim_error(404);
    assert_eq!(erase(&of).code(), 1, "a user");
    assert_eq!(s.ask("DELETE", &format!("/Users/{}", made.id()), None).status, 204);
    assert!(is_found(&f, "canaryword"));
    let list = |of: &[&str]| run(&f, &[&["audit", "list", "--json", "--limit", "1000"], of].concat());
    assert!(list(&of).contains("canaryword"));

    let erased = f.json(&["audit", "erase", "canaryword@example.com", "--org", "lantern", "--json"]);
    assert_eq!(erased, json!({ "records": 6, "accounts": 0 }));
    assert_eq!(
        f.json(&["audit", "erase", "canaryword@example.com", "--org", "lantern", "--json"])["records"],
        0
    );
    sealed_of(&f, "lantern");
    assert!(!list(&of).to_ascii_lowercase().contains("canaryword"));
    assert!(!run(&f, &["audit", "export", "--org", "lantern"]).to_ascii_lowercase().contains("canaryword"));
    assert!(!is_found(&f, "canaryword"));
    let all = f.json(&["audit", "list", "--json", "--org", "lantern"]);
    let told: Vec<_> = elements(&all).iter().filter(|record| record["operation"] == "erase").collect();
    assert_eq!(told.len(), 1);
    assert_eq!(told[0]["notes"]["records"].as_array().map(Vec::len), Some(6), "{}", told[0]);
    assert!(list(&of).contains("ines.falk"), "others are named as before");

    // an account is deleted when its owner is a member of nothing any more
    let of_owner = ["audit", "erase", "ines.falk@example.com", "--everywhere"];
    assert_eq!(f.run(&of_owner).code(), 1);
    run(&f, &["org", "delete", "lantern", "--yes"]);
    assert_eq!(Browser::on(&s).sign_in("ines.falk@example.com", PASSWORD).status, 303);
    browser.get("/account/");
    assert!(list(&["--installation"]).contains("ines.falk"));
    assert!(run(&f, &of_owner).contains("deleted the account"));
    assert!(!list(&["--installation"]).contains("ines.falk"));
    s.stop();
    assert!(!is_found(&f, "ines.falk") && !is_found(&f, "ines falk"));
    let said = f.json(&["audit", "verify", "--installation", "--json"]);
    assert_eq!(said["broken"], json!(null), "{said}");
}

/// Waits until all is sealed, and checks that the chain is intact.
fn sealed_of(folder: &Installation, org: &str) {
    wait_until("all is sealed", || {
        let open = "select a.id as text from audit a left join seal s on s.tenant = a.tenant and s.record = a.id where s.number is null";
        folder.texts(open).is_empty()
    });
    let said = folder.json(&["audit", "verify", "--org", org, "--json"]);
    assert_eq!(said["broken"], json!(null), "{said}");
}
