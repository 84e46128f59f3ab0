//! How people of an organisation are signed in by their identity provider, as it is stored.
//!
//! One connection is in force, and whatever is changed lies beside it as a draft until a test with it was passed.

use super::trouble::Trouble;
use crate::access::AccountId;
use crate::clock::Timestamp;
use crate::config::PublicUrl;
use crate::people::{Compared, OBJECT_ID};
use crate::slug::Slug;

/// The key of a connection: whatever takes its place for the same people has the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct ConnectionId(pub(crate) i64);

/// What an organisation has.
#[derive(Debug, Clone, Default)]
pub(crate) struct SignOn {
    pub(crate) in_force: Option<Connection>,
    pub(crate) draft: Option<Connection>,
}

impl SignOn {
    /// The one that a test is about.
    pub(crate) fn newest(&self) -> Option<&Connection> {
        self.draft.as_ref().or(self.in_force.as_ref())
    }

    /// The one that people sign in by, where single sign-on is on.
    pub(crate) fn on(&self) -> Option<&Connection> {
        self.in_force.as_ref().filter(|connection| connection.standing.is_on())
    }
}

/// An identity provider, and what is made of what it says.
#[derive(Debug, Clone)]
pub(crate) struct Connection {
    pub(crate) id: ConnectionId,
    pub(crate) standing: Standing,
    pub(crate) provider: Provider,
    pub(crate) map: Map,
    /// Whether a sign-in is refused that is signed with a certificate outside its dates.
    pub(crate) refuses_expired: bool,
    /// What is wrong with the metadata since it was read last.
    pub(crate) trouble: Option<Trouble>,
}

impl Connection {
    /// Whether the same text names the same person by another one.
    pub(crate) fn is_same(&self, other: &Self) -> bool {
        let is_by_the_same = self.map.id == other.map.id && self.map.compared == other.map.compared;
        self.provider.entity_id == other.provider.entity_id && is_by_the_same
    }
}

/// What is different in a draft from what was there.
#[derive(Debug, Clone)]
pub(crate) enum Drafted {
    /// The identity provider, by metadata that came. The attributes stay where it is the same one.
    Metadata(Provider),
    /// The attributes.
    Map(Map),
}

/// How far it has come.
#[derive(Debug, Clone)]
pub(crate) enum Standing {
    Draft,
    Tested(Tested),
    On {
        tested: Tested,
        /// Where it is required: the account whose password opens the organisation all the same, when the identity provider is away.
        emergency: Option<AccountId>,
        /// Whether people it signs in become members, while SCIM is off.
        lets_in: bool,
    },
}

impl Standing {
    pub(crate) const fn is_on(&self) -> bool {
        matches!(self, Self::On { .. })
    }

    /// The last test that was passed.
    pub(crate) const fn tested(&self) -> Option<&Tested> {
        match self {
            Self::Draft => None,
            Self::Tested(tested) | Self::On { tested, .. } => Some(tested),
        }
    }

    /// The emergency account, where passwords open the organisation no longer.
    pub(crate) const fn emergency(&self) -> Option<AccountId> {
        match self {
            Self::Draft | Self::Tested(_) => None,
            Self::On { emergency, .. } => *emergency,
        }
    }

    /// Whether people it signs in become members.
    pub(crate) const fn lets_in(&self) -> bool {
        matches!(self, Self::On { lets_in: true, .. })
    }
}

/// A test that was passed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Tested {
    pub(crate) at: Timestamp,
    /// Who tested.
    pub(crate) by: AccountId,
    /// As whom the identity provider signed them in; empty once that person was erased.
    pub(crate) subject: String,
    pub(crate) registered: Registered,
}

/// What the values in the identity provider have in them: they were right when a test was passed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Registered {
    pub(crate) public_url: String,
    pub(crate) slug: Slug,
}

/// What is known of an identity provider, from its metadata.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Provider {
    pub(crate) entity_id: String,
    pub(crate) sso_url: String,
    pub(crate) logout_url: Option<String>,
    /// Where the metadata was read; none where somebody brought its text.
    pub(crate) address: Option<String>,
    pub(crate) read: Timestamp,
    pub(crate) certificates: Vec<Trusted>,
}

