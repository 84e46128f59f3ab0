//! Bounds on what one request may hold and one client may ask.
//!
//! The first line of an option's comment is its help and its row in docs/limits.md, default included.

use super::units::{Bytes, Span};
use super::{ConfigError, Named, Unit};
use provost::unstable::actix::{BODY_DEADLINE, MAX_HEAD_BYTES};
use provost::unstable::provider::{MAX_BULK_BYTES, MAX_BULK_OPERATIONS, MAX_ROOT_RESULTS};
use serde::Deserialize;
use std::time::Duration;

/// As written in `[limits]` of the file, in `PROVOST_LIMIT_...` or as `--limit-...`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, clap::Args, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
#[command(next_help_heading = "Limits")]
pub(crate) struct LimitOptions {
    /// Size of a request body [default: 1 MiB]
    #[arg(long = "limit-body", env = "PROVOST_LIMIT_BODY", value_name = "SIZE")]
    pub(crate) body: Option<Bytes>,
    /// Size of the body of a group write, which may list many members [default: 16 MiB]
    #[arg(long = "limit-group-body", env = "PROVOST_LIMIT_GROUP_BODY", value_name = "SIZE")]
    pub(crate) group_body: Option<Bytes>,
    /// Operations in one PATCH [default: 1000]
    #[arg(long = "limit-operations", env = "PROVOST_LIMIT_OPERATIONS", value_name = "N")]
    pub(crate) operations: Option<usize>,
    /// Members in one group write [default: 100000]
    #[arg(long = "limit-members", env = "PROVOST_LIMIT_MEMBERS", value_name = "N")]
    pub(crate) members: Option<usize>,
    /// Values of a multi-valued attribute other than members [default: 100]
    #[arg(long = "limit-values", env = "PROVOST_LIMIT_VALUES", value_name = "N")]
    pub(crate) values: Option<usize>,
    /// Size of a filter [default: 8 KiB]
    #[arg(long = "limit-filter", env = "PROVOST_LIMIT_FILTER", value_name = "SIZE")]
    pub(crate) filter: Option<Bytes>,
    /// Terms of a filter [default: 100]
    #[arg(long = "limit-filter-terms", env = "PROVOST_LIMIT_FILTER_TERMS", value_name = "N")]
    pub(crate) filter_terms: Option<usize>,
    /// Nesting of a filter; 32 is the most that can be set [default: 32]
    #[arg(long = "limit-filter-depth", env = "PROVOST_LIMIT_FILTER_DEPTH", value_name = "N")]
    pub(crate) filter_depth: Option<usize>,
    /// Size of a text that is looked up by, such as userName; 1 KiB is the most that can be set [default: 1 KiB]
    #[arg(long = "limit-indexed-text", env = "PROVOST_LIMIT_INDEXED_TEXT", value_name = "SIZE")]
    pub(crate) indexed_text: Option<Bytes>,
    /// Resources on a page when the client names no count [default: 100]
    #[arg(long = "limit-page-default", env = "PROVOST_LIMIT_PAGE_DEFAULT", value_name = "N")]
    pub(crate) page_default: Option<usize>,
    /// Resources on a page whatever the client asks [default: 1000]
    #[arg(long = "limit-page", env = "PROVOST_LIMIT_PAGE", value_name = "N")]
    pub(crate) page: Option<usize>,
    /// Resources that a query over all resource types may match [default: 1000]
    #[arg(long = "limit-root-results", env = "PROVOST_LIMIT_ROOT_RESULTS", value_name = "N")]
    pub(crate) root_results: Option<usize>,
    /// Size of a bulk request [default: 1 MiB]
    #[arg(long = "limit-bulk-body", env = "PROVOST_LIMIT_BULK_BODY", value_name = "SIZE")]
    pub(crate) bulk_body: Option<Bytes>,
    /// Operations in a bulk request [default: 1000]
    #[arg(long = "limit-bulk-operations", env = "PROVOST_LIMIT_BULK_OPERATIONS", value_name = "N")]
    pub(crate) bulk_operations: Option<usize>,
    /// Size of the target and the headers of a request; 64 KiB is the most that can be set [default: 64 KiB]
    #[arg(long = "limit-head", env = "PROVOST_LIMIT_HEAD", value_name = "SIZE")]
    pub(crate) head: Option<Bytes>,
    /// Time for a body [default: 15 s]
    #[arg(long = "limit-body-time", env = "PROVOST_LIMIT_BODY_TIME", value_name = "SPAN")]
    pub(crate) body_time: Option<Span>,
    /// Time for the head of a request; then 408, and the connection is closed [default: 10 s]
    #[arg(long = "limit-head-time", env = "PROVOST_LIMIT_HEAD_TIME", value_name = "SPAN")]
    pub(crate) head_time: Option<Span>,
    /// Time that an idle connection is kept; then it is closed [default: 75 s]
    #[arg(long = "limit-idle-time", env = "PROVOST_LIMIT_IDLE_TIME", value_name = "SPAN")]
    pub(crate) idle_time: Option<Span>,
    /// Connections of one client at once; further ones are answered 429, with Retry-After, and closed [default: 500]
    #[arg(long = "limit-client-connections", env = "PROVOST_LIMIT_CLIENT_CONNECTIONS", value_name = "N")]
    pub(crate) client_connections: Option<usize>,
    /// Connections of all clients at once; further ones wait for their turn [default: 900]
    #[arg(long = "limit-connections", env = "PROVOST_LIMIT_CONNECTIONS", value_name = "N")]
    pub(crate) connections: Option<usize>,
    /// Requests per second with one token; more are answered 429, with Retry-After [default: 100]
    #[arg(long = "limit-requests", env = "PROVOST_LIMIT_REQUESTS", value_name = "N")]
    pub(crate) requests: Option<u32>,
}

