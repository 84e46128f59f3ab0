//! The forms of the page, and who is shown which.

use super::values::capital;
use super::{MemberPage, Said, filled, permit};
use crate::access::{Action, Place, may_invite};
use crate::console::Visitor;
use crate::console::answer::{Answer, Trouble};
use crate::console::form::Form;
use crate::console::page::Page;
use crate::console::pages::organisation::{Nav, enter};
use crate::console::pages::sentence;
use crate::console::proof::{Means, Unproved};
use crate::people::{
    Act, ActStore, CutOff, Held, Invitation, ManagedBy, MembershipId, Order, Profile, ProfileStore, Role,
    State, cut_off, to_cut_off,
};
use crate::slug::Slug;
use crate::storage::StorageError;

/// What the visitor may do to a member.
pub(super) struct Acts {
    /// The roles that may be given, with what they are called.
    pub(super) roles: Vec<(Role, String)>,
    pub(super) role: Option<Role>,
    /// Whether the role may be given back, and which one it is then.
    pub(super) given_back: Option<String>,
    /// Whether the member has joined: the invitation is a link to set a password then.
    pub(super) is_joined: bool,
    /// Whether an invitation was mailed before.
    pub(super) was_invited: bool,
    pub(super) may_resend: bool,
    pub(super) may_withdraw: bool,
    pub(super) may_remove: bool,
    pub(super) may_keep: bool,
    pub(super) may_end_sessions: bool,
    /// Makes the user in the directory inactive: while SCIM is off that is how they are removed.
    pub(super) may_cut_off: bool,
    pub(super) is_scim_on: bool,
    /// How the visitor proves again who they are.
    pub(super) again: Means,
    /// What the identity provider is called.
    pub(super) provider: &'static str,
    /// Whether the member is an owner: whatever takes that asks for the password.
    pub(super) is_owner: bool,
}

impl Acts {
    /// Whether one of the roles makes them an owner.
    pub(super) fn may_make_owner(&self) -> bool {
        self.roles.iter().any(|(role, _)| *role == Role::Owner)
    }

    pub(super) const fn is_any(&self) -> bool {
        !self.roles.is_empty() || self.may_resend || self.may_withdraw || self.may_remove || self.may_cut_off
    }
}

/// Leaves out forms that would be refused for everyone.
pub(super) fn acts(profile: &Profile, place: &Place, again: Means) -> Acts {
    let member = &profile.details.member;
    let role = member.role.map(Held::role);
    let is_self = member.id == Some(place.id);
    let may = |act: Act| role.is_some_and(|role| act.is_allowed(role, place.role, is_self));
    let is_joined = member.state == State::Joined;
    let is_scim = member.managed_by == ManagedBy::Scim;
    let is_on = place.organisation.scim;
    let can_be = |new: &Role| *new != Role::Owner || is_joined || role == Some(Role::Owner);
    let roles = Role::ALL.into_iter().filter(|new| can_be(new) && may(Act::Give(*new)));
    let is_by_hand = matches!(member.role, Some(Held::ByHand(_)));
    let default = capital(place.organisation.default_role.as_str());
    let is_open = !matches!(
        profile.details.invitation,
        Invitation::None | Invitation::Accepted | Invitation::Withdrawn
    );
    Acts {
        roles: roles.map(|role| (role, capital(role.as_str()))).collect(),
        role,
        given_back: (is_scim && is_by_hand && may(Act::GiveBack)).then_some(default),
        is_joined,
        was_invited: !matches!(profile.details.invitation, Invitation::None | Invitation::Waiting(_)),
        may_resend: (!is_joined || profile.may_regain && place.role == Role::Owner)
            && may(Act::Resend)
            && (is_scim || may_invite(place.role, place.organisation.inviting.inviters)),
        may_withdraw: is_scim && !is_joined && is_open && may(Act::Withdraw),
        may_remove: !is_scim && may(Act::Remove),
        may_keep: profile.details.unassigned.is_some() && may(Act::Keep),
        may_end_sessions: is_joined && may(Act::EndSessions),
        may_cut_off: is_scim && role.is_some_and(|role| to_cut_off(role, is_on).is_allowed(place.role)),
        is_scim_on: is_on,
        again,
        provider: place.organisation.provider.name(),
        is_owner: role == Some(Role::Owner),
    }
}

/// What is said after a form.
pub(super) fn notice(done: &str) -> Option<&'static str> {
    match done {
        "role" => {
            Some("The role is saved. It stays whatever the identity provider or the Default Role says.")
        }
        "given-back" => Some("The role is no longer by hand."),
        "resend" => Some("The invitation is sent as soon as possible. The links before it end then."),
        "ended" => Some("The sessions are ended. They sign in again to open this organisation."),
        "kept" => {
            Some("They stay by hand. Nobody is reminded of it until they are assigned and un-assigned again.")
        }
        "merged" => Some("The two memberships are one. The identity provider manages it from now on."),
        "withdraw" => Some("The invitation is withdrawn. The membership stays."),
        "invited" => Some(
            "The sign-in is unlinked, and the sessions that came through it are ended. They have no password, and are sent an invitation to link \
             their sign-in again.",
        ),
        "unlinked" => Some("The sign-in is unlinked, and the sessions that came through it are ended."),
        _ => None,
    }
}

/// What a form asks for.
#[derive(Clone, Copy)]
enum Wish {
    Act(Act),
    CutOff,
    #[cfg(feature = "sso")]
    Unlink,
}

