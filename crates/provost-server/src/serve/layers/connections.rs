//! Divides connections among clients, so that nobody takes them all.
//!
//! Each client has a limit. A connection over it is still accepted, so that its first request can be answered with the
//! reason. Strangers, who have shown no valid token yet, get a small share and a short time. Close to the limit on all
//! connections, one is closed to make room for the next: a stranger's, or else an idle one of the client with the most.

use super::admission::is_health;
use super::candidates::Candidates;
use crate::config::{Limits, Network, client};
use crate::serve::stream::{End, Stream};
use crate::serve::unwanted::Unwanted;
use crate::storage::Counter;
use actix_web::dev::{Extensions, ServiceRequest};
use provost::actix::Authenticated;
use provost::{Error, ErrorKind};
use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

/// Seconds after which a client with too many connections may try another.
const RETRY_AFTER_S: u32 = 1;

/// Why a request is refused here: its connection is over the client's limit.
pub(super) fn refusal(request: &ServiceRequest) -> Option<Error> {
    let slot = request.conn_data::<Arc<Slot>>().filter(|_| !is_health(request))?;
    let most = slot.over()?;
    let message = format!("this client already has {most} connections, the most allowed: reuse them");
    Some(Error::new(ErrorKind::TooManyRequests, message).with_retry_after(RETRY_AFTER_S))
}

/// Marks the connection of a request as busy for as long as the result lives.
pub(super) fn begin(request: &ServiceRequest) -> Option<UnderWay> {
    let slot = request.conn_data::<Arc<Slot>>()?;
    slot.of.open().candidates.begin(slot.id);
    slot.end.set_between(false);
    Some(UnderWay(Arc::clone(slot)))
}

/// A request.
pub(super) struct UnderWay(Arc<Slot>);

impl Drop for UnderWay {
    fn drop(&mut self) {
        self.0.of.open().candidates.answered(self.0.id, Instant::now());
        self.0.end.set_between(true);
    }
}

/// The connections that are open.
pub(in crate::serve) struct Connections {
    most: usize,
    most_of_client: usize,
    /// Many clients share a proxy's address.
    proxies: Vec<Network>,
    unwanted: Arc<Unwanted>,
    open: Mutex<Open>,
}

struct Open {
    all: usize,
    /// Those that count towards a client's limit.
    by_client: HashMap<IpAddr, usize>,
    candidates: Candidates,
    next_id: u64,
}

/// A connection, counted while it is open.
struct Slot {
    of: Arc<Connections>,
    id: u64,
    kind: Kind,
    end: Arc<End>,
}

enum Kind {
    Counted(IpAddr),
    Uncounted,
    Over,
}

impl Connections {
    /// `most` are accepted at once.
    pub(in crate::serve) fn new(most: usize, limits: &Limits, proxies: Vec<Network>) -> Arc<Self> {
        let open =
            Open { all: 0, by_client: HashMap::new(), candidates: Candidates::new(limits), next_id: 0 };
        Arc::new(Self {
            most,
            most_of_client: limits.client_connections,
            proxies,
            unwanted: Arc::default(),
            open: Mutex::new(open),
        })
    }

    /// Counts a connection, and stores it where its requests find it.
    pub(in crate::serve) fn meet(self: &Arc<Self>, stream: &Stream, data: &mut Extensions) {
        // the client has already gone
        let Some(peer) = stream.peer() else { return };
        let mark = Authenticated::default();
        data.insert(self.slot(peer, stream.end(), mark.clone(), Instant::now()));
        data.insert(mark);
    }

    /// Counts a connection. If it is the last one allowed, another is closed to make room for the next.
    fn slot(
        self: &Arc<Self>,
        peer: IpAddr,
        end: Arc<End>,
        authenticated: Authenticated,
        now: Instant,
    ) -> Arc<Slot> {
        let mut open = self.open();
        open.all += 1;
        open.next_id += 1;
        let id = open.next_id;
        let kind = self.count(&mut open.by_client, peer);
        if open.all >= self.most {
            open.candidates.make_room();
        }
        if !matches!(kind, Kind::Uncounted) {
            open.candidates.insert(id, client(peer), Arc::clone(&end), authenticated, now);
        }
        Arc::new(Slot { of: Arc::clone(self), id, kind, end })
    }

    fn count(&self, by_client: &mut HashMap<IpAddr, usize>, peer: IpAddr) -> Kind {
        if self.proxies.iter().any(|network| network.contains(peer)) {
            return Kind::Uncounted;
        }
        let client = client(peer);
        let count = by_client.entry(client).or_default();
        if *count >= self.most_of_client {
            return Kind::Over;
        }
        *count += 1;
        Kind::Counted(client)
    }

    /// Closes connections of strangers that are over their share or time. To be called about once a second.
    pub(in crate::serve) fn sweep(&self, now: Instant) {
        self.open().candidates.sweep(now);
    }

