//! Somebody signed out at the identity provider, which tells us by sending the browser here. We never start a logout ourselves.

use super::connection::{Addresses, Connection, ConnectionId};
use super::metadata::{Unusable, instant, verifier};
use crate::clock::{self, NoRandomness, Timestamp};
use provost_saml::MessageId;

/// Who is being signed out by the identity provider.
#[derive(Debug, Clone)]
pub(crate) struct Leaving {
    pub(crate) connection: ConnectionId,
    /// The name that it used for them when they signed in.
    pub(crate) name_id: String,
    /// Their sessions there that end; empty for all.
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

/// Reads the part after the `?`: whom to sign out, and where to send the answer, which only the connection decides. The inner
/// error names the reason why it is not a logout request of this identity provider.
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
