//! What a refused client is told, in words that match what it tried.

use super::error::AuthError;
use super::request::AuthRequest;
use super::scheme::Scheme;
use crate::response::Refusal;
use provost_core::error::Place;
use provost_core::{Error, ErrorKind};

/// The refusal of a request. `schemes` are the ones accepted.
pub(super) fn refuse(error: AuthError, request: &AuthRequest<'_>, schemes: &[Scheme]) -> Refusal {
    match error {
        AuthError::Missing => Refusal::from(missing(schemes)).with_challenge(challenges(schemes, None)),
        AuthError::Invalid => {
            let tried = schemes.iter().find(|scheme| scheme.is_tried(request));
            Refusal::from(invalid(tried, request)).with_challenge(challenges(schemes, tried))
        }
        // RFC 7644 section 3.12: a 403 has no scimType for this
        AuthError::Closed(why) => Error::new(ErrorKind::Forbidden, why).into(),
        AuthError::Repeated(header) => {
            let error = Error::new(ErrorKind::BadRequest, format!("the header {header} appears twice"));
            error.at(Place::header(&header)).with_remedy("send one").into()
        }
        AuthError::TooMany { retry_after_s } => {
            let error = Error::new(ErrorKind::TooManyRequests, "too many requests; try again later");
            error.with_retry_after(retry_after_s).into()
        }
        AuthError::Store(e) => Error::from(e).into(),
        AuthError::Noted { error, note } => refuse(*error, request, schemes).map(|e| e.with_source(note)),
    }
}

/// RFC 9110 section 11.6.1: all of them. RFC 6750 section 3.1: a request without a token gets no error code, one with a
/// token does.
fn challenges(schemes: &[Scheme], tried: Option<&Scheme>) -> String {
    // a 401 must have a challenge
    let schemes = if schemes.is_empty() { &[Scheme::Bearer] } else { schemes };
    let challenge = |scheme: &Scheme| match (scheme, tried) {
        (Scheme::Bearer, Some(Scheme::Bearer)) => format!(r#"{}, error="invalid_token""#, scheme.challenge()),
        _ => scheme.challenge().into_owned(),
    };
    schemes.iter().map(challenge).collect::<Vec<_>>().join(", ")
}

fn missing(schemes: &[Scheme]) -> Error {
    if schemes.is_empty() {
        return unauthorized(AuthError::Missing.to_string(), None);
    }
    let needed: Vec<&str> = schemes.iter().map(Scheme::needed).collect();
    let remedies: Vec<_> = schemes.iter().map(Scheme::remedy).collect();
    let error = unauthorized(format!("{} is required", needed.join(" or ")), schemes.first());
    error.with_remedy(&remedies.join(", or "))
}

/// For an invalid secret, names a visible mistake in it, which reveals nothing about valid ones.
fn invalid(tried: Option<&Scheme>, request: &AuthRequest<'_>) -> Error {
    let Some(scheme) = tried else { return unauthorized(AuthError::Invalid.to_string(), None) };
    let message = format!("{} not valid", scheme.shown());
    let secret = match scheme {
        Scheme::Bearer => request.bearer().ok().flatten(),
        Scheme::ApiKey(header) => request.header(header).ok().flatten(),
        _ => None,
    };
    match secret.and_then(slip) {
        None => unauthorized(message, tried),
        Some((slip, None)) => unauthorized(format!("{message}: {slip}"), tried),
        Some((slip, Some(remedy))) => unauthorized(format!("{message}: {slip}"), tried).with_remedy(remedy),
    }
}

fn unauthorized(message: String, scheme: Option<&Scheme>) -> Error {
    let header = scheme.map_or("Authorization", Scheme::header);
    Error::new(ErrorKind::Unauthorized, message).at(Place::header(header))
}

/// An obvious mistake in a secret, and what to do.
fn slip(secret: &str) -> Option<(&'static str, Option<&'static str>)> {
    const QUOTES: [char; 3] = ['"', '\'', '`'];
    let first = secret.split_whitespace().next().unwrap_or_default();
    if first.trim_end_matches(':').eq_ignore_ascii_case("bearer") {
        let message = "it begins with the word `Bearer`, which the client adds itself";
        return Some((message, Some("enter only the token")));
    }
    match secret {
        "" => Some(("it is empty", None)),
        _ if secret.starts_with(QUOTES) || secret.ends_with(QUOTES) => {
            Some(("it is in quotation marks", Some("leave them out")))
        }
        _ if secret.contains(char::is_whitespace) => Some(("it holds a blank", Some("give it as one word"))),
        _ if secret.starts_with('<') && secret.ends_with('>') => {
            Some(("it is in `<` and `>`", Some("leave them out")))
        }
        _ => None,
    }
}
