//! A connection as shown: the identity provider, what is wrong with its metadata, and the trusted certificates.

use crate::clock::{Timestamp, day, minute};
use crate::console::pages::{Moment, sentence};
use crate::sso::{Connection, Trusted, called, certificates, is_entra, short, tenant};
use data_encoding::HEXLOWER;

const DAY_MS: i64 = 86_400_000;

pub(super) struct Shown {
    pub(super) called: String,
    pub(super) entity_id: String,
    pub(super) tenant: Option<String>,
    pub(super) sign_on: String,
    pub(super) logout: Option<String>,
    pub(super) address: Option<String>,
    pub(super) is_entra: bool,
    pub(super) read: Moment,
    /// What is wrong with the metadata, and what follows.
    pub(super) trouble: Option<[String; 2]>,
    pub(super) certificates: Vec<CertificateLine>,
}

/// A certificate in the list.
pub(super) struct CertificateLine {
    pub(super) fingerprint: String,
    /// The full fingerprint, if trust can be ended by hand.
    pub(super) endable: Option<String>,
    pub(super) from: String,
    pub(super) until: String,
    pub(super) first_seen: String,
    /// A lamp and a word.
    pub(super) lamp: &'static str,
    pub(super) word: String,
}

impl Shown {
    pub(super) fn of(connection: &Connection, now: Timestamp) -> Self {
        let provider = &connection.provider;
        let trusted = provider.trusted(now);
        let has_another = |one: &Trusted| trusted.iter().any(|other| other.fingerprint != one.fingerprint);
        let is_endable = |one: &Trusted| {
            connection.standing.tested().is_some()
                && (one.gone.is_some() || provider.address.is_none())
                && has_another(one)
        };
        let certificates = certificates(provider).into_iter().map(|(one, read)| {
            let [from, until] =
                [read.not_before(), read.not_after()].map(|at| Timestamp::from_millis(at.timestamp_millis()));
            let is_trusted = trusted.iter().any(|other| other.fingerprint == one.fingerprint);
            let (lamp, word) = word(one, is_trusted, [from, until], now);
            CertificateLine {
                fingerprint: short(&one.fingerprint),
                endable: is_endable(one).then(|| HEXLOWER.encode(&one.fingerprint)),
                from: day(from),
                until: day(until),
                first_seen: day(one.first_seen),
                lamp,
                word,
            }
        });
        let certificates = certificates.collect();
        let trouble = connection.trouble.as_ref().map(|trouble| {
            let what = format!("{}, since {}", trouble.amiss.what(), minute(trouble.since));
            [sentence(&what), quoted(&trouble.amiss.follows())]
        });
        Self {
            called: called(provider),
            entity_id: provider.entity_id.clone(),
            tenant: tenant(provider),
            sign_on: provider.sso_url.clone(),
            logout: provider.logout_url.clone(),
            is_entra: provider.address.as_deref().is_some_and(is_entra),
            address: provider.address.clone(),
            read: Moment(provider.read),
            trouble,
            certificates,
        }
    }
}

/// Messages mark what they quote as a terminal shows it; pages have quotation marks for that.
pub(super) fn quoted(text: &str) -> String {
    let mut is_open = false;
    let mark = |c: char| match c {
        '`' => {
            is_open = !is_open;
            if is_open { '“' } else { '”' }
        }
        other => other,
    };
    text.chars().map(mark).collect()
}

fn word(
    one: &Trusted,
    is_trusted: bool,
    [from, until]: [Timestamp; 2],
    now: Timestamp,
) -> (&'static str, String) {
    let left = until.as_millis().saturating_sub(now.as_millis()) / DAY_MS;
    match one.leaves() {
        _ if !is_trusted => ("off", "Trusted no longer".to_owned()),
        Some(leaves) if leaves > now => {
            ("warn", format!("Not in the metadata: leaves on {}", minute(leaves)))
        }
        Some(_) => ("warn", "Not in the metadata: the last one, so it stays".to_owned()),
        None if until < now => ("bad", "Ended".to_owned()),
        None if from > now => ("off", "Not yet good".to_owned()),
        None if left < 1 => ("warn", "Ends within a day".to_owned()),
        None if left == 1 => ("warn", "Ends in 1 day".to_owned()),
        None if left <= 60 => ("warn", format!("Ends in {left} days")),
        None => ("ok", "Trusted".to_owned()),
    }
}
