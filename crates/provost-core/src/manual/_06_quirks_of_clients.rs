//! What identity providers send beside the standard, and where it ends.
//!
//! Microsoft Entra ID writes `"Add"` for `add` and `"False"` for `false`, puts paths into the keys of an object, expects
//! `replace` to make what is not there, and asks `emails[type eq "work"].value eq "x"`, which the grammar of filters does
//! not have. Okta disables users by PUT and expects a POST to revive them. All of it is known, none of it is the standard,
//! and each of it would be a fault to somebody else.
//!
//! **A quirk never reaches the engine.** Each is a named [rule](crate::compat::RULES), by which a
//! [`Reader`](crate::compat::Reader) rewrites the request before anything else sees it; or it becomes a choice of a
//! [`Policy`](crate::Policy), where the RFC leaves one or the server forgives. Filter, PATCH and stores know the standard and
//! the policy; there is no `if entra` in them, and a test sees to it. What fired comes back as [`Notes`](crate::policy::Notes), for the audit record and for metrics.
//!
//! **A profile is a value**, not a feature of the build: one server talks to Entra for one organisation and to a strict
//! client for another. This crate's own default is [`strict`](crate::Profile::strict), because a library should not guess;
//! the server's default for an organisation is `entra`, because that is who calls. When in doubt, take `entra`: `interop` is
//! for clients that keep to the RFC.
//!
//! **Uniqueness of `externalId`** is no quirk but a wish of the tenant
//! ([`Profile::with_unique_external_id`](crate::Profile::with_unique_external_id)): the RFC leaves the value to the client.
//!
//! **Unknown attributes** show the difference best. Strict refuses them, and says which name: a misspelt attribute that is
//! accepted is data lost without a word. Entra sends what the admin mapped, whether the schema has it or not, and a refusal
//! stops the provisioning of that user for good; so there they are dropped and noted.
//!
//! ```
//! use provost_core::compat::Reader;
//! use provost_core::value::parse_object;
//! use provost_core::{urn, Limits, Profile, SchemaSet};
//!
//! let set = SchemaSet::builtin();
//! let user = set.resource_type("User").ok_or("User")?;
//! let post = format!(r#"{{"schemas": ["{}"], "userName": "babs", "shoeSize": 42}}"#, urn::USER);
//! let with = |profile: Profile| Reader::new(&profile, &Limits::default()).create(parse_object(&post)?, user);
//! assert!(with(Profile::strict()).is_err());
//! let accepted = with(Profile::entra())?;
//! assert!(!accepted.body.contains("shoeSize"));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
