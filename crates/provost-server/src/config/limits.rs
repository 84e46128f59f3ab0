//! Limits on what one request may contain and one client may ask, one line of the table each.
//!
//! The table generates the option, the variable, the key in the file, their help, and the row in docs/limits.md.

use super::ConfigError;
use super::units::{bytes, seconds};
use clap::{Arg, ArgMatches, Command};
use provost::unstable::actix::{BODY_DEADLINE, MAX_HEAD_BYTES, MAX_MEMORY_BYTES};
use provost::unstable::core::limits::{
    MAX_ATTRIBUTES, MAX_COMPARISONS, MAX_FILTER_BYTES, MAX_FILTER_DEPTH, MAX_FILTER_TERMS, MAX_JSON_VALUES,
    MAX_KEY_BYTES, MAX_MEMBERS, MAX_OPERATIONS, MAX_PAGE_BYTES, MAX_PAGE_LINKS, MAX_RESOURCE_BYTES, MAX_SCAN,
    MAX_VALUES,
};
use provost::unstable::provider::{
    MAX_BODY_BYTES, MAX_BULK_BYTES, MAX_BULK_OPERATIONS, MAX_MEMBERS_BODY_BYTES, MAX_PAGE, MAX_ROOT_RESULTS,
    PAGE,
};
use serde::de::{self, Deserialize, DeserializeSeed, Deserializer, MapAccess};
use std::collections::BTreeMap;
use std::fmt;
use std::ops::RangeInclusive;

macro_rules! limits {
    ($($name:ident: $unit:ident = $default:expr, $range:expr, $what:literal;)+) => {
        /// The limits in force: sizes in bytes, times in seconds.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub(crate) struct Limits {
            $(#[doc = $what] pub(crate) $name: usize,)+
        }

        impl Limits {
            fn of(value: impl Fn(&Limit) -> usize) -> Self {
                let [$($name),+] = TABLE.each_ref().map(value);
                Self { $($name),+ }
            }

            fn each(&self) -> impl Iterator<Item = (&'static Limit, usize)> {
                TABLE.iter().zip([$(self.$name),+])
            }
        }

        const TABLE: &[Limit; [$($what),+].len()] = &[$(Limit {
            name: stringify!($name),
            unit: Unit::$unit,
            default: $default,
            range: $range,
            what: $what,
        },)+];
    };
}

const ANY: RangeInclusive<usize> = 1..=usize::MAX;
/// A token, a host and a filter must fit.
const LEAST_HEAD: usize = 1024;
/// Longer than anybody waits; whatever takes this long is better given up.
const WAIT: RangeInclusive<usize> = 1..=3_600;

/// In seconds.
const DAY: usize = 86_400;

