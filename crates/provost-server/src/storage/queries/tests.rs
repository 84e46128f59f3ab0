//! The statements against a real database.

use super::at::At;
use super::memberships::{self, For};
use super::{Conn, Lane, Storage, aside, teams};
use crate::audit::By;
use crate::audit::chain::ChainStore;
use crate::audit::{AuditStore, Record};
use crate::clock::{Keys, Timestamp};
use crate::organisations::{Organisation, OrganisationChange, OrganisationStore, IdentityProvider};
use crate::organisations::EndingStore;
use crate::people::{Called, Grantable, Held, ManagedBy, MembershipId, Origin, Stage, Standing};
use crate::slug::Slug;
use crate::storage::schema::{audit, membership, team, team_membership};
use crate::storage::{StorageError, sqlite};
use crate::tokens::{KeyId, Secret, StoredHash, TokenRow, TokenState, TokenStore};
use diesel::connection::{Connection, SimpleConnection};
use diesel::prelude::*;
use provost::hook::{HookError, ResourceRef, TenantId};
use provost::{ErrorKind, Id, Profile, StoreError, Version};
use std::path::Path;
use std::sync::{Arc, Barrier, mpsc};
use tempfile::TempDir;

/// A migrated database, deleted when this is dropped.
pub(super) struct Scratch {
    pub(super) dir: TempDir,
    pub(super) db: Storage,
    keys: Keys,
}

const PROVISIONED: Standing = Standing {
    managed_by: ManagedBy::Scim,
    role: Held::Given(Grantable::Member, Origin::Default),
    stage: Stage::Provisioned,
};

pub(super) async fn scratch() -> Scratch {
    let (dir, db) = sqlite::scratch().await;
    Scratch { dir, db, keys: Keys::new().expect("random") }
}

/// For threads that play the part of processes.
fn wait<F: Future>(work: F) -> F::Output {
    tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime").block_on(work)
}

async fn open(path: &Path) -> Result<Storage, StorageError> {
    sqlite::open(path, None).await
}

async fn prepare(path: &Path) -> Result<(Storage, Vec<String>), StorageError> {
    sqlite::prepare(path, None, By::somebody(Timestamp::from_millis(1))).await
}

pub(super) fn at(ms: i64) -> Timestamp {
    Timestamp::from_millis(ms)
}

pub(super) fn tenant(n: u8) -> TenantId {
    TenantId(n.into())
}

pub(super) fn slug(text: &str) -> Slug {
    text.parse().expect("a slug")
}

pub(super) fn organisation(n: u8) -> Organisation {
    Organisation {
        tenant: tenant(n),
        slug: slug(&format!("org-{n}")),
        name: format!("Organisation {n}"),
        profile: Profile::entra(),
        default_role: Grantable::Member,
        former_default_role: None,
        scim: true,
        inviting: crate::people::Inviting::default(),
        provider: IdentityProvider::Entra,
        brake: crate::brake::Brake::default(),
        silent_after: crate::silence::SilentAfter::default(),
        audit_keep: crate::audit::Keep::Forever,
        disabled: None,
        reopened: None,
        values_until: None,
        created: at(1_000),
    }
}

pub(super) fn token(n: u8, id: &str) -> TokenRow {
    TokenRow {
        key_id: KeyId::parse(id).expect("a key id"),
        tenant: tenant(n),
        hash: StoredHash { phc: Secret::new("$argon2id$..."), version: 1 },
        created: at(2_000),
        expires: Some(at(10_000)),
        ..crate::tokens::tests::row()
    }
}

