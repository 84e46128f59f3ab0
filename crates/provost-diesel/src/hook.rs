//! The interface between directory and application: code of the application that runs inside the directory's
//! transactions.

use crate::error::HookError;
use provost_core::change::{AttributeChange, NewResource, Transition};
use provost_core::{Change, Id, Object, Version};
use provost_provider::{Context, WriteKind};
use std::fmt;

/// Application code that runs inside the transaction of every directory write, after its rows and before its commit.
/// What it writes through the connection is committed with them or not at all.
///
/// `C` is the store's connection type. A hook for two databases is one source file compiled for each (see the crate's
/// documentation).
///
/// A hook runs on the writing thread, and must not wait for anything but the connection. An error or a panic undoes
/// this request and nothing else. On databases with concurrent writers a request may be run again from its start, so a
/// hook must have no effects outside the connection; use an outbox table for those.
pub trait Hook<C>: Send + Sync + 'static {
    /// Called before the first row of a request is written.
    ///
    /// # Errors
    /// The database failed; the request fails with it.
    fn guard(&self, conn: &mut C, cx: &WriteContext, intent: Intent<'_>) -> Result<Decision, HookError> {
        let _ = (conn, cx, intent);
        Ok(Decision::Allow)
    }

    /// Called once for each fact, in the order of [`Event`]'s variants. All rows of the directory are written by then.
    ///
    /// # Errors
    /// The database failed, or the hook refuses; the request fails with it and is undone.
    fn on(&self, conn: &mut C, cx: &WriteContext, event: Event<'_>) -> Result<(), HookError> {
        let _ = (conn, cx, event);
        Ok(())
    }
}

/// No hook.
impl<C> Hook<C> for () {}

/// A tenant: the part of the directory that a handle sees. The application chooses the number, such as the key of its
/// organisations.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct TenantId(pub i64);

impl fmt::Display for TenantId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Who writes, when, and in which tenant.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct WriteContext {
    /// The tenant.
    pub tenant: TenantId,
    /// The time, the credential, the request and the notes of its profile.
    pub context: Context,
}

impl WriteContext {
    pub(crate) fn new(tenant: TenantId, context: Context) -> Self {
        Self { tenant, context }
    }
}

/// A resource, for references from the application's tables.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ResourceRef<'a> {
    /// The name of its resource type: `User`.
    pub resource_type: &'a str,
    /// The key of its row: unique in the database, and growing with creation.
    pub seq: i64,
    /// Its public `id`.
    pub id: &'a Id,
}

/// A member of a group.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Member {
    /// The name of its resource type: `User`, or `Group` for a nested group.
    pub resource_type: Box<str>,
    /// The key of its row.
    pub seq: i64,
    /// Its public `id`.
    pub id: Id,
}

impl Member {
    pub(crate) fn new(resource_type: impl Into<Box<str>>, seq: i64, id: impl Into<Id>) -> Self {
        Self { resource_type: resource_type.into(), seq, id: id.into() }
    }
}

