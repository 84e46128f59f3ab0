//! The audit trail: one record for each change, no matter who makes it, and for each refused write of a client.
//!
//! Records of SCIM writes contain names of attributes and ids, never values; the hook and the refusals make them here.
//! Everything else that somebody decides is a [`Deed`] by an [`Actor`]; the statements that write it return it in
//! [`Done`].

mod action;
mod actor;
pub(crate) mod chain;
pub(crate) mod command;
mod deed;
pub(crate) mod erasure;
mod filter;
mod retention;
mod store;

pub(crate) use action::Action;
pub(crate) use actor::{Actor, By, How};
pub(crate) use deed::{Deed, Done, INSTALLATION, Settings, Trail};
pub(crate) use filter::{Ending, Filter};
pub(crate) use retention::{Keep, Retention};
pub(crate) use store::AuditStore;

use crate::clock::Timestamp;
use crate::requests::{Words, masked_name, masked_sentence};
use provost::hook::{Member, TenantId, WriteContext, WriteSummary};
use provost::unstable::core::policy::Notes;
use provost::unstable::core::text::excerpt;
use provost::unstable::provider::Refused;
use provost::{ErrorKind, Id, Origin, Outcome, Principal, Transition, Version};
use serde::Serialize;
use serde_json::{Map, Value, json};
use std::sync::Arc;

/// A row of the trail.
#[derive(Debug, Clone)]
pub(crate) struct Record {
    pub(crate) tenant: TenantId,
    pub(crate) at: Timestamp,
    /// How the client is known: by the key id of its token.
    pub(crate) actor: Arc<str>,
    /// Of the request.
    pub(crate) origin: Origin,
    /// `create`, `update`, `delete`; `bulk` if a Bulk was refused as a whole.
    pub(crate) operation: &'static str,
    /// Empty for `bulk`.
    pub(crate) resource_type: String,
    /// Empty if a refused write gave none, or one that Provost never assigned.
    pub(crate) resource_id: String,
    /// 0 for a refused write.
    pub(crate) version: Version,
    pub(crate) changed: bool,
    /// Further details, as a JSON object.
    pub(crate) notes: Value,
    /// What the client sent in place of ids; it may name people.
    pub(crate) words: Map<String, Value>,
    /// Why it was refused.
    pub(crate) error: Option<ErrorKind>,
}

/// A row of the trail as it is shown.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Entry {
    /// Ordered by time.
    pub(crate) id: String,
    pub(crate) at: String,
    pub(crate) operation: String,
    pub(crate) resource_type: String,
    pub(crate) resource_id: String,
    pub(crate) version: i64,
    pub(crate) changed: bool,
    pub(crate) error: Option<String>,
    pub(crate) key_id: String,
    pub(crate) request_id: String,
    pub(crate) notes: Value,
    pub(crate) by: Maker,
    /// What names people; `None` if nothing does, or if it was erased.
    pub(crate) person: Option<Value>,
}

/// The actor of a record.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct Maker {
    /// `token`, or one of the words for an [`Actor`].
    pub(crate) kind: String,
    pub(crate) id: String,
}

/// How many writes of one request are recorded individually; a Bulk may contain a thousand.
const RECORDED: usize = 100;

/// How many ids one record lists at most; it always has their number.
const LISTED: usize = 100;

impl Record {
    /// For a successful write, in its own transaction.
    pub(crate) fn of_written(cx: &WriteContext, written: &WriteSummary<'_>) -> Self {
        let context = &cx.context;
        let strange = written.skipped.iter().filter(|id| !is_id(id.as_str())).take(LISTED);
        let strange: Vec<Value> = strange.map(|word| excerpt(word.as_str()).into()).collect();
        let mut words = Map::new();
        put(&mut words, "skipped", strange);
        Self {
            tenant: cx.tenant,
            at: context.at,
            actor: context.credential.id.clone(),
            origin: context.origin.clone(),
            operation: written.operation.as_str(),
            resource_type: written.row.resource_type.to_owned(),
            resource_id: written.row.id.to_string(),
            version: written.version,
            changed: written.changed,
            notes: notes_of_written(written, &context.notes),
            words,
            error: None,
        }
    }

    /// For the refused writes of a request. Nothing else of them is stored.
    ///
    /// `None` if the principal's tenant is not an organisation here, so that there is no trail.
    pub(crate) fn of_refused(
        principal: &Principal,
        origin: &Origin,
        outcome: &Outcome,
        words: &Words,
        at: Timestamp,
    ) -> Option<Vec<Self>> {
        let tenant = TenantId(principal.tenant.parse().ok()?);
        let record = |Refused { write, error, sentence, notes, .. }: Refused<'_>| {
            let id = write.and_then(|w| w.id.as_ref()).map(|id| excerpt(id.as_str()));
            let (id, word) = match id {
                Some(word) if !is_id(&word) => (None, Some(word)),
                id => (id, None),
            };
            Self {
                tenant,
                at,
                actor: principal.credential.id.clone(),
                origin: origin.clone(),
                operation: write.map_or("bulk", |w| w.kind.as_str()),
                resource_type: write.map(|w| w.resource_type.name.to_string()).unwrap_or_default(),
                resource_id: id.unwrap_or_default(),
                version: Version(0),
                changed: false,
                notes: Value::Object(notes_of_request(notes)),
                // without values, and yet where it can be erased
                words: [("sentence".to_owned(), masked_sentence(sentence, words).into())]
                    .into_iter()
                    .chain(word.map(|word| ("id".to_owned(), word.into())))
                    .collect(),
                error: Some(error),
            }
        };
        Some(outcome.refused_writes().take(RECORDED).map(record).collect())
    }
}

