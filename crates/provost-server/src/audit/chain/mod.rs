//! The chain: each record of a trail is sealed by a hash over it and the previous seal. Changing, removing, adding or
//! moving a sealed record breaks the chain there.
//!
//! [`follower`] seals new records in batches and counts them; no writer waits for it. [`verify`] finds the first fault.
//! [`checkpoint`] is the signed head of a chain, to be kept elsewhere: anyone who can write to the whole database can
//! forge another chain, but not a head that was kept.

pub(crate) mod checkpoint;
pub(crate) mod follower;
pub(crate) mod hourly;
mod store;
pub(crate) mod verify;

pub(crate) use hourly::Count;
pub(crate) use store::ChainStore;

use sha2::{Digest, Sha256};

pub(crate) type Hash = [u8; 32];

/// The hash before the first seal.
pub(crate) const NOTHING: Hash = [0; 32];

/// The beginning of every hashed text; a future format will have another.
const FORM: &[u8] = b"provost audit 1\n";

/// A record as stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Stored {
    pub(crate) tenant: i64,
    pub(crate) id: String,
    pub(crate) at: i64,
    pub(crate) actor: String,
    pub(crate) request_id: String,
    pub(crate) operation: String,
    pub(crate) resource_type: String,
    pub(crate) resource_id: String,
    pub(crate) version: i64,
    pub(crate) changed: bool,
    pub(crate) notes: String,
    pub(crate) error: Option<String>,
    pub(crate) made_by: Option<String>,
    pub(crate) person: Option<String>,
    pub(crate) person_hash: Option<Vec<u8>>,
}

impl Stored {
    /// The hash of the record. What names people enters only as a hash of its own, so that it can be erased.
    pub(crate) fn digest(&self) -> Hash {
        let mut text = Sha256::new_with_prefix(FORM);
        let mut put = |part: Option<&[u8]>| {
            // with its length first, so that different records never give the same text
            text.update(
                part.map_or(u64::MAX, |part| u64::try_from(part.len()).unwrap_or(u64::MAX)).to_be_bytes(),
            );
            text.update(part.unwrap_or_default());
        };
        put(Some(&self.tenant.to_be_bytes()));
        put(Some(self.id.as_bytes()));
        put(Some(&self.at.to_be_bytes()));
        put(Some(self.actor.as_bytes()));
        put(Some(self.request_id.as_bytes()));
        put(Some(self.operation.as_bytes()));
        put(Some(self.resource_type.as_bytes()));
        put(Some(self.resource_id.as_bytes()));
        put(Some(&self.version.to_be_bytes()));
        put(Some(&[self.changed.into()]));
        put(Some(self.notes.as_bytes()));
        put(self.error.as_deref().map(str::as_bytes));
        put(self.made_by.as_deref().map(str::as_bytes));
        put(self.person_hash.as_deref());
        text.finalize().into()
    }

    /// Whether what names people is either unchanged or erased.
    pub(crate) fn names_whom_it_named(&self) -> bool {
        match (&self.person, &self.person_hash) {
            (None, _) => true,
            (Some(person), hash) => hash.as_deref() == Some(Sha256::digest(person).as_slice()),
        }
    }

    pub(crate) const fn is_refused(&self) -> bool {
        self.error.is_some()
    }
}

/// The end of a chain.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Head {
    /// The number of seals ever made.
    pub(crate) number: i64,
    pub(crate) hash: Hash,
}

impl Head {
    pub(crate) const START: Self = Self { number: 0, hash: NOTHING };

    /// The next seal.
    pub(crate) fn seal(self, record: &Stored) -> Seal {
        self.follow(record.id.clone(), record.is_refused(), record.digest())
    }

    fn follow(self, record: String, refused: bool, digest: Hash) -> Seal {
        let number = self.number.saturating_add(1);
        let hash = Sha256::new_with_prefix(FORM)
            .chain_update(self.hash)
            .chain_update(number.to_be_bytes())
            .chain_update([refused.into()])
            .chain_update(digest)
            .chain_update(record.as_bytes())
            .finalize();
        Seal { number, record, refused, digest, hash: hash.into() }
    }
}

/// One seal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Seal {
    pub(crate) number: i64,
    /// The id of its record.
    pub(crate) record: String,
    pub(crate) refused: bool,
    pub(crate) digest: Hash,
    pub(crate) hash: Hash,
}

impl Seal {
    pub(crate) const fn head(&self) -> Head {
        Head { number: self.number, hash: self.hash }
    }

    /// Whether it directly follows `before`, whatever became of its record.
    fn follows(&self, before: Head) -> bool {
        before.follow(self.record.clone(), self.refused, self.digest) == *self
    }
}

/// A chain: its end, and the last seal that was removed again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Chain {
    pub(crate) head: Head,
    pub(crate) base: Head,
}

impl Chain {
    pub(crate) const EMPTY: Self = Self { head: Head::START, base: Head::START };
}

/// In hexadecimal, for people.
pub(crate) fn hex(hash: &Hash) -> String {
    use std::fmt::Write as _;
    hash.iter().fold(String::new(), |mut text, byte| {
        // writing to a String cannot fail
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// The smallest id that can be made at a time: ids are UUIDs of version 7.
pub(crate) fn id_at(ms: i64) -> String {
    let ms = u64::try_from(ms).unwrap_or(0) & 0xFFFF_FFFF_FFFF;
    format!("{:08x}-{:04x}-", ms >> 16, ms & 0xFFFF)
}

/// When an id was made, in milliseconds since 1970.
pub(crate) fn made_at(id: &str) -> Option<i64> {
    let (high, low) = (id.get(..8)?, id.get(9..13)?);
    i64::from_str_radix(&format!("{high}{low}"), 16).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::{self, Timestamp};

    #[test]
    fn ids_are_found_by_their_time() {
        for ms in [0, 1, 65_535, 65_536, 1_798_000_000_123] {
            let id = clock::new_id(Timestamp::from_millis(ms.max(1))).to_string();
            // ids never go back, so this one may have a later time
            assert!(id_at(made_at(&id).expect("a time")) <= id && id_at(ms) <= id);
            assert!(made_at(&id_at(ms)) == Some(ms) && id_at(ms) < id_at(ms + 1));
        }
        assert_eq!(made_at("short"), None);
    }
}
