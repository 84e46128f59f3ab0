//! Secrets that open something and are shown once: 256 random bits, of which the database keeps a SHA-256.

use crate::clock::{self, NoRandomness};
use crate::tokens::Secret;
use sha2::{Digest as _, Sha256};
use std::fmt::Write as _;

/// Characters of the text: two for each of 32 bytes.
const LENGTH: usize = 64;

/// The secret of a session, a link or a browser, for cookies and links.
#[derive(Debug, Clone)]
pub(crate) struct Opener(Secret);

/// The stored hash of an [`Opener`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Digest(pub(crate) [u8; 32]);

impl Opener {
    pub(crate) fn new() -> Result<Self, NoRandomness> {
        Ok(Self::of_bytes(&clock::random()?))
    }

    /// Derived from another secret.
    pub(crate) fn of_bytes(bytes: &[u8; 32]) -> Self {
        Self(Secret::new(hex(bytes)))
    }

    /// From what a client sent; `None` if it cannot be one.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let fits =
            text.len() == LENGTH && text.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b));
        fits.then(|| Self(Secret::new(text)))
    }

    pub(crate) fn reveal(&self) -> &str {
        self.0.reveal()
    }

    pub(crate) fn digest(&self) -> Digest {
        Digest::of(self.0.reveal())
    }

    /// The token in the forms of a page, so that only this session's pages can submit them. It reveals nothing about
    /// the secret.
    pub(crate) fn form_token(&self) -> String {
        hex(&Digest::of(&format!("form {}", self.0.reveal())).0)
    }

    /// Whether a form's token is right. Comparing hashes keeps the time from revealing anything.
    pub(crate) fn is_form_token(&self, text: &str) -> bool {
        Digest::of(text) == Digest::of(&self.form_token())
    }
}

impl Digest {
    pub(crate) fn of(text: &str) -> Self {
        Self(Sha256::digest(text.as_bytes()).into())
    }

    /// From the database.
    pub(crate) fn stored(bytes: &[u8]) -> Option<Self> {
        bytes.try_into().ok().map(Self)
    }

    /// The name of a session in a form; it opens nothing.
    pub(crate) fn name(&self) -> String {
        hex(&self.0)
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(LENGTH), |mut text, byte| {
        // writing to a String cannot fail
        let _ = write!(text, "{byte:02x}");
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_whole_one_is_one() {
        let one = Opener::new().expect("random");
        let text = one.reveal().to_owned();
        assert_eq!(Opener::parse(&text).expect("whole").digest(), one.digest());
        let cut: String = text.chars().take(63).collect();
        for odd in [cut, format!("{text}0"), "A".repeat(64), String::new(), "g".repeat(64)] {
            assert!(Opener::parse(&odd).is_none(), "{odd}");
        }
        assert!(!format!("{one:?}").contains(&text));
    }

    /// Seen to fail: with the token of any session accepted.
    #[test]
    fn a_form_belongs_to_one_session() {
        let (one, other) = (Opener::new().expect("random"), Opener::new().expect("random"));
        assert!(one.is_form_token(&one.form_token()));
        assert!(!one.is_form_token(&other.form_token()) && !one.is_form_token(""));
        assert_ne!(one.form_token(), one.digest().name());
    }
}
