//! A panic is answered as any other fault of the server.

use futures_util::FutureExt;
use provost_core::{Error, ErrorKind};
use std::any::Any;
use std::future::Future;
use std::panic::AssertUnwindSafe;

/// Runs a future; a panic in it becomes an error whose source is for the log.
pub(crate) async fn contain<T>(work: impl Future<Output = T>) -> Result<T, Error> {
    AssertUnwindSafe(work).catch_unwind().await.map_err(|panic| {
        let message = panic_text(panic.as_ref());
        Error::new(ErrorKind::Internal, "the server met a fault of its own")
            .with_source(format!("panic: {message}"))
    })
}

fn panic_text(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().map(|s| (*s).to_owned());
    text.or_else(|| panic.downcast_ref::<String>().cloned()).unwrap_or_else(|| "of unknown kind".to_owned())
}
