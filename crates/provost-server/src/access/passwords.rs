//! Passwords: which are accepted, and how they are stored.
//!
//! NIST SP 800-63B: length is what counts, so there are no rules about kinds of characters, and no expiry. Common
//! passwords are refused.

use crate::argon2id::{self, SALT_LEN};
use crate::tokens::Secret;
use std::fmt;
use unicode_normalization::UnicodeNormalization;

/// The shortest password, in characters.
pub(crate) const SHORTEST: usize = 15;
/// The longest, in bytes as typed: it limits the work of hashing.
const LONGEST: usize = 1_024;

/// Common passwords that would be long enough, one a line.
const COMMON: &str = include_str!("common-passwords.txt");

/// A password in normalized form, so that different encodings of the same text are the same password.
pub(crate) struct Password(Secret);

/// Why a password is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Weakness {
    TooShort(usize),
    TooLong,
    Common,
}

impl fmt::Display for Weakness {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooShort(0) => write!(f, "Choose a password of {SHORTEST} characters or more."),
            Self::TooShort(length) => {
                let more = SHORTEST.saturating_sub(*length);
                let (s, is) = (if *length == 1 { "" } else { "s" }, if more == 1 { "is" } else { "are" });
                write!(f, "This has {length} character{s}; {more} more {is} needed.")
            }
            Self::TooLong => write!(f, "This is longer than {LONGEST} bytes."),
            Self::Common => {
                f.write_str("This is one of the passwords that are tried first. Choose another one.")
            }
        }
    }
}

impl Password {
    /// A password typed to sign in; `None` if nobody can have it.
    pub(crate) fn typed(text: &Secret) -> Option<Self> {
        let text = text.reveal();
        (text.len() <= LONGEST).then(|| Self(Secret::new(text.nfc().collect::<String>())))
    }

    /// A newly chosen password.
    pub(crate) fn chosen(text: &Secret) -> Result<Self, Weakness> {
        let password = Self::typed(text).ok_or(Weakness::TooLong)?;
        let typed = password.0.reveal();
        match typed.chars().count() {
            length if length < SHORTEST => Err(Weakness::TooShort(length)),
            _ if is_common(typed) => Err(Weakness::Common),
            _ => Ok(password),
        }
    }

    /// Slow: not for a thread that serves requests.
    pub(crate) fn hash(&self, salt: [u8; SALT_LEN]) -> Result<Hashed, PasswordError> {
        Ok(Hashed(argon2id::hash(self.0.reveal(), salt)?))
    }

    /// Whether it is the password that was hashed. Costs as much as [`Self::hash`].
    pub(crate) fn is(&self, hashed: &Hashed) -> Result<bool, PasswordError> {
        Ok(argon2id::matches(self.0.reveal(), &hashed.0)?)
    }
}

/// Compares only letters and digits, without case, so that a dot at the end makes no difference.
fn is_common(typed: &str) -> bool {
    let plain = |text: &str| -> String {
        text.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
    };
    let typed = plain(typed);
    let is_one_run = typed.chars().collect::<std::collections::BTreeSet<_>>().len() <= 2;
    is_one_run || COMMON.lines().any(|common| plain(common) == typed)
}

/// The stored form of a password: an argon2id PHC string.
#[derive(Debug, Clone)]
pub(crate) struct Hashed(Secret);

impl Hashed {
    /// From the database.
    pub(crate) fn stored(text: String) -> Self {
        Self(Secret::new(text))
    }

    pub(crate) fn as_str(&self) -> &str {
        self.0.reveal()
    }

    /// The hash of a password nobody has. For an account that does not exist, the typed password is checked against it,
    /// so that the answer takes as long.
    pub(crate) fn of_nobody() -> Self {
        Self::stored(
            "$argon2id$v=19$m=19456,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA".to_owned(),
        )
    }
}

/// A password could not be hashed, or its stored hash is damaged.
#[derive(Debug, thiserror::Error)]
#[error("a password cannot be hashed, or its hash in the database is damaged: {0}")]
pub(crate) struct PasswordError(#[from] argon2id::Error);

#[cfg(test)]
mod tests {
    use super::*;

    fn secret(text: &str) -> Secret {
        Secret::new(text)
    }

    #[test]
    fn length_counts_and_nothing_else() {
        for (text, weakness) in [
            ("", Weakness::TooShort(0)),
            ("lanterns", Weakness::TooShort(8)),
            ("fourteen chars", Weakness::TooShort(14)),
            ("aaaaaaaaaaaaaaaaaaaa", Weakness::Common),
            ("passwordpassword", Weakness::Common),
            ("PasswordPassword!", Weakness::Common),
            (&"x".repeat(1_025), Weakness::TooLong),
        ] {
            assert_eq!(Password::chosen(&secret(text)).err(), Some(weakness), "{text}");
        }
        for text in ["fifteen letters", "ein Satz ist leichter", "日本語の文章はパスワードに良いです"]
        {
            assert!(Password::chosen(&secret(text)).is_ok(), "{text}");
        }
        assert_eq!(Weakness::TooShort(8).to_string(), "This has 8 characters; 7 more are needed.");
        assert_eq!(Weakness::TooShort(14).to_string(), "This has 14 characters; 1 more is needed.");
    }

    /// Seen to fail: with what is typed compared byte by byte.
    #[test]
    fn two_ways_to_type_a_text_are_one_password() {
        let composed = Password::chosen(&secret("löwenzahn am Wegrand")).expect("taken");
        let hashed = composed.hash([7; SALT_LEN]).expect("hashed");
        assert!(hashed.as_str().starts_with("$argon2id$v=19$m=19456,t=2,p=1$"));
        let decomposed = Password::typed(&secret("lo\u{308}wenzahn am Wegrand")).expect("typed");
        assert!(decomposed.is(&hashed).expect("readable"));
        let other = Password::typed(&secret("lowenzahn am Wegrand")).expect("typed");
        assert!(!other.is(&hashed).expect("readable"));
        for damaged in ["plain", "$argon2id$v=19$m=19456,t=2,p=1", ""] {
            assert!(other.is(&Hashed::stored(damaged.to_owned())).is_err(), "damage is no refusal");
        }
    }

    /// Seen to fail: with a text that is not a hash.
    #[test]
    fn who_does_not_exist_costs_as_much() {
        let typed = Password::typed(&secret("anything at all")).expect("typed");
        assert!(!typed.is(&Hashed::of_nobody()).expect("readable"));
    }
}