limits! {
    body: Size = MAX_BODY_BYTES, ANY, "Size of a request body";
    group_body: Size = MAX_MEMBERS_BODY_BYTES, ANY, "Size of the body of a group write, which may list many members";
    body_values: Count = MAX_JSON_VALUES, ANY, "Values in a JSON body, those in its lists and objects included";
    operations: Count = MAX_OPERATIONS, ANY, "Operations in one PATCH";
    comparisons: Count = MAX_COMPARISONS, ANY, "Values that the operations of one PATCH look at, once for each term of a filter";
    memory: Size = MAX_MEMORY_BYTES, ANY, "Size of all bodies of requests and answers under way; an organisation has half of it at most, and a token half of that";
    resource_bytes: Size = MAX_RESOURCE_BYTES, ANY, "Size of a resource that a PATCH leaves, without members";
    scan: Count = MAX_SCAN, ANY, "Values that a list looks at: resources, times the terms that no index answers, and one in a document counts four";
    attributes: Count = MAX_ATTRIBUTES, ANY, "Names in `attributes` or `excludedAttributes`";
    members: Count = MAX_MEMBERS, ANY, "Members in one group write";
    values: Count = MAX_VALUES, ANY, "Values of a multi-valued attribute other than members";
    filter: Size = MAX_FILTER_BYTES, ANY, "Size of a filter";
    filter_terms: Count = MAX_FILTER_TERMS, ANY, "Terms of a filter";
    // the evaluator recurses, and its stack use was measured for this depth
    filter_depth: Count = MAX_FILTER_DEPTH, 1..=MAX_FILTER_DEPTH, "Nesting of a filter; 32 is the most that can be set";
    // PostgreSQL's index rows are limited to about 2.7 kB
    indexed_text: Size = MAX_KEY_BYTES, 1..=MAX_KEY_BYTES, "Size of a text that is looked up by, such as userName; 1 KiB is the most that can be set";
    page_default: Count = small(PAGE), ANY, "Resources on a page when the client names no count";
    page: Count = small(MAX_PAGE), ANY, "Resources on a page whatever the client asks";
    page_links: Count = MAX_PAGE_LINKS, ANY, "Members, or groups, of all resources on a page; a page with more has fewer resources";
    page_bytes: Size = MAX_PAGE_BYTES, ANY, "Size of all resources on a page, without members and groups; a page with more has fewer resources";
    root_results: Count = small(MAX_ROOT_RESULTS), ANY, "Resources that a query over all resource types may match";
    bulk_body: Size = MAX_BULK_BYTES, ANY, "Size of a bulk request";
    bulk_operations: Count = MAX_BULK_OPERATIONS, ANY, "Operations in a bulk request";
    head: Size = MAX_HEAD_BYTES, LEAST_HEAD..=MAX_HEAD_BYTES, "Size of the target and the headers of a request; 64 KiB is the most that can be set";
    body_time: Time = small(BODY_DEADLINE.as_secs()), WAIT, "Time for a body";
    head_time: Time = 10, WAIT, "Time for the head of a request; then 408, and the connection is closed";
    answer_time: Time = 30, WAIT, "Time in which a client takes nothing of an answer that waits for it; then the connection is closed";
    // identity providers keep connections open for the next request of a cycle
    idle_time: Time = 75, WAIT, "Time that an idle connection is kept; then it is closed";
    anonymous_idle_time: Time = 10, WAIT, "Time that a connection without a valid token yet is kept after an answer; then it is closed";
    // not all of them, so that no client shuts out the others
    client_connections: Count = 500, ANY, "Connections of one client at once; further ones are answered 429, with Retry-After, and closed";
    // with what SQLite, the log and metrics need, all descriptors stay below 1,024, the limit on many systems
    connections: Count = 900, ANY, "Connections of all clients at once; the last one takes the place of an idle one, of the client with most of them, or waits for its turn";
    // for load balancers, and clients about to send their first request
    anonymous_connections: Count = 100, ANY, "Idle connections without a valid token yet; more are closed, those of the client with most of them first, and all of them to make room for others";
    requests: Count = 100, ANY, "Requests per second with one token, once its burst is used up; more are answered 429, with Retry-After";
    // identity providers and test suites begin with hundreds of requests at once, then pause
    requests_burst: Count = 2_000, ANY, "Requests at once with one token, at least one second's worth; a pause makes room for them again, at the rate of --limit-requests";
    // so that three replicas fit in a server with the default of 100 connections
    database_connections: Count = 16, 2..=usize::MAX, "Connections to a PostgreSQL server: three in four may write at once, and one in four may read whole lists; more requests wait";
    database_wait_time: Time = 3, WAIT, "Time that a request waits for one of them; then 503, with Retry-After";
    database_time: Time = 8, WAIT, "Time that a request may take on a PostgreSQL server, all statements together; then 503, with Retry-After";
    mail_time: Time = 60, WAIT, "Time that a mail server has for one mail; then it goes another time";
    refused_writes: Count = 100_000, ANY, "Refused writes of an organisation in the audit trail; the oldest are removed";
    refused_writes_time: Time = 90 * DAY, 1..=usize::MAX, "Time that a refused write stays in the audit trail; then it is removed";
}

