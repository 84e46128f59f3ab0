//! Who may connect at all: behind a proxy, only the proxy.

use crate::config::Http;
use actix_web::HttpResponse;
use actix_web::dev::ServiceRequest;
use actix_web::http::StatusCode;
use actix_web::http::header::RETRY_AFTER;
use provost::MEDIA_TYPE;
use provost::{Error, ErrorKind};

/// Health is public, and a load balancer may ask for it without the proxy.
pub(super) fn is_health(request: &ServiceRequest) -> bool {
    matches!(request.path(), "/healthz" | "/readyz")
}

/// Why a request is refused here, if it is.
pub(super) fn refusal(http: &Http, request: &ServiceRequest) -> Option<Error> {
    let admitted = match request.peer_addr() {
        _ if is_health(request) => true,
        Some(peer) => http.admits(peer.ip()),
        // without an address nobody can tell that it came through the proxy
        None => http.trusted_proxies.is_empty(),
    };
    let error = || Error::new(ErrorKind::Forbidden, "this server accepts requests only through its proxy");
    (!admitted).then(error)
}

/// The answer to a request refused here. The connection is closed after it.
pub(super) fn turn_away(error: Error) -> HttpResponse {
    let status = StatusCode::from_u16(error.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut answer = HttpResponse::build(status);
    if let Some(seconds) = error.retry_after_s() {
        answer.insert_header((RETRY_AFTER, seconds));
    }
    let mut answer = answer.force_close().content_type(MEDIA_TYPE).body(error.to_object().to_string());
    // for the log
    answer.extensions_mut().insert(error);
    answer
}
