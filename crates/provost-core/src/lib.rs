//! SCIM 2.0 (RFC 7643, RFC 7644) as pure functions.
//!
//! No I/O, no async, no clock, no randomness: everything a function needs is an argument. This page is a short manual;
//! [`manual`] gives the reasons behind defaults.
//!
//! # Resources
//!
//! A resource is JSON with additional rules: names are case-insensitive, and none appears twice in an object
//! ([`value`]). A store keeps a [`Resource`]: an id, a version, two instants and a body, as text or as an [`Object`].
//! Code that prefers `user.emails` to looking names up can use [`typed`]; the protocol itself knows attributes only by
//! their schemas.
//!
//! ```
//! use provost_core::value::parse_object;
//! use provost_core::typed::User;
//!
//! let user = parse_object(r#"{"USERNAME": "babs", "emails": [{"value": "b@example.com", "primary": true}]}"#)?;
//! assert_eq!(user.str("userName"), Some("babs"));
//! assert_eq!(User::try_from(user)?.email(), Some("b@example.com"));
//! assert!(parse_object(r#"{"userName": "a", "username": "b"}"#).is_err());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Schemas
//!
//! A [`SchemaSet`] contains the resource types of a server: User and Group, and what [`SchemaSet::load`] reads from
//! files. [`validate`] checks the body of a POST or PUT against it and returns what can be stored; [`project`] decides
//! which attributes an answer contains.
//!
//! ```
//! use provost_core::project::Projection;
//! use provost_core::value::parse_object;
//! use provost_core::{validate, Limits, Policy, SchemaSet, Terms};
//!
//! let set = SchemaSet::load([
//!     ("room.schema.json", r#"{"id": "urn:example:Room", "attributes": [
//!         {"name": "label", "required": true}, {"name": "seats", "type": "integer"}]}"#),
//!     ("room.resourcetype.json", r#"{"name": "Room", "endpoint": "/Rooms", "schema": "urn:example:Room"}"#),
//! ])?;
//! let room = set.by_endpoint("Rooms").ok_or("Rooms")?;
//! let post = |text: &str| {
//!     let body = parse_object(text).map_err(provost_core::Error::from)?;
//!     validate::create(body, room, Terms::new(Policy::default(), &Limits::default()))
//! };
//!
//! let mut body = post(r#"{"schemas": ["urn:example:Room"], "LABEL": "Aquarium", "seats": 12}"#)?.body;
//! assert_eq!(body.to_string(), r#"{"schemas":["urn:example:Room"],"label":"Aquarium","seats":12}"#);
//!
//! let refused = post(r#"{"schemas": ["urn:example:Room"], "label": "Aquarium", "seats": "many"}"#).unwrap_err();
//! assert_eq!(refused.detail(), "`seats` must be a whole number, found the string `many`");
//!
//! let only = Projection::parse(Some("seats"), None, room, Terms::new(Policy::default(), &Limits::default()), &mut Default::default())?;
//! only.apply(&mut body, room);
//! assert_eq!(body.to_string(), r#"{"schemas":["urn:example:Room"],"seats":12}"#);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Filters
//!
//! Text becomes a [`Filter`], which only knows the grammar, then a [`TypedFilter`], which knows the schema: every name
//! is resolved and every operand has the type of its attribute, so that evaluation and translation to SQL cannot fail.
//!
//! ```
//! use provost_core::filter::Unknown;
//! use provost_core::value::parse_object;
//! use provost_core::{Filter, SchemaSet};
//!
//! let set = SchemaSet::builtin();
//! let user = set.by_endpoint("Users").ok_or("Users")?;
//! let filter: Filter = r#"userName sw "B" and emails[type eq "work"]"#.parse()?;
//! let filter = filter.resolve(user, Unknown::Refuse)?;
//! assert!(filter.matches(&parse_object(r#"{"userName": "babs", "emails": [{"type": "work"}]}"#)?));
//!
//! let text = "userName eq babs";
//! let refused = text.parse::<Filter>().unwrap_err();
//! assert_eq!(refused.offset(), 12);
//! println!("{}", refused.caret(text));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # PATCH
//!
//! A [`Patch`](patch::Patch) is a request bound to a resource type. Applied to a document, it gives a [`Change`] for a
//! store to write: attributes, members to add and remove, and whether it activates or deactivates the resource. A
//! request about members alone needs no document, however large the group.
//!
//! ```
//! use provost_core::change::Transition;
//! use provost_core::compat::Reader;
//! use provost_core::value::parse_object;
//! use provost_core::{Limits, Profile, SchemaSet};
//!
//! let set = SchemaSet::builtin();
//! let patch = |kind: &str, operation: &str| {
//!     let urn = provost_core::urn::PATCH_OP;
//!     let message = parse_object(&format!(r#"{{"schemas": ["{urn}"], "Operations": [{operation}]}}"#));
//!     let kind = set.resource_type(kind).ok_or("a resource type")?;
//!     Ok::<_, Box<dyn std::error::Error>>(Reader::new(&Profile::entra(), &Limits::default()).patch(message?, kind)?)
//! };
//! let off = patch("User", r#"{"op": "Replace", "path": "active", "value": "False"}"#)?;
//! let change = off.apply(&parse_object(r#"{"userName": "babs", "active": true}"#)?)?;
//! assert_eq!(change.transition, Some(Transition::Deactivated));
//!
//! let join = patch("Group", r#"{"op": "Add", "path": "members", "value": [{"value": "2819c223"}]}"#)?;
//! assert_eq!(join.member_delta().ok_or("a delta")?.members.add, ["2819c223".into()]);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Profiles
//!
//! Identity providers deviate from the standard. A [`Profile`] is a set of named rules, listed in [`compat::RULES`]. A
//! [`Reader`](compat::Reader) rewrites a request by them before anything else sees it. Where the RFC leaves a choice,
//! they become a [`Policy`], which is all that the rest of the crate sees of them. With no rule on, the RFC is applied
//! to the letter.
//!
//! ```
//! use provost_core::compat::RuleId;
//! use provost_core::Profile;
//!
//! assert!(Profile::entra().has(RuleId::BoolAsString) && !Profile::strict().has(RuleId::BoolAsString));
//! let ours = Profile::strict().with(RuleId::BoolAsString).named("ours");
//! # let _ = ours;
//! ```
//!
//! # Errors
//!
//! Every refusal is an [`Error`] with a [kind](ErrorKind), which determines status and `scimType`, and a detail that
//! says what was wrong, where, and what would be right. Its body follows RFC 7644 section 3.12. Programs can read the
//! [place](error::Place).
//!
//! ```
//! use provost_core::error::{Place, Text};
//! use provost_core::{Error, Filter};
//!
//! let e = Error::from("userName is \"babs\"".parse::<Filter>().unwrap_err());
//! assert_eq!((e.status(), e.kind().scim_type()), (400, Some("invalidFilter")));
//! assert!(e.to_object().str("detail").is_some_and(|d| d.contains("at byte 9")));
//! assert!(matches!(e.place(), Some(Place::Byte { text: Text::Filter, span }) if span.start == 9));
//! ```
//!
//! # Modules
//!
//! | module | contents |
//! |---|---|
//! | [`value`] | JSON with SCIM's rules: case-insensitive names, no duplicates, limited depth |
//! | [`schema`] | schemas and resource types as data |
//! | [`path`] | attribute paths, as written and as resolved in a schema |
//! | [`resource`] | resources as stores keep and return them |
//! | [`filter`] | filter text -> syntax -> typed filter -> evaluation |
//! | [`patch`] | PATCH request -> resolved operations -> [`Change`] |
//! | [`change`] | what a PUT or PATCH changes |
//! | [`validate`] | checks a resource against its schemas |
//! | [`project`] | `attributes`, `excludedAttributes` and the `returned` characteristic |
//! | [`query`] | filter, sort and page of a list request |
//! | [`policy`] | what a server may choose where the RFCs leave something open |
//! | [`compat`] | client profiles: named rules that rewrite a request before anything else sees it |
//! | [`fold`] | the one function that decides whether two texts count as the same |
//! | [`typed`] | `User`, `Group` and `EnterpriseUser` as structs |
//! | [`error`] | every refusal: its kind with status and `scimType`, and where it happened |
//! | [`manual`] | the reasons behind defaults and quirks |

