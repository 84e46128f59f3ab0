//! SIGTERM and SIGINT: finish what is under way, then end. A second signal ends at once. SIGHUP changes nothing.

use super::error::ServeError;
use super::layers::Drain;
use actix_web::dev::ServerHandle;
use std::io;
use std::time::Duration;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::time::sleep;

/// How long requests under way may take after the signal.
pub(super) const DRAIN_S: u64 = 25;
/// Every answer is written by then, once its request is through: answers are in memory when they are given.
const FLUSH: Duration = Duration::from_millis(200);
const POLL: Duration = Duration::from_millis(20);

/// Other servers read their settings again at SIGHUP, so it is sent by habit; it would end this one. Settings are read at
/// the start alone.
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

/// The signals that end a process politely.
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

    /// Waits for a signal, then for the requests under way.
    pub(super) async fn stop(mut self, servers: &[ServerHandle], drain: &Drain) -> Result<(), ServeError> {
        self.next().await;
        tracing::info!(under_way = drain.in_flight(), "stopping");
        drain.stop();
        // new connections are refused from here on. The server would wait for idle connections too; we do not
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
