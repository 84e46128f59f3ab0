//! Rows of `audit`, as they are read.

use crate::audit::chain::Stored;
use crate::audit::{Entry, Maker};
use crate::clock::Timestamp;
use diesel::prelude::*;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// The columns of a record, in their order.
#[derive(Queryable)]
pub(super) struct Row {
    tenant: i64,
    id: String,
    pub(super) at: i64,
    actor: String,
    request_id: String,
    operation: String,
    resource_type: String,
    resource_id: String,
    version: i64,
    changed: bool,
    notes: String,
    error: Option<String>,
    made_by: Option<String>,
    person: Option<String>,
    person_hash: Option<Vec<u8>>,
}

impl From<Row> for Stored {
    fn from(row: Row) -> Self {
        Self {
            tenant: row.tenant,
            id: row.id,
            at: row.at,
            actor: row.actor,
            request_id: row.request_id,
            operation: row.operation,
            resource_type: row.resource_type,
            resource_id: row.resource_id,
            version: row.version,
            changed: row.changed,
            notes: row.notes,
            error: row.error,
            made_by: row.made_by,
            person: row.person,
            person_hash: row.person_hash,
        }
    }
}

impl From<Row> for Entry {
    fn from(mut row: Row) -> Self {
        let is_client = row.made_by.is_none();
        let person = row.person.as_deref().and_then(|person| serde_json::from_str::<Person>(person).ok());
        // where a client wrote something else in place of an id, show that
        if let Some(word) = person.as_ref().and_then(|person| person.names.get("id")?.as_str()) {
            word.clone_into(&mut row.resource_id);
        }
        Self {
            id: row.id,
            at: Timestamp::from_millis(row.at).to_string(),
            operation: row.operation,
            resource_type: row.resource_type,
            resource_id: row.resource_id,
            version: row.version,
            changed: row.changed,
            error: row.error,
            key_id: if is_client { row.actor.clone() } else { String::new() },
            request_id: row.request_id,
            notes: serde_json::from_str(&row.notes).unwrap_or(Value::Null),
            by: Maker { kind: row.made_by.unwrap_or_else(|| "token".to_owned()), id: row.actor },
            person: person.map(|person| Value::Object(person.names)),
        }
    }
}

/// The part of a record that names people, as stored. After it was blanked, the salt keeps its hash from revealing
/// anything.
#[derive(Serialize, Deserialize)]
pub(super) struct Person {
    pub(super) salt: String,
    #[serde(flatten)]
    pub(super) names: Map<String, Value>,
}