/// The bounds in force.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Limits {
    pub(crate) body_bytes: usize,
    pub(crate) group_body_bytes: usize,
    pub(crate) operations: usize,
    pub(crate) members: usize,
    pub(crate) values: usize,
    pub(crate) filter_bytes: usize,
    pub(crate) filter_terms: usize,
    pub(crate) filter_depth: usize,
    pub(crate) indexed_text_bytes: usize,
    pub(crate) page_default: usize,
    pub(crate) page: usize,
    pub(crate) root_results: usize,
    pub(crate) bulk_bytes: usize,
    pub(crate) bulk_operations: usize,
    pub(crate) head_bytes: usize,
    pub(crate) body_time: Duration,
    pub(crate) head_time: Duration,
    pub(crate) idle_time: Duration,
    pub(crate) client_connections: usize,
    pub(crate) connections: usize,
    pub(crate) requests_per_second: u32,
}

/// The evaluator recurses, and its stack was measured for this depth.
const DEEPEST_FILTER: usize = 32;
/// A token, a host and a filter must fit in.
const LEAST_HEAD: usize = 1024;
/// Identity providers keep their connections for the next request of a cycle.
const IDLE: Duration = Duration::from_secs(75);
const HEAD: Duration = Duration::from_secs(10);
/// With what SQLite, the log and a metrics page need, all descriptors stay below 1,024, which is what many systems grant.
const CONNECTIONS: usize = 900;
/// Not all of them, so that no client shuts the others out.
const CLIENT_CONNECTIONS: usize = 500;
/// Longer than anybody waits; what takes so long is better counted as lost.
const LONGEST_WAIT_S: usize = 3_600;
/// PostgreSQL's index rows end at about 2.7 kB.
const LONGEST_INDEXED_TEXT: usize = 1024;

impl LimitOptions {
    pub(super) fn or(self, lower: Self) -> Self {
        Self {
            body: self.body.or(lower.body),
            group_body: self.group_body.or(lower.group_body),
            operations: self.operations.or(lower.operations),
            members: self.members.or(lower.members),
            values: self.values.or(lower.values),
            filter: self.filter.or(lower.filter),
            filter_terms: self.filter_terms.or(lower.filter_terms),
            filter_depth: self.filter_depth.or(lower.filter_depth),
            indexed_text: self.indexed_text.or(lower.indexed_text),
            page_default: self.page_default.or(lower.page_default),
            page: self.page.or(lower.page),
            root_results: self.root_results.or(lower.root_results),
            bulk_body: self.bulk_body.or(lower.bulk_body),
            bulk_operations: self.bulk_operations.or(lower.bulk_operations),
            head: self.head.or(lower.head),
            body_time: self.body_time.or(lower.body_time),
            head_time: self.head_time.or(lower.head_time),
            idle_time: self.idle_time.or(lower.idle_time),
            client_connections: self.client_connections.or(lower.client_connections),
            connections: self.connections.or(lower.connections),
            requests: self.requests.or(lower.requests),
        }
    }

    pub(super) fn resolve(&self) -> Result<Limits, ConfigError> {
        let page = self.page.unwrap_or(1_000);
        let connections = self.connections.unwrap_or(CONNECTIONS);
        let root_results = usize::try_from(MAX_ROOT_RESULTS).unwrap_or(usize::MAX);
        let limits = Limits {
            body_bytes: self.body.map_or(1 << 20, |b| b.0),
            group_body_bytes: self.group_body.map_or(16 << 20, |b| b.0),
            operations: self.operations.unwrap_or(1_000),
            members: self.members.unwrap_or(100_000),
            values: self.values.unwrap_or(100),
            filter_bytes: self.filter.map_or(8 << 10, |b| b.0),
            filter_terms: self.filter_terms.unwrap_or(100),
            filter_depth: self.filter_depth.unwrap_or(DEEPEST_FILTER),
            indexed_text_bytes: self.indexed_text.map_or(LONGEST_INDEXED_TEXT, |b| b.0),
            page_default: self.page_default.unwrap_or(100).min(page),
            page,
            root_results: self.root_results.unwrap_or(root_results),
            bulk_bytes: self.bulk_body.map_or(MAX_BULK_BYTES, |b| b.0),
            bulk_operations: self.bulk_operations.unwrap_or(MAX_BULK_OPERATIONS),
            head_bytes: self.head.map_or(MAX_HEAD_BYTES, |b| b.0),
            body_time: self.body_time.map_or(BODY_DEADLINE, Span::duration),
            head_time: self.head_time.map_or(HEAD, Span::duration),
            idle_time: self.idle_time.map_or(IDLE, Span::duration),
            client_connections: self.client_connections.unwrap_or(CLIENT_CONNECTIONS.min(connections)),
            connections,
            requests_per_second: self.requests.unwrap_or(100),
        };
        limits.check()?;
        Ok(limits)
    }
}

