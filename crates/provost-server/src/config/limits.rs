//! Bounds on what one request may hold and one client may ask.

use super::units::Bytes;
use super::{ConfigError, Named};
use serde::Deserialize;

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
    /// Requests per second with one token; more are answered 429 [default: 100]
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
    pub(crate) requests_per_second: u32,
}

/// The evaluator recurses, and its stack was measured for this depth.
const DEEPEST_FILTER: usize = 32;
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
            requests: self.requests.or(lower.requests),
        }
    }

    pub(super) fn resolve(&self) -> Result<Limits, ConfigError> {
        let page = self.page.unwrap_or(1_000);
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
            requests_per_second: self.requests.unwrap_or(100),
        };
        limits.check()?;
        Ok(limits)
    }
}

impl Limits {
    fn check(&self) -> Result<(), ConfigError> {
        const NO_BOUND: usize = usize::MAX;
        let requests = usize::try_from(self.requests_per_second).unwrap_or(NO_BOUND);
        let bounds = [
            ("body", self.body_bytes, 1, NO_BOUND),
            ("group-body", self.group_body_bytes, self.body_bytes, NO_BOUND),
            ("operations", self.operations, 1, NO_BOUND),
            ("members", self.members, 1, NO_BOUND),
            ("values", self.values, 1, NO_BOUND),
            ("filter", self.filter_bytes, 1, NO_BOUND),
            ("filter-terms", self.filter_terms, 1, NO_BOUND),
            ("filter-depth", self.filter_depth, 1, DEEPEST_FILTER),
            ("indexed-text", self.indexed_text_bytes, 1, LONGEST_INDEXED_TEXT),
            ("page", self.page, 1, NO_BOUND),
            ("page-default", self.page_default, 1, NO_BOUND),
            ("requests", requests, 1, NO_BOUND),
        ];
        for (name, value, least, most) in bounds {
            if value < least || value > most {
                return Err(ConfigError::OutOfRange(Named(name), value, least, most));
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
    fn what_cannot_work_is_refused_by_name() {
        for (options, named) in [
            (LimitOptions { filter_depth: Some(33), ..LimitOptions::default() }, "filter-depth"),
            (LimitOptions { page: Some(0), ..LimitOptions::default() }, "page"),
            (LimitOptions { requests: Some(0), ..LimitOptions::default() }, "requests"),
            (LimitOptions { group_body: Some(Bytes(10)), ..LimitOptions::default() }, "group-body"),
            (LimitOptions { indexed_text: Some(Bytes(4096)), ..LimitOptions::default() }, "indexed-text"),
        ] {
            let refusal = options.resolve().expect_err(named).to_string();
            assert!(refusal.contains(&format!("`limits.{named}`")), "{refusal}");
        }
    }
}