impl Provider {
    /// What is trusted at a time. The last one is for good: without it nobody could sign in.
    pub(crate) fn trusted(&self, now: Timestamp) -> Vec<&Trusted> {
        let mut left: Vec<&Trusted> = self.certificates.iter().filter(|one| !one.is_over(now)).collect();
        if left.is_empty() {
            left.extend(self.certificates.iter().max_by_key(|one| one.gone));
        }
        left
    }
}

/// How long a certificate that is gone from the metadata is trusted: sign-ins that run are not cut off when keys are changed.
const LINGERS_MS: i64 = 24 * 3_600_000;

/// A certificate that is trusted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Trusted {
    pub(crate) der: Vec<u8>,
    /// SHA-256.
    pub(crate) fingerprint: [u8; 32],
    pub(crate) first_seen: Timestamp,
    /// Since when it is not in the metadata any more.
    pub(crate) gone: Option<Timestamp>,
}

impl Trusted {
    /// When trust in it ends by itself.
    pub(crate) fn leaves(&self) -> Option<Timestamp> {
        self.gone.map(|gone| Timestamp::from_millis(gone.as_millis().saturating_add(LINGERS_MS)))
    }

    /// Whether that time has come.
    pub(crate) fn is_over(&self, now: Timestamp) -> bool {
        self.leaves().is_some_and(|leaves| leaves <= now)
    }
}

/// The field that says who somebody is. Where it names no attribute, the NameID fills it.
pub(crate) const ID_FIELD: &str = "IdP User ID";

/// Which attribute fills which field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Map {
    /// IdP User ID: who somebody is, for good.
    pub(crate) id: String,
    /// What of the directory that is compared with.
    pub(crate) compared: Compared,
    /// User Email.
    pub(crate) email: String,
    /// First Name.
    pub(crate) first_name: String,
    /// Last Name.
    pub(crate) last_name: String,
}

impl Map {
    /// What Entra sends.
    pub(crate) fn entra() -> Self {
        let claim = |name: &str| format!("http://schemas.xmlsoap.org/ws/2005/05/identity/claims/{name}");
        Self {
            id: OBJECT_ID.to_owned(),
            compared: Compared::ObjectId,
            email: claim("emailaddress"),
            first_name: claim("givenname"),
            last_name: claim("surname"),
        }
    }

    /// Each field under the name that guides give it, and the attribute that fills it.
    pub(crate) fn fields(&self) -> [(&'static str, &str); 4] {
        [
            (ID_FIELD, &self.id),
            ("User Email", &self.email),
            ("First Name", &self.first_name),
            ("Last Name", &self.last_name),
        ]
    }
}

/// What an administrator copies into the identity provider, in the order and under the labels of Entra.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Addresses {
    /// Identifier (Entity ID).
    pub(crate) identifier: String,
    /// Reply URL (Assertion Consumer Service URL).
    pub(crate) reply: String,
    /// Sign on URL.
    pub(crate) sign_on: String,
    /// Relay State.
    pub(crate) relay_state: String,
    /// Logout Url.
    pub(crate) logout: String,
}

impl Addresses {
    /// Of an organisation, by its short name.
    pub(crate) fn of(public_url: &PublicUrl, slug: &Slug) -> Self {
        let at = |path: &str| format!("{public_url}{path}/{slug}/");
        Self {
            identifier: at("/saml/metadata"),
            reply: at("/saml/acs"),
            sign_on: at("/auth/login"),
            relay_state: at("/settings"),
            logout: at("/saml/sls"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The order and the paths of the guide.
    #[test]
    fn addresses_are_those_of_the_guide() {
        let url: PublicUrl = "https://provost.example.com".parse().expect("a URL");
        let of = Addresses::of(&url, &"acme".parse().expect("a slug"));
        assert_eq!(of.identifier, "https://provost.example.com/saml/metadata/acme/");
        assert_eq!(of.reply, "https://provost.example.com/saml/acs/acme/");
        assert_eq!(of.sign_on, "https://provost.example.com/auth/login/acme/");
        assert_eq!(of.relay_state, "https://provost.example.com/settings/acme/");
        assert_eq!(of.logout, "https://provost.example.com/saml/sls/acme/");
    }
}