/// A line of the table.
struct Limit {
    name: &'static str,
    unit: Unit,
    default: usize,
    range: RangeInclusive<usize>,
    what: &'static str,
}

/// What the numbers of a limit count.
#[derive(Debug, Clone, Copy)]
enum Unit {
    Size,
    Time,
    Count,
}

impl Limit {
    /// The key in the configuration file: `group-body`.
    fn key(&self) -> String {
        self.name.replace('_', "-")
    }

    fn parse(&self, text: &str) -> Result<usize, String> {
        match self.unit {
            Unit::Size => bytes(text),
            Unit::Time => seconds(text),
            Unit::Count => {
                text.trim().parse().map_err(|_malformed| format!("`{text}` is not a whole number"))
            }
        }
    }

    /// The default in words: `16 MiB`, `15 s`.
    fn default(&self) -> String {
        match (self.unit, self.default) {
            (Unit::Size, n) if n % (1 << 20) == 0 => format!("{} MiB", n >> 20),
            (Unit::Size, n) => format!("{} KiB", n >> 10),
            (Unit::Time, n) if n % DAY == 0 => format!("{} d", n / DAY),
            (Unit::Time, n) => format!("{n} s"),
            (Unit::Count, n) => n.to_string(),
        }
    }

    fn argument(&'static self) -> Arg {
        let value_name = match self.unit {
            Unit::Size => "SIZE",
            Unit::Time => "SPAN",
            Unit::Count => "N",
        };
        Arg::new(self.name)
            .long(format!("limit-{}", self.key()))
            .env(format!("PROVOST_LIMIT_{}", self.name.to_uppercase()))
            .value_name(value_name)
            .help(format!("{} [default: {}]", self.what, self.default()))
            .help_heading("Limits")
            .value_parser(|text: &str| self.parse(text))
    }

    fn check(&self, value: usize, range: RangeInclusive<usize>) -> Result<(), ConfigError> {
        let unit = match self.unit {
            Unit::Size => " bytes",
            Unit::Time => " s",
            Unit::Count => "",
        };
        let wanted = match (*range.start(), *range.end()) {
            _ if range.contains(&value) => return Ok(()),
            (least, usize::MAX) => format!("{least} or more{unit}"),
            (least, most) => format!("between {least} and {most}{unit}"),
        };
        Err(ConfigError::OutOfRange { key: self.key(), value: format!("{value}{unit}"), wanted })
    }
}

/// The limits a source sets, by name.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct LimitOptions(BTreeMap<&'static str, usize>);

impl LimitOptions {
    /// These limits, with those of a lower source where these are unset.
    pub(super) fn or(self, mut lower: Self) -> Self {
        lower.0.extend(self.0);
        lower
    }

    pub(crate) fn resolve(&self) -> Result<Limits, ConfigError> {
        let mut limits = Limits::of(|limit| self.0.get(limit.name).copied().unwrap_or(limit.default));
        limits.each().try_for_each(|(limit, value)| limit.check(value, limit.range.clone()))?;
        // limits that depend on another one
        limits.page_default = limits.page_default.min(limits.page);
        if !self.0.contains_key("client_connections") {
            limits.client_connections = limits.client_connections.min(limits.connections);
        }
        limits.each().try_for_each(|(limit, value)| match limit.name {
            "group_body" => limit.check(value, limits.body..=usize::MAX),
            "client_connections" => limit.check(value, 1..=limits.connections),
            _ => Ok(()),
        })?;
        Ok(limits)
    }
}

impl clap::Args for LimitOptions {
    fn augment_args(command: Command) -> Command {
        command.args(TABLE.iter().map(Limit::argument))
    }

    fn augment_args_for_update(command: Command) -> Command {
        Self::augment_args(command)
    }
}

