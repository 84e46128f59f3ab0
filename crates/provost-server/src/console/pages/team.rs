//! `/settings/{org}/teams/{team}/`: a team, who is in it, and why. Its forms change teams made by hand.

use super::organisation::{Nav, enter, permit};
use super::{Common, Moment, sentence};
use crate::access::{Action, Place};
use crate::audit::By;
use crate::console::Visitor;
use crate::console::answer::{Answer, Trouble};
use crate::console::form::Form;
use crate::console::page::Page;
use crate::names::name;
use crate::people::Member;
use crate::slug::Slug;
use crate::storage::StorageError;
use crate::teams::{Change, TeamLine, TeamPageStore, TeamStore, change};
use askama::Template;

#[derive(Template)]
#[template(path = "team.html")]
struct Team {
    common: Common,
    nav: Nav,
    /// The identity provider's name inside a sentence.
    provider: &'static str,
    team: TeamLine,
    created: Moment,
    changed: Moment,
    members: Vec<Line>,
    next: Option<i64>,
    without_access: Vec<String>,
    /// How many more of these are not named.
    unnamed: i64,
    may_edit: bool,
    /// Whether SCIM is on: while it is off, teams that follow groups are changed by hand too.
    is_scim_on: bool,
    name: String,
    name_error: String,
    person: String,
    person_error: String,
    /// An error whose form is not shown.
    error: String,
    notice: Option<&'static str>,
}

/// Somebody in the team.
struct Line {
    id: String,
    name: String,
    /// Empty if the name is the address.
    address: String,
    role: &'static str,
}

impl Line {
    fn of(member: Member) -> Self {
        let address = member.email.unwrap_or(member.user_name);
        let name = member.display_name.filter(|name| !name.trim().is_empty());
        Self {
            id: member.id.map(|id| id.to_string()).unwrap_or_default(),
            role: member.role.map_or("", |held| held.role().title()),
            address: if name.is_some() { address.clone() } else { String::new() },
            name: name.unwrap_or(address),
        }
    }
}

/// A field as typed, and what is wrong with it.
#[derive(Default)]
struct Wrong {
    name: String,
    name_error: String,
    person: String,
    person_error: String,
    error: String,
}

/// The message after a form.
fn notice(done: &str) -> Option<&'static str> {
    match done {
        "made" => Some("The team is made. Add people to it below."),
        "renamed" => {
            Some("The team has its new name. The short name stays, since links and settings use it.")
        }
        "added" => Some("Added to the team."),
        "removed" => Some("Removed from the team."),
        "emptied" => Some("Nobody is in the team any more."),
        _ => None,
    }
}

pub(in crate::console) async fn show(
    visitor: &Visitor<'_>,
    slug: &Slug,
    team: &Slug,
    query: &str,
) -> Result<Answer, Trouble> {
    let (nav, place) = enter(visitor, &Page::Team(slug.clone(), team.clone()), slug).await?;
    permit(&place, Action::SeePeople)?;
    let query = Form::of_query(query);
    Answer::page(&filled(visitor, nav, &place, team, &query, Wrong::default()).await?)
}

pub(in crate::console) async fn send(
    visitor: &Visitor<'_>,
    slug: &Slug,
    team: &Slug,
    form: &Form,
) -> Result<Answer, Trouble> {
    let page = Page::Team(slug.clone(), team.clone());
    let (nav, place) = enter(visitor, &page, slug).await?;
    permit(&place, Action::EditTeams)?;
    let by = visitor.by(visitor.signed(&page)?);
    let person = || form.text("person").to_owned();
    let (wanted, what) = match form.text("do") {
        "rename" => (name(form.text("name")).map(Change::Rename), "renamed"),
        "add" => (Ok(Change::Add(person())), "added"),
        "remove" => (Ok(Change::Remove(person())), "removed"),
        "empty" => (Ok(Change::Empty), "emptied"),
        "delete" => (Ok(Change::Delete), "deleted"),
        _ => return Err(Trouble::NoForm),
    };
    let done = match wanted {
        Ok(wanted) => carry_out(visitor, &place, team, by, wanted).await,
        Err(why) => Err(StorageError::Refused(why.to_owned())),
    };
    let wrong = match done {
        Ok(()) if what == "deleted" => return Ok(Answer::done(&Page::Teams(slug.clone()), what)),
        Ok(()) => return Ok(Answer::done(&page, what)),
        Err(e) => wrong(e, form)?,
    };
    Answer::wrong(&filled(visitor, nav, &place, team, &Form::of_query(""), wrong).await?)
}

