//! Instants. The core never reads a clock: time is passed in.

use chrono::{DateTime, NaiveDateTime, SecondsFormat, Utc};
use std::fmt;

/// An instant in UTC with nanosecond precision: `dateTime` of RFC 7643 section 2.3.5.
///
/// ```
/// use provost_core::Timestamp;
/// let a = Timestamp::parse("2011-05-13T06:42:35+02:00").ok_or("a dateTime")?;
/// assert_eq!(a.to_string(), "2011-05-13T04:42:35Z");
/// assert_eq!(Timestamp::parse("2011-05-13"), None);
/// # Ok::<(), &str>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(DateTime<Utc>);

impl Timestamp {
    /// Parses an xsd:dateTime: date and time, with an offset, `Z`, or neither (read as UTC).
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        if let Ok(t) = DateTime::parse_from_rfc3339(text) {
            // RFC 3339 allows a space or lower-case t between date and time; xsd:dateTime only `T`
            return (text.as_bytes().get(10) == Some(&b'T')).then(|| Self(t.to_utc()));
        }
        NaiveDateTime::parse_from_str(text, "%Y-%m-%dT%H:%M:%S%.f").ok().map(|t| Self(t.and_utc()))
    }

    /// From milliseconds since 1970. An instant outside the calendar's range becomes 1970.
    #[must_use]
    pub fn from_millis(ms: i64) -> Self {
        Self(DateTime::from_timestamp_millis(ms).unwrap_or_default())
    }

    /// Milliseconds since 1970, rounded towards the past.
    #[must_use]
    pub fn as_millis(self) -> i64 {
        self.0.timestamp_millis()
    }

    /// Seconds since 1970 and nanoseconds within the second: a key that orders as the instants do.
    #[must_use]
    pub fn as_parts(self) -> (i64, u32) {
        (self.0.timestamp(), self.0.timestamp_subsec_nanos())
    }
}

/// RFC 3339 in UTC with as many decimals as needed, in groups of three.
impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.to_rfc3339_opts(SecondsFormat::AutoSi, true))
    }
}
