//! Deals with the rest of a body when its request has been answered.
//!
//! A client that did not finish its body must not keep the connection. If the body has a length, actix-http closes the
//! connection after the answer. A chunked body, once nobody holds it, it would read on without any limit on time or
//! size; so the body is held until the answer is sent, and the connection is closed just the same.

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

/// Keeps a chunked body alive while somebody else reads it.
pub struct Unread {
    /// Held only so that it is not dropped.
    _payload: Rc<RefCell<Payload>>,
}

impl Unread {
    /// Holds the body of a request if it comes in chunks from the wire. `payload` can be read as before.
    pub fn of(headers: &HeaderMap, payload: &mut Payload) -> Option<Self> {
        if !headers.contains_key(TRANSFER_ENCODING) || !matches!(payload, Payload::H1 { .. }) {
            return None;
        }
        let held = Rc::new(RefCell::new(payload.take()));
        *payload = Payload::Stream { payload: Box::pin(Shared(held.clone())) };
        Some(Self { _payload: held })
    }

    /// Holds it until the answer is sent; what has not arrived by then is not waited for.
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

/// The reading side of a held body.
struct Shared(Rc<RefCell<Payload>>);

impl Stream for Shared {
    type Item = Result<Bytes, PayloadError>;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        Pin::new(&mut *self.0.borrow_mut()).poll_next(cx)
    }
}

/// The body of an answer, together with that of its request.
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
