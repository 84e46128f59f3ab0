//! URLs, servers and databases that cannot be used: commands and the server refuse each one with one sentence that
//! shows no password.
//!
//! Seen to fail: without the checks for another program's tables and for a newer version's migrations.

use crate::PROVOST;
use provost_testing::postgres::{Database, server};
use provost_testing::program::Installation;

/// What is written to standard error, which must be all the output and must not contain the password.
fn refused(folder: &Installation, url: &str, command: &[&str]) -> String {
    let ran = folder.run(&[command, &["--database", url]].concat());
    let (place, _) = server();
    let password =
        place.rsplit_once('@').and_then(|(user, _)| user.rsplit_once(':')).expect("a password").1.to_owned();
    let said: Vec<String> =
        ran.stderr().lines().filter(|line| line.starts_with("error: ")).map(str::to_owned).collect();
    assert_eq!((ran.code(), said.len()), (1, 1), "{command:?}: {}", ran.stderr());
    assert_eq!(ran.stdout(), "", "{command:?}");
    assert!(!ran.stderr().contains(&password), "{}", ran.stderr());
    said.concat()
}

/// The server and the commands must all refuse it.
fn refused_everywhere(folder: &Installation, url: &str, says: &str) {
    for command in [&["serve", "--listen", "127.0.0.1:0"][..], &["migrate"], &["org", "list"]] {
        let said = refused(folder, url, command);
        assert!(said.contains(says), "{command:?}: {said}");
    }
}

#[test]
fn what_cannot_be_used_is_refused_in_one_sentence() {
    let folder = PROVOST.install();
    let database = folder.database.clone().expect("one on a server");
    let (place, options) = server();
    let url = database.url();
    let with = |option: &str| format!("{url}&{option}");
    refused_everywhere(&folder, &with("sslmode=verify"), "`sslmode=verify` is unknown: use `verify-full`");
    refused_everywhere(&folder, &with("passwrd=x"), "`passwrd` is no option of a database URL");
    refused_everywhere(&folder, "postgres://h/n", "names no user");
    refused_everywhere(&folder, &format!("{place}/nowhere?{options}"), "cannot be used");
    refused_everywhere(&folder, "postgres://u:p@127.0.0.1:1/n", "127.0.0.1:1/n cannot be used");

    let name = database.text("select current_database()");
    database.run(&format!("alter database {name} connection limit 1"));
    refused_everywhere(&folder, &url, "grants this role 1 connections");
    database.run(&format!(
        "alter database {name} connection limit -1; alter database {name} set default_transaction_read_only = on"
    ));
    refused_everywhere(&folder, &url, "the database is read-only");

    let latin = Database::with("encoding 'LATIN1' locale 'C' template template0");
    refused_everywhere(&folder, &latin.url(), "has the encoding LATIN1");
}

#[test]
fn a_database_of_somebody_else_is_left_alone() {
    let folder = PROVOST.install();
    let database = folder.database.clone().expect("one on a server");
    database.run("create table account (id integer); insert into account values (7)");
    for command in [&["serve", "--listen", "127.0.0.1:0"][..], &["migrate"], &["org", "list"]] {
        let said = refused(&folder, &database.url(), command);
        assert!(said.contains("has a table `account` of another program"), "{said}");
    }
    assert_eq!(database.text("select count(*) from pg_tables where schemaname = 'public'"), "1");
    // it may share the database with other tables
    database.run("alter table account rename to customer");
    assert_eq!(folder.run(&["migrate"]).code(), 0);
    assert_eq!(folder.run(&["check"]).stdout(), "no faults\n");
    assert_eq!(database.text("select id from customer"), "7");
}

#[test]
fn what_a_newer_version_changed_is_refused() {
    let folder = PROVOST.install();
    let database = folder.database.clone().expect("one on a server");
    let said = refused(&folder, &database.url(), &["org", "list"]);
    assert!(said.contains("is empty; `provost serve` and `provost migrate` make its tables"), "{said}");
    assert_eq!(folder.run(&["migrate"]).code(), 0);
    assert_eq!(folder.run(&["org", "list"]).code(), 0);
    database.run(
        "insert into __diesel_schema_migrations (version) values ('20260101199999'); \
         delete from setting where name = 'changed-by-version'",
    );
    refused_everywhere(
        &folder,
        &database.url(),
        "a newer version of Provost (step 20260101199999) changed the database",
    );
    database.run("insert into setting (name, value) values ('changed-by-version', '9.1.0')");
    refused_everywhere(&folder, &database.url(), "version 9.1.0 of Provost changed the database");
    database
        .run("delete from __diesel_schema_migrations where version = '20260101199999'; drop table session");
    refused_everywhere(&folder, &database.url(), "is damaged, for it has no table `session`");
}
