//! `/settings/{org}/teams/`: an organisation's teams, page by page. Its form makes one by hand.

use super::organisation::{Nav, enter, permit};
use super::{Common, Moment, sentence};
use crate::access::{Action, Place};
use crate::console::Visitor;
use crate::console::answer::{Answer, Trouble};
use crate::console::form::{Form, encode};
use crate::console::page::Page;
use crate::names::name;
use crate::slug::Slug;
use crate::teams::{From, TeamLine, TeamPageStore, TeamStore};
use askama::Template;

/// The longest search text, in characters.
const LONGEST: usize = 200;

#[derive(Template)]
#[template(path = "teams.html")]
struct Teams {
    common: Common,
    nav: Nav,
    /// The identity provider's name inside a sentence.
    provider: &'static str,
    lines: Vec<Line>,
    /// The search text.
    having: String,
    /// The same, encoded for a link.
    having_encoded: String,
    /// The short names at which the previous and next pages begin.
    before: Option<Slug>,
    after: Option<Slug>,
    may_edit: bool,
    name: String,
    name_error: String,
    notice: Option<&'static str>,
}

struct Line {
    team: TeamLine,
    changed: Moment,
}

/// A team that could not be made, and why.
#[derive(Default)]
struct Wrong {
    name: String,
    error: String,
}

pub(in crate::console) async fn show(
    visitor: &Visitor<'_>,
    slug: &Slug,
    query: &str,
) -> Result<Answer, Trouble> {
    let (nav, place) = enter(visitor, &Page::Teams(slug.clone()), slug).await?;
    permit(&place, Action::SeePeople)?;
    let query = Form::of_query(query);
    Answer::page(&filled(visitor, nav, &place, &query, Wrong::default()).await?)
}

pub(in crate::console) async fn send(
    visitor: &Visitor<'_>,
    slug: &Slug,
    form: &Form,
) -> Result<Answer, Trouble> {
    let page = Page::Teams(slug.clone());
    let (nav, place) = enter(visitor, &page, slug).await?;
    permit(&place, Action::EditTeams)?;
    let name = match name(form.text("name")) {
        Ok(name) => name,
        Err(why) => {
            let wrong = Wrong { name: form.text("name").to_owned(), error: sentence(why) };
            let none = Form::of_query("");
            return Answer::wrong(&filled(visitor, nav, &place, &none, wrong).await?);
        }
    };
    let by = visitor.by(visitor.signed(&page)?);
    let team = visitor.console.storage.create_team(by, place.tenant(), name, None).await?;
    Ok(Answer::done(&Page::Team(slug.clone(), team.slug), "made"))
}

async fn filled(
    visitor: &Visitor<'_>,
    nav: Nav,
    place: &Place,
    query: &Form,
    wrong: Wrong,
) -> Result<Teams, Trouble> {
    // names have no control characters, and PostgreSQL takes no text with a zero byte
    let having: String = query.text("q").chars().filter(|c| !c.is_control()).take(LONGEST).collect();
    let from = match (query.text("after").parse(), query.text("before").parse()) {
        (Ok(after), _) => From::After(after),
        (_, Ok(before)) => From::Before(before),
        _ => From::Start,
    };
    let found = visitor.console.storage.teams_from(place.tenant(), having.clone(), from).await?;
    let end =
        |has_more: bool, line: Option<&TeamLine>| line.filter(|_| has_more).map(|line| line.slug.clone());
    Ok(Teams {
        common: Common::of(visitor),
        nav,
        provider: place.organisation.provider.name(),
        having_encoded: encode(&having),
        having,
        before: end(found.has_earlier, found.lines.first()),
        after: end(found.has_later, found.lines.last()),
        lines: found.lines.into_iter().map(|team| Line { changed: Moment(team.changed), team }).collect(),
        may_edit: Action::EditTeams.is_allowed(place.role),
        name: wrong.name,
        name_error: wrong.error,
        notice: (query.text("done") == "deleted")
            .then_some("The team is deleted. Its members stay members of the organisation."),
    })
}
