//! What is known of an organisation, for the checks: gathered in one snapshot, in as many statements whatever its size.

use crate::brake;
use crate::clock::Timestamp;
use crate::organisations::Organisation;
use crate::people::{Left, LeftBehind};
use crate::silence::Return;
use crate::storage::{Result, asked};
use crate::tokens::{Heard, TokenRow};
use std::fmt;

asked! {
    trait FactStore {
        /// What there is to know of an organisation now.
        async fn facts(&self, organisation: Organisation, sends_mail: bool, now: Timestamp) -> Result<Facts>;
    }
}

#[derive(Debug, Clone)]
pub(crate) struct Facts {
    pub(crate) now: Timestamp,
    pub(crate) organisation: Organisation,
    /// Whether there is a mail server to hand mail to.
    pub(crate) sends_mail: bool,
    pub(crate) tokens: Vec<TokenRow>,
    pub(crate) heard: Vec<Heard>,
    /// Calls that came after a pause, in the order of time.
    pub(crate) returns: Vec<Return>,
    /// Changes of clients that were refused in the last 7 days.
    pub(crate) refused: i64,
    /// The last of them.
    pub(crate) last_refused: Option<RefusedChange>,
    pub(crate) unsent: UnsentMail,
    /// Members whose invitation has ended.
    pub(crate) ended: Count,
    /// Members whom no mail reaches.
    pub(crate) bounced: Count,
    /// The first of those who were un-assigned, and are still here by hand.
    pub(crate) left_behind: LeftBehind,
    pub(crate) brake: brake::State,
    /// Single sign-on, where it is on.
    #[cfg(feature = "sso")]
    pub(crate) sign_on: Option<super::SignOnFacts>,
    /// The last owner, if the identity provider tried lately to remove that person; when it did last.
    pub(crate) last_owner: Option<Left>,
    /// Owners who have joined, up to two.
    pub(crate) owners: usize,
    pub(crate) members: Count,
    pub(crate) teams: Count,
}

/// A write of a client that was refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct RefusedChange {
    pub(crate) at: Timestamp,
    /// `create`, `update`, `delete` or `bulk`.
    pub(crate) operation: String,
    pub(crate) resource_type: String,
    /// Why, as the audit trail has it.
    pub(crate) error: String,
}

/// Mail of an organisation that was not sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct UnsentMail {
    /// Mails that are due.
    pub(crate) waiting: Count,
    /// When the oldest of these was put in.
    pub(crate) oldest: Option<Timestamp>,
    /// What came of its last attempt.
    pub(crate) error: Option<String>,
    /// Mails that were given up, but for invitations that a mail server refused.
    pub(crate) failed: Count,
}

/// How many there are, counted up to a bound.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Count {
    Exactly(i64),
    Over(i64),
}

impl Count {
    #[cfg(test)]
    pub(crate) const NONE: Self = Self::Exactly(0);

    pub(crate) const fn is_none(self) -> bool {
        matches!(self, Self::Exactly(0))
    }

    pub(crate) const fn is_one(self) -> bool {
        matches!(self, Self::Exactly(1))
    }

    /// `1 mail`, `over 100 mails`.
    pub(crate) fn of(self, noun: &str) -> String {
        let s = if self.is_one() { "" } else { "s" };
        format!("{self} {noun}{s}")
    }
}

impl fmt::Display for Count {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Exactly(number) => write!(f, "{number}"),
            Self::Over(most) if *most >= 1_000 => write!(f, "over {},{:03}", most / 1_000, most % 1_000),
            Self::Over(most) => write!(f, "over {most}"),
        }
    }
}

#[cfg(test)]
impl Facts {
    /// Of an organisation of which there is nothing to say.
    pub(crate) fn sound() -> Self {
        let now = Timestamp::from_millis(1_800_000_000_000);
        Self {
            now,
            organisation: Organisation {
                tenant: provost::hook::TenantId(7),
                slug: "acme".parse().expect("a slug"),
                name: "Acme".to_owned(),
                profile: provost::Profile::entra(),
                default_role: crate::people::Grantable::Member,
                former_default_role: None,
                scim: true,
                inviting: crate::people::Inviting::default(),
                provider: crate::organisations::IdentityProvider::Entra,
                brake: brake::Brake::default(),
                silent_after: crate::silence::SilentAfter::default(),
                audit_keep: crate::audit::Keep::Forever,
                disabled: None,
                reopened: None,
                created: now,
            },
            sends_mail: true,
            tokens: vec![TokenRow {
                expires: Some(Timestamp::from_millis(now.as_millis() + 80 * 86_400_000)),
                last_used: Some(now),
                ..crate::tokens::tests::row()
            }],
            heard: Vec::new(),
            returns: Vec::new(),
            refused: 0,
            last_refused: None,
            unsent: UnsentMail { waiting: Count::NONE, oldest: None, error: None, failed: Count::NONE },
            ended: Count::NONE,
            bounced: Count::NONE,
            left_behind: LeftBehind::default(),
            brake: brake::State::default(),
            #[cfg(feature = "sso")]
            sign_on: None,
            last_owner: None,
            owners: 2,
            members: Count::Exactly(3),
            teams: Count::Exactly(1),
        }
    }

    /// That much before now.
    pub(crate) fn ago(&self, ms: i64) -> Timestamp {
        Timestamp::from_millis(self.now.as_millis() - ms)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_count_is_read_as_a_number() {
        for (count, said) in [
            (Count::Exactly(1), "1 mail"),
            (Count::NONE, "0 mails"),
            (Count::Over(100), "over 100 mails"),
            (Count::Over(10_000), "over 10,000 mails"),
        ] {
            assert_eq!(count.of("mail"), said);
        }
    }
}
