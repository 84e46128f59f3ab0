//! Somebody signed out at the identity provider, which says so by sending the browser here. No logout is begun by us.

use super::connection::{Addresses, Connection, ConnectionId};
use super::metadata::{Unusable, instant, verifier};
use crate::clock::{self, NoRandomness, Timestamp};
use provost_saml::MessageId;

/// Whom the identity provider signs out.
#[derive(Debug, Clone)]
pub(crate) struct Leaving {
    pub(crate) connection: ConnectionId,
    /// As which it named them when they signed in.
    pub(crate) name_id: String,
    /// In which of their sessions there; none means in all.
    pub(crate) session_indexes: Vec<String>,
    /// Whether a trusted certificate signed it. Otherwise anybody may have written it.
    pub(crate) is_signed: bool,
}

/// Why a request to log out could not be answered.
#[derive(Debug, thiserror::Error)]
pub(crate) enum LogoutError {
    #[error(transparent)]
    Unusable(#[from] Unusable),
    #[error(transparent)]
    NoRandomness(#[from] NoRandomness),
}

/// Reads what follows the `?`: whom to sign out, and the address that takes the answer, which is the one of the connection alone. Nothing,
/// with the name of the reason, where it is no request to log out or not one of this identity provider's.
pub(crate) fn log_out(
    connection: &Connection,
    addresses: &Addresses,
    query: &str,
    now: Timestamp,
) -> Result<Result<(Leaving, Option<String>), &'static str>, LogoutError> {
    let verifier = verifier(connection, addresses, now)?;
    let request = match verifier.logout(query, instant(now)) {
        Ok(request) => request,
        Err(refusal) => return Ok(Err(refusal.reason().name())),
    };
    let id = MessageId::from_random(clock::random()?);
    let answer = verifier.logout_response(&request, &id, instant(now));
    let leaving = Leaving {
        connection: connection.id,
        name_id: request.subject.value,
        session_indexes: request.session_indexes,
        is_signed: request.signed,
    };
    Ok(Ok((leaving, answer)))
}
