//! What the good clients noticed and what the attack cost, as a table and as JSON.

use super::super::Percentiles;
use super::super::stats::Samples;
use serde::Serialize;
use std::collections::BTreeMap;
use std::fmt;

/// The results of an attack and of the good clients.
#[derive(Debug, Clone, Serialize)]
#[non_exhaustive]
pub struct HostileReport {
    /// The attacks that were played at once.
    pub attacks: Vec<String>,
    /// Length of each phase in seconds.
    pub seconds: f64,
    /// Each kind of request by itself, before the attack.
    pub alone: Vec<Alone>,
    /// How the attack was answered.
    pub attack: Answers,
    /// The good clients, by kind.
    pub good: Vec<GoodRow>,
    /// The server's processor time for each answer to the attack, in milliseconds, less what the good clients cost in
    /// the quiet phase. Known only with the server's process id.
    pub server_cpu_ms: Option<f64>,
    /// The server's peak memory in each phase, in KiB: quiet, beside, after. Known only with its process id.
    pub peak_kib: Option<[u64; 3]>,
}

/// One kind of request, sent once while nothing else happened.
#[derive(Debug, Clone, Serialize)]
#[non_exhaustive]
pub struct Alone {
    /// What was sent.
    pub request: String,
    /// How it was answered; 0 if not at all.
    pub status: u16,
    /// The detail of a refusal.
    pub says: Option<String>,
    /// Bytes of its body and of the answer together.
    pub bytes: usize,
    /// How many rows it changes if it is accepted.
    pub rows: usize,
    /// Processor time of the server in milliseconds. Known only with its process id.
    pub server_cpu_ms: Option<u128>,
}

/// Milliseconds that any request may cost, and as many again for each 100 KB and each 5,000 rows.
const ALLOWED_MS: usize = 250;

impl Alone {
    /// Processor time that a request of this size may cost, in milliseconds.
    #[must_use]
    pub fn allowed_ms(&self) -> usize {
        let by = |amount: usize, unit: usize| ALLOWED_MS.saturating_mul(amount) / unit;
        ALLOWED_MS.saturating_add(by(self.bytes, 100_000)).saturating_add(by(self.rows, 5_000))
    }
}

/// Answers to an attack by request: how many of each status, where 0 stands for no answer.
#[derive(Debug, Clone, Default, Serialize)]
#[serde(transparent)]
pub struct Answers(pub BTreeMap<String, BTreeMap<u16, usize>>);

impl Answers {
    pub(super) fn add(&mut self, request: &str, status: Option<u16>) {
        let statuses = match self.0.get_mut(request) {
            Some(statuses) => statuses,
            None => self.0.entry(request.to_owned()).or_default(),
        };
        let count = statuses.entry(status.unwrap_or_default()).or_default();
        *count = count.saturating_add(1);
    }

    /// The number of all answers.
    #[must_use]
    pub fn total(&self) -> usize {
        self.0.values().flat_map(BTreeMap::values).sum()
    }
}

/// Whose clients they are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum Who {
    /// Those of other organisations.
    Others,
    /// Those of the organisation that the attack comes from.
    Own,
}

/// One kind of good clients, in the phases quiet, beside and after.
#[derive(Debug, Clone, Serialize)]
#[non_exhaustive]
pub struct GoodRow {
    /// Whose clients they are.
    pub who: Who,
    /// What they ask for.
    pub kind: String,
    /// The three phases.
    pub phases: [GoodPhase; 3],
}

impl GoodRow {
    /// The 99th percentile beside the attack, as a multiple of that before it.
    #[must_use]
    pub fn ratio(&self) -> f64 {
        let [quiet, beside, _] = &self.phases;
        if quiet.took.p99_us > 0.0 { beside.took.p99_us / quiet.took.p99_us } else { 0.0 }
    }
}

/// The results of one kind of good clients in one phase.
#[derive(Debug, Clone, Serialize)]
#[non_exhaustive]
pub struct GoodPhase {
    /// Requests sent.
    pub requests: usize,
    /// Requests that were refused, not answered, or answered wrongly.
    pub refused: usize,
    /// From the moment a request was due to the end of its answer.
    #[serde(flatten)]
    pub took: Percentiles,
    /// What was wrong, with a few examples of each.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub faults: Vec<String>,
}

/// What the clients of one kind measured.
#[derive(Debug, Default)]
pub(super) struct Line {
    pub(super) took: Samples,
    refused: usize,
    faults: Vec<String>,
}

/// How many faults are shown for each line.
const SHOWN: usize = 3;

impl Line {
    pub(super) fn fail(&mut self, fault: String) {
        self.refused = self.refused.saturating_add(1);
        if self.faults.len() < SHOWN && !self.faults.contains(&fault) {
            self.faults.push(fault);
        }
    }

    pub(super) fn join(&mut self, other: Self) {
        self.took.join(other.took);
        self.refused = self.refused.saturating_add(other.refused);
        self.faults.extend(other.faults);
        self.faults.truncate(SHOWN);
    }
}

