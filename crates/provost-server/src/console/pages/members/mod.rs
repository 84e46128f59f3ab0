//! `/settings/{org}/members/`: who is in an organisation, and who in its directory is not.
//!
//! `asked.rs` reads the address, `lines.rs` has the list; `invite.rs` is the page for inviting people.

mod asked;
pub(in crate::console) mod invite;
mod lines;

use super::Common;
use super::organisation::{Nav, enter, permit};
use crate::access::{Action, Place};
use crate::console::Visitor;
use crate::console::answer::{Answer, Trouble};
use crate::console::form::Form;
use crate::console::page::Page;
use crate::organisations::IdentityProvider;
use crate::people::{Role, RosterStore};
use crate::slug::Slug;
use askama::Template;
use asked::{Asked, State};
use lines::{MemberLine, OutsiderLine};

/// The most teams suggested in the filter.
const SUGGESTED: i64 = 200;

#[derive(Template)]
#[template(path = "members.html")]
struct Members {
    common: Common,
    nav: Nav,
    provider: IdentityProvider,
    /// Why the visitor may not invite by hand.
    not_inviting: Option<String>,
    /// Whether people were just invited.
    has_invited: bool,
    asked: Asked,
    /// What is wrong with the filters.
    error: String,
    teams: Vec<(Slug, String)>,
    listed: Listed,
    /// The queries of the previous and next pages.
    before: Option<String>,
    after: Option<String>,
}

enum Listed {
    Members(Vec<MemberLine>),
    Outsiders(Vec<OutsiderLine>),
}

impl Listed {
    fn is_empty(&self) -> bool {
        match self {
            Self::Members(lines) => lines.is_empty(),
            Self::Outsiders(lines) => lines.is_empty(),
        }
    }
}

pub(in crate::console) async fn show(
    visitor: &Visitor<'_>,
    slug: &Slug,
    query: &str,
) -> Result<Answer, Trouble> {
    let (nav, place) = enter(visitor, &Page::Members(slug.clone()), slug).await?;
    permit(&place, Action::SeePeople)?;
    let query = Form::of_query(query);
    let mut page = filled(visitor, nav, &place, Asked::read(&query)).await?;
    page.has_invited = query.text("done") == "invited";
    Answer::page(&page)
}

async fn filled(visitor: &Visitor<'_>, nav: Nav, place: &Place, asked: Asked) -> Result<Members, Trouble> {
    let (storage, tenant) = (&visitor.console.storage, place.tenant());
    let provider = place.organisation.provider;
    let mut error = String::new();
    let (listed, before, after) = if asked.state == State::Without {
        let page = storage.without_access(tenant, asked.search(), asked.start.clone()).await?;
        let lines = page.people.into_iter().map(|person| OutsiderLine::of(person, provider)).collect();
        (Listed::Outsiders(lines), page.before, page.after)
    } else {
        let page = match asked.wanted() {
            Ok(wanted) => storage.roster(tenant, wanted).await?,
            Err(_no_slug) => None,
        };
        match page {
            Some(page) => {
                let lines = page.people.into_iter().map(|member| MemberLine::of(member, provider)).collect();
                (Listed::Members(lines), page.before, page.after)
            }
            None => {
                error = format!(
                    "No team has the short name “{}”. The field suggests those there are.",
                    asked.team
                );
                (Listed::Members(Vec::new()), None, None)
            }
        }
    };
    Ok(Members {
        common: Common::of(visitor),
        nav,
        provider,
        not_inviting: invite::refusal(place),
        has_invited: false,
        error,
        teams: storage.first_teams(tenant, SUGGESTED).await?,
        listed,
        before: before.map(|mark| asked.query("before", &mark)),
        after: after.map(|mark| asked.query("after", &mark)),
        asked,
    })
}
