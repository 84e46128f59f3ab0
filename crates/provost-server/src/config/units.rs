//! Sizes and spans of time as people write them: `16 MiB`, `90d`.

use std::str::FromStr;
use std::time::Duration;

/// A span of time in whole seconds. Written as a number with `s`, `m`, `h`, `d` or `w`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Span {
    pub(crate) seconds: usize,
}

impl Span {
    pub(crate) fn millis(self) -> i64 {
        i64::try_from(self.seconds).unwrap_or(i64::MAX).saturating_mul(1_000)
    }
}

const SIZES: &[(&str, usize)] = &[("", 1), ("b", 1), ("kib", 1 << 10), ("mib", 1 << 20), ("gib", 1 << 30)];
const SPANS: &[(&str, usize)] = &[("s", 1), ("m", 60), ("h", 3_600), ("d", 86_400), ("w", 604_800)];

/// A number of bytes. Written as a plain number or with `KiB`, `MiB` or `GiB`.
pub(super) fn bytes(text: &str) -> Result<usize, String> {
    let wrong = || format!("`{text}` is not a size; write for example `1 MiB`, `512 KiB` or `65536`");
    scaled(text, SIZES).ok_or_else(wrong)
}

/// The seconds of a [`Span`].
pub(super) fn seconds(text: &str) -> Result<usize, String> {
    let wrong =
        || format!("`{text}` is not a span of time up to 100 years; write for example `90d`, `12h` or `30s`");
    scaled(text, SPANS).filter(|seconds| (1..=LONGEST_S).contains(seconds)).ok_or_else(wrong)
}

/// Seconds of a limit.
pub(crate) fn duration(seconds: usize) -> Duration {
    Duration::from_secs(u64::try_from(seconds).unwrap_or(u64::MAX))
}

impl Span {
    /// Parses a span that may be zero: `0s`.
    pub(crate) fn or_zero(text: &str) -> Result<Self, String> {
        match scaled(text, SPANS) {
            Some(0) => Ok(Self { seconds: 0 }),
            _ => text.parse(),
        }
    }
}

impl FromStr for Span {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        seconds(text).map(|seconds| Self { seconds })
    }
}

const LONGEST_S: usize = 100 * 366 * 86_400;

/// A whole number and one of `units`, with or without a blank between them.
fn scaled(text: &str, units: &[(&str, usize)]) -> Option<usize> {
    let text = text.trim();
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let (number, unit) = text.split_at_checked(digits)?;
    let unit = unit.trim_start();
    let (_, factor) = units.iter().find(|(name, _)| name.eq_ignore_ascii_case(unit))?;
    number.parse::<usize>().ok()?.checked_mul(*factor)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes() {
        for (text, bytes) in
            [("0", 0), ("65536", 65_536), ("1KiB", 1_024), ("16 MiB", 16 << 20), (" 1 gib ", 1 << 30)]
        {
            assert_eq!(super::bytes(text), Ok(bytes), "{text}");
        }
        for text in ["", "MiB", "1 MB", "-1", "1.5 MiB", "99999999999999999999", "18014398509481984 KiB"] {
            assert!(bytes(text).is_err(), "{text}");
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
