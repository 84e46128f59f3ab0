//! `/settings/{org}/auth/`: how an organisation's identity provider is connected, and whether it calls.
//!
//! `standing.rs` sums up the connection, `lines.rs` has the lists, `forms.rs` does what the page's forms ask for.

mod forms;
mod lines;
mod standing;

pub(in crate::console) use forms::send;

use super::organisation::{Nav, enter, permit};
use super::{Common, Moment};
use crate::access::AccountId;
use crate::access::{Action, Place};
use crate::audit::chain::ChainStore;
use crate::brake::{self, Brake, BrakePageStore};
use crate::clock::{self, Timestamp};
use crate::console::Visitor;
use crate::console::answer::{Answer, Trouble};
use crate::console::page::Page;
use crate::organisations::{IdentityProvider, WhileOff, WhileOffStore};
use crate::people::{InvitationStore, Inviters, Inviting, Mode};
use crate::silence::{Return, SilencePageStore, SilentAfter};
use crate::slug::Slug;
use crate::storage::Storage;
use crate::tokens::{ConnectionStore, Heard, KeyId, Person, Secret, TokenRow, TokenStore};
use askama::Template;
use lines::{HeardLine, TokenLine};
use standing::Standing;
use std::collections::HashMap;

const WEEK_MS: i64 = 7 * 86_400_000;

/// What is known about the connection.
struct Facts {
    tokens: Vec<TokenRow>,
    makers: HashMap<AccountId, Person>,
    heard: Vec<Heard>,
    /// Calls that came after a pause.
    returns: Vec<Return>,
}

impl Facts {
    async fn of(storage: &Storage, place: &Place) -> Result<Self, Trouble> {
        let tenant = place.tenant();
        Ok(Self {
            tokens: storage.tokens(tenant).await?,
            makers: storage.makers(tenant).await?,
            heard: storage.milestones(tenant).await?,
            returns: storage.returns(tenant).await?,
        })
    }
}

#[derive(Template)]
#[template(path = "auth.html")]
struct Auth {
    common: Common,
    nav: Nav,
    live: Live,
    is_on: bool,
    /// Whether signing in makes people members. Enabling SCIM ends that.
    lets_in: bool,
    /// How many would stay by hand then, and the names of the first of them.
    staying: (usize, Vec<String>),
    provider: IdentityProvider,
    tenant_url: String,
    is_https: bool,
    /// Whether the visitor may change these settings.
    may_edit: bool,
    may_edit_settings: bool,
    /// What becomes the identity provider's again, where SCIM is off and was on before.
    while_off: Option<WhileOff>,
    tokens: Vec<TokenLine>,
    /// The token just made.
    made: Option<Made>,
    /// The key id of the next token, so that a form submitted twice makes only one.
    next: KeyId,
    notice: Option<&'static str>,
    error: String,
    /// The label as typed, if it was refused.
    label: String,
    default_role: &'static str,
    inviting: Inviting,
    /// How many people the identity provider assigned whom nobody has invited.
    uninvited: i64,
    sends_mail: bool,
    braking: Brake,
    brake: brake::State,
    /// Whether the brake is keeping further memberships from ending.
    holds: bool,
    /// When further ones may end without a lift.
    below: Option<Moment>,
    /// Until when the brake is lifted.
    lifted: Option<Moment>,
    left: Option<i64>,
    may_lift: bool,
    silent_after: SilentAfter,
    usually_silent: Option<SilentAfter>,
    may_invite: bool,
    profile: String,
    /// The rules of the profile that were used within a week, and how often.
    rules: Vec<(String, i64)>,
    /// Of the people whom Entra brought, how many have their object id as `externalId`, and how many there are.
    object_ids: Option<(usize, usize)>,
}

/// A token, shown only this once.
struct Made {
    token: Secret,
    /// The token that it replaces.
    replaces: Option<String>,
}

/// The part that refreshes itself.
struct Live {
    /// The page's address.
    page: String,
    standing: Standing,
    heard: Vec<HeardLine>,
}

/// That part of the page alone.
#[derive(Template)]
#[template(path = "auth_live.html")]
struct Fragment {
    live: Live,
}

impl Live {
    fn of(visitor: &Visitor<'_>, place: &Place, facts: &Facts) -> Self {
        let organisation = &place.organisation;
        Self {
            page: visitor.console.public_url.prefix().to_owned()
                + &Page::Auth(organisation.slug.clone()).path(),
            standing: standing::of(organisation, facts, visitor.now),
            heard: lines::heard(organisation.provider, facts),
        }
    }
}

/// The result of a form, for the page that answers it.
#[derive(Default)]
struct Said {
    made: Option<Made>,
    notice: Option<&'static str>,
    error: String,
    label: String,
}

pub(in crate::console) async fn show(
    visitor: &Visitor<'_>,
    slug: &Slug,
    query: &str,
) -> Result<Answer, Trouble> {
    let page = Page::Auth(slug.clone());
    let (nav, place) = enter(visitor, &page, slug).await?;
    permit(&place, Action::SeeSettings)?;
    let notice = query.strip_prefix("done=").and_then(forms::notice);
    Answer::page(&filled(visitor, nav, &place, Said { notice, ..Said::default() }).await?)
}

