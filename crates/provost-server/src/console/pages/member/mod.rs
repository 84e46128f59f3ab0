//! `/settings/{org}/members/{id}/`: where each value of a member comes from, how it came about, and what would happen to it.
//! `/settings/{org}/people/{id}/` is the same for a user of the directory, who may have no access.
//!
//! `values.rs` says where values come from, `told.rs` what happened, `outlook.rs` what would happen, `standing.rs` the sentence
//! at the top, `sign_on.rs` the link to the identity provider; `forms.rs` does what the page's forms ask for.

mod forms;
mod outlook;
mod sign_on;
mod standing;
pub(super) mod told;
mod values;

pub(in crate::console) use forms::send;

use super::account;
use super::organisation::{Nav, enter};
use super::{Common, Moment};
use crate::access::{Action, Place, Right};
use crate::audit::Entry;
use crate::console::Visitor;
use crate::console::answer::{Answer, Trouble};
use crate::console::page::Page;
use crate::people::{
    Details, DirectoryUser, History, MembershipId, PossibleMatch, Profile, ProfileStore, Whose,
};
use crate::slug::Slug;
use crate::tokens::TokenStore;
use askama::Template;
use forms::Acts;
use outlook::Outlook;
use provost::Id;
use sign_on::SignOn;
use standing::Standing;
use std::collections::HashMap;
use told::{Line, Tellers};
use values::Value;

#[derive(Template)]
#[template(path = "member.html")]
struct MemberPage {
    common: Common,
    nav: Nav,
    notice: Option<&'static str>,
    error: String,
    name: String,
    standing: Standing,
    /// Memberships that may be the same person's.
    twins: Vec<Twin>,
    /// When the identity provider un-assigned somebody who is now here only by hand.
    left_behind: Option<Moment>,
    values: Vec<Value>,
    /// How many teams are not listed.
    more_teams: i64,
    outlook: Outlook,
    sign_on: Option<SignOn>,
    acts: Acts,
    /// The browsers used here, and when.
    sessions: Vec<(String, Moment)>,
    history: Lines,
}

/// A membership that may be the same person's.
struct Twin {
    name: String,
    page: String,
    is_by_hand: bool,
    /// What the two have in common.
    same: &'static str,
    /// The page that merges the two, if the visitor may do so.
    merge: Option<String>,
}

/// The result of a form, and where the history begins.
#[derive(Default)]
struct Said<'a> {
    notice: Option<&'static str>,
    error: String,
    /// The history is shown from before this record.
    before: Option<&'a str>,
}

/// A person without a membership.
#[derive(Template)]
#[template(path = "person.html")]
struct PersonPage {
    common: Common,
    nav: Nav,
    name: String,
    values: Vec<Value>,
    more_teams: i64,
    /// Why they have none.
    why: String,
    history: Lines,
}

/// The history as listed.
struct Lines {
    /// The address of the page.
    page: String,
    lines: Vec<Line>,
    earlier: Option<String>,
    /// Whether newer records are left out.
    is_later_left_out: bool,
    teams_since: Option<String>,
}

pub(in crate::console) async fn show(
    visitor: &Visitor<'_>,
    slug: &Slug,
    id: MembershipId,
    query: &str,
) -> Result<Answer, Trouble> {
    let page = Page::Member(slug.clone(), id);
    let (nav, place) = enter(visitor, &page, slug).await?;
    permit(&place, id)?;
    let Some(profile) = visitor.console.storage.profile(place.tenant(), id, visitor.now).await? else {
        return former(visitor, nav, &place, id, before(query)).await;
    };
    let notice = query.strip_prefix("done=").and_then(forms::notice);
    let said = Said { notice, before: before(query), ..Said::default() };
    Answer::page(&filled(visitor, nav, &place, &page, &profile, said).await?)
}

/// The page of a former membership by hand, whose history can still be read.
async fn former(
    visitor: &Visitor<'_>,
    nav: Nav,
    place: &Place,
    id: MembershipId,
    before: Option<&str>,
) -> Result<Answer, Trouble> {
    let whose = Whose { user: None, membership: Some(id) };
    let (history, tellers) = records(visitor, place, &whose, before).await?;
    let is_end = |entry: &&Entry| entry.resource_type == "Member" && entry.operation == "remove";
    let end = history.sources.iter().find(is_end).ok_or(Trouble::NotFound)?;
    let name = end.person.as_ref().and_then(|names| names.get("userName")?.as_str()).unwrap_or_default();
    Answer::page(&PersonPage {
        common: Common::of(visitor),
        nav,
        name: called(None, name),
        values: Vec::new(),
        more_teams: 0,
        why: "The membership was by hand, and was ended. To bring them back, invite them again.".to_owned(),
        history: lines(
            visitor,
            &Page::Member(place.organisation.slug.clone(), id),
            &whose,
            history,
            &tellers,
            before,
        ),
    })
}

