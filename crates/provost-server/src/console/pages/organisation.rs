//! What an organisation's pages share: who may see them, and the navigation.

use crate::access::{AccessStore, Action, Place, Reason};
use crate::console::Visitor;
use crate::console::answer::Trouble;
use crate::console::page::Page;
use crate::organisations::FormerSlugStore;
use crate::slug::Slug;
#[cfg(feature = "sso")]
use crate::sso::RequireStore;

/// An organisation's navigation.
pub(super) struct Nav {
    pub(super) name: String,
    pub(super) slug: Slug,
    pub(super) monogram: String,
    pub(super) role: &'static str,
    /// Whether the account is a member elsewhere too.
    pub(super) has_others: bool,
    /// Whether the member may see the other people.
    pub(super) may_see_people: bool,
    /// Whether the member may see the provisioning settings.
    pub(super) may_see_settings: bool,
}

/// The organisation, if the visitor is a member.
pub(super) async fn enter(visitor: &Visitor<'_>, page: &Page, slug: &Slug) -> Result<(Nav, Place), Trouble> {
    let signed = visitor.signed(page)?;
    let mut places = visitor.console.storage.places(signed.session.account.id).await?;
    places.retain(|place| signed.session.confined_to.is_none_or(|only| only == place.tenant()));
    // an unknown organisation and one of others look the same
    let Some(at) = places.iter().position(|place| place.organisation.slug == *slug) else {
        // the visitor's organisation may have been renamed since the address was noted
        let renamed = visitor.console.storage.renamed_to(slug.clone()).await?;
        let theirs = renamed.filter(|now| places.iter().any(|place| place.tenant() == now.tenant));
        return Err(theirs.map_or(Trouble::NotFound, |now| Trouble::Moved(page.within(slug, &now.slug))));
    };
    let place = places.swap_remove(at);
    let session = &signed.session;
    let is_from_before = place.opens_from.is_some_and(|from| session.created < from);
    if is_from_before && session.confined_to.is_none() {
        return Err(Trouble::SignIn(page.clone(), Some(Reason::EndedHere)));
    }
    if place.organisation.disabled.is_some() {
        return Err(Trouble::SwitchedOff(place.organisation.name));
    }
    require(visitor, page, &place).await?;
    visitor.console.storage.note_use(place.tenant(), session.id, visitor.now).await?;
    let nav = Nav {
        name: place.organisation.name.clone(),
        slug: slug.clone(),
        monogram: place.organisation.name.chars().take(1).flat_map(char::to_uppercase).collect(),
        role: place.role.title(),
        has_others: !places.is_empty(),
        may_see_people: Action::SeePeople.is_allowed(place.role),
        may_see_settings: Action::SeeSettings.is_allowed(place.role),
    };
    Ok((nav, place))
}

/// If single sign-on is required, only the emergency account's password opens the organisation, and the owners are told.
#[cfg(feature = "sso")]
async fn require(visitor: &Visitor<'_>, page: &Page, place: &Place) -> Result<(), Trouble> {
    let signed = visitor.signed(page)?;
    let session = &signed.session;
    match place.emergency {
        Some(_) if place.is_closed_to(session) => Err(Trouble::SignIn(page.clone(), Some(Reason::Required))),
        Some(_) if session.confined_to.is_none() => {
            let storage = &visitor.console.storage;
            Ok(storage.note_emergency(visitor.by(signed), place.tenant(), session.id).await?)
        }
        _ => Ok(()),
    }
}

/// A build without single sign-on cannot decide who may come in if it is required.
#[cfg(not(feature = "sso"))]
async fn require(_: &Visitor<'_>, _: &Page, place: &Place) -> Result<(), Trouble> {
    std::future::ready(match place.emergency {
        Some(_) => Err(Trouble::NoSignOn),
        None => Ok(()),
    })
    .await
}

/// Refuses what the visitor's role does not allow.
pub(super) fn permit(place: &Place, action: Action) -> Result<(), Trouble> {
    match action.is_allowed(place.role) {
        true => Ok(()),
        false => Err(Trouble::NotAllowed(action)),
    }
}
