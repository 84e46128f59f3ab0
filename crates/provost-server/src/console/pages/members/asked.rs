//! What the list's address asks for: filters, a search, a position. Meaningless values are ignored.

use crate::console::form::{Form, encode};
use crate::people::{Mark, Role, Search, Shown, Start, Wanted};

/// The longest search text shown again, in bytes.
const LONGEST: usize = 256;

/// What to list.
#[derive(Debug, Clone)]
pub(super) struct Asked {
    /// As typed.
    pub(super) text: String,
    pub(super) state: State,
    pub(super) role: Option<Role>,
    /// As typed: a short name, or nothing.
    pub(super) team: String,
    pub(super) start: Start,
}

/// The selected tab.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum State {
    All,
    Of(Shown),
    /// Members by hand whom the identity provider un-assigned.
    LeftBehind,
    /// Directory users without a membership.
    Without,
}

impl State {
    /// All tabs, in order.
    pub(super) const ALL: [Self; 8] = [
        Self::All,
        Self::Of(Shown::Joined),
        Self::Of(Shown::Invited),
        Self::Of(Shown::Ended),
        Self::Of(Shown::Bounced),
        Self::Of(Shown::Provisioned),
        Self::LeftBehind,
        Self::Without,
    ];

    pub(super) const fn title(self) -> &'static str {
        match self {
            Self::All => "All",
            Self::Of(shown) => shown.title(),
            Self::LeftBehind => "Un-assigned, still here",
            Self::Without => "Without access",
        }
    }

    /// The word in the address.
    pub(super) const fn word(self) -> &'static str {
        match self {
            Self::All => "",
            Self::Of(shown) => shown.as_str(),
            Self::LeftBehind => "left-behind",
            Self::Without => "without-access",
        }
    }
}

impl Asked {
    pub(super) fn read(query: &Form) -> Self {
        let text = query.text("q");
        let mark = |name| Mark::parse(query.text(name));
        Self {
            text: text.get(..text.floor_char_boundary(LONGEST)).unwrap_or_default().to_owned(),
            state: State::ALL
                .into_iter()
                .find(|state| state.word() == query.text("state"))
                .unwrap_or(State::All),
            role: query.text("role").parse().ok(),
            team: query.text("team").to_owned(),
            start: match (mark("after"), mark("before")) {
                (Some(mark), _) => Start::After(mark),
                (None, Some(mark)) => Start::Before(mark),
                (None, None) => Start::First,
            },
        }
    }

    pub(super) fn search(&self) -> Search {
        Search::of(&self.text)
    }

    /// The members to list. Fails if the team is not a valid short name.
    pub(super) fn wanted(&self) -> Result<Wanted, &'static str> {
        let shown = match self.state {
            State::Of(shown) => Some(shown),
            State::All | State::LeftBehind | State::Without => None,
        };
        let team =
            if self.team.is_empty() { None } else { Some(self.team.parse().or(Err("no short name"))?) };
        let is_left_behind = self.state == State::LeftBehind;
        let (search, start) = (self.search(), self.start.clone());
        Ok(Wanted { search, shown, role: self.role, team, is_left_behind, start })
    }

    pub(super) fn is_at(&self, state: &State) -> bool {
        self.state == *state
    }

    /// Whether the list is filtered.
    pub(super) fn is_narrow(&self) -> bool {
        !self.search().words().is_empty()
            || self.role.is_some()
            || !self.team.is_empty()
            || matches!(self.state, State::Of(_))
    }

    /// The address of another page of the same list, from the `?` on.
    pub(super) fn query(&self, edge: &str, mark: &Mark) -> String {
        self.address(self.state, Some((edge, mark)))
    }

    /// The address of a tab's first page, from the `?` on.
    pub(super) fn tab(&self, state: &State) -> String {
        self.address(*state, None)
    }

    fn address(&self, state: State, edge: Option<(&str, &Mark)>) -> String {
        let role = self.role.map_or("", Role::as_str);
        // people without a membership have neither role nor team
        let narrowed = [("role", role), ("team", &self.team)].into_iter().filter(|_| state != State::Without);
        let pairs = [("q", self.text.as_str()), ("state", state.word())].into_iter().chain(narrowed);
        let pairs = pairs.map(|(name, value)| (name, value.to_owned()));
        let pairs = pairs.chain(edge.map(|(name, mark)| (name, mark.text())));
        let pairs = pairs.filter(|(_, value)| !value.is_empty());
        let pairs: Vec<String> = pairs.map(|(name, value)| format!("{name}={}", encode(&value))).collect();
        format!("?{}", pairs.join("&"))
    }
}
