//! A SCIM directory on SQLite or PostgreSQL, through diesel.
//!
//! The directory is what an identity provider said: resources and memberships in groups, nothing else. What the
//! application grants because of it (memberships, teams, invitations) is maintained by a [`Hook`] that runs inside the
//! same transaction, so that both change together or not at all.
//!
//! | item | what it is |
//! |---|---|
//! | [`sqlite::Database`] | a database file: opened once and shared, also for the application's own tables |
//! | [`sqlite::Directory`] | users and groups in it, with the schemas that are served and a hook |
//! | [`sqlite::TenantStore`] | one tenant's [`Store`](provost_provider::Store) |
//! | `postgres` | the same names for a server that several processes share, with the feature `postgres` |
//! | [`Hook`], [`Event`], [`Intent`] | the application's part in a write |
//! | [`sqlite::directory`] | the tables, for hooks and upkeep: groups of a user, users of a group, checks |
//! | [`Finding`] | a fault found by a check of the tables |
//! | [`Derivation`] | how filter values are derived; a program verifies it before it uses them |
//!
//! ```no_run
//! use diesel::prelude::*;
//! use provost_core::SchemaSet;
//! use provost_diesel::sqlite::{Conn, Database, Directory, Options};
//! use provost_diesel::{WriteContext, Event, Hook, HookError, TenantId};
//!
//! diesel::table! { membership (user) { user -> BigInt, tenant -> BigInt, name -> Text, } }
//!
//! /// An active user has a membership.
//! struct Memberships;
//!
//! impl Hook<Conn> for Memberships {
//!     fn on(&self, conn: &mut Conn, cx: &WriteContext, event: Event<'_>) -> Result<(), HookError> {
//!         match event {
//!             Event::Activated { row, body, .. } => {
//!                 let name = body.str("userName").unwrap_or_default();
//!                 diesel::insert_into(membership::table)
//!                     .values((membership::user.eq(row.seq), membership::tenant.eq(cx.tenant.0), membership::name.eq(name)))
//!                     .execute(conn)?;
//!             }
//!             Event::Deactivated { row, .. } | Event::Deleted { row, .. } => {
//!                 diesel::delete(membership::table.find(row.seq)).execute(conn)?;
//!             }
//!             _ => {}
//!         }
//!         Ok(())
//!     }
//! }
//!
//! # async fn start() -> Result<(), provost_provider::StoreError> {
//! let db = Database::open("directory.db", &Options::default())?;
//! let directory = Directory::new(db.clone(), SchemaSet::builtin().into(), Memberships);
//! directory.migrate().await?;
//! let store = directory.tenant(TenantId(1)); // a `Store`
//! let memberships: i64 = db.read(|conn| membership::table.count().get_result(conn).map_err(HookError::from))?;
//! # Ok(())
//! # }
//! ```
//!
//! # One hook for several databases
//!
//! Diesel's query language needs a concrete connection type. A hook for several databases is one ordinary file that
//! uses the `Conn` of its parent module, compiled once for each:
//!
//! ```text
//! // hook_sqlite.rs
//! use provost_diesel::sqlite::{Conn, directory};
//! #[path = "hook_body.rs"]
//! mod body;
//!
//! // hook_body.rs
//! use super::{Conn, directory};
//! impl Hook<Conn> for Memberships { .. }
//! ```

#![cfg_attr(
    all(feature = "sqlite", feature = "postgres"),
    expect(
        clippy::duplicate_mod,
        reason = "the statements are compiled for each database (docs/decisions/006)"
    )
)]

#[cfg(not(any(feature = "sqlite", feature = "postgres")))]
compile_error!("choose a kind of database by a feature: `sqlite`, `postgres`, or both");

mod derivation;
mod dialect;
mod engine;
mod error;
mod finding;
mod hook;
mod keys;
mod lane;
mod layout;
#[cfg(feature = "postgres")]
pub mod postgres;
mod schema;
mod sql;
#[cfg(feature = "sqlite")]
pub mod sqlite;
mod stored;
mod unique;

/// The diesel version of this crate: a hook needs the same one.
pub use ::diesel;
pub use derivation::Derivation;
pub use error::HookError;
pub use finding::{Finding, Refreshed};
pub use hook::{
    Decision, Event, Hook, Intent, Member, ResourceRef, Secrets, TenantId, WriteContext, WriteSummary,
    changed,
};
pub use unique::{Duplicate, Duplicates, Switched};
