//! What counts as no value, and is not stored.
//!
//! RFC 7643 section 2.5 makes an absent attribute, null and an empty list equivalent. They are treated alike wherever a
//! whole resource is sent (except for `members`, where `[]` empties a group and null says nothing), and never stored:
//! what a client reads back contains only values. `{}` names no sub-attribute, so it changes none. In PATCH null has a
//! meaning of its own, see [PUT and PATCH](super::_03_put_and_patch).
//!
//! An empty text is a value, unless the attribute is required: an empty `userName` counts as missing. (Entra's empty
//! strings, which mean "clear", are rewritten by a [rule](crate::compat::RULES).)
//!
//! **Only true gives access.** A user created without `active` is active, and the answer says so: a server that grants
//! access must show it, and find the user by `active eq true`. It is the only value that is made up. After that, only a
//! boolean sets it. If the RFC's `remove` or null takes it away, it is not true, so it gives no access; under the
//! profiles of Entra and Okta, whose mappings send null by accident, taking it away changes nothing.
//! [`is_active`](crate::change::is_active) is the one place that knows.
//!
//! **Numbers** are 64-bit integers or finite doubles, since that is what databases and other languages support. A
//! number outside these ranges is refused instead of rounded, once the attribute is known
//! ([`Value::OutOfRange`](crate::Value::OutOfRange)); an attribute that a profile drops may contain any number. An
//! integer attribute accepts no fraction.
//!
//! **Canonical values** are suggestions: they are published, but others are accepted. RFC 7643 section 2.3.1 leaves
//! this to the server; refusing `"type": "private"` would fail a provisioning job over a label.
//!
//! **Form, not content**: references and binary values are only checked for their form. Whether a text is a valid
//! e-mail address, time zone or country is for the application to decide, since identity providers do not agree on it.
//!
//! ```
//! use provost_core::value::parse_object;
//! use provost_core::{urn, validate, Limits, Policy, SchemaSet, Terms};
//!
//! let set = SchemaSet::builtin();
//! let user = set.resource_type("User").ok_or("User")?;
//! let body = format!(r#"{{"schemas": ["{}"], "userName": "babs", "title": null, "emails": [], "nickName": ""}}"#, urn::USER);
//! let stored = validate::create(parse_object(&body)?, user, Terms::new(Policy::default(), &Limits::default()))?.body;
//! let names: Vec<&str> = stored.iter().map(|(name, _)| name.as_str()).collect();
//! assert_eq!(names, ["schemas", "userName", "nickName", "active"]);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
