//! Who somebody is, once everything about a response is proved.

use chrono::{DateTime, Utc};
use uuid::Uuid;

use crate::certificate::Certificate;

/// A sign-in in which everything was checked.
///
/// It proves that the identity provider of the connection says that this person signed in for this application, in answer
/// to the [`Pending`](crate::Pending) request. It does not prove that it is shown for the first time: the caller stores
/// [`replay`](Self::replay) in the transaction that makes the session, and refuses if either identifier is there already.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verified {
    /// Who it is.
    pub subject: Subject,
    /// The tenant that Entra named, equal to the connection's. Nothing for other identity providers.
    pub tenant: Option<Uuid>,
    /// What else is said about the person, in the order in which it came.
    pub attributes: Vec<Attribute>,
    /// The name of the subject, which a request to log out repeats. Entra lets an administrator choose what is in it, and
    /// it can change: nobody should be recognised by it unless the connection says so.
    pub name_id: NameId,
    /// The identity provider's name for the session, which a request to log out repeats.
    pub session_index: Option<String>,
    /// When the session must end at the latest, if the identity provider says so.
    pub session_ends: Option<DateTime<Utc>>,
    /// When the person proved who they are; long before this sign-in, if the identity provider remembered them.
    pub authn_instant: DateTime<Utc>,
    /// The certificate that verified the signature.
    pub certificate: SignedBy,
    /// What must be stored, so that the same response is refused a second time.
    pub replay: Replay,
}

/// The identifier of a person at one identity provider.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Subject {
    /// Entra's object identifier.
    Object(Uuid),
    /// Any text, compared byte by byte.
    Text(String),
}

impl Subject {
    /// Whether this person is the user that SCIM knows by this `externalId`. Object identifiers are compared as UUIDs, since
    /// their letters may be large or small; other subjects byte by byte.
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
    /// Its name, in Entra a URL.
    pub name: String,
    /// Its values, as text. Values that have elements in them are left out.
    pub values: Vec<String>,
}

/// The name of a subject.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct NameId {
    /// The name itself, at most 1024 characters.
    pub value: String,
    /// What kind of name it is: a URN.
    pub format: Option<String>,
}

/// The certificate that verified a signature.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignedBy {
    /// The certificate.
    pub certificate: Certificate,
    /// Whether it was within its dates. If not, somebody should be warned.
    pub is_current: bool,
}

/// What the caller stores, so that a response is good once: refuse if either is there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Replay {
    /// The identifier of the response. Where only the assertion is signed, anybody may have changed it.
    pub response_id: String,
    /// The identifier of the assertion, which is always signed: it is what refuses a response that was changed around it.
    pub assertion_id: String,
    /// From then on the response is refused anyway, and both may be forgotten.
    pub ends: DateTime<Utc>,
}
