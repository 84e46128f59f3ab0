//! The SCIM 2.0 protocol over a [`Store`], without any HTTP framework.
//!
//! | item | what it is |
//! |---|---|
//! | [`BaseUrl`] | where SCIM is served: the mount path and every URL that is sent come from it |
//! | [`Store`] | five methods over one tenant's resources: implement it over your tables |
//! | [`AnyStore`] | a store whose type was erased, for who picks a database at run time |
//! | [`Authenticator`] | what a request shows -> [`Session`]: who calls, with a tenant-bound store and a client profile |
//! | [`Request`] | an HTTP request as the protocol sees it |
//! | [`Operation`] | the closed set of what SCIM can ask; [`route`] makes one of a [`Request`] |
//! | [`Provider`] | runs an operation against a session and gives an [`Answer`]: the response, and what the request came to |
//! | [`MemoryStore`], [`StaticToken`] | a store and an authenticator for tests and first steps |
//! | [`Gate`] | how much of something scarce is in use at once, no tenant with more than half of it |
//! | [`embed`] | help for a store over tables of your own |
//!
//! With the feature `testkit`: the contract of [`Store`] as tests for anybody's store, in the module `testkit`.

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
