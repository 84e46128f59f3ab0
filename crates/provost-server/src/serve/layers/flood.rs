//! Limits log lines of one kind, since anybody can send requests, and strangers could fill a disk with lines about
//! them. Those over the limit are counted, and the count gets one line.

use std::collections::HashMap;
use std::hash::Hash;
use std::time::{Duration, Instant};

const WINDOW: Duration = Duration::from_secs(60);

/// What log lines are counted by.
pub(super) trait Kind: Eq + Hash {
    /// How many lines one window allows.
    fn lines(&self) -> u64;
}

/// The counts of this window, by kind.
#[derive(Debug)]
pub(super) struct Flood<K> {
    begun: Option<Instant>,
    counts: HashMap<K, u64>,
}

impl<K> Default for Flood<K> {
    fn default() -> Self {
        Self { begun: None, counts: HashMap::new() }
    }
}

impl<K: Kind> Flood<K> {
    /// Counts one; `true` if it gets a line.
    pub(super) fn count(&mut self, kind: K, now: Instant) -> bool {
        self.begun.get_or_insert(now);
        let most = kind.lines();
        let count = self.counts.entry(kind).or_default();
        *count += 1;
        *count <= most
    }

    /// Ends the window if it is over, and returns how many got no line, by kind. To be called about once a second.
    pub(super) fn sweep(&mut self, now: Instant) -> Vec<(K, u64)> {
        let is_over = |begun: Instant| now.saturating_duration_since(begun) >= WINDOW;
        if self.begun.is_some_and(is_over) { self.end() } else { Vec::new() }
    }

    /// Ends the window now.
    pub(super) fn end(&mut self) -> Vec<(K, u64)> {
        let ended = std::mem::take(self);
        let more = |(kind, count): (K, u64)| {
            let more = count.saturating_sub(kind.lines());
            (more > 0).then_some((kind, more))
        };
        ended.counts.into_iter().filter_map(more).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    impl Kind for &str {
        fn lines(&self) -> u64 {
            20
        }
    }

    /// Seen to fail: with a window that restarts at every line.
    #[test]
    fn each_kind_has_its_lines_and_the_rest_is_counted() {
        let (mut flood, begun) = (Flood::default(), Instant::now());
        let at = |s: u64| begun + Duration::from_secs(s);
        assert!((0..20).all(|n| flood.count("a", at(n))));
        assert!((0..30).all(|_| !flood.count("a", at(21))));
        assert!((0..20).all(|_| flood.count("b", at(22))), "another kind");
        assert_eq!(flood.sweep(at(59)), []);
        assert_eq!(flood.sweep(at(60)), [("a", 30)]);
        assert!(flood.count("a", at(61)), "a new window");
        assert!(flood.counts.len() == 1, "what is over is forgotten");
        assert_eq!(flood.sweep(at(120)), [], "it began a second later");
        assert!(!(0..20).all(|_| flood.count("a", at(120))));
        assert_eq!(flood.end(), [("a", 1)]);
    }
}
