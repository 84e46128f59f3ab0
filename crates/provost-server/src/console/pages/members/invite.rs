//! `/settings/{org}/members/invite/`: invites people by hand. A preview, which changes nothing, first shows what would happen to
//! each address.

use crate::access::{Action, Place, may_invite, to_invite};
use crate::console::Visitor;
use crate::console::answer::{Answer, Trouble};
use crate::console::form::Form;
use crate::console::page::Page;
use crate::console::pages::organisation::{Nav, enter, permit};
use crate::console::pages::{Common, Moment, sentence};
use crate::people::{AddressKey, Becomes, InvitationStore, InvitingStore, MOST, Role, Several};
use crate::slug::Slug;
use crate::storage::StorageError;
use actix_web::http::StatusCode;
use askama::Template;
use std::collections::HashSet;

#[derive(Template)]
#[template(path = "members_invite.html")]
struct Invite {
    common: Common,
    nav: Nav,
    /// Why the visitor may not invite; if set, nothing else is shown.
    refused: Option<String>,
    sends_mail: bool,
    roles: Vec<Role>,
    role: Role,
    /// As typed.
    emails: String,
    error: String,
    preview: Vec<Line>,
    /// How many would be invited.
    invited: usize,
}

/// What would happen to an address.
struct Line {
    email: String,
    lamp: &'static str,
    becomes: String,
}

impl Line {
    fn of((email, becomes): &(String, Becomes), provider: &str) -> Self {
        let (lamp, text) = match becomes {
            Becomes::Invited => ("ok", "Is invited".to_owned()),
            Becomes::InvitedAgain(None) => {
                ("warn", format!("Is invited, although un-assigned in {provider}"))
            }
            Becomes::InvitedAgain(Some(at)) => {
                ("warn", format!("Is invited, although un-assigned in {provider} on {}", Moment(*at)))
            }
            Becomes::AlreadyInvited => ("off", "Is invited already".to_owned()),
            Becomes::AlreadyMember => ("off", "Is a member already".to_owned()),
            Becomes::Provided => ("off", format!("Is a member already, managed by {provider}")),
            Becomes::Malformed(why) => ("bad", sentence(why)),
        };
        Self { email: email.clone(), lamp, becomes: text }
    }
}

/// Why the visitor may not invite; `None` if they may.
pub(super) fn refusal(place: &Place) -> Option<String> {
    let inviting = &place.organisation.inviting;
    if may_invite(place.role, inviting.inviters) {
        return None;
    }
    let who = sentence(inviting.inviters.describe());
    Some([Some(&*who), inviting.note.as_deref()].into_iter().flatten().collect::<Vec<_>>().join(" "))
}

/// Owners are made on the page of a member who has joined, where the password is asked for.
fn is_offered(role: Role, place: &Place) -> bool {
    let action = to_invite(role);
    action.is_allowed(place.role) && !action.needs_proof()
}

fn filled(visitor: &Visitor<'_>, nav: Nav, place: &Place) -> Invite {
    let roles = Role::ALL.into_iter().rev().filter(|role| is_offered(*role, place));
    Invite {
        common: Common::of(visitor),
        nav,
        refused: refusal(place),
        sends_mail: visitor.console.sends_mail,
        roles: roles.collect(),
        role: Role::Member,
        emails: String::new(),
        error: String::new(),
        preview: Vec::new(),
        invited: 0,
    }
}

async fn enter_as_inviter(visitor: &Visitor<'_>, slug: &Slug) -> Result<(Nav, Place), Trouble> {
    let (nav, place) = enter(visitor, &Page::Invite(slug.clone()), slug).await?;
    permit(&place, Action::SeePeople)?;
    Ok((nav, place))
}

pub(in crate::console) async fn show(visitor: &Visitor<'_>, slug: &Slug) -> Result<Answer, Trouble> {
    let (nav, place) = enter_as_inviter(visitor, slug).await?;
    Answer::page(&filled(visitor, nav, &place))
}

pub(in crate::console) async fn send(
    visitor: &Visitor<'_>,
    slug: &Slug,
    form: &Form,
) -> Result<Answer, Trouble> {
    let (nav, place) = enter_as_inviter(visitor, slug).await?;
    let mut page = filled(visitor, nav, &place);
    if page.refused.is_some() {
        return Answer::with(StatusCode::FORBIDDEN, &page);
    }
    page.role = form.text("role").parse().or(Err(Trouble::NoForm))?;
    permit(&place, to_invite(page.role))?;
    if !is_offered(page.role, &place) {
        return Err(Trouble::NoForm);
    }
    page.emails = form.text("emails").to_owned();
    let emails = addresses(&page.emails);
    page.error = match emails.len() {
        0 => "Write an address, or several.".to_owned(),
        n if n > MOST => format!("These are {n} addresses, and {MOST} at once are the most."),
        _ => String::new(),
    };
    if !page.error.is_empty() {
        return Answer::wrong(&page);
    }
    match form.text("do") {
        "preview" => preview(visitor, page, &place, emails).await,
        "invite" => invite(visitor, page, &place, emails).await,
        _ => Err(Trouble::NoForm),
    }
}

async fn preview(
    visitor: &Visitor<'_>,
    mut page: Invite,
    place: &Place,
    emails: Vec<String>,
) -> Result<Answer, Trouble> {
    let preview = visitor.console.storage.preview(place.tenant(), emails).await?;
    page.invited = preview.iter().filter(|(_, becomes)| becomes.is_invited(page.role)).count();
    let provider = place.organisation.provider.name();
    page.preview = preview.iter().map(|one| Line::of(one, provider)).collect();
    Answer::page(&page)
}

async fn invite(
    visitor: &Visitor<'_>,
    mut page: Invite,
    place: &Place,
    emails: Vec<String>,
) -> Result<Answer, Trouble> {
    let signed = visitor.signed(&Page::Members(page.nav.slug.clone()))?;
    let (storage, by) = (&visitor.console.storage, visitor.by(signed));
    page.error = match storage.invite_several(by, place.tenant(), emails, page.role).await {
        Ok(Several::Done(_)) => return Ok(Answer::done(&Page::Members(page.nav.slug.clone()), "invited")),
        Ok(Several::TooMany { left, until }) => format!(
            "{MOST} people are invited within an hour at most, and {left} are left until {}. Nobody was invited now.",
            Moment(until)
        ),
        Err(StorageError::Refused(why)) => format!("{} Nobody was invited.", sentence(&why)),
        Err(other) => return Err(other.into()),
    };
    Answer::wrong(&page)
}

/// The addresses in the form, separated by lines or commas, without repetitions.
fn addresses(text: &str) -> Vec<String> {
    let parts = text.split(['\n', '\r', ',', ';', '\t']).map(str::trim).filter(|part| !part.is_empty());
    let mut seen = HashSet::new();
    parts.filter(|part| seen.insert(AddressKey::of(part).as_str().to_owned())).map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Seen to fail: with the same address twice, spelt in two ways.
    #[test]
    fn addresses_are_a_line_or_a_comma_apart() {
        let typed = " ann@x.example,\r\nBOB@x.example; bob@X.example\n\n\tno address\n,;";
        assert_eq!(addresses(typed), ["ann@x.example", "BOB@x.example", "no address"]);
        assert!(addresses(" \n").is_empty());
    }
}
