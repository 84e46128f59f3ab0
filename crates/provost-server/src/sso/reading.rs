//! What of reread metadata takes effect by itself: a pure function of what was trusted, what came, and the time.
//!
//! An owner has trusted that address to speak for the entity ID, so certificates are followed. Nothing else is:
//! a change of where people are sent, or of the identity provider itself, waits for an owner, a test and a password.

use super::connection::{ConnectionId, Provider, Trusted};
use super::trouble::Amiss;
use crate::audit::By;
use crate::clock::{self, Timestamp};
use crate::jobs::Ending;
use crate::storage::{Result, asked};
use provost::hook::TenantId;

const HOUR_MS: i64 = 3_600_000;
/// By how much the hour between two readings varies, so that servers and organisations do not all ask at once.
const JITTER_MS: i64 = 6 * 60_000;
/// The most certificates trusted at once: twice as many as metadata can have.
const MOST: usize = 32;

asked! {
    trait ReadingStore {
        /// Takes a connection whose metadata is due. No other server takes it until `lease` is over.
        async fn take_reading(&self, now: Timestamp, lease: Timestamp) -> Result<Option<Due>>;

        /// Stores what a reading came to and when the next is due. Changes nothing if an owner has meanwhile changed the
        /// connection.
        async fn metadata_read(&self, by: By, due: Due, came: Came, next: Timestamp) -> Result<Vec<Change>>;

        /// Ends trust in a certificate at once. Refused for the last one and for one that the next reading would bring back.
        async fn end_trust(&self, by: By, tenant: TenantId, certificate: Fingerprint) -> Result<()>;

        /// Tells each owner who has joined, once, that the last certificate expires; returns whether anybody was told.
        async fn warn_of_certificate(&self, tenant: TenantId, ending: Ending, now: Timestamp) -> Result<bool>;

        /// Refused where all certificates have ended: nobody could sign in.
        async fn may_refuse_expired(&self, tenant: TenantId, now: Timestamp) -> Result<()>;

        /// Sets whether sign-ins signed with a certificate outside its dates are refused.
        async fn set_refuses_expired(&self, by: By, tenant: TenantId, refuses: bool) -> Result<()>;
    }
}

/// SHA-256 of a certificate.
pub(crate) type Fingerprint = [u8; 32];

/// A connection whose metadata is due.
#[derive(Debug, Clone)]
pub(crate) struct Due {
    pub(crate) tenant: TenantId,
    pub(crate) connection: ConnectionId,
    pub(crate) address: String,
}

/// What came from its address.
#[derive(Debug, Clone)]
pub(crate) enum Came {
    Metadata(Provider),
    /// Nothing readable: the reason.
    Nothing(String),
}

/// What a reading changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Change {
    Trusted(Fingerprint),
    /// No longer in the metadata.
    Gone(Fingerprint),
    /// Back in the metadata before trust in it ended.
    Back(Fingerprint),
    Ended(Fingerprint),
}

/// The state after a reading.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Merged {
    pub(crate) certificates: Vec<Trusted>,
    pub(crate) changes: Vec<Change>,
    pub(crate) amiss: Option<Amiss>,
}

/// After a reading from the stored address.
pub(crate) fn merged(before: &Provider, read: &Provider, now: Timestamp) -> Merged {
    if read.entity_id != before.entity_id {
        return without(before, Amiss::Entity(read.entity_id.clone()), now);
    }
    let (over, live): (Vec<&Trusted>, Vec<&Trusted>) =
        before.certificates.iter().partition(|one| one.is_over(now));
    let mut changes: Vec<Change> = over.iter().map(|one| Change::Ended(one.fingerprint)).collect();
    let mut certificates: Vec<Trusted> = live.into_iter().cloned().collect();
    for one in &mut certificates {
        match (has(&read.certificates, one), one.gone) {
            (false, None) => {
                one.gone = Some(now);
                changes.push(Change::Gone(one.fingerprint));
            }
            (true, Some(_)) => {
                one.gone = None;
                changes.push(Change::Back(one.fingerprint));
            }
            (true, None) | (false, Some(_)) => {}
        }
    }
    for new in &read.certificates {
        if !has(&certificates, new) {
            certificates.push(Trusted { first_seen: now, gone: None, ..new.clone() });
            changes.push(Change::Trusted(new.fingerprint));
        }
    }
    while certificates.len() > MOST {
        let Some(first) = first_gone(&certificates) else { break };
        certificates.retain(|one| one.fingerprint != first);
        changes.push(Change::Ended(first));
    }
    Merged { certificates, changes, amiss: moved(before, read) }
}

