//! The initial state of a case, as steps that can be made over SCIM.

use serde::Deserialize;
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// `conformance/states.json`: the people and groups of the cases, and named states.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct States {
    /// A note for the reader.
    pub about: String,
    /// Users and groups by the symbols that cases use for them.
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
    /// The id of this resource in golden exchanges; the player replaces it with the server's own.
    pub id: Option<String>,
    /// What is sent to create it.
    pub attributes: Map<String, Value>,
}

/// One line of a case's `given`: a named state, or a step.
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
#[serde(untagged, deny_unknown_fields)]
pub enum Preparation {
    /// Create a resource, unless an earlier step did: `{"create": "U1"}`.
    Create {
        /// The symbol.
        create: String,
        /// Attributes on top of those in `states.json`.
        #[serde(default)]
        with: Map<String, Value>,
        /// Members of a group, by symbol.
        members: Option<Vec<String>>,
        /// What the symbol stands for, if `states.json` does not say.
        #[serde(rename = "as")]
        prototype: Option<Prototype>,
    },
    /// Set `active` to false: `{"disable": "U1"}`.
    Disable {
        /// The symbol.
        disable: String,
    },
    /// Delete it; its symbol keeps its id: `{"delete": "U1"}`.
    Delete {
        /// The symbol.
        delete: String,
    },
    /// Create users until the directory holds this many: `{"users": 12}`.
    Users {
        /// How many users the directory holds afterwards.
        users: u64,
    },
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_misspelt_name_is_refused() {
        let read = |text| serde_json::from_str::<Preparation>(text).is_ok();
        assert!(read(r#"{"create": "U1", "with": {}}"#) && read(r#"{"users": 3}"#));
        for text in
            [r#"{"create": "U1", "whit": {}}"#, r#"{"users": 3, "delete": "U1"}"#, r#"{"make": "U1"}"#]
        {
            assert!(!read(text), "{text}");
        }
    }
}
