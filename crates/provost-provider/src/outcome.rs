//! What a request came to, beside the response: for audit trails, metrics and logs. Names and ids, never values.

use crate::operation::Operation;
use crate::response::{Refusal, Response};
use provost_core::policy::Notes;
use provost_core::{Error, ErrorKind, Id, ResourceType};
use std::sync::Arc;

/// The answer to a request: what goes over the wire, and what it came to.
#[derive(Debug)]
#[non_exhaustive]
pub struct Answer {
    /// For the client.
    pub response: Response,
    /// For the operator.
    pub outcome: Outcome,
}

impl Answer {
    /// A refusal, as the client reads it. It names `request_id` where only the log has the cause.
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

/// A response of which there is nothing to tell.
impl From<Response> for Answer {
    fn from(response: Response) -> Self {
        Self { response, outcome: Outcome::default() }
    }
}

/// What a request came to.
#[derive(Debug, Default)]
#[non_exhaustive]
pub struct Outcome {
    /// What was asked for.
    pub asked: Asked,
    /// What was answered instead, with its source.
    pub error: Option<Error>,
    /// Of a list that was shown, how many there are in all.
    pub found: Option<u64>,
    /// What the client's profile did to the request: the rules that fired, and what they left out.
    pub notes: Notes,
    /// New members that did not exist and were left out.
    pub skipped: Vec<Id>,
    /// Of a Bulk, the operations that were done or refused, in the order of the request. Their notes and who was left
    /// out are in those of the whole, too.
    pub parts: Vec<Self>,
}

/// What a request asked for.
#[derive(Debug, Clone, Default)]
pub enum Asked {
    /// To see something, or nothing that this service knows.
    #[default]
    Read,
    /// To write a resource.
    Write(Write),
    /// Several writes at once (RFC 7644 section 3.7): see [`Outcome::parts`].
    Bulk,
}

/// A write that was asked for.
#[derive(Debug, Clone)]
pub struct Write {
    /// Which of the three.
    pub kind: WriteKind,
    /// The type of the resource.
    pub resource_type: Arc<ResourceType>,
    /// The resource: as the client named it, which need not exist; or as it was made.
    pub id: Option<Id>,
}

/// The three kinds of writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum WriteKind {
    /// A resource is made.
    Create,
    /// A resource is changed.
    Update,
    /// A resource is removed.
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
    /// The failure that the log should know: the error of the request, or of the first operation of a Bulk that failed by
    /// a fault of the server, for the request as a whole is answered 200 then.
    #[must_use]
    pub fn failure(&self) -> Option<&Error> {
        let of_parts =
            || self.parts.iter().filter_map(|part| part.error.as_ref()).find(|e| e.status() >= 500);
        self.error.as_ref().or_else(of_parts)
    }

    /// The writes that were refused: the request itself, or operations of a Bulk. A failure of the server is not one, which
    /// the log has; nor is one that may come again later, of which a flood would be a flood of records.
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
            (!is_failure && !is_put_off).then_some(Refused { write, error, notes: &outcome.notes })
        })
    }
}

/// A write that was refused.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct Refused<'a> {
    /// What was asked for; `None` where a Bulk was refused as a whole.
    pub write: Option<&'a Write>,
    /// Why not.
    pub error: ErrorKind,
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
            // each by name: what may only read is let through by this
            Operation::Get { .. }
            | Operation::List { .. }
            | Operation::ListAll { .. }
            | Operation::Search { .. }
            | Operation::Discover(_)
            | Operation::Options { .. }
            // what it is about was looked up before
            | Operation::Me(_) => return Self::Read,
        };
        Self::Write(Write { kind, resource_type: resource_type.clone(), id: id.cloned() })
    }
}