impl Scratch {
    /// Runs statements on a separate connection.
    pub(super) fn run<T>(&self, job: impl FnOnce(&mut Conn) -> QueryResult<T>) -> T {
        job(&mut aside(&self.dir)).expect("statement")
    }
    pub(super) fn at(&self, n: u8) -> At<'_> {
        At { tenant: tenant(n), keys: &self.keys, now: at(1), doer: super::at::Doer::Provider }
    }
    fn grant(&self, n: u8, user: i64, groups: &[i64]) {
        self.run(|c| match memberships::insert(c, self.at(n), For::User(user, &Called::default()), PROVISIONED)? {
            Some(id) => teams::join_all(c, tenant(n), id, groups),
            None => Ok(()),
        });
    }
    fn revoke(&self, n: u8, user: i64) {
        let of_user = membership::table.filter(membership::tenant.eq(tenant(n).0));
        let of_user = of_user.filter(membership::user_seq.eq(user)).select(membership::id);
        self.run(|c| {
            let id = of_user.first(c)?;
            memberships::delete(c, tenant(n), MembershipId(id))
        });
    }
    pub(super) fn open_team(&self, n: u8, seq: i64, name: &str) {
        let id = Id::from(format!("group-{seq}"));
        let group = ResourceRef { resource_type: "Group", seq, id: &id };
        self.run(|c| teams::follow(c, self.at(n), group, name));
    }
    /// `slug: user user, slug: ...`
    fn teams(&self, n: u8) -> String {
        let teams: Vec<(i64, String)> = self.run(|c| {
            let all = team::table.filter(team::tenant.eq(tenant(n).0)).order(team::slug);
            all.select((team::id, team::slug)).load(c)
        });
        let shown = teams.iter().map(|(id, slug)| {
            let users: Vec<Option<i64>> = self.run(|c| {
                team_membership::table
                    .inner_join(membership::table.on(membership::id.eq(team_membership::membership)))
                    .filter(team_membership::tenant.eq(tenant(n).0))
                    .filter(membership::tenant.eq(tenant(n).0))
                    .filter(team_membership::team.eq(id))
                    .order(membership::user_seq)
                    .select(membership::user_seq)
                    .load(c)
            });
            let users: Vec<String> = users.iter().flatten().map(ToString::to_string).collect();
            format!("{slug}: {}", users.join(" "))
        });
        shown.collect::<Vec<_>>().join(", ")
    }
    fn members(&self, n: u8) -> Vec<i64> {
        let all = membership::table.filter(membership::tenant.eq(tenant(n).0)).order(membership::user_seq);
        let users: Vec<Option<i64>> = self.run(|c| all.select(membership::user_seq).load(c));
        users.into_iter().flatten().collect()
    }
    /// A column of the team of a group.
    pub(super) fn team_name(&self, n: u8, group: i64) -> (String, String) {
        let one = team::table.filter(team::tenant.eq(tenant(n).0)).filter(team::group_seq.eq(group));
        self.run(|c| one.select((team::slug, team::name)).first(c))
    }
}

#[tokio::test]
async fn organisations_are_made_changed_and_found_by_slug() {
    let s = scratch().await;
    s.db.create_organisation(By::somebody(Timestamp::from_millis(1)), organisation(2)).await.expect("made");
    s.db.create_organisation(By::somebody(Timestamp::from_millis(1)), organisation(1)).await.expect("made");
    assert_eq!(s.db.organisations().await.expect("list"), [organisation(1), organisation(2)]);
    let again = Organisation { tenant: tenant(9), ..organisation(1) };
    assert!(
        matches!(s.db.create_organisation(By::somebody(Timestamp::from_millis(1)), again).await, Err(StorageError::SlugTaken(taken)) if taken == slug("org-1"))
    );
    let change = OrganisationChange { name: Some("New".to_owned()), ..OrganisationChange::default() };
    let changed = s.db.update_organisation(By::somebody(Timestamp::from_millis(1)), slug("org-1"), change.clone()).await.expect("changed");
    assert_eq!(changed, Organisation { name: "New".to_owned(), ..organisation(1) });
    assert_eq!(
        s.db.organisation(&slug("org-2")).await.expect("other"),
        organisation(2),
        "the other is untouched"
    );
    assert!(matches!(s.db.organisation(&slug("none")).await, Err(StorageError::NoOrganisation(_))));
    assert!(matches!(
        s.db.update_organisation(By::somebody(Timestamp::from_millis(1)), slug("none"), change).await,
        Err(StorageError::NoOrganisation(_))
    ));
}

