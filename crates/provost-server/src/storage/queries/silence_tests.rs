//! Which calls count as coming after a pause, and how often owners are told of silence.

use super::hook_tests::{Scene, TENANT, scene};
use super::outbox_tests::{at, next};
use super::silence;
use crate::audit::By;
use crate::checks::WhySilent;
use crate::jobs::{Content, JobState, OutboxStore};
use crate::silence::{PAUSE_MS, SilenceStore};
use crate::tokens::{KeyId, Maker, NewToken, TokenStore, issue};

const HOUR_MS: i64 = 3_600_000;
const DAY_MS: i64 = 24 * HOUR_MS;

async fn token(s: &Scene, read_only: bool) -> KeyId {
    let maker = Maker::Command("test".to_owned());
    let new = NewToken { tenant: TENANT, label: String::new(), read_only, expires: None, maker };
    let (token, row) = issue(new, at(0)).expect("a token");
    s.db.create_token(By::somebody(at(0)), row).await.expect("made");
    token.key_id().clone()
}

async fn used(s: &Scene, key_id: &KeyId, ms: i64) {
    s.db.note_uses(vec![(key_id.clone(), at(ms))]).await.expect("noted");
}

/// Returns in hours, with the pauses before them.
async fn returns(s: &Scene) -> Vec<(i64, i64)> {
    let found = s.db.scan(move |conn| Ok(silence::returns(conn, TENANT)?)).await.expect("read");
    let zero = at(0).as_millis();
    found.into_iter().map(|it| ((it.at.as_millis() - zero) / HOUR_MS, it.paused_ms / HOUR_MS)).collect()
}

/// Seen to fail: with a read-only token, with one more kept, and with times from a clock that was ahead.
#[tokio::test]
async fn the_last_five_calls_after_a_pause_are_kept() {
    let s = scene().await;
    let (one, two, reader) = (token(&s, false).await, token(&s, false).await, token(&s, true).await);
    used(&s, &one, 0).await;
    used(&s, &one, PAUSE_MS).await;
    assert_eq!(returns(&s).await, [], "neither the first call nor one in time");
    used(&s, &one, 10 * HOUR_MS).await;
    assert_eq!(returns(&s).await, [(10, 8)]);
    used(&s, &two, 11 * HOUR_MS).await;
    used(&s, &one, 12 * HOUR_MS).await;
    assert_eq!(returns(&s).await, [(10, 8)], "the other one was used meanwhile");
    used(&s, &reader, 30 * HOUR_MS).await;
    used(&s, &reader, 40 * HOUR_MS).await;
    used(&s, &one, 42 * HOUR_MS).await;
    assert_eq!(returns(&s).await, [(10, 8), (42, 30)], "who reads is no identity provider");
    for hours in [100, 200, 300, 400] {
        used(&s, &one, hours * HOUR_MS).await;
    }
    assert_eq!(returns(&s).await, [(42, 30), (100, 58), (200, 100), (300, 100), (400, 100)]);
    // a clock that was ahead for a while
    used(&s, &two, 9_000 * HOUR_MS).await;
    used(&s, &two, 401 * HOUR_MS).await;
    used(&s, &two, 410 * HOUR_MS).await;
    assert_eq!(returns(&s).await, [(100, 58), (200, 100), (300, 100), (400, 100), (410, 9)]);
}

/// An owner and a manager, both joined.
fn owned(s: &Scene) {
    s.break_by_hand(
        "insert into membership (tenant, id, email, email_key, account, role, role_source, state, managed_by, created) \
         values (7, 1, 'o@x.example', 'o@x.example', 1, 'owner', 'hand', 'joined', 'hand', 0), \
                (7, 2, 'm@x.example', 'm@x.example', 2, 'manager', 'hand', 'joined', 'hand', 0)",
    );
}

/// The number of mails.
async fn mails(s: &Scene) -> usize {
    let jobs = s.db.outbox(TENANT, JobState::ALL.to_vec(), 100).await.expect("listed");
    jobs.iter().filter(|job| job.name.0.starts_with("silence/")).count()
}

/// Seen to fail: with a mail at each look, with weeks of one day, and with times from a fast clock counted for ever.
#[tokio::test]
async fn owners_are_told_once_a_day_at_most() {
    let s = scene().await;
    owned(&s);
    let mut told = Vec::new();
    for minutes in (0..20 * 24 * 60).step_by(5) {
        let now = minutes * 60_000;
        // it comes back every ten hours in the first days
        let since = if now < 3 * DAY_MS { now - now % (10 * HOUR_MS) } else { 3 * DAY_MS };
        if s.db.warn_of_silence(TENANT, at(since), at(now)).await.expect("told") {
            told.push(now / HOUR_MS);
        }
    }
    assert_eq!(told, [0, 24, 48, 72, 96, 120, 144, 168, 192, 216, 240, 408]);
    assert_eq!(mails(&s).await, told.len());
    s.break_by_hand("UPDATE silence SET told = told + 864000000");
    assert!(s.db.warn_of_silence(TENANT, at(19 * DAY_MS), at(20 * DAY_MS)).await.expect("told"));
}

/// Seen to fail: with a mail about a silence that is over.
#[tokio::test]
async fn a_mail_says_what_is_so_when_it_is_sent() {
    let s = scene().await;
    owned(&s);
    let key_id = token(&s, false).await;
    used(&s, &key_id, 0).await;
    assert!(s.db.warn_of_silence(TENANT, at(0), at(3 * HOUR_MS)).await.expect("told"));
    let order = next(&s.db, at(3 * HOUR_MS)).await.expect("due");
    let Content::Silence { silence, .. } = order.content else { panic!("{:?}", order.content) };
    assert_eq!((silence.since, silence.why, order.to.to_string()), (at(0), WhySilent::Unknown, "o@x.example".to_owned()));
    assert!(s.db.warn_of_silence(TENANT, at(0), at(28 * HOUR_MS)).await.expect("told"));
    used(&s, &key_id, 28 * HOUR_MS).await;
    assert!(next(&s.db, at(28 * HOUR_MS)).await.is_none(), "it calls again");
}

/// Seen to fail: with the state from before the transaction used inside it.
#[tokio::test]
async fn of_several_who_tell_at_once_one_does() {
    let s = scene().await;
    owned(&s);
    let tell = || s.db.warn_of_silence(TENANT, at(0), at(3 * HOUR_MS));
    let (one, two, three) = tokio::join!(tell(), tell(), tell());
    let told = [one, two, three].map(|told| told.expect("told"));
    assert_eq!((told.iter().filter(|told| **told).count(), mails(&s).await), (1, 1));
}