async fn filled(
    visitor: &Visitor<'_>,
    nav: Nav,
    place: &Place,
    page: &Page,
    profile: &Profile,
    Said { notice, error, before }: Said<'_>,
) -> Result<MemberPage, Trouble> {
    let member = &profile.details.member;
    let whose = Whose { user: member.scim_user_id.clone(), membership: member.id };
    let (history, tellers) = records(visitor, place, &whose, before).await?;
    let sign_on = match member.id {
        Some(id) => sign_on::of(visitor, place, id).await?,
        None => None,
    };
    Ok(MemberPage {
        sign_on,
        common: Common::of(visitor),
        nav,
        notice,
        error,
        name: called(member.display_name.as_deref(), &member.user_name),
        acts: forms::acts(profile, place, visitor.again(place, page).await?),
        twins: twins(visitor, profile, place),
        left_behind: profile
            .details
            .unassigned
            .filter(|_| Action::SeePeople.is_allowed(place.role))
            .map(Moment),
        standing: standing::of(profile, &place.organisation, visitor.console.sends_mail),
        values: values::of_member(profile, &place.organisation, &history, &tellers),
        more_teams: profile.places.more(),
        outlook: outlook::of(profile, &place.organisation),
        sessions: profile
            .sessions
            .iter()
            .map(|session| (account::called(&session.browser), Moment(session.seen)))
            .collect(),
        history: lines(visitor, page, &whose, history, &tellers, before),
    })
}

pub(in crate::console) async fn show_person(
    visitor: &Visitor<'_>,
    slug: &Slug,
    id: &Id,
    query: &str,
) -> Result<Answer, Trouble> {
    let page = Page::Person(slug.clone(), id.clone());
    let (nav, place) = enter(visitor, &page, slug).await?;
    super::organisation::permit(&place, Action::SeePeople)?;
    let user = visitor.console.storage.directory_user(place.tenant(), id.clone()).await?;
    let user = user.ok_or(Trouble::NotFound)?;
    if let Some(id) = user.membership {
        return Ok(Answer::redirect(&Page::Member(slug.clone(), id)));
    }
    let whose = Whose { user: Some(id.clone()), membership: None };
    let (history, tellers) = records(visitor, &place, &whose, before(query)).await?;
    let DirectoryUser { user_name, display_name, .. } = &user;
    Answer::page(&PersonPage {
        common: Common::of(visitor),
        nav,
        name: called(display_name.as_deref(), user_name),
        values: values::of_user(&user, &history, &tellers),
        more_teams: 0,
        why: format!(
            "Their record in the directory is inactive. They are a member again when {} next writes them active.",
            place.organisation.provider.name()
        ),
        history: lines(visitor, &page, &whose, history, &tellers, before(query)),
    })
}

/// Memberships that may be the same person's. A plain member learns nothing about others.
fn twins(visitor: &Visitor<'_>, profile: &Profile, place: &Place) -> Vec<Twin> {
    if !Action::SeePeople.is_allowed(place.role) {
        return Vec::new();
    }
    let Details { member, possible_matches, .. } = &profile.details;
    let below = |page: Page| visitor.console.public_url.prefix().to_owned() + &page.path();
    let slug = || place.organisation.slug.clone();
    let twin = |other: &PossibleMatch| {
        let is_by_hand = other.scim_user_id.is_none();
        let pair = member.id.map(|me| if is_by_hand { (other.id, me) } else { (me, other.id) });
        let pair = pair.filter(|_| Action::Merge.is_allowed(place.role));
        Twin {
            name: called(other.display_name.as_deref(), &other.user_name),
            page: below(Page::Member(slug(), other.id)),
            is_by_hand,
            same: other.same.noun(),
            merge: pair.map(|(kept, gone)| below(Page::Merge(slug(), kept, gone))),
        }
    };
    possible_matches.iter().map(twin).collect()
}

/// A plain member may see only their own page.
fn permit(place: &Place, id: MembershipId) -> Result<(), Trouble> {
    match Action::SeePeople.right_of(place.role) {
        Right::Yes => Ok(()),
        Right::Own if place.id == id => Ok(()),
        Right::Own | Right::No => Err(Trouble::NotAllowed(Action::SeePeople)),
    }
}

/// The record before which to show the history.
fn before(query: &str) -> Option<&str> {
    let id = query.strip_prefix("before=")?;
    (id.len() == 36 && id.bytes().all(|b| b.is_ascii_hexdigit() || b == b'-')).then_some(id)
}

/// The name to show for a person who may have none.
fn called(name: Option<&str>, user_name: &str) -> String {
    let name = name.map(str::trim).filter(|name| !name.is_empty());
    name.unwrap_or(if user_name.is_empty() { "Somebody without a name" } else { user_name }).to_owned()
}

async fn records(
    visitor: &Visitor<'_>,
    place: &Place,
    whose: &Whose,
    before: Option<&str>,
) -> Result<(History, Tellers), Trouble> {
    let storage = &visitor.console.storage;
    let history = storage.history(place.tenant(), whose.clone(), before.map(str::to_owned)).await?;
    let tokens = storage.tokens(place.tenant()).await?;
    let labels: HashMap<String, String> =
        tokens.into_iter().map(|token| (token.key_id.to_string(), token.label)).collect();
    Ok((history, Tellers { provider: place.organisation.provider.name(), labels }))
}

fn lines(
    visitor: &Visitor<'_>,
    page: &Page,
    whose: &Whose,
    history: History,
    tellers: &Tellers,
    before: Option<&str>,
) -> Lines {
    let told = history.entries.iter().filter_map(|entry| told::line(entry, whose, &history.teams, tellers));
    Lines {
        page: visitor.console.public_url.prefix().to_owned() + &page.path(),
        lines: told.collect(),
        earlier: history.earlier,
        is_later_left_out: before.is_some(),
        teams_since: history.teams_since,
    }
}
