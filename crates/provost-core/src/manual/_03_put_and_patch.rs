//! What a write changes, and what it leaves alone.
//!
//! **PUT** replaces what the client can write. What is absent is cleared, with four exceptions:
//!
//! * the server's own values (`readOnly`) stay, whatever is sent;
//! * `immutable` values stay when absent, because they could not be set again; a different value is refused;
//! * `active` stays: a client that does not know it would otherwise reactivate everybody with its next PUT;
//! * secrets (`writeOnly`) stay: a client cannot know them, so it could not send them back.
//!
//! Under the profiles of Entra and Okta, a group's members also stay if a PUT does not mention them. In every profile a
//! list of members is refused if none of them exists: its ids are wrong, rather than the group meant to be empty.
//!
//! **PATCH** operations are applied in order, each to the result of the previous one; all or none. Null clears, like
//! `remove`; for immutable and required values that is refused. If a value path matches nothing, `replace` answers 400
//! `noTarget`, as RFC 7644 section 3.5.2.3 requires, and `remove` succeeds.
//!
//! **`value` and `$ref` belong together.** A manager is identified by an id and by a URI. Whichever is written, the
//! other follows: it is removed if it refers to somebody else. If both are given and differ, `value` decides.
//!
//! **Changing nothing succeeds.** Adding a value that exists, or replacing one with itself, leaves version and
//! `lastModified` alone. Identity providers repeat themselves a lot; incrementing the version each time would make
//! other clients' If-Match fail.
//!
//! **Members are not an array.** Reading, parsing, changing and writing a group of 100,000 members for one new member
//! takes a tenth of a second, and conflicts with the next request that does the same. So a change of members consists
//! of [members to add and to remove](crate::change::MemberChange), and where possible is made without reading the
//! group.
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
