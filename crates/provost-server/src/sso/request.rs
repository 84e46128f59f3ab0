//! A sign-in, from our request to the identity provider's answer. A random value binds the two: the browser keeps it as a cookie,
//! and the identity provider returns it as `RelayState`.

use super::connection::{Addresses, Connection, ConnectionId};
use super::metadata::{Unusable, instant, verifier};
use super::report::Report;
use crate::access::{AccountId, Digest, Opener};
use crate::clock::{self, NoRandomness, Timestamp};
use provost::hook::TenantId;
use provost_saml::{MessageId, Pending, Reason, SignInOptions, Subject, Verified};
use std::net::IpAddr;

/// How long an answer may take.
pub(crate) const OPEN_MS: i64 = 10 * 60_000;

/// The longest identifier of a person at an identity provider, in bytes.
const LONGEST_SUBJECT: usize = 1_024;

/// The reason why a sign-in is refused that is older than our request for a new one.
pub(crate) const NOT_FRESH: &str = Reason::NotFresh.name();

/// What a sign-in is for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// Opens the organisation at this path.
    SignIn(String),
    /// Opens nothing; the report goes to the account that began it.
    Test(AccountId),
    /// Accepts the invitation with this link, after confirmation on one of our pages.
    Invitation(Digest),
    /// Links the account that began it, likewise after confirmation.
    Link(AccountId),
    /// Proves again that the person of a session is at the browser.
    Proof(Again),
}

/// Whom a sign-in proves again, and for what.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Again {
    pub(crate) account: AccountId,
    /// The session that began it.
    pub(crate) session: Digest,
    /// The page whose form asks.
    pub(crate) path: String,
}

/// A request, kept until its answer comes.
#[derive(Debug, Clone)]
pub(crate) struct NewRequest {
    pub(crate) state: Digest,
    pub(crate) tenant: TenantId,
    pub(crate) connection: ConnectionId,
    /// The SAML message's ID.
    pub(crate) message: String,
    pub(crate) purpose: Purpose,
    /// The client's address; for IPv6, its network.
    pub(crate) address: IpAddr,
    pub(crate) begun: Timestamp,
    /// Whether it was begun because the answer to another request could not be used.
    pub(crate) is_second: bool,
    /// Whether it asks the identity provider to have the person sign in again (ForceAuthn).
    pub(crate) is_another: bool,
}

/// A stored request whose answer has come.
#[derive(Debug, Clone)]
pub(crate) struct Request {
    pub(crate) message: String,
    pub(crate) purpose: Purpose,
    pub(crate) begun: Timestamp,
    pub(crate) is_second: bool,
    pub(crate) is_another: bool,
    /// Whether it can still be answered: not used, and not too old.
    pub(crate) is_open: bool,
    /// The connection that it was begun with, if it still exists.
    pub(crate) connection: Option<Connection>,
}

/// Why a sign-in could not begin.
#[derive(Debug, thiserror::Error)]
pub(crate) enum BeginError {
    #[error(transparent)]
    Unusable(#[from] Unusable),
    #[error(transparent)]
    NoRandomness(#[from] NoRandomness),
}

/// A sign-in that has begun.
pub(crate) struct Begun {
    /// The value for the browser's cookie.
    pub(crate) state: Opener,
    pub(crate) request: NewRequest,
    /// Where the browser is sent.
    pub(crate) url: String,
}

/// Who begins a sign-in, and why.
pub(crate) struct Beginning<'a> {
    pub(crate) tenant: TenantId,
    pub(crate) connection: &'a Connection,
    pub(crate) addresses: &'a Addresses,
    pub(crate) purpose: Purpose,
    pub(crate) address: IpAddr,
    pub(crate) now: Timestamp,
    pub(crate) is_second: bool,
    pub(crate) is_another: bool,
}

impl Beginning<'_> {
    pub(crate) fn begin(self) -> Result<Begun, BeginError> {
        let state = Opener::new()?;
        let options = SignInOptions {
            relay_state: Some(state.reveal().to_owned()),
            force_authn: self.is_another,
            ..SignInOptions::default()
        };
        let id = MessageId::from_random(clock::random()?);
        let verifier = verifier(self.connection, self.addresses, self.now)?;
        let (request, pending) = verifier.request(&id, instant(self.now), &options);
        let kept = NewRequest {
            state: state.digest(),
            tenant: self.tenant,
            connection: self.connection.id,
            message: pending.id,
            purpose: self.purpose,
            address: crate::config::client(self.address),
            begun: self.now,
            is_second: self.is_second,
            is_another: self.is_another,
        };
        Ok(Begun { state, request: kept, url: request.url })
    }
}

/// The random value that an answer returns. Anybody can write it, so it proves nothing.
pub(crate) fn state(body: &[u8]) -> Option<String> {
    provost_saml::relay_state(body).ok().flatten()
}

/// The result of an answer.
#[derive(Debug)]
pub(crate) enum Taken {
    Person(Box<Person>),
    /// The report, and the name of the reason for the log.
    Refused(Box<Report>, &'static str),
}

/// Who was signed in by the identity provider.
#[derive(Debug)]
pub(crate) struct Person {
    pub(crate) connection: ConnectionId,
    pub(crate) report: Report,
    /// The name that a logout request uses for them.
    pub(crate) name_id: String,
    pub(crate) session_index: Option<String>,
    /// When they signed in there, by its clock.
    pub(crate) signed_in: Timestamp,
    pub(crate) session_ends: Option<Timestamp>,
    /// What is stored so that the answer counts only once, and until when.
    pub(crate) names: Vec<String>,
    pub(crate) ends: Timestamp,
}

/// Reads an answer.
pub(crate) fn take(
    request: &Request,
    connection: &Connection,
    addresses: &Addresses,
    body: &[u8],
    now: Timestamp,
) -> Result<Taken, Unusable> {
    let pending = Pending {
        id: request.message.clone(),
        issued: instant(request.begun),
        force_authn: request.is_another,
    };
    let verified = match verifier(connection, addresses, now)?.verify(&pending, body, instant(now)) {
        Ok(verified) => verified,
        Err(refusal) => {
            let report = Report::refused(&refusal, connection, now);
            return Ok(Taken::Refused(Box::new(report), refusal.reason().name()));
        }
    };
    let at = |time: chrono::DateTime<chrono::Utc>| Timestamp::from_millis(time.timestamp_millis());
    let replay = &verified.replay;
    let subject = subject(&verified).map(|subject| connection.map.compared.kept(subject));
    Ok(Taken::Person(Box::new(Person {
        connection: connection.id,
        report: Report::verified(&verified, subject, connection, now),
        names: vec![format!("response {}", replay.response_id), format!("assertion {}", replay.assertion_id)],
        ends: at(replay.ends),
        signed_in: at(verified.authn_instant),
        session_ends: verified.session_ends.map(at),
        name_id: verified.name_id.value,
        session_index: verified.session_index,
    })))
}

/// What identifies a person at an identity provider; `None` if it is too long.
fn subject(verified: &Verified) -> Option<String> {
    let text = match &verified.subject {
        Subject::Object(object) => object.to_string(),
        Subject::Text(text) => text.clone(),
    };
    (text.len() <= LONGEST_SUBJECT).then_some(text)
}
