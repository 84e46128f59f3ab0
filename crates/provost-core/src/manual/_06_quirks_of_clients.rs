//! How identity providers deviate from the standard, and where that is handled.
//!
//! Microsoft Entra ID writes `"Add"` for `add` and `"False"` for `false`, puts paths into the keys of an object,
//! expects `replace` to create what does not exist, and asks `emails[type eq "work"].value eq "x"`, which the filter
//! grammar does not allow. Okta disables users by PUT and expects a POST to reactivate them. All of this is known, none
//! of it is in the standard, and other clients would rightly call each of it a bug.
//!
//! **A quirk never reaches the engine.** Each is either a named [rule](crate::compat::RULES), by which a
//! [`Reader`](crate::compat::Reader) rewrites the request before anything else sees it, or a choice in a
//! [`Policy`](crate::Policy), where the RFC leaves one or the server is lenient. Filter, PATCH and stores only know the
//! standard and the policy; a test ensures that there is no `if entra` in them. What fired is returned as
//! [`Notes`](crate::policy::Notes), for the audit record and for metrics.
//!
//! **A profile is a value**, not a build feature: one server talks to Entra for one organisation and to a strict client
//! for another. This crate's own default is [`strict`](crate::Profile::strict), since a library should not guess; the
//! server's default for an organisation is `entra`, since that is who calls. When in doubt, use `entra`: `interop` is
//! for clients that follow the RFC.
//!
//! **Uniqueness of `externalId`** is not a quirk but a tenant's choice
//! ([`Profile::with_unique_external_id`](crate::Profile::with_unique_external_id)): the RFC leaves the value to the
//! client.
//!
//! **Unknown attributes** show the difference best. Strict refuses them and names them: accepting a misspelt attribute
//! would silently lose data. Entra sends whatever the administrator mapped, in the schema or not, and a refusal would
//! stop the provisioning of that user for good; so with Entra they are dropped and noted.
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
