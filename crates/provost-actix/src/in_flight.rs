//! Limits the memory of all request and response bodies together, until they are read and sent.

use actix_web::HttpResponse;
use actix_web::body::{BodySize, BoxBody, MessageBody};
use actix_web::web::Bytes;
use provost_core::{Error, ErrorKind};
use provost_provider::{Answer, Asked, Full, Gate, Pass, Principal};
use std::convert::Infallible;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

/// Bodies up to this size are not counted: even one for every connection takes little memory.
const SMALL: usize = 16 * 1024;
const KIB: usize = 1024;
/// Seconds to wait before a retry: by then a client that does not read its answer has been cut off.
const RETRY_S: u32 = 10;

/// The memory for bodies, in KiB.
pub(crate) type Memory = Gate<Arc<str>>;

/// The part of the memory that one body holds.
#[derive(Debug)]
pub(crate) struct Held {
    memory: Arc<Memory>,
    tenant: Option<Arc<str>>,
    credential: Arc<str>,
    pass: Option<Pass>,
    kib: u32,
}

impl Held {
    pub(crate) fn new(memory: &Arc<Memory>, principal: &Principal) -> Self {
        let credential = principal.credential.id.clone();
        Self { memory: memory.clone(), tenant: principal.payer(), credential, pass: None, kib: 0 }
    }

    /// Makes room for so many bytes in all. A body larger than a token's share takes the whole share.
    pub(crate) fn grow(&mut self, bytes: usize) -> Result<(), Error> {
        if bytes <= SMALL {
            return Ok(());
        }
        let kib = bytes.div_ceil(KIB).min(self.memory.part());
        let kib = u32::try_from(kib).unwrap_or(u32::MAX);
        let missing = kib.saturating_sub(self.kib);
        if missing == 0 {
            return Ok(());
        }
        let more = match &self.tenant {
            Some(tenant) => self.memory.try_pass_of(tenant.clone(), self.credential.clone(), missing),
            None => self.memory.try_pass(None, missing),
        };
        let more = more.map_err(full)?;
        match &mut self.pass {
            Some(pass) => pass.join(more),
            None => self.pass = Some(more),
        }
        self.kib = kib;
        Ok(())
    }

    /// Makes room for an answer. Without room, the answer to a read is replaced by an error. A write has already taken
    /// effect, so a PATCH is answered without the resource (RFC 7644 section 3.5.2), and other answers are sent anyway.
    pub(crate) fn take(mut self, mut answer: Answer, method: &str, id: &str) -> (Answer, Option<Pass>) {
        let size = answer.response.body.as_ref().map_or(0, Bytes::len);
        let answer = match self.grow(size) {
            Ok(()) => answer,
            Err(error) if matches!(answer.outcome.asked, Asked::Read) => Answer::refuse(error, id),
            Err(_) if method == "PATCH" && answer.response.status == 200 => {
                (answer.response.status, answer.response.body) = (204, None);
                answer
            }
            // its request was as large and still holds its room
            Err(_) => answer,
        };
        (answer, self.pass)
    }
}

fn full(why: Full) -> Error {
    let (kind, message, remedy) = match why {
        Full::Share => (
            ErrorKind::TooManyRequests,
            "the requests and answers of this token, or of its organisation, that are under way are too large together",
            "send fewer at once, and read the answers",
        ),
        Full::All => (
            ErrorKind::Unavailable,
            "the requests and answers that are under way are too large together",
            "try again later",
        ),
    };
    Error::new(kind, message).with_remedy(remedy).with_retry_after(RETRY_S)
}

/// Keeps the room of an answer until it is sent or its connection is closed.
pub(crate) fn until_sent(pass: Option<Pass>, response: HttpResponse) -> HttpResponse {
    let Some(pass) = pass else { return response };
    response.map_body(|_, body| match body.try_into_bytes() {
        Ok(rest) => BoxBody::new(Sending { rest, _pass: pass }),
        Err(body) => body,
    })
}

/// The framework copies what it is given, so it gets one piece after the other.
const PIECE: usize = 64 * KIB;

struct Sending {
    rest: Bytes,
    _pass: Pass,
}

impl MessageBody for Sending {
    type Error = Infallible;

    fn size(&self) -> BodySize {
        BodySize::Sized(u64::try_from(self.rest.len()).unwrap_or(u64::MAX))
    }

    fn poll_next(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Result<Bytes, Infallible>>> {
        let rest = &mut self.get_mut().rest;
        let piece = rest.split_to(rest.len().min(PIECE));
        Poll::Ready((!piece.is_empty()).then_some(Ok(piece)))
    }
}
