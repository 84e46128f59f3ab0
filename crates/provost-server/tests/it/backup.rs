//! `provost backup`, next to a running server and in trouble.

use crate::PROVOST;
use provost_testing::json::user;
use provost_testing::program::{Installation, Server};
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

/// The files in the folder whose names begin like the backup's.
fn left(folder: &Installation) -> Vec<String> {
    let names = fs::read_dir(folder.path(".")).expect("listed").map(|f| f.expect("a file").file_name());
    let mut names: Vec<String> =
        names.filter_map(|n| n.into_string().ok()).filter(|n| n.starts_with("backup")).collect();
    names.sort();
    names
}

/// A server on a database that takes a while to copy.
pub(crate) fn large() -> Server {
    let s = Server::start_in(&PROVOST.install(), &["--limit-requests", "100000"]);
    for n in 0..60 {
        let mut person = user(&format!("user-{n}"));
        person["title"] = "x".repeat(100_000).into();
        assert_eq!(s.ask("POST", "/Users", Some(&person)).status, 201);
    }
    s
}

/// The command while it is writing the copy.
pub(crate) fn half_way(folder: &Installation) -> Child {
    let mut child = folder
        .command(&["backup", "backup.db"])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("it starts");
    let copy = folder.path("backup.db.partial/provost.db");
    while !fs::metadata(&copy).is_ok_and(|copy| copy.len() > 0) {
        assert!(child.try_wait().expect("a child").is_none(), "it was too quick");
        std::hint::spin_loop();
    }
    child
}

/// Seen to fail: with a plain copy of the file instead of SQLite's backup.
#[test]
fn a_backup_under_load_has_every_write_that_was_acknowledged_before() {
    let s = Server::start_in(&PROVOST.install(), &["--limit-requests", "100000"]);
    let folder = s.folder.clone();
    let (stop, acknowledged) = (Arc::new(AtomicBool::new(false)), Arc::new(Mutex::new(Vec::new())));
    let clients: Vec<_> = (0..4)
        .map(|client| {
            let (asker, stop, acknowledged) = (s.asker(), stop.clone(), acknowledged.clone());
            thread::spawn(move || {
                for n in 0.. {
                    if stop.load(Ordering::Relaxed) {
                        return;
                    }
                    let name = format!("user-{client}-{n}");
                    assert_eq!(asker.ask("POST", "/Users", Some(&user(&name))).status, 201);
                    acknowledged.lock().expect("no panic").push(name);
                }
            })
        })
        .collect();
    let known = || acknowledged.lock().expect("no panic").clone();
    let deadline = Instant::now() + Duration::from_secs(60);
    for round in 0..3 {
        let wanted = (round + 1) * 50;
        while known().len() < wanted {
            assert!(Instant::now() < deadline, "too little load");
            thread::sleep(Duration::from_millis(5));
        }
        let before = known();
        let name = format!("backup-{round}.db");
        let ran = folder.run(&["backup", &name]);
        assert_eq!((ran.code(), ran.stdout()), (0, format!("wrote {name}\n")), "{}", ran.stderr());
        let database = format!("sqlite:{name}");
        let checked = folder.run(&["check", "--database", &database]);
        assert_eq!(checked.code(), 0, "{}{}", checked.stdout(), checked.stderr());
        let members =
            folder.run(&["members", "list", "--org", "default", "--database", &database, "--json"]).stdout();
        let missing: Vec<_> =
            before.iter().filter(|name| !members.contains(&format!("\"{name}\""))).collect();
        assert!(missing.is_empty(), "{missing:?}");
    }
    stop.store(true, Ordering::Relaxed);
    clients.into_iter().for_each(|client| client.join().expect("every write was answered 201"));
    assert_eq!(left(&folder), ["backup-0.db", "backup-1.db", "backup-2.db"], "nothing beside them");
    let mode = fs::metadata(folder.path("backup-0.db")).expect("a file").permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
}

/// Before an upgrade, a backup is due first.
#[test]
fn a_database_of_an_earlier_version_is_backed_up_as_it_is() {
    let folder = PROVOST.install();
    let old = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/old/old.db");
    fs::copy(old, folder.path("provost.db")).expect("copied");
    assert_eq!(folder.run(&["backup", "backup.db"]).code(), 0);
    let refused = folder.run(&["org", "list", "--database", "sqlite:backup.db"]).stderr();
    assert!(refused.contains("run `provost migrate`"), "{refused}");
}

