//! A set of switches.

use super::rules::{RULES, RuleId};
use crate::filter::{Syntax, Unknown};
use std::borrow::Cow;
use std::fmt;

/// How a tenant's client is treated: which [rules](super::RULES) are on.
///
/// ```
/// use provost_core::Profile;
/// use provost_core::compat::RuleId;
/// assert!(Profile::entra().has(RuleId::BoolAsString));
/// assert!(!Profile::strict().has(RuleId::BoolAsString));
/// let mine = Profile::strict().named("mine").with(RuleId::BoolAsString);
/// assert_eq!(mine.to_string(), "mine");
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Profile {
    name: Cow<'static, str>,
    on: u64,
}

impl Profile {
    /// The RFC to the letter: no rule is on.
    #[must_use]
    pub const fn strict() -> Self {
        Self { name: Cow::Borrowed("strict"), on: 0 }
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
        Self { name: Cow::Borrowed(name), on }
    }

    /// The profile of that name: `strict`, `entra`, `okta` or `interop`.
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

    /// The name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    pub(crate) fn syntax(&self) -> Syntax {
        Syntax {
            bare_words: self.has(RuleId::BareWord),
            literal_case: self.has(RuleId::LiteralCase),
            compared_value_path: self.has(RuleId::ComparedValuePath),
        }
    }

    pub(crate) fn unknown(&self) -> Unknown {
        if self.has(RuleId::UnknownInFilter) { Unknown::Unassigned } else { Unknown::Refuse }
    }
}

impl fmt::Display for Profile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)
    }
}
