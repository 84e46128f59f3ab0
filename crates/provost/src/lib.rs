//! SCIM 2.0 provisioning for your application: an identity provider such as Microsoft Entra ID creates, changes and
//! removes your users and groups.
//!
//! Depend on this crate alone; it carries the promise of semantic versioning for the family.
//!
//! | you have | you write |
//! |---|---|
//! | no tables yet | nothing: take the directory of the feature `sqlite`, and a hook for what an active user is granted |
//! | tables of your own | a [`Store`] over them, five methods for one tenant |
//! | tokens of your own | an [`Authenticator`]: bearer token -> [`Session`] |
//! | actix-web | `Scim::at(..)` and `App::new().service(scim.scope())`, with the feature `actix` |
//! | another HTTP framework | [`Request`] in, [`Response`] out: [`Provider::handle`] does the rest |
//!
//! # From nothing to Test Connection
//!
//! A server in memory, with one token; `examples/quick-start` is the whole program.
//!
//! ```
//! # #[cfg(feature = "actix")]
//! # {
//! use provost::actix::Scim;
//! use provost::core::Profile;
//! use provost::{MemoryStore, StaticToken};
//!
//! let scim = Scim::at("https://app.example/scim/v2")
//!     .profile(Profile::entra())
//!     .authenticator(StaticToken::new("a long random text", MemoryStore::new()))
//!     .build()?;
//! // in your actix-web App: .service(scim.scope())
//! # let _ = scim.scope();
//! # }
//! # Ok::<(), provost::SettingsError>(())
//! ```
//!
//! # Features
//!
//! None is on by default, and none changes how another behaves.
//!
//! | feature | adds |
//! |---|---|
//! | `actix` | `provost::actix`: routes, the extractor of the caller, SCIM errors for what the framework refuses |
//! | `system` | `provost::system`: the clock and the identifiers of the system; on with `actix` |
//! | `sqlite` | `provost::diesel`: a directory on SQLite with hooks inside its transactions |
//! | `testkit` | `provost::testkit`: the contract of [`Store`] as tests, run over your store in one line |
//!
//! # What a request can rely on
//!
//! * Every store is bound to one tenant; a resource of another one is 404.
//! * The server mints every `id`; `externalId` is data.
//! * What a client sends outside the standard is rewritten first, by the named rules of its [`Profile`](core::Profile).
//! * A store gets resolved, typed values and parses nothing.

pub use provost_core as core;
pub use provost_provider::{
    Address, Answer, AnyStore, Asked, AuthError, AuthRequest, Authenticator, BaseUrl, BaseUrlError,
    CURSOR_TIMEOUT_S, Conditions, Context, Create, Credential, CredentialKind, CursorKey, Cursors, Delete,
    Discovery, Find, Get, MAX_BODY_BYTES, MAX_BULK_BYTES, MAX_BULK_OPERATIONS, MAX_MEMBERS_BODY_BYTES,
    MAX_PAGE, MAX_ROOT_RESULTS, MEDIA_TYPE, MemoryStore, Operation, Outcome, PAGE, Params, Payload,
    Principal, Provider, Refusal, Refused, Request, Response, Result, Session, Settings, SettingsError,
    StaticToken, Store, StoreError, Update, Updated, WhoAmI, Write, WriteKind, WriteTarget, embed, route,
};

#[cfg(feature = "actix")]
pub use provost_actix as actix;
#[cfg(feature = "sqlite")]
pub use provost_diesel as diesel;
#[cfg(feature = "system")]
pub use provost_provider::system;
#[cfg(feature = "testkit")]
pub use provost_provider::testkit;