    /// For metrics.
    pub(in crate::serve) fn counters(&self) -> [Counter; 2] {
        let closed =
            "Connections closed for others, or because they were idle and nobody showed a good token on them";
        let unwanted = "Bytes of bodies that came after their requests were answered, and were thrown away";
        [
            Counter::new("connections_closed", closed, self.open().candidates.closed()),
            Counter::new("unwanted_bytes", unwanted, self.unwanted.bytes()),
        ]
    }

    pub(in crate::serve) fn unwanted(&self) -> Arc<Unwanted> {
        Arc::clone(&self.unwanted)
    }

    fn open(&self) -> MutexGuard<'_, Open> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Slot {
    /// The client's limit, if this connection is over it.
    fn over(&self) -> Option<usize> {
        matches!(self.kind, Kind::Over).then_some(self.of.most_of_client)
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        let mut open = self.of.open();
        open.all = open.all.saturating_sub(1);
        open.candidates.remove(self.id);
        let Kind::Counted(client) = self.kind else { return };
        if let Some(count) = open.by_client.get_mut(&client) {
            *count = count.saturating_sub(1);
            if *count == 0 {
                open.by_client.remove(&client);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Config, Options};

    fn connections(most: usize, of_client: usize, proxies: &[&str]) -> Arc<Connections> {
        let mut limits = Config::resolve(Options::default()).expect("defaults").limits;
        limits.client_connections = of_client;
        let proxies = proxies.iter().map(|p| p.parse().expect("a network")).collect();
        Connections::new(most, &limits, proxies)
    }

    /// A connection, and its end, which shows whether it was closed.
    fn connect(connections: &Arc<Connections>, peer: &str) -> (Arc<Slot>, Arc<End>) {
        connect_as(connections, peer, Authenticated::default())
    }

    fn connect_as(connections: &Arc<Connections>, peer: &str, mark: Authenticated) -> (Arc<Slot>, Arc<End>) {
        let end = Arc::<End>::default();
        let peer = peer.parse().expect("an address");
        (connections.slot(peer, Arc::clone(&end), mark, Instant::now()), end)
    }

    fn over(connections: &Arc<Connections>, peer: &str) -> Option<usize> {
        connect(connections, peer).0.over()
    }

    #[test]
    fn each_client_has_its_own_bound_and_gets_a_slot_back() {
        let connections = connections(900, 2, &[]);
        let first = connect(&connections, "192.0.2.1").0;
        let second = connect(&connections, "::ffff:192.0.2.1").0;
        assert_eq!((first.over(), second.over()), (None, None));
        let third = connect(&connections, "192.0.2.1").0;
        assert_eq!(third.over(), Some(2), "the same client in another spelling");
        assert_eq!(over(&connections, "192.0.2.2"), None, "another client");
        drop(third);
        assert_eq!(over(&connections, "192.0.2.1"), Some(2), "what was refused gives nothing back");
        drop(first);
        assert_eq!(over(&connections, "192.0.2.1"), None);
        drop(second);
        let open = connections.open();
        assert_eq!((open.all, open.by_client.len()), (0, 0), "nobody is remembered for ever");
    }

    #[test]
    fn a_network_of_ipv6_is_one_client_and_a_proxy_is_none() {
        let connections = connections(900, 1, &["10.0.0.0/8"]);
        let _first = connect(&connections, "2001:db8::1");
        assert_eq!(over(&connections, "2001:db8::ffff:2"), Some(1));
        assert_eq!(over(&connections, "2001:db8:0:1::1"), None);
        let slots: Vec<_> = (0..5).map(|_| connect(&connections, "10.1.1.1").0).collect();
        assert!(slots.iter().all(|slot| slot.over().is_none()));
    }

    /// Seen to fail: without making room.
    #[test]
    fn the_last_connection_is_for_whom_a_stranger_makes_room() {
        let connections = connections(4, 4, &["10.0.0.0/8"]);
        let mark = Authenticated::default();
        mark.set();
        let known = connect_as(&connections, "192.0.2.1", mark);
        let through_proxy = connect(&connections, "10.1.1.1");
        let strangers = [connect(&connections, "192.0.2.2"), connect(&connections, "192.0.2.2")];
        assert!(strangers[0].1.has_come() && !strangers[1].1.has_come(), "before the next one is there");
        drop(strangers);
        let full: Vec<_> = (0..9).map(|_| connect(&connections, "10.1.1.1")).collect();
        let idle = Instant::now() + std::time::Duration::from_secs(3_600);
        connections.sweep(idle);
        assert!(full.iter().chain([&known, &through_proxy]).all(|(_, end)| !end.has_come()));
        assert_eq!(connections.counters()[0].value, 1);
    }
}
