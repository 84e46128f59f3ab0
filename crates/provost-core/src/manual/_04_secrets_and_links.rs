//! What is not part of a stored body.
//!
//! **Secrets** (`writeOnly`, such as `password`) are separated from the body by validation, into
//! [`NewResource::secrets`](crate::change::NewResource::secrets) and [`Change::secrets`](crate::Change::secrets). Code
//! that wants to hash a password or pass it on takes it from there; code that does nothing drops it, which is the safe
//! default. Null among them means that a PATCH cleared one. So a body never contains anything that may not be returned,
//! and its text can be sent as it is. For an element of a list, the whole element is among the secrets, so that a store
//! knows whose secret it is.
//!
//! **Links** (`members`, and `groups` seen from the other side) are rows that connect two resources. They are
//! recognised by convention: a multi-valued complex attribute called `members` with a `value`, so that a resource type
//! from a file can have members without code. What a row cannot represent is refused when the schema is read.
//!
//! The `display` of a member and of a manager belongs to the other resource. It is derived when read, and never changes
//! the version: otherwise renaming a user would change every group.
//!
//! **`id` and `meta`** belong to the server and are made from columns. `externalId` belongs to the client: it is data
//! and not a key, and two resources may have the same.
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
