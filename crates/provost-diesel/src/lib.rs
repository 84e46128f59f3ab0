//! A SCIM directory on SQLite, through diesel.
//!
//! The directory is what an identity provider said: resources, who belongs to which group, and nothing else.
//! What the application grants for it (seats, teams, invitations) is kept by a [`Hook`] that runs inside the same
//! transaction, so both change together or not at all.
//!
//! | item | what it is |
//! |---|---|
//! | [`sqlite::Sqlite`] | a database file: opened once, shared by all |
//! | [`sqlite::SqliteStore`] | one tenant's [`Store`](provost_provider::Store) in it |
//! | [`Hook`], [`Event`], [`Intent`] | the application's part in a write |
//! | [`sqlite::directory`] | look-ups for hooks: groups of a user, users of a group |
//!
//! # One hook for several databases
//!
//! Diesel's query language needs a concrete connection type. A hook that serves several is one ordinary file that
//! names a `Conn` of its parent, compiled once for each:
//!
//! ```text
//! // seats_sqlite.rs
//! use provost_diesel::sqlite::{Conn, directory};
//! #[path = "seats_body.rs"]
//! mod body;
//!
//! // seats_body.rs
//! use super::{Conn, directory};
//! impl Hook<Conn> for Seats { .. }
//! ```

mod error;
mod hook;
mod keys;
mod layout;
mod marks;
mod schema;
mod sql;
pub mod sqlite;
mod stored;

pub use error::HookError;
pub use hook::{
    Cx, Event, Hook, Intent, Member, Operation, Row, Secrets, TenantId, Verdict, Written, changed,
};