impl From<Line> for GoodPhase {
    fn from(Line { took, refused, faults }: Line) -> Self {
        Self { requests: took.len(), refused, took: took.percentiles(), faults }
    }
}

impl HostileReport {
    /// Whether no good client was refused anything, and each was answered in each phase.
    #[must_use]
    pub fn all_right(&self) -> bool {
        let phases = || self.good.iter().flat_map(|row| &row.phases);
        phases().next().is_some() && phases().all(|phase| phase.refused == 0 && phase.requests > 0)
    }
}

impl fmt::Display for HostileReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let attacks = self.attacks.join(" and ");
        if self.good.is_empty() {
            return writeln!(f, "{attacks}: all is there that is needed");
        }
        writeln!(f, "{attacks}: {} seconds quiet, beside, after", self.seconds)?;
        for alone in &self.alone {
            let cpu = alone.server_cpu_ms.map_or("-".to_owned(), |ms| ms.to_string());
            write!(f, "  alone: {:<42} {:>3} {cpu:>6} ms", alone.request, alone.status)?;
            writeln!(f, " of {:>6}; {}", alone.allowed_ms(), alone.says.as_deref().unwrap_or_default())?;
        }
        for (request, statuses) in &self.attack.0 {
            write!(f, "  attack: {request:<41}")?;
            for (status, count) in statuses {
                let status = if *status == 0 { "no answer".to_owned() } else { status.to_string() };
                write!(f, " {status}: {count}")?;
            }
            writeln!(f)?;
        }
        if let Some(cpu) = self.server_cpu_ms {
            writeln!(f, "  server: {cpu:.1} ms of processor time for each answer to the attack")?;
        }
        if let Some([quiet, beside, after]) = self.peak_kib {
            let mib = |kib: u64| kib / 1024;
            writeln!(f, "  server: peak memory {}, {}, {} MiB", mib(quiet), mib(beside), mib(after))?;
        }
        self.table(f)
    }
}

impl HostileReport {
    fn table(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:<7} {:<17}", "whose", "kind")?;
        for phase in ["quiet", "beside", "after"] {
            write!(f, " {:>9} {:>9} {:>7}", format!("{phase} p50"), "p99 ms", "refused")?;
        }
        writeln!(f, " beside/quiet")?;
        for row in &self.good {
            let who = if row.who == Who::Own { "own" } else { "others" };
            write!(f, "{who:<7} {:<17}", row.kind)?;
            for phase in &row.phases {
                let ms = |us: f64| us / 1e3;
                let (p50, p99) = (ms(phase.took.p50_us), ms(phase.took.p99_us));
                write!(f, " {p50:>10.1} {p99:>9.1} {:>7}", phase.refused)?;
            }
            writeln!(f, " {:>12.1}", row.ratio())?;
        }
        for row in &self.good {
            for fault in row.phases.iter().flat_map(|phase| &phase.faults) {
                writeln!(f, "wrong: {}: {fault}", row.kind)?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn phase(requests: usize, refused: usize) -> GoodPhase {
        GoodPhase { requests, refused, took: Percentiles::default(), faults: Vec::new() }
    }

    fn report(phases: [GoodPhase; 3]) -> HostileReport {
        let row = GoodRow { who: Who::Others, kind: "get".to_owned(), phases };
        let mut attack = Answers::default();
        attack.add("GET", Some(200));
        attack.add("GET", None);
        HostileReport {
            attacks: vec!["scans".to_owned()],
            seconds: 1.0,
            alone: Vec::new(),
            attack,
            good: vec![row],
            server_cpu_ms: None,
            peak_kib: None,
        }
    }

    #[test]
    fn all_is_right_where_each_was_answered_in_each_phase() {
        assert!(report([phase(4, 0), phase(4, 0), phase(4, 0)]).all_right());
        assert!(!report([phase(4, 0), phase(4, 1), phase(4, 0)]).all_right());
        assert!(!report([phase(4, 0), phase(0, 0), phase(4, 0)]).all_right());
        assert!(
            !HostileReport { good: Vec::new(), ..report([phase(1, 0), phase(1, 0), phase(1, 0)]) }
                .all_right()
        );
    }

    #[test]
    fn answers_are_counted_by_status_and_none_is_one_too() {
        let report = report([phase(1, 0), phase(1, 0), phase(1, 0)]);
        assert_eq!(report.attack.total(), 2);
        assert!(report.to_string().contains("no answer: 1 200: 1"), "{report}");
    }

    #[test]
    fn a_request_may_cost_more_where_it_is_larger_or_changes_more() {
        let alone = |bytes, rows| Alone {
            request: String::new(),
            status: 200,
            says: None,
            bytes,
            rows,
            server_cpu_ms: None,
        };
        assert_eq!(alone(0, 0).allowed_ms(), 250);
        assert_eq!((alone(200_000, 0).allowed_ms(), alone(0, 10_000).allowed_ms()), (750, 750));
    }
}
