//! `/settings/{org}/`: the state of an organisation, what needs attention, and what happened last.

use super::organisation::{Nav, enter};
use super::{Common, capital, lately};
use crate::access::{Action, Place, may_invite};
use crate::checks::{
    Connection, Count, FactStore, Facts, Finding, Level, Standing, To, connection, examine, standing,
};
use crate::console::Visitor;
use crate::console::answer::{Answer, Trouble};
use crate::console::page::Page;
use crate::slug::Slug;
use askama::Template;

#[derive(Template)]
#[template(path = "overview.html")]
struct Overview {
    common: Common,
    nav: Nav,
    standing: Standing,
    lamp: &'static str,
    panel: &'static str,
    members: Count,
    teams: Count,
    /// Changes refused in the last 7 days.
    refused: i64,
    found: Vec<Line>,
    /// Whether something needs attention.
    is_needed: bool,
    /// Whether there is nobody else yet and no identity provider that calls.
    is_new: bool,
    lately: Vec<lately::Line>,
    may_invite: bool,
    provider: &'static str,
}

/// A check's finding, as listed.
struct Line {
    lamp: &'static str,
    what: String,
    follows: String,
    /// The remedy, and its address.
    way: Option<(&'static str, String)>,
}

impl Line {
    fn of(finding: Finding, slug: &Slug) -> Self {
        Self {
            lamp: lamp(finding.level),
            what: capital(&finding.what),
            follows: finding.follows,
            way: finding.way.map(|way| (way.label, address(way.to, slug))),
        }
    }
}

const fn lamp(level: Level) -> &'static str {
    match level {
        Level::Wrong => "bad",
        Level::Warning => "warn",
        Level::Hint => "wait",
    }
}

fn address(to: To, slug: &Slug) -> String {
    let members = || Page::Members(slug.clone()).path();
    match to {
        To::Auth => Page::Auth(slug.clone()).path(),
        To::Brake => Page::Auth(slug.clone()).path() + "#brake",
        To::Members => members(),
        To::Ended => members() + "?state=ended",
        To::Bounced => members() + "?state=bounced",
        To::LeftBehind => members() + "?state=left-behind",
        #[cfg(feature = "sso")]
        To::SignOn => Page::SignOn(slug.clone()).path(),
    }
}

/// For people who may see nothing about others.
#[derive(Template)]
#[template(path = "overview_own.html")]
struct Own {
    common: Common,
    nav: Nav,
    place: Place,
}

pub(in crate::console) async fn show(visitor: &Visitor<'_>, slug: &Slug) -> Result<Answer, Trouble> {
    let (nav, place) = enter(visitor, &Page::Organisation(slug.clone()), slug).await?;
    if !Action::SeeSettings.is_allowed(place.role) {
        return Answer::page(&Own { common: Common::of(visitor), nav, place });
    }
    let console = visitor.console;
    let organisation = place.organisation.clone();
    let facts = console.storage.facts(organisation, console.sends_mail, visitor.now).await?;
    let lately = lately::lines(visitor, &place).await?;
    Answer::page(&filled(Common::of(visitor), nav, &place, &facts, lately))
}

fn filled(common: Common, nav: Nav, place: &Place, facts: &Facts, lately: Vec<lately::Line>) -> Overview {
    let found: Vec<Finding> = examine(facts).into_iter().map(|(_, finding)| finding).collect();
    let standing = standing(facts, &found);
    let standing = Standing { text: capital(&standing.text), ..standing };
    let connection = connection(&facts.organisation, &facts.tokens, &facts.heard, facts.now);
    let has_called = matches!(connection, Connection::Calls(_) | Connection::Silent(_));
    let is_needed = standing.level.is_some_and(|level| level < Level::Hint);
    let panel = match standing.level {
        Some(level) => lamp(level),
        None => "ok",
    };
    Overview {
        common,
        lamp: if connection == Connection::Off && panel == "wait" { "off" } else { panel },
        panel,
        is_needed,
        is_new: !has_called && !is_needed && facts.members.is_one(),
        members: facts.members,
        teams: facts.teams,
        refused: facts.refused,
        lately,
        found: found.into_iter().map(|finding| Line::of(finding, &nav.slug)).collect(),
        may_invite: may_invite(place.role, place.organisation.inviting.inviters),
        provider: place.organisation.provider.name(),
        nav,
        standing,
    }
}
