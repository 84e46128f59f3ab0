//! Version and times of a row.

use crate::error::StoreError;
use crate::store::Result;
use provost_core::resource::Body;
use provost_core::{Id, Object, Resource, Timestamp, Version};

/// Version and times of a resource, for three columns of a table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stamp {
    /// The number of changes, from 1.
    pub version: i64,
    /// When it was created, in milliseconds since 1970.
    pub created_ms: i64,
    /// When it was last changed, in milliseconds since 1970.
    pub modified_ms: i64,
}

impl Stamp {
    /// The stamp of a new resource.
    #[must_use]
    pub fn new(at: Timestamp) -> Self {
        Self { version: 1, created_ms: at.as_millis(), modified_ms: at.as_millis() }
    }

    /// The stamp after a change.
    #[must_use]
    pub fn changed(self, at: Timestamp) -> Self {
        Self { version: self.version.saturating_add(1), modified_ms: at.as_millis(), ..self }
    }

    /// Checks that a write is based on this version.
    ///
    /// # Errors
    /// [`StoreError::VersionMismatch`] if another one was expected.
    pub fn check(self, expect: Option<Version>) -> Result<()> {
        match expect {
            Some(expected) if expected != self.number() => Err(StoreError::VersionMismatch),
            _ => Ok(()),
        }
    }

    /// The resource with this stamp, without members and groups.
    #[must_use]
    pub fn resource(self, id: impl Into<Id>, body: Object) -> Resource {
        Resource {
            id: id.into(),
            version: self.number(),
            created: Timestamp::from_millis(self.created_ms),
            modified: Timestamp::from_millis(self.modified_ms),
            body: Body::Object(body),
            members: Vec::new(),
            members_text: None,
            groups: Vec::new(),
        }
    }

    fn number(self) -> Version {
        Version(u64::try_from(self.version).unwrap_or_default())
    }
}
