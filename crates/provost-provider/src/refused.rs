//! Writes that were refused, for whoever keeps an audit trail.

use crate::operation::{Operation, Target};
use provost_core::{ErrorKind, Id, ResourceType};

/// A write of an authenticated client that was refused: what was asked, and why not. It holds names and ids, never
/// values.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct RefusedWrite {
    /// `create`, `update` or `delete`; `bulk` where a bulk request was refused as a whole.
    pub operation: &'static str,
    /// The name of the resource type; none for `bulk`.
    pub resource_type: Option<String>,
    /// The resource that was to be changed or deleted. The client's word: it need not exist.
    pub id: Option<Id>,
    /// Why.
    pub error: ErrorKind,
}

/// A write that may come to be refused.
#[derive(Debug)]
pub(crate) struct Attempt {
    operation: &'static str,
    resource_type: Option<String>,
    id: Option<Id>,
}

impl Attempt {
    /// `None` for what only reads.
    pub(crate) fn of(operation: &Operation<'_>) -> Option<Self> {
        let on = |operation, target: &Target| Self::new(operation, &target.kind, Some(&target.id));
        match operation {
            Operation::Create { kind, .. } => Some(Self::new("create", kind, None)),
            Operation::Replace { target, .. } | Operation::Patch { target, .. } => Some(on("update", target)),
            Operation::Delete { target } => Some(on("delete", target)),
            Operation::Bulk { .. } => Some(Self { operation: "bulk", resource_type: None, id: None }),
            _ => None,
        }
    }

    pub(crate) fn new(operation: &'static str, kind: &ResourceType, id: Option<&Id>) -> Self {
        Self { operation, resource_type: Some(kind.name.to_string()), id: id.cloned() }
    }

    /// `None` where it was no refusal: a failure of the server is told by the log.
    pub(crate) fn refused(self, error: ErrorKind) -> Option<RefusedWrite> {
        let Self { operation, resource_type, id } = self;
        let failed = error.status() >= 500 && error != ErrorKind::NotImplemented;
        (!failed).then_some(RefusedWrite { operation, resource_type, id, error })
    }
}
