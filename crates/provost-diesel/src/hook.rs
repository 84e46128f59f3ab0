//! The seam between the directory and the application: code of the application that runs inside the directory's
//! transactions.

use crate::error::HookError;
use provost_core::change::{AttributeChange, NewResource, Transition};
use provost_core::{Change, Id, Object, Version};
use provost_provider::{Context, WriteKind};
use std::fmt;

/// Code of the application that runs inside the transaction of every directory write, after its rows and before its
/// commit. What it writes through the connection commits with them or not at all.
///
/// `C` is the connection type the store runs on; a hook that serves two databases is one source file compiled for
/// each (see the crate's page).
///
/// A hook runs on the thread that writes: it must not wait for anything but the connection. An error or a panic undoes
/// the request and nothing else. On databases with concurrent writers a request may be run again from its start, so a
/// hook must not have effects outside the connection; write such things to an outbox table.
pub trait Hook<C>: Send + Sync + 'static {
    /// Asked before the first row of a request is written.
    ///
    /// # Errors
    /// A failure of the database; the request fails with it.
    fn guard(&self, conn: &mut C, cx: &WriteContext, intent: Intent<'_>) -> Result<Decision, HookError> {
        let _ = (conn, cx, intent);
        Ok(Decision::Allow)
    }

    /// Told what became true, once per fact, in the order of [`Event`]'s variants. All rows of the directory are
    /// written by then.
    ///
    /// # Errors
    /// A failure of the database or a refusal; the request fails with it and is undone.
    fn on(&self, conn: &mut C, cx: &WriteContext, event: Event<'_>) -> Result<(), HookError> {
        let _ = (conn, cx, event);
        Ok(())
    }
}

/// No hook.
impl<C> Hook<C> for () {}

/// A tenant: the part of the directory that one handle sees. The number is the application's: the key of its
/// organisations, for instance.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct TenantId(pub i64);

impl fmt::Display for TenantId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// In whose part of the directory, by whom and when something is written.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct WriteContext {
    /// The tenant.
    pub tenant: TenantId,
    /// The instant, the credential, the request and the notes of its profile.
    pub context: Context,
}

impl WriteContext {
    pub(crate) fn new(tenant: TenantId, context: Context) -> Self {
        Self { tenant, context }
    }
}

/// A resource as the application's tables may refer to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ResourceRef<'a> {
    /// The name of its resource type: `User`.
    pub resource_type: &'a str,
    /// The key of its row: unique in the database, growing with creation.
    pub seq: i64,
    /// Its public `id`.
    pub id: &'a Id,
}

/// A resource that belongs to a group.
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

/// A fact of a request. A request tells those that hold, in this order, and [`Event::Written`] at its end.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub enum Event<'a> {
    /// A resource was made.
    Created {
        /// Which.
        row: ResourceRef<'a>,
        /// Its attributes.
        body: &'a Object,
    },
    /// Attributes of a resource changed. A rename is a change of `userName` or `displayName` among them (see
    /// [`changed`]).
    Updated {
        /// Which.
        row: ResourceRef<'a>,
        /// Its attributes as they are now.
        body: &'a Object,
        /// What changed, with the old and the new values.
        attributes: &'a [AttributeChange],
    },
    /// A resource whose type has `active` became active: it was made so, or was switched on.
    Activated {
        /// Which.
        row: ResourceRef<'a>,
        /// Its attributes.
        body: &'a Object,
        /// Whether this request made it: no row of the application refers to it yet, and no group has it.
        is_new: bool,
    },
    /// A resource was switched off. It stays in its groups.
    Deactivated {
        /// Which.
        row: ResourceRef<'a>,
        /// Its attributes.
        body: &'a Object,
    },
    /// Members left a group: those that had been there. When a resource is deleted, one such event for each group it
    /// was in comes before [`Event::Deleted`]; the members of a deleted group are not told one by one.
    MembersRemoved {
        /// The group.
        group: ResourceRef<'a>,
        /// Who left.
        members: &'a [Member],
    },
    /// Members joined a group: those that had not been there.
    MembersAdded {
        /// The group.
        group: ResourceRef<'a>,
        /// Who joined.
        members: &'a [Member],
    },
    /// writeOnly attributes were sent, such as `password`, or cleared, which null says. The directory does not keep them.
    Secrets {
        /// Whose.
        row: ResourceRef<'a>,
        /// The attributes.
        secrets: Secrets<'a>,
    },
    /// A resource is gone, active or not: no [`Event::Deactivated`] comes before.
    Deleted {
        /// Which.
        row: ResourceRef<'a>,
        /// What its attributes were; `None` when the stored text could not be read.
        body: Option<&'a Object>,
    },
    /// The request is complete. Told once, last, also when nothing changed: the place for an audit record.
    Written(WriteSummary<'a>),
}

/// The change of one attribute among those of [`Event::Updated`], by its canonical path: `userName`.
#[must_use]
pub fn changed<'a>(attributes: &'a [AttributeChange], path: &str) -> Option<&'a AttributeChange> {
    attributes.iter().find(|a| a.attribute.is(path))
}

/// writeOnly attributes. Their values appear in no debug output.
#[derive(Clone, Copy)]
pub struct Secrets<'a>(pub &'a Object);

impl fmt::Debug for Secrets<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.0.iter().map(|(name, _)| name.as_str())).finish()
    }
}

/// What a request came to.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct WriteSummary<'a> {
    /// What was asked.
    pub operation: WriteKind,
    /// Of which resource.
    pub row: ResourceRef<'a>,
    /// Its version afterwards; of a deleted one, its last.
    pub version: Version,
    /// Whether anything is different from before.
    pub changed: bool,
    /// What changed of its attributes; empty for one that was made or deleted.
    pub attributes: &'a [AttributeChange],
    /// Whether it was switched on or off.
    pub transition: Option<Transition>,
    /// Who joined.
    pub added: &'a [Member],
    /// Who left.
    pub removed: &'a [Member],
    /// New members that do not exist and were left out.
    pub skipped: &'a [Id],
}

/// What is about to be written.
#[derive(Clone, Copy)]
#[non_exhaustive]
pub enum Intent<'a> {
    /// A resource is to be made.
    Create {
        /// The name of its resource type.
        resource_type: &'a str,
        /// The resource.
        new: &'a NewResource,
        /// Whether it will be active; `false` when its type has no `active`.
        active: bool,
    },
    /// A resource is to be changed.
    Update {
        /// Which.
        row: ResourceRef<'a>,
        /// The change.
        change: &'a Change,
        /// Whether it will be switched on or off.
        transition: Option<Transition>,
    },
    /// A resource is to be removed.
    Delete {
        /// Which.
        row: ResourceRef<'a>,
    },
}

/// Names and keys only: changes may hold secrets.
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

/// What a guard says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Decision {
    /// The request may go on.
    Allow,
    /// It may not. The text is for the client: lower case, what would be lost and who can allow it.
    Refuse(String),
}
