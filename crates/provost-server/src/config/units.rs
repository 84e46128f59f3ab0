//! Sizes and spans of time as people write them: `16 MiB`, `90d`.

use serde::{Deserialize, Deserializer, de};
use std::fmt;
use std::str::FromStr;
use std::time::Duration;

/// A number of bytes. Written as a plain number or with `KiB`, `MiB` or `GiB`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Bytes(pub(crate) usize);

/// A span of time in whole seconds. Written as a number with `s`, `m`, `h`, `d` or `w`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub(crate) struct Span {
    pub(crate) seconds: i64,
}

const SIZES: &[(&str, u64)] = &[("", 1), ("b", 1), ("kib", 1 << 10), ("mib", 1 << 20), ("gib", 1 << 30)];
const SPANS: &[(&str, u64)] = &[("s", 1), ("m", 60), ("h", 3_600), ("d", 86_400), ("w", 604_800)];

impl FromStr for Bytes {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        scaled(text, SIZES)
            .and_then(|n| usize::try_from(n).ok())
            .map(Self)
            .ok_or_else(|| format!("`{text}` is not a size; write for example `1 MiB`, `512 KiB` or `65536`"))
    }
}

impl FromStr for Span {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        scaled(text, SPANS)
            .filter(|seconds| (1..=LONGEST_S).contains(seconds))
            .and_then(|seconds| i64::try_from(seconds).ok())
            .map(|seconds| Self { seconds })
            .ok_or_else(|| {
                format!(
                    "`{text}` is not a span of time up to 100 years; write for example `90d`, `12h` or `30s`"
                )
            })
    }
}

impl Span {
    pub(crate) fn duration(self) -> Duration {
        Duration::from_secs(self.seconds.unsigned_abs())
    }
}

impl TryFrom<String> for Span {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

const LONGEST_S: u64 = 100 * 366 * 86_400;

/// A whole number and one of `units`, with or without a blank between them.
fn scaled(text: &str, units: &[(&str, u64)]) -> Option<u64> {
    let text = text.trim();
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let (number, unit) = text.split_at_checked(digits)?;
    let unit = unit.trim_start();
    let (_, factor) = units.iter().find(|(name, _)| name.eq_ignore_ascii_case(unit))?;
    number.parse::<u64>().ok()?.checked_mul(*factor)
}

/// A configuration file may hold a size as a number or as text.
impl<'de> Deserialize<'de> for Bytes {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;
        impl de::Visitor<'_> for Visitor {
            type Value = Bytes;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a size such as \"1 MiB\" or 65536")
            }
            fn visit_i64<E: de::Error>(self, n: i64) -> Result<Bytes, E> {
                usize::try_from(n)
                    .map(Bytes)
                    .map_err(|_out_of_range| E::invalid_value(de::Unexpected::Signed(n), &self))
            }
            fn visit_u64<E: de::Error>(self, n: u64) -> Result<Bytes, E> {
                usize::try_from(n)
                    .map(Bytes)
                    .map_err(|_out_of_range| E::invalid_value(de::Unexpected::Unsigned(n), &self))
            }
            fn visit_str<E: de::Error>(self, text: &str) -> Result<Bytes, E> {
                text.parse().map_err(E::custom)
            }
        }
        deserializer.deserialize_any(Visitor)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes() {
        for (text, bytes) in
            [("0", 0), ("65536", 65_536), ("1KiB", 1_024), ("16 MiB", 16 << 20), (" 1 gib ", 1 << 30)]
        {
            assert_eq!(text.parse(), Ok(Bytes(bytes)), "{text}");
        }
        for text in ["", "MiB", "1 MB", "-1", "1.5 MiB", "99999999999999999999", "18014398509481984 KiB"] {
            assert!(text.parse::<Bytes>().is_err(), "{text}");
        }
    }

    #[test]
    fn spans() {
        for (text, seconds) in
            [("90d", 7_776_000), ("12h", 43_200), ("30 m", 1_800), ("1s", 1), ("2w", 1_209_600)]
        {
            assert_eq!(text.parse(), Ok(Span { seconds }), "{text}");
        }
        for text in ["", "90", "d", "0d", "-1d", "1y", "90days", "9999999d", "18446744073709551615w"] {
            assert!(text.parse::<Span>().is_err(), "{text}");
        }
    }
}
