//! Reads the body of a request and counts it against the memory limit as it arrives.

use crate::in_flight::Held;
use actix_web::dev::Payload;
use actix_web::web::{Bytes, BytesMut};
use futures_util::StreamExt;
use provost_core::{Error, ErrorKind};
use std::time::Duration;

/// How long a body waits for room.
const FOR_ROOM: Duration = Duration::from_secs(1);

/// Reads a body of at most `limit` bytes.
///
/// `declared` is the header Content-Length: a body announced as too large is refused before it is sent. The announced
/// length, or else what arrives, is counted in `held`. An announced body without room is retried once, after a second.
pub(crate) async fn read(
    payload: Payload,
    declared: Option<&str>,
    limit: usize,
    deadline: Duration,
    held: &mut Held,
) -> Result<Bytes, Error> {
    let declared = declared.and_then(|n| n.parse::<u64>().ok());
    if declared.is_some_and(|n| n > u64::try_from(limit).unwrap_or(u64::MAX)) {
        return Err(too_large(limit));
    }
    // a body without room is refused before it is sent, not after
    let announced = declared.and_then(|n| usize::try_from(n).ok()).unwrap_or_default();
    if held.grow(announced).is_err() {
        // a client that is refused at once would resend megabytes at once
        actix_web::rt::time::sleep(FOR_ROOM).await;
        held.grow(announced)?;
    }
    let whole = BytesMut::with_capacity(announced);
    actix_web::rt::time::timeout(deadline, collect(payload, whole, limit, held)).await.unwrap_or_else(
        |_late| {
            let message = format!("the body did not arrive within {} s", deadline.as_secs());
            Err(Error::new(ErrorKind::Timeout, message))
        },
    )
}

async fn collect(
    mut payload: Payload,
    mut whole: BytesMut,
    limit: usize,
    held: &mut Held,
) -> Result<Bytes, Error> {
    while let Some(chunk) = payload.next().await {
        let chunk = chunk.map_err(|e| {
            Error::new(ErrorKind::BadRequest, "the body could not be read completely")
                .with_source(e.to_string())
        })?;
        let all = whole.len().saturating_add(chunk.len());
        if all > limit {
            return Err(too_large(limit));
        }
        // without a length, the buffer grows by doubling
        held.grow(if all <= whole.capacity() { all } else { all.next_power_of_two() })?;
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

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::error::PayloadError;
    use futures_util::{FutureExt, stream};
    use provost_provider::{Credential, Gate, Principal};
    use std::sync::Arc;

    const KIB: usize = 1024;
    const MIB: usize = 1024 * KIB;
    /// As the framework delivers them.
    static PIECE: [u8; 32 * KIB] = [0; 32 * KIB];
    const PIECES: usize = 160;
    const WHOLE: usize = PIECES * PIECE.len();

    /// A memory limit of so many KiB.
    fn held(places: usize) -> (Arc<Gate<Arc<str>>>, Held) {
        let memory = Arc::new(Gate::new(places));
        let held = Held::new(&memory, &Principal::new("", Credential::token("k")));
        (memory, held)
    }

    /// A body of 5 MiB in pieces.
    fn payload() -> Payload {
        let pieces = (0..PIECES).map(|_| Ok(Bytes::from_static(&PIECE)));
        Payload::Stream { payload: Box::pin(stream::iter(pieces)) }
    }

    /// Seen to fail: without room made for the announced length, and with the length counted of a body that grows by
    /// doubling.
    #[tokio::test]
    async fn a_body_takes_no_more_memory_than_is_counted_for_it() {
        let whole = WHOLE.to_string();
        for (declared, counted_kib) in [(Some(whole.as_str()), 5 * KIB), (None, 8 * KIB)] {
            let (memory, mut held) = held(64 * KIB);
            let taken = allocation_counter::measure(|| {
                let reading = read(payload(), declared, 16 * MIB, Duration::from_secs(60), &mut held);
                let body = reading.now_or_never().unwrap().unwrap();
                assert_eq!(body.len(), WHOLE);
            });
            if declared.is_some() {
                assert!(taken.bytes_max < u64::try_from(WHOLE + 64 * KIB).unwrap(), "{}", taken.bytes_max);
            }
            let left = u32::try_from(64 * KIB - counted_kib).unwrap();
            assert_eq!(memory.try_pass(None, left + 1).unwrap_err(), provost_provider::Full::All);
            assert!(memory.try_pass(None, left).is_ok());
        }
    }

    /// Seen to fail: with the announced length counted as it arrives.
    #[tokio::test(start_paused = true)]
    async fn a_body_that_has_no_room_is_refused_before_it_is_sent() {
        let (memory, mut held) = held(16 * KIB);
        let _others = memory.try_pass(None, 13 * 1024).unwrap();
        let never = stream::poll_fn(|_| -> std::task::Poll<Option<Result<Bytes, PayloadError>>> {
            panic!("nothing is read")
        });
        let payload: Payload = Payload::Stream { payload: Box::pin(never) };
        let whole = WHOLE.to_string();
        let refused = read(payload, Some(&whole), 16 * MIB, Duration::from_secs(60), &mut held).await;
        assert_eq!(refused.unwrap_err().kind(), ErrorKind::Unavailable);
    }

    /// Seen to fail: with the refusal at once.
    #[tokio::test(start_paused = true)]
    async fn a_body_that_has_no_room_waits_for_some() {
        let (memory, mut held) = held(16 * KIB);
        let others = memory.try_pass(None, 13 * 1024).unwrap();
        let whole = WHOLE.to_string();
        let reading = read(payload(), Some(&whole), 16 * MIB, Duration::from_secs(60), &mut held);
        let meanwhile = async {
            actix_web::rt::time::sleep(FOR_ROOM / 2).await;
            drop(others);
        };
        let (body, ()) = futures_util::future::join(reading, meanwhile).await;
        assert_eq!(body.unwrap().len(), WHOLE);
    }
}
