//! Whose metadata is reread, and which readings count.

use super::hook_tests::{Scene, TENANT, scene};
use super::outbox_tests::{at, send};
use crate::access::AccountId;
use crate::audit::{Actor, By, How};
use crate::jobs::Ending;
use crate::sso::{
    Came, Change, Drafted, Due, LetInStore, Map, Provider, ReadingStore, Registered, RequireStore, SignOnStore, Trusted, last_end,
};
use crate::storage::StorageError;
use crate::clock::Timestamp;
use data_encoding::HEXLOWER;
use provost_testing::provider::metadata;

const HOUR_MS: i64 = 3_600_000;
const ADDRESS: &str = "https://idp.example/metadata";

fn certificate(name: u8) -> Trusted {
    Trusted { der: vec![name], fingerprint: [name; 32], first_seen: at(0), gone: None }
}

fn read(names: &[u8]) -> Came {
    Came::Metadata(Provider {
        entity_id: "https://idp.example/".to_owned(),
        sso_url: "https://idp.example/sso".to_owned(),
        logout_url: None,
        address: Some(ADDRESS.to_owned()),
        read: at(2),
        certificates: names.iter().map(|name| certificate(*name)).collect(),
    })
}

/// A connection in this state, due after an hour, that trusts one certificate.
async fn with(state: &str) -> Scene {
    let s = scene().await;
    let due = at(HOUR_MS).as_millis();
    let tested = match state {
        "draft" => "NULL, NULL, NULL, NULL, NULL",
        _ => "1, 77, 'x', 'https://provost.example', 'acme'",
    };
    s.break_by_hand(&format!(
        "INSERT INTO sso_connection (tenant, id, state, entity_id, sso_url, address, read, claim_id, claim_email, claim_first, claim_last, \
         due, tested, tested_by, tested_as, tested_url, tested_slug) VALUES (7, 1, '{state}', 'https://idp.example/', \
         'https://idp.example/sso', '{ADDRESS}', 1, 'a', 'b', 'c', 'd', {due}, {tested}); \
         INSERT INTO sso_certificate (tenant, connection, fingerprint, der, first_seen) VALUES (7, 1, x'{}', x'01', {})",
        "01".repeat(32),
        at(0).as_millis()
    ));
    s
}

async fn take(s: &Scene, ms: i64) -> Option<Due> {
    s.db.take_reading(at(ms), at(ms + 60_000)).await.expect("taken")
}

/// Seen to fail: with drafts read, and with disabled organisations read.
#[tokio::test]
async fn nothing_is_read_that_nobody_signs_in_by() {
    for (state, is_read) in [("on", true), ("tested", true), ("draft", false)] {
        let s = with(state).await;
        assert!(take(&s, HOUR_MS - 1).await.is_none(), "before it is due");
        assert_eq!(take(&s, HOUR_MS).await.is_some(), is_read, "{state}");
    }
    let s = with("on").await;
    s.break_by_hand("UPDATE organisation SET disabled = 1 WHERE tenant = 7");
    assert!(take(&s, HOUR_MS).await.is_none());
    s.break_by_hand("UPDATE organisation SET disabled = NULL WHERE tenant = 7");
    assert!(take(&s, HOUR_MS).await.is_some());
}

/// Seen to fail: with a reading that others can take too.
#[tokio::test]
async fn one_reading_is_one_servers() {
    let s = with("on").await;
    let all = futures_util::future::join_all((0..8).map(|_| take(&s, HOUR_MS))).await;
    assert_eq!(all.iter().flatten().count(), 1);
    assert!(take(&s, HOUR_MS + 59_999).await.is_none());
    assert!(take(&s, HOUR_MS + 60_000).await.is_some(), "the server that took it is gone");
}

