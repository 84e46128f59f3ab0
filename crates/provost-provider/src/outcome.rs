//! The outcome of a request, beside its response: for audit trails, metrics and logs. Contains names and ids; only errors,
//! and the sentences of refused writes, may quote values.

use crate::operation::Operation;
use crate::response::{Refusal, Response};
use provost_core::policy::Notes;
use provost_core::{Error, ErrorKind, Id, ResourceType};
use std::sync::Arc;

/// The answer to a request: what is sent, and the outcome.
#[derive(Debug)]
#[non_exhaustive]
pub struct Answer {
    /// For the client.
    pub response: Response,
    /// For the operator.
    pub outcome: Outcome,
}

impl Answer {
    /// A refusal for the client. It includes `request_id` if only the log has the cause.
    #[must_use]
    pub fn refuse(refusal: impl Into<Refusal>, request_id: &str) -> Self {
        let refusal = refusal.into();
        let response = Response::refuse(&refusal, request_id);
        Self { response, outcome: Outcome { error: Some(refusal.into_error()), ..Outcome::default() } }
    }

    pub(crate) fn with_notes(mut self, notes: Notes) -> Self {
        self.outcome.notes = notes;
        self
    }

    pub(crate) fn with_found(mut self, found: u64) -> Self {
        self.outcome.found = Some(found);
        self
    }

    pub(crate) fn with_skipped(mut self, skipped: Vec<Id>) -> Self {
        self.outcome.skipped = skipped;
        self
    }
}

/// A response without anything for the operator.
impl From<Response> for Answer {
    fn from(response: Response) -> Self {
        Self { response, outcome: Outcome::default() }
    }
}

/// The outcome of a request.
#[derive(Debug, Default)]
#[non_exhaustive]
pub struct Outcome {
    /// What was requested.
    pub asked: Asked,
    /// The error in the answer, with its source.
    pub error: Option<Error>,
    /// For a list, the total number of matches.
    pub found: Option<u64>,
    /// What the client's profile did to the request: the rules that fired, and what they dropped.
    pub notes: Notes,
    /// New members that were left out because they do not exist.
    pub skipped: Vec<Id>,
    /// For a Bulk, the operations that were done or refused, in the order of the request. Their notes and skipped
    /// members are also included in those of the whole.
    pub parts: Vec<Self>,
}

/// What a request asked for.
#[derive(Debug, Clone, Default)]
pub enum Asked {
    /// A read, or something this service does not know.
    #[default]
    Read,
    /// A write to one resource.
    Write(Write),
    /// Several writes (RFC 7644 section 3.7): see [`Outcome::parts`].
    Bulk,
}

/// A requested write.
#[derive(Debug, Clone)]
pub struct Write {
    /// The kind of write.
    pub kind: WriteKind,
    /// The type of the resource.
    pub resource_type: Arc<ResourceType>,
    /// The resource: as named by the client, in which case it may not exist, or as created.
    pub id: Option<Id>,
}

/// The kinds of writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum WriteKind {
    /// A resource is created.
    Create,
    /// A resource is changed.
    Update,
    /// A resource is deleted.
    Delete,
}

impl WriteKind {
    /// A word for records: `create`, `update`, `delete`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Create => "create",
            Self::Update => "update",
            Self::Delete => "delete",
        }
    }
}

impl Outcome {
    /// The failure for the log: the request's error or, since a Bulk as a whole is answered with 200, that of the first
    /// of its operations that failed because of the server.
    #[must_use]
    pub fn failure(&self) -> Option<&Error> {
        let of_parts =
            || self.parts.iter().filter_map(|part| part.error.as_ref()).find(|e| e.status() >= 500);
        self.error.as_ref().or_else(of_parts)
    }

    /// The refused writes: the request itself, or operations of a Bulk. Server failures are not included, since they
    /// are logged, nor are refusals that a client may retry, since a flood of these would become a flood of records.
    pub fn refused_writes(&self) -> impl Iterator<Item = Refused<'_>> {
        std::iter::once(self).chain(&self.parts).filter_map(|outcome| {
            let error = outcome.error.as_ref()?.kind();
            let is_failure = error.status() >= 500 && error != ErrorKind::NotImplemented;
            let is_put_off = error == ErrorKind::TooManyRequests;
            let write = match &outcome.asked {
                Asked::Read => return None,
                Asked::Write(write) => Some(write),
                Asked::Bulk => None,
            };
            let sentence = outcome.error.as_ref()?.detail();
            (!is_failure && !is_put_off).then_some(Refused { write, error, sentence, notes: &outcome.notes })
        })
    }

    /// Whether somebody may ask why: what the request says was refused, or a part of it was left out.
    #[must_use]
    pub fn raises_questions(&self) -> bool {
        let is_unreadable = || self.error.as_ref().is_some_and(|error| error.status() == 400);
        let is_partly_used = || !self.notes.dropped().is_empty() || !self.skipped.is_empty();
        is_partly_used() || is_unreadable() || self.refused_writes().next().is_some()
    }
}

/// A refused write.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct Refused<'a> {
    /// What was requested; `None` if a Bulk was refused as a whole.
    pub write: Option<&'a Write>,
    /// Why it was refused.
    pub error: ErrorKind,
    /// What the client was told. It may quote what the client sent.
    pub sentence: &'a str,
    /// What the client's profile did to the request.
    pub notes: &'a Notes,
}

impl Asked {
    pub(crate) fn of(operation: &Operation<'_>) -> Self {
        let (kind, resource_type, id) = match operation {
            Operation::Create { resource_type, .. } => (WriteKind::Create, resource_type, None),
            Operation::Replace { target, .. } | Operation::Patch { target, .. } => {
                (WriteKind::Update, &target.resource_type, Some(&target.id))
            }
            Operation::Delete { target } => (WriteKind::Delete, &target.resource_type, Some(&target.id)),
            Operation::Bulk { .. } => return Self::Bulk,
            // each by name, since this list decides what a read-only client may do
            Operation::Get { .. }
            | Operation::List { .. }
            | Operation::ListAll { .. }
            | Operation::Search { .. }
            | Operation::Discover(_)
            | Operation::Options { .. }
            // the resource was looked up before
            | Operation::Me(_) => return Self::Read,
        };
        Self::Write(Write { kind, resource_type: resource_type.clone(), id: id.cloned() })
    }
}
