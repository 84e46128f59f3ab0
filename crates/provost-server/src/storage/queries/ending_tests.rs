//! Organisations that are switched off or deleted: what pauses, what ends, and what is left.

use super::hook_tests::{Scene, TENANT, patch, scene};
use super::outbox_tests::{at, create, mode, next, send};
use crate::audit::By;
use crate::clock::Timestamp;
use crate::jobs::OutboxStore;
use crate::organisations::{EndingStore, OrganisationStore, Tombstone};
use crate::people::Mode;
use crate::slug::Slug;
use crate::storage::StorageError;
use crate::storage::schema::{deleted_organisation, session};
use crate::tokens::{Maker, NewToken, TokenStore, issue};
use diesel::prelude::*;
use provost::hook::TenantId;
use serde_json::json;

const DAY_MS: i64 = 86_400_000;

fn acme() -> Slug {
    "acme".parse().expect("a slug")
}

async fn switch(s: &Scene, is_on: bool) {
    s.db.switch_organisation(By::somebody(at(0)), acme(), is_on).await.expect("switched");
}

/// Seen to fail: with mail that is sent.
#[tokio::test]
async fn its_mail_rests() {
    let s = scene().await;
    create(&s, "ann@example.com").await;
    switch(&s, false).await;
    assert!(next(&s.db, at(0)).await.is_none());
    let figures = s.db.outbox_figures(at(DAY_MS)).await.expect("counted");
    assert_eq!((figures.waiting, figures.oldest, figures.failed), (0, None, 0));
    mode(&s.db, Mode::Digest).await;
    s.break_by_hand(
        "insert into membership (tenant, id, account, email, email_key, role, role_source, state, managed_by, created) values \
         (7, 1, 1, 'o@example.com', 'o@example.com', 'owner', 'hand', 'joined', 'hand', 0)",
    );
    let noon = at(20_000 * DAY_MS + DAY_MS / 2);
    s.db.sweep(noon).await.expect("swept");
    switch(&s, true).await;
    mode(&s.db, Mode::Assignment).await;
    assert!(next(&s.db, noon).await.is_none(), "nothing was put in meanwhile");
    create(&s, "bob@example.com").await;
    switch(&s, false).await;
    assert_eq!(send(&s.db, at(0)).await, [""; 0]);
    switch(&s, true).await;
    assert_eq!(send(&s.db, at(0)).await, ["bob@example.com"]);
}

/// Seen to fail: with a write that was let in before.
#[tokio::test]
async fn a_write_that_was_let_in_before_changes_nothing() {
    let s = scene().await;
    let ann = create(&s, "ann@example.com").await;
    switch(&s, false).await;
    let (status, _) = s.ask("PATCH", &ann, &patch("replace", "active", &json!(false))).await;
    assert_eq!(status, 503, "the next request is refused at the door");
    switch(&s, true).await;
    let (status, _) = s.ask("PATCH", &ann, &patch("replace", "active", &json!(false))).await;
    assert_eq!(status, 200);
}

/// Seen to fail: with the sessions of others ended.
#[tokio::test]
async fn the_sessions_that_open_no_other_end_for_good() {
    let s = scene().await;
    let open = |s: &Scene| {
        let ids = session::table.filter(session::ended.is_null()).order(session::account);
        ids.select(session::account).load::<i64>(&mut super::aside(&s.dir)).expect("read")
    };
    for (account, tenant) in [(1, "7"), (2, "8"), (3, "null")] {
        s.break_by_hand(&format!(
            "insert into session (id, account, tenant, epoch, created, seen, ends, address, browser) \
             values (x'0{account}', {account}, {tenant}, 0, 0, 0, 9, '', '')"
        ));
    }
    switch(&s, false).await;
    assert_eq!(open(&s), [2, 3]);
    switch(&s, true).await;
    assert_eq!(open(&s), [2, 3]);
    s.db.delete_organisation(By::somebody(at(0)), acme()).await.expect("deleted");
    assert_eq!(open(&s), [2, 3]);
}

