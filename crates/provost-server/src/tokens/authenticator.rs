//! From bearer token to session. Refusals that cost nothing come first, then one look-up, then at most one hash.

use super::clients::{Admission, Clients};
use super::refusals::{Note, Refusals, Why};
use super::verify::Authenticity;
use super::{KeyId, Token, TokenRow, TokenState, TokenStore, Verifier};
use crate::clock::{self, Timestamp};
use crate::config::{Limits, Network, client_behind};
use crate::organisations::Organisation;
use crate::storage::{Storage, StorageError};
use provost::hook::TenantId;
use provost::{AuthError, AuthRequest, Authenticator, Credential, Principal, Session, Store, StoreError};
use std::fmt;
use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;

/// Seconds after which a client that was turned away may come again: the least permitted rate is one request a second.
const RETRY_AFTER_S: u32 = 1;
const FORWARDED_FOR: &str = "X-Forwarded-For";

/// Checks tokens against the database.
pub(crate) struct TokenCheck {
    storage: Storage,
    verifier: Arc<Verifier>,
    clients: Clients,
    refusals: Arc<Refusals>,
    /// Many clients come through a proxy.
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
        Self { storage, verifier, clients, refusals: Arc::default(), proxies }
    }

    /// Where a request comes from.
    fn client(&self, request: &AuthRequest<'_>) -> IpAddr {
        let forwarded = request.headers.iter().filter(|(name, _)| name.eq_ignore_ascii_case(FORWARDED_FOR));
        let peer = request.peer.unwrap_or(Ipv4Addr::UNSPECIFIED.into());
        client_behind(&self.proxies, peer, forwarded.map(|(_, value)| *value))
    }

    /// The organisation that a token opens. Its row is read on every request, so a revoked one is refused at the very next.
    async fn enter(
        &self,
        bearer: Option<&str>,
        address: IpAddr,
        now: Timestamp,
    ) -> Result<(KeyId, Organisation), AuthError> {
        let bearer = bearer.ok_or(AuthError::Missing)?;
        let token =
            Token::parse(bearer).map_err(|malformed| self.refuse(Why::Malformed, None, malformed, now))?;
        let key_id = token.key_id();
        let (row, organisation) = self
            .storage
            .token(key_id)
            .await
            .map_err(unavailable)?
            .ok_or_else(|| self.refuse(Why::Unknown, Some(key_id), "there is no such token", now))?;
        let state = row.state(now);
        if state != TokenState::Active {
            return Err(self.refuse(Why::Ended, Some(key_id), state.as_str(), now));
        }
        self.check_genuine(&token, &row, address, now).await?;
        self.admit(&row, now)?;
        Ok((row.key_id, organisation))
    }

    async fn check_genuine(
        &self,
        token: &Token,
        row: &TokenRow,
        address: IpAddr,
        now: Timestamp,
    ) -> Result<(), AuthError> {
        match self.verifier.verify(token, &row.hash, address, now).await {
            Ok(Authenticity::Genuine) => Ok(()),
            Ok(Authenticity::Forged) => {
                Err(self.refuse(Why::Forged, Some(&row.key_id), "its secret is wrong", now))
            }
            Ok(Authenticity::Busy) => Err(AuthError::TooMany { retry_after_s: RETRY_AFTER_S }),
            Err(e) => Err(AuthError::Store(StoreError::backend(e))),
        }
    }

    /// The client learns that the token is not valid, the operator why.
    fn refuse(
        &self,
        why: Why,
        key_id: Option<&KeyId>,
        reason: impl fmt::Display,
        now: Timestamp,
    ) -> AuthError {
        match self.refusals.count(why, now) {
            Note::Line => {
                let key_id = key_id.map_or("-", |id| id.as_str());
                match why {
                    // somebody has half of a token
                    Why::Forged => tracing::warn!(key_id, %reason, "refused a token"),
                    _ => tracing::info!(key_id, %reason, "refused a token"),
                }
            }
            Note::Last => self.refusals.sum_up_later(),
            Note::Nothing => {}
        }
        AuthError::Invalid
    }

    fn admit(&self, row: &TokenRow, now: Timestamp) -> Result<(), AuthError> {
        match self.clients.admit(&row.key_id, row.last_used, now) {
            Admission::TooFast => Err(AuthError::TooMany { retry_after_s: RETRY_AFTER_S }),
            Admission::Granted { note: false } => Ok(()),
            Admission::Granted { note: true } => {
                let (storage, key_id) = (self.storage.clone(), row.key_id.clone());
                // the request does not wait for it, and goes on when it fails
                tokio::spawn(async move {
                    if let Err(error) = storage.touch_token(key_id.clone(), now).await {
                        tracing::warn!(%key_id, %error, "the last use of a token could not be recorded");
                    }
                });
                Ok(())
            }
        }
    }
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
    /// Gives the store of a tenant; cheap, because it is called on every request.
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
        let (key_id, organisation) = self.check.enter(request.bearer()?, address, clock::now()).await?;
        let principal = Principal::new(organisation.tenant.to_string(), Credential::token(key_id.as_str()));
        Ok(Session::new(principal, (self.store_of)(organisation.tenant)).with_profile(organisation.profile))
    }
}

#[cfg(test)]
mod tests;