impl clap::FromArgMatches for LimitOptions {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        let given = |limit: &Limit| Some((limit.name, *matches.get_one(limit.name)?));
        Ok(Self(TABLE.iter().filter_map(given).collect()))
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}

impl<'de> Deserialize<'de> for LimitOptions {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(Section)
    }
}

/// The section of the file.
struct Section;

impl<'de> de::Visitor<'de> for Section {
    type Value = LimitOptions;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a section of limits")
    }

    fn visit_map<M: MapAccess<'de>>(self, mut section: M) -> Result<LimitOptions, M::Error> {
        let mut all = BTreeMap::new();
        while let Some(Key(limit)) = section.next_key()? {
            all.insert(limit.name, section.next_value_seed(limit)?);
        }
        Ok(LimitOptions(all))
    }
}

struct Key(&'static Limit);

impl<'de> Deserialize<'de> for Key {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let key = String::deserialize(deserializer)?;
        let found = TABLE.iter().find(|limit| limit.key() == key).map(Self);
        found.ok_or_else(|| de::Error::custom(format!("unknown key `{key}`")))
    }
}

impl<'de> DeserializeSeed<'de> for &Limit {
    type Value = usize;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<usize, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl de::Visitor<'_> for &Limit {
    type Value = usize;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.unit {
            Unit::Size => "a size such as \"1 MiB\" or 65536",
            Unit::Time => "a span of time such as \"15s\"",
            Unit::Count => "a whole number",
        })
    }

    fn visit_i64<E: de::Error>(self, n: i64) -> Result<usize, E> {
        let number = usize::try_from(n).ok().filter(|_| !matches!(self.unit, Unit::Time));
        number.ok_or_else(|| E::invalid_value(de::Unexpected::Signed(n), &self))
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<usize, E> {
        self.parse(text).map_err(E::custom)
    }
}

/// A library default as a number in the table.
#[expect(clippy::as_conversions, reason = "`try_from` is not const, and these numbers are small")]
const fn small(n: u64) -> usize {
    n as usize
}

#[cfg(test)]
mod page_tests;

#[cfg(test)]
mod tests {
    use super::*;

    fn set(name: &'static str, value: usize) -> LimitOptions {
        LimitOptions(BTreeMap::from([(name, value)]))
    }

    #[test]
    fn the_defaults_are_within_their_own_bounds() {
        let limits = LimitOptions::default().resolve().expect("defaults");
        assert_eq!((limits.body, limits.group_body), (1_048_576, 16_777_216));
        assert_eq!((limits.page_default, limits.page), (100, 1_000));
        assert_eq!((limits.requests, limits.requests_burst), (100, 2_000));
    }

    #[test]
    fn what_depends_on_another_follows_it() {
        assert_eq!(set("page", 10).resolve().expect("valid").page_default, 10);
        assert_eq!(set("connections", 10).resolve().expect("valid").client_connections, 10);
    }

    #[test]
    fn a_refusal_says_what_would_be_right() {
        let refusal = set("body_time", 7200).resolve().expect_err("too long").to_string();
        assert_eq!(refusal, "`limits.body-time` is 7200 s, which is not between 1 and 3600 s");
    }

    #[test]
    fn what_cannot_work_is_refused_by_name() {
        for (name, value) in [
            ("filter_depth", 33),
            ("page", 0),
            ("requests", 0),
            ("requests_burst", 0),
            ("group_body", 10),
            ("bulk_operations", 0),
            ("head", 100),
            ("head", 65_537),
            ("body_time", 7200),
            ("connections", 0),
            ("database_connections", 1),
            ("database_wait_time", 0),
            ("database_time", 0),
            ("client_connections", 901),
            ("indexed_text", 4096),
        ] {
            let refusal = set(name, value).resolve().expect_err(name).to_string();
            assert!(refusal.contains(&format!("`limits.{}`", name.replace('_', "-"))), "{refusal}");
        }
    }
}
