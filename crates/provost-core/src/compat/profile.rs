//! A set of switches.

use super::rules::{RULES, RuleId};
use crate::change::MissingMembers;
use crate::filter::{Syntax, Unknown};
use crate::policy::{Choice, Notes, Policy};
use crate::text::excerpt;
use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

/// How to treat a tenant's client: which [rules](super::RULES) are on.
///
/// ```
/// use provost_core::Profile;
/// use provost_core::compat::RuleId;
/// assert!(Profile::entra().has(RuleId::BoolAsString));
/// assert!(!Profile::strict().has(RuleId::BoolAsString));
/// let mine = Profile::strict().named("mine").with(RuleId::BoolAsString);
/// assert_eq!(mine.to_string(), "mine");
/// ```
///
/// As text, a profile is a name, followed by the rules that differ from the profile of that name:
///
/// ```
/// # use provost_core::Profile;
/// # use provost_core::compat::RuleId;
/// let ours: Profile = "entra,-group/skip-missing-members,+patch/replace-whole".parse()?;
/// assert!(ours.has(RuleId::ReplaceWhole) && !ours.has(RuleId::SkipMissingMembers));
/// assert_eq!(ours.to_string().parse(), Ok(ours));
/// let wrong = "entra,-group/skip".parse::<Profile>().unwrap_err();
/// assert_eq!(wrong.to_string(), "there is no rule `group/skip`; the rules are listed in docs/quirks.md");
/// # Ok::<(), provost_core::compat::UnknownProfile>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Profile {
    name: Cow<'static, str>,
    on: u64,
    unique_external_id: bool,
}

impl Profile {
    /// The RFC to the letter: no rule is on.
    #[must_use]
    pub const fn strict() -> Self {
        Self { name: Cow::Borrowed("strict"), on: 0, unique_external_id: false }
    }

    /// Microsoft Entra ID, with and without its flag `aadOptscim062020`.
    #[must_use]
    pub fn entra() -> Self {
        Self::of("entra", |r| r.entra)
    }

    /// Okta.
    #[must_use]
    pub fn okta() -> Self {
        Self::of("okta", |r| r.okta)
    }

    /// The interoperability profile (draft-ietf-scim-interop-profile).
    #[must_use]
    pub fn interop() -> Self {
        Self::of("interop", |r| r.interop)
    }

    fn of(name: &'static str, chosen: fn(&super::Rule) -> bool) -> Self {
        let on = RULES.iter().filter(|r| chosen(r)).fold(0, |on, r| on | r.id.bit());
        Self { name: Cow::Borrowed(name), on, unique_external_id: false }
    }

    /// The built-in profile of that name: `strict`, `entra`, `okta` or `interop`.
    #[must_use]
    pub fn by_name(name: &str) -> Option<Self> {
        [Self::strict(), Self::entra(), Self::okta(), Self::interop()].into_iter().find(|p| p.name == name)
    }

    /// The same switches under another name.
    #[must_use]
    pub fn named(mut self, name: impl Into<Cow<'static, str>>) -> Self {
        self.name = name.into();
        self
    }

    /// Switches a rule on.
    #[must_use]
    pub fn with(mut self, rule: RuleId) -> Self {
        self.on |= rule.bit();
        self
    }

    /// Switches a rule off.
    #[must_use]
    pub fn without(mut self, rule: RuleId) -> Self {
        self.on &= !rule.bit();
        self
    }

    /// Whether a rule is on.
    #[must_use]
    pub fn has(&self, rule: RuleId) -> bool {
        self.on & rule.bit() != 0
    }

    /// Whether `externalId` must be unique among the resources of a type. RFC 7643 section 3.1 leaves this to the
    /// client, so it is off unless a tenant wants it. It is neither a [rule](super::RULES) nor part of the profile's
    /// text: before it is switched on, a store must contain no duplicates, and know the keys of its resources.
    #[must_use]
    pub fn with_unique_external_id(mut self, on: bool) -> Self {
        self.unique_external_id = on;
        self
    }

    /// Whether `externalId` must be unique.
    #[must_use]
    pub fn has_unique_external_id(&self) -> bool {
        self.unique_external_id
    }

