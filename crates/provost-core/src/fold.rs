//! The one function that decides whether two texts are the same.
//!
//! Uniqueness, filters, sorting and the key columns of a store all use it, so they cannot disagree. A database never
//! folds: PostgreSQL's `lower` knows Unicode in part, SQLite's knows ASCII only.

use crate::path::AttrRef;
use precis_profiles::UsernameCaseMapped;
use precis_profiles::precis_core::profile::PrecisFastInvocation;
use std::borrow::Cow;
use unicode_normalization::UnicodeNormalization;

/// How texts of an attribute compare.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Folding {
    /// By their characters, as they are: `caseExact` attributes.
    Exact,
    /// Without case and composition: other attributes.
    Caseless,
    /// As names of users (RFC 7644 section 5: "PRECIS" UsernameCaseMapped): also without the width of characters.
    UserName,
}

impl Folding {
    /// The folding of an attribute's texts.
    #[must_use]
    pub fn of(attribute: &AttrRef) -> Self {
        if attribute.leaf().case_exact {
            Self::Exact
        } else if attribute.extension().is_none() && attribute.attribute().name.is("userName") {
            Self::UserName
        } else {
            Self::Caseless
        }
    }
}

/// The text that stands for all texts which count as the same. It is idempotent and total.
///
/// ```
/// use provost_core::fold::{Folding, fold};
/// assert_eq!(fold(Folding::Caseless, "STRASSE"), fold(Folding::Caseless, "Straße"));
/// assert_eq!(fold(Folding::UserName, "Ｂabs"), "babs");
/// assert_eq!(fold(Folding::Exact, "Babs"), "Babs");
/// ```
#[must_use]
pub fn fold(how: Folding, text: &str) -> Cow<'_, str> {
    if how == Folding::Exact {
        return Cow::Borrowed(text);
    }
    if text.is_ascii() {
        // ASCII needs no tables: PRECIS and case folding both come to lower case
        return match text.bytes().any(|b| b.is_ascii_uppercase()) {
            true => Cow::Owned(text.to_ascii_lowercase()),
            false => Cow::Borrowed(text),
        };
    }
    Cow::Owned(match how {
        Folding::UserName => user_name(text),
        _ => caseless(text),
    })
}

/// [`fold`] with the folding of the attribute.
#[must_use]
pub fn fold_attribute<'a>(attribute: &AttrRef, text: &'a str) -> Cow<'a, str> {
    fold(Folding::of(attribute), text)
}

/// NFC over Unicode case folding, to its fixed point: folding can undo composition and composition can bring back
/// what folding would change.
fn caseless(text: &str) -> String {
    let once =
        |t: &str| caseless::default_case_fold_str(&t.nfc().collect::<String>()).nfc().collect::<String>();
    settle(text, once)
}

/// PRECIS prepares what it accepts. What it refuses (blanks, symbols, mixed directions) is folded as any text:
/// directories hold such names, and refusing them would lose a user.
fn user_name(text: &str) -> String {
    let once = |t: &str| {
        let prepared = UsernameCaseMapped::enforce(t).map_or_else(|_refused| width(t), Cow::into_owned);
        caseless(&prepared)
    };
    settle(text, once)
}

/// Width mapping (RFC 8265 section 3.3.2 rule 1) for texts that PRECIS refuses as a whole.
fn width(text: &str) -> String {
    let half = |c: char| match c {
        '\u{ff01}'..='\u{ff5e}' => u32::from(c).checked_sub(0xfee0).and_then(char::from_u32).unwrap_or(c),
        '\u{3000}' => ' ',
        c => c,
    };
    text.chars().map(half).collect()
}

fn settle(text: &str, once: impl Fn(&str) -> String) -> String {
    // two or three rounds in practice; the bound only makes the loop obviously finite
    const ROUNDS: usize = 8;
    let mut now = once(text);
    for _ in 0..ROUNDS {
        let next = once(&now);
        if next == now {
            break;
        }
        now = next;
    }
    now
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn user_names_fold_case_width_and_composition() {
        for (a, b) in [
            ("Ümit", "üMIT"),
            ("U\u{308}mit", "ümit"),
            ("ＢＡＢＳ", "babs"),
            ("STRASSE", "straße"),
            ("ΣΊΣΥΦΟΣ", "σίσυφος"),
        ] {
            assert_eq!(fold(Folding::UserName, a), fold(Folding::UserName, b), "{a} {b}");
        }
        assert_ne!(fold(Folding::UserName, "a b"), fold(Folding::UserName, "ab"));
        assert_ne!(fold(Folding::UserName, "umit"), fold(Folding::UserName, "ümit"));
    }

    #[test]
    fn folding_is_idempotent_on_awkward_texts() {
        for t in
            ["İstanbul", "ﬁancé", "ǅ", "\u{1f80}", "Å\u{327}", "ᾴ", "ＡＢ　Ｃ", "a\u{345}\u{301}", "ẞ", "ŉ"]
        {
            for how in [Folding::Caseless, Folding::UserName, Folding::Exact] {
                let once = fold(how, t).into_owned();
                assert_eq!(fold(how, &once), once, "{t:?} {how:?}");
            }
        }
    }
}
