//! Counters, in Prometheus' text format. Labels are of bounded sets: nothing that a client can choose.

use crate::storage::Counter;
use provost::Outcome;
use provost::actix::Served;
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// Upper bounds of the histogram of durations, in microseconds.
const BUCKETS_US: [u64; 12] =
    [250, 500, 1_000, 2_500, 5_000, 10_000, 25_000, 50_000, 100_000, 250_000, 1_000_000, 10_000_000];

/// Everything that is counted. One per process.
pub(super) struct Metrics {
    in_flight: AtomicI64,
    answers: Mutex<BTreeMap<(&'static str, u16), u64>>,
    durations: [AtomicU64; BUCKETS_US.len()],
    duration_sum_us: AtomicU64,
    rules: Mutex<BTreeMap<&'static str, u64>>,
    skipped_members: AtomicU64,
    /// What the database counts.
    database: Box<dyn Fn() -> Vec<Counter> + Send + Sync>,
}

impl Metrics {
    pub(super) fn new(database: impl Fn() -> Vec<Counter> + Send + Sync + 'static) -> Self {
        Self {
            in_flight: AtomicI64::new(0),
            answers: Mutex::default(),
            durations: Default::default(),
            duration_sum_us: AtomicU64::new(0),
            rules: Mutex::default(),
            skipped_members: AtomicU64::new(0),
            database: Box::new(database),
        }
    }

    /// Counts a request as under way for as long as the result lives.
    pub(super) fn begin(&self) -> UnderWay<'_> {
        self.in_flight.fetch_add(1, Ordering::Relaxed);
        UnderWay(self)
    }

    pub(super) fn in_flight(&self) -> i64 {
        self.in_flight.load(Ordering::Relaxed)
    }

    /// Counts an answer.
    pub(super) fn answered(&self, method: &str, status: u16, took: Duration, served: Option<&Served>) {
        let answer = (known_method(method), status);
        *self.answers.lock().unwrap_or_else(PoisonError::into_inner).entry(answer).or_default() += 1;
        let took_us = u64::try_from(took.as_micros()).unwrap_or(u64::MAX);
        self.duration_sum_us.fetch_add(took_us, Ordering::Relaxed);
        let bucket = BUCKETS_US.iter().zip(&self.durations).find(|(bound, _)| took_us <= **bound);
        if let Some((_, count)) = bucket {
            count.fetch_add(1, Ordering::Relaxed);
        }
        let Some(served) = served else { return };
        let Outcome { notes, skipped, .. } = &served.outcome;
        if !notes.is_empty() {
            let mut rules = self.rules.lock().unwrap_or_else(PoisonError::into_inner);
            notes.rules().for_each(|rule| *rules.entry(rule).or_default() += 1);
        }
        let skipped = u64::try_from(skipped.len()).unwrap_or(u64::MAX);
        self.skipped_members.fetch_add(skipped, Ordering::Relaxed);
    }

    /// All counters as text.
    pub(super) fn text(&self) -> String {
        let mut page = Page::default();
        page.family("provost_build_info", "gauge", "The version that runs.");
        page.line("provost_build_info", &format!("{{version=\"{}\"}}", env!("CARGO_PKG_VERSION")), 1);
        page.family("provost_requests_in_flight", "gauge", "Requests under way.");
        page.line("provost_requests_in_flight", "", self.in_flight());
        self.answers(&mut page);
        page.family(
            "provost_rules_fired_total",
            "counter",
            "Requests that a rule of a client profile rewrote.",
        );
        for (rule, count) in &*self.rules.lock().unwrap_or_else(PoisonError::into_inner) {
            page.line("provost_rules_fired_total", &format!("{{rule=\"{rule}\"}}"), count);
        }
        page.family("provost_skipped_members_total", "counter", "New members of groups that did not exist.");
        page.line("provost_skipped_members_total", "", self.skipped_members.load(Ordering::Relaxed));
        for Counter { name, help, value } in (self.database)() {
            page.family(name, "counter", help);
            page.line(name, "", value);
        }
        page.0
    }

