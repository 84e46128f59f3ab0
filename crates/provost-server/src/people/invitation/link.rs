//! The links in mails, derived again whenever a mail is sent.

use crate::access::{Digest, Opener};
use crate::people::MembershipId;
use hmac::{Hmac, KeyInit, Mac};
use provost::hook::TenantId;
use sha2::Sha256;
use std::fmt;
use std::path::{Path, PathBuf};
use zeroize::Zeroizing;

/// The fewest characters of a key in a file.
const SHORTEST: usize = 32;

/// Why a file has no usable key.
#[derive(Debug, thiserror::Error)]
pub(crate) enum KeyError {
    #[error("the file `{}` of `secret-key-file` cannot be read: {source}", file.display())]
    Unreadable { file: PathBuf, source: std::io::Error },
    #[error(
        "the file `{}` of `secret-key-file` holds fewer than {SHORTEST} characters: fill it with `openssl rand -hex 32`",
        .0.display()
    )]
    Short(PathBuf),
}

/// A secret of the whole installation, from which links are derived.
#[derive(Clone)]
pub(crate) struct InstanceKey(Zeroizing<[u8; 32]>);

impl InstanceKey {
    pub(crate) fn new(bytes: [u8; 32]) -> Self {
        Self(Zeroizing::new(bytes))
    }

    /// Reads the file named in the settings. Any content that is long enough not to be guessed will do.
    pub(crate) fn read(file: &Path) -> Result<Self, KeyError> {
        let unreadable = |source| KeyError::Unreadable { file: file.to_owned(), source };
        let text = Zeroizing::new(std::fs::read_to_string(file).map_err(unreadable)?);
        match text.trim() {
            short if short.len() < SHORTEST => Err(KeyError::Short(file.to_owned())),
            text => Ok(Self::new(Digest::of(text).0)),
        }
    }

    /// The link in one mail that invites to a membership.
    pub(crate) fn invitation(&self, tenant: TenantId, membership: MembershipId, number: i64) -> Opener {
        self.derive(&format!("invitation {} {} {number}", tenant.0, membership.0))
    }

    /// The link in one mail that resets a password.
    pub(crate) fn reset(&self, account: i64, number: i64) -> Opener {
        self.derive(&format!("reset {account} {number}"))
    }

    /// The link in one mail that changes an account's sign-in address.
    pub(crate) fn address(&self, account: i64, number: i64) -> Opener {
        self.derive(&format!("address {account} {number}"))
    }

    fn derive(&self, what: &str) -> Opener {
        // HMAC pads a shorter key with zeros (RFC 2104 section 2)
        let mut block = Zeroizing::new([0; 64]);
        block.iter_mut().zip(self.0.iter()).for_each(|(to, from)| *to = *from);
        let mut mac = Hmac::<Sha256>::new(&(*block).into());
        mac.update(what.as_bytes());
        Opener::of_bytes(&mac.finalize().into_bytes().into())
    }
}

impl fmt::Debug for InstanceKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("InstanceKey(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Seen to fail: with the number left out of the derivation.
    #[test]
    fn a_mail_that_is_sent_twice_carries_one_link_and_no_other_mail_does() {
        let key = InstanceKey::new([7; 32]);
        let link = |tenant, membership, number| {
            key.invitation(TenantId(tenant), MembershipId(membership), number).reveal().to_owned()
        };
        assert_eq!(link(1, 2, 3), link(1, 2, 3));
        let others = [link(1, 2, 4), link(1, 3, 3), link(2, 2, 3), link(12, 3, 3), link(1, 23, 3)];
        assert!(others.iter().all(|other| *other != link(1, 2, 3)));
        let other = InstanceKey::new([8; 32]).invitation(TenantId(1), MembershipId(2), 3);
        assert_ne!(other.reveal(), link(1, 2, 3));
        assert_ne!(key.reset(2, 3).reveal(), link(1, 2, 3));
        assert!(!format!("{key:?}").contains('7'));
    }
}
