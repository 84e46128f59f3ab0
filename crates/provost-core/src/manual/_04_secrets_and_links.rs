//! What is no part of a stored body.
//!
//! **Secrets** (`writeOnly`, such as `password`) leave validation beside the body: in
//! [`NewResource::secrets`](crate::change::NewResource::secrets) and [`Change::secrets`](crate::Change::secrets). Code that wants
//! them, to hand a password on or to hash it, takes them there; code that does nothing loses them, which is the safe default.
//! Null among them says that a PATCH cleared one. So a body never holds what may not be returned, and its text can be sent
//! as it is. Of an element of a list the whole element is among the secrets, so that a store knows whose secret it is.
//!
//! **Links** (`members`, and `groups` seen from the other side) are rows that two resources share. They are found by
//! convention: a multi-valued complex attribute called `members` with a `value`, so that a resource type from a file can
//! have members without code. What a row cannot hold is refused when the schema is read.
//!
//! `display` of a member and of a manager belongs to the other resource. It is derived when it is read, and never bumps a
//! version: renaming a user would otherwise change every group.
//!
//! **`id` and `meta`** are the server's and made of columns. `externalId` is the client's: data, not a key; two resources
//! may have the same.
//!
//! ```
//! use provost_core::value::parse_object;
//! use provost_core::{urn, validate, Limits, Policy, SchemaSet, Terms};
//!
//! let set = SchemaSet::builtin();
//! let user = set.resource_type("User").ok_or("User")?;
//! let post = format!(r#"{{"schemas": ["{}"], "userName": "babs", "password": "t1meMa$heen"}}"#, urn::USER);
//! let accepted = validate::create(parse_object(&post)?, user, Terms::new(Policy::default(), &Limits::default()))?;
//! assert_eq!(accepted.secrets.str("password"), Some("t1meMa$heen"));
//! assert!(!accepted.body.contains("password"));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
