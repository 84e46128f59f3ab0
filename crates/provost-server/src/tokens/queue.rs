//! Whose token is hashed next. A hash takes a core for about 25 ms, so tokens that are not known yet wait in a queue,
//! which is fair: it goes by turns.
//!
//! A token joins the next turn, put off by one turn for each failure that counts against it and for each waiting token
//! with the same key id from the same address. Forged tokens thus wait behind each other and delay nobody else. Nothing
//! joins a turn once it has begun, so a token in the next turn waits for at most one full queue, [`MOST`] hashes. In a
//! full queue the last one is dropped.

use super::KeyId;
use std::net::IpAddr;
use tokio::sync::oneshot;

/// How many tokens may wait. At 25 ms on one core, the last waits for 1.6 s.
const MOST: usize = 64;
/// How many of them may be passwords. The rest of the queue is only for tokens.
const MOST_OF_ACCOUNTS: usize = MOST / 4;
/// How many tokens with the same key id may wait; at most one of them is genuine.
pub(super) const MOST_OF_KEY_ID: usize = 4;

/// What is hashed: a token, identified by its key id, or a password, by the account it is for. Passwords take turns
/// with tokens, so that a flood of sign-ins does not lock out identity providers.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) enum Whose {
    Token(KeyId),
    Account([u8; 32]),
}

/// What is hashed, and where it came from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Sender {
    pub(super) whose: Whose,
    /// The client's address, as far as known; an IPv6 network counts as one address.
    pub(super) address: IpAddr,
}

/// The queue. A token is called through its ticket; if the ticket is dropped, it lost its place.
#[derive(Debug)]
pub(super) struct Queue<T> {
    cores: usize,
    busy: usize,
    turn: u64,
    arrivals: u64,
    waiting: Vec<Waiting<T>>,
}

#[derive(Debug)]
struct Waiting<T> {
    place: Place,
    sender: Sender,
    ticket: oneshot::Sender<T>,
}

/// The order in which they are called.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Place {
    turn: u64,
    /// How many others were waiting with the key id or from the address: whoever uses many key ids comes after whoever
    /// uses one.
    crowd: usize,
    arrival: u64,
}

impl<T> Queue<T> {
    /// `cores` limits how many are hashed at once.
    pub(super) fn new(cores: usize) -> Self {
        Self { cores: cores.max(1), busy: 0, turn: 0, arrivals: 0, waiting: Vec::new() }
    }

    /// Takes a place in the queue. Whoever loses a place for it, perhaps the newcomer, has the ticket dropped.
    pub(super) fn enter(&mut self, sender: Sender, failures: u64, ticket: oneshot::Sender<T>) {
        // their client has gone away
        self.waiting.retain(|w| !w.ticket.is_closed());
        let of_key_id = self.count(|w| w.sender.whose == sender.whose);
        let of_address = self.count(|w| w.sender.address == sender.address);
        let of_both = u64::try_from(of_key_id.min(of_address)).unwrap_or(u64::MAX);
        self.arrivals += 1;
        let place = Place {
            turn: self.turn.saturating_add(1).saturating_add(failures).saturating_add(of_both),
            crowd: of_key_id.max(of_address),
            arrival: self.arrivals,
        };
        let whose = sender.whose.clone();
        self.waiting.push(Waiting { place, sender, ticket });
        let is_account = |w: &Waiting<T>| matches!(w.sender.whose, Whose::Account(_));
        if self.count(is_account) > MOST_OF_ACCOUNTS {
            self.drop_last(is_account);
        }
        if of_key_id >= MOST_OF_KEY_ID {
            self.drop_last(|w| w.sender.whose == whose);
        } else if self.waiting.len() > MOST {
            self.drop_last(|_| true);
        }
    }

    /// Calls the next one if a core is free; [`done`](Self::done) frees the core.
    pub(super) fn call(&mut self) -> Option<oneshot::Sender<T>> {
        if self.busy >= self.cores {
            return None;
        }
        let next = self.waiting.iter().enumerate().min_by_key(|(_, w)| w.place).map(|(at, _)| at)?;
        let called = self.waiting.swap_remove(next);
        self.busy += 1;
        self.turn = self.turn.max(called.place.turn);
        Some(called.ticket)
    }

    /// A core is free again.
    pub(super) fn done(&mut self) {
        self.busy = self.busy.saturating_sub(1);
    }

    fn count(&self, which: impl Fn(&Waiting<T>) -> bool) -> usize {
        self.waiting.iter().filter(|w| which(w)).count()
    }

