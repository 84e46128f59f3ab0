//! How many connections each client has, so that none takes them all.
//!
//! A connection over the bound is accepted, because only then there is somebody to answer; its first request is told
//! why, and the connection ends.

use super::admission::is_health;
use crate::config::{Network, client};
use actix_web::dev::ServiceRequest;
use provost::{Error, ErrorKind};
use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};

/// Seconds after which a client with too many connections may try another.
const RETRY_AFTER_S: u32 = 1;

/// Why a request goes no further: it came on a connection over the bound.
pub(super) fn refusal(request: &ServiceRequest) -> Option<Error> {
    let slot = request.conn_data::<ConnectionSlot>().filter(|_| !is_health(request))?;
    let most = slot.over()?;
    let message = format!("this client already has {most} connections, the most allowed: reuse them");
    Some(Error::new(ErrorKind::TooManyRequests, message).with_retry_after(RETRY_AFTER_S))
}

/// The connections that are open, by client.
pub(in crate::serve) struct Connections {
    most: usize,
    /// Many clients come through a proxy.
    proxies: Vec<Network>,
    open: Mutex<HashMap<IpAddr, usize>>,
}

/// One connection, counted as long as it is open.
pub(in crate::serve) struct ConnectionSlot {
    of: Arc<Connections>,
    kind: Kind,
}

enum Kind {
    Counted(IpAddr),
    Uncounted,
    Over,
}

impl Connections {
    pub(in crate::serve) fn new(most: usize, proxies: Vec<Network>) -> Arc<Self> {
        Arc::new(Self { most, proxies, open: Mutex::default() })
    }

    pub(in crate::serve) fn slot(self: &Arc<Self>, peer: IpAddr) -> ConnectionSlot {
        ConnectionSlot { of: Arc::clone(self), kind: self.count(peer) }
    }

    fn count(&self, peer: IpAddr) -> Kind {
        if self.proxies.iter().any(|network| network.contains(peer)) {
            return Kind::Uncounted;
        }
        let client = client(peer);
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        let count = open.entry(client).or_default();
        if *count >= self.most {
            return Kind::Over;
        }
        *count += 1;
        Kind::Counted(client)
    }
}

impl ConnectionSlot {
    /// How many connections the client may have, if this is one more.
    fn over(&self) -> Option<usize> {
        matches!(self.kind, Kind::Over).then_some(self.of.most)
    }
}

impl Drop for ConnectionSlot {
    fn drop(&mut self) {
        let Kind::Counted(client) = self.kind else { return };
        let mut open = self.of.open.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = open.get_mut(&client) {
            *count = count.saturating_sub(1);
            if *count == 0 {
                open.remove(&client);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ip(text: &str) -> IpAddr {
        text.parse().expect("an address")
    }

    #[test]
    fn each_client_has_its_own_bound_and_gets_a_slot_back() {
        let connections = Connections::new(2, Vec::new());
        let first = connections.slot(ip("192.0.2.1"));
        let second = connections.slot(ip("::ffff:192.0.2.1"));
        assert_eq!((first.over(), second.over()), (None, None));
        let third = connections.slot(ip("192.0.2.1"));
        assert_eq!(third.over(), Some(2), "the same client in another spelling");
        assert_eq!(connections.slot(ip("192.0.2.2")).over(), None, "another client");
        drop(third);
        assert_eq!(connections.slot(ip("192.0.2.1")).over(), Some(2), "what was refused gives nothing back");
        drop(first);
        assert_eq!(connections.slot(ip("192.0.2.1")).over(), None);
        drop(second);
        assert!(connections.open.lock().expect("whole").is_empty(), "nobody is remembered for ever");
    }

    #[test]
    fn a_network_of_ipv6_is_one_client_and_a_proxy_is_none() {
        let connections = Connections::new(1, vec!["10.0.0.0/8".parse().expect("a network")]);
        let _first = connections.slot(ip("2001:db8::1"));
        assert_eq!(connections.slot(ip("2001:db8::ffff:2")).over(), Some(1));
        assert_eq!(connections.slot(ip("2001:db8:0:1::1")).over(), None);
        let slots: Vec<ConnectionSlot> = (0..5).map(|_| connections.slot(ip("10.1.1.1"))).collect();
        assert!(slots.iter().all(|slot| slot.over().is_none()));
    }
}
