//! Short names that stand in commands and URLs: of organisations, as an operator chose them; of teams, made from a name.
//!
//! A name in another script is written in Latin letters where that can be done letter by letter, that is, where every sound
//! is written, in its place. Han is not such a script: the same characters are read in one way in Beijing and in another in
//! Tokyo, and a reading in the wrong language may say something else. Nor are those that leave vowels out or write them in
//! another order (Arabic, Hebrew, Thai, the scripts of India): nobody would recognise the name. Of a name that has letters of
//! such a script, only the Latin ones are taken.

use any_ascii::any_ascii_char;
use std::fmt;
use std::str::FromStr;
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

const LONGEST: usize = 60;

/// Lower-case ASCII letters and digits in groups with single hyphens between them, 60 characters at most.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Slug(String);

impl Slug {
    /// A slug as like to `name` as can be; `otherwise` when nothing of the name can stand in one.
    pub(crate) fn from_name(name: &str, otherwise: &str) -> Self {
        // composed, which also makes plain letters of full-width ones and the like
        let name: String = name.nfkc().collect();
        let readable = name.chars().all(|c| !c.is_alphabetic() || is_latin(c) || is_spelt_out(c));
        let mut slug = String::new();
        for c in name.chars().filter(|c| !is_combining_mark(*c)) {
            if slug.len() >= LONGEST {
                break;
            }
            if is_latin(c) || c.is_ascii_digit() || (readable && is_spelt_out(c)) {
                let written = any_ascii_char(c).chars().filter(char::is_ascii_alphanumeric);
                slug.extend(written.map(|c| c.to_ascii_lowercase()));
            } else if !slug.is_empty() && !slug.ends_with('-') {
                slug.push('-');
            }
        }
        let slug = cut(&slug, LONGEST);
        // digits alone say nothing where the letters are left out
        let says_nothing = !readable && !slug.contains(|c: char| c.is_ascii_alphabetic());
        Self(if slug.is_empty() || says_nothing { otherwise } else { slug }.to_owned())
    }

    /// A slug read from the database.
    pub(crate) fn stored(text: String) -> Self {
        Self(text)
    }

    /// This slug with `-2`, `-3` and so on behind it, and shorter where it would be too long with that.
    pub(crate) fn numbered(&self, number: u64) -> Self {
        let number = format!("-{number}");
        Self(format!("{}{number}", cut(&self.0, LONGEST.saturating_sub(number.len()))))
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

/// The beginning of a slug, up to so many characters. All of them are ASCII.
fn cut(slug: &str, longest: usize) -> &str {
    slug.get(..longest).unwrap_or(slug).trim_end_matches('-')
}

/// The letters of Latin with all accents and ligatures, those of phonetics and of Vietnamese.
fn is_latin(c: char) -> bool {
    c.is_ascii_alphabetic() || (c.is_alphabetic() && matches!(c, 'À'..='ʯ' | 'Ḁ'..='ỿ'))
}

/// The letters of Greek, Cyrillic, Armenian, Georgian, Korean and the two syllabaries of Japanese.
fn is_spelt_out(c: char) -> bool {
    let greek = matches!(c, 'Ͱ'..='Ͽ' | 'ἀ'..='῾');
    let cyrillic = matches!(c, 'Ѐ'..='ԯ');
    let caucasian = matches!(c, 'Ա'..='ֈ' | 'Ⴀ'..='ჿ' | 'Ა'..='Ჿ');
    let hangul = matches!(c, '가'..='힣');
    let kana = matches!(c, 'ぁ'..='ゖ' | 'ァ'..='ヺ' | 'ー');
    greek || cyrillic || caucasian || hangul || kana
}

impl FromStr for Slug {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let groups_fit = text.split('-').all(|group| {
            !group.is_empty() && group.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit())
        });
        if groups_fit && text.len() <= LONGEST {
            return Ok(Self(text.to_owned()));
        }
        Err(format!(
            "a short name has up to {LONGEST} lower-case letters and digits with single hyphens between them, for example `{}`",
            Self::from_name(text, "acme")
        ))
    }
}

impl fmt::Display for Slug {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl serde::Serialize for Slug {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slugs_are_made_from_names() {
        for (name, slug) in [
            ("Engineering", "engineering"),
            ("  R&D / Zürich  ", "r-d-zurich"),
            ("ＦＵＬＬ width", "full-width"),
            ("Tour-Guides", "tour-guides"),
            ("Straße Łódź, Søren & Ærø", "strasse-lodz-soren-aero"),
            ("Zu\u{308}rich", "zurich"),
            ("Nguyễn Đức", "nguyen-duc"),
            ("Отдел продаж", "otdel-prodazh"),
            ("объём 2", "obem-2"),
            ("Ελληνική Ομάδα", "elliniki-omada"),
            ("ქართული გუნდი", "kartuli-gundi"),
            ("개발팀", "gaebaltim"),
            ("エンジニアリング", "enjiniaringu"),
            // what cannot be written letter by letter gets no letters, not even some of it
            ("営業部", "team"),
            ("開発チーム", "team"),
            ("مهندسة", "team"),
            ("שלום", "team"),
            ("ทีมขาย", "team"),
            ("विकास", "team"),
            ("営業部 Tokyo 3", "tokyo-3"),
            ("R営業D", "r-d"),
            ("営業部2", "team"),
            ("2026", "2026"),
            ("🚀 Rocket", "rocket"),
            ("№ 5", "no-5"),
            ("", "team"),
            ("---", "team"),
        ] {
            let made = Slug::from_name(name, "team");
            assert_eq!(made.as_str(), slug, "{name}");
            assert!(made.as_str().parse::<Slug>().is_ok(), "{made}");
        }
        let long = Slug::from_name(&"x-".repeat(100), "team");
        assert!(long.as_str().parse::<Slug>().is_ok(), "{long}");
        for number in [2, 20_000] {
            let numbered = long.numbered(number);
            assert!(numbered.as_str().parse::<Slug>().is_ok(), "{numbered}");
            assert!(numbered.as_str().ends_with(&format!("-{number}")), "{numbered}");
        }
    }

    #[test]
    fn written_slugs_are_checked_and_mended_in_the_message() {
        for good in ["a", "acme", "acme-2", "0-0"] {
            assert!(good.parse::<Slug>().is_ok(), "{good}");
        }
        for bad in ["", "-", "Acme", "a--b", "a-", "-a", "a b", "ä", "a/b", &"a".repeat(61)] {
            assert!(bad.parse::<Slug>().is_err(), "{bad}");
        }
        assert!("Acme Corp".parse::<Slug>().expect_err("refused").contains("`acme-corp`"));
    }
}
