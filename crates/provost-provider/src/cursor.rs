//! Cursors (RFC 9865): where a list continues, as a text that only this service can make.
//!
//! The server stores nothing for a cursor. It contains a position in a list, the count of its pages and its expiry,
//! with a signature over these and over what the list is of: tenant, type, filter and sort. A cursor that was altered,
//! or used for another list, is therefore invalid.

use data_encoding::BASE64URL_NOPAD;
use hmac::{Hmac, KeyInit, Mac};
use provost_core::error::Place;
use provost_core::query::SeekKey;
use provost_core::{Error, ErrorKind, Timestamp};
use sha2::Sha256;
use std::fmt;

/// For how many seconds a cursor is valid: `pagination.cursorTimeout` of the ServiceProviderConfig.
pub const CURSOR_TIMEOUT_S: u32 = 3_600;

/// How cursors are made.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Cursors {
    /// The key that signs them.
    pub key: CursorKey,
    /// For how many seconds one is valid; [`CURSOR_TIMEOUT_S`] by default.
    pub timeout_s: u32,
}

impl Cursors {
    /// Cursors valid for an hour.
    #[must_use]
    pub fn new(key: CursorKey) -> Self {
        Self { key, timeout_s: CURSOR_TIMEOUT_S }
    }
}

/// A secret of the service. It must be the same on every replica and after a restart, or earlier cursors become
/// invalid.
///
/// ```
/// use provost_provider::CursorKey;
/// let key = CursorKey::new([7; 32]); // random bytes, made once and kept
/// assert_eq!(format!("{key:?}"), "CursorKey(..)");
/// ```
#[derive(Clone)]
pub struct CursorKey(Hmac<Sha256>);

impl CursorKey {
    /// A key of 32 random bytes.
    #[must_use]
    pub fn new(random: [u8; 32]) -> Self {
        // HMAC pads a shorter key with zeros (RFC 2104 section 2)
        let mut block = [0; 64];
        block.iter_mut().zip(random).for_each(|(slot, byte)| *slot = byte);
        Self(Hmac::new(&block.into()))
    }
}

impl fmt::Debug for CursorKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("CursorKey(..)")
    }
}

/// The contents of a cursor: the count of its pages, and the position after which the next one begins.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct CursorState {
    pub(crate) count: u64,
    pub(crate) mark: SeekKey,
}

/// Bytes of the signature: half of it is enough not to be guessed.
const TAG: usize = 16;
/// The format, which gets a new number when it changes. 1 contained lists of positions, 2 was hexadecimal.
const FORM: u8 = 3;

impl Cursors {
    /// The text of a cursor: Base64url without padding (RFC 4648 section 5), since RFC 9865 section 2 allows only the
    /// unreserved characters of URIs.
    pub(crate) fn seal(&self, walk: &CursorState, bound: &CursorScope, now: Timestamp) -> String {
        let expires = now.as_millis().saturating_add(i64::from(self.timeout_s).saturating_mul(1_000));
        let mut message = vec![FORM];
        message.extend(expires.to_be_bytes());
        message.extend(walk.count.to_be_bytes());
        message.extend(walk.mark.as_str().as_bytes());
        let tag = self.mac(&message, bound).finalize().into_bytes();
        message.extend(tag.iter().take(TAG));
        BASE64URL_NOPAD.encode(&message)
    }

    /// The contents of a cursor.
    ///
    /// The error is the same whatever is wrong: RFC 9865 section 5.2 wants no difference between a page that does not
    /// exist and one that is not the client's.
    pub(crate) fn open(&self, text: &str, bound: &CursorScope, now: Timestamp) -> Result<CursorState, Error> {
        let (expires, walk) = self.read(text, bound).ok_or_else(invalid)?;
        if now.as_millis() >= expires {
            let message =
                format!("this cursor has expired: cursors are valid for {} seconds", self.timeout_s);
            return Err(Error::new(ErrorKind::ExpiredCursor, message)
                .at(Place::parameter("cursor"))
                .with_remedy("start again with an empty `cursor`"));
        }
        Ok(walk)
    }

    fn read(&self, text: &str, bound: &CursorScope) -> Option<(i64, CursorState)> {
        // accepts a single spelling: no padding, no other alphabet, no stray bits at the end
        let bytes = BASE64URL_NOPAD.decode(text.as_bytes()).ok()?;
        let (message, tag) = bytes.split_at_checked(bytes.len().checked_sub(TAG)?)?;
        self.mac(message, bound).verify_truncated_left(tag).ok()?;
        let (form, rest) = message.split_first()?;
        let (expires, rest) = rest.split_first_chunk()?;
        let (count, mark) = rest.split_first_chunk()?;
        // another format may contain anything here
        let mark = SeekKey::from(String::from_utf8(mark.to_vec()).ok().filter(|_| *form == FORM)?);
        Some((i64::from_be_bytes(*expires), CursorState { count: u64::from_be_bytes(*count), mark }))
    }

    fn mac(&self, message: &[u8], bound: &CursorScope) -> Hmac<Sha256> {
        self.key.0.clone().chain_update(&bound.0).chain_update(message)
    }
}

/// The one list a cursor is valid for.
#[derive(Debug, Default)]
pub(crate) struct CursorScope(Vec<u8>);

impl CursorScope {
    /// Adds a part. `None` differs from an empty text.
    pub(crate) fn to(mut self, part: Option<&str>) -> Self {
        self.0.push(part.is_some().into());
        push(&mut self.0, part.unwrap_or_default());
        self
    }
}