/// A fact about a request. Those that apply are reported in this order, with [`Event::Written`] at the end.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub enum Event<'a> {
    /// A resource was created.
    Created {
        /// The resource.
        row: ResourceRef<'a>,
        /// Its attributes.
        body: &'a Object,
    },
    /// Attributes of a resource changed. A rename is a change of `userName` or `displayName` among them (see
    /// [`changed`]).
    Updated {
        /// The resource.
        row: ResourceRef<'a>,
        /// Its attributes after the change.
        body: &'a Object,
        /// What changed, with old and new values.
        attributes: &'a [AttributeChange],
    },
    /// A resource whose type has `active` became active: it was created active, or activated.
    Activated {
        /// The resource.
        row: ResourceRef<'a>,
        /// Its attributes.
        body: &'a Object,
        /// Whether this request created it, so that no row of the application refers to it and it is in no group yet.
        is_new: bool,
    },
    /// A resource was deactivated. It stays in its groups.
    Deactivated {
        /// The resource.
        row: ResourceRef<'a>,
        /// Its attributes.
        body: &'a Object,
    },
    /// Members who were in a group left it. When a resource is deleted, there is one such event for each of its groups
    /// before [`Event::Deleted`]; the members of a deleted group are not reported.
    MembersRemoved {
        /// The group.
        group: ResourceRef<'a>,
        /// The members who left.
        members: &'a [Member],
    },
    /// Members who were not in a group before joined it.
    MembersAdded {
        /// The group.
        group: ResourceRef<'a>,
        /// The members who joined.
        members: &'a [Member],
    },
    /// writeOnly attributes such as `password` were sent, or cleared, which null indicates. The directory does not
    /// store them.
    Secrets {
        /// The resource.
        row: ResourceRef<'a>,
        /// The attributes.
        secrets: Secrets<'a>,
    },
    /// A resource was deleted, active or not, without [`Event::Deactivated`] before.
    Deleted {
        /// The resource.
        row: ResourceRef<'a>,
        /// Its attributes before; `None` if the stored text could not be read.
        body: Option<&'a Object>,
    },
    /// The request is complete. Always the last event, even if nothing changed: the place for an audit record.
    Written(WriteSummary<'a>),
}

/// The change of an attribute in [`Event::Updated`], by its canonical path, such as `userName`.
#[must_use]
pub fn changed<'a>(attributes: &'a [AttributeChange], path: &str) -> Option<&'a AttributeChange> {
    attributes.iter().find(|a| a.attribute.is(path))
}

/// writeOnly attributes. Their values do not appear in debug output.
#[derive(Clone, Copy)]
pub struct Secrets<'a>(pub &'a Object);

impl fmt::Debug for Secrets<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.0.iter().map(|(name, _)| name.as_str())).finish()
    }
}

/// The result of a request.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct WriteSummary<'a> {
    /// The kind of write.
    pub operation: WriteKind,
    /// The resource.
    pub row: ResourceRef<'a>,
    /// Its new version; for a deleted one, its last.
    pub version: Version,
    /// Whether anything changed.
    pub changed: bool,
    /// Which of its attributes changed; empty if it was created or deleted.
    pub attributes: &'a [AttributeChange],
    /// Whether it was activated or deactivated.
    pub transition: Option<Transition>,
    /// The members who joined.
    pub added: &'a [Member],
    /// The members who left.
    pub removed: &'a [Member],
    /// New members that were left out because they do not exist.
    pub skipped: &'a [Id],
}

/// What is about to be written.
#[derive(Clone, Copy)]
#[non_exhaustive]
pub enum Intent<'a> {
    /// A resource will be created.
    Create {
        /// The name of its resource type.
        resource_type: &'a str,
        /// The resource.
        new: &'a NewResource,
        /// Whether it will be active; `false` if its type has no `active`.
        active: bool,
    },
    /// A resource will be changed.
    Update {
        /// The resource.
        row: ResourceRef<'a>,
        /// The change.
        change: &'a Change,
        /// Whether it will be activated or deactivated.
        transition: Option<Transition>,
    },
    /// A resource will be deleted.
    Delete {
        /// The resource.
        row: ResourceRef<'a>,
    },
}

/// Only names and keys, since changes may contain secrets.
impl fmt::Debug for Intent<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Create { resource_type, new, .. } => f
                .debug_struct("Create")
                .field("resource_type", resource_type)
                .field("id", &new.id)
                .finish_non_exhaustive(),
            Self::Update { row, transition, .. } => f
                .debug_struct("Update")
                .field("row", row)
                .field("transition", transition)
                .finish_non_exhaustive(),
            Self::Delete { row } => f.debug_struct("Delete").field("row", row).finish(),
        }
    }
}

/// A guard's answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Decision {
    /// The request may continue.
    Allow,
    /// It may not. The text is for the client: lower case, with what would be lost and who can allow it.
    Refuse(String),
}
