//! Numbers: integers as `i64`, others as finite `f64`.

use std::cmp::Ordering;
use std::fmt;

/// A JSON number: `i64`, or a finite `f64`. Anything else is [`Value::OutOfRange`](super::Value::OutOfRange).
///
/// Two numbers are equal when they have the same mathematical value, however they were written: `30` and `3e1`.
#[derive(Debug, Clone, Copy)]
pub enum Number {
    /// A whole number.
    Int(i64),
    /// A finite number with a fraction or an exponent.
    Float(f64),
}

impl Number {
    /// Whether an `f64` is exactly the number that was written: finite, and not an integer beyond 2^53, where `f64`
    /// skips some.
    pub(super) fn is_exact(x: f64) -> bool {
        x.is_finite() && !(x.fract() == 0.0 && x.abs() > 9_007_199_254_740_992.0)
    }

    /// The number as an integer, if its value is one: `3e1` is 30.
    #[must_use]
    pub fn as_i64(self) -> Option<i64> {
        match self {
            Self::Int(n) => Some(n),
            #[expect(
                clippy::as_conversions,
                reason = "there is no other way from f64 to i64; the range is checked first"
            )]
            Self::Float(x) => {
                // -2^63 and 2^63 are exact in f64
                let fits = x.fract() == 0.0
                    && (-9_223_372_036_854_775_808.0..9_223_372_036_854_775_808.0).contains(&x);
                fits.then_some(x as i64)
            }
        }
    }

    /// The nearest `f64`.
    #[must_use]
    pub fn as_f64(self) -> f64 {
        match self {
            #[expect(clippy::as_conversions, reason = "rounding to the nearest f64 is what is asked for")]
            Self::Int(n) => n as f64,
            Self::Float(x) => x,
        }
    }

    /// A total order by value.
    #[must_use]
    pub fn compare(self, other: Self) -> Ordering {
        match (self.as_i64(), other.as_i64()) {
            (Some(a), Some(b)) => a.cmp(&b),
            _ => self.as_f64().total_cmp(&other.as_f64()),
        }
    }
}

impl PartialEq for Number {
    fn eq(&self, other: &Self) -> bool {
        self.compare(*other) == Ordering::Equal
    }
}

impl fmt::Display for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Int(n) => n.fmt(f),
            // the shortest text that parses to the same value, as serde_json writes it
            Self::Float(x) => write!(f, "{x:?}"),
        }
    }
}
