//! The hash chain of the audit trail: whatever SQL does to a sealed record is found, and the record is named.

use crate::PROVOST;
use provost_testing::http::PATIENCE;
use provost_testing::json::{elements, text};
use provost_testing::program::{Installation, Server};
use serde_json::Value;
use std::time::{Duration, Instant};

const OF: [&str; 2] = ["--org", "default"];

pub(crate) fn verify(folder: &Installation, more: &[&str]) -> (Value, String) {
    let done = folder.run(&[&["audit", "verify", "--json"], &OF[..], more].concat());
    let said: Value = serde_json::from_str(&done.stdout()).expect("JSON");
    assert_eq!(done.code() == 0, said["broken"] == Value::Null, "{said}: {}", done.stderr());
    (said, done.stderr())
}

/// Waits until the follower has sealed all that was written.
pub(crate) fn sealed(folder: &Installation) -> i64 {
    let begun = Instant::now();
    loop {
        let open = folder.texts(
            "select a.id as text from audit a left join seal s on s.tenant = a.tenant and s.record = a.id where s.number is null",
        );
        if open.is_empty() {
            let (said, _) = verify(folder, &[]);
            assert_eq!(said["broken"], Value::Null, "{said}");
            return said["sealed"].as_i64().expect("a number");
        }
        assert!(begun.elapsed() < PATIENCE, "{open:?}");
        std::thread::sleep(Duration::from_millis(50));
    }
}

/// The tenant, and the ids of records by number.
pub(crate) struct Chain<'a> {
    pub(crate) folder: &'a Installation,
    pub(crate) tenant: String,
}

impl Chain<'_> {
    pub(crate) fn id(&self, number: i64) -> String {
        let query =
            format!("select record as text from seal where tenant = {} and number = {number}", self.tenant);
        self.folder.texts(&query).pop().expect("a seal")
    }

    /// Tampers with the database and returns what the check finds: what, number, record. Everything is restored
    /// afterwards.
    pub(crate) fn after(&self, tampering: &str, more: &[&str]) -> (String, i64, String) {
        let copies = "create table kept_audit as select * from audit; create table kept_seal as select * from seal; \
                      create table kept_chain as select * from chain;";
        self.folder.execute(copies);
        self.folder.execute(&tampering.replace("$T", &self.tenant));
        let (said, sentence) = verify(self.folder, more);
        for table in ["audit", "seal", "chain"] {
            self.folder.execute(&format!(
                "delete from {table}; insert into {table} select * from kept_{table}; drop table kept_{table};"
            ));
        }
        let broken = &said["broken"];
        if broken.is_null() {
            return ("whole".to_owned(), 0, String::new());
        }
        let record = text(&broken["record"]).to_owned();
        assert!(sentence.contains("is not as it was written") && sentence.contains(&record), "{sentence}");
        (text(&broken["what"]).to_owned(), broken["number"].as_i64().expect("a number"), record)
    }
}