    fn answers(&self, page: &mut Page) {
        let answers = self.answers.lock().unwrap_or_else(PoisonError::into_inner).clone();
        page.family("provost_requests_total", "counter", "Requests answered.");
        for ((method, status), count) in &answers {
            page.line(
                "provost_requests_total",
                &format!("{{method=\"{method}\",status=\"{status}\"}}"),
                count,
            );
        }
        let name = "provost_request_duration_seconds";
        page.family(name, "histogram", "Time from the head of a request to its answer.");
        let mut so_far = 0;
        for (bound, count) in BUCKETS_US.iter().zip(&self.durations) {
            so_far += count.load(Ordering::Relaxed);
            page.line(&format!("{name}_bucket"), &format!("{{le=\"{}\"}}", seconds(*bound)), so_far);
        }
        let all: u64 = answers.values().sum();
        page.line(&format!("{name}_bucket"), "{le=\"+Inf\"}", all.max(so_far));
        page.line(&format!("{name}_sum"), "", seconds(self.duration_sum_us.load(Ordering::Relaxed)));
        page.line(&format!("{name}_count"), "", all.max(so_far));
    }
}

/// A request under way.
pub(super) struct UnderWay<'a>(&'a Metrics);

impl Drop for UnderWay<'_> {
    fn drop(&mut self) {
        self.0.in_flight.fetch_sub(1, Ordering::Relaxed);
    }
}

#[derive(Default)]
struct Page(String);

impl Page {
    fn family(&mut self, name: &str, kind: &str, help: &str) {
        // writing to a String cannot fail
        let _ = writeln!(self.0, "# HELP {name} {help}\n# TYPE {name} {kind}");
    }

    fn line(&mut self, name: &str, labels: &str, value: impl std::fmt::Display) {
        let _ = writeln!(self.0, "{name}{labels} {value}");
    }
}

/// Microseconds as decimal seconds, without the detour over a floating-point number.
fn seconds(us: u64) -> String {
    let text = format!("{}.{:06}", us / 1_000_000, us % 1_000_000);
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// A client may invent methods; a label may not grow with them.
fn known_method(method: &str) -> &'static str {
    const KNOWN: [&str; 8] = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"];
    KNOWN.into_iter().find(|known| *known == method).unwrap_or("other")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn metrics() -> Metrics {
        Metrics::new(|| vec![Counter { name: "provost_writes_total", help: "Writes.", value: 7 }])
    }

    #[test]
    fn answers_are_counted_by_method_and_status_and_time() {
        let metrics = metrics();
        metrics.answered("GET", 200, Duration::from_micros(400), None);
        metrics.answered("GET", 200, Duration::from_micros(600), None);
        metrics.answered("BREW", 405, Duration::from_secs(60), None);
        let text = metrics.text();
        for line in [
            "provost_requests_total{method=\"GET\",status=\"200\"} 2",
            "provost_requests_total{method=\"other\",status=\"405\"} 1",
            "provost_request_duration_seconds_bucket{le=\"0.00025\"} 0",
            "provost_request_duration_seconds_bucket{le=\"0.0005\"} 1",
            "provost_request_duration_seconds_bucket{le=\"0.001\"} 2",
            "provost_request_duration_seconds_bucket{le=\"10\"} 2",
            "provost_request_duration_seconds_bucket{le=\"+Inf\"} 3",
            "provost_request_duration_seconds_sum 60.001",
            "provost_request_duration_seconds_count 3",
        ] {
            assert!(text.lines().any(|l| l == line), "{line} in\n{text}");
        }
    }

    #[test]
    fn what_is_under_way_is_counted_until_it_ends() {
        let metrics = metrics();
        let first = metrics.begin();
        let second = metrics.begin();
        assert_eq!(metrics.in_flight(), 2);
        drop(first);
        assert_eq!(metrics.in_flight(), 1);
        drop(second);
        assert_eq!(metrics.in_flight(), 0);
    }

    #[test]
    fn every_line_is_of_the_format() {
        for line in metrics().text().lines() {
            let comment = line.starts_with("# HELP provost_") || line.starts_with("# TYPE provost_");
            let value = line
                .rsplit_once(' ')
                .is_some_and(|(name, value)| name.starts_with("provost_") && value.parse::<f64>().is_ok());
            assert!(comment || value, "{line}");
        }
    }
}
