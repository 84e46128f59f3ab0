//! What counts as no value, and is stored as nothing.
//!
//! RFC 7643 section 2.5 makes an absent attribute, null and an empty list equal. They are treated alike wherever a whole
//! resource is sent (but for `members`, where `[]` empties a group and null says nothing), and never stored: what a client
//! reads back has values only. `{}` names no part of anything, so it changes none. In PATCH null is a word of its own, see
//! [PUT and PATCH](super::_03_put_and_patch).
//!
//! An empty text is a value, as long as nothing requires one. A required attribute that is `""` is missing: `userName` of no
//! letters helps nobody. (Entra's empty strings, which mean "clear", are rewritten by a [rule](crate::compat::RULES).)
//!
//! **Only true gives access.** A user created without `active` is active, and the answer says so: a server that lets
//! somebody in must show it, and find them by `active eq true`. That is the one default that is made up. Afterwards only a
//! boolean sets it. Taken away, by the RFC's `remove` or null, it is no true, so it gives no access; under the profiles of
//! Entra and Okta, whose mappings send null by accident, taking it away changes nothing.
//! [`is_active`](crate::change::is_active) is the one place that knows.
//!
//! **Numbers** are 64-bit integers or finite doubles, because that is what databases and other languages keep. A number
//! beyond is refused instead of rounded, for the attribute that it is meant for
//! ([`Value::OutOfRange`](crate::Value::OutOfRange)): one that a profile drops may hold any. An integer attribute takes
//! no fraction.
//!
//! **Canonical values** are suggestions: they are published, and others are accepted. RFC 7643 section 2.3.1 leaves it to
//! the server; refusing `"type": "private"` would fail a provisioning job over a label.
//!
//! **Shapes, not contents**: of references and binary values it is checked that they could be one. That a text is an
//! e-mail address, a time zone or a country is for the application to say; none of the identity providers agrees with the
//! others on it.
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