/// Seen to fail: with one of these not compared: the digest of the record, what names people, whether somebody erased
/// it, the hash of the seal, its number, and heads kept elsewhere.
#[test]
fn whatever_is_done_to_a_sealed_record_is_named() {
    let s = PROVOST.start();
    (0..6).for_each(|n| drop(s.create_user(&format!("user-{n}"))));
    s.ask("DELETE", "/Users/nobody", None).assert_scim_error(404);
    let last = sealed(&s.folder);
    let folder = s.folder.clone();
    s.stop();
    let tenant = folder.texts("select cast(tenant as text) as text from organisation").pop().expect("one");
    let chain = Chain { folder: &folder, tenant };
    let (third, fourth, end) = (chain.id(3), chain.id(5), chain.id(last));
    let told = |what: &str, number: i64, record: &str| (what.to_owned(), number, record.to_owned());
    let change =
        |column: &str, id: &str| format!("update audit set {column} where tenant = $T and id = '{id}'");

    assert_eq!(chain.after("select 1", &[]), told("whole", 0, ""));
    for column in [
        "resource_id = 'x'",
        "at = at + 1",
        "actor = 'x'",
        "changed = not changed",
        "error = 'x'",
        "made_by = 'worker'",
        "notes = '[]'",
        "operation = 'x'",
    ] {
        assert_eq!(chain.after(&change(column, &fourth), &[]), told("changed", 5, &fourth), "{column}");
    }
    // the person it names, where not blanked
    let named = folder.texts("select id as text from audit where person is not null");
    assert_eq!(named, [end.as_str()], "a client's word");
    assert_eq!(
        chain.after(&change("person = null", &end), &[]),
        told("changed", last, &end),
        "nobody erased it"
    );
    let forged = change("person = '{\"salt\":\"0\"}'", &third);
    assert_eq!(chain.after(&forged, &[]), told("changed", 3, &third));

    let remove = format!("delete from audit where tenant = $T and id = '{third}';");
    assert_eq!(chain.after(&remove, &[]), told("removed", 3, &third));
    let hidden = format!("{remove} update seal set refused = not refused where tenant = $T and number = 3");
    assert_eq!(chain.after(&hidden, &[]), told("changed", 3, &third), "not even as one that was refused");
    let both = format!("{remove} delete from seal where tenant = $T and number = 3");
    assert_eq!(chain.after(&both, &[]), told("removed", 3, ""));
    let refused = format!("delete from audit where tenant = $T and id = '{end}';");
    assert_eq!(
        chain.after(&refused, &[]),
        told("removed", last, &end),
        "no record tells that it was not kept"
    );
    let head = format!("{refused} delete from seal where tenant = $T and number = {last};");
    assert_eq!(chain.after(&head, &[]), told("removed", last, ""));

    let swapped = format!(
        "update audit set id = 'x' where id = '{third}'; update audit set id = '{third}' where id = '{fourth}'; \
         update audit set id = '{fourth}' where id = 'x';"
    );
    assert_eq!(chain.after(&swapped, &[]), told("moved", 3, &third));
    let seals = "update seal set number = -1 where tenant = $T and number = 3; \
                 update seal set number = 3 where tenant = $T and number = 5; \
                 update seal set number = 5 where tenant = $T and number = -1;";
    assert_eq!(chain.after(seals, &[]), told("moved", 3, &fourth));
    let added = "insert into audit select tenant, '01000000-0000-7000-8000-000000000000', at, actor, request_id, operation, \
                 resource_type, resource_id, version, changed, notes, error, made_by, person, person_hash from audit \
                 where tenant = $T limit 1";
    assert_eq!(chain.after(added, &[]), told("added", 0, "01000000-0000-7000-8000-000000000000"));

    // removing the end with all traces of it does not remove heads kept elsewhere
    std::fs::write(folder.path("key"), "k".repeat(32)).expect("written");
    let (key, kept) = (folder.path("key").display().to_string(), folder.path("kept").display().to_string());
    let line = folder.run(&["audit", "head", "--org", "default", "--key", &key]);
    std::fs::write(&kept, line.stdout()).expect("written");
    let clean = format!(
        "{head} update chain set number = {last} - 1, hash = (select hash from seal where tenant = $T and number = {last} - 1) \
         where tenant = $T"
    );
    assert_eq!(chain.after(&clean, &[]), told("whole", 0, ""));
    assert_eq!(chain.after(&clean, &["--checkpoints", &kept, "--key", &key]), told("removed", last, ""));
    std::fs::write(&key, "l".repeat(32)).expect("written");
    let done = folder.run(&["audit", "verify", "--org", "default", "--checkpoints", &kept, "--key", &key]);
    assert!(done.code() == 1 && done.stderr().contains("not signed with this key"), "{}", done.stderr());
}

#[test]
fn a_follower_that_is_killed_leaves_a_whole_chain() {
    const ANY_RATE: [&str; 2] = ["--limit-requests", "100000"];
    let mut s = Server::start_in(&PROVOST.install(), &ANY_RATE);
    for round in 0..2 {
        let seals = |s: &Server| s.folder.texts("select record as text from seal where tenant <> 0").len();
        let (before, begun) = (seals(&s), Instant::now());
        // until it has sealed everything so far
        for n in 0.. {
            s.create_user(&format!("user-{round}-{n}"));
            if seals(&s) > before {
                break;
            }
            assert!(begun.elapsed() < PATIENCE, "nothing is sealed");
            std::thread::sleep(Duration::from_millis(50));
        }
        let folder = s.kill();
        verify(&folder, &[]);
        s = Server::start_in(&folder, &ANY_RATE);
        s.token = folder.token("default");
    }
    let records = s.folder.texts("select id as text from audit where tenant <> 0").len();
    assert_eq!(sealed(&s.folder), i64::try_from(records).expect("few"));
}

