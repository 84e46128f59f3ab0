//! What is wrong with the metadata of an identity provider since it was read last. None of it takes single sign-on away.

use crate::clock::Timestamp;

/// The longest part of what came that is repeated, in characters.
const SHOWN: usize = 300;

/// What is wrong, and since when.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Trouble {
    pub(crate) since: Timestamp,
    pub(crate) amiss: Amiss,
}

/// What is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Amiss {
    /// It could not be fetched, or what came is no metadata: why.
    Unread(String),
    /// It is that of another identity provider: its entity ID.
    Entity(String),
    /// It names another address to sign people in at.
    SignOn(String),
    /// It names another address to log out at, or none.
    Logout(String),
}

impl Amiss {
    /// The word of its kind, and what is told of it.
    pub(crate) fn columns(&self) -> (&'static str, &str) {
        match self {
            Self::Unread(why) => ("unread", why),
            Self::Entity(id) => ("entity", id),
            Self::SignOn(url) => ("sign-on", url),
            Self::Logout(url) => ("logout", url),
        }
    }

    pub(crate) fn stored(kind: &str, said: String) -> Option<Self> {
        Some(match kind {
            "unread" => Self::Unread(said),
            "entity" => Self::Entity(said),
            "sign-on" => Self::SignOn(said),
            "logout" => Self::Logout(said),
            _ => return None,
        })
    }

    /// What is the matter: a sentence without its capital letter and its full stop.
    pub(crate) fn what(&self) -> &'static str {
        match self {
            Self::Unread(_) => "the metadata of the identity provider cannot be read",
            Self::Entity(_) => "the metadata is that of another identity provider",
            Self::SignOn(_) => "the metadata names another sign-on address",
            Self::Logout(_) => "the metadata names another logout address",
        }
    }

    /// What came, and what follows from it: whole sentences.
    pub(crate) fn follows(&self) -> String {
        match self {
            Self::Unread(why) => format!(
                "{} It is tried again every hour, and people sign in as before; but a new certificate would not be known here.",
                sentence(why)
            ),
            Self::Entity(id) => format!(
                "Its entity ID is {}, so nothing of it counts, and people sign in as before. If that is meant, press Get Metadata again, \
                 test the draft, and put it in force: as another connection, by which nobody is linked yet.",
                cut(id)
            ),
            Self::SignOn(url) => format!(
                "It is {}, and people are still sent to the one of before. If that is meant, press Get Metadata again, test the draft, and \
                 put it in force: everybody stays linked.",
                cut(url)
            ),
            Self::Logout(url) => format!(
                "{}, and the one of before is still in use. If that is meant, press Get Metadata again, test the draft, and put it in force: \
                 everybody stays linked.",
                if url.is_empty() { "It names none".to_owned() } else { format!("It is {}", cut(url)) }
            ),
        }
    }
}

/// What others wrote, cut, and without what a terminal would obey.
fn cut(text: &str) -> String {
    let shown: String = text.chars().take(SHOWN).map(|c| if c.is_control() { ' ' } else { c }).collect();
    if text.chars().nth(SHOWN).is_some() { shown + "…" } else { shown }
}

fn sentence(text: &str) -> String {
    let text = cut(text);
    let mut chars = text.chars();
    let first: String = chars.next().map(|c| c.to_uppercase().collect()).unwrap_or_default();
    first + chars.as_str() + "."
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_kept_as_it_was() {
        for amiss in [
            Amiss::Unread("the host answered 500 instead of 200".to_owned()),
            Amiss::Entity("https://other.example/".to_owned()),
            Amiss::SignOn("https://other.example/sso".to_owned()),
            Amiss::Logout(String::new()),
        ] {
            let (kind, said) = amiss.columns();
            assert_eq!(Amiss::stored(kind, said.to_owned()), Some(amiss));
        }
        assert_eq!(Amiss::stored("other", String::new()), None);
    }

    #[test]
    fn what_others_wrote_is_cut() {
        let long = Amiss::Unread("x\u{1b}".repeat(1_000)).follows();
        assert!(long.len() < 600 && !long.contains('\u{1b}'), "{long}");
    }
}
