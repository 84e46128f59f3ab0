//! Statistics of request durations.

use serde::Serialize;
use std::time::Duration;

/// How long each request took.
#[derive(Debug, Default)]
pub(super) struct Samples {
    taken: Vec<Duration>,
}

/// Percentiles of the durations, in microseconds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize)]
pub struct Percentiles {
    /// The median.
    pub p50_us: f64,
    /// 90 of 100 took at most this long.
    pub p90_us: f64,
    /// 99 of 100 took at most this long.
    pub p99_us: f64,
    /// The longest.
    pub max_us: f64,
}

impl Samples {
    pub(super) fn add(&mut self, took: Duration) {
        self.taken.push(took);
    }

    pub(super) fn join(&mut self, other: Self) {
        self.taken.extend(other.taken);
    }

    pub(super) fn len(&self) -> usize {
        self.taken.len()
    }

    pub(super) fn percentiles(mut self) -> Percentiles {
        self.taken.sort_unstable();
        let at = |percent| micros(nearest_rank(&self.taken, percent));
        Percentiles { p50_us: at(50), p90_us: at(90), p99_us: at(99), max_us: at(100) }
    }
}

/// The smallest value that at least so many percent of all do not exceed. It was really measured; interpolation would
/// invent one.
fn nearest_rank(sorted: &[Duration], percent: usize) -> Duration {
    let rank = sorted.len().saturating_mul(percent).div_ceil(100);
    sorted.get(rank.saturating_sub(1)).copied().unwrap_or_default()
}

pub(super) fn micros(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1e6
}

/// `total` divided by `count`.
pub(super) fn each(total: f64, count: usize) -> f64 {
    u32::try_from(count).ok().filter(|count| *count > 0).map_or(0.0, |count| total / f64::from(count))
}

/// How many per second.
pub(super) fn rate(count: usize, within: Duration) -> f64 {
    let count = u32::try_from(count).map_or(f64::INFINITY, f64::from);
    if within.is_zero() { 0.0 } else { count / within.as_secs_f64() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(micros: impl IntoIterator<Item = u64>) -> Percentiles {
        let mut samples = Samples::default();
        micros.into_iter().for_each(|n| samples.add(Duration::from_micros(n)));
        samples.percentiles()
    }

    fn near(a: f64, b: f64) -> bool {
        (a - b).abs() < 1e-6
    }

    #[test]
    fn percentiles_are_nearest_ranks_in_whatever_order_samples_came() {
        let all = of((1..=1000).rev());
        assert!(near(all.p50_us, 500.0) && near(all.p90_us, 900.0), "{all:?}");
        assert!(near(all.p99_us, 990.0) && near(all.max_us, 1000.0), "{all:?}");
    }

    #[test]
    fn one_slow_request_of_a_hundred_shows_in_the_maximum_alone() {
        let all = of((0..99).map(|_| 10).chain([5000]));
        assert!(near(all.p99_us, 10.0) && near(all.max_us, 5000.0), "{all:?}");
        let all = of((0..98).map(|_| 10).chain([5000, 5000]));
        assert!(near(all.p90_us, 10.0) && near(all.p99_us, 5000.0), "{all:?}");
    }

    #[test]
    fn few_samples_and_none_have_percentiles_too() {
        assert!(near(of([7]).p50_us, 7.0) && near(of([7]).max_us, 7.0));
        assert!(near(of([7, 9]).p50_us, 7.0) && near(of([7, 9, 11]).p50_us, 9.0));
        assert_eq!(of([]), Percentiles::default());
    }

    #[test]
    fn rates_of_nothing_are_nothing() {
        assert!(near(rate(500, Duration::from_millis(250)), 2000.0));
        assert!(near(rate(0, Duration::ZERO), 0.0) && near(each(3.0, 0), 0.0) && near(each(3.0, 2), 1.5));
    }
}
