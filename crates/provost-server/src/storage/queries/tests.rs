//! The statements against a real database.

use super::seats::{self, Profile};
use super::{Backend, Conn, audit, organisations};
use crate::clock::Timestamp;
use crate::model::{Organisation, OrganisationChange, ProfileName, Tenant, TokenRow, TokenState};
use crate::slug::Slug;
use crate::storage::{Storage, StorageError};
use crate::token::{KeyId, Secret, StoredHash};
use tempfile::TempDir;

/// A migrated database; it goes when this is dropped.
struct Scratch {
    dir: TempDir,
    db: Backend,
}

fn scratch() -> Scratch {
    let dir = TempDir::new().expect("a directory");
    let (db, applied) = Backend::prepare(&dir.path().join("provost.db")).expect("a database");
    assert!(!applied.is_empty());
    Scratch { dir, db }
}

fn at(ms: i64) -> Timestamp {
    Timestamp::from_millis(ms)
}

fn tenant(n: u8) -> Tenant {
    Tenant(format!("tenant-{n}"))
}

fn slug(text: &str) -> Slug {
    text.parse().expect("a slug")
}

fn organisation(n: u8) -> Organisation {
    Organisation {
        tenant: tenant(n),
        slug: slug(&format!("org-{n}")),
        name: format!("Organisation {n}"),
        profile: ProfileName::Entra,
        default_role: "member".to_owned(),
        created: at(1_000),
    }
}

fn token(n: u8, id: &str) -> TokenRow {
    TokenRow {
        key_id: KeyId::parse(id).expect("a key id"),
        tenant: tenant(n),
        hash: StoredHash { phc: Secret::new("$argon2id$..."), version: 1 },
        label: "entra".to_owned(),
        created: at(2_000),
        expires: Some(at(10_000)),
        revoked: None,
        last_used: None,
    }
}

fn person(name: &str) -> Profile {
    Profile { user_name: name.to_owned(), display_name: None, email: Some(format!("{name}@example.com")) }
}

impl Scratch {
    fn run<T>(&self, job: impl FnOnce(&mut Conn) -> diesel::QueryResult<T>) -> T {
        self.db.write(|c| Ok(job(c)?)).expect("statement")
    }
    fn seat(&self, n: u8, user: &str, groups: &[&str]) {
        let groups: Vec<String> = groups.iter().map(ToString::to_string).collect();
        self.run(|c| seats::seat(c, &tenant(n), user, &person(user), "member", &groups, at(1)));
    }
    fn open_team(&self, n: u8, group: &str, name: &str) {
        self.run(|c| seats::open_team(c, &tenant(n), group, name, at(1)));
    }
    /// `slug: user user, slug: ...`
    fn teams(&self, n: u8) -> String {
        let teams = self.db.teams(&tenant(n)).expect("teams");
        let shown = teams.iter().map(|t| {
            let members: Vec<&str> = t.members.iter().map(|m| m.user_name.as_str()).collect();
            format!("{}: {}", t.slug, members.join(" "))
        });
        shown.collect::<Vec<_>>().join(", ")
    }
    /// `user[slug slug] user[]`
    fn members(&self, n: u8) -> String {
        let members = self.db.members(&tenant(n)).expect("members");
        let shown = members.iter().map(|m| {
            let teams: Vec<&str> = m.teams.iter().map(Slug::as_str).collect();
            format!("{}[{}]", m.user_name, teams.join(" "))
        });
        shown.collect::<Vec<_>>().join(" ")
    }
}

#[test]
fn organisations_are_made_changed_and_found_by_slug() {
    let s = scratch();
    s.db.create_organisation(&organisation(2)).expect("made");
    s.db.create_organisation(&organisation(1)).expect("made");
    assert_eq!(s.db.organisations().expect("list"), [organisation(1), organisation(2)]);
    let again = Organisation { tenant: tenant(9), ..organisation(1) };
    assert!(
        matches!(s.db.create_organisation(&again), Err(StorageError::SlugTaken(taken)) if taken == slug("org-1"))
    );
    let change = OrganisationChange { name: Some("New".to_owned()), ..OrganisationChange::default() };
    let changed = s.db.update_organisation(&slug("org-1"), &change).expect("changed");
    assert_eq!(changed, Organisation { name: "New".to_owned(), ..organisation(1) });
    assert_eq!(s.db.organisation(&slug("org-2")).expect("other"), organisation(2), "the other is untouched");
    assert!(matches!(s.db.organisation(&slug("none")), Err(StorageError::NoOrganisation(_))));
    assert!(matches!(s.db.update_organisation(&slug("none"), &change), Err(StorageError::NoOrganisation(_))));
}

