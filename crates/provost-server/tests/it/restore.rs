//! `provost restore`: what happens to the database and the backup, and what is said until provisioning is restarted.

use crate::PROVOST;
use crate::backup::{half_way, large};
use crate::silence::{called, doctor};
use diesel::connection::{Connection, SimpleConnection};
use diesel::{RunQueryDsl, sqlite::SqliteConnection};
use provost_testing::http::send;
use provost_testing::json::{elements, text};
use provost_testing::program::{Installation, Server};
use std::fs;
use std::net::TcpListener;
use std::os::unix::fs::{FileExt, MetadataExt, PermissionsExt, symlink};
use std::path::Path;
use std::process::{Command, Stdio};
use std::thread;
use std::time::Duration;

/// All file names in the folder.
fn names(folder: &Installation) -> Vec<String> {
    let names = fs::read_dir(folder.path(".")).expect("listed").map(|f| f.expect("a file").file_name());
    let mut names: Vec<String> = names.filter_map(|n| n.into_string().ok()).collect();
    names.sort();
    names
}

/// `backup.db` has ann and bob; the database of the killed server has ann and cid, the latter only in its log.
fn killed() -> (Installation, String) {
    killed_with("")
}

/// The same with a title that makes both as large as needed.
fn killed_with(title: &str) -> (Installation, String) {
    let s = PROVOST.start();
    let ann = s.create_user("ann");
    if !title.is_empty() {
        s.patch(&format!("/Users/{ann}"), "add", "title", &title.into());
    }
    let bob = s.create_user("bob");
    assert_eq!(s.folder.run(&["backup", "backup.db"]).code(), 0);
    assert_eq!(s.ask("DELETE", &format!("/Users/{bob}"), None).status, 204);
    s.create_user("cid");
    let token = s.token.clone();
    (s.kill(), token)
}

/// The key id of a token, which follows `scim_`.
fn key_id(token: &str) -> &str {
    token.get(5..17).expect("a token")
}

fn restore(folder: &Installation, file: &str) -> String {
    let ran = folder.run(&["restore", file, "--yes"]);
    assert_eq!(ran.code(), 0, "{}", ran.stderr());
    ran.stdout()
}

/// The restore fails with one sentence; the database is unchanged, and no other file is left.
fn assert_refused(folder: &Installation, arguments: &[&str], says: &str) {
    let before = names(folder);
    let ran = folder.run(&[&["restore"], arguments].concat());
    let said = ran.stderr();
    assert_eq!((ran.code(), ran.stdout().as_str()), (1, ""), "{said}");
    assert!(said.contains(says) && said.lines().count() == 1, "{said}");
    let after = names(folder);
    let log = |name: &String| !name.ends_with("-wal") && !name.ends_with("-shm");
    assert_eq!(
        after.into_iter().filter(log).collect::<Vec<_>>(),
        before.into_iter().filter(log).collect::<Vec<_>>()
    );
}

#[test]
fn the_backup_replaces_the_database_and_its_log() {
    let (folder, token) = killed();
    assert_refused(
        &folder,
        &["backup.db"],
        "which holds an organisation, for good; nothing was changed: repeat",
    );
    assert_eq!(folder.members("default"), "ann[] cid[]", "the log was not lost");
    let s = Server::start_in(&folder, &[]);
    let key_id = key_id(&token);
    assert_eq!(folder.run(&["token", "revoke", key_id]).code(), 0);
    s.ask_as(&token, "GET", "/Users", None).assert_scim_error(401);
    s.kill();
    let backup = fs::read(folder.path("backup.db")).expect("read");

    let said = restore(&folder, "backup.db");
    assert!(said.contains(key_id) && said.contains("restart provisioning in Entra"), "{said}");
    assert_eq!(names(&folder), ["backup.db", "provost.db"], "no old log is beside it");
    let mode = fs::metadata(folder.path("provost.db")).expect("a file").permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    assert!(fs::read(folder.path("backup.db")).expect("read") == backup, "the backup stays as it is");
    assert_eq!(folder.members("default"), "ann[] bob[]");
    assert_eq!(folder.run(&["check"]).code(), 0);
    let s = Server::start_in(&folder, &[]);
    assert_eq!(s.ask_as(&token, "GET", "/Users", None).status, 200, "it is valid again");
}

