//! Whether the process lives (`/healthz`) and whether it should get requests (`/readyz`).

use crate::storage::{Storage, StorageError};
use std::borrow::Cow;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

/// Shared by all workers.
#[derive(Clone)]
pub(super) struct Health {
    storage: Storage,
    stopping: Arc<AtomicBool>,
    /// What the log was told last: who asks every second needs no line each time.
    told: Arc<Mutex<Option<String>>>,
}

impl Health {
    pub(super) fn new(storage: Storage) -> Self {
        Self { storage, stopping: Arc::default(), told: Arc::default() }
    }

    /// From now on a load balancer should send requests elsewhere.
    pub(super) fn stopping(&self) {
        self.stopping.store(true, Ordering::Relaxed);
    }

    pub(super) fn is_stopping(&self) -> bool {
        self.stopping.load(Ordering::Relaxed)
    }

    /// Why no request should come here, if so.
    pub(super) async fn unready(&self) -> Option<Cow<'static, str>> {
        if self.is_stopping() {
            return Some("stopping".into());
        }
        let answer = self.storage.ping().await;
        self.tell(answer.as_ref().err().map(ToString::to_string));
        if let Err(error) = answer {
            return Some(match error {
                StorageError::Unfit(why) => why.into(),
                _ => "the database does not answer".into(),
            });
        }
        None
    }

    fn tell(&self, why: Option<String>) {
        let mut told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        if *told != why {
            match &why {
                Some(error) => tracing::warn!(%error, "not ready"),
                None => tracing::info!("ready again"),
            }
            *told = why;
        }
    }
}
