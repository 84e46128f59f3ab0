//! Bearer tokens: their text, the hash that is stored of them, and the check on each request.
//!
//! Time and randomness come in as values; nothing here touches a database.

mod base62;
mod cache;
mod checksum;
mod hash;
mod secret;
mod text;
mod verify;

pub(crate) use hash::{HashError, hash as phc};
pub(crate) use secret::Secret;
pub(crate) use text::{KeyId, Token};
pub(crate) use verify::{Authenticity, StoredHash, Verifier};
