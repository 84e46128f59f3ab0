//! What the checks know about an organisation, collected in one snapshot with a fixed number of statements.

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
        /// The current facts about an organisation.
        async fn facts(&self, organisation: Organisation, sends_mail: bool, now: Timestamp) -> Result<Facts>;
    }
}

#[derive(Debug, Clone)]
pub(crate) struct Facts {
    pub(crate) now: Timestamp,
    pub(crate) organisation: Organisation,
    /// Whether a mail server is configured.
    pub(crate) sends_mail: bool,
    pub(crate) tokens: Vec<TokenRow>,
    pub(crate) heard: Vec<Heard>,
    /// Calls that came after a pause, oldest first.
    pub(crate) returns: Vec<Return>,
    /// Changes by clients that were refused in the last 7 days.
    pub(crate) refused: i64,
    /// The last of them.
    pub(crate) last_refused: Option<RefusedChange>,
    pub(crate) unsent: UnsentMail,
    /// Members whose invitation has expired.
    pub(crate) ended: Count,
    /// Members whose mail bounces.
    pub(crate) bounced: Count,
    /// The first of those left behind: here by hand, although the identity provider un-assigned somebody with the
    /// address.
    pub(crate) left_behind: LeftBehind,
    pub(crate) brake: brake::State,
    /// Single sign-on, if it is on.
    #[cfg(feature = "sso")]
    pub(crate) sign_on: Option<super::SignOnFacts>,
    /// The last owner, if the identity provider recently tried to remove them, and when it last did.
    pub(crate) last_owner: Option<Left>,
    /// Joined owners, counted up to two.
    pub(crate) owners: usize,
    pub(crate) members: Count,
    pub(crate) teams: Count,
}

/// A refused write of a client.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct RefusedChange {
    pub(crate) at: Timestamp,
    /// `create`, `update`, `delete` or `bulk`.
    pub(crate) operation: String,
    pub(crate) resource_type: String,
    /// The error, as in the audit trail.
    pub(crate) error: String,
}

/// An organisation's unsent mail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct UnsentMail {
    /// Mails that are due.
    pub(crate) waiting: Count,
    /// When the oldest of these was queued.
    pub(crate) oldest: Option<Timestamp>,
    /// The error of its last attempt.
    pub(crate) error: Option<String>,
    /// Mails that were given up, except invitations that a mail server refused.
    pub(crate) failed: Count,
}

/// A number, counted up to a limit.
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
    /// An organisation without any findings.
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
                values_until: None,
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

    /// This long before now.
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