/// What is trusted, and what changes, when a draft replaces the connection in force, if there is one.
///
/// A draft from an address counts as a reading of it, and one older than the last reading is out of date. A pasted draft is
/// complete as it stands.
pub(crate) fn replaced(
    before: Option<&Provider>,
    draft: &Provider,
    now: Timestamp,
) -> (Vec<Trusted>, Vec<Change>) {
    let same = before.filter(|before| before.entity_id == draft.entity_id && draft.address.is_some());
    if let Some(same) = same {
        if same.address == draft.address && same.read >= draft.read {
            return (same.certificates.clone(), Vec::new());
        }
        let merged = merged(same, draft, now);
        return (merged.certificates, merged.changes);
    }
    let before = before.map_or(&[][..], |before| &before.certificates);
    let ended = before.iter().filter(|one| !has(&draft.certificates, one));
    let new = draft.certificates.iter().filter(|one| !has(before, one));
    let changes = ended
        .map(|one| Change::Ended(one.fingerprint))
        .chain(new.map(|one| Change::Trusted(one.fingerprint)))
        .collect();
    let known = |one: &Trusted| before.iter().find(|other| other.fingerprint == one.fingerprint);
    let first_seen = |one: &Trusted| known(one).map_or(one.first_seen, |known| known.first_seen);
    let certificates = draft.certificates.iter();
    (certificates.map(|one| Trusted { first_seen: first_seen(one), ..one.clone() }).collect(), changes)
}

/// After a reading that does not count. Trust that has run out still ends, except in the last certificate.
pub(crate) fn without(before: &Provider, amiss: Amiss, now: Timestamp) -> Merged {
    let certificates: Vec<Trusted> = before.trusted(now).into_iter().cloned().collect();
    let ended = before.certificates.iter().filter(|one| !has(&certificates, one));
    let changes = ended.map(|one| Change::Ended(one.fingerprint)).collect();
    Merged { certificates, changes, amiss: Some(amiss) }
}

fn has(certificates: &[Trusted], wanted: &Trusted) -> bool {
    certificates.iter().any(|one| one.fingerprint == wanted.fingerprint)
}

/// The certificate that left the metadata first.
fn first_gone(certificates: &[Trusted]) -> Option<Fingerprint> {
    let gone = certificates.iter().filter(|one| one.gone.is_some());
    gone.min_by_key(|one| one.gone).map(|one| one.fingerprint)
}

/// A changed address. An owner has to put it in force, since people will type their passwords there.
fn moved(before: &Provider, read: &Provider) -> Option<Amiss> {
    match () {
        () if read.sso_url != before.sso_url => Some(Amiss::SignOn(read.sso_url.clone())),
        () if read.logout_url != before.logout_url => {
            Some(Amiss::Logout(read.logout_url.clone().unwrap_or_default()))
        }
        () => None,
    }
}

/// When to read next: in an hour, varied by these random bits.
pub(crate) fn next_reading(now: Timestamp, random: u16) -> Timestamp {
    let off = i64::from(random) * 2 * JITTER_MS / i64::from(u16::MAX);
    Timestamp::from_millis(now.as_millis().saturating_add(HOUR_MS - JITTER_MS + off))
}