#[tokio::test]
async fn deleting_an_organisation_takes_its_own_rows_and_no_others() {
    let s = scratch().await;
    for n in [1, 2] {
        s.db.create_organisation(By::somebody(Timestamp::from_millis(1)), organisation(n)).await.expect("made");
        s.db.create_token(By::somebody(Timestamp::from_millis(1)), token(n, &format!("AAAAAAAAAAA{n}"))).await.expect("made");
        s.open_team(n, 10, "Guides");
        s.grant(n, 1, &[10]);
    }
    s.db.delete_organisation(By::somebody(Timestamp::from_millis(1)), slug("org-1")).await.expect("deleted");
    assert!(s.db.token(&KeyId::parse("AAAAAAAAAAA1").expect("id")).await.expect("look-up").is_none());
    assert_eq!((s.teams(1).as_str(), s.members(1)), ("", vec![]));
    assert_eq!((s.teams(2).as_str(), s.members(2)), ("guides: 1", vec![1]));
    assert!(s.db.token(&KeyId::parse("AAAAAAAAAAA2").expect("id")).await.expect("look-up").is_some());
    assert!(matches!(s.db.delete_organisation(By::somebody(Timestamp::from_millis(1)), slug("org-1")).await, Err(StorageError::WasDeleted { .. })));
    assert!(matches!(s.db.organisation(&slug("org-1")).await, Err(StorageError::WasDeleted { .. })));
    assert_eq!(s.db.organisation(&slug("org-2")).await.expect("the other"), organisation(2));
}

#[tokio::test]
async fn a_token_is_read_with_its_organisation_and_revoked_once() {
    let s = scratch().await;
    s.db.create_organisation(By::somebody(Timestamp::from_millis(1)), organisation(1)).await.expect("made");
    let new = token(1, "ABCDEFabcdef");
    s.db.create_token(By::somebody(Timestamp::from_millis(1)), new.clone()).await.expect("made");
    let (read, of) = s.db.token(&new.key_id).await.expect("look-up").expect("there");
    assert_eq!(
        (read.hash.phc.reveal(), read.hash.version, read.expires),
        ("$argon2id$...", 1, Some(at(10_000)))
    );
    assert_eq!(of, organisation(1));
    assert_eq!((read.state(at(9_999)), read.state(at(10_000))), (TokenState::Active, TokenState::Expired));
    let lower = KeyId::parse("abcdefABCDEF").expect("a key id");
    assert!(s.db.token(&lower).await.expect("look-up").is_none(), "key ids differ by case");

    s.db.note_uses(vec![(new.key_id.clone(), at(3_000))]).await.expect("touched");
    assert_eq!(
        s.db.revoke_token(By::somebody(at(4_000)), new.key_id.clone()).await.expect("revoked").revoked,
        Some(at(4_000))
    );
    let again = s.db.revoke_token(By::somebody(at(5_000)), new.key_id.clone()).await.expect("still revoked");
    assert_eq!((again.revoked, again.last_used), (Some(at(4_000)), Some(at(3_000))));
    assert_eq!(again.state(at(4_500)), TokenState::Revoked);
    assert!(matches!(s.db.revoke_token(By::somebody(at(1)), lower).await, Err(StorageError::NoToken(_))));
}

#[tokio::test]
async fn a_token_needs_its_organisation() {
    let s = scratch().await;
    assert!(s.db.create_token(By::somebody(Timestamp::from_millis(1)), token(1, "ABCDEFabcdef")).await.is_err());
}

#[tokio::test]
async fn the_first_organisation_is_founded_once() {
    let s = scratch().await;
    assert!(s.db.create_first(By::somebody(Timestamp::from_millis(1)), organisation(1), Some(token(1, "AAAAAAAAAAA1"))).await.expect("founded"));
    assert!(!s.db.create_first(By::somebody(Timestamp::from_millis(1)), organisation(2), Some(token(2, "AAAAAAAAAAA2"))).await.expect("looked"));
    assert_eq!(s.db.organisations().await.expect("list").len(), 1);
    assert_eq!(s.db.tokens(tenant(1)).await.expect("tokens").len(), 1);
}

