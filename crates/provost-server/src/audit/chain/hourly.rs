//! What clients did in each hour, for charts. Counted once, when a record is sealed.

use super::Stored;
use serde::Serialize;
use serde_json::Value;
use std::collections::BTreeMap;

const HOUR_MS: i64 = 3_600_000;

/// What is counted: the hour since 1970, the kind of event, and the type of resource or the rule.
pub(crate) type Key = (i64, &'static str, String);

/// A count from the database.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Count {
    /// When the hour began.
    pub(crate) hour: String,
    pub(crate) what: String,
    pub(crate) name: String,
    pub(crate) count: i64,
}

/// The hour of a time in milliseconds.
pub(crate) const fn hour_of(ms: i64) -> i64 {
    ms.div_euclid(HOUR_MS)
}

/// When an hour began, in milliseconds since 1970.
pub(crate) const fn begin_of(hour: i64) -> i64 {
    hour.saturating_mul(HOUR_MS)
}

/// Adds a record, if a client made it.
pub(crate) fn add(counts: &mut BTreeMap<Key, i64>, record: &Stored) {
    if record.made_by.is_some() {
        return;
    }
    let hour = hour_of(record.at);
    let mut one = |what, name: &str| {
        let count = counts.entry((hour, what, name.to_owned())).or_default();
        *count = count.saturating_add(1);
    };
    let of = if record.resource_type.is_empty() { &record.operation } else { &record.resource_type };
    match (record.operation.as_str(), record.is_refused(), record.changed) {
        (_, true, _) => one("failed", of),
        ("create", false, true) => one("added", of),
        ("update", false, true) => one("changed", of),
        ("delete", false, true) => one("removed", of),
        _ => {}
    }
    let notes: Value = serde_json::from_str(&record.notes).unwrap_or_default();
    let is_left_out = ["dropped", "skipped", "skippedCount"].iter().any(|name| notes.get(*name).is_some());
    if is_left_out {
        one("left-out", of);
    }
    for rule in notes.get("rules").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str) {
        one("rule", rule);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(operation: &str, at: i64, notes: &str) -> Stored {
        Stored {
            tenant: 1,
            id: String::new(),
            at,
            actor: String::new(),
            request_id: String::new(),
            operation: operation.to_owned(),
            resource_type: "User".to_owned(),
            resource_id: String::new(),
            version: 1,
            changed: true,
            notes: notes.to_owned(),
            error: None,
            made_by: None,
            person: None,
            person_hash: None,
        }
    }

    /// Seen to fail: with refused writes counted as successful.
    #[test]
    fn each_write_of_a_client_is_counted_in_its_hour() {
        let mut counts = BTreeMap::new();
        let update = record("update", HOUR_MS - 1, r#"{"rules":["a","b"],"dropped":["x","y"]}"#);
        let refused = Stored { error: Some("InvalidValue".to_owned()), changed: false, ..update.clone() };
        let bulk = Stored {
            resource_type: String::new(),
            ..Stored { operation: "bulk".to_owned(), ..refused.clone() }
        };
        for record in [
            record("create", 0, "{}"),
            record("create", HOUR_MS, "{}"),
            record("delete", HOUR_MS, "{}"),
            Stored { changed: false, ..record("update", 0, r#"{"skippedCount":1}"#) },
            Stored { made_by: Some("command".to_owned()), ..record("create", 0, "{}") },
            update,
            refused,
            bulk,
        ] {
            add(&mut counts, &record);
        }
        let counted: Vec<String> = counts
            .iter()
            .map(|((hour, what, name), count)| format!("{hour} {what} {name} {count}"))
            .collect();
        let first = ["0 added User 1", "0 changed User 1", "0 failed User 1", "0 failed bulk 1"];
        let rest = [
            "0 left-out User 3",
            "0 left-out bulk 1",
            "0 rule a 3",
            "0 rule b 3",
            "1 added User 1",
            "1 removed User 1",
        ];
        assert_eq!(counted, [&first[..], &rest[..]].concat());
    }
}
