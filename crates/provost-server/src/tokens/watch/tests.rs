//! The watch on a real database.

use super::*;
use crate::audit::By;
use crate::organisations::{IdentityProvider, Organisation, OrganisationStore};
use crate::storage;
use crate::tokens::tests::row;
use crate::tokens::{Token, TokenRow};
use provost::Profile;
use provost::hook::TenantId;
use tempfile::TempDir;

const DAY_MS: i64 = 86_400_000;
const NOW: i64 = 1_800_000_000_000;

fn at(ms: i64) -> Timestamp {
    Timestamp::from_millis(ms)
}

fn key(n: u8) -> KeyId {
    Token::from_random([n; 16], [0; 32]).key_id().clone()
}

/// An organisation with tokens that expire after these numbers of days.
async fn scene(days: &[i64]) -> (TempDir, Storage) {
    let (dir, storage) = storage::scratch().await;
    let organisation = Organisation {
        tenant: TenantId(7),
        slug: "acme".parse().expect("a slug"),
        name: String::new(),
        profile: Profile::entra(),
        default_role: crate::people::Grantable::Member,
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
        created: at(0),
    };
    storage.create_organisation(By::somebody(Timestamp::from_millis(1)), organisation).await.expect("made");
    for (n, days) in (1..).zip(days) {
        let token = TokenRow { key_id: key(n), expires: Some(at(NOW + days * DAY_MS)), ..row() };
        storage.create_token(By::somebody(Timestamp::from_millis(1)), token).await.expect("made");
    }
    (dir, storage)
}

/// The warnings given at that time, as `days: tokens`.
async fn given(watch: &Watch, storage: &Storage, days: i64) -> Vec<String> {
    let warnings = watch.look(storage, at(NOW + days * DAY_MS)).await.expect("looked");
    let words = |(subject, tokens): (&Subject, &Vec<String>)| {
        let replaced = if subject.warning.is_replaced { " (replaced)" } else { "" };
        format!("{} {}{replaced}: {}", subject.org, subject.warning.ahead.days(), tokens.len())
    };
    warnings.iter().map(words).collect()
}

/// Seen to fail: with warnings given whether or not their rows existed.
#[tokio::test]
async fn each_warning_is_given_once_by_whichever_server_looks_first() {
    let (_dir, storage) = scene(&[40, 40, 90]).await;
    let (one, other) = (Watch::default(), Watch::default());
    assert!(given(&one, &storage, 9).await.is_empty());
    for (day, says) in [(10, "acme 30: 2"), (33, "acme 7: 2"), (39, "acme 1: 2")] {
        assert_eq!(given(&one, &storage, day).await, [says], "day {day}");
        assert!(given(&one, &storage, day).await.is_empty(), "once");
        assert!(given(&other, &storage, day).await.is_empty(), "not by another server");
    }
    assert_eq!(one.ending(), [(1, 2), (7, 2), (30, 2)]);
    assert!(given(&one, &storage, 20).await.is_empty(), "not when the clock is set back");
    assert_eq!(given(&one, &storage, 89).await, ["acme 1: 1"], "the nearest alone, after a long stop");
    assert_eq!(one.ending(), [(1, 1), (7, 1), (30, 1)], "those that have ended are not counted");
}

#[tokio::test]
async fn a_token_that_was_seen_to_be_over_stays_over() {
    let (_dir, storage) = scene(&[1, 9]).await;
    given(&Watch::default(), &storage, 2).await;
    let state = async |n| {
        let (token, _) = storage.token(&key(n)).await.expect("read").expect("there");
        token.state(at(NOW)).as_str()
    };
    assert_eq!((state(1).await, state(2).await), ("expired", "active"));
    given(&Watch::default(), &storage, 0).await;
    assert_eq!(state(1).await, "expired");
}

/// Seen to fail: with a replaced token treated like any other.
#[tokio::test]
async fn a_replaced_token_is_warned_of_on_its_last_day_if_the_new_one_was_never_used() {
    let (_dir, storage) = scene(&[40, 40]).await;
    for (old, new) in [(1, 11), (2, 12)] {
        let next = TokenRow { key_id: key(new), ..row() };
        storage
            .rotate_token(By::somebody(at(NOW)), key(old), next, at(NOW + 7 * DAY_MS))
            .await
            .expect("rotated");
    }
    storage.note_uses(vec![(key(12), at(NOW + 1))]).await.expect("used");
    let watch = Watch::default();
    assert!(given(&watch, &storage, 5).await.is_empty());
    assert_eq!(watch.ending(), [(1, 0), (7, 0), (30, 0)]);
    assert_eq!(given(&watch, &storage, 6).await, ["acme 1 (replaced): 1"]);
    assert!(given(&watch, &storage, 6).await.is_empty());
    assert_eq!(watch.ending(), [(1, 1), (7, 1), (30, 1)]);
}
