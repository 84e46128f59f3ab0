//! Members page by page, by name.

use super::called::plain;
use super::shown::Shown;
use super::{Held, ManagedBy, MembershipId, Role};
use crate::clock::Timestamp;
use crate::slug::Slug;
use crate::storage::{Result, asked};
use data_encoding::HEXLOWER;
use provost::Id;
use provost::hook::TenantId;

/// People on a page.
pub(crate) const PAGE: i64 = 25;
/// How many teams of a person a list names; of the others it shows the number.
pub(crate) const TEAMS: i64 = 3;
/// The most words in a search, and how many bytes of it are read.
const WORDS: usize = 6;

asked! {
    trait RosterStore {
        /// A page of members; `None` if there is no such team.
        async fn roster(&self, tenant: TenantId, wanted: Wanted) -> Result<Option<Page<Listed>>>;

        /// A page of the SCIM users without a membership.
        async fn without_access(&self, tenant: TenantId, search: Search, start: Start) -> Result<Page<Outsider>>;

        /// The first `most` teams by short name, with their names.
        async fn first_teams(&self, tenant: TenantId, most: i64) -> Result<Vec<(Slug, String)>>;
    }
}

/// Which members are wanted.
#[derive(Debug, Clone, Default)]
pub(crate) struct Wanted {
    pub(crate) search: Search,
    pub(crate) shown: Option<Shown>,
    pub(crate) role: Option<Role>,
    pub(crate) team: Option<Slug>,
    /// Only those left behind: here by hand, with the address of somebody un-assigned.
    pub(crate) is_left_behind: bool,
    pub(crate) start: Start,
}

/// Words that must all occur in a person's names, addresses or `userName`.
#[derive(Debug, Clone, Default)]
pub(crate) struct Search(Vec<String>);

impl Search {
    pub(crate) fn of(text: &str) -> Self {
        Self(plain(text).split(' ').filter(|word| !word.is_empty()).take(WORDS).map(str::to_owned).collect())
    }

    pub(crate) fn words(&self) -> &[String] {
        &self.0
    }
}

/// Where a page begins or ends.
#[derive(Debug, Clone, Default)]
pub(crate) enum Start {
    #[default]
    First,
    After(Mark),
    Before(Mark),
}

/// A position in a list: the person at the edge of a page. It stays valid if that person goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Mark {
    pub(crate) sort: String,
    pub(crate) key: i64,
}

impl Mark {
    /// In the form for a link.
    pub(crate) fn text(&self) -> String {
        let bytes = [self.key.to_be_bytes().as_slice(), self.sort.as_bytes()].concat();
        HEXLOWER.encode(&bytes)
    }

    /// `None` for a text that we would not write.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let bytes = HEXLOWER.decode(text.as_bytes()).ok()?;
        let (key, sort) = bytes.split_first_chunk::<8>()?;
        let sort = std::str::from_utf8(sort).ok().filter(|sort| *sort == plain(sort))?;
        Some(Self { key: i64::from_be_bytes(*key), sort: sort.to_owned() })
    }
}

/// A page of a list.
#[derive(Debug, Clone)]
pub(crate) struct Page<T> {
    pub(crate) people: Vec<T>,
    /// Where the previous page ends, if there is one.
    pub(crate) before: Option<Mark>,
    /// Where the next page begins, if there is one.
    pub(crate) after: Option<Mark>,
}

/// A member, for a list that people read.
#[derive(Debug, Clone)]
pub(crate) struct Listed {
    pub(crate) id: MembershipId,
    /// The name, or else the address, or else the `userName`.
    pub(crate) name: String,
    /// The address, if it is not the name already.
    pub(crate) address: Option<String>,
    pub(crate) role: Held,
    pub(crate) shown: Shown,
    pub(crate) managed_by: ManagedBy,
    /// The names of the first teams.
    pub(crate) teams: Vec<String>,
    pub(crate) more_teams: i64,
    pub(crate) last_sign_in: Option<Timestamp>,
    /// Whether somebody with the address was un-assigned, and no owner has decided since.
    pub(crate) is_left_behind: bool,
    /// Another membership that may be the same person's.
    pub(crate) twin: Option<MembershipId>,
}

/// A SCIM user without a membership.
#[derive(Debug, Clone)]
pub(crate) struct Outsider {
    /// Of the SCIM user.
    pub(crate) id: Id,
    pub(crate) name: String,
    pub(crate) address: Option<String>,
    pub(crate) user_name: String,
    /// When their membership ended, if known.
    pub(crate) unassigned: Option<Timestamp>,
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Seen to fail: without comparing the text with its stored form.
    #[test]
    fn a_mark_is_what_we_wrote_or_none() {
        for (sort, key) in [("", 0), ("ann a.", i64::MAX), ("محمد", -1), ("👩‍🚀", 7)] {
            let mark = Mark { sort: sort.to_owned(), key };
            assert_eq!(Mark::parse(&mark.text()), Some(mark));
        }
        let of = |sort: &[u8]| HEXLOWER.encode(&[&[0; 8], sort].concat());
        for text in [
            "",
            "0",
            "zz",
            "00",
            "0000000000000A00",
            "' or 1=1 --",
            "%00",
            &of(b"\0"),
            &of(b"\xff"),
            &of(b"A"),
        ] {
            assert_eq!(Mark::parse(text), None, "{text}");
        }
    }

    #[test]
    fn a_search_is_some_words() {
        assert_eq!(Search::of(" Tomás\u{0}% _ \\ ' ").words(), ["tomas", "%", "_", "\\", "'"]);
        assert_eq!(Search::of(&"a ".repeat(1_000)).words().len(), WORDS);
        assert!(Search::of("").words().is_empty());
    }
}
