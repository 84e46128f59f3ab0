//! Whether the process lives (`/healthz`) and whether it should get requests (`/readyz`).

use crate::storage::{Storage, StorageError};
use std::borrow::Cow;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// Shared by all workers.
#[derive(Clone)]
pub(super) struct Health {
    storage: Arc<dyn Storage>,
    stopping: Arc<AtomicBool>,
}

impl Health {
    pub(super) fn new(storage: Arc<dyn Storage>) -> Self {
        Self { storage, stopping: Arc::default() }
    }

    /// From now on a load balancer should send requests elsewhere.
    pub(super) fn stopping(&self) {
        self.stopping.store(true, Ordering::Relaxed);
    }

    pub(super) fn is_stopping(&self) -> bool {
        self.stopping.load(Ordering::Relaxed)
    }

    /// Why no request should come here, if so.
    pub(super) fn unready(&self) -> Option<Cow<'static, str>> {
        if self.is_stopping() {
            return Some("stopping".into());
        }
        if let Err(error) = self.storage.ping() {
            tracing::warn!(%error, "not ready");
            return Some(match error {
                StorageError::Unfit(why) => why.into(),
                _ => "the database does not answer".into(),
            });
        }
        None
    }
}
