//! Connections that the server may close, and in which order: first those of strangers, on which no valid token was
//! shown yet, then idle ones of clients.

use crate::config::{Limits, duration};
use crate::serve::stream::End;
use provost::actix::Authenticated;
use std::cmp::Reverse;
use std::collections::{BTreeMap, HashMap};
use std::net::IpAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// How long a client that opens many connections at once may take to use them before they count as idle.
const GRACE: Duration = Duration::from_secs(1);

/// By number, which is their order of arrival.
pub(super) struct Candidates {
    share: usize,
    idle_time: Duration,
    all: BTreeMap<u64, Candidate>,
    closed: u64,
}

struct Candidate {
    client: IpAddr,
    authenticated: Authenticated,
    end: Arc<End>,
    state: State,
}

/// What is happening on a connection, and since when.
#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    /// No request yet. The time limit for the request head bounds this.
    New(Instant),
    UnderWay,
    Answered(Instant),
}

impl Candidates {
    pub(super) fn new(limits: &Limits) -> Self {
        Self {
            share: limits.anonymous_connections,
            idle_time: duration(limits.anonymous_idle_time),
            all: BTreeMap::new(),
            closed: 0,
        }
    }

    pub(super) fn insert(
        &mut self,
        id: u64,
        client: IpAddr,
        end: Arc<End>,
        authenticated: Authenticated,
        now: Instant,
    ) {
        self.all.insert(id, Candidate { client, authenticated, end, state: State::New(now) });
    }

    pub(super) fn remove(&mut self, id: u64) {
        self.all.remove(&id);
    }

    /// A request begins.
    pub(super) fn begin(&mut self, id: u64) {
        self.set(id, State::UnderWay);
    }

    /// A request was answered.
    pub(super) fn answered(&mut self, id: u64, now: Instant) {
        self.set(id, State::Answered(now));
    }

    fn set(&mut self, id: u64, state: State) {
        if let Some(candidate) = self.all.get_mut(&id) {
            candidate.state = state;
        }
    }

    /// Closes one connection, unless all belong to clients with a request in progress.
    pub(super) fn make_room(&mut self) {
        let stranger = self.in_order(Candidate::is_stranger).pop();
        let last = stranger.or_else(|| self.in_order(|c| matches!(c.state, State::Answered(_))).pop());
        last.into_iter().for_each(|id| self.close(id));
    }

    /// Closes connections of strangers that are idle for too long or over the share.
    pub(super) fn sweep(&mut self, now: Instant) {
        let age = |since: Instant| now.saturating_duration_since(since);
        let idle = self.in_order(|c| {
            c.is_stranger() && matches!(c.state, State::Answered(at) if age(at) >= self.idle_time)
        });
        idle.into_iter().for_each(|id| self.close(id));
        let settled = self.in_order(|c| match c.state {
            State::New(at) | State::Answered(at) => c.is_stranger() && age(at) >= GRACE,
            State::UnderWay => false,
        });
        settled.into_iter().skip(self.share).for_each(|id| self.close(id));
    }

    /// How many connections were closed.
    pub(super) fn closed(&self) -> u64 {
        self.closed
    }

    fn close(&mut self, id: u64) {
        if let Some(candidate) = self.all.remove(&id) {
            candidate.end.come();
            self.closed += 1;
        }
    }

    /// The matching ones, ordered so that the first to close is the last. Each client keeps one before any keeps two;
    /// of its own it keeps a busy one first, then the latest.
    fn in_order(&self, which: impl Fn(&Candidate) -> bool) -> Vec<u64> {
        let mut chosen: Vec<_> = self.all.iter().filter(|(_, c)| which(c)).collect();
        chosen.sort_by_key(|(id, c)| (c.state != State::UnderWay, Reverse(**id)));
        let mut of_client = HashMap::new();
        let mut ranked: Vec<(usize, usize, u64)> = Vec::with_capacity(chosen.len());
        for (position, (id, candidate)) in chosen.into_iter().enumerate() {
            let rank: &mut usize = of_client.entry(candidate.client).or_default();
            *rank += 1;
            ranked.push((*rank, position, *id));
        }
        ranked.sort_unstable();
        ranked.into_iter().map(|(.., id)| id).collect()
    }
}