impl Wish {
    /// Also gives what the page says when it is done.
    fn read(form: &Form) -> Result<(Self, &'static str), Trouble> {
        let (act, done) = match form.text("do") {
            "role" => (Act::Give(form.text("role").parse().or(Err(Trouble::NoForm))?), "role"),
            "give-back" => (Act::GiveBack, "given-back"),
            "resend" => (Act::Resend, "resend"),
            "withdraw" => (Act::Withdraw, "withdraw"),
            "remove" => (Act::Remove, "removed"),
            "keep" => (Act::Keep, "kept"),
            "end-sessions" => (Act::EndSessions, "ended"),
            "cut-off" => return Ok((Self::CutOff, "cut-off")),
            #[cfg(feature = "sso")]
            "unlink" => return Ok((Self::Unlink, "unlinked")),
            _ => return Err(Trouble::NoForm),
        };
        Ok((Self::Act(act), done))
    }

    const fn needs(self, role: Role, is_scim_on: bool) -> Action {
        match self {
            Self::Act(act) => act.needs(role),
            Self::CutOff => to_cut_off(role, is_scim_on),
            #[cfg(feature = "sso")]
            Self::Unlink => Action::UnlinkMember,
        }
    }

    /// Whether the membership is gone afterwards.
    const fn ends(self) -> bool {
        matches!(self, Self::CutOff | Self::Act(Act::Remove))
    }

    fn is_allowed(self, to: Role, place: &Place, is_self: bool) -> bool {
        match self {
            Self::Act(act) => act.is_allowed(to, place.role, is_self),
            other => other.needs(to, place.organisation.scim).is_allowed(place.role),
        }
    }
}

pub(in crate::console) async fn send(
    visitor: &Visitor<'_>,
    slug: &Slug,
    id: MembershipId,
    form: &Form,
) -> Result<Answer, Trouble> {
    let page = Page::Member(slug.clone(), id);
    let (nav, place) = enter(visitor, &page, slug).await?;
    permit(&place, id)?;
    let (wish, done) = Wish::read(form)?;
    let room = Room { visitor, place, page, id };
    let profile = room.profile().await?;
    let role = profile.details.member.role.map(Held::role).ok_or(Trouble::Ended)?;
    let action = wish.needs(role, room.place.organisation.scim);
    if !wish.is_allowed(role, &room.place, room.place.id == id) {
        return Err(Trouble::NotAllowed(action));
    }
    let is_proved = action.needs_proof();
    if is_proved && let Err(why) = room.prove(form).await? {
        let mut page = room.filled(nav, &profile, why.error.clone()).await?;
        // what was chosen stays so
        page.acts.role = form.text("role").parse().ok().or(page.acts.role);
        return why.answer(&page);
    }
    match room.carry_out(wish, &profile, is_proved).await {
        Ok(_) if room.place.id == id && wish.ends() => Ok(Answer::redirect(&Page::Settings)),
        Ok(is_invited) => {
            Ok(Answer::done(&room.after(wish, &profile), if is_invited { "invited" } else { done }))
        }
        // what is refused may be so because of what has changed meanwhile
        Err(StorageError::Refused(why)) => room.again(nav, &room.profile().await?, &sentence(&why)).await,
        Err(StorageError::NoMember(_)) => Err(Trouble::Ended),
        Err(other) => Err(other.into()),
    }
}

/// The page that a form belongs to.
struct Room<'a> {
    visitor: &'a Visitor<'a>,
    place: Place,
    page: Page,
    id: MembershipId,
}

impl Room<'_> {
    async fn profile(&self) -> Result<Profile, Trouble> {
        let storage = &self.visitor.console.storage;
        storage.profile(self.place.tenant(), self.id, self.visitor.now).await?.ok_or(Trouble::Ended)
    }

    /// Does it; whether the member is sent an invitation because of it.
    async fn carry_out(&self, wish: Wish, profile: &Profile, is_proved: bool) -> Result<bool, StorageError> {
        let (visitor, console) = (self.visitor, self.visitor.console);
        let Ok(signed) = visitor.signed(&self.page) else { return Err(self.ended()) };
        let (by, tenant, id) = (visitor.by(signed), self.place.tenant(), self.id);
        let order = Order { by, tenant, id, is_proved };
        match wish {
            Wish::Act(act) => console.storage.act(order, act).await.map(|()| false),
            #[cfg(feature = "sso")]
            Wish::Unlink => crate::sso::LinkedStore::unlink(&console.storage, order.by, tenant, id).await,
            Wish::CutOff => {
                let user = profile.user.as_ref().ok_or_else(|| self.ended())?;
                let what = CutOff {
                    order,
                    user: user.id.clone(),
                    user_name: user.user_name.clone(),
                    was_on: self.place.organisation.scim,
                };
                let protocol = self.place.organisation.profile.clone();
                cut_off(&console.storage, console.schemas.clone(), protocol, what).await.map(|()| false)
            }
        }
    }

    fn ended(&self) -> StorageError {
        StorageError::NoMember(self.id.to_string())
    }

    /// The page that says what was done.
    fn after(&self, wish: Wish, profile: &Profile) -> Page {
        match (wish, &profile.user) {
            (Wish::CutOff, Some(user)) => Page::Person(self.place.organisation.slug.clone(), user.id.clone()),
            _ => self.page.clone(),
        }
    }

    async fn filled(&self, nav: Nav, profile: &Profile, error: String) -> Result<MemberPage, Trouble> {
        let said = Said { error, ..Said::default() };
        filled(self.visitor, nav, &self.place, &self.page, profile, said).await
    }

    async fn again(&self, nav: Nav, profile: &Profile, error: &str) -> Result<Answer, Trouble> {
        Answer::wrong(&self.filled(nav, profile, error.to_owned()).await?)
    }

    async fn prove(&self, form: &Form) -> Result<Result<(), Unproved>, Trouble> {
        self.visitor.prove_again(&self.place, &self.page, form).await
    }
}