#[test]
fn doctor_log_and_metrics_say_it_until_provisioning_was_restarted() {
    let (folder, token) = killed();
    let printed = folder.json(&["restore", "backup.db", "--yes", "--json"]);
    assert_eq!(elements(&printed["tokens"]).len(), 1);
    assert_eq!(text(&printed["tokens"][0]["keyId"]), key_id(&token));
    let doctor = || {
        let told = folder.run(&["doctor"]).stdout();
        told.lines().find(|line| line.contains(" restored ")).map(str::to_owned).expect("a check")
    };
    assert!(doctor().starts_with("wrong") && doctor().contains("are members again"), "{}", doctor());
    // a port that was free a moment ago
    let free =
        TcpListener::bind("127.0.0.1:0").and_then(|free| free.local_addr()).expect("a port").to_string();
    let s = Server::start_in(&folder, &["--metrics-listen", &free]);
    let metric = || {
        let page = send(&free, "GET", "/metrics", &[], "").body;
        page.lines().find_map(|line| line.strip_prefix("provost_restored_from_backup ")).map(str::to_owned)
    };
    assert_eq!(metric().as_deref(), Some("1"));
    assert_eq!(s.ask_as(&token, "GET", "/Users", None).status, 200);
    assert_eq!(
        folder.run(&["restore", "--done"]).stdout(),
        "done: nothing reminds of the restored backup any more\n"
    );
    assert_eq!(metric().as_deref(), Some("0"));
    let log = s.stop();
    assert!(log.contains("the database was restored from a backup at"), "{log}");
    assert!(doctor().starts_with("fine"), "{}", doctor());
    assert!(folder.run(&["restore", "--done"]).stdout().starts_with("nothing to do"));
    assert!(!Server::start_in(&folder, &[]).stop().contains("restored from a backup"));
}

/// Calls after the backup was made are no longer known, but that does not count as silence.
///
/// Seen to fail: with the time counted from the last call.
#[test]
fn nobody_is_silent_because_of_a_restore() {
    let s = PROVOST.start();
    s.create_user("ann");
    called(&s, 3);
    assert_eq!(doctor(&s).0, "note");
    assert_eq!(s.folder.run(&["backup", "backup.db"]).code(), 0);
    let folder = s.kill();
    restore(&folder, "backup.db");
    let s = Server::start_in(&folder, &[]);
    assert_eq!(doctor(&s).0, "fine");
    folder.execute("update organisation set reopened = reopened - 10800000");
    assert_eq!(doctor(&s).0, "note");
}

#[test]
fn it_is_refused_while_a_server_or_a_command_has_the_database_open() {
    let s = large();
    let folder = s.folder.clone();
    assert_eq!(folder.run(&["backup", "old.db"]).code(), 0);
    s.create_user("after");
    assert_refused(&folder, &["old.db", "--yes"], "the database `");
    assert_refused(&folder, &["old.db", "--yes"], "is in use: stop the server");
    s.create_user("after-that");
    s.stop();
    // without a server, only the command
    let mut child = half_way(&folder);
    let signal = |name: &str| Command::new("kill").args(["-s", name, &child.id().to_string()]).status();
    assert!(signal("STOP").expect("kill runs").success());
    assert_refused(&folder, &["old.db", "--yes"], "is in use: stop the server");
    assert!(signal("CONT").expect("kill runs").success());
    assert!(child.wait().expect("it ends").success());
    restore(&folder, "old.db");
    assert!(!folder.members("default").contains("after"));
}