impl Candidate {
    fn is_stranger(&self) -> bool {
        !self.authenticated.is_set()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Config, Options};

    /// Candidates in which strangers have a share of two and an idle time of five seconds, with the ends of their
    /// connections.
    struct Scene {
        candidates: Candidates,
        ends: BTreeMap<u64, Arc<End>>,
        begun: Instant,
    }

    impl Scene {
        fn new() -> Self {
            let mut limits = Config::resolve(Options::default()).expect("defaults").limits;
            (limits.anonymous_connections, limits.anonymous_idle_time) = (2, 5);
            Self { candidates: Candidates::new(&limits), ends: BTreeMap::new(), begun: Instant::now() }
        }

        fn at(&self, ms: u64) -> Instant {
            self.begun + Duration::from_millis(ms)
        }

        fn connect(&mut self, id: u64, host: u8, ms: u64) -> Authenticated {
            let (end, mark) = (Arc::<End>::default(), Authenticated::default());
            self.ends.insert(id, Arc::clone(&end));
            let client = IpAddr::from([192, 0, 2, host]);
            self.candidates.insert(id, client, end, mark.clone(), self.at(ms));
            mark
        }

        fn answer(&mut self, id: u64, ms: u64) {
            self.candidates.begin(id);
            self.candidates.answered(id, self.at(ms));
        }

        fn sweep(&mut self, ms: u64) -> Vec<u64> {
            self.candidates.sweep(self.at(ms));
            self.closed()
        }

        fn closed(&self) -> Vec<u64> {
            self.ends.iter().filter(|(_, end)| end.has_come()).map(|(id, _)| *id).collect()
        }
    }

    #[test]
    fn one_that_was_answered_is_closed_when_its_time_is_over() {
        let mut s = Scene::new();
        s.connect(1, 1, 0);
        s.connect(2, 1, 0);
        s.answer(1, 1_000);
        assert!(s.sweep(5_999).is_empty());
        assert_eq!(s.sweep(6_000), [1], "the other is for the time of a head");
        s.candidates.begin(2);
        assert_eq!(s.sweep(60_000), [1], "under way");
        s.candidates.answered(2, s.at(60_000));
        assert_eq!(s.sweep(65_000), [1, 2]);
        assert_eq!((s.candidates.closed(), s.candidates.all.len()), (2, 0));
    }

    #[test]
    fn over_the_share_the_client_with_most_of_them_loses_its_oldest() {
        let mut s = Scene::new();
        s.connect(1, 1, 0);
        (2..=5).for_each(|id| drop(s.connect(id, 2, 0)));
        assert!(s.sweep(999).is_empty(), "they had no time yet");
        assert_eq!(s.sweep(1_000), [2, 3, 4]);
    }

    #[test]
    fn a_client_that_is_recognised_is_no_stranger() {
        let mut s = Scene::new();
        let marks: Vec<_> = (1..=9).map(|id| s.connect(id, 1, 0)).collect();
        (1..=9).for_each(|id| s.candidates.begin(id));
        marks.iter().for_each(Authenticated::set);
        s.candidates.make_room();
        assert!(s.closed().is_empty(), "the answers are not there yet");
        (1..=9).for_each(|id| s.candidates.answered(id, s.at(10)));
        assert!(s.sweep(60_000).is_empty());
        // a stranger first, then the oldest connection of the client with the most
        s.connect(10, 2, 60_000);
        s.connect(11, 3, 60_000).set();
        s.answer(11, 60_000);
        for closed in [&[10][..], &[1, 10], &[1, 2, 10]] {
            s.candidates.make_room();
            assert_eq!(s.closed(), closed);
        }
    }

    #[test]
    fn room_is_made_by_who_takes_most_idle_ones_first() {
        let mut s = Scene::new();
        s.connect(1, 1, 0);
        (2..=4).for_each(|id| drop(s.connect(id, 2, 0)));
        s.candidates.begin(2);
        for closed in [&[3][..], &[3, 4], &[1, 3, 4], &[1, 2, 3, 4], &[1, 2, 3, 4]] {
            s.candidates.make_room();
            assert_eq!(s.closed(), closed);
        }
    }
}
