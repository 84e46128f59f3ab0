//! The body of a request, counted while it arrives.

use crate::in_flight::Held;
use actix_web::dev::Payload;
use actix_web::web::{Bytes, BytesMut};
use futures_util::StreamExt;
use provost_core::{Error, ErrorKind};
use std::time::Duration;

/// Reads a body of at most `limit` bytes.
///
/// `declared` is the header Content-Length: what announces too much is refused before it is sent. What arrives is counted
/// in `held`, and is refused where there is no more room for it.
pub(crate) async fn read(
    payload: Payload,
    declared: Option<&str>,
    limit: usize,
    deadline: Duration,
    held: &mut Held,
) -> Result<Bytes, Error> {
    if declared
        .and_then(|n| n.parse::<u64>().ok())
        .is_some_and(|n| n > u64::try_from(limit).unwrap_or(u64::MAX))
    {
        return Err(too_large(limit));
    }
    actix_web::rt::time::timeout(deadline, collect(payload, limit, held)).await.unwrap_or_else(|_late| {
        let message = format!("the body did not arrive within {} s", deadline.as_secs());
        Err(Error::new(ErrorKind::Timeout, message))
    })
}

async fn collect(mut payload: Payload, limit: usize, held: &mut Held) -> Result<Bytes, Error> {
    let mut whole = BytesMut::new();
    while let Some(chunk) = payload.next().await {
        let chunk = chunk.map_err(|e| {
            Error::new(ErrorKind::BadRequest, "the body could not be read completely")
                .with_source(e.to_string())
        })?;
        if whole.len().saturating_add(chunk.len()) > limit {
            return Err(too_large(limit));
        }
        held.grow(whole.len().saturating_add(chunk.len()))?;
        whole.extend_from_slice(&chunk);
    }
    Ok(whole.freeze())
}

fn too_large(limit: usize) -> Error {
    Error::new(
        ErrorKind::PayloadTooLarge,
        format!("the body can have at most {limit} bytes at this endpoint"),
    )
    .with_remedy("send less at once")
}