#[test]
fn what_is_no_whole_backup_is_refused() {
    let (folder, _) = killed();
    let statements = |name: &str, statements: &str| {
        let path = folder.path(name);
        let mut conn = SqliteConnection::establish(path.to_str().expect("UTF-8")).expect("made");
        conn.batch_execute(statements).expect("it runs");
    };
    statements("foreign.db", "create table theirs (id integer)");
    statements("hollow.db", "create table t (id integer); drop table t");
    fs::copy(folder.path("backup.db"), folder.path("newer.db")).expect("copied");
    statements("newer.db", "insert into __diesel_schema_migrations (version) values ('20990101000000')");
    fs::copy(folder.path("backup.db"), folder.path("damaged.db")).expect("copied");
    let file = fs::OpenOptions::new().write(true).open(folder.path("damaged.db")).expect("opened");
    file.write_all_at(&[0xA5; 4_096], (page_of(&folder.path("damaged.db"), "team_slug") - 1) * 4_096)
        .expect("written");
    folder.write("empty.db", "");
    folder.write("text.db", &"no database".repeat(1_000));
    for (file, says) in [
        ("none.db", "there is no backup `none.db`"),
        ("empty.db", "there is no backup `empty.db`"),
        ("text.db", "the file `text.db` is not an SQLite database"),
        ("foreign.db", "the file `foreign.db` is a database of another program"),
        ("hollow.db", "the database `hollow.db` has no tables"),
        ("newer.db", " of Provost changed the database `newer.db`"),
        ("damaged.db", "the backup `damaged.db` is damaged, and was not restored"),
        ("provost.db", "`provost.db` is the database itself"),
    ] {
        assert_refused(&folder, &[file, "--yes"], says);
    }
    assert_refused(&folder, &["backup.db", "--database", "sqlite:foreign.db", "--yes"], "of another program");
    assert_refused(&folder, &["backup.db", "--database", "sqlite:text.db", "--yes"], "move it away");
    assert_refused(&folder, &["damaged.db", "--database", "sqlite:new.db"], "is damaged");
    assert_eq!(folder.members("default"), "ann[] cid[]");
}

/// The first page of a table or an index.
fn page_of(file: &Path, table: &str) -> u64 {
    #[derive(diesel::QueryableByName)]
    struct Root {
        #[diesel(sql_type = diesel::sql_types::BigInt)]
        rootpage: i64,
    }
    let mut conn = SqliteConnection::establish(file.to_str().expect("UTF-8")).expect("opened");
    let asked = diesel::sql_query("select rootpage from sqlite_schema where name = ?");
    let found: Root = asked.bind::<diesel::sql_types::Text, _>(table).get_result(&mut conn).expect("a table");
    found.rootpage.try_into().expect("a page")
}

#[test]
fn a_database_that_is_missing_empty_newer_or_of_an_older_version_can_be_restored() {
    let (folder, _) = killed();
    folder.write("empty.db", "");
    for database in ["sqlite:new.db", "sqlite:empty.db"] {
        let ran = folder.run(&["restore", "backup.db", "--database", database]);
        assert_eq!(ran.code(), 0, "nothing is lost: {}", ran.stderr());
    }
    let old = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/old/old.db");
    fs::copy(old, folder.path("old.db")).expect("copied");
    restore(&folder, "old.db");
    assert_eq!(elements(&folder.json(&["org", "list", "--json"])).len(), 4);
    let path = folder.path("provost.db");
    let mut conn = SqliteConnection::establish(path.to_str().expect("UTF-8")).expect("opened");
    conn.batch_execute("insert into __diesel_schema_migrations (version) values ('20990101000000')")
        .expect("it runs");
    drop(conn);
    assert_refused(&folder, &["backup.db"], "which holds what a newer version wrote, for good");
    restore(&folder, "backup.db");
    assert_eq!(folder.members("default"), "ann[] bob[]");
    // a link still leads to the file
    fs::create_dir(folder.path("elsewhere")).expect("made");
    symlink("elsewhere/real.db", folder.path("link.db")).expect("linked");
    folder.write("elsewhere/real.db", "");
    assert_eq!(folder.run(&["restore", "backup.db", "--database", "sqlite:link.db"]).code(), 0);
    assert!(fs::symlink_metadata(folder.path("link.db")).expect("there").is_symlink());
    assert!(fs::metadata(folder.path("elsewhere/real.db")).expect("there").len() > 0);
}

#[test]
fn a_full_disk_leaves_the_database_as_it_was() {
    let s = large();
    let folder = s.folder.clone();
    assert_eq!(folder.run(&["backup", "backup.db"]).code(), 0);
    s.create_user("after");
    s.kill();
    let mut command = Command::new("sh");
    command.args(["-c", "trap '' XFSZ; ulimit -f 2000; exec \"$0\" restore backup.db --yes"]);
    command.arg(folder.command(&[]).get_program()).current_dir(folder.path("."));
    let ran = command.output().expect("it runs");
    let said = String::from_utf8_lossy(&ran.stderr);
    assert_eq!(ran.status.code(), Some(1), "{said}");
    assert!(said.contains("error: the database could not be copied: "), "{said}");
    assert!(!folder.path("provost.db.partial").exists());
    assert!(folder.members("default").contains("after"));
}

