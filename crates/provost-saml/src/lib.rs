//! Single sign-on by SAML 2.0, seen from the application: [`Verifier`] says who somebody is, or refuses.
//!
//! One wrong yes is a stranger in somebody's organisation. So the face is narrow, every check fails closed, and each of our
//! own checks is made besides those of the library that verifies signatures.
//!
//! * [`Metadata`] reads what an identity provider publishes and makes a [`Connection`] of it.
//! * [`Verifier::request`] begins a sign-in, [`Verifier::verify`] ends it: with a [`Verified`] person or a [`Refusal`].
//! * [`Verifier::logout`] reads a request to log out, [`Verifier::logout_response`] answers it.
//!
//! No I/O, no HTTP framework, no database, no clock and no randomness: time and random bytes are arguments.
//!
//! Not supported: encrypted assertions, signed requests, artifact binding, and sign-ins begun by the identity provider;
//! the caller answers those with a sign-in of its own. No private key is used. No outside audit was made, neither of this
//! crate nor of the libraries behind it.

mod attributes;
mod certificate;
mod checks;
mod connection;
mod content;
mod library;
mod logout;
mod metadata;
mod parameters;
mod provider;
mod reason;
mod redirect;
mod refusal;
mod request;
mod scan;
mod signature;
mod structure;
mod time;
mod url;
mod verified;
mod verifier;
mod xml;

pub use certificate::Certificate;
pub use connection::{Connection, ExpiredCertificate, SubjectSource};
pub use logout::LogoutRequest;
pub use metadata::Metadata;
pub use provider::ServiceProvider;
pub use reason::Reason;
pub use refusal::Refusal;
pub use request::{AuthnRequest, MessageId, Pending, SignInOptions};
pub use url::{HttpsUrl, NotHttps};
pub use verified::{Attribute, NameId, Replay, SignedBy, Subject, Verified};
pub use verifier::{MAX_BODY, Verifier, relay_state};

#[cfg(test)]
extern crate self as provost_saml;

#[cfg(test)]
mod corpus;