impl Limits {
    fn check(&self) -> Result<(), ConfigError> {
        use Unit::{Bytes, Pieces, Seconds};
        const NO_BOUND: usize = usize::MAX;
        let requests = usize::try_from(self.requests_per_second).unwrap_or(NO_BOUND);
        let seconds = |span: Duration| usize::try_from(span.as_secs()).unwrap_or(NO_BOUND);
        let bounds = [
            ("body", self.body_bytes, 1, NO_BOUND, Bytes),
            ("group-body", self.group_body_bytes, self.body_bytes, NO_BOUND, Bytes),
            ("operations", self.operations, 1, NO_BOUND, Pieces),
            ("members", self.members, 1, NO_BOUND, Pieces),
            ("values", self.values, 1, NO_BOUND, Pieces),
            ("filter", self.filter_bytes, 1, NO_BOUND, Bytes),
            ("filter-terms", self.filter_terms, 1, NO_BOUND, Pieces),
            ("filter-depth", self.filter_depth, 1, DEEPEST_FILTER, Pieces),
            ("indexed-text", self.indexed_text_bytes, 1, LONGEST_INDEXED_TEXT, Bytes),
            ("page", self.page, 1, NO_BOUND, Pieces),
            ("page-default", self.page_default, 1, NO_BOUND, Pieces),
            ("root-results", self.root_results, 1, NO_BOUND, Pieces),
            ("bulk-body", self.bulk_bytes, 1, NO_BOUND, Bytes),
            ("bulk-operations", self.bulk_operations, 1, NO_BOUND, Pieces),
            ("head", self.head_bytes, LEAST_HEAD, MAX_HEAD_BYTES, Bytes),
            ("body-time", seconds(self.body_time), 1, LONGEST_WAIT_S, Seconds),
            ("head-time", seconds(self.head_time), 1, LONGEST_WAIT_S, Seconds),
            ("idle-time", seconds(self.idle_time), 1, LONGEST_WAIT_S, Seconds),
            ("connections", self.connections, 1, NO_BOUND, Pieces),
            ("client-connections", self.client_connections, 1, self.connections, Pieces),
            ("requests", requests, 1, NO_BOUND, Pieces),
        ];
        for (name, value, least, most, unit) in bounds {
            if value < least || value > most {
                return Err(ConfigError::OutOfRange { key: Named(name), value, least, most, unit });
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_defaults_are_within_their_own_bounds() {
        let limits = LimitOptions::default().resolve().expect("defaults");
        assert_eq!((limits.body_bytes, limits.group_body_bytes), (1_048_576, 16_777_216));
        assert_eq!((limits.page_default, limits.page, limits.requests_per_second), (100, 1_000, 100));
    }

    #[test]
    fn a_smaller_page_lowers_the_default_page_with_it() {
        let limits = LimitOptions { page: Some(10), ..LimitOptions::default() }.resolve().expect("valid");
        assert_eq!(limits.page_default, 10);
    }

    #[test]
    fn a_refusal_says_what_would_be_right() {
        let options = LimitOptions { body_time: "2h".parse().ok(), ..LimitOptions::default() };
        let refusal = options.resolve().expect_err("too long").to_string();
        assert_eq!(refusal, "`limits.body-time` is 7200 s, which is not between 1 and 3600 s");
    }

    #[test]
    fn what_cannot_work_is_refused_by_name() {
        for (options, named) in [
            (LimitOptions { filter_depth: Some(33), ..LimitOptions::default() }, "filter-depth"),
            (LimitOptions { page: Some(0), ..LimitOptions::default() }, "page"),
            (LimitOptions { requests: Some(0), ..LimitOptions::default() }, "requests"),
            (LimitOptions { group_body: Some(Bytes(10)), ..LimitOptions::default() }, "group-body"),
            (LimitOptions { bulk_operations: Some(0), ..LimitOptions::default() }, "bulk-operations"),
            (LimitOptions { head: Some(Bytes(100)), ..LimitOptions::default() }, "head"),
            (LimitOptions { head: Some(Bytes(65_537)), ..LimitOptions::default() }, "head"),
            (LimitOptions { body_time: "2h".parse().ok(), ..LimitOptions::default() }, "body-time"),
            (LimitOptions { connections: Some(0), ..LimitOptions::default() }, "connections"),
            (LimitOptions { client_connections: Some(901), ..LimitOptions::default() }, "client-connections"),
            (LimitOptions { indexed_text: Some(Bytes(4096)), ..LimitOptions::default() }, "indexed-text"),
        ] {
            let refusal = options.resolve().expect_err(named).to_string();
            assert!(refusal.contains(&format!("`limits.{named}`")), "{refusal}");
        }
    }
}
