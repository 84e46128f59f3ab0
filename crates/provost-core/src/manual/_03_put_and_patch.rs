//! What a write changes, and what it leaves.
//!
//! **PUT** replaces what the client writes. What is absent is cleared, with four exceptions:
//!
//! * values of the server (`readOnly`) stay, whatever is sent;
//! * `immutable` values stay when they are absent, because they could not be set again; another value is refused;
//! * `active` stays: a client that has never heard of it would otherwise wake everybody up with its next PUT;
//! * secrets (`writeOnly`) stay: a client cannot know them, so it could not send them back.
//!
//! Under the profiles of Entra and Okta the members of a group stay too where a PUT does not name them, and a list of which
//! nobody exists is refused in every profile: it is one of wrong ids, and no wish to empty the group.
//!
//! **PATCH** is done in order, each operation on what the one before has left, and all or none. Null clears, as `remove`
//! does: of an immutable value that is refused, of a required one too. A value path that chooses nothing is 400 `noTarget`
//! for `replace`, as RFC 7644 section 3.5.2.3 wants it, and no fault for `remove`.
//!
//! **`value` and `$ref` are one.** A manager is named by an id and by a URI. Whichever is written, the other follows: it goes
//! where it names somebody else, and where both are given and differ, `value` decides.
//!
//! **Nothing changed is an answer.** Adding a value that is there, or replacing one by itself, succeeds and leaves
//! version and `lastModified` alone. Identity providers repeat themselves a good deal; a version that grows each time
//! would make every If-Match of somebody else fail.
//!
//! **Members are not an array.** A group of 100,000 members that is read, parsed, changed by one and written costs a tenth
//! of a second and loses to the next request that does the same. So a change of members is
//! [members that come and go](crate::change::MemberChange), made without reading the group where that can be.
//!
//! ```
//! use provost_core::value::parse_object;
//! use provost_core::{urn, validate, Limits, Policy, SchemaSet, Terms};
//!
//! let set = SchemaSet::builtin();
//! let user = set.resource_type("User").ok_or("User")?;
//! let stored = parse_object(r#"{"userName": "babs", "title": "Guide", "active": false}"#)?;
//! let put = parse_object(&format!(r#"{{"schemas": ["{}"], "userName": "babs"}}"#, urn::USER))?;
//! let change = validate::replace(put, &stored, user, Terms::new(Policy::default(), &Limits::default()))?;
//! let after = change.body.ok_or("a change")?;
//! assert!(!after.contains("title"));
//! assert_eq!(after.get("active").and_then(|v| v.as_bool()), Some(false));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
