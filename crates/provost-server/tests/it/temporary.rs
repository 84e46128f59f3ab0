//! SQLite writes only to its folder: a hardened container has no other writable folder, and nobody protects what is in
//! `/var/tmp`.

use crate::PROVOST;
use provost_testing::json::{patch, user};
use provost_testing::program::{Installation, Server};
use serde_json::json;
use std::fs;
use std::process::{Command, Stdio};
use std::thread;

/// Creates and changes that make the journal of a savepoint grow beyond 64 KiB, where SQLite would spill it: users of 1
/// to 20 kB, many at once, so that they share transactions; a large group; and sorts and pages over them.
fn load(s: &Server) {
    thread::scope(|scope| {
        for client in 0..8 {
            let asker = s.asker();
            scope.spawn(move || {
                for n in 0..10 {
                    let mut person = user(&format!("user-{client}-{n}"));
                    person["title"] = json!("x".repeat(1_000 + 2_000 * n));
                    let made = asker.ask("POST", "/Users", Some(&person));
                    assert_eq!(made.status, 201, "{}", made.body);
                    let change = patch("replace", "title", &json!("y".repeat(20_000 - 2_000 * n)));
                    let changed = asker.ask("PATCH", &format!("/Users/{}", made.id()), Some(&change));
                    assert_eq!(changed.status, 200, "{}", changed.body);
                }
            });
        }
    });
    let listed = s.ask("GET", "/Users?count=1000&sortBy=title", None).json();
    assert_eq!(listed["totalResults"], 80);
    let ids: Vec<&str> =
        listed["Resources"].as_array().expect("users").iter().filter_map(|u| u["id"].as_str()).collect();
    let group = s.create_group("everybody", &ids);
    assert_eq!(s.ask("DELETE", &format!("/Groups/{group}"), None).status, 204);
    for id in &ids {
        assert_eq!(s.ask("DELETE", &format!("/Users/{id}"), None).status, 204);
    }
}

/// SQLite deletes the name of a temporary file as soon as it has made it, so none is ever found; but the folder it was
/// made in has changed. Here that is a folder of the test.
///
/// Seen to fail: without `temp_store=MEMORY`.
#[test]
fn no_temporary_file_is_ever_made() {
    let (folder, elsewhere) = (PROVOST.install(), PROVOST.install());
    let changed = || fs::metadata(elsewhere.path(".")).expect("a folder").modified().expect("a time");
    elsewhere.write("a-file", "seen");
    let before = changed();
    let mut command =
        folder.command(&["serve", "--listen", "127.0.0.1:0", "--print-token", "--limit-requests", "100000"]);
    command.env("SQLITE_TMPDIR", elsewhere.path(".")).env("TMPDIR", elsewhere.path("."));
    let s = Server::spawn(command, &folder);
    load(&s);
    let org = folder.run(&["org", "delete", "default", "--yes"]);
    assert_eq!(org.code(), 0, "{}", org.stderr());
    s.stop();
    assert_eq!(changed(), before, "a temporary file was made");
    elsewhere.write("another-file", "seen");
    assert_ne!(changed(), before, "the test can notice a file");
}

/// Makes everything read-only except the database's folder, as in a container with a read-only root.
const HARDENED: &str = r#"
    mount -o remount,bind,ro / || exit 1
    for folder in /tmp /var/tmp /usr/tmp /dev/shm; do
        [ -d "$folder" ] || continue
        mount --rbind "$folder" "$folder" && mount -o remount,bind,ro "$folder" || exit 1
    done
    mount --bind "$DATA" "$DATA" && mount -o remount,bind,rw "$DATA" || exit 1
    cd / || exit 1
    for folder in / /tmp /var/tmp; do
        ! touch "$folder/provost-can-write" 2>/dev/null || exit 1
    done
    exec "$@"
"#;

/// A command in its own mount namespace, where only one folder is writable.
fn hardened(folder: &Installation, command: &Command) -> Command {
    let mut hardened = Command::new("unshare");
    hardened.args(["--map-root-user", "--mount", "sh", "-c", HARDENED, "sh"]);
    hardened.arg(command.get_program()).args(command.get_args()).stdin(Stdio::null());
    hardened
        .env("DATA", folder.path("."))
        .env("PROVOST_DATABASE", format!("sqlite:{}", folder.path("provost.db").display()));
    hardened
}

/// Seen to fail: without `temp_store=MEMORY` the first large create is answered 503.
#[test]
fn a_server_that_can_write_into_its_folder_alone_serves() {
    let folder = PROVOST.install();
    let tried = hardened(&folder, &Command::new("true")).output();
    if !tried.as_ref().is_ok_and(|tried| tried.status.success()) {
        eprintln!("skipped: no mount namespace can be had here ({tried:?})");
        return;
    }
    let plain =
        folder.command(&["serve", "--listen", "127.0.0.1:0", "--print-token", "--limit-requests", "100000"]);
    let s = Server::spawn(hardened(&folder, &plain), &folder);
    load(&s);
    s.stop();
}
