//! What is left of a body when its request is answered.
//!
//! A client that did not finish its body must not keep the connection. Where the body has a length, actix-http closes it
//! after the answer. A body in chunks it reads on, without a bound on time or size, if nobody holds it any more; so it is
//! held until the answer is sent, and both are closed alike.

use actix_web::HttpResponse;
use actix_web::body::{BodySize, BoxBody, MessageBody};
use actix_web::dev::Payload;
use actix_web::error::PayloadError;
use actix_web::http::header::{HeaderMap, TRANSFER_ENCODING};
use actix_web::web::Bytes;
use futures_util::Stream;
use std::cell::RefCell;
use std::fmt;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};

/// A body in chunks that is held beside the one who reads it.
pub struct Unread {
    /// Only held: that it is not dropped is what counts.
    _payload: Rc<RefCell<Payload>>,
}

impl Unread {
    /// Holds the body of a request, if it comes in chunks from the wire. `payload` can be read as before.
    pub fn of(headers: &HeaderMap, payload: &mut Payload) -> Option<Self> {
        if !headers.contains_key(TRANSFER_ENCODING) || !matches!(payload, Payload::H1 { .. }) {
            return None;
        }
        let held = Rc::new(RefCell::new(payload.take()));
        *payload = Payload::Stream { payload: Box::pin(Shared(held.clone())) };
        Some(Self { _payload: held })
    }

    /// Holds it until the answer is sent: what has not arrived by then is not waited for.
    pub fn until_sent(held: Option<Self>, response: HttpResponse) -> HttpResponse {
        match held {
            Some(unread) => response.map_body(|_, body| BoxBody::new(Held { body, _unread: unread })),
            None => response,
        }
    }
}

impl fmt::Debug for Unread {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Unread").finish_non_exhaustive()
    }
}

/// What reads of a body that is held.
struct Shared(Rc<RefCell<Payload>>);

impl Stream for Shared {
    type Item = Result<Bytes, PayloadError>;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        Pin::new(&mut *self.0.borrow_mut()).poll_next(cx)
    }
}

/// The body of an answer, and that of its request.
struct Held {
    body: BoxBody,
    _unread: Unread,
}

impl MessageBody for Held {
    type Error = <BoxBody as MessageBody>::Error;

    fn size(&self) -> BodySize {
        self.body.size()
    }

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Bytes, Self::Error>>> {
        Pin::new(&mut self.get_mut().body).poll_next(cx)
    }
}
