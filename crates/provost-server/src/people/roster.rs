//! Members page by page, by name: what is wanted, and what a page of them is.

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
/// Teams of a person that a list names; of others it says how many.
pub(crate) const TEAMS: i64 = 3;
/// Words of a search, and what is read of it in bytes.
const WORDS: usize = 6;

asked! {
    trait RosterStore {
        /// A page of the members; `None` where there is no such team.
        async fn roster(&self, tenant: TenantId, wanted: Wanted) -> Result<Option<Page<Listed>>>;

        /// A page of the users of the directory who hold no membership.
        async fn without_access(&self, tenant: TenantId, search: Search, start: Start) -> Result<Page<Outsider>>;

        /// The first teams by short name, at most so many: short name and name.
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
    /// Only those who were un-assigned, and are here by hand.
    pub(crate) is_left_behind: bool,
    pub(crate) start: Start,
}

/// The words that must all be somewhere in the names, addresses or `userName` of a person.
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

/// Where a page begins, or ends.
#[derive(Debug, Clone, Default)]
pub(crate) enum Start {
    #[default]
    First,
    After(Mark),
    Before(Mark),
}

/// A place in a list: the person at the edge of a page. It stays good when that person goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Mark {
    pub(crate) sort: String,
    pub(crate) key: i64,
}

impl Mark {
    /// As a link carries it.
    pub(crate) fn text(&self) -> String {
        let bytes = [self.key.to_be_bytes().as_slice(), self.sort.as_bytes()].concat();
        HEXLOWER.encode(&bytes)
    }

    /// `None` for a text that none of our links carries.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let bytes = HEXLOWER.decode(text.as_bytes()).ok()?;
        let (key, sort) = bytes.split_first_chunk::<8>()?;
        let sort = std::str::from_utf8(sort).ok().filter(|sort| *sort == plain(sort))?;
        Some(Self { key: i64::from_be_bytes(*key), sort: sort.to_owned() })
    }
}

/// Some of a list.
#[derive(Debug, Clone)]
pub(crate) struct Page<T> {
    pub(crate) people: Vec<T>,
    /// Where the page before ends, if there is one.
    pub(crate) before: Option<Mark>,
    /// Where the page after begins, if there is one.
    pub(crate) after: Option<Mark>,
}

/// A member, for a list that people read.
#[derive(Debug, Clone)]
pub(crate) struct Listed {
    pub(crate) id: MembershipId,
    /// Else the address, else the `userName`.
    pub(crate) name: String,
    /// What is said below the name, if it is something else.
    pub(crate) address: Option<String>,
    pub(crate) role: Held,
    pub(crate) shown: Shown,
    pub(crate) managed_by: ManagedBy,
    /// The names of the first teams.
    pub(crate) teams: Vec<String>,
    pub(crate) more_teams: i64,
    pub(crate) last_sign_in: Option<Timestamp>,
    /// Whether somebody with the address was un-assigned, and nobody has decided since.
    pub(crate) is_left_behind: bool,
    /// A membership that may be the same person's.
    pub(crate) twin: Option<MembershipId>,
}

/// A user of the directory who holds no membership.
#[derive(Debug, Clone)]
pub(crate) struct Outsider {
    /// Of the SCIM user.
    pub(crate) id: Id,
    pub(crate) name: String,
    pub(crate) address: Option<String>,
    pub(crate) user_name: String,
    /// When a membership ended, where that is known.
    pub(crate) unassigned: Option<Timestamp>,
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Seen to fail: without the comparison with what a name is stored as.
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
