//! User names: how they are compared, and which are refused.

use precis_profiles::UsernameCaseMapped;
use precis_profiles::precis_core::profile::Rules;
use std::borrow::Cow;
use unicode_normalization::UnicodeNormalization;

/// RFC 8265 section 3.3.2: width mapping, then lower case, then NFC. A directory also contains names that PRECIS
/// refuses, for instance with blanks inside; they are mapped in the same way.
pub(super) fn mapped(text: &str) -> String {
    let rules = UsernameCaseMapped::new();
    let wide = rules.width_mapping_rule(text).unwrap_or(Cow::Borrowed(text));
    // lower-casing produces two forms of sigma, depending on the position; they are the same letter
    wide.to_lowercase().replace('ς', "σ").nfc().collect()
}

/// Why a text is refused as a user name: it is blank, or contains an invisible character, with which two names could
/// look alike. `None` if it is acceptable. Blanks inside are fine.
///
/// ```
/// use provost_core::fold::user_name_fault;
/// assert_eq!(user_name_fault("Anna Berg"), None);
/// assert_eq!(
///     user_name_fault("anna\u{200b}").as_deref(),
///     Some("its 5th character is invisible, U+200B")
/// );
/// ```
#[must_use]
pub fn user_name_fault(name: &str) -> Option<String> {
    if name.chars().all(is_blank) {
        return Some("it is blank".to_owned());
    }
    let found = name.chars().zip(1..).find_map(|(c, n)| Some((c, n, what(c)?)));
    found.map(|(c, n, what)| format!("its {} character is {what}, U+{:04X}", ordinal(n), u32::from(c)))
}

/// White space, and letters that are displayed as nothing: Hangul fillers and the empty Braille pattern.
fn is_blank(c: char) -> bool {
    c.is_whitespace() || matches!(c, '\u{115f}' | '\u{1160}' | '\u{2800}' | '\u{3164}' | '\u{ffa0}')
}

/// What is wrong with a character.
fn what(c: char) -> Option<&'static str> {
    Some(match c {
        '\t' => "a tab",
        '\n' | '\u{b}' | '\u{c}' | '\r' | '\u{85}' | '\u{2028}' | '\u{2029}' => "a line break",
        c if c.is_control() => "a control character",
        '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => {
            "one that changes the writing direction"
        }
        // the other format characters of Unicode (category Cf) that have no visible shape
        '\u{ad}'
        | '\u{180e}'
        | '\u{200b}'..='\u{200d}'
        | '\u{2060}'..='\u{2064}'
        | '\u{206a}'..='\u{206f}'
        | '\u{feff}'
        | '\u{fff9}'..='\u{fffb}'
        | '\u{13430}'..='\u{1343f}'
        | '\u{1bca0}'..='\u{1bca3}'
        | '\u{1d173}'..='\u{1d17a}'
        | '\u{e0001}'
        | '\u{e0020}'..='\u{e007f}' => "invisible",
        '\u{fdd0}'..='\u{fdef}' => "not a character",
        c if u32::from(c) & 0xfffe == 0xfffe => "not a character",
        _ => return None,
    })
}

fn ordinal(n: usize) -> String {
    let ending = match (n % 10, n % 100) {
        (_, 11..=13) => "th",
        (1, _) => "st",
        (2, _) => "nd",
        (3, _) => "rd",
        _ => "th",
    };
    format!("{n}{ending}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blank_names_and_invisible_characters_are_faults() {
        for bad in [
            "",
            " ",
            "\u{3000}\u{a0}",
            "\u{3164} \u{2800}",
            "a\u{1bca0}",
            "a\u{1d173}",
            "a\u{13430}",
            "\t",
            "a\tb",
            "a\nb",
            "a\r\nb",
            "a\u{85}b",
            "a\u{2028}b",
            "a\u{7f}",
            "\u{1}a",
            "a\u{9b}",
            "a\u{202e}b",
            "\u{200f}a",
            "\u{2066}a\u{2069}",
            "a\u{61c}",
            "a\u{200b}",
            "a\u{200d}b",
            "\u{feff}a",
            "a\u{2060}",
            "a\u{ad}b",
            "a\u{180e}",
            "a\u{e0041}",
            "a\u{fdd0}",
            "a\u{ffff}",
            "a\u{1fffe}",
        ] {
            assert!(user_name_fault(bad).is_some(), "{bad:?}");
        }
        for good in [
            "a",
            " a ",
            "Anna Berg",
            "maren@example.com",
            "ß",
            "\u{5d0}\u{5d1}",
            "\u{1f9d1}",
            "a\u{301}",
            "…",
        ] {
            assert_eq!(user_name_fault(good), None, "{good:?}");
        }
    }

    #[test]
    fn the_place_is_told() {
        assert_eq!(
            user_name_fault("eleven letr\u{202e}").as_deref(),
            Some("its 12th character is one that changes the writing direction, U+202E")
        );
        assert_eq!(
            ordinal(1) + &ordinal(2) + &ordinal(3) + &ordinal(11) + &ordinal(21) + &ordinal(113),
            "1st2nd3rd11th21st113th"
        );
    }
}