/// A transaction that reads before it writes must take the write lock at its start. Otherwise SQLite refuses it at once
/// if another process has written since the read.
#[tokio::test]
async fn eight_processes_that_found_at_once_all_get_an_answer() {
    for _ in 0..10 {
        let s = scratch().await;
        let path = s.dir.path().join("provost.db");
        let barrier = Arc::new(Barrier::new(8));
        let founders: Vec<_> = (1..=8)
            .map(|n| {
                let (path, barrier) = (path.clone(), barrier.clone());
                std::thread::spawn(move || {
                    wait(async {
                        let db = open(&path).await.expect("opened");
                        barrier.wait();
                        db.create_first(By::somebody(Timestamp::from_millis(1)), organisation(n), Some(token(n, &format!("AAAAAAAAAAA{n}")))).await
                    })
                })
            })
            .collect();
        let founded: Vec<bool> =
            founders.into_iter().map(|f| f.join().expect("runs").expect("answered")).collect();
        assert_eq!(founded.iter().filter(|f| **f).count(), 1, "{founded:?}");
    }
}

#[tokio::test]
async fn a_place_in_a_team_needs_group_and_membership() {
    let s = scratch().await;
    s.open_team(1, 10, "Guides");
    s.open_team(1, 20, "Drivers");
    s.grant(1, 1, &[]);
    // 2 is in the group and inactive
    s.run(|c| teams::join(c, tenant(1), 10, &[1, 2]));
    assert_eq!(s.teams(1), "drivers: , guides: 1");
    // 2 becomes active: the directory still knows the groups
    s.grant(1, 2, &[10, 20]);
    assert_eq!((s.teams(1).as_str(), s.members(1)), ("drivers: 2, guides: 1 2", vec![1, 2]));
    // joining twice changes nothing, nor does a second membership
    s.run(|c| teams::join(c, tenant(1), 10, &[1, 2]));
    s.grant(1, 2, &[10]);
    assert_eq!(s.teams(1), "drivers: 2, guides: 1 2");
    s.revoke(1, 2);
    assert_eq!((s.teams(1).as_str(), s.members(1)), ("drivers: , guides: 1", vec![1]));
    s.run(|c| teams::leave(c, tenant(1), 10, &[1, 99]));
    assert_eq!((s.teams(1).as_str(), s.members(1)), ("drivers: , guides: ", vec![1]));
    s.run(|c| teams::unfollow(c, tenant(1), 10));
    assert_eq!(s.teams(1), "drivers: ");
}

#[tokio::test]
async fn many_users_enter_and_exit_in_one_go() {
    let s = scratch().await;
    s.open_team(1, 10, "Guides");
    let users: Vec<i64> = (1..=1_234).collect();
    let grant = |c: &mut Conn| {
        let insert = |user: &i64| memberships::insert(c, s.at(1), For::User(*user, &Called::default()), PROVISIONED).map(drop);
        users.iter().try_for_each(insert)
    };
    s.run(grant);
    s.run(|c| teams::join(c, tenant(1), 10, &users));
    assert!(s.teams(1).ends_with(" 1233 1234"));
    s.run(|c| teams::leave(c, tenant(1), 10, &users[1..]));
    assert_eq!(s.teams(1), "guides: 1");
}

#[tokio::test]
async fn one_tenant_never_touches_another_with_the_same_keys() {
    let s = scratch().await;
    for n in [1, 2] {
        s.open_team(n, 10, "Guides");
        s.grant(n, 1, &[10]);
    }
    s.run(|c| teams::rename(c, tenant(1), 10, "Pilots"));
    s.run(|c| teams::leave(c, tenant(1), 10, &[1]));
    s.revoke(1, 1);
    s.run(|c| teams::unfollow(c, tenant(1), 10));
    assert_eq!((s.teams(1).as_str(), s.members(1)), ("", vec![]));
    assert_eq!((s.teams(2).as_str(), s.members(2)), ("guides: 1", vec![1]));
    assert_eq!(s.team_name(2, 10).1, "Guides");
}