/// What the client's profile did to the request.
fn notes_of_request(notes: &Notes) -> Map<String, Value> {
    let mut record = Map::new();
    put(&mut record, "rules", notes.rules().map(Value::from).collect());
    put(&mut record, "dropped", notes.dropped().iter().map(|name| masked_name(name).into()).collect());
    record
}

fn notes_of_written(written: &WriteSummary<'_>, notes: &Notes) -> Value {
    let mut record = notes_of_request(notes);
    put(
        &mut record,
        "attributes",
        written.attributes.iter().map(|a| json!(a.attribute.to_string())).collect(),
    );
    put(
        &mut record,
        "skipped",
        written.skipped.iter().filter(|id| is_id(id.as_str())).take(LISTED).map(id).collect(),
    );
    put(&mut record, "added", written.added.iter().take(LISTED).map(member).collect());
    put(&mut record, "removed", written.removed.iter().take(LISTED).map(member).collect());
    let counts = [
        ("added", written.added.len()),
        ("removed", written.removed.len()),
        ("skipped", written.skipped.len()),
    ];
    let is_strange = written.skipped.iter().any(|id| !is_id(id.as_str()));
    let is_cut = |(name, count): &(&str, usize)| *count > LISTED || *name == "skipped" && is_strange;
    for (name, count) in counts.into_iter().filter(is_cut) {
        record.insert(format!("{name}Count"), count.into());
    }
    if let Some(transition) = written.transition {
        let word = match transition {
            Transition::Activated => "activated",
            Transition::Deactivated => "deactivated",
        };
        record.insert("transition".to_owned(), word.into());
    }
    Value::Object(record)
}

fn put(record: &mut Map<String, Value>, name: &str, value: Vec<Value>) {
    if !value.is_empty() {
        record.insert(name.to_owned(), value.into());
    }
}

/// Whether it can be one of our ids. Anything else came from the client, and may be somebody's address.
pub(crate) fn is_id(text: &str) -> bool {
    text.len() == 36 && text.bytes().all(|b| b.is_ascii_hexdigit() || b == b'-')
}

fn id(id: &Id) -> Value {
    id.as_str().into()
}

fn member(member: &Member) -> Value {
    id(&member.id)
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    /// Writes that nobody decided, and records themselves. All others ask who decides: `Storage::change`.
    const UNRECORDED: [&str; 32] = [
        "handle.rs: change",
        "handle.rs: cursor_key",
        "handle.rs: unrecorded",
        "queries/access.rs: note_browser",
        "queries/access.rs: note_use",
        "queries/access.rs: session",
        "queries/audit.rs: record",
        "queries/join.rs: instance_key",
        "queries/mail.rs: mail_failed",
        "queries/mail.rs: mail_is_away",
        "queries/mail.rs: sweep",
        "queries/mail.rs: take_mail",
        "queries/requests.rs: forget_requests",
        "queries/requests.rs: keep_requests",
        "queries/seals.rs: seal",
        "queries/seals.rs: take_lease",
        "queries/silence.rs: warn_of_silence",
        "queries/sso_proven.rs: proved",
        "queries/sso_proven.rs: use_proof",
        "queries/sso_reading.rs: take_reading",
        "queries/sso_reading.rs: warn_of_certificate",
        "queries/sso_store.rs: begin_sign_on",
        "queries/sso_store.rs: test_answered",
        "queries/tokens.rs: end_tokens",
        "queries/tokens.rs: note_milestones",
        "queries/tokens.rs: note_refusals",
        "queries/tokens.rs: note_uses",
        "queries/tokens.rs: warn_of_tokens",
        "postgres/mod.rs: prepare", // which records its steps
        "sqlite/mod.rs: prepare",
        "sqlite/mod.rs: vacuum",
        "handle.rs: write_in",
    ];

    /// Seen to fail: with `create_token` written without a record.
    #[test]
    fn whatever_somebody_decides_is_recorded() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/storage");
        let mut found = Vec::new();
        for folder in ["", "queries", "sqlite", "postgres"] {
            for file in std::fs::read_dir(root.join(folder)).expect("a folder") {
                let path = file.expect("a file").path();
                let name = path.strip_prefix(&root).expect("below").display().to_string();
                if !path.is_file() || name.ends_with("tests.rs") {
                    continue;
                }
                let mut function = String::new();
                for line in std::fs::read_to_string(&path).expect("read").lines() {
                    if let Some((_, after)) = line.split_once("fn ") {
                        function = after.split(['(', '<']).next().unwrap_or_default().to_owned();
                    }
                    let writes = [".unrecorded(", ".write_in(", "database.write(", ".upkeep("];
                    if writes.iter().any(|write| line.contains(write)) {
                        found.push(format!("{name}: {function}"));
                    }
                }
            }
        }
        found.sort();
        found.dedup();
        let mut known = UNRECORDED;
        known.sort_unstable();
        assert_eq!(found, known, "a write that somebody decides goes through Storage::change");
    }
}
