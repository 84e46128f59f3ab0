//! The measurements, as a table and as JSON.

use super::Percentiles;
use serde::Serialize;
use std::fmt;

/// The measurements of a server.
#[derive(Debug, Clone, Serialize)]
#[non_exhaustive]
pub struct LoadReport {
    /// The base URL.
    pub target: String,
    /// Concurrent connections.
    pub connections: usize,
    /// How many users the server had before the measurement.
    pub users: u64,
    /// The lines, in the order measured.
    pub rows: Vec<Measured>,
    /// The peak memory of the server's process, in KiB. Known only with its process id.
    pub peak_kib: Option<u64>,
}

/// One kind of request.
#[derive(Debug, Clone, Serialize)]
#[non_exhaustive]
pub struct Measured {
    /// Which kind.
    pub row: String,
    /// Requests answered correctly within the measurement.
    pub requests: usize,
    /// Wrong answers, including those of the warm-up, and acknowledged writes that could not be read back.
    pub failed: usize,
    /// Correct answers per second.
    pub per_second: f64,
    /// From sending a request to the end of its answer.
    #[serde(flatten)]
    pub took: Percentiles,
    /// Processor time of the server for each request, in microseconds. Known only with its process id.
    pub server_cpu_us: Option<f64>,
    /// Processor time of this client for each request, in microseconds.
    pub client_cpu_us: Option<f64>,
    /// What was wrong, with a few examples for each line.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub faults: Vec<String>,
}

impl LoadReport {
    /// Whether every answer was correct, and every line had answers.
    #[must_use]
    pub fn all_right(&self) -> bool {
        !self.rows.is_empty() && self.rows.iter().all(|row| row.failed == 0 && row.requests > 0)
    }
}

const HEADER: &str = "row                 requests    wrong     per s    p50 us    p90 us    p99 us    max us server us  client";

impl fmt::Display for LoadReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}, {} users, {} connections", self.target, self.users, self.connections)?;
        writeln!(f, "{HEADER}")?;
        for row in &self.rows {
            let cpu = |cpu: Option<f64>| cpu.map_or("-".to_owned(), |cpu| format!("{cpu:.1}"));
            let Percentiles { p50_us, p90_us, p99_us, max_us } = row.took;
            writeln!(
                f,
                "{:<18} {:>9} {:>8} {:>9.0} {p50_us:>9.0} {p90_us:>9.0} {p99_us:>9.0} {max_us:>9.0} {:>9} {:>7}",
                row.row,
                row.requests,
                row.failed,
                row.per_second,
                cpu(row.server_cpu_us),
                cpu(row.client_cpu_us),
            )?;
        }
        if let Some(kib) = self.peak_kib {
            writeln!(f, "peak memory of the server: {kib} KiB")?;
        }
        for row in self.rows.iter().filter(|row| row.failed == 0 && row.requests == 0) {
            writeln!(
                f,
                "nothing measured: {}: no request began and was answered within the measurement; raise `--seconds` (and \
                 `--requests`, where that is given)",
                row.row
            )?;
        }
        for row in self.rows.iter().filter(|row| row.failed > 0) {
            for fault in &row.faults {
                writeln!(f, "wrong: {}: {fault}", row.row)?;
            }
        }
        Ok(())
    }
}