/// Appends a text with its length in front, so that different lists of texts never look the same.
fn push(out: &mut Vec<u8>, text: &str) {
    out.extend(u64::try_from(text.len()).unwrap_or(u64::MAX).to_be_bytes());
    out.extend(text.as_bytes());
}

fn invalid() -> Error {
    let remedy = "use it with the same endpoint, `filter`, `sortBy` and `sortOrder` as its first page, or start again \
                  with an empty `cursor`";
    Error::new(ErrorKind::InvalidCursor, "this cursor does not belong to this list")
        .at(Place::parameter("cursor"))
        .with_remedy(remedy)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bound(tenant: &str, filter: Option<&str>) -> CursorScope {
        CursorScope::default().to(Some(tenant)).to(filter)
    }

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_millis(seconds * 1_000)
    }

    #[test]
    fn a_cursor_says_what_was_sealed_and_to_nobody_else() {
        let cursors = Cursors::new(CursorKey::new([1; 32]));
        let walk = CursorState { count: 20, mark: SeekKey::from("7 tbabs é".to_owned()) };
        let text = cursors.seal(&walk, &bound("a", None), at(10));
        assert!(text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_')), "{text}");
        assert_eq!(cursors.open(&text, &bound("a", None), at(11)).unwrap(), walk);

        let refused = |cursors: &Cursors, text: &str, bound: &CursorScope| {
            let e = cursors.open(text, bound, at(11)).unwrap_err();
            assert_eq!((e.kind(), e.detail()), (ErrorKind::InvalidCursor, invalid().detail()), "{text}");
        };
        for other in [
            bound("b", None),
            bound("a", Some("")),
            bound("", Some("a")),
            CursorScope::default().to(Some("a")),
        ] {
            refused(&cursors, &text, &other);
        }
        refused(&Cursors::new(CursorKey::new([2; 32])), &text, &bound("a", None));
        for n in 0..text.len() {
            let mut bytes = text.clone().into_bytes();
            bytes[n] = if bytes[n] == b'A' { b'B' } else { b'A' };
            refused(&cursors, std::str::from_utf8(&bytes).unwrap(), &bound("a", None));
        }
        for bad in [
            "",
            "A",
            "AA",
            &text.to_uppercase(),
            text.get(1..).unwrap(),
            text.get(4..).unwrap(),
            &format!("{text}A"),
            &format!("{text}AAAA"),
            &format!("{text} "),
        ] {
            refused(&cursors, bad, &bound("a", None));
        }
    }

    /// Seen to fail: with an encoding that accepts padding, and with one that accepts stray bits at the end.
    #[test]
    fn a_cursor_has_one_spelling() {
        let cursors = Cursors::new(CursorKey::new([1; 32]));
        for mark in ["7", "77", "777", "??>>~~"] {
            let walk = CursorState { count: 20, mark: SeekKey::from(mark.to_owned()) };
            let text = cursors.seal(&walk, &bound("a", None), at(10));
            let opens = |text: &str| cursors.open(text, &bound("a", None), at(11)).is_ok();
            let bytes = BASE64URL_NOPAD.decode(text.as_bytes()).unwrap();
            assert!(opens(&text), "{mark}");
            // the last character contains up to four unused bits
            let (head, last) = text.split_at(text.len() - 1);
            for other in (b'!'..=b'~').map(|b| char::from(b).to_string()).filter(|c| c != last) {
                assert!(!opens(&format!("{head}{other}")), "{mark} {other}");
            }
            for other in ["=", "==", "\n"] {
                assert!(!opens(&format!("{text}{other}")), "{mark} {other:?}");
            }
            let padded = data_encoding::BASE64URL.encode(&bytes);
            assert!(padded == text || !opens(&padded), "{padded}");
            for other in [data_encoding::HEXLOWER.encode(&bytes), data_encoding::BASE32_NOPAD.encode(&bytes)]
            {
                assert!(!opens(&other), "{other}");
            }
            let plain = data_encoding::BASE64_NOPAD.encode(&bytes);
            assert!(plain == text || !opens(&plain), "{plain}");
        }
    }

    /// With the right key and list: an earlier release may have put anything after the first byte.
    #[test]
    fn a_cursor_of_another_form_is_refused() {
        let cursors = Cursors::new(CursorKey::new([1; 32]));
        for (form, is_read) in [(FORM, true), (FORM - 1, false), (FORM + 1, false)] {
            let mut message = vec![form];
            message.extend(i64::MAX.to_be_bytes());
            message.extend(20_u64.to_be_bytes());
            message.push(b'7');
            let tag = cursors.mac(&message, &bound("a", None)).finalize().into_bytes();
            message.extend(tag.iter().take(TAG));
            assert_eq!(
                cursors.open(&BASE64URL_NOPAD.encode(&message), &bound("a", None), at(11)).is_ok(),
                is_read,
                "{form}"
            );
        }
    }

    #[test]
    fn a_cursor_expires() {
        let mut cursors = Cursors::new(CursorKey::new([1; 32]));
        cursors.timeout_s = 60;
        let walk = CursorState { count: 20, mark: SeekKey::from("7".to_owned()) };
        let text = cursors.seal(&walk, &bound("a", None), at(10));
        assert!(cursors.open(&text, &bound("a", None), at(69)).is_ok());
        let late = cursors.open(&text, &bound("a", None), at(70)).unwrap_err();
        assert_eq!((late.kind(), late.detail().contains("60 seconds")), (ErrorKind::ExpiredCursor, true));
        // a client that may not use it is not told that it was a cursor
        let foreign = cursors.open(&text, &bound("b", None), at(70)).unwrap_err();
        assert_eq!(foreign.kind(), ErrorKind::InvalidCursor);
    }
}