#[test]
fn deleting_an_organisation_takes_its_own_rows_and_no_others() {
    let s = scratch();
    for n in [1, 2] {
        s.db.create_organisation(&organisation(n)).expect("made");
        s.db.create_token(&token(n, &format!("AAAAAAAAAAA{n}"))).expect("made");
        s.open_team(n, "g", "Guides");
        s.seat(n, "ann", &["g"]);
    }
    s.db.delete_organisation(&slug("org-1")).expect("deleted");
    assert!(s.db.token(&KeyId::parse("AAAAAAAAAAA1").expect("id")).expect("look-up").is_none());
    assert_eq!((s.teams(1), s.members(1)), (String::new(), String::new()));
    assert_eq!((s.teams(2), s.members(2)), ("guides: ann".to_owned(), "ann[guides]".to_owned()));
    assert!(s.db.token(&KeyId::parse("AAAAAAAAAAA2").expect("id")).expect("look-up").is_some());
    assert!(matches!(s.db.delete_organisation(&slug("org-1")), Err(StorageError::NoOrganisation(_))));
    assert_eq!(s.run(|c| organisations::default_role(c, &tenant(1))), None);
    assert_eq!(s.run(|c| organisations::default_role(c, &tenant(2))).as_deref(), Some("member"));
}

#[test]
fn a_token_is_read_with_its_organisation_and_revoked_once() {
    let s = scratch();
    s.db.create_organisation(&organisation(1)).expect("made");
    let new = token(1, "ABCDEFabcdef");
    s.db.create_token(&new).expect("made");
    let (read, of) = s.db.token(&new.key_id).expect("look-up").expect("there");
    assert_eq!(
        (read.hash.phc.reveal(), read.hash.version, read.expires),
        ("$argon2id$...", 1, Some(at(10_000)))
    );
    assert_eq!(of, organisation(1));
    assert_eq!((read.state(at(9_999)), read.state(at(10_000))), (TokenState::Active, TokenState::Expired));
    let lower = KeyId::parse("abcdefABCDEF").expect("a key id");
    assert!(s.db.token(&lower).expect("look-up").is_none(), "key ids differ by case");

    s.db.touch_token(&new.key_id, at(3_000)).expect("touched");
    assert_eq!(s.db.revoke_token(&new.key_id, at(4_000)).expect("revoked").revoked, Some(at(4_000)));
    let again = s.db.revoke_token(&new.key_id, at(5_000)).expect("still revoked");
    assert_eq!((again.revoked, again.last_used), (Some(at(4_000)), Some(at(3_000))));
    assert_eq!(again.state(at(4_500)), TokenState::Revoked);
    assert!(matches!(s.db.revoke_token(&lower, at(1)), Err(StorageError::NoToken(_))));
}

#[test]
fn a_token_needs_its_organisation() {
    let s = scratch();
    assert!(s.db.create_token(&token(1, "ABCDEFabcdef")).is_err());
}

#[test]
fn the_first_organisation_is_founded_once() {
    let s = scratch();
    assert!(s.db.found(&organisation(1), &token(1, "AAAAAAAAAAA1")).expect("founded"));
    assert!(!s.db.found(&organisation(2), &token(2, "AAAAAAAAAAA2")).expect("looked"));
    assert_eq!(s.db.organisations().expect("list").len(), 1);
    assert_eq!(s.db.tokens(&tenant(1)).expect("tokens").len(), 1);
}

#[test]
fn a_place_in_a_team_needs_group_and_membership() {
    let s = scratch();
    s.open_team(1, "g1", "Guides");
    s.open_team(1, "g2", "Drivers");
    s.seat(1, "ann", &[]);
    // bob is in the group and inactive
    s.run(|c| seats::enter(c, &tenant(1), "g1", &["ann", "bob"]));
    assert_eq!(s.teams(1), "drivers: , guides: ann");
    // bob becomes active: the directory still knows his groups
    s.seat(1, "bob", &["g1", "g2"]);
    assert_eq!(s.members(1), "ann[guides] bob[drivers guides]");
    // entering twice changes nothing, nor does a second seat
    s.run(|c| seats::enter(c, &tenant(1), "g1", &["ann", "bob"]));
    s.seat(1, "bob", &["g1"]);
    assert_eq!(s.teams(1), "drivers: bob, guides: ann bob");
    s.run(|c| seats::unseat(c, &tenant(1), "bob"));
    assert_eq!((s.members(1), s.teams(1)), ("ann[guides]".to_owned(), "drivers: , guides: ann".to_owned()));
    s.run(|c| seats::exit(c, &tenant(1), "g1", &["ann", "nobody"]));
    assert_eq!(s.members(1), "ann[]");
    s.run(|c| seats::close_team(c, &tenant(1), "g1"));
    assert_eq!(s.teams(1), "drivers: ");
}

#[test]
fn many_users_enter_and_exit_in_one_go() {
    let s = scratch();
    s.open_team(1, "g", "Guides");
    let users: Vec<String> = (0..1_234).map(|n| format!("user{n:04}")).collect();
    let named: Vec<&str> = users.iter().map(String::as_str).collect();
    s.run(|c| users.iter().try_for_each(|u| seats::seat(c, &tenant(1), u, &person(u), "member", &[], at(1))));
    s.run(|c| seats::enter(c, &tenant(1), "g", &named));
    assert_eq!(s.db.teams(&tenant(1)).expect("teams")[0].members.len(), 1_234);
    s.run(|c| seats::exit(c, &tenant(1), "g", &named[1..]));
    assert_eq!(s.teams(1), "guides: user0000");
}

