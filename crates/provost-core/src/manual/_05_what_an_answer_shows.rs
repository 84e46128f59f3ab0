//! `attributes`, `excludedAttributes`, and the characteristic `returned`.
//!
//! | `returned` | by itself | named in `attributes` | named in `excludedAttributes` |
//! |---|---|---|---|
//! | `always` | shown | shown | shown |
//! | `default` | shown | shown | left out |
//! | `request` | after a write that wrote it | shown | left out |
//! | `never` | left out | left out | left out |
//!
//! Sub-attributes are treated in the same way, once the attribute itself is shown. Naming `name` includes all its
//! parts; naming `name.givenName` includes only that one; excluding it keeps the others. A URN alone means the
//! attributes of its schema (RFC 7644 section 3.10). Names that no schema has are ignored, since a projection is only a
//! request.
//!
//! **Stored text is served as it is** whenever an answer shows all of it: parsing and rewriting a page of a hundred
//! users costs two hundred times as much as splicing. That is why a body never contains anything that must not be
//! shown, and why names are stored in the schema's spelling.
//!
//! ```
//! use provost_core::project::Projection;
//! use provost_core::value::parse_object;
//! use provost_core::policy::Terms;
//! use provost_core::{Limits, Policy, SchemaSet};
//!
//! let set = SchemaSet::builtin();
//! let user = set.resource_type("User").ok_or("User")?;
//! let limits = Limits::default();
//! let terms = Terms::new(Policy::default(), &limits);
//! let shown = |without: &str| {
//!     let mut document = parse_object(r#"{"id": "1", "name": {"givenName": "B", "familyName": "J"}}"#)?;
//!     Projection::parse(None, Some(without), user, terms, &mut Default::default())?.apply(&mut document, user);
//!     Ok::<_, Box<dyn std::error::Error>>(document.to_string())
//! };
//! assert_eq!(shown("name.familyName,id")?, r#"{"id":"1","name":{"givenName":"B"}}"#);
//! assert_eq!(shown("name")?, r#"{"id":"1"}"#);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
