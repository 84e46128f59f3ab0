//! From bearer token to session. Refusals that cost nothing come first, then one look-up, then at most one hash.

use super::clients::{Admission, Clients};
use super::noted::Noted;
use super::verify::Authenticity;
use super::{KnownToken, Reason, RefusedToken, Token, TokenState, TokenStore, Verifier, Why};
use crate::clock::{self, Timestamp};
use crate::config::{FORWARDED_FOR, Limits, Network, address_behind, client};
use crate::storage::{Storage, StorageError};
use provost::hook::TenantId;
use provost::{AuthError, AuthRequest, Authenticator, Credential, Principal, Session, Store, StoreError};
use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;

/// After how many seconds a client that was too fast may try again: the lowest configurable rate is one request a
/// second.
const RETRY_AFTER_S: u32 = 1;

/// Checks tokens against the database.
pub(crate) struct TokenCheck {
    storage: Storage,
    verifier: Arc<Verifier>,
    clients: Clients,
    noted: Arc<Noted>,
    /// Many clients share a proxy's address.
    proxies: Vec<Network>,
}

impl TokenCheck {
    pub(crate) fn new(
        storage: Storage,
        verifier: Arc<Verifier>,
        limits: &Limits,
        proxies: Vec<Network>,
    ) -> Self {
        let clients = Clients::new(limits.requests, limits.requests_burst);
        Self { storage, verifier, clients, noted: Arc::default(), proxies }
    }

    /// What is noted about tokens, to be stored.
    pub(crate) fn noted(&self) -> Arc<Noted> {
        Arc::clone(&self.noted)
    }

    /// Where a request comes from.
    fn client(&self, request: &AuthRequest<'_>) -> IpAddr {
        let forwarded = request.headers.iter().filter(|(name, _)| name.eq_ignore_ascii_case(FORWARDED_FOR));
        let peer = request.peer.unwrap_or(Ipv4Addr::UNSPECIFIED.into());
        client(address_behind(&self.proxies, peer, forwarded.map(|(_, value)| *value)))
    }

    /// The token's row. It is read on every request, so that a revoked token is refused on the very next one.
    async fn enter(
        &self,
        bearer: Option<&str>,
        address: IpAddr,
        clock: impl Fn() -> Timestamp,
    ) -> Result<KnownToken, AuthError> {
        let (bearer, now) = (bearer.ok_or(AuthError::Missing)?, clock());
        let token = Token::parse(bearer).map_err(|why| self.malformed(bearer, why.into(), now))?;
        let key_id = token.key_id();
        let known = self.storage.known_token(key_id).await.map_err(unavailable)?;
        let known = known.ok_or_else(|| AuthError::Invalid.with_note(RefusedToken::unknown(key_id)))?;
        let state = known.term.state(now);
        if state != TokenState::Active {
            return Err(self.invalid(&known, Why::Ended(state), now));
        }
        self.check_genuine(&token, &known, address, now).await?;
        if known.is_off || !known.scim {
            return Err(self.closed(&known, now));
        }
        // by the current time: a request that waited long must not be counted before those that came after it
        self.admit(&known, clock())?;
        Ok(known)
    }

    /// The refusal of something that is not a token. If it contains a key id, its organisation is told; the key id is
    /// looked up later.
    fn malformed(&self, bearer: &str, why: Why, now: Timestamp) -> AuthError {
        if let (Some(key_id), Some(reason)) = (Token::key_id_of_malformed(bearer), Reason::of(why)) {
            self.noted.unknown(key_id, reason, now);
        }
        AuthError::Invalid.with_note(RefusedToken::malformed(why))
    }

    /// The refusal of a token; its organisation is told.
    fn invalid(&self, known: &KnownToken, why: Why, now: Timestamp) -> AuthError {
        if let Some(reason) = Reason::of(why) {
            self.noted.known(known, reason, now);
        }
        AuthError::Invalid.with_note(RefusedToken::of(known, why))
    }

    /// The refusal of a valid token while SCIM, or the whole organisation, is off.
    fn closed(&self, known: &KnownToken, now: Timestamp) -> AuthError {
        const SCIM_OFF: &str = "SCIM is off for this organisation; an owner can switch it on under Settings > Auth > Enable SCIM";
        const OFF: &str = "this organisation is switched off, so nothing was changed; ask the operator of this server to switch \
                           it on again, with `provost org enable`";
        let (text, reason, why) = match known.is_off {
            true => (OFF, Reason::SwitchedOff, Why::SwitchedOff),
            false => (SCIM_OFF, Reason::ScimOff, Why::ScimOff),
        };
        self.noted.known(known, reason, now);
        AuthError::Closed(text.to_owned()).with_note(RefusedToken::of(known, why))
    }

    async fn check_genuine(
        &self,
        token: &Token,
        known: &KnownToken,
        address: IpAddr,
        now: Timestamp,
    ) -> Result<(), AuthError> {
        match self.verifier.verify(token, &known.hash, address, now).await {
            Ok(Authenticity::Genuine) => Ok(()),
            Ok(Authenticity::Forged) => Err(self.invalid(known, Why::Forged, now)),
            Ok(Authenticity::Busy) => Err(too_many(known, Why::Busy)),
            Err(e) => Err(AuthError::Store(StoreError::backend(e))),
        }
    }

    fn admit(&self, known: &KnownToken, now: Timestamp) -> Result<(), AuthError> {
        match self.clients.admit(&known.key_id, known.last_used, now) {
            Admission::TooFast => Err(too_many(known, Why::TooFast)),
            Admission::Granted { note: false } => Ok(()),
            Admission::Granted { note: true } => {
                self.noted.used(known, now);
                Ok(())
            }
        }
    }
}

fn too_many(known: &KnownToken, why: Why) -> AuthError {
    AuthError::TooMany { retry_after_s: RETRY_AFTER_S }.with_note(RefusedToken::of(known, why))
}

fn unavailable(e: StorageError) -> AuthError {
    AuthError::Store(match e {
        StorageError::Unavailable => StoreError::Unavailable { retry_after_s: RETRY_AFTER_S },
        StorageError::Unfit(why) => StoreError::Unfit(why),
        StorageError::Failed(e) => e,
        other => StoreError::backend(other),
    })
}

/// The check of tokens, and a store for each client it lets in.
pub(crate) struct TokenAuthenticator<F> {
    pub(crate) check: TokenCheck,
    /// Returns the store of a tenant. Called on every request, so it must be cheap.
    pub(crate) store_of: F,
}

impl<S, F> Authenticator for TokenAuthenticator<F>
where
    S: Store,
    F: Fn(TenantId) -> S + Send + Sync + 'static,
{
    type Store = S;

    async fn authenticate(&self, request: AuthRequest<'_>) -> Result<Session<S>, AuthError> {
        let address = self.check.client(&request);
        let known = self.check.enter(request.bearer()?, address, clock::now).await?;
        let credential = Credential::token(known.key_id.as_str());
        let mut principal = Principal::new(known.tenant.to_string(), credential);
        principal.read_only = known.read_only;
        Ok(Session::new(principal, (self.store_of)(known.tenant)).with_profile(known.profile))
    }
}

#[cfg(test)]
mod tests;
