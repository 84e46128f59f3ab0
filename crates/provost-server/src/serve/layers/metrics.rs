//! Counters in the OpenMetrics text format, and a debug log line for each answer. Labels come from fixed sets, never
//! from what a client chooses.

use super::Drain;
use crate::checks::Figure;
use crate::storage::Counter as Counted;
use actix_web::HttpResponse;
use actix_web::http::Method;
use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, EncodeLabelSet, EncodeMetric, text};
use prometheus_client::metrics::MetricType;
use prometheus_client::metrics::counter::{ConstCounter, Counter};
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::ConstGauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::metrics::info::Info;
use prometheus_client::registry::Registry;
use provost::Outcome;
use provost::actix::Served;
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

/// Upper bounds of the histogram of durations, in seconds.
const BUCKETS_S: [f64; 12] =
    [0.000_25, 0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1.0, 10.0];

/// The log target of lines about requests, for `--log`.
pub(super) const REQUESTS: &str = "provost::requests";

/// Everything that is counted. One per process.
pub(in crate::serve) struct Metrics {
    registry: Registry,
    requests: Family<Answer, Counter>,
    durations: Histogram,
    rules: Family<Rule, Counter>,
    skipped_members: Counter,
    is_restored: Arc<AtomicBool>,
}

/// A current value.
#[derive(Debug, Clone, Copy)]
pub(in crate::serve) struct Gauge {
    pub(in crate::serve) name: &'static str,
    pub(in crate::serve) help: &'static str,
    pub(in crate::serve) value: u64,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Answer {
    method: &'static str,
    status: u16,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Ending {
    days: i64,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Found {
    check: &'static str,
    level: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Rule {
    rule: &'static str,
}

impl Metrics {
    /// `database` returns the database's counters, `ending` how many tokens end within how many days, `found` the
    /// number of organisations with a finding for each check, `gauges` other current values.
    pub(in crate::serve) fn new(
        drain: Arc<Drain>,
        database: impl Fn() -> Vec<Counted> + Send + Sync + 'static,
        ending: impl Fn() -> [(i64, u64); 3] + Send + Sync + 'static,
        found: impl Fn() -> Vec<Figure> + Send + Sync + 'static,
        gauges: impl Fn() -> Vec<Gauge> + Send + Sync + 'static,
    ) -> Self {
        let (mut all, is_restored) = (Registry::with_prefix("provost"), Arc::<AtomicBool>::default());
        let requests = Family::default();
        let durations = Histogram::new(BUCKETS_S);
        let (rules, skipped_members) = (Family::default(), Counter::default());
        all.register("build", "The version that runs", Info::new([("version", env!("CARGO_PKG_VERSION"))]));
        all.register("requests", "Requests answered", requests.clone());
        let time = "Time from the head of a request to its answer";
        all.register("request_duration_seconds", time, durations.clone());
        all.register("rules_fired", "Requests that a rule of a client profile rewrote", rules.clone());
        all.register("skipped_members", "New members of groups that did not exist", skipped_members.clone());
        let read = Read { drain, database, ending, found, gauges, is_restored: Arc::clone(&is_restored) };
        all.register_collector(Box::new(read));
        Self { registry: all, requests, durations, rules, skipped_members, is_restored }
    }

    /// Counts an answer.
    pub(super) fn answered<B>(&self, method: &Method, response: &HttpResponse<B>, took: Duration) {
        let (method, status) = (known(method), response.status().as_u16());
        self.requests.get_or_create(&Answer { method, status }).inc();
        self.durations.observe(took.as_secs_f64());
        let extensions = response.extensions();
        let served = extensions.get::<Served>();
        if let Some(Served { outcome: Outcome { notes, skipped, .. }, .. }) = served {
            for rule in notes.rules() {
                self.rules.get_or_create(&Rule { rule }).inc();
            }
            self.skipped_members.inc_by(u64::try_from(skipped.len()).unwrap_or(u64::MAX));
        }
        let request_id = served.map_or("-", |s| &*s.origin.request_id);
        let key_id = served.and_then(|s| s.principal.as_ref()).map_or("-", |p| &*p.credential.id);
        let took_us = u64::try_from(took.as_micros()).unwrap_or(u64::MAX);
        // neither path nor query: they name people
        tracing::debug!(target: REQUESTS, %method, status, took_us, request_id, key_id, "answered");
    }

    /// All metrics as text. `is_restored` says whether the database was restored from a backup and provisioning was not
    /// restarted since.
    pub(in crate::serve) fn text(&self, is_restored: bool) -> String {
        self.is_restored.store(is_restored, Ordering::Relaxed);
        let mut page = String::new();
        // writing to a String cannot fail
        let _ = text::encode(&mut page, &self.registry);
        page
    }
}

/// Values that are read when the page is requested.
struct Read<F, E, C, G> {
    drain: Arc<Drain>,
    database: F,
    ending: E,
    found: C,
    gauges: G,
    is_restored: Arc<AtomicBool>,
}

impl<F, E, C, G> fmt::Debug for Read<F, E, C, G> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Read(..)")
    }
}

impl<F, E, C, G> Collector for Read<F, E, C, G>
where
    C: Fn() -> Vec<Figure> + Send + Sync + 'static,
    F: Fn() -> Vec<Counted> + Send + Sync + 'static,
    E: Fn() -> [(i64, u64); 3] + Send + Sync + 'static,
    G: Fn() -> Vec<Gauge> + Send + Sync + 'static,
{
    fn encode(&self, mut page: DescriptorEncoder<'_>) -> fmt::Result {
        let restored = "1 after a restore, until `provost restore --done`: provisioning is to be restarted";
        for (name, help, value) in [
            ("requests_in_flight", "Requests under way", self.drain.in_flight()),
            ("restored_from_backup", restored, self.is_restored.load(Ordering::Relaxed).into()),
        ] {
            let value = ConstGauge::new(value);
            value.encode(page.encode_descriptor(name, help, None, value.metric_type())?)?;
        }
        let help = "Tokens that end within so many days and have no successor in use";
        let mut family = page.encode_descriptor("tokens_ending", help, None, MetricType::Gauge)?;
        for (days, tokens) in (self.ending)() {
            ConstGauge::new(tokens).encode(family.encode_family(&Ending { days })?)?;
        }
        let help = "Organisations in which a check of `provost doctor` found something";
        let mut family = page.encode_descriptor("findings", help, None, MetricType::Gauge)?;
        for Figure { check, level, organisations } in (self.found)() {
            let level = level.as_str();
            ConstGauge::new(organisations).encode(family.encode_family(&Found { check, level })?)?;
        }
        for Gauge { name, help, value } in (self.gauges)() {
            let value = ConstGauge::new(value);
            value.encode(page.encode_descriptor(name, help, None, value.metric_type())?)?;
        }
        for Counted { name, help, value } in (self.database)() {
            let value = ConstCounter::new(value);
            value.encode(page.encode_descriptor(name, help, None, value.metric_type())?)?;
        }
        Ok(())
    }
}

/// Bounds the methods in labels and log lines, since a client may invent others.
pub(super) fn known(method: &Method) -> &'static str {
    const KNOWN: [&str; 8] = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"];
    KNOWN.into_iter().find(|known| *known == method.as_str()).unwrap_or("other")
}

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::http::StatusCode;

