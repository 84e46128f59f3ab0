//! SCIM 2.0 (RFC 7643, RFC 7644) as pure functions.
//!
//! No I/O, no async, no clock, no randomness: everything a function needs comes in as a value.
//!
//! | module | what it holds |
//! |---|---|
//! | [`value`] | JSON with SCIM's rules: names without case, no duplicates, bounded depth |
//! | [`schema`] | schemas and resource types as data |
//! | [`path`] | attribute paths, as written and as found in a schema |
//! | [`resource`] | what a store keeps and gives back |
//! | [`filter`] | filter text -> syntax -> typed filter -> evaluation |
//! | [`patch`] | PATCH request -> resolved operations -> [`Change`] |
//! | [`change`] | what a PUT or PATCH came to |
//! | [`validate`] | a resource against its schemas |
//! | [`project`] | `attributes`, `excludedAttributes` and the `returned` characteristic |
//! | [`query`] | filter, sort and page of a list request |
//! | [`compat`] | client profiles: named rules that rewrite a request before anything else sees it |
//! | [`fold`] | the one function that decides whether two texts are the same |
//! | [`view`] | `User`, `Group` and `EnterpriseUser` as structs |
//! | [`error`] | every refusal, with status and `scimType` |

pub mod change;
pub mod compat;
pub mod error;
pub mod filter;
pub mod fold;
pub mod limits;
pub mod patch;
pub mod path;
pub mod project;
pub mod query;
pub mod resource;
pub mod schema;
pub mod time;
pub mod validate;
pub mod value;
pub mod view;

pub use change::Change;
pub use compat::Profile;
pub use error::{Error, ErrorKind};
pub use filter::{Filter, TypedFilter};
pub use limits::Limits;
pub use path::{AttrPath, AttrRef};
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
