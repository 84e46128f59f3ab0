//! Whether the process is alive (`/healthz`) and whether it should get requests (`/readyz`).

use super::layers::Drain;
use crate::storage::{Storage, StorageError};
use std::borrow::Cow;
use std::sync::{Arc, Mutex, PoisonError};

/// Shared by all workers.
#[derive(Clone)]
pub(super) struct Health {
    storage: Storage,
    drain: Arc<Drain>,
    asking: Arc<tokio::sync::Mutex<()>>,
    /// The last logged state, so that a probe every second does not log a line each time.
    told: Arc<Mutex<Option<String>>>,
}

impl Health {
    pub(super) fn new(storage: Storage, drain: Arc<Drain>) -> Self {
        Self { storage, drain, asking: Arc::default(), told: Arc::default() }
    }

    /// Why this server should get no requests, if so.
    pub(super) async fn unready(&self) -> Option<Cow<'static, str>> {
        if self.drain.is_stopping() {
            return Some("stopping".into());
        }
        // anybody may ask, so all probes together use one database connection
        let one = self.asking.lock().await;
        let answer = self.storage.ping().await;
        drop(one);
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