    /// The name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The choices the profile makes where the RFC leaves one.
    #[must_use]
    pub fn policy(&self) -> Policy {
        Policy {
            missing_media_type: self.has(RuleId::MissingMediaType),
            missing_schemas: self.has(RuleId::MissingSchemas),
            syntax: Syntax {
                bare_words: self.has(RuleId::BareWord),
                literal_case: self.has(RuleId::LiteralCase),
                compared_value_path: self.has(RuleId::ComparedValuePath),
            },
            unknown: if self.has(RuleId::UnknownInFilter) { Unknown::Unassigned } else { Unknown::Refuse },
            quoted_numbers: self.has(RuleId::QuotedLiteral),
            one_for_many: self.has(RuleId::OneForMany),
            filter_on_one: self.has(RuleId::FilterOnOne),
            attributes_win: self.has(RuleId::AttributesWin),
            empty_operations: self.has(RuleId::EmptyOperations),
            remove_with_value: self.has(RuleId::RemoveWithValue),
            create_on_no_match: self.has(RuleId::CreateOnNoMatch),
            replace_whole: self.has(RuleId::ReplaceWhole),
            prune: self.has(RuleId::EmptyString),
            last_primary: self.has(RuleId::LastPrimary),
            missing_members: match self.has(RuleId::SkipMissingMembers) {
                true => MissingMembers::Skip,
                false => MissingMembers::Refuse,
            },
            members_stay: self.has(RuleId::MembersStay),
            active_stays: self.has(RuleId::ActiveStays),
            unique_group_name: self.has(RuleId::GroupNameUnique),
            unique_external_id: self.unique_external_id,
            reactivate_on_create: self.has(RuleId::ReactivateOnCreate),
            group_no_content: self.has(RuleId::GroupNoContent),
        }
    }
}

/// The rule by which a choice is reported.
const fn rule(choice: Choice) -> RuleId {
    match choice {
        Choice::MissingMediaType => RuleId::MissingMediaType,
        Choice::MissingSchemas => RuleId::MissingSchemas,
        Choice::BareWord => RuleId::BareWord,
        Choice::LiteralCase => RuleId::LiteralCase,
        Choice::ComparedValuePath => RuleId::ComparedValuePath,
        Choice::UnknownAttribute => RuleId::UnknownInFilter,
        Choice::QuotedNumber => RuleId::QuotedLiteral,
        Choice::OneForMany => RuleId::OneForMany,
        Choice::FilterOnOne => RuleId::FilterOnOne,
        Choice::AttributesWin => RuleId::AttributesWin,
        Choice::EmptyOperations => RuleId::EmptyOperations,
        Choice::CreateOnNoMatch => RuleId::CreateOnNoMatch,
        Choice::ReplaceWhole => RuleId::ReplaceWhole,
        Choice::LastPrimary => RuleId::LastPrimary,
        Choice::SkipMissingMembers => RuleId::SkipMissingMembers,
        Choice::MembersStay => RuleId::MembersStay,
        Choice::ActiveStays => RuleId::ActiveStays,
        Choice::ReactivateOnCreate => RuleId::ReactivateOnCreate,
        Choice::GroupNoContent => RuleId::GroupNoContent,
    }
}

impl Notes {
    /// Records that a rule fired.
    pub fn fire(&mut self, rule: RuleId) {
        self.rewritten |= rule.bit();
    }

    /// Records that a rule dropped an attribute.
    pub fn drop(&mut self, rule: RuleId, attribute: impl AsRef<str>) {
        self.fire(rule);
        self.leave_out(attribute.as_ref());
    }

    /// The ids of the rules that fired, in the order of the table.
    pub fn rules(&self) -> impl Iterator<Item = &'static str> + '_ {
        let fired = self.fired();
        RULES.iter().filter(move |r| fired & r.id.bit() != 0).map(|r| r.name)
    }

    /// Whether a rule fired.
    #[must_use]
    pub fn has(&self, rule: RuleId) -> bool {
        self.fired() & rule.bit() != 0
    }

    fn fired(&self) -> u64 {
        let chosen = Choice::ALL.iter().filter(|choice| self.recorded(**choice));
        chosen.fold(self.rewritten, |fired, choice| fired | rule(*choice).bit())
    }
}

/// A text that is not a profile.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum UnknownProfile {
    /// No profile has this name.
    #[error("there is no profile `{0}`; expected strict, entra, okta or interop")]
    Name(String),
    /// No rule has this name.
    #[error("there is no rule `{0}`; the rules are listed in docs/quirks.md")]
    Rule(String),
    /// The rule lacks its sign, `+` or `-`.
    #[error("write `+{0}` to switch the rule on, `-{0}` to switch it off")]
    Sign(String),
}

impl FromStr for Profile {
    type Err = UnknownProfile;

    fn from_str(text: &str) -> Result<Self, UnknownProfile> {
        let mut parts = text.split(',').map(str::trim);
        let name = parts.next().unwrap_or_default();
        let base = Self::by_name(name).ok_or_else(|| UnknownProfile::Name(excerpt(name)))?;
        let changed = parts.try_fold(base, |profile, part| {
            let Some(rule) = part.strip_prefix(['+', '-']) else {
                return Err(UnknownProfile::Sign(excerpt(part)));
            };
            let known = RULES.iter().find(|r| r.name == rule);
            let id = known.ok_or_else(|| UnknownProfile::Rule(excerpt(rule)))?.id;
            Ok(if part.starts_with('+') { profile.with(id) } else { profile.without(id) })
        })?;
        Ok(changed.named(text.to_owned()))
    }
}

impl fmt::Display for Profile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)
    }
}
