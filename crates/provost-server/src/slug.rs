//! Short names that stand in commands and URLs: of organisations, as an operator chose them; of teams, made from a name.

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
        let mut slug = String::new();
        for c in name.nfkd().filter(|c| !is_combining_mark(*c)).flat_map(char::to_lowercase) {
            if c.is_ascii_alphanumeric() {
                slug.push(c);
            } else if !slug.is_empty() && !slug.ends_with('-') {
                slug.push('-');
            }
            if slug.len() == LONGEST {
                break;
            }
        }
        let slug = slug.trim_end_matches('-');
        Self(if slug.is_empty() { otherwise } else { slug }.to_owned())
    }

    /// A slug read from the database.
    pub(crate) fn stored(text: String) -> Self {
        Self(text)
    }

    /// This slug with `-2`, `-3` and so on behind it.
    pub(crate) fn numbered(&self, number: usize) -> Self {
        Self(format!("{self}-{number}"))
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
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
            "a slug has up to {LONGEST} lower-case letters and digits with single hyphens between them, for example `{}`",
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
            ("営業部", "team"),
            ("", "team"),
            ("---", "team"),
        ] {
            let made = Slug::from_name(name, "team");
            assert_eq!(made.as_str(), slug, "{name}");
            assert!(made.as_str().parse::<Slug>().is_ok(), "{made}");
        }
        let long = Slug::from_name(&"x-".repeat(100), "team");
        assert!(long.as_str().parse::<Slug>().is_ok(), "{long}");
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
