//! The life of a membership, in one place: what becomes of it when something happens, and with which side effects.
//!
//! A membership managed by SCIM exists exactly while its user is active. SCIM never changes one made by hand, except
//! for an invitation nobody has accepted yet: that is withdrawn, since SCIM now brings the person.
//!
//! Pure functions. The statements that find the [`Person`] and carry out the [`Effect`]s are in
//! `storage/queries/people.rs`.

use super::invitation::Mode;
use super::membership::{ManagedBy, MembershipId, Stage, Standing};
use super::role::{Grantable, Held, Origin, Role};
use crate::access::AccountId;

/// What an organisation has of one person when something happens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Person {
    /// The membership in question: the one of the SCIM user, or the one a person chose.
    pub(crate) membership: Option<Standing>,
    /// The account of a SCIM user who had joined, kept while the user has no access.
    pub(crate) kept: Option<Kept>,
    /// Memberships by hand with an address of the SCIM user.
    pub(crate) matches: Vec<Match>,
    /// The other owners.
    pub(crate) others: Owners,
}

/// The account that had joined for a SCIM user before it was deactivated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Kept {
    pub(crate) account: AccountId,
    /// Whether the account now has another membership here.
    pub(crate) is_here: bool,
}

/// A membership by hand with an address of a SCIM user.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Match {
    pub(crate) id: MembershipId,
    pub(crate) role: Role,
    pub(crate) has_joined: bool,
    /// Whether another active user has its address.
    pub(crate) is_assigned: bool,
}

impl Match {
    /// Whether SCIM replaces this invitation. An invited owner's stays, since people decide who owns the organisation.
    const fn is_replaced(self) -> bool {
        !self.has_joined && !matches!(self.role, Role::Owner)
    }
}

/// Which other owners there are.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Owners {
    pub(crate) joined: bool,
    pub(crate) invited: bool,
    /// Whether this is the membership of the emergency account, which opens an organisation that requires single
    /// sign-on when the identity provider is down.
    pub(crate) is_emergency: bool,
}

/// What happens to a person.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Event {
    /// The SCIM user was created active, or activated. A new member gets this role, and is invited by this mode.
    Activated { role: Grantable, mode: Mode },
    /// The `externalId` or `userName` of a SCIM user without access changed.
    Renamed,
    /// The SCIM user's addresses changed.
    Readdressed,
    /// The SCIM user was deactivated.
    Deactivated,
    /// The SCIM user was deleted.
    Deleted,
    /// Somebody invites a person by hand; `is_provided` if a SCIM membership has the address.
    Invited { role: Role, is_provided: bool },
    /// A person signed in through the identity provider and is let in with this account.
    #[cfg(feature = "sso")]
    LetIn { role: Grantable, account: AccountId },
    /// The invitation was accepted, or the person signed in for the first time, with this account.
    Joined(AccountId),
    /// The membership of somebody who has joined goes over to another account of the same person.
    #[cfg(feature = "console")]
    PassedOn(AccountId),
    /// A mail server accepted the invitation.
    Mailed,
    /// The invitation expired, was withdrawn, or no mail server accepted it.
    Unreached,
    /// Somebody gives a role by hand.
    RoleGiven(Role),
    /// Somebody ends a role by hand: the member gets the role of new members.
    RoleGivenBack(Grantable),
    /// Somebody removes the membership by hand, or withdraws the invitation.
    Removed,
    /// The SCIM user with this other membership is the same person. That membership is deleted, and its places in teams
    /// are passed on.
    Merged(Standing),
}

/// A side effect, in the same transaction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Effect {
    /// Withdraws an invitation by hand, since the person comes by SCIM.
    Withdraw(MembershipId),
    /// Keeps the account for a later activation of the SCIM user.
    Keep(AccountId),
    /// Stops keeping an account for the SCIM user.
    Forget,
    /// Notes on a membership by hand that the identity provider un-assigned somebody with its address, and mails the
    /// owners.
    Note(MembershipId),
    /// Removes that note, since the person is assigned again.
    Unnote(MembershipId),
}

/// What becomes of the membership, and the side effects.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Outcome {
    /// `None`: the membership ends. A new one brings the teams of the SCIM user's groups.
    pub(crate) membership: Option<Standing>,
    pub(crate) effects: Vec<Effect>,
    /// Whether and when the person is mailed an invitation.
    pub(crate) mail: Option<Mail>,
}

/// When an invitation is mailed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mail {
    Now,
    /// Once the person is in a team.
    InTeam,
}

/// Why something cannot happen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Refusal {
    LastOwner,
    LastInvitedOwner,
    Emergency,
    NoMembership,
    Provided,
    AlreadyInvited,
    AlreadyMember,
    NotJoined,
    OtherAccount,
    OtherSignIn,
    NotByHand,
    NothingElse,
}

