//! The head of a chain as one line of text to keep elsewhere, signed with a key that is not in the database.

use super::{Hash, Head, hex};
use hmac::{Hmac, KeyInit, Mac};
use provost::hook::TenantId;
use serde::{Deserialize, Serialize};
use sha2::Sha256;

/// The fewest bytes of a key.
const SHORTEST: usize = 32;

/// What signs checkpoints.
pub(crate) struct Key(Hmac<Sha256>);

impl Key {
    /// `None` if it is too short to be secure.
    pub(crate) fn new(bytes: &[u8]) -> Option<Self> {
        let bytes = bytes.trim_ascii();
        let mac = Hmac::new_from_slice(bytes).ok()?;
        (bytes.len() >= SHORTEST).then_some(Self(mac))
    }

    fn mac(&self, tenant: TenantId, at: &str, head: &Head) -> Hmac<Sha256> {
        let text =
            format!("provost audit checkpoint 1\n{}\n{at}\n{}\n{}", tenant.0, head.number, hex(&head.hash));
        self.0.clone().chain_update(text)
    }
}

/// A checkpoint, written as one line of JSON.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Checkpoint {
    /// The organisation's key, which survives renaming.
    organisation: i64,
    at: String,
    number: i64,
    hash: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    signature: Option<String>,
}

impl Checkpoint {
    pub(crate) fn new(tenant: TenantId, at: String, head: &Head, key: Option<&Key>) -> Self {
        let signature = key.map(|key| hex(&key.mac(tenant, &at, head).finalize().into_bytes().into()));
        Self { organisation: tenant.0, at, number: head.number, hash: hex(&head.hash), signature }
    }

    /// The head it states for a trail, or what is wrong with it.
    pub(crate) fn head(&self, tenant: TenantId, key: Option<&Key>) -> Result<Head, String> {
        if self.organisation != tenant.0 {
            return Err("it is of another organisation".to_owned());
        }
        let hash = unhex(&self.hash).ok_or("its hash is damaged")?;
        let head = Head { number: self.number, hash };
        match (key, &self.signature) {
            (None, _) => Ok(head),
            (Some(_), None) => Err("it is not signed".to_owned()),
            (Some(key), Some(signature)) => {
                let signature = unhex(signature).unwrap_or_default();
                let mac = key.mac(tenant, &self.at, &head);
                mac.verify_slice(&signature)
                    .map(|()| head)
                    .or(Err("it was not signed with this key".to_owned()))
            }
        }
    }
}

fn unhex(text: &str) -> Option<Hash> {
    let mut hash = [0; 32];
    if text.len() != 64 {
        return None;
    }
    for (n, byte) in hash.iter_mut().enumerate() {
        *byte = u8::from_str_radix(text.get(n.saturating_mul(2)..)?.get(..2)?, 16).ok()?;
    }
    Some(hash)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_checkpoint_holds_for_its_organisation_and_key_alone() {
        let (key, other) = (Key::new(&[7; 32]).expect("a key"), Key::new(&[8; 32]).expect("a key"));
        let head = Head { number: 5, hash: [0xAB; 32] };
        let made = Checkpoint::new(TenantId(1), "2026".to_owned(), &head, Some(&key));
        assert_eq!(made.head(TenantId(1), Some(&key)), Ok(head));
        assert!(made.head(TenantId(2), Some(&key)).is_err() && made.head(TenantId(1), Some(&other)).is_err());
        let later = Checkpoint { number: 6, ..made.clone() };
        assert!(later.head(TenantId(1), Some(&key)).is_err());
        let bare = Checkpoint { signature: None, ..made };
        assert!(bare.head(TenantId(1), None).is_ok() && bare.head(TenantId(1), Some(&key)).is_err());
        assert!(Key::new(&[7; 31]).is_none());
    }
}
