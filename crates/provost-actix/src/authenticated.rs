//! Tells the application whether the client of a connection has shown good credentials.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// A flag of a connection, set when a request on it is authenticated and never cleared.
///
/// Put one into the data of each connection (`HttpServer::on_connect`) and keep a clone, to tell known clients from
/// strangers when connections run short.
#[derive(Debug, Clone, Default)]
pub struct Authenticated(Arc<AtomicBool>);

impl Authenticated {
    /// Whether a request on the connection was authenticated.
    #[must_use]
    pub fn is_set(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }

    /// Sets the flag. The [`Caller`](crate::Caller) does it; other parts of the application that authenticate clients
    /// can too.
    pub fn set(&self) {
        self.0.store(true, Ordering::Relaxed);
    }
}