/// Answers with the part of the page that refreshes itself.
pub(in crate::console) async fn live(visitor: &Visitor<'_>, slug: &Slug) -> Result<Answer, Trouble> {
    let (_, place) = enter(visitor, &Page::AuthLive(slug.clone()), slug).await?;
    permit(&place, Action::SeeSettings)?;
    let facts = Facts::of(&visitor.console.storage, &place).await?;
    Answer::page(&Fragment { live: Live::of(visitor, &place, &facts) })
}

#[cfg(feature = "sso")]
async fn lets_in(visitor: &Visitor<'_>, place: &Place) -> Result<bool, Trouble> {
    Ok(crate::sso::LetInStore::lets_in(&visitor.console.storage, place.tenant()).await?)
}

#[cfg(feature = "sso")]
async fn staying(visitor: &Visitor<'_>, place: &Place) -> Result<(usize, Vec<String>), Trouble> {
    match place.organisation.scim || !Action::EditProvisioning.is_allowed(place.role) {
        true => Ok((0, Vec::new())),
        false => Ok(crate::sso::LetInStore::stays_by_hand(&visitor.console.storage, place.tenant()).await?),
    }
}

#[cfg(not(feature = "sso"))]
async fn staying(_: &Visitor<'_>, _: &Place) -> Result<(usize, Vec<String>), Trouble> {
    Ok(std::future::ready((0, Vec::new())).await)
}

#[cfg(not(feature = "sso"))]
async fn lets_in(_: &Visitor<'_>, _: &Place) -> Result<bool, Trouble> {
    Ok(std::future::ready(false).await)
}

/// While Entra is connected: single sign-on recognises who has it.
#[cfg(feature = "sso")]
async fn object_ids(visitor: &Visitor<'_>, place: &Place) -> Result<Option<(usize, usize)>, Trouble> {
    use crate::people::Compared;
    use crate::sso::{RequireStore, SignOnStore};
    let organisation = &place.organisation;
    let is_entra = organisation.scim && organisation.provider == IdentityProvider::Entra;
    if !is_entra || !Action::EditProvisioning.is_allowed(place.role) {
        return Ok(None);
    }
    let storage = &visitor.console.storage;
    // where something else is compared, it does not matter
    let set_up = storage.sign_on(place.tenant()).await?;
    match set_up.newest().is_none_or(|newest| newest.map.compared == Compared::ObjectId) {
        true => Ok(Some(storage.recognised(place.tenant(), Compared::ObjectId).await?)),
        false => Ok(None),
    }
}

#[cfg(not(feature = "sso"))]
async fn object_ids(_: &Visitor<'_>, _: &Place) -> Result<Option<(usize, usize)>, Trouble> {
    Ok(std::future::ready(None).await)
}

async fn filled(visitor: &Visitor<'_>, nav: Nav, place: &Place, said: Said) -> Result<Auth, Trouble> {
    let facts = Facts::of(&visitor.console.storage, place).await?;
    let organisation = &place.organisation;
    let public_url = &visitor.console.public_url;
    let brake = visitor.console.storage.brake(place.tenant(), visitor.now).await?;
    let since = visitor.now.as_millis().saturating_sub(WEEK_MS);
    let since = Timestamp::from_millis(since);
    Ok(Auth {
        lets_in: lets_in(visitor, place).await?,
        staying: staying(visitor, place).await?,
        common: Common::of(visitor),
        live: Live::of(visitor, place, &facts),
        nav,
        is_on: organisation.scim,
        provider: organisation.provider,
        tenant_url: public_url.tenant_url(),
        is_https: public_url.is_https(),
        may_edit: Action::EditProvisioning.is_allowed(place.role),
        may_edit_settings: Action::EditSettings.is_allowed(place.role),
        while_off: match !organisation.scim && Action::EditProvisioning.is_allowed(place.role) {
            true => Some(visitor.console.storage.while_off(place.tenant()).await?)
                .filter(|given| !given.is_nothing()),
            false => None,
        },
        tokens: lines::tokens(&facts, visitor.now),
        made: said.made,
        next: KeyId::from_random(clock::random().map_err(Trouble::broken)?),
        notice: said.notice,
        error: said.error,
        label: said.label,
        default_role: organisation.default_role.as_str(),
        inviting: organisation.inviting.clone(),
        uninvited: visitor.console.storage.uninvited(place.tenant()).await?,
        sends_mail: visitor.console.sends_mail,
        braking: organisation.brake,
        holds: brake.holds(&organisation.brake),
        below: brake.below.map(Moment),
        lifted: brake.lift.map(|lift| Moment(lift.until)),
        left: brake.lift.and_then(|lift| lift.left),
        brake,
        silent_after: organisation.silent_after,
        usually_silent: organisation.provider.silent_after_ms().map(|ms| SilentAfter::Seconds(ms / 1_000)),
        may_lift: Action::LiftBrake.is_allowed(place.role),
        may_invite: Action::InviteMember.is_allowed(place.role),
        profile: organisation.profile.to_string(),
        rules: lines::rules(visitor.console.storage.counts(place.tenant(), since).await?),
        object_ids: object_ids(visitor, place).await?.filter(|(_, all)| *all > 0),
    })
}