/// Seen to fail: with a mail at each look, and with one that goes although there is another certificate.
#[tokio::test]
async fn each_owner_is_mailed_once_that_a_certificate_ends() {
    let s = with("on").await;
    s.break_by_hand(
        "INSERT INTO account (id, login_key, email, name, password, created) VALUES (77, 'o@x', 'o@x.example', 'O', 'x', 0); \
         INSERT INTO membership (tenant, id, email, email_key, role, role_source, state, managed_by, created, account) \
         VALUES (7, 77, 'o@x.example', 'o@x.example', 'owner', 'hand', 'joined', 'hand', 0, 77)",
    );
    // one that ends in a hundred years
    let provider = crate::sso::read(metadata("https://idp.example/sso").as_bytes(), None, at(0)).expect("metadata");
    let ends = last_end(&provider, at(0)).expect("an end");
    let der = HEXLOWER.encode(&provider.certificates[0].der);
    s.break_by_hand(&format!("UPDATE sso_certificate SET der = x'{der}'"));
    let before = |days: i64| Timestamp::from_millis(ends.as_millis() - days * 24 * HOUR_MS);
    let ending = |days| Ending { ends: ends.as_millis(), days, refuses: false, read_again: true };
    let warn = async |days| s.db.warn_of_certificate(TENANT, ending(days), before(days)).await.expect("put in");
    assert!(warn(30).await && !warn(30).await);
    assert_eq!(send(&s.db, before(30)).await, ["o@x.example"]);
    assert!(!warn(30).await, "it was sent");
    assert!(warn(7).await, "another warning");
    for (is_over, change, back) in [
        ("nobody signs in by it any more", "UPDATE sso_connection SET state = 'tested'", "UPDATE sso_connection SET state = 'on'"),
        ("no owner any more", "UPDATE membership SET role = 'manager' WHERE id = 77", "UPDATE membership SET role = 'owner' WHERE id = 77"),
        ("there is another one", "UPDATE sso_certificate SET der = x'01'", &format!("UPDATE sso_certificate SET der = x'{der}'")),
    ] {
        s.break_by_hand(change);
        assert_eq!(send(&s.db, before(7)).await, Vec::<String>::new(), "{is_over}");
        s.break_by_hand(back);
        assert!(warn(7).await);
    }
    assert_eq!(send(&s.db, ends).await, Vec::<String>::new(), "it has ended");
    assert!(warn(60).await);
    assert_eq!(send(&s.db, before(7)).await, Vec::<String>::new(), "a later warning is due");
}

/// If an owner changes the connection during a fetch, the result says nothing about the new one.
///
/// Seen to fail: with the result stored regardless.
#[tokio::test]
async fn a_reading_of_what_was_there_before_counts_for_nothing() {
    for change in [
        "UPDATE sso_connection SET address = 'https://idp.example/other'",
        "UPDATE sso_connection SET address = NULL, due = NULL",
        "UPDATE sso_connection SET id = 2; UPDATE sso_certificate SET connection = 2",
        "DELETE FROM sso_certificate; DELETE FROM sso_connection",
    ] {
        let s = with("on").await;
        let due = take(&s, HOUR_MS).await.expect("due");
        s.break_by_hand(change);
        let by = By::somebody(at(HOUR_MS));
        let changes = s.db.metadata_read(by, due, read(&[2]), at(2 * HOUR_MS)).await.expect("read");
        assert_eq!(changes, [], "{change}");
        let found = s.db.sign_on(TENANT).await.expect("read").in_force;
        assert!(found.is_none_or(|found| found.provider.certificates == [certificate(1)]), "{change}");
    }
    let s = with("on").await;
    let due = take(&s, HOUR_MS).await.expect("due");
    let by = By::somebody(at(HOUR_MS));
    let changes = s.db.metadata_read(by, due, read(&[2]), at(2 * HOUR_MS)).await.expect("read");
    assert_eq!(changes, [Change::Gone([1; 32]), Change::Trusted([2; 32])]);
}

/// Somebody was an owner when the page was shown, and is none when the form comes.
///
/// Seen to fail: without a look at the role.
#[tokio::test]
async fn whoever_is_no_owner_any_more_changes_nothing() {
    let s = with("on").await;
    let by = || {
        let (account, address) = (AccountId(9), [127, 0, 0, 1].into());
        By { actor: Actor::Person { account, login: "m@x".to_owned(), how: How::Password, address }, at: at(3) }
    };
    let registered = Registered { public_url: "https://provost.example".to_owned(), slug: "acme".parse().expect("a slug") };
    let answers = [
        ("draft", s.db.draft(by(), TENANT, Drafted::Map(Map::entra())).await),
        ("drop", s.db.drop_draft(by(), TENANT).await),
        ("on", s.db.turn_on(by(), TENANT, AccountId(9), registered).await),
        ("off", s.db.turn_off(by(), TENANT).await),
        ("let in", s.db.set_lets_in(by(), TENANT, true).await),
        ("end trust", s.db.end_trust(by(), TENANT, [1; 32]).await),
        ("refuse", s.db.set_refuses_expired(by(), TENANT, true).await),
        ("unrequire", s.db.unrequire_sign_on(by(), TENANT, None).await.map(drop)),
    ];
    for (what, answer) in answers {
        let is_refused = matches!(&answer, Err(StorageError::Refused(why)) if why.contains("your own role"));
        assert!(is_refused, "{what}: {answer:?}");
    }
}
