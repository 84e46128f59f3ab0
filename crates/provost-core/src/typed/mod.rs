//! Typed views of resources, for code that prefers `user.name` to looking names up.
//!
//! A view is made from a document and becomes one again. Whatever has no field stays in `rest`, at every level, so that
//! a round trip loses nothing. The protocol itself does not use views: it knows attributes only by their schemas.
//!
//! ```
//! use provost_core::value::parse_object;
//! use provost_core::typed::{MultiValue, Name, User};
//! use provost_core::Object;
//!
//! let user = User::new("babs@example.com")
//!     .with_name(Name::default().with_given_name("Barbara").with_family_name("Jensen"))
//!     .with_email(MultiValue::new("babs@example.com").with_type("work").with_primary(true))
//!     .with_active(true);
//! assert_eq!(
//!     Object::from(user).to_string(),
//!     r#"{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"userName":"babs@example.com","name":{"familyName":"Jensen","givenName":"Barbara"},"active":true,"emails":[{"value":"babs@example.com","type":"work","primary":true}]}"#
//! );
//!
//! let mut user = User::try_from(parse_object(
//!     r#"{"USERNAME":"jim","urn:example:Badge":{"number":"B-7"},"emails":[{"value":"j","note":"old"}]}"#,
//! )?)?;
//! user.title = Some("Guide".to_owned());
//! let again = Object::from(user);
//! assert_eq!(again.get("urn:example:Badge").map(|v| v.to_string()).as_deref(), Some(r#"{"number":"B-7"}"#));
//! assert_eq!(again.get("emails").map(|v| v.to_string()).as_deref(), Some(r#"[{"value":"j","note":"old"}]"#));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! An extension of your own is a struct with serde's `Serialize` and `Deserialize`, and the URN:
//!
//! ```
//! use provost_core::typed::{Extension, User};
//! use serde::{Deserialize, Serialize};
//!
//! #[derive(Debug, PartialEq, Serialize, Deserialize)]
//! struct Badge {
//!     number: String,
//! }
//! impl Extension for Badge {
//!     const URN: &'static str = "urn:example:scim:schemas:extension:badge:2.0:User";
//! }
//!
//! let mut user = User::new("babs@example.com");
//! user.set_extension(&Badge { number: "B-7".to_owned() })?;
//! assert_eq!(user.extension::<Badge>()?, Some(Badge { number: "B-7".to_owned() }));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod extension;
mod fields;
mod group;
mod parts;
mod user;

pub use extension::Extension;
pub use group::Group;
pub use parts::{Address, Manager, Meta, MultiValue, Name, Reference};
pub use user::{EnterpriseUser, User};

use crate::value::{JsonError, Value};

/// A document does not fit the view.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}{message}", if .at.is_empty() { String::new() } else { format!("`{}` ", .at) })]
pub struct TypedError {
    at: String,
    message: String,
}

impl TypedError {
    /// The attribute at fault, such as `emails[0].value`; empty for the whole document.
    #[must_use]
    pub fn at(&self) -> &str {
        &self.at
    }

    fn new(at: &str, message: impl Into<String>) -> Self {
        Self { at: at.to_owned(), message: message.into() }
    }

    fn wrong(at: &str, expected: &str, found: &Value) -> Self {
        Self::new(at, format!("must be {expected}, found {}", found.kind()))
    }
}

impl From<JsonError> for TypedError {
    fn from(e: JsonError) -> Self {
        Self::new("", e.to_string())
    }
}