/// Refused writes that are no longer kept are recorded as such, so that the chain is complete without them.
///
/// Seen to fail: without a record of the removal.
#[test]
fn refused_writes_that_are_not_kept_are_told() {
    let s = PROVOST.start();
    (0..8).for_each(|_| s.ask("DELETE", "/Users/nobody", None).assert_scim_error(404));
    sealed(&s.folder);
    let folder = s.folder.clone();
    s.stop();
    let s = Server::start_in(&folder, &["--limit-refused-writes", "2"]);
    let begun = Instant::now();
    while folder.texts("select id as text from audit where error is not null").len() != 2 {
        assert!(begun.elapsed() < PATIENCE);
        std::thread::sleep(Duration::from_millis(50));
    }
    sealed(&folder);
    let (said, _) = verify(&folder, &[]);
    assert_eq!(said["forgotten"], 6);
    let list = folder.json(&["audit", "list", "--org", "default", "--json"]);
    let told = elements(&list).iter().find(|record| record["operation"] == "forget").expect("told");
    assert_eq!((&told["by"]["kind"], &told["notes"]["count"]), (&"worker".into(), &6.into()));
    drop(s);
}

/// A follower killed within a batch leaves neither seals without a head nor counts that are too high: the whole batch
/// is written, or nothing.
///
/// Seen to fail: with the counts of a batch in a separate transaction.
#[test]
fn a_follower_that_is_killed_in_a_batch_leaves_all_of_it_or_nothing() {
    const ANY_RATE: [&str; 2] = ["--limit-requests", "100000"];
    let folder = PROVOST.install();
    let mut s = Server::start_in(&folder, &ANY_RATE);
    let (stall, go_on) = match folder.database {
        // the follower's last write takes very long
        Some(_) => (
            "create function stall() returns trigger language plpgsql as 'begin perform pg_sleep(3); return new; end'; \
             create trigger stall before update on chain for each row execute function stall();",
            "drop trigger stall on chain; drop function stall();",
        ),
        None => (
            "create trigger stall before update on chain begin select count(*) from (with recursive n(n) as \
             (select 1 union all select n + 1 from n) select n from n limit 2000000000); end;",
            "drop trigger stall;",
        ),
    };
    sealed(&folder);
    folder.execute(stall);
    (0..5).for_each(|n| drop(s.create_user(&format!("user-{n}"))));
    // it checks for records after a second, and is then at the end of the batch
    std::thread::sleep(Duration::from_millis(2_500));
    s.kill();
    folder.execute(go_on);
    verify(&folder, &[]);
    s = Server::start_in(&folder, &ANY_RATE);
    sealed(&folder);
    let counts = folder.json(&["audit", "counts", "--org", "default", "--json"]);
    let added: i64 = elements(&counts)
        .iter()
        .filter(|count| count["what"] == "added" && count["name"] == "User")
        .map(|count| count["count"].as_i64().expect("a number"))
        .sum();
    assert_eq!(added, 5, "{counts}");
    s.stop();
}

/// However long a name a client sends, only a short part of it is kept, and the chain is intact.
///
/// Seen to fail: with names of 5,000 bytes kept.
#[test]
fn an_attribute_with_a_name_of_10_kib_is_a_record_like_any_other() {
    let s = PROVOST.start();
    let long = "a".repeat(10 << 10);
    let mut ann = provost_testing::json::user("ann");
    ann[&long] = serde_json::json!("x");
    let made = s.ask("POST", "/Users", Some(&ann));
    assert!(made.status == 201 || made.status == 400, "{}", made.body);
    let patch = serde_json::json!({
        "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
        "Operations": [{ "op": "replace", "path": long, "value": "x" }],
    });
    s.ask("PATCH", "/Users/nobody", Some(&patch));
    sealed(&s.folder);
    let list = s.folder.json(&["audit", "list", "--org", "default", "--actor", "token", "--json"]);
    assert!(!elements(&list).is_empty());
    for record in elements(&list) {
        assert!(record.to_string().len() < 2_000, "{}", record.to_string().len());
    }
}
