//! Whose job is next. Jobs wait in lanes, in the order in which they came, and lanes take turns by cost: one that floods waits
//! for itself. This is self-clocked fair queueing: a lane that waits is served when every other one could have used as much
//! as its next job costs. So a small job passes a large one that came before it in another lane, and a large one is taken
//! at once where nobody else waits, and at the latest when the others have had as much as it costs.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::hash::Hash;

/// Jobs in lanes.
#[derive(Debug)]
pub(super) struct Turns<K, J> {
    lanes: HashMap<K, Line<J>>,
    /// The lanes in which a job waits, the next one first.
    order: BTreeMap<Turn, K>,
    /// The end of the job that was taken last.
    now: u64,
    /// Turns given so far: of two with the same end, the earlier one comes first.
    turns: u64,
    used: Load,
    bounds: Load,
}

/// What waits, or may.
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
    /// What it has used, in the time of [`Turns::now`]. A lane that used nothing for a while has saved nothing.
    account: u64,
    /// The cost of its jobs.
    cost: u64,
    turn: Turn,
}

/// The next job.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Next {
    pub(super) cost: u64,
    /// Whether jobs wait in other lanes too.
    pub(super) others: bool,
}

/// A job that was not taken, because too much waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Rejected {
    /// In its own lane: the cost of that.
    Lane(u64),
    /// In all of them.
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

    /// Adds a job to a lane. A lane may hold as much as there is room left, so that however many flood, there is room for
    /// one that does not; and one job of any cost.
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

    /// Jobs that wait.
    pub(super) fn len(&self) -> usize {
        self.used.jobs
    }

    /// What [`Self::pop`] would take.
    pub(super) fn peek(&self, most: u64) -> Option<Next> {
        let (_, cost) = self.next(most)?;
        Some(Next { cost, others: self.order.len() > 1 })
    }

    /// The turn of the next job that costs `most` at most, and its cost.
    fn next(&self, most: u64) -> Option<(Turn, u64)> {
        let mut heads = self.order.iter().filter_map(|(turn, key)| {
            let (cost, _) = self.lanes.get(key)?.jobs.front()?;
            Some((*turn, *cost))
        });
        heads.find(|(_, cost)| *cost <= most)
    }

    /// Takes the next job, with its lane. Lanes whose next job costs more than `most` are passed over.
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

    /// A job cost more than it said: its lane pays for it, with `most` at a time.
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