/// Changes a team by hand, and while SCIM is off one that follows a group.
async fn carry_out(
    visitor: &Visitor<'_>,
    place: &Place,
    team: &Slug,
    by: By,
    wanted: Change,
) -> Result<(), StorageError> {
    let (console, tenant) = (visitor.console, place.tenant());
    let (storage, slug, same) = (&console.storage, team.clone(), by.clone());
    let done = match wanted.clone() {
        Change::Rename(name) => storage.rename_team(by, tenant, slug, name).await,
        Change::Add(person) => storage.add_to_team(by, tenant, slug, person).await.map(drop),
        Change::Remove(person) => storage.remove_from_team(by, tenant, slug, person).await.map(drop),
        Change::Empty => storage.empty_team(by, tenant, slug).await.map(drop),
        Change::Delete => storage.delete_team(by, tenant, slug).await,
    };
    match done {
        Err(StorageError::TeamProvided(_)) if !place.organisation.scim => {
            let directory = (console.schemas.clone(), place.organisation.profile.clone());
            change(storage, directory, (same, tenant), team, wanted).await
        }
        done => done,
    }
}

/// An error to show beside its form.
fn wrong(e: StorageError, form: &Form) -> Result<Wrong, Trouble> {
    let error = match e {
        StorageError::NoTeam(_) => return Err(Trouble::NotFound),
        StorageError::NoMember(name) => {
            format!("Nobody here has the user name, the e-mail address or the id “{name}”.")
        }
        StorageError::ManyMembers { name, ids } => {
            format!("Several people are called “{name}”. Write the id of one of them: {}.", ids.join(", "))
        }
        e @ (StorageError::Refused(_) | StorageError::TeamProvided(_) | StorageError::NotInTeam { .. }) => {
            sentence(&e.to_string())
        }
        other => return Err(other.into()),
    };
    Ok(match form.text("do") {
        "rename" => Wrong { name: form.text("name").to_owned(), name_error: error, ..Wrong::default() },
        _ => Wrong { person: form.text("person").to_owned(), person_error: error, ..Wrong::default() },
    })
}

async fn filled(
    visitor: &Visitor<'_>,
    nav: Nav,
    place: &Place,
    team: &Slug,
    query: &Form,
    wrong: Wrong,
) -> Result<Team, Trouble> {
    let after = query.text("after").parse().unwrap_or(i64::MIN);
    let found = visitor.console.storage.team_page(place.tenant(), team.clone(), after).await?;
    let found = found.ok_or(Trouble::NotFound)?;
    let is_by_hand = found.team.group.is_none() || !place.organisation.scim;
    let wrong = if is_by_hand {
        wrong
    } else {
        Wrong { error: wrong.name_error + &wrong.person_error, ..Wrong::default() }
    };
    let named = i64::try_from(found.without_access.len()).unwrap_or(0);
    Ok(Team {
        common: Common::of(visitor),
        nav,
        provider: place.organisation.provider.name(),
        created: Moment(found.created),
        changed: Moment(found.team.changed),
        members: found.members.into_iter().map(Line::of).collect(),
        next: found.next,
        unnamed: found.team.without_access.saturating_sub(named),
        without_access: found.without_access,
        is_scim_on: place.organisation.scim,
        may_edit: is_by_hand && Action::EditTeams.is_allowed(place.role),
        name: if wrong.name_error.is_empty() { found.team.name.clone() } else { wrong.name },
        name_error: wrong.name_error,
        person: wrong.person,
        person_error: wrong.person_error,
        error: wrong.error,
        notice: notice(query.text("done")),
        team: found.team,
    })
}
