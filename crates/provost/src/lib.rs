//! SCIM 2.0 provisioning for your application: an identity provider such as Microsoft Entra ID creates, changes and
//! removes your users and groups.
//!
//! Depend on this crate alone. It promises semantic versioning for the whole family, for every name outside
//! [`unstable`]; `tests/public-api.txt` lists what is promised.
//!
//! | you have | you write |
//! |---|---|
//! | no tables yet | a hook for what an active user is granted, on the directory of the feature `sqlite` or `postgres` |
//! | tables of your own | a [`Store`] over them, five methods for one tenant |
//! | tokens, keys or passwords of your own | an [`Authenticator`]: what a request shows -> [`Session`] |
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
//! use provost::{MemoryStore, Profile, StaticToken};
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
//! No feature is on by default, and none changes what another does.
//!
//! | feature | adds |
//! |---|---|
//! | `actix` | `provost::actix`: routes, the extractor of the caller, SCIM errors for what the framework refuses |
//! | `system` | `provost::system`: the clock and the identifiers of the system; on with `actix` |
//! | `sqlite` | `provost::sqlite`, `provost::hook`: a directory on SQLite with hooks inside its transactions |
//! | `postgres` | `provost::postgres`, `provost::hook`: the same on a PostgreSQL server, for several processes at once |
//! | `testkit` | `provost::testkit`: the contract of [`Store`] as tests, run over your store in one line |
//!
//! # What a request can rely on
//!
//! * Every store is bound to one tenant; a resource of another one is 404.
//! * The server mints every `id`; `externalId` is data.
//! * What a client sends outside the standard is rewritten first, by the named rules of its [`Profile`].
//! * A store gets resolved, typed values and parses nothing.

pub use provost_core::change::{NewResource, Transition};
pub use provost_core::policy::Notes;
pub use provost_core::query::{Include, Page};
pub use provost_core::resource::{Link, Service};
pub use provost_core::{
    Change, Error, ErrorKind, Id, Limits, Object, Profile, Query, Resource, ResourceType, SchemaSet,
    Timestamp, Value, Version, typed, urn,
};
pub use provost_provider::{
    Address, Answer, AnyStore, Asked, AuthError, AuthRequest, Authenticator, BaseUrl, BaseUrlError, Context,
    Create, Credential, CredentialKind, CursorKey, Cursors, Delete, Find, Get, MEDIA_TYPE, MemoryStore,
    Origin, Outcome, Principal, Provider, Refusal, Request, Response, Result, Session, Settings,
    SettingsError, StaticToken, Store, StoreError, Update, Updated, Write, WriteKind, admit, same_secret,
};

/// Help for an [`Authenticator`] of your own, and for calling it from an adapter of your own.
pub mod auth {
    pub use provost_provider::{Basic, Scheme, admit, same_secret};
}

/// Places for long-running work, at most half of them for one tenant: for a [`Store`] of your own.
pub mod gate {
    pub use provost_provider::{Full, Gate, Pass};
}

/// Help for a [`Store`] over tables of your own: the five methods from a handful of statements.
pub mod embed {
    pub use provost_core::fold::{Folding, fold};
    pub use provost_core::value::parse_object;
    pub use provost_provider::embed::{
        Entry, SLICE, Selection, Stamp, Tables, create, delete, equals, find, get, put, take_bool, take_text,
        update,
    };
}

/// Your own code inside the directory's transactions: for what an active user is granted.
#[cfg(any(feature = "sqlite", feature = "postgres"))]
pub mod hook {
    pub use provost_diesel::{
        Decision, Event, Hook, HookError, Intent, Member, ResourceRef, Secrets, TenantId, WriteContext,
        WriteSummary, changed,
    };
}

/// A directory of users and groups in an SQLite file, beside tables of your own.
///
/// Hooks and statements on a [`Conn`](sqlite::Conn) need the same version of diesel, re-exported
/// [here](sqlite::diesel):
///
/// ```
/// use provost::sqlite::Conn;
/// use provost::sqlite::diesel::{QueryResult, RunQueryDsl, sql_query};
///
/// fn forget_sessions(conn: &mut Conn) -> QueryResult<usize> {
///     sql_query("delete from sessions").execute(conn)
/// }
/// ```
#[cfg(feature = "sqlite")]
pub mod sqlite {
    /// The diesel that the directory is built with.
    pub use provost_diesel::diesel;
    pub use provost_diesel::sqlite::{Conn, Database, Directory, Lane, Options, TenantStore};
}

/// A directory of users and groups on a PostgreSQL server, beside tables of your own. Several processes may serve the
/// same one.
///
/// Hooks and statements on a [`Conn`](postgres::Conn) need the same version of diesel, re-exported
/// [here](postgres::diesel), with its query builder for PostgreSQL. A `Conn` blocks: [`Database`](postgres::Database)
/// hands it out on threads that may block.
///
/// ```
/// use provost::postgres::Conn;
/// use provost::postgres::diesel::{QueryResult, RunQueryDsl, sql_query};
///
/// fn forget_sessions(conn: &mut Conn) -> QueryResult<usize> {
///     sql_query("delete from sessions").execute(conn)
/// }
/// ```
///
/// With a hook, as on SQLite:
///
/// ```no_run
/// use provost::SchemaSet;
/// use provost::hook::Hook;
/// use provost::postgres::{Conn, Database, Directory, Options};
///
/// struct Seats;
/// impl Hook<Conn> for Seats {}
///
/// # async fn directory() -> Result<Directory<Seats>, Box<dyn std::error::Error>> {
/// let options = Options::default(); // 16 connections at most, a wait of 3 s for one, 8 s for a request
/// let database = Database::open("postgres://app:secret@db.example/app?sslrootcert=/etc/app/ca.pem", &options)?;
/// let directory = Directory::new(database, SchemaSet::builtin().into(), Seats);
/// directory.migrate().await?;
/// # Ok(directory)
/// # }
/// ```
#[cfg(feature = "postgres")]
pub mod postgres {
    /// The diesel that the directory is built with.
    pub use provost_diesel::diesel;
    pub use provost_diesel::postgres::{Conn, Database, Directory, Lane, Options, TenantStore};
}

/// SCIM as a scope of an actix-web application.
#[cfg(feature = "actix")]
pub mod actix {
    pub use provost_actix::{Authenticated, Caller, Denied, Scim, ScimBuilder, Served};
}

/// The contract of [`Store`] as tests, for any store.
#[cfg(feature = "testkit")]
pub mod testkit {
    pub use provost_provider::testkit::{Fault, Faults, FaultyStore, Handles, Report, Suite, adopted, suite};
}

#[cfg(feature = "system")]
pub use provost_provider::system;

/// Everything else of the family, **without a promise**: names here may change in any release. If you need one, open an
/// issue, so that it can move out.
pub mod unstable {
    #[cfg(feature = "actix")]
    pub use provost_actix as actix;
    pub use provost_core as core;
    #[cfg(any(feature = "sqlite", feature = "postgres"))]
    pub use provost_diesel as diesel;
    pub use provost_provider as provider;
}