impl Refusal {
    /// The refusal in words, with the person's name and what to do.
    pub(crate) fn of(self, who: &str) -> String {
        match self {
            Self::LastOwner => {
                format!(
                    "{who} is the last owner of the organisation: make another member who has joined an owner first"
                )
            }
            Self::LastInvitedOwner => {
                format!(
                    "{who} is the last owner who is invited to the organisation: invite another owner first"
                )
            }
            Self::Emergency => format!(
                "{who} is the emergency account of the organisation, which opens it when single sign-on fails: an owner names another \
                 one on the page of single sign-on first, or ends Require SSO there"
            ),
            Self::NoMembership => format!("{who} has no membership in the organisation"),
            Self::Provided => {
                format!("{who} is managed by the identity provider: change or un-assign the user there")
            }
            Self::AlreadyInvited => {
                format!(
                    "{who} is invited already: `provost members resend` sends the invitation again, and prints its link with \
                     `--print-link`"
                )
            }
            Self::AlreadyMember => format!("{who} is a member already"),
            Self::NotJoined => format!(
                "{who} has not joined yet, and only somebody who has can be made an owner: wait for that, or invite an \
                 owner with `provost members invite --role owner`"
            ),
            Self::OtherAccount => format!(
                "both memberships of {who} have joined, with different accounts: remove one of them, or un-assign the user \
                 in the identity provider"
            ),
            Self::OtherSignIn => format!(
                "{who} is linked to another sign-in at the identity provider than the one of the user, so they may be two people: if they \
                 are one, unlink {who} on the page of the member first"
            ),
            Self::NothingElse => {
                format!("{who} is a member by hand, and so is their role: give them another one")
            }
            Self::NotByHand => {
                format!(
                    "{who} is managed by the identity provider already, and has no other membership to merge with"
                )
            }
        }
    }
}

/// What becomes of a person.
pub(crate) fn live(person: &Person, event: Event) -> Result<Outcome, Refusal> {
    let membership = person.membership;
    match event {
        Event::Activated { role, mode } => Ok(activated(person, role, mode)),
        Event::Renamed => Ok(Outcome { membership, effects: forget(person), mail: None }),
        Event::Readdressed => {
            let here = person.matches.iter().filter(|_| membership.is_some());
            let effects = here.map(|found| Effect::Unnote(found.id)).collect();
            Ok(Outcome { membership, effects, mail: None })
        }
        Event::Deactivated => {
            let Some(held) = membership else { return Ok(nothing(None)) };
            person.may_lose(held)?;
            let keep = held.stage.account().map(Effect::Keep);
            let effects = keep.into_iter().chain(notes(person)).collect();
            Ok(Outcome { membership: None, effects, mail: None })
        }
        Event::Deleted => {
            let mut effects = forget(person);
            if let Some(held) = membership {
                person.may_lose(held)?;
                effects.extend(notes(person));
            }
            Ok(Outcome { membership: None, effects, mail: None })
        }
        Event::Invited { role, is_provided } => invited(person, role, is_provided),
        #[cfg(feature = "sso")]
        Event::LetIn { role, account } => let_in(person, role, account),
        Event::Joined(account) => joined(membership, account),
        #[cfg(feature = "console")]
        Event::PassedOn(account) => passed_on(membership, account),
        Event::Mailed => Ok(nothing(membership.map(|held| match held.stage {
            Stage::Provisioned => Standing { stage: Stage::Invited, ..held },
            Stage::Invited | Stage::Joined(_) => held,
        }))),
        Event::Unreached => Ok(nothing(membership.map(|held| match (held.managed_by, held.stage) {
            (ManagedBy::Scim, Stage::Invited) => Standing { stage: Stage::Provisioned, ..held },
            // an invitation by hand does not return to provisioned: somebody asked for this membership
            _ => held,
        }))),
        Event::RoleGiven(role) => role_given(person, role),
        Event::RoleGivenBack(default) => role_given_back(person, default),
        Event::Removed => {
            let held = membership.ok_or(Refusal::NoMembership)?;
            if held.managed_by == ManagedBy::Scim {
                return Err(Refusal::Provided);
            }
            person.may_lose(held)?;
            Ok(nothing(None))
        }
        Event::Merged(other) => merged(person, other),
    }
}

const fn nothing(membership: Option<Standing>) -> Outcome {
    Outcome { membership, effects: Vec::new(), mail: None }
}

fn forget(person: &Person) -> Vec<Effect> {
    person.kept.map(|_| Effect::Forget).into_iter().collect()
}

/// Notes on memberships by hand with the address of a person who loses access, unless another user still brings them.
fn notes(person: &Person) -> impl Iterator<Item = Effect> {
    person.matches.iter().filter(|found| !found.is_assigned).map(|found| Effect::Note(found.id))
}

