//! What an application may know of a connection: whether somebody with good credentials is at its other end.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// A mark of a connection: set once a request on it was authenticated, and from then on.
///
/// Put one into the data of each connection (`HttpServer::on_connect`) and keep a clone, to tell clients from strangers
/// where connections are scarce.
#[derive(Debug, Clone, Default)]
pub struct Authenticated(Arc<AtomicBool>);

impl Authenticated {
    /// Whether a request was authenticated.
    #[must_use]
    pub fn is_set(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }

    /// Sets it: done by the [`Caller`](crate::Caller), and by whatever else of the application knows its clients.
    pub fn set(&self) {
        self.0.store(true, Ordering::Relaxed);
    }
}
