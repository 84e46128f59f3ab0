//! Decides whose job is next. Jobs wait in lanes in the order they came, and lanes take turns by cost, so that a
//! flooding lane only delays itself. This is self-clocked fair queueing: a waiting lane is served once each other lane
//! could have used as much as its next job costs. So a small job overtakes an earlier large one in another lane. A
//! large job is taken at once if no other lane waits, and at the latest when the others have used as much as it costs.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::hash::Hash;

/// Jobs in lanes.
#[derive(Debug)]
pub(super) struct Turns<K, J> {
    lanes: HashMap<K, Line<J>>,
    /// The lanes with waiting jobs, the next one first.
    order: BTreeMap<Turn, K>,
    /// The end of the last job taken.
    now: u64,
    /// How many turns were given: of two with the same end, the earlier comes first.
    turns: u64,
    used: Load,
    bounds: Load,
}

/// How much is waiting, or may.
#[derive(Debug, Clone, Copy)]
pub(super) struct Load {
    pub(super) jobs: usize,
    pub(super) cost: u64,
}

/// When a lane is served: its account after its next job, and the number of the turn.
type Turn = (u64, u64);

#[derive(Debug)]
struct Line<J> {
    jobs: VecDeque<(u64, J)>,
    /// What it has used, in the time of [`Turns::now`]. A lane that was idle has saved up nothing.
    account: u64,
    /// The cost of its jobs.
    cost: u64,
    turn: Turn,
}

/// The next job.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Next {
    pub(super) cost: u64,
    /// Whether jobs are waiting in other lanes too.
    pub(super) others: bool,
}

/// A job was refused because too much is waiting.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Rejected {
    /// In its own lane, which has this cost.
    Lane(u64),
    /// In total.
    All,
}

impl<K: Copy + Eq + Hash, J> Turns<K, J> {
    pub(super) fn new(bounds: Load) -> Self {
        Self {
            lanes: HashMap::new(),
            order: BTreeMap::new(),
            now: 0,
            turns: 0,
            used: Load { jobs: 0, cost: 0 },
            bounds,
        }
    }

    /// Adds a job to a lane. A lane may hold as many jobs as there are free places, so that however many flood, there
    /// is room for one that does not; and always one job of any cost.
    pub(super) fn push(&mut self, key: K, cost: u64, job: J) -> Result<(), Rejected> {
        let Some(room) = self.bounds.jobs.checked_sub(self.used.jobs).filter(|room| *room > 0) else {
            return Err(Rejected::All);
        };
        let room_of_cost = self.bounds.cost.saturating_sub(self.used.cost);
        let now = self.now;
        let lane = self.lanes.entry(key).or_insert_with(|| Line::new(now));
        let fits = lane.jobs.len() < room && lane.cost.saturating_add(cost) <= room_of_cost;
        if !fits && !lane.jobs.is_empty() {
            return Err(Rejected::Lane(lane.cost));
        }
        lane.jobs.push_back((cost, job));
        lane.cost = lane.cost.saturating_add(cost);
        self.used.jobs += 1;
        self.used.cost = self.used.cost.saturating_add(cost);
        if lane.jobs.len() == 1 {
            lane.account = lane.account.max(now);
            self.give_turn(key);
        }
        Ok(())
    }

    /// The number of waiting jobs.
    pub(super) fn len(&self) -> usize {
        self.used.jobs
    }

    /// What [`Self::pop`] would take.
    pub(super) fn peek(&self, most: u64) -> Option<Next> {
        let (_, cost) = self.next(most)?;
        Some(Next { cost, others: self.order.len() > 1 })
    }

    /// The turn and the cost of the next job that costs at most `most`.
    fn next(&self, most: u64) -> Option<(Turn, u64)> {
        let mut heads = self.order.iter().filter_map(|(turn, key)| {
            let (cost, _) = self.lanes.get(key)?.jobs.front()?;
            Some((*turn, *cost))
        });
        heads.find(|(_, cost)| *cost <= most)
    }

    /// Takes the next job, with its lane. Lanes whose next job costs more than `most` are skipped.
    pub(super) fn pop(&mut self, most: u64) -> Option<(K, u64, J)> {
        let (turn, _) = self.next(most)?;
        let (end, key) = (turn.0, self.order.remove(&turn)?);
        let lane = self.lanes.get_mut(&key)?;
        let (cost, job) = lane.jobs.pop_front()?;
        lane.account = end;
        lane.cost = lane.cost.saturating_sub(cost);
        self.used.jobs = self.used.jobs.saturating_sub(1);
        self.used.cost = self.used.cost.saturating_sub(cost);
        self.now = self.now.max(end);
        if lane.jobs.is_empty() {
            self.lanes.remove(&key);
        } else {
            self.give_turn(key);
        }
        Some((key, cost, job))
    }

    /// A job cost more than estimated: its lane pays for it, up to `most` at a time.
    pub(super) fn charge(&mut self, key: K, more: u64, most: u64) {
        let now = self.now;
        self.lanes.retain(|_, lane| !lane.jobs.is_empty() || lane.account > now);
        let lane = self.lanes.entry(key).or_insert_with(|| Line::new(now));
        let limit = now.saturating_add(most).max(lane.account);
        lane.account = lane.account.max(now).saturating_add(more).min(limit);
        if !lane.jobs.is_empty() {
            self.order.remove(&lane.turn);
            self.give_turn(key);
        }
    }

    fn give_turn(&mut self, key: K) {
        let Some(lane) = self.lanes.get_mut(&key) else { return };
        let Some((cost, _)) = lane.jobs.front() else { return };
        self.turns += 1;
        lane.turn = (lane.account.saturating_add(*cost), self.turns);
        self.order.insert(lane.turn, key);
    }
}

impl<J> Line<J> {
    fn new(now: u64) -> Self {
        Self { jobs: VecDeque::new(), account: now, cost: 0, turn: (0, 0) }
    }
}

#[cfg(test)]
mod tests;