pub mod change;
pub mod compat;
pub mod error;
pub mod filter;
pub mod fold;
pub mod limits;
pub mod manual;
mod notes;
pub mod patch;
pub mod path;
pub mod policy;
pub mod project;
pub mod query;
mod reference;
pub mod resource;
pub mod schema;
pub mod text;
pub mod time;
pub mod typed;
pub mod validate;
pub mod value;

pub use change::Change;
pub use compat::Profile;
pub use error::{Error, ErrorKind};
pub use filter::{Filter, TypedFilter};
pub use limits::Limits;
pub use path::{AttrPath, AttrRef};
pub use policy::{Policy, Terms};
pub use query::Query;
pub use resource::{Id, Resource, Version};
pub use schema::{ResourceType, Schema, SchemaSet};
pub use time::Timestamp;
pub use value::{AttrName, Number, Object, Value};

/// URNs of the messages of RFC 7644 section 8.2.
pub mod urn {
    /// A list answer.
    pub const LIST_RESPONSE: &str = "urn:ietf:params:scim:api:messages:2.0:ListResponse";
    /// A PATCH request.
    pub const PATCH_OP: &str = "urn:ietf:params:scim:api:messages:2.0:PatchOp";
    /// A query sent by POST.
    pub const SEARCH_REQUEST: &str = "urn:ietf:params:scim:api:messages:2.0:SearchRequest";
    /// An error answer.
    pub const ERROR: &str = "urn:ietf:params:scim:api:messages:2.0:Error";
    /// Prefix of all message URNs, which are never schemas of a resource.
    pub const MESSAGES: &str = "urn:ietf:params:scim:api:messages:";
    /// The core User schema.
    pub const USER: &str = "urn:ietf:params:scim:schemas:core:2.0:User";
    /// The core Group schema.
    pub const GROUP: &str = "urn:ietf:params:scim:schemas:core:2.0:Group";
    /// The enterprise extension of User.
    pub const ENTERPRISE_USER: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";
    /// The service provider's configuration.
    pub const SERVICE_PROVIDER_CONFIG: &str = "urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig";
    /// A resource type.
    pub const RESOURCE_TYPE: &str = "urn:ietf:params:scim:schemas:core:2.0:ResourceType";
    /// A schema.
    pub const SCHEMA: &str = "urn:ietf:params:scim:schemas:core:2.0:Schema";
}
