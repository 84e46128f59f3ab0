//! The SCIM 2.0 protocol over a [`Store`], without any HTTP framework.
//!
//! | item | what it is |
//! |---|---|
//! | [`BaseUrl`] | where SCIM is served; determines the mount path and every URL in answers |
//! | [`Store`] | five methods over one tenant's resources; implement it over your tables |
//! | [`AnyStore`] | a type-erased store, to choose the database at run time |
//! | [`Authenticator`] | credentials -> [`Session`]: who calls, with a store for the tenant and a client profile |
//! | [`Request`] | an HTTP request as the protocol sees it |
//! | [`Operation`] | everything SCIM can ask, as a closed set; [`route`] makes one from a [`Request`] |
//! | [`Provider`] | runs an operation for a session and returns an [`Answer`]: the response, and its outcome for logs |
//! | [`MemoryStore`], [`StaticToken`] | a store and an authenticator for tests and first steps |
//! | [`Gate`] | limits the use of something scarce, with at most half of it for one tenant |
//! | [`embed`] | help for a store over tables of your own |
//!
//! With the feature `testkit`: tests for the contract of [`Store`], to run against your own, in the module `testkit`.

mod auth;
mod base_url;
mod conditions;
mod cursor;
mod discovery;
pub mod embed;
mod error;
#[cfg(any(test, feature = "testkit"))]
mod faulty;
mod gate;
mod media;
mod memory;
mod misplaced;
mod operation;
mod outcome;
mod params;
mod pool;
mod principal;
mod provider;
mod request;
mod response;
mod route;
mod settings;
mod static_token;
mod store;
#[cfg(feature = "system")]
pub mod system;
#[cfg(any(test, feature = "testkit"))]
pub mod testkit;
mod url;

pub use auth::{AuthError, AuthRequest, Authenticator, Basic, Scheme, Session, admit, same_secret};
pub use base_url::{Address, BaseUrl, BaseUrlError};
pub use conditions::Conditions;
pub use cursor::{CURSOR_TIMEOUT_S, CursorKey, Cursors};
pub use error::StoreError;
pub use gate::{Full, Gate, Pass};
pub use memory::MemoryStore;
pub use operation::{Discovery, Operation, Payload, WriteTarget};
pub use outcome::{Answer, Asked, Outcome, Refused, Write, WriteKind};
pub use params::Params;
pub use principal::{Credential, CredentialKind, Principal};
pub use provider::Provider;
pub use request::{Origin, Request};
pub use response::{MEDIA_TYPE, Refusal, Response};
pub use route::{pattern, route};
pub use settings::{
    MAX_BODY_BYTES, MAX_BULK_BYTES, MAX_BULK_OPERATIONS, MAX_MEMBERS_BODY_BYTES, MAX_PAGE, MAX_ROOT_RESULTS,
    PAGE, Settings, SettingsError, WhoAmI,
};
pub use static_token::StaticToken;
pub use store::{AnyStore, Context, Create, Delete, Find, Get, Result, Store, Update, Updated};
