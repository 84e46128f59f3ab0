//! SAML 2.0 single sign-on for the application (the service provider): [`Verifier`] says who somebody is, or refuses.
//!
//! One wrong yes lets a stranger into somebody's organisation. So the API is narrow, every check fails closed, and our
//! own checks come on top of those of the library that verifies signatures.
//!
//! * [`Metadata`] reads what an identity provider publishes and makes a [`Connection`] from it.
//! * [`Verifier::request`] begins a sign-in, [`Verifier::verify`] ends it: with a [`Verified`] person or a [`Refusal`].
//! * [`Verifier::logout`] reads a logout request, [`Verifier::logout_response`] answers it.
//!
//! No I/O, no HTTP framework, no database, no clock and no randomness: time and random bytes are arguments.
//!
//! Not supported: encrypted assertions, signed requests, artifact binding, and sign-ins begun by the identity provider
//! (the caller answers those with a sign-in of its own). No private key is used. Neither this crate nor the libraries
//! it uses have had an external audit.

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