#[tokio::test]
async fn a_rename_changes_the_name_and_keeps_the_slug() {
    let s = scratch().await;
    s.open_team(1, 10, "Guides");
    s.run(|c| teams::rename(c, tenant(1), 10, "Pilots"));
    assert_eq!(s.team_name(1, 10), ("guides".to_owned(), "Pilots".to_owned()));
}

#[tokio::test]
async fn slugs_of_like_names_are_numbered() {
    let s = scratch().await;
    // `guides-2` is taken as a name of its own; `guides-tour` and `guidesx` are not numbered
    for (group, name) in [(1, "Guides 2"), (2, "Guides Tour"), (3, "Guidesx")] {
        s.open_team(1, group, name);
    }
    for group in [4, 5, 6] {
        s.open_team(1, group, "guides");
    }
    assert_eq!(s.teams(1), "guides: , guides-2: , guides-3: , guides-4: , guides-tour: , guidesx: ");
    s.run(|c| teams::unfollow(c, tenant(1), 5));
    s.open_team(1, 7, "GUIDES");
    // after the last one taken; a gap before it may stay
    assert!(s.teams(1).contains("guides-5"), "{}", s.teams(1));
}

#[tokio::test]
async fn five_cold_starts_at_once_all_succeed() {
    let dir = TempDir::new().expect("a directory");
    let path = dir.path().join("provost.db");
    let starts: Vec<_> = (0..5)
        .map(|_| {
            let path = path.clone();
            std::thread::spawn(move || wait(prepare(&path)).map(|(_, applied)| applied.len()))
        })
        .collect();
    let applied: Vec<usize> =
        starts.into_iter().map(|t| t.join().expect("runs").expect("prepared")).collect();
    assert_eq!(applied.iter().filter(|n| **n > 0).count(), 1, "one does the work: {applied:?}");
}

#[tokio::test]
async fn a_missing_or_unmigrated_database_is_named_with_the_way_out() {
    let s = scratch().await;
    let missing = s.dir.path().join("missing.db");
    let refusal = open(&missing).await.map(drop).expect_err("missing");
    assert!(matches!(refusal, StorageError::NoDatabase(_)));
    assert!(!missing.exists(), "looking makes no file");
    let empty = s.dir.path().join("empty.db");
    std::fs::write(&empty, "").expect("written");
    let refusal = open(&empty).await.map(drop).expect_err("empty").to_string();
    assert!(refusal.contains("provost migrate"), "{refusal}");
    let other = s.dir.path().join("other.db");
    std::fs::write(&other, "this is no database, whatever its name says, and it is long enough to be one")
        .expect("written");
    assert!(open(&other).await.is_err());
    let foreign = s.dir.path().join("foreign.db");
    SimpleConnection::batch_execute(
        &mut Conn::establish(foreign.to_str().expect("UTF-8")).expect("made"),
        "CREATE TABLE theirs (id INTEGER)",
    )
    .expect("made");
    let before = std::fs::read(&foreign).expect("read");
    assert!(matches!(open(&foreign).await.map(drop), Err(StorageError::Foreign(_))));
    assert!(matches!(prepare(&foreign).await.map(drop), Err(StorageError::Foreign(_))));
    assert!(std::fs::read(&foreign).expect("read") == before, "a foreign database stays as it is");
    assert!(open(&s.dir.path().join("provost.db")).await.is_ok());
}

#[cfg(unix)]
#[tokio::test]
async fn the_file_is_for_its_owner_alone() {
    use std::os::unix::fs::PermissionsExt;
    let s = scratch().await;
    for file in std::fs::read_dir(s.dir.path()).expect("listed") {
        let mode = file.expect("entry").metadata().expect("metadata").permissions().mode();
        assert_eq!(mode & 0o077, 0, "{mode:o}");
    }
}

