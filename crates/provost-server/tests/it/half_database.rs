//! Half a database is never taken for a new one: a copy of the file without its log, the log without the file, another
//! program's file, and what a killed first start leaves.

use crate::PROVOST;
use diesel::connection::{Connection, SimpleConnection};
use diesel::sqlite::SqliteConnection;
use provost_testing::program::{Installation, Server};
use std::fs;
use std::process::Stdio;

/// Every command that opens the database. `doctor` reports it in its list.
const COMMANDS: [&[&str]; 15] = [
    &["serve", "--listen", "127.0.0.1:0"],
    &["migrate"],
    &["check"],
    &["vacuum"],
    &["backup", "backup.db"],
    &["doctor"],
    &["org", "create", "acme"],
    &["org", "list"],
    &["org", "delete", "default", "--yes"],
    &["token", "create", "--org", "default"],
    &["token", "revoke", "AAAAAAAAAAAA"],
    &["audit", "list", "--org", "default"],
    &["users", "list", "--org", "default"],
    &["members", "list", "--org", "default"],
    &["teams", "list", "--org", "default"],
];

/// All commands refuse it in the same way and leave it unchanged.
fn assert_refused(folder: &Installation, says: &str) {
    let files = || {
        let mut names: Vec<_> =
            fs::read_dir(folder.path(".")).expect("listed").map(|f| f.expect("a file").path()).collect();
        names.sort();
        names.into_iter().map(|path| (path.clone(), fs::read(path).expect("read"))).collect::<Vec<_>>()
    };
    let before = files();
    for command in COMMANDS {
        let ran = folder.run(command);
        assert_eq!(ran.code(), 1, "{command:?}");
        let said = ran.stdout() + &ran.stderr();
        assert!(said.contains(says), "{command:?}: {said}");
        assert!(files() == before, "{command:?} changed a file");
    }
}

/// A file made by SQL statements.
fn made(statements: &str) -> Installation {
    let folder = PROVOST.install();
    let path = folder.path("provost.db");
    let mut conn = SqliteConnection::establish(path.to_str().expect("UTF-8")).expect("made");
    conn.batch_execute(statements).expect("it runs");
    folder
}

/// What a copy of only the file contains while everything is still in the log.
///
/// Seen to fail: served as a new database.
#[test]
fn a_file_without_tables_is_refused() {
    let folder = made("pragma journal_mode=wal; create table t (id integer); drop table t;");
    assert_refused(&folder, "the database `provost.db` has no tables: it may be a copy");
}

/// Seen to fail: the tables were created next to those of the other program.
#[test]
fn a_database_of_another_program_is_refused() {
    let folder = made("create table theirs (id integer);");
    assert_refused(&folder, "the file `provost.db` is a database of another program");
    // an application that embeds the directory has tables of its own
    let folder = made(
        "create table __diesel_schema_migrations (version text, run_on text); \
                       insert into __diesel_schema_migrations values ('20260101000000', '');",
    );
    assert_refused(&folder, "the file `provost.db` is a database of another program");
}

#[test]
fn a_database_that_lost_a_table_is_refused() {
    let folder = PROVOST.start().kill();
    let path = folder.path("provost.db");
    let mut conn = SqliteConnection::establish(path.to_str().expect("UTF-8")).expect("opened");
    conn.batch_execute("drop table token").expect("dropped");
    drop(conn);
    assert_refused(&folder, "the database `provost.db` is damaged, for it has no table `token`: restore it");
}

/// Seen to fail: the log was removed, and with it all acknowledged writes.
#[test]
fn a_log_without_its_database_is_refused_and_kept() {
    let s = PROVOST.start();
    s.create_user("ann");
    let folder = s.kill();
    for empty in [false, true] {
        fs::rename(folder.path("provost.db"), folder.path("elsewhere")).expect("moved");
        if empty {
            folder.write("provost.db", "");
        }
        assert_refused(&folder, "there is the log of a database, `");
        fs::rename(folder.path("elsewhere"), folder.path("provost.db")).expect("moved back");
    }
    assert_eq!(folder.members("default"), "ann[]");
}

/// The copy has what was moved from the log into the file, and is not initialised again.
///
/// Seen to fail: with the organisation only in the log, the copy gets another one, and a token.
#[test]
fn a_copy_of_the_file_alone_is_no_new_database() {
    let migrated = PROVOST.install();
    assert_eq!(migrated.run(&["migrate"]).code(), 0);
    for folder in [PROVOST.install(), migrated] {
        let s = Server::start_in(&folder, &[]);
        let copy = PROVOST.install();
        fs::copy(folder.path("provost.db"), copy.path("provost.db")).expect("copied");
        let mut again = Server::start_in(&copy, &[]);
        assert_eq!(again.greeting(), "");
        assert_eq!(again.ask_as(&s.token, "GET", "/Users", None).status, 200);
        let organisations = |of: &Installation| of.json(&["org", "list", "--json"]);
        assert_eq!(organisations(&copy), organisations(&folder));
    }
}

/// Killed as soon as each of its files exists, and at other moments.
///
/// Seen to fail: with the log begun before the first commit, a file without tables is left.
#[test]
fn a_first_start_that_is_killed_leaves_nothing_that_is_refused() {
    type Moment = fn(&Installation) -> bool;
    let bytes =
        |folder: &Installation, name: &str| fs::metadata(folder.path(name)).map_or(0, |file| file.len());
    let moments: [Moment; 5] = [
        |folder| folder.path("provost.db").exists(),
        |folder| folder.path("provost.db-journal").exists(),
        |folder| fs::metadata(folder.path("provost.db")).is_ok_and(|file| file.len() > 0),
        |folder| folder.path("provost.db-wal").exists(),
        |folder| fs::metadata(folder.path("provost.db-wal")).is_ok_and(|file| file.len() > 0),
    ];
    for (moment, has_come) in moments.iter().enumerate() {
        for delay_us in [0, 500, 3_000] {
            let folder = PROVOST.install();
            let mut command = folder.command(&["serve", "--listen", "127.0.0.1:0"]);
            let mut child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("it starts");
            while !has_come(&folder) && child.try_wait().expect("a child").is_none() {
                std::hint::spin_loop();
            }
            std::thread::sleep(std::time::Duration::from_micros(delay_us));
            child.kill().expect("killed");
            child.wait().expect("ended");
            let left = (moment, delay_us, bytes(&folder, "provost.db"), bytes(&folder, "provost.db-wal"));
            let migrated = folder.run(&["migrate"]);
            assert_eq!(migrated.code(), 0, "{left:?}: {}", migrated.stderr());
            let s = Server::start_in(&folder, &[]);
            assert_eq!(s.ask_as(&folder.token("default"), "GET", "/Users", None).status, 200);
            assert_eq!(folder.run(&["check"]).code(), 0);
        }
    }
}
