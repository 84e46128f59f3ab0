//! What a write changes, and what it leaves.
//!
//! **PUT** replaces what the client writes. What is absent is cleared, with four exceptions:
//!
//! * values of the server (`readOnly`) stay, whatever is sent;
//! * `immutable` values stay when they are absent, because they could not be set again; another value is refused;
//! * `active` stays: a client that has never heard of it would otherwise wake everybody up with its next PUT;
//! * secrets (`writeOnly`) stay: a client cannot know them, so it could not send them back.
//!
//! **PATCH** is done in order, each operation on what the one before has left, and all or none. Null clears, as `remove`
//! does: of an immutable value that is refused, of a required one too. A value path that chooses nothing is 400 `noTarget`
//! for `replace`, as RFC 7644 section 3.5.2.3 wants it, and no fault for `remove`.
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
//! use provost_core::{urn, validate, Limits, Profile, SchemaSet};
//!
//! let set = SchemaSet::builtin();
//! let user = set.resource_type("User").ok_or("User")?;
//! let stored = parse_object(r#"{"userName": "babs", "title": "Guide", "active": false}"#)?;
//! let put = parse_object(&format!(r#"{{"schemas": ["{}"], "userName": "babs"}}"#, urn::USER))?;
//! let (change, _) = validate::replace(put, &stored, user, &Profile::strict(), &Limits::default())?;
//! let after = change.body.ok_or("a change")?;
//! assert!(!after.contains("title"));
//! assert_eq!(after.get("active").and_then(|v| v.as_bool()), Some(false));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