    fn drop_last(&mut self, which: impl Fn(&Waiting<T>) -> bool) {
        let last = self.waiting.iter().enumerate().filter(|(_, w)| which(w)).max_by_key(|(_, w)| w.place);
        if let Some(at) = last.map(|(at, _)| at) {
            self.waiting.swap_remove(at);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tokens::Token;
    use tokio::sync::oneshot::Receiver;
    use tokio::sync::oneshot::error::TryRecvError::Closed;

    fn key_id(n: u8) -> KeyId {
        Token::from_random([n; 16], [0; 32]).key_id().clone()
    }

    fn sender(key: u8, host: u8) -> Sender {
        Sender { whose: Whose::Token(key_id(key)), address: IpAddr::from([192, 0, 2, host]) }
    }

    /// A queue whose only core is taken.
    fn busy() -> Queue<()> {
        let mut queue = Queue::new(1);
        let _first = enter(&mut queue, sender(255, 255), 0);
        assert!(queue.call().is_some() && queue.call().is_none());
        queue
    }

    fn enter(queue: &mut Queue<()>, sender: Sender, failures: u64) -> Receiver<()> {
        let (ticket, called) = oneshot::channel();
        queue.enter(sender, failures, ticket);
        called
    }

    /// How many still have a place.
    fn in_line(called: &mut [Receiver<()>]) -> usize {
        called.iter_mut().map(|c| usize::from(c.try_recv() != Err(Closed))).sum()
    }

    /// How many are called before this one.
    fn before(queue: &mut Queue<()>, called: &mut Receiver<()>) -> usize {
        for n in 0.. {
            queue.done();
            let Some(next) = queue.call() else { break };
            let _ = next.send(());
            if called.try_recv().is_ok() {
                return n;
            }
        }
        panic!("never called")
    }

    #[test]
    fn forged_tokens_of_one_key_id_keep_no_other_out() {
        let mut queue = busy();
        let mut flood: Vec<_> = (0..200).map(|_| enter(&mut queue, sender(1, 1), 0)).collect();
        assert_eq!(in_line(&mut flood), MOST_OF_KEY_ID);
        let mut neighbour = enter(&mut queue, sender(2, 1), 0);
        assert_eq!(before(&mut queue, &mut neighbour), 1, "also from the same address");
    }

    /// Seen to fail: with passwords that may fill the queue.
    #[test]
    fn passwords_keep_no_token_out() {
        let mut queue = busy();
        let account =
            |n: u8| Sender { whose: Whose::Account([n; 32]), address: IpAddr::from([192, 0, 2, n]) };
        let mut flood: Vec<_> = (0..200).map(|n| enter(&mut queue, account(n), 0)).collect();
        assert_eq!(in_line(&mut flood), MOST_OF_ACCOUNTS);
        let mut tokens: Vec<_> = (0..48).map(|n| enter(&mut queue, sender(n, n), 0)).collect();
        assert_eq!(in_line(&mut tokens), 48);
    }

    #[test]
    fn not_even_the_genuine_one_of_that_key_id_from_elsewhere() {
        let mut queue = busy();
        let flood: Vec<_> = (0..200).map(|_| enter(&mut queue, sender(1, 1), 0)).collect();
        let mut genuine = enter(&mut queue, sender(1, 2), 0);
        assert_eq!(before(&mut queue, &mut genuine), 1);
        drop(flood);
    }

    #[test]
    fn forged_tokens_of_many_key_ids_from_one_address_keep_no_other_address_out() {
        let mut queue = busy();
        let mut flood: Vec<_> = (0..200).map(|n| enter(&mut queue, sender(n, 1), 0)).collect();
        assert_eq!(in_line(&mut flood), MOST);
        let mut genuine = enter(&mut queue, sender(201, 2), 0);
        assert_eq!(queue.waiting.len(), MOST, "the last one gave way");
        assert_eq!(before(&mut queue, &mut genuine), 1);
    }

    #[test]
    fn who_failed_is_behind_who_did_not_and_gives_way_to_it() {
        let mut queue = busy();
        let mut flood: Vec<_> = (0..200).map(|n| enter(&mut queue, sender(n, n), 3)).collect();
        let mut genuine = enter(&mut queue, sender(201, 1), 0);
        assert_eq!(in_line(&mut flood), MOST - 1);
        assert_eq!(before(&mut queue, &mut genuine), 0);
    }

    /// However many come later, they cannot push in for ever.
    #[test]
    fn what_waits_for_the_next_turn_is_behind_one_full_line_at_most() {
        let mut queue = busy();
        let flood: Vec<_> = (0..63).map(|n| enter(&mut queue, sender(n, n), 0)).collect();
        let mut genuine = enter(&mut queue, sender(201, 1), 0);
        let mut later = Vec::new();
        let mut called = 0;
        while genuine.try_recv().is_err() {
            queue.done();
            let _ = queue.call().expect("some wait").send(());
            later.push(enter(&mut queue, sender(70 + called, 70 + called), 0));
            called += 1;
            assert!(usize::from(called) <= MOST, "still behind others");
        }
        drop(flood);
    }

    #[test]
    fn who_went_away_takes_no_place() {
        let mut queue = busy();
        (0..200).for_each(|_| drop(enter(&mut queue, sender(1, 1), 0)));
        let mut genuine = enter(&mut queue, sender(1, 1), 0);
        assert_eq!(queue.waiting.len(), 1);
        assert_eq!(before(&mut queue, &mut genuine), 0);
    }

    #[test]
    fn as_many_are_hashed_as_there_are_cores() {
        let mut queue = Queue::new(2);
        let _called: Vec<_> = (0..3).map(|n| enter(&mut queue, sender(n, n), 0)).collect();
        assert!(queue.call().is_some() && queue.call().is_some() && queue.call().is_none());
        queue.done();
        assert!(queue.call().is_some() && queue.call().is_none());
        queue.done();
        assert!(queue.call().is_none(), "nobody waits");
    }
}