/// Killed at many moments, it leaves either the old database or the new one intact, and the next restore succeeds.
///
/// Seen to fail: with the log left next to the replaced file; with the copy written into the file.
#[test]
fn a_restore_that_is_killed_leaves_the_old_database_or_the_new_one() {
    let (base, _) = killed_with(&"x".repeat(900_000));
    let (mut old, mut new) = (0, 0);
    for round in 0..40 {
        let folder = PROVOST.install();
        for name in ["provost.db", "provost.db-wal", "backup.db"] {
            fs::copy(base.path(name), folder.path(name)).expect("copied");
        }
        let inode = || fs::metadata(folder.path("provost.db")).map_or(0, |file| file.ino());
        let before = inode();
        let mut command = folder.command(&["restore", "backup.db", "--yes"]);
        let mut child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("it starts");
        let partial = folder.path("provost.db.partial");
        let has_come = || match round % 5 {
            0 => partial.exists(),
            1 => fs::metadata(partial.join("provost.db")).is_ok_and(|copy| copy.len() > 0),
            2 => partial.join("provost.db-wal").exists(),
            3 => !folder.path("provost.db-wal").exists(),
            _ => inode() != before,
        };
        while !has_come() && child.try_wait().expect("a child").is_none() {
            std::hint::spin_loop();
        }
        thread::sleep(Duration::from_micros(300 * (round / 5)));
        child.kill().expect("killed");
        child.wait().expect("ended");
        assert_eq!(folder.run(&["check"]).code(), 0, "round {round}");
        match folder.members("default").as_str() {
            "ann[] cid[]" => old += 1,
            "ann[] bob[]" => new += 1,
            other => panic!("round {round}: {other}"),
        }
        restore(&folder, "backup.db");
        assert_eq!(folder.members("default"), "ann[] bob[]", "round {round}");
        assert!(!folder.path("provost.db.partial").exists());
    }
    assert!(old > 0 && new > 0, "killed too early or too late each time: {old} {new}");
}

/// Seen to fail: with the replaced database's knowledge of deletions lost.
#[test]
fn a_backup_does_not_bring_back_what_was_deleted_since() {
    let s = PROVOST.start();
    for slug in ["acme", "kept"] {
        assert_eq!(s.folder.run(&["org", "create", slug]).code(), 0);
    }
    let (acme, kept) = (s.folder.token("acme"), s.folder.token("kept"));
    assert_eq!(s.folder.run(&["backup", "backup.db"]).code(), 0);
    // it was made and deleted after the backup
    assert_eq!(s.folder.run(&["org", "create", "brief"]).code(), 0);
    assert_eq!(s.folder.run(&["org", "update", "acme", "--slug", "acme-now"]).code(), 0);
    for slug in ["acme-now", "brief"] {
        assert_eq!(s.folder.run(&["org", "delete", slug, "--yes"]).code(), 0);
    }
    let folder = s.kill();
    let before = folder.json(&["org", "list", "--deleted", "--json"]);
    let said = restore(&folder, "backup.db");
    assert!(said.contains("Deleted since the backup, and deleted from it too: acme-now\n"), "{said}");
    assert!(!said.contains(key_id(&acme)) && said.contains(key_id(&kept)), "{said}");
    assert_eq!(folder.json(&["org", "list", "--deleted", "--json"]), before, "as it was deleted first");
    for slug in ["acme", "acme-now", "brief"] {
        let ran = folder.run(&["org", "create", slug]);
        assert!(ran.code() == 1 && ran.stderr().contains("never given again"), "{}", ran.stderr());
    }
    assert_eq!(folder.run(&["check"]).code(), 0);
    let s = Server::start_in(&folder, &[]);
    s.ask_as(&acme, "GET", "/Users", None).assert_scim_error(401);
    assert_eq!(s.ask_as(&kept, "GET", "/Users", None).status, 200);
}

#[test]
fn a_database_whose_deletions_cannot_be_read_is_replaced_all_the_same() {
    let s = PROVOST.start();
    assert_eq!(s.folder.run(&["backup", "backup.db"]).code(), 0);
    let folder = s.kill();
    folder.execute("DROP TABLE deleted_organisation; CREATE TABLE deleted_organisation (torn TEXT)");
    let ran = folder.run(&["restore", "backup.db", "--yes"]);
    assert_eq!(ran.code(), 0, "{}", ran.stderr());
    assert!(ran.stdout().contains("delete those again"), "{}", ran.stdout());
    assert_eq!(folder.run(&["check"]).code(), 0);
}