/// Seen to fail: without the check of the migrations, both open it.
#[tokio::test]
async fn what_a_newer_version_changed_is_refused() {
    let s = scratch().await;
    let path = s.dir.path().join("provost.db");
    let newer = "insert into __diesel_schema_migrations (version) values ('20990101000000')";
    s.run(|c| diesel::sql_query(newer).execute(c));
    let refused = open(&path).await.map(drop).expect_err("it is newer").to_string();
    let made_by = concat!("version ", env!("CARGO_PKG_VERSION"), " of Provost changed the database");
    assert!(refused.starts_with(made_by), "{refused}");
    s.run(|c| diesel::sql_query("delete from setting").execute(c));
    let refused = open(&path).await.map(drop).expect_err("it is newer").to_string();
    assert!(refused.starts_with("a newer version of Provost (step 20990101000000) changed"), "{refused}");
    // later versions may change more
    let gone = "drop table setting";
    s.run(|c| diesel::sql_query(gone).execute(c));
    for outcome in [open(&path).await, prepare(&path).await.map(|(db, _)| db)] {
        let refused = outcome.map(drop).expect_err("it is newer");
        assert!(matches!(refused, StorageError::Newer { .. }), "{refused}");
    }
}

/// A reader keeps the log, which may still contain deleted data.
///
/// Seen to fail: with SQLite's answer ignored, the file counts as overwritten.
#[tokio::test]
async fn a_file_whose_log_is_held_does_not_count_as_overwritten() {
    let dir = TempDir::new().expect("a directory");
    let path = dir.path().join("provost.db");
    std::fs::copy(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/old/old.db"), &path).expect("copied");
    let (db, _) = prepare(&path).await.expect("a database");
    assert!(!db.is_overwritten().await.expect("read"), "an earlier release wrote it");
    let mut reader = Conn::establish(path.to_str().expect("UTF-8")).expect("opened");
    reader.batch_execute("BEGIN; SELECT count(*) FROM organisation;").expect("read");
    assert!(matches!(db.vacuum().await, Err(StorageError::Unavailable)));
    assert!(!db.is_overwritten().await.expect("read"));
    reader.batch_execute("COMMIT").expect("ended");
    db.vacuum().await.expect("written anew");
    assert!(db.is_overwritten().await.expect("read"));
}

/// More changes of an organisation are queued than it may have; its refusal is still recorded, ahead of them.
///
/// Seen to fail: with the record in the lane for changes.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_refusal_is_recorded_ahead_of_the_changes_that_wait() {
    let s = scratch().await;
    s.db.create_organisation(By::somebody(Timestamp::from_millis(1)), organisation(1)).await.expect("made");
    let database = s.db.database();
    // a job holds the writer until the channel's other end is dropped, however this test ends
    let (started, running) = mpsc::channel();
    let (open, gate) = mpsc::channel::<()>();
    let held = database.clone();
    let first = tokio::spawn(async move {
        let hold = move |_: &mut Conn| {
            started.send(()).expect("somebody waits");
            let _ = gate.recv();
            Ok::<_, StoreError>(())
        };
        held.write_in(Lane::Tenant(tenant(9)), hold).await
    });
    running.recv().expect("it runs");
    let recorded = |conn: &mut Conn| Ok::<_, HookError>(audit::table.count().get_result::<i64>(conn)?);
    let mut changes = Vec::new();
    loop {
        let (db, lane) = (database.clone(), Lane::Tenant(tenant(1)));
        let mut change = Box::pin(async move { db.write_in(lane, recorded).await });
        match poll_once(&mut change).await {
            None => changes.push(change),
            Some(full) => {
                assert!(matches!(full, Err(HookError::Store(StoreError::Crowded { .. }))), "{full:?}");
                break;
            }
        }
    }
    let record = Record {
        tenant: tenant(1),
        at: at(1),
        actor: "actor".into(),
        origin: "request-1".into(),
        operation: "delete",
        resource_type: "User".to_owned(),
        resource_id: String::new(),
        version: Version(0),
        changed: false,
        notes: serde_json::json!({}),
        words: serde_json::Map::new(),
        error: Some(ErrorKind::NotFound),
    };
    let mut record = Box::pin(s.db.record(vec![record]));
    assert!(poll_once(&mut record).await.is_none(), "queued");
    drop(open);
    record.await.expect("recorded");
    first.await.expect("no panic").expect("done");
    let mut before = 0;
    for change in changes {
        before += u32::from(change.await.expect("done") == 0);
    }
    assert!(before <= 1, "{before} changes were done before");
}