fn activated(person: &Person, role: Grantable, mode: Mode) -> Outcome {
    // an older release made members of inactive users
    if person.membership.is_some() {
        return nothing(person.membership);
    }
    let stage = match person.kept {
        Some(Kept { account, is_here: false }) => Stage::Joined(account),
        _ => Stage::Provisioned,
    };
    let new = Standing { managed_by: ManagedBy::Scim, role: Held::Given(role, Origin::Default), stage };
    let settled = person.matches.iter().map(|found| match found.is_replaced() {
        true => Effect::Withdraw(found.id),
        false => Effect::Unnote(found.id),
    });
    // a member by hand with this address is already here: the two are merged, and nobody is invited
    let is_here = person.matches.iter().any(|found| found.has_joined);
    let mail = match (stage, mode) {
        (Stage::Provisioned, _) if is_here => None,
        (Stage::Provisioned, Mode::Assignment) => Some(Mail::Now),
        (Stage::Provisioned, Mode::Team) => Some(Mail::InTeam),
        _ => None,
    };
    Outcome { membership: Some(new), effects: forget(person).into_iter().chain(settled).collect(), mail }
}

fn invited(person: &Person, role: Role, is_provided: bool) -> Result<Outcome, Refusal> {
    match person.matches.first() {
        Some(found) if found.has_joined => return Err(Refusal::AlreadyMember),
        Some(_) => return Err(Refusal::AlreadyInvited),
        None => {}
    }
    if is_provided && role != Role::Owner {
        return Err(Refusal::Provided);
    }
    let new = Standing { managed_by: ManagedBy::Hand, role: Held::ByHand(role), stage: Stage::Invited };
    Ok(Outcome { mail: Some(Mail::Now), ..nothing(Some(new)) })
}

#[cfg(feature = "sso")]
fn let_in(person: &Person, role: Grantable, account: AccountId) -> Result<Outcome, Refusal> {
    if person.membership.is_some() || !person.matches.is_empty() {
        return Err(Refusal::AlreadyMember);
    }
    let (role, stage) = (Held::ByHand(role.role()), Stage::Joined(account));
    Ok(nothing(Some(Standing { managed_by: ManagedBy::Hand, role, stage })))
}

fn joined(membership: Option<Standing>, account: AccountId) -> Result<Outcome, Refusal> {
    let held = membership.ok_or(Refusal::NoMembership)?;
    match held.stage.account() {
        Some(other) if other != account => Err(Refusal::OtherAccount),
        _ => Ok(nothing(Some(Standing { stage: Stage::Joined(account), ..held }))),
    }
}

#[cfg(feature = "console")]
fn passed_on(membership: Option<Standing>, account: AccountId) -> Result<Outcome, Refusal> {
    let held = membership.ok_or(Refusal::NoMembership)?;
    match held.stage {
        Stage::Joined(_) => Ok(nothing(Some(Standing { stage: Stage::Joined(account), ..held }))),
        Stage::Provisioned | Stage::Invited => Err(Refusal::NotJoined),
    }
}

fn role_given(person: &Person, role: Role) -> Result<Outcome, Refusal> {
    let held = person.membership.ok_or(Refusal::NoMembership)?;
    if role == Role::Owner {
        let stays = held.role.role() == Role::Owner;
        if !stays && held.stage.account().is_none() {
            return Err(Refusal::NotJoined);
        }
    } else {
        person.may_lose(held)?;
    }
    Ok(nothing(Some(Standing { role: Held::ByHand(role), ..held })))
}

fn role_given_back(person: &Person, default: Grantable) -> Result<Outcome, Refusal> {
    let held = person.membership.ok_or(Refusal::NoMembership)?;
    match (held.managed_by, held.role) {
        (ManagedBy::Hand, _) => Err(Refusal::NothingElse),
        (ManagedBy::Scim, Held::Given(..)) => Ok(nothing(Some(held))),
        (ManagedBy::Scim, Held::ByHand(_)) => {
            person.may_lose(held)?;
            Ok(nothing(Some(Standing { role: Held::Given(default, Origin::Default), ..held })))
        }
    }
}

fn merged(person: &Person, other: Standing) -> Result<Outcome, Refusal> {
    let held = person.membership.ok_or(Refusal::NoMembership)?;
    if held.managed_by == ManagedBy::Scim {
        return Err(Refusal::NotByHand);
    }
    if held.role.role() != Role::Owner {
        // the other membership's role is lost with it
        person.may_lose(other)?;
    }
    let stage = match (held.stage, other.stage) {
        (Stage::Joined(_), Stage::Joined(_)) => return Err(Refusal::OtherAccount),
        (_, Stage::Joined(_)) => other.stage,
        _ => held.stage,
    };
    let merged = Standing { managed_by: ManagedBy::Scim, stage, ..held };
    Ok(nothing(Some(merged)))
}

impl Person {
    /// An organisation with owners keeps one: the last who has joined or, if none has, the last who is invited.
    const fn may_lose(&self, held: Standing) -> Result<(), Refusal> {
        match (held.role.role(), held.stage) {
            (Role::Owner, Stage::Joined(_)) if self.others.is_emergency => Err(Refusal::Emergency),
            (Role::Owner, _) if self.others.joined => Ok(()),
            (Role::Owner, Stage::Joined(_)) => Err(Refusal::LastOwner),
            (Role::Owner, Stage::Provisioned | Stage::Invited) if !self.others.invited => {
                Err(Refusal::LastInvitedOwner)
            }
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
#[path = "life_tests.rs"]
mod tests;
