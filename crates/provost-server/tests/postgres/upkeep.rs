//! Maintenance: what PostgreSQL does itself is reported, and the rest works as with a file.

use crate::PROVOST;

#[test]
fn what_a_server_does_by_itself_is_named() {
    let folder = PROVOST.install();
    assert_eq!(folder.run(&["migrate"]).code(), 0);
    for (command, says) in [
        (&["backup", "copy.db"][..], "`pg_dump --format=custom"),
        (&["restore", "copy.db", "--yes"], "`provost restore --mark`"),
        (&["vacuum"], "autovacuum"),
    ] {
        let ran = folder.run(command);
        assert_eq!(ran.code(), 1, "{command:?}");
        assert!(
            ran.stderr().contains("is on a PostgreSQL server") && ran.stderr().contains(says),
            "{}",
            ran.stderr()
        );
    }
    assert!(!folder.path("copy.db").exists());
    let marked = folder.run(&["restore", "--mark"]).stdout();
    assert!(marked.starts_with("restored postgres://provost@127.0.0.1:"), "without the password: {marked}");
}

/// Seen to fail: without the comparison.
#[test]
fn check_compares_what_follows_the_directory() {
    let s = PROVOST.start();
    let ann = s.create_user("ann");
    s.create_group("Guides", &[&ann]);
    assert_eq!(s.folder.run(&["check"]).stdout(), "no faults\n");
    s.folder.execute("delete from team_membership");
    let ran = s.folder.run(&["check"]);
    assert!(ran.code() == 1 && ran.stdout().contains("Group"), "{}", ran.stdout());
    s.folder.execute("delete from membership");
    assert_eq!(s.folder.run(&["check"]).code(), 1);
}