async fn poll_once<F: Future + Unpin>(future: &mut F) -> Option<F::Output> {
    std::future::poll_fn(|cx| match std::pin::Pin::new(&mut *future).poll(cx) {
        std::task::Poll::Ready(done) => std::task::Poll::Ready(Some(done)),
        std::task::Poll::Pending => std::task::Poll::Ready(None),
    })
    .await
}

/// A record of a write, refused if there is an error.
pub(super) fn record(n: u8, ms: i64, error: Option<ErrorKind>) -> Record {
    Record {
        tenant: tenant(n),
        at: at(ms),
        actor: "AAAAAAAAAAAA".into(),
        origin: "request-1".into(),
        operation: "update",
        resource_type: "User".to_owned(),
        resource_id: "ann".to_owned(),
        version: Version(1),
        changed: error.is_none(),
        notes: serde_json::json!({}),
        words: serde_json::Map::new(),
        error,
    }
}

/// Unsealed records are kept for now.
///
/// Seen to fail: with successful writes removed too, with all removed in one write, and with the newest removed instead
/// of the oldest.
#[tokio::test]
async fn refused_writes_are_forgotten_by_number_and_age_and_nothing_else_is() {
    let s = scratch().await;
    for n in [1, 2] {
        s.db.create_organisation(By::somebody(Timestamp::from_millis(1)), organisation(n)).await.expect("made");
    }
    let refused = |n, ms| record(n, ms, Some(ErrorKind::InvalidValue));
    s.db.record((0..1_300).map(|ms| refused(1, ms)).collect()).await.expect("recorded");
    s.db.record((0..10).map(|ms| record(1, ms, None)).collect()).await.expect("recorded");
    s.db.record((0..10).map(|ms| refused(2, ms)).collect()).await.expect("recorded");
    assert!(!s.db.forget_refused(tenant(1), 200, at(0)).await.expect("looked"));
    for n in [1, 2] {
        let all = s.db.unsealed(tenant(n), String::new(), "g".to_owned(), 2_000).await.expect("records");
        s.db.seal(tenant(n), all).await.expect("sealed");
    }
    let left = |n: u8, of_refused: bool| {
        let of_tenant = audit::table.filter(audit::tenant.eq(tenant(n).0)).filter(audit::made_by.is_null());
        let of_tenant = of_tenant.order(audit::at);
        let rows: Vec<(i64, Option<String>)> = s.run(|c| of_tenant.select((audit::at, audit::error)).load(c));
        rows.into_iter().filter(|(_, e)| e.is_some() == of_refused).map(|(at, _)| at).collect::<Vec<_>>()
    };
    let mut more = Vec::new();
    for _ in 0..4 {
        more.push(s.db.forget_refused(tenant(1), 200, at(0)).await.expect("removed"));
        more.push(left(1, true).len() == 200);
    }
    assert_eq!(more, [true, false, true, false, false, true, false, true], "500, 500, 100, and no more");
    assert_eq!(left(1, true), (1_100..1_300).collect::<Vec<_>>(), "the newest are kept");
    assert!(!s.db.forget_refused(tenant(1), 200, at(1_250)).await.expect("removed"));
    assert_eq!(left(1, true), (1_250..1_300).collect::<Vec<_>>());
    assert_eq!((left(1, false).len(), left(2, true).len()), (10, 10));
}