/// Seen to fail: with a token that is warned of.
#[tokio::test]
async fn nobody_is_warned_of_its_tokens() {
    let s = scene().await;
    let new = NewToken {
        tenant: TENANT,
        label: "Entra".to_owned(),
        expires: Some(at(DAY_MS)),
        read_only: false,
        maker: Maker::Command("maren@host-1".to_owned()),
    };
    let (_, row) = issue(new, at(0)).expect("a token");
    s.db.create_token(By::somebody(at(0)), row).await.expect("made");
    for (is_on, warned) in [(true, 1), (false, 0), (true, 1)] {
        switch(&s, is_on).await;
        assert_eq!(s.db.ending_tokens(at(DAY_MS)).await.expect("listed").len(), warned);
    }
}

/// Seen to fail: with the key of a deleted organisation given again.
#[tokio::test]
async fn what_is_left_of_a_deleted_one_is_a_tombstone() {
    let s = scene().await;
    create(&s, "ann@example.com").await;
    let organisation = s.db.organisation(&acme()).await.expect("there");
    s.db.delete_organisation(By::somebody(at(5)), acme()).await.expect("deleted");
    let left = s.db.deleted_organisations().await.expect("listed");
    let by = Some("maren@host-1".to_owned());
    assert_eq!(left, [Tombstone { tenant: TENANT, slug: acme(), at: Some(at(5)), by }]);
    let again = crate::organisations::Organisation { slug: "other".parse().expect("a slug"), ..organisation };
    let refused = s.db.create_organisation(By::somebody(at(6)), again).await.expect_err("refused");
    assert!(matches!(refused, StorageError::Refused(_)), "{refused}");
    let refused = s.db.organisation(&acme()).await.expect_err("gone").to_string();
    assert!(refused.starts_with("the organisation `acme` was deleted at 1970-01-01T00:00:10.005Z by maren@host-1"), "{refused}");
    assert_eq!(s.db.bury(By::somebody(at(7)), left.clone()).await.expect("there already"), []);
    assert_eq!(s.db.deleted_organisations().await.expect("listed"), left);
    let rows: Vec<(i64, Option<i64>)> = deleted_organisation::table
        .select((deleted_organisation::tenant, deleted_organisation::at))
        .load(&mut super::aside(&s.dir))
        .expect("read");
    assert_eq!(rows, [(TENANT.0, Some(at(5).as_millis()))]);
}

/// Seen to fail: with a short name that is not kept.
#[tokio::test]
async fn a_tombstone_holds_in_a_database_that_knows_less() {
    let s = scene().await;
    create(&s, "ann@example.com").await;
    let tombstone = |tenant, slug: &str| Tombstone {
        tenant: TenantId(tenant),
        slug: slug.parse().expect("a slug"),
        at: Some(Timestamp::from_millis(9)),
        by: None,
    };
    let all = vec![tombstone(TENANT.0, "acme-now"), tombstone(99, "brief")];
    let gone = s.db.bury(By::somebody(at(0)), all.clone()).await.expect("buried");
    assert_eq!(gone, ["acme-now".parse::<Slug>().expect("a slug")]);
    assert_eq!(s.db.deleted_organisations().await.expect("listed"), all);
    assert_eq!(s.db.organisations().await.expect("listed"), []);
    for slug in ["acme", "acme-now", "brief"] {
        let organisation = crate::organisations::Organisation {
            tenant: TenantId(5),
            slug: slug.parse().expect("a slug"),
            ..super::tests::organisation(1)
        };
        let refused = s.db.create_organisation(By::somebody(at(0)), organisation).await.expect_err("refused");
        assert!(matches!(refused, StorageError::SlugWasTaken(_)), "{slug}: {refused}");
    }
    assert_eq!(s.db.check(provost::SchemaSet::builtin(), 10).await.expect("checked"), []);
}
