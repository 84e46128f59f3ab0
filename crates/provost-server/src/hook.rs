//! What the application does when the directory changes: memberships, teams and the audit trail, in the same transaction.
//!
//! The rule: a membership exists exactly while its SCIM user is active, a team while its SCIM group does, and a team
//! membership exactly while the user is in the group and holds a membership. The statements are the storage module's.

use provost::core::change::Transition;
use provost::core::compat::{Notes, RuleId};
use provost::core::{Id, Profile};
use provost::diesel::{Intent, Member, Written};
use serde_json::{Map, Value, json};

/// The hook of the reference server.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Seats;

pub(crate) const USER: &str = "User";
pub(crate) const GROUP: &str = "Group";

/// Ids that one audit record lists at most; it gives their number whatever it is.
const LISTED: usize = 100;

/// Whether a write does not take a key that the organisation wants taken: it was worked out before a switch was turned.
pub(crate) fn lacks_a_key(intent: &Intent<'_>, profile: &Profile) -> bool {
    let (kind, body, keys) = match intent {
        Intent::Create { kind, new, .. } => (*kind, &new.body, &new.unique),
        Intent::Update { row, change, .. } => match &change.body {
            Some(body) => (row.kind, body, &change.unique),
            None => return false,
        },
        _ => return false,
    };
    let lacks = |attribute: &str| {
        let has_value = body.str(attribute).is_some_and(|text| !text.is_empty());
        has_value && !keys.iter().any(|key| key.attribute == attribute)
    };
    profile.has_unique_external_id() && lacks("externalId")
        || profile.has(RuleId::GroupNameUnique) && kind == GROUP && lacks("displayName")
}

/// What an audit record says beyond its columns: names and ids, never values.
pub(crate) fn audit_notes(written: &Written<'_>, notes: &Notes) -> String {
    let mut record = Map::new();
    let mut put = |name: &str, value: Vec<Value>| {
        if !value.is_empty() {
            record.insert(name.to_owned(), value.into());
        }
    };
    put("rules", notes.rules().map(Value::from).collect());
    put("dropped", notes.dropped().iter().map(|name| json!(name)).collect());
    put("attributes", written.attributes.iter().map(|a| json!(a.attribute.to_string())).collect());
    put("skipped", written.skipped.iter().take(LISTED).map(id).collect());
    put("added", written.added.iter().take(LISTED).map(member).collect());
    put("removed", written.removed.iter().take(LISTED).map(member).collect());
    let counts = [
        ("added", written.added.len()),
        ("removed", written.removed.len()),
        ("skipped", written.skipped.len()),
    ];
    for (name, count) in counts.into_iter().filter(|(_, count)| *count > LISTED) {
        record.insert(format!("{name}Count"), count.into());
    }
    if let Some(transition) = written.transition {
        let word = match transition {
            Transition::Activated => "activated",
            Transition::Deactivated => "deactivated",
        };
        record.insert("transition".to_owned(), word.into());
    }
    Value::Object(record).to_string()
}

fn id(id: &Id) -> Value {
    id.as_str().into()
}

fn member(member: &Member) -> Value {
    id(&member.id)
}
