//! The state a case starts from, as steps that can be made over SCIM.

use serde::Deserialize;
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// `conformance/states.json`: who the people and groups of the cases are, and states with a name.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct States {
    /// A word for the reader.
    pub about: String,
    /// Users and groups by the symbol that cases call them by.
    pub resources: BTreeMap<String, Prototype>,
    /// Named states.
    pub states: BTreeMap<String, Vec<Given>>,
}

/// A user or group that cases create.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Prototype {
    /// `User` or `Group`.
    #[serde(rename = "type")]
    pub kind: String,
    /// The id that stands for this resource in golden exchanges; the player puts the server's own in its place.
    pub id: Option<String>,
    /// What is sent to create it.
    pub attributes: Map<String, Value>,
}

/// One line of a case's `given`: a named state, or a step of its own.
#[derive(Debug, Clone, Deserialize)]
#[serde(untagged)]
pub enum Given {
    /// The name of a state in `states.json`.
    State(String),
    /// A step.
    Step(Preparation),
}

/// A step towards a state.
#[derive(Debug, Clone, Deserialize)]
#[serde(untagged)]
pub enum Preparation {
    /// Create a resource, unless an earlier step did.
    Create(Create),
    /// Set `active` to false.
    Disable(Disable),
    /// Delete it; its symbol keeps the id it had.
    Delete(Delete),
    /// Create users until the directory holds this many.
    Users(Users),
}

/// `{"create": "U1"}`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Create {
    /// The symbol.
    #[serde(rename = "create")]
    pub symbol: String,
    /// Attributes on top of those in `states.json`.
    #[serde(default)]
    pub with: Map<String, Value>,
    /// Members of a group, by symbol.
    pub members: Option<Vec<String>>,
    /// Who the symbol is, where `states.json` does not say.
    #[serde(rename = "as")]
    pub prototype: Option<Prototype>,
}

/// `{"disable": "U1"}`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Disable {
    /// The symbol.
    #[serde(rename = "disable")]
    pub symbol: String,
}

/// `{"delete": "U1"}`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Delete {
    /// The symbol.
    #[serde(rename = "delete")]
    pub symbol: String,
}

/// `{"users": 12}`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Users {
    /// How many users the directory holds afterwards.
    pub users: u64,
}
