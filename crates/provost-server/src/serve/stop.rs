//! SIGTERM and SIGINT: finish the requests in progress, then end. A second signal ends at once. SIGHUP is ignored.

use super::error::ServeError;
use super::layers::Drain;
use actix_web::dev::ServerHandle;
use std::io;
use std::time::Duration;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::time::sleep;

/// How long requests in progress may take after the signal.
pub(super) const DRAIN_S: u64 = 25;
/// Enough to write every answer of a finished request, since answers are already in memory.
const FLUSH: Duration = Duration::from_millis(200);
const POLL: Duration = Duration::from_millis(20);

/// Many servers reload their settings at SIGHUP, so people send it; by default it would end this process. Settings are
/// only read at the start.
pub(super) fn ignore_hangups() -> io::Result<()> {
    let mut hangups = signal(SignalKind::hangup())?;
    tokio::spawn(async move {
        while hangups.recv().await.is_some() {
            tracing::info!(
                "SIGHUP changes nothing: settings are read at the start, so restart the server to change them"
            );
        }
    });
    Ok(())
}

/// The signals that ask a process to end.
pub(super) struct Signals {
    term: Signal,
    int: Signal,
}

impl Signals {
    pub(super) fn listen() -> io::Result<Self> {
        Ok(Self { term: signal(SignalKind::terminate())?, int: signal(SignalKind::interrupt())? })
    }

    async fn next(&mut self) {
        tokio::select! {
            _ = self.term.recv() => {}
            _ = self.int.recv() => {}
        }
    }

    /// Waits for a signal, then for the requests in progress.
    pub(super) async fn stop(mut self, servers: &[ServerHandle], drain: &Drain) -> Result<(), ServeError> {
        self.next().await;
        tracing::info!(under_way = drain.in_flight(), "stopping");
        drain.stop();
        // new connections are refused from here on. The framework would also wait for idle connections; we do not
        for server in servers {
            drop(tokio::spawn(server.stop(true)));
        }
        tokio::select! {
            () = drained(drain) => Ok(()),
            () = sleep(Duration::from_secs(DRAIN_S)) => {
                tracing::warn!(under_way = drain.in_flight(), "gave up waiting for requests in flight");
                Err(ServeError::Forced)
            }
            () = self.next() => Err(ServeError::Forced),
        }
    }
}

async fn drained(drain: &Drain) {
    loop {
        while drain.in_flight() > 0 {
            sleep(POLL).await;
        }
        sleep(FLUSH).await;
        if drain.in_flight() == 0 {
            return;
        }
    }
}