    fn text(answers: &[(&str, StatusCode, Duration)]) -> String {
        let counted = || vec![Counted { name: "writes", help: "Writes", value: 7 }];
        let lag = Gauge { name: "audit_lag_seconds", help: "Lag", value: 3 };
        let figure = Figure { check: "provisioning", level: crate::checks::Level::Wrong, organisations: 4 };
        let metrics = Metrics::new(
            Arc::default(),
            counted,
            || [(1, 0), (7, 2), (30, 5)],
            move || vec![figure],
            move || vec![lag],
        );
        for (method, status, took) in answers {
            let method = Method::from_bytes(method.as_bytes()).expect("a method");
            metrics.answered(&method, &HttpResponse::new(*status), *took);
        }
        metrics.text(true)
    }

    #[test]
    fn answers_are_counted_by_method_and_status_and_time() {
        let text = text(&[
            ("GET", StatusCode::OK, Duration::from_micros(400)),
            ("GET", StatusCode::OK, Duration::from_micros(600)),
            ("BREW", StatusCode::METHOD_NOT_ALLOWED, Duration::from_secs(60)),
        ]);
        for line in [
            concat!("provost_build_info{version=\"", env!("CARGO_PKG_VERSION"), "\"} 1"),
            "provost_requests_in_flight 0",
            "provost_restored_from_backup 1",
            "provost_requests_total{method=\"GET\",status=\"200\"} 2",
            "provost_requests_total{method=\"other\",status=\"405\"} 1",
            "provost_request_duration_seconds_bucket{le=\"0.00025\"} 0",
            "provost_request_duration_seconds_bucket{le=\"0.0005\"} 1",
            "provost_request_duration_seconds_bucket{le=\"0.001\"} 2",
            "provost_request_duration_seconds_bucket{le=\"10.0\"} 2",
            "provost_request_duration_seconds_bucket{le=\"+Inf\"} 3",
            "provost_request_duration_seconds_sum 60.001",
            "provost_request_duration_seconds_count 3",
            "provost_tokens_ending{days=\"7\"} 2",
            "provost_tokens_ending{days=\"30\"} 5",
            "provost_findings{check=\"provisioning\",level=\"wrong\"} 4",
            "provost_audit_lag_seconds 3",
            "provost_writes_total 7",
        ] {
            assert!(text.lines().any(|l| l == line), "{line} in\n{text}");
        }
    }

    #[test]
    fn the_page_is_of_the_format() {
        let text = text(&[]);
        let lines = text.strip_suffix("# EOF\n").expect("it ends as OpenMetrics does").lines();
        for line in lines {
            let comment = line.starts_with("# HELP provost_") || line.starts_with("# TYPE provost_");
            let value = line
                .rsplit_once(' ')
                .is_some_and(|(name, value)| name.starts_with("provost_") && value.parse::<f64>().is_ok());
            assert!(comment || value, "{line}");
        }
    }
}
