//! A client connection that can be closed from outside. The framework only closes idle ones, after one time for all,
//! and offers no other control.

use super::unwanted::{Rest, Unwanted};
use actix_web::rt::net::TcpStream;
use actix_web::rt::time::{Sleep, sleep};
use futures_util::task::AtomicWaker;
use std::io::{self, ErrorKind, IoSlice};
use std::net::{IpAddr, SocketAddr};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, ready};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// A connection.
pub(super) struct Stream {
    socket: TcpStream,
    end: Arc<End>,
    patience: Patience,
    rest: Rest,
}

/// How long a client may accept nothing of a waiting answer.
struct Patience {
    time: Duration,
    /// The time left since it last accepted something, while an answer waits.
    left: Option<Pin<Box<Sleep>>>,
}

impl Patience {
    /// Passes on the result of a write; an error if writing has been blocked for too long.
    fn with<T>(&mut self, written: Poll<io::Result<T>>, context: &mut Context<'_>) -> Poll<io::Result<T>> {
        if written.is_ready() {
            self.left = None;
            return written;
        }
        let time = self.time;
        let left = self.left.get_or_insert_with(|| Box::pin(sleep(time)));
        left.as_mut().poll(context).map(|()| Err(ErrorKind::TimedOut.into()))
    }
}

/// Closes a connection, and knows whether a request is in progress on it.
#[derive(Debug, Default)]
pub(super) struct End {
    has_come: AtomicBool,
    /// Whether a request was answered and none has followed.
    is_between: AtomicBool,
    /// The task that serves the connection.
    task: AtomicWaker,
}

impl End {
    /// Closes the connection and drops the request in progress.
    pub(super) fn come(&self) {
        self.has_come.store(true, Ordering::Release);
        self.task.wake();
    }

    pub(super) fn has_come(&self) -> bool {
        self.has_come.load(Ordering::Acquire)
    }

    /// `false` while a request is in progress, `true` after its answer.
    pub(super) fn set_between(&self, is_between: bool) {
        self.is_between.store(is_between, Ordering::Release);
    }
}

impl Stream {
    /// The connection and its peer's address, as the framework expects them.
    ///
    /// It is closed when the client accepts nothing of an answer for as long as `patience`.
    pub(super) fn of(
        socket: TcpStream,
        patience: Duration,
        unwanted: Arc<Unwanted>,
    ) -> (Self, Option<SocketAddr>) {
        let peer = socket.peer_addr().ok();
        let patience = Patience { time: patience, left: None };
        (Self { socket, end: Arc::default(), patience, rest: Rest::new(unwanted) }, peer)
    }

    pub(super) fn peer(&self) -> Option<IpAddr> {
        self.socket.peer_addr().ok().map(|peer| peer.ip())
    }

    pub(super) fn end(&self) -> Arc<End> {
        Arc::clone(&self.end)
    }

    fn check(&self, context: &Context<'_>) -> io::Result<()> {
        self.end.task.register(context.waker());
        if self.end.has_come() { Err(ErrorKind::ConnectionAborted.into()) } else { Ok(()) }
    }

    fn socket(&mut self) -> Pin<&mut TcpStream> {
        Pin::new(&mut self.socket)
    }
}

impl AsyncRead for Stream {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        self.check(context)?;
        if !self.end.is_between.load(Ordering::Acquire) {
            self.rest.forget();
            return self.socket().poll_read(context, buffer);
        }
        ready!(self.rest.poll(context));
        let before = buffer.filled().len();
        let read = self.socket().poll_read(context, buffer);
        self.rest.took(buffer.filled().len().saturating_sub(before));
        read
    }
}

impl AsyncWrite for Stream {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.check(context)?;
        let written = self.socket().poll_write(context, bytes);
        self.patience.with(written, context)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.socket().poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.socket().poll_shutdown(context)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        self.check(context)?;
        let written = self.socket().poll_write_vectored(context, slices);
        self.patience.with(written, context)
    }

    fn is_write_vectored(&self) -> bool {
        self.socket.is_write_vectored()
    }
}