/// The next reading, varied by the system's randomness; in exactly an hour if there is none.
pub(crate) fn next_after(now: Timestamp) -> Timestamp {
    next_reading(now, clock::random().map_or(u16::MAX / 2, u16::from_be_bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    const T: i64 = 1_800_000_000_000;
    const DAY_MS: i64 = 24 * HOUR_MS;

    fn at(ms: i64) -> Timestamp {
        Timestamp::from_millis(T + ms)
    }

    fn certificate(name: u8) -> Trusted {
        Trusted { der: vec![name], fingerprint: [name; 32], first_seen: at(0), gone: None }
    }

    fn provider(certificates: Vec<Trusted>) -> Provider {
        Provider {
            entity_id: "https://idp.example/".to_owned(),
            sso_url: "https://idp.example/sso".to_owned(),
            logout_url: None,
            address: Some("https://idp.example/metadata".to_owned()),
            read: at(0),
            certificates,
        }
    }

    fn named(names: &[u8]) -> Provider {
        provider(names.iter().map(|name| certificate(*name)).collect())
    }

    fn gone(name: u8, ms: i64) -> Trusted {
        Trusted { gone: Some(at(ms)), ..certificate(name) }
    }

    #[test]
    fn what_is_read_unchanged_changes_nothing() {
        let before = named(&[1, 2]);
        let again = merged(&before, &named(&[2, 1]), at(HOUR_MS));
        let expected = Merged { certificates: before.certificates, changes: vec![], amiss: None };
        assert_eq!(again, expected);
    }

    /// Seen to fail: with the day of grace starting over at each reading.
    #[test]
    fn a_rollover_is_followed() {
        let rolled = merged(&named(&[1]), &named(&[2]), at(5));
        assert_eq!(rolled.changes, [Change::Gone([1; 32]), Change::Trusted([2; 32])]);
        assert_eq!(rolled.certificates, [gone(1, 5), Trusted { first_seen: at(5), ..certificate(2) }]);
        let after = |ms| merged(&provider(rolled.certificates.clone()), &named(&[2]), at(ms));
        assert_eq!(after(HOUR_MS).changes, []);
        assert_eq!(after(HOUR_MS).certificates, rolled.certificates, "the time of its going stays");
        assert_eq!(after(5 + DAY_MS - 1).changes, []);
        let over = after(5 + DAY_MS);
        assert_eq!(over.changes, [Change::Ended([1; 32])]);
        assert_eq!(over.certificates.len(), 1);
    }

    /// Seen to fail: with a certificate that came back and still loses trust.
    #[test]
    fn one_that_comes_back_in_time_stays() {
        let left = provider(vec![gone(1, 0), certificate(2)]);
        let back = merged(&left, &named(&[1, 2]), at(DAY_MS - 1));
        assert_eq!(
            (back.changes, back.certificates),
            (vec![Change::Back([1; 32])], named(&[1, 2]).certificates)
        );
        // too late, it counts as new
        let late = merged(&left, &named(&[1, 2]), at(DAY_MS));
        assert_eq!(late.changes, [Change::Ended([1; 32]), Change::Trusted([1; 32])]);
        assert!(
            late.certificates.iter().any(|one| one.fingerprint == [1; 32] && one.first_seen == at(DAY_MS))
        );
    }

    /// Seen to fail: with the last certificate ended.
    #[test]
    fn the_last_one_never_ends_by_itself() {
        let left = provider(vec![gone(1, 0), gone(2, 1)]);
        let why = || Amiss::Unread("the host answered 500 instead of 200".to_owned());
        let late = without(&left, why(), at(9 * DAY_MS));
        assert_eq!((late.changes, late.certificates), (vec![Change::Ended([1; 32])], vec![gone(2, 1)]));
        assert_eq!(left.trusted(at(9 * DAY_MS)), [&gone(2, 1)]);
        let alone = provider(vec![gone(1, 0)]);
        assert_eq!(without(&alone, why(), at(9 * DAY_MS)).changes, []);
        // it ends once there is another
        assert_eq!(
            merged(&alone, &named(&[2]), at(9 * DAY_MS)).changes,
            [Change::Ended([1; 32]), Change::Trusted([2; 32])]
        );
    }

    /// Seen to fail: with certificates taken from another identity provider.
    #[test]
    fn another_identity_provider_changes_nothing() {
        let (before, other) =
            (named(&[1]), Provider { entity_id: "https://other.example/".to_owned(), ..named(&[2]) });
        let read = merged(&before, &other, at(5));
        assert_eq!((read.certificates, read.changes), (before.certificates, vec![]));
        assert_eq!(read.amiss, Some(Amiss::Entity("https://other.example/".to_owned())));
    }

    #[test]
    fn another_address_waits_for_an_owner() {
        let before = named(&[1]);
        let moved = Provider { sso_url: "https://new.example/".to_owned(), ..named(&[2]) };
        let read = merged(&before, &moved, at(5));
        assert_eq!(read.amiss, Some(Amiss::SignOn("https://new.example/".to_owned())));
        assert_eq!(read.changes, [Change::Gone([1; 32]), Change::Trusted([2; 32])]);
        let logout = Provider { logout_url: Some("https://idp.example/out".to_owned()), ..named(&[1]) };
        let said = |before: &Provider, read: &Provider| merged(before, read, at(5)).amiss;
        assert_eq!(said(&before, &logout), Some(Amiss::Logout("https://idp.example/out".to_owned())));
        assert_eq!(said(&logout, &before), Some(Amiss::Logout(String::new())));
    }

    /// Seen to fail: with a draft that overrides a later reading, with one that cuts off the former certificate at once, and with
    /// a pasted one that keeps it.
    #[test]
    fn a_draft_follows_what_it_replaces() {
        let fetched = |ms, names: &[u8]| Provider { read: at(ms), ..named(names) };
        let pasted = |names: &[u8]| Provider { address: None, ..named(names) };
        let elsewhere =
            |provider: Provider| Provider { entity_id: "https://other.example/".to_owned(), ..provider };
        let (before, now) = (fetched(5, &[1]), at(9));
        let changes = |before: Option<&Provider>, draft: &Provider| replaced(before, draft, now).1;
        assert_eq!(replaced(Some(&before), &fetched(4, &[2]), now), (before.certificates.clone(), vec![]));
        assert_eq!(changes(Some(&before), &fetched(6, &[1])), []);
        let (certificates, rolled) = replaced(Some(&before), &fetched(6, &[2]), now);
        assert_eq!(rolled, [Change::Gone([1; 32]), Change::Trusted([2; 32])]);
        assert_eq!(certificates[0], gone(1, 9));
        let whole = [Change::Ended([1; 32]), Change::Trusted([2; 32])];
        assert_eq!(changes(Some(&before), &pasted(&[2])), whole);
        assert_eq!(changes(Some(&before), &elsewhere(fetched(6, &[2]))), whole);
        assert_eq!(changes(None, &fetched(6, &[2])), [Change::Trusted([2; 32])]);
        // a draft of other attributes copies a leaving certificate, which keeps its time
        let leaving = Provider { certificates: vec![gone(1, 6), certificate(2)], ..before };
        assert_eq!(replaced(Some(&leaving), &leaving, now), (leaving.certificates.clone(), vec![]));
    }

    /// Seen to fail: without the bound.
    #[test]
    fn certificates_that_change_every_hour_are_bounded() {
        let mut now = named(&[0]);
        for hour in 1..=60_u8 {
            let read = merged(&now, &named(&[hour, hour + 100]), at(i64::from(hour) * 60_000));
            now = provider(read.certificates);
            assert!(now.certificates.len() <= MOST);
        }
        assert!([60, 160].iter().all(|name| has(&now.certificates, &certificate(*name))));
        assert!(!has(&now.certificates, &certificate(1)), "the one gone for longest ends first");
    }

    #[test]
    fn it_is_read_again_in_about_an_hour() {
        let minutes = |random| (next_reading(at(0), random).as_millis() - T) / 60_000;
        assert_eq!((minutes(0), minutes(u16::MAX)), (54, 66));
    }
}
