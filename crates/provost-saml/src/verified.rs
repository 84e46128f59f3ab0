//! Who somebody is, once everything in a response is proved.

use chrono::{DateTime, Utc};
use uuid::Uuid;

use crate::certificate::Certificate;

/// A sign-in that passed every check.
///
/// It proves that the connection's identity provider says that this person signed in to this application, in answer to
/// the [`Pending`](crate::Pending) request. It does not prove that the response is used for the first time: the caller
/// stores [`replay`](Self::replay) in the transaction that creates the session, and refuses if either identifier is
/// already stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verified {
    /// Who it is.
    pub subject: Subject,
    /// The tenant that Entra named, equal to the connection's. `None` for other identity providers.
    pub tenant: Option<Uuid>,
    /// What else the assertion says about the person, in its order.
    pub attributes: Vec<Attribute>,
    /// The name of the subject, which a logout request repeats. In Entra an administrator chooses what it contains, and
    /// it can change: do not identify anybody by it unless the connection says so.
    pub name_id: NameId,
    /// The identity provider's name for the session, which a logout request repeats.
    pub session_index: Option<String>,
    /// When the session must end at the latest, if the identity provider says so.
    pub session_ends: Option<DateTime<Utc>>,
    /// When the person actually signed in; possibly long before this, if the identity provider remembered them.
    pub authn_instant: DateTime<Utc>,
    /// The certificate that verified the signature.
    pub certificate: SignedBy,
    /// What must be stored so that the same response is refused a second time.
    pub replay: Replay,
}

/// A person's identifier at one identity provider.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Subject {
    /// Entra's object identifier.
    Object(Uuid),
    /// Any text, compared byte by byte.
    Text(String),
}

impl Subject {
    /// Whether this person is the SCIM user with this `externalId`. Object identifiers are compared as UUIDs, since
    /// their letters may be upper or lower case; other subjects byte by byte.
    ///
    /// ```
    /// use provost_saml::Subject;
    ///
    /// let object = Subject::Object("7f2f0b0e-5a35-4b7c-9d0c-0b6b8b7f5c11".parse().unwrap());
    /// assert!(object.is_external_id("7F2F0B0E-5A35-4B7C-9D0C-0B6B8B7F5C11"));
    /// assert!(!Subject::Text("Maren".into()).is_external_id("maren"));
    /// ```
    pub fn is_external_id(&self, external_id: &str) -> bool {
        match self {
            Self::Object(object) => Uuid::try_parse(external_id).is_ok_and(|id| id == *object),
            Self::Text(text) => text == external_id,
        }
    }
}

/// An attribute of a person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attribute {
    /// Its name: a URL in Entra.
    pub name: String,
    /// Its values, as text. Values that contain elements are left out.
    pub values: Vec<String>,
}

/// The name of a subject.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct NameId {
    /// The name itself, at most 1024 characters.
    pub value: String,
    /// The format of the name: a URN.
    pub format: Option<String>,
}

/// The certificate that verified a signature.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignedBy {
    /// The certificate.
    pub certificate: Certificate,
    /// Whether it was within its validity period. If not, warn an administrator.
    pub is_current: bool,
}

/// What the caller stores so that a response is accepted once: refuse it if either identifier is already stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Replay {
    /// The identifier of the response. If only the assertion is signed, anybody may have changed it.
    pub response_id: String,
    /// The identifier of the assertion, which is always signed: it catches a replay whose response was altered around
    /// it.
    pub assertion_id: String,
    /// From this time on the response is refused anyway, and both identifiers may be deleted.
    pub ends: DateTime<Utc>,
}