#[test]
fn what_cannot_be_written_is_one_sentence_and_leaves_nothing() {
    let folder = large().folder.clone();
    folder.write("backup.db", "an earlier one");
    for (name, says) in [
        ("backup.db", "`backup.db` exists and is not replaced"),
        ("none/backup.db", "cannot be written: its folder does not exist"),
        ("/sys/backup.db", "`/sys/backup.db` cannot be written: you may not write in its folder"),
        (".", "`.` exists and is not replaced"),
    ] {
        let ran = folder.run(&["backup", name]);
        assert_eq!((ran.code(), ran.stdout().as_str()), (1, ""), "{name}");
        let said = ran.stderr();
        assert!(said.contains(says) && said.lines().count() == 1, "{name}: {said}");
    }
    assert_eq!(fs::read_to_string(folder.path("backup.db")).expect("read"), "an earlier one");
    assert_eq!(folder.run(&["backup", "backup-2.db", "--database", "sqlite:other.db"]).code(), 1);
    fs::create_dir(folder.path("backup-3.db.partial")).expect("made");
    fs::set_permissions(folder.path("backup-3.db.partial"), fs::Permissions::from_mode(0o755))
        .expect("opened");
    let ran = folder.run(&["backup", "backup-3.db"]);
    assert!(ran.stderr().contains("backup-3.db.partial` is in the way: move it away"), "{}", ran.stderr());
    assert_eq!(
        left(&folder),
        ["backup.db", "backup-3.db.partial"].map(String::from).into_iter().rev().collect::<Vec<_>>()
    );
}

/// A limit on file size, and a small disk where the test can make one.
#[test]
fn a_full_disk_is_told_and_leaves_nothing() {
    let folder = large().folder.clone();
    let program = folder.command(&[]).get_program().to_owned();
    let run = |script: &str, shell: &[&str]| {
        let mut command = Command::new(shell[0]);
        command
            .args(&shell[1..])
            .args(["sh", "-c", script, "sh"])
            .arg(&program)
            // a server of the tests, which the program must not know about
            .env_remove("PROVOST_TEST_POSTGRES")
            .current_dir(folder.path("."));
        command.output().expect("it runs")
    };
    let limited = run("trap '' XFSZ; ulimit -f 2000; \"$1\" backup backup.db", &["env"]);
    let said = String::from_utf8_lossy(&limited.stderr);
    assert_eq!(limited.status.code(), Some(1), "{said}");
    assert!(
        said.contains("error: the database could not be copied: ") && said.lines().count() == 1,
        "{said}"
    );
    assert_eq!(left(&folder), Vec::<String>::new());

    let small = "mkdir backup && mount -t tmpfs -o size=1m small backup || exit 77
                 \"$1\" backup backup/backup.db; code=$?; ls -A backup; exit $code";
    let full = run(small, &["unshare", "--map-root-user", "--mount"]);
    if full.status.code() != Some(1) || full.stderr.starts_with(b"unshare") {
        eprintln!("skipped: no mount namespace can be had here ({full:?})");
        return;
    }
    let said = String::from_utf8_lossy(&full.stderr);
    assert_eq!(said, "error: the database could not be copied: database or disk is full\n");
    assert_eq!(String::from_utf8_lossy(&full.stdout), "", "something is left");
}

#[test]
fn a_backup_that_is_killed_leaves_no_file_of_its_name() {
    let s = large();
    let folder = s.folder.clone();
    let mut child = half_way(&folder);
    child.kill().expect("killed");
    child.wait().expect("ended");
    assert_eq!(left(&folder), ["backup.db.partial"]);
    assert_eq!(
        fs::metadata(folder.path("backup.db.partial")).expect("left").permissions().mode() & 0o777,
        0o700
    );
    assert_eq!(folder.run(&["backup", "backup.db"]).code(), 0);
    assert_eq!(left(&folder), ["backup.db"], "the next one takes it over");
    assert_eq!(folder.run(&["check", "--database", "sqlite:backup.db"]).code(), 0);
    s.create_user("after");
}

/// Seen to fail: without the lock, the second spoils the first copy.
#[test]
fn two_backups_to_one_name_do_not_meet() {
    let s = large();
    let folder = s.folder.clone();
    let mut child = half_way(&folder);
    let signal = |name: &str| {
        Command::new("kill").args(["-s", name, &child.id().to_string()]).status().expect("kill runs")
    };
    assert!(signal("STOP").success());
    let ran = folder.run(&["backup", "backup.db"]);
    assert_eq!(ran.code(), 1);
    assert!(ran.stderr().contains("another command is writing"), "{}", ran.stderr());
    assert!(signal("CONT").success());
    assert!(child.wait().expect("it ends").success());
    assert_eq!(left(&folder), ["backup.db"]);
    assert_eq!(folder.run(&["check", "--database", "sqlite:backup.db"]).code(), 0);
}
