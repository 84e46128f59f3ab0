//! What is wrong with an identity provider's metadata since it was last read. None of this stops sign-ins.

use crate::clock::Timestamp;

/// The longest quotation of foreign text, in characters.
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
    /// It could not be fetched, or is not metadata: the reason.
    Unread(String),
    /// It belongs to another identity provider: its entity ID.
    Entity(String),
    /// It names another sign-on address.
    SignOn(String),
    /// It names another logout address, or none.
    Logout(String),
}

impl Amiss {
    /// The word for the kind, and its detail.
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

    /// The trouble: a sentence without capital letter and full stop.
    pub(crate) fn what(&self) -> &'static str {
        match self {
            Self::Unread(_) => "the metadata of the identity provider cannot be read",
            Self::Entity(_) => "the metadata is that of another identity provider",
            Self::SignOn(_) => "the metadata names another sign-on address",
            Self::Logout(_) => "the metadata names another logout address",
        }
    }

    /// What came and what follows from it, in whole sentences.
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

/// Cuts foreign text and removes what a terminal would obey.
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
