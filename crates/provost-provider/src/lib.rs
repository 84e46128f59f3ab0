//! The SCIM 2.0 protocol over a [`Store`], without any HTTP framework.
//!
//! | item | what it is |
//! |---|---|
//! | [`Store`] | five methods over one tenant's resources: implement it over your tables |
//! | [`AnyStore`] | a store whose type was erased, for who picks a database at run time |
//! | [`Authenticator`] | bearer token -> [`Session`]: who calls, with a tenant-bound store and a client profile |
//! | [`Operation`] | the closed set of what SCIM can ask; [`route`] makes one of an HTTP request |
//! | [`Provider`] | runs an operation against a session and gives a [`Response`] |
//! | [`MemoryStore`] | a store for tests and first steps |

mod auth;
mod error;
mod store;

pub use auth::{AuthError, Authenticator, Principal, Session};
pub use error::StoreError;
pub use store::{AnyStore, Context, Result, Store, Updated};