#[test]
fn one_tenant_never_touches_another_with_the_same_ids() {
    let s = scratch();
    for n in [1, 2] {
        s.open_team(n, "g", "Guides");
        s.seat(n, "ann", &["g"]);
    }
    s.run(|c| seats::describe(c, &tenant(1), "ann", &person("anne")));
    s.run(|c| seats::rename_team(c, &tenant(1), "g", "Pilots"));
    s.run(|c| seats::exit(c, &tenant(1), "g", &["ann"]));
    s.run(|c| seats::unseat(c, &tenant(1), "ann"));
    s.run(|c| seats::close_team(c, &tenant(1), "g"));
    assert_eq!((s.members(1), s.teams(1)), (String::new(), String::new()));
    assert_eq!((s.members(2), s.teams(2)), ("ann[guides]".to_owned(), "guides: ann".to_owned()));
}

#[test]
fn a_rename_changes_the_name_and_keeps_the_slug() {
    let s = scratch();
    s.open_team(1, "g", "Guides");
    s.run(|c| seats::rename_team(c, &tenant(1), "g", "Pilots"));
    let teams = s.db.teams(&tenant(1)).expect("teams");
    assert_eq!((teams[0].slug.as_str(), teams[0].name.as_str()), ("guides", "Pilots"));
}

#[test]
fn slugs_of_like_names_are_numbered() {
    let s = scratch();
    // `guides-2` is taken by a name of its own; `guides-tour` and `guidesx` are no numbered ones
    for (group, name) in [("a", "Guides 2"), ("b", "Guides Tour"), ("c", "Guidesx")] {
        s.open_team(1, group, name);
    }
    for group in ["d", "e", "f"] {
        s.open_team(1, group, "guides");
    }
    assert_eq!(s.teams(1), "guides: , guides-2: , guides-3: , guides-4: , guides-tour: , guidesx: ");
    s.run(|c| seats::close_team(c, &tenant(1), "e"));
    s.open_team(1, "g", "GUIDES");
    assert!(s.teams(1).contains("guides-3"), "a free number is used again");
}

#[test]
fn what_a_user_is_called_follows_the_directory() {
    let s = scratch();
    s.seat(1, "ann", &[]);
    let renamed =
        Profile { user_name: "anne".to_owned(), display_name: Some("Anne".to_owned()), email: None };
    s.run(|c| seats::describe(c, &tenant(1), "ann", &renamed));
    let members = s.db.members(&tenant(1)).expect("members");
    assert_eq!((members[0].user_id.as_str(), members[0].user_name.as_str()), ("ann", "anne"));
    assert_eq!((members[0].display_name.as_deref(), members[0].email.as_deref()), (Some("Anne"), None));
}

#[test]
fn what_fails_in_a_transaction_leaves_nothing() {
    let s = scratch();
    s.open_team(1, "g", "Guides");
    let outcome: crate::storage::Result<()> = s.db.write(|c| {
        seats::seat(c, &tenant(1), "ann", &person("ann"), "member", &["g".to_owned()], at(1))?;
        let record = audit::Record {
            id: "1".to_owned(),
            at: at(1),
            key_id: "ABCDEFabcdef",
            action: "create",
            resource_type: "User",
            resource_id: "ann",
            notes: "{}".to_owned(),
        };
        audit::insert(c, &tenant(1), &record)?;
        Ok(audit::insert(c, &tenant(1), &record)?)
    });
    assert!(outcome.is_err(), "the second record has the key of the first");
    assert_eq!((s.members(1), s.teams(1)), (String::new(), "guides: ".to_owned()));
}

#[test]
fn five_cold_starts_at_once_all_succeed() {
    let dir = TempDir::new().expect("a directory");
    let path = dir.path().join("provost.db");
    let starts: Vec<_> = (0..5)
        .map(|_| {
            let path = path.clone();
            std::thread::spawn(move || Backend::prepare(&path).map(|(_, applied)| applied.len()))
        })
        .collect();
    let applied: Vec<usize> =
        starts.into_iter().map(|t| t.join().expect("runs").expect("prepared")).collect();
    assert_eq!(applied.iter().filter(|n| **n > 0).count(), 1, "one does the work: {applied:?}");
}

#[test]
fn a_missing_or_unmigrated_database_is_named_with_the_way_out() {
    let s = scratch();
    let missing = s.dir.path().join("missing.db");
    let refusal = Backend::open(&missing).map(drop).expect_err("missing");
    assert!(matches!(refusal, StorageError::NoDatabase(_)));
    assert!(!missing.exists(), "looking makes no file");
    let empty = s.dir.path().join("empty.db");
    std::fs::write(&empty, "").expect("written");
    let refusal = Backend::open(&empty).map(drop).expect_err("empty").to_string();
    assert!(refusal.contains("provost migrate"), "{refusal}");
    let other = s.dir.path().join("other.db");
    std::fs::write(&other, "this is no database, whatever its name says, and it is long enough to be one")
        .expect("written");
    assert!(Backend::open(&other).is_err());
    assert!(Backend::open(&s.dir.path().join("provost.db")).is_ok());
}
