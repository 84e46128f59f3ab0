//! What arrives between an answer and the next request: usually nothing, otherwise the rest of a body that was refused.
//!
//! The framework reads and discards it, so that the client can read the answer before it is cut off. Without a limit it
//! does so at full speed, gigabytes a second from clients that keep sending 16 MiB, and serves nobody meanwhile. So the
//! rate is limited across all connections.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::task::{Context, Poll, ready};
use std::time::Duration;
use tokio::time::{Sleep, sleep};

/// Bytes per connection that are read at once, so that a head and the beginning of its body never wait.
const AT_ONCE: u64 = 256 * 1024;
/// Bytes a second beyond that, over all connections.
const A_SECOND: u64 = 32 * 1024 * 1024;

/// Shared by all connections.
#[derive(Debug, Default)]
pub(super) struct Unwanted {
    /// Connections that exceed `AT_ONCE`.
    connections: AtomicUsize,
    bytes: AtomicU64,
}

impl Unwanted {
    /// Bytes discarded at the limited rate.
    pub(super) fn bytes(&self) -> u64 {
        self.bytes.load(Ordering::Relaxed)
    }

    /// How long a connection that read this many bytes waits before it reads on, among this many connections.
    fn pause(bytes: u64, connections: usize) -> Duration {
        let connections = u64::try_from(connections).unwrap_or(u64::MAX);
        Duration::from_micros(bytes.saturating_mul(connections).saturating_mul(1_000_000) / A_SECOND)
    }
}

/// The state of one connection.
#[derive(Debug)]
pub(super) struct Rest {
    all: Arc<Unwanted>,
    read: u64,
    /// Whether it is counted in `Unwanted::connections`.
    is_counted: bool,
    pause: Option<Pin<Box<Sleep>>>,
}

impl Rest {
    pub(super) fn new(all: Arc<Unwanted>) -> Self {
        Self { all, read: 0, is_counted: false, pause: None }
    }

    /// A request is being read or answered, so nothing is unwanted.
    pub(super) fn forget(&mut self) {
        if std::mem::take(&mut self.is_counted) {
            self.all.connections.fetch_sub(1, Ordering::Relaxed);
        }
        (self.read, self.pause) = (0, None);
    }

    /// Whether it may read on.
    pub(super) fn poll(&mut self, context: &mut Context<'_>) -> Poll<()> {
        if let Some(pause) = &mut self.pause {
            ready!(pause.as_mut().poll(context));
            self.pause = None;
        }
        Poll::Ready(())
    }

    /// Notes how many bytes were read.
    pub(super) fn took(&mut self, bytes: usize) {
        let bytes = u64::try_from(bytes).unwrap_or(u64::MAX);
        self.read = self.read.saturating_add(bytes);
        if bytes == 0 || self.read <= AT_ONCE {
            return;
        }
        if !std::mem::replace(&mut self.is_counted, true) {
            self.all.connections.fetch_add(1, Ordering::Relaxed);
        }
        self.all.bytes.fetch_add(bytes, Ordering::Relaxed);
        let pause = Unwanted::pause(bytes, self.all.connections.load(Ordering::Relaxed));
        self.pause = Some(Box::pin(sleep(pause)));
    }
}

impl Drop for Rest {
    fn drop(&mut self) {
        self.forget();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PIECE: usize = 32 * 1024;

    /// Seen to fail: without a pause, and with one that does not grow with the number of connections.
    #[tokio::test(start_paused = true)]
    async fn all_connections_together_are_read_at_a_pace() {
        for connections in [1_usize, 80] {
            let all = Arc::<Unwanted>::default();
            let begun = tokio::time::Instant::now();
            let read = (0..connections).map(async |_| {
                let mut rest = Rest::new(all.clone());
                // the clock stands still if nobody waits
                for _ in 0..20_000 {
                    if begun.elapsed() >= Duration::from_secs(10) {
                        break;
                    }
                    std::future::poll_fn(|context| rest.poll(context)).await;
                    rest.took(PIECE);
                }
            });
            futures_util::future::join_all(read).await;
            let most = A_SECOND * 10 + u64::try_from(2 * connections * PIECE).expect("little");
            assert!((A_SECOND * 5..=most).contains(&all.bytes()), "{} of {connections}", all.bytes());
            assert_eq!(all.connections.load(Ordering::Relaxed), 0);
        }
    }

    #[tokio::test(start_paused = true)]
    async fn what_a_request_may_begin_with_waits_for_nothing() {
        let (all, begun) = (Arc::<Unwanted>::default(), tokio::time::Instant::now());
        let mut rest = Rest::new(all.clone());
        for _ in 0..4 {
            for _ in 0..AT_ONCE / 32_768 {
                std::future::poll_fn(|context| rest.poll(context)).await;
                rest.took(PIECE);
            }
            rest.forget();
        }
        assert_eq!((begun.elapsed(), all.bytes()), (Duration::ZERO, 0));
    }
}
