//! The text of a token: `scim_` + key id (12) + `_` + secret (43) + checksum (6), 67 characters in all.
//!
//! NEVER CHANGE THE PREFIX: scanners of leaked credentials look for it, and tokens in use carry it.
//! A double click selects all of it, and the checksum lets a scanner tell a real token from a look-alike offline.

use super::{base62, checksum, secret::Secret};
use std::fmt;

const PREFIX: &str = "scim_";
const KEY_ID_LEN: usize = 12;
/// 62^43 is the first power of 62 above 2^256.
const SECRET_LEN: usize = 43;
/// The length of a token.
pub(super) const LEN: usize = PREFIX.len() + KEY_ID_LEN + 1 + SECRET_LEN + checksum::WIDTH;

/// The public part of a token, which names it in lists, logs and the database.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct KeyId(String);

impl KeyId {
    /// Parses a key id as shown by `token list`.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let fits = text.len() == KEY_ID_LEN && text.bytes().all(base62::is_digit);
        fits.then(|| Self(text.to_owned()))
    }

    /// A new one.
    pub(crate) fn from_random(id: [u8; 16]) -> Self {
        Self(base62::encode(&id, KEY_ID_LEN))
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A bearer token with the right form and checksum. The [`Verifier`](super::Verifier) decides whether it is genuine.
#[derive(Debug, Clone)]
pub(crate) struct Token {
    text: Secret,
    key_id: KeyId,
}

impl Token {
    #[cfg(test)]
    pub(crate) fn from_random(id: [u8; 16], secret: [u8; 32]) -> Self {
        Self::new(&KeyId::from_random(id), secret)
    }

    /// A new token from random bytes.
    pub(crate) fn new(key_id: &KeyId, secret: [u8; 32]) -> Self {
        let secret = Secret::new(base62::encode(&secret, SECRET_LEN));
        let body = Secret::joined(&[PREFIX, key_id.as_str(), "_", secret.reveal()]);
        let text = Secret::joined(&[body.reveal(), &checksum::of(body.reveal())]);
        Self { text, key_id: key_id.clone() }
    }

    /// Parses what follows `Bearer`. Runs before any look-up, since refusing here costs less.
    pub(crate) fn parse(text: &str) -> Result<Self, Malformed> {
        if text.is_empty() {
            return Err(Malformed::Empty);
        }
        let rest = text.strip_prefix(PREFIX).ok_or(Malformed::Prefix)?;
        if text.len() != LEN {
            return Err(Malformed::Length { found: text.chars().count() });
        }
        if let Some(at) = text.bytes().skip(PREFIX.len()).position(|b| !base62::is_digit(b) && b != b'_') {
            return Err(Malformed::Character { at: PREFIX.len() + at + 1 });
        }
        // all ASCII from here on, so that every cut is between characters
        let (body, sum) = text.split_at_checked(LEN - checksum::WIDTH).ok_or(Malformed::Separator)?;
        let (key_id, secret) = rest.split_once('_').ok_or(Malformed::Separator)?;
        let key_id = KeyId::parse(key_id).ok_or(Malformed::Separator)?;
        if secret.contains('_') {
            return Err(Malformed::Separator);
        }
        if checksum::of(body) != sum {
            return Err(Malformed::Checksum);
        }
        Ok(Self { text: Secret::new(text), key_id })
    }

    pub(crate) fn key_id(&self) -> &KeyId {
        &self.key_id
    }

    /// The key id in a text that begins like a token: the rest was cut off or changed.
    pub(super) fn key_id_of_malformed(text: &str) -> Option<KeyId> {
        let (key_id, rest) = text.strip_prefix(PREFIX)?.split_at_checked(KEY_ID_LEN)?;
        KeyId::parse(key_id).filter(|_| rest.is_empty() || rest.starts_with('_'))
    }

    /// The whole text, as the client sends it.
    pub(crate) fn text(&self) -> &Secret {
        &self.text
    }
}

/// Why a text is not a token. Reveals nothing that the sender does not already have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Malformed {
    #[error("the bearer token is empty")]
    Empty,
    #[error(
        "the bearer token does not start with `{PREFIX}`; paste the secret token that this server printed"
    )]
    Prefix,
    #[error("the bearer token has {found} characters where {LEN} are expected; paste it whole")]
    Length { found: usize },
    #[error("character {at} of the bearer token is neither a letter, a digit nor `_`; paste it unchanged")]
    Character { at: usize },
    #[error("the bearer token's parts are in the wrong places; paste it unchanged")]
    Separator,
    #[error("the bearer token's checksum does not match: a character was changed; paste it unchanged")]
    Checksum,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample() -> Token {
        Token::from_random(*b"0123456789abcdef", *b"fedcba9876543210ghijklmnopqrstuv")
    }

    /// The form of tokens must never change, or existing ones would stop working.
    #[test]
    fn the_text_of_a_known_token() {
        assert_eq!(
            sample().text().reveal(),
            "scim_vn5aWJbDTr2E_OHRACoNYKQbpSAKlWDdW4xtE8B8cg3DY4RqxLTGdwF40mPWpD"
        );
    }

    #[test]
    fn what_is_minted_parses() {
        let token = sample();
        let read = Token::parse(token.text().reveal()).expect("a token");
        assert_eq!(read.key_id(), token.key_id());
        assert_eq!(token.text().reveal().len(), LEN);
    }

    #[test]
    fn extremes_of_randomness_parse() {
        for byte in [0, 0xFF] {
            let token = Token::from_random([byte; 16], [byte; 32]);
            assert!(Token::parse(token.text().reveal()).is_ok());
        }
    }

    #[test]
    fn half_tokens_and_typing_errors_are_refused_by_name() {
        let good = sample().text().reveal().to_owned();
        let cases = [
            (String::new(), Malformed::Empty),
            ("sk_live_123".to_owned(), Malformed::Prefix),
            (good.replacen("scim_", "SCIM_", 1), Malformed::Prefix),
            (format!(" {good}"), Malformed::Prefix),
            (format!("{good} "), Malformed::Length { found: LEN + 1 }),
            (good.chars().take(40).collect(), Malformed::Length { found: 40 }),
            (good.chars().take(LEN - 2).chain(['é']).collect(), Malformed::Character { at: LEN - 1 }),
            (good.chars().take(LEN - 1).chain(['-']).collect(), Malformed::Character { at: LEN }),
            (good.chars().take(LEN - 1).chain(['_']).collect(), Malformed::Separator),
            (
                good.replacen(&format!("{}_", sample().key_id()), &format!("_{}", sample().key_id()), 1),
                Malformed::Separator,
            ),
        ];
        for (text, fault) in cases {
            assert_eq!(Token::parse(&text).expect_err(&text), fault, "{text}");
        }
    }

    /// CRC-32 detects every single changed character.
    #[test]
    fn one_changed_character_is_found_wherever_it_is() {
        let good = sample().text().reveal().to_owned();
        for at in PREFIX.len()..LEN {
            let changed: String = good
                .char_indices()
                .map(|(n, c)| {
                    if n != at {
                        c
                    } else if c == 'a' {
                        'b'
                    } else {
                        'a'
                    }
                })
                .collect();
            assert!(Token::parse(&changed).is_err(), "{changed}");
        }
    }

    /// The page gives scanners this expression.
    #[test]
    fn the_page_has_the_format() {
        let page = include_str!("../../../../docs/tokens.md");
        let rest = SECRET_LEN + checksum::WIDTH;
        let expression = format!("{PREFIX}[0-9A-Za-z]{{{KEY_ID_LEN}}}_[0-9A-Za-z]{{{rest}}}");
        assert_eq!(page.matches(&expression).count(), 4, "{expression}");
        assert!(page.contains(&format!("{LEN} characters in all")));
    }

    #[test]
    fn what_was_cut_off_behind_its_key_id_still_says_whose_it_is() {
        let token = sample();
        let text = token.text().reveal();
        for (shown, is_named) in [
            (text.get(..17).expect("a key id"), true),
            (text.get(..18).expect("a key id"), true),
            (text.get(..66).expect("most of it"), true),
            (&format!("{text}x"), true),
            (text.get(..16).expect("less"), false),
            (&text.replacen("scim_", "SCIM_", 1), false),
            (&format!("{}x", text.get(..17).expect("a key id")), false),
            ("scim_vn5aWJbDTr2\u{e9}", false),
        ] {
            let named = Token::key_id_of_malformed(shown);
            assert_eq!(named.as_ref(), is_named.then_some(token.key_id()), "{shown}");
        }
    }

    #[test]
    fn debug_of_a_token_shows_the_key_id_alone() {
        let token = sample();
        let shown = format!("{token:?}");
        assert!(shown.contains(token.key_id().as_str()) && shown.contains("redacted"), "{shown}");
        assert!(!shown.contains("scim_"), "{shown}");
    }
}
