//! Resolves a name once: the addresses that were checked are the ones that are used, so that a name which changes gains
//! nothing.

use super::error::Inside;
use super::reach::may_be_asked;
use crate::config::Network;
use std::fmt::Debug;
use std::net::SocketAddr;
use ureq::Error;
use ureq::config::Config;
use ureq::http::Uri;
use ureq::unversioned::resolver::{DefaultResolver, ResolvedSocketAddrs, Resolver};
use ureq::unversioned::transport::NextTimeout;

/// Resolves names to addresses.
pub(super) trait Names: Debug + Send + Sync + 'static {
    fn look_up(&self, uri: &Uri, config: &Config, timeout: NextTimeout) -> Result<Vec<SocketAddr>, Error>;
}

/// The system's resolver.
#[derive(Debug)]
pub(super) struct System;

impl Names for System {
    fn look_up(&self, uri: &Uri, config: &Config, timeout: NextTimeout) -> Result<Vec<SocketAddr>, Error> {
        Ok(DefaultResolver::default().resolve(uri, config, timeout)?.to_vec())
    }
}

/// Refuses a name if any of its addresses is not allowed.
#[derive(Debug)]
pub(super) struct Public<N> {
    pub(super) allowed: Vec<Network>,
    pub(super) names: N,
}

impl<N: Names> Resolver for Public<N> {
    fn resolve(
        &self,
        uri: &Uri,
        config: &Config,
        timeout: NextTimeout,
    ) -> Result<ResolvedSocketAddrs, Error> {
        let mut all = self.empty();
        for address in self.names.look_up(uri, config, timeout)?.into_iter().take(16) {
            if !may_be_asked(address.ip(), &self.allowed) {
                let host = uri.host().unwrap_or_default().to_owned();
                return Err(Error::Other(Box::new(Inside { host, address: address.ip() })));
            }
            all.push(address);
        }
        match all.is_empty() {
            true => Err(Error::HostNotFound),
            false => Ok(all),
        }
    }
}
