//! Counts requests in progress, and knows whether the server is stopping: then each answer closes its connection.

use actix_web::HttpResponse;
use actix_web::http::ConnectionType;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};

/// Shared by all workers.
#[derive(Debug, Default)]
pub(in crate::serve) struct Drain {
    in_flight: AtomicI64,
    stopping: AtomicBool,
}

impl Drain {
    /// Counts a request as in progress while the result lives.
    pub(super) fn begin(&self) -> UnderWay<'_> {
        self.in_flight.fetch_add(1, Ordering::Relaxed);
        UnderWay(self)
    }

    /// Requests in progress.
    pub(in crate::serve) fn in_flight(&self) -> i64 {
        self.in_flight.load(Ordering::Relaxed)
    }

    /// From now on a load balancer should send requests elsewhere.
    pub(in crate::serve) fn stop(&self) {
        self.stopping.store(true, Ordering::Relaxed);
    }

    pub(in crate::serve) fn is_stopping(&self) -> bool {
        self.stopping.load(Ordering::Relaxed)
    }

    /// While stopping, closes the connection, since the client would send its next request to a server that has
    /// stopped.
    pub(super) fn close<B>(&self, response: &mut HttpResponse<B>) {
        if self.is_stopping() {
            response.head_mut().set_connection_type(ConnectionType::Close);
        }
    }
}

/// A request in progress.
pub(super) struct UnderWay<'a>(&'a Drain);

impl Drop for UnderWay<'_> {
    fn drop(&mut self) {
        self.0.in_flight.fetch_sub(1, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_is_under_way_until_it_ends() {
        let drain = Drain::default();
        let first = drain.begin();
        let second = drain.begin();
        assert_eq!(drain.in_flight(), 2);
        drop(first);
        assert_eq!(drain.in_flight(), 1);
        drop(second);
        assert_eq!(drain.in_flight(), 0);
    }
}
