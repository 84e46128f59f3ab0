//! From how many on an organisation's brake acts, and whether it warns or stops.

use crate::audit::Settings;
use std::fmt;
use std::str::FromStr;

/// The settings of an organisation's brake.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Brake {
    pub(crate) manner: Manner,
    pub(crate) least: Least,
    pub(crate) percent: Percent,
}

impl Brake {
    /// From how many ends within an hour it acts, in an organisation of this size: the greater of `least` and
    /// `percent`, rounded up.
    pub(crate) fn limit(&self, size: i64) -> i64 {
        let part = size.saturating_mul(self.percent.0).saturating_add(99) / 100;
        self.least.0.max(part)
    }

    pub(crate) fn stops(&self) -> bool {
        self.manner == Manner::Stop
    }

    /// In the form of the audit trail.
    pub(crate) fn settings(&self) -> Settings {
        Settings::from_iter([
            ("brake".to_owned(), self.manner.as_str().into()),
            ("brakeLeast".to_owned(), self.least.0.into()),
            ("brakePercent".to_owned(), self.percent.0.into()),
        ])
    }
}

/// What it does at the limit.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum Manner {
    /// Tells the owners.
    #[default]
    Warn,
    /// Tells the owners, and lets SCIM end no more memberships.
    Stop,
}

impl Manner {
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Warn => "warn",
            Self::Stop => "stop",
        }
    }
}

impl FromStr for Manner {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "warn" => Ok(Self::Warn),
            "stop" => Ok(Self::Stop),
            _ => Err("it is `warn` or `stop`"),
        }
    }
}

macro_rules! numbers {
    ($(#[$about:meta])* $name:ident: $from:literal to $to:literal, usually $usual:literal, else $advice:literal) => {
        $(#[$about])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub(crate) struct $name(i64);

        impl $name {
            pub(crate) const fn get(self) -> i64 {
                self.0
            }

            pub(crate) fn stored(number: i64) -> Option<Self> {
                ($from..=$to).contains(&number).then_some(Self(number))
            }
        }

        impl Default for $name {
            fn default() -> Self {
                Self($usual)
            }
        }

        impl FromStr for $name {
            type Err = &'static str;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                text.trim().parse().ok().and_then(Self::stored).ok_or($advice)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }
    };
}

numbers! {
    /// Fewer than this are never too many.
    Least: 1 to 1_000_000, usually 50, else "it is a number of memberships, from 1 to 1000000"
}

numbers! {
    /// A share of the memberships that SCIM manages.
    Percent: 0 to 100, usually 10, else "it is a number of percent, from 0 to 100"
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Seen to fail: with the smaller of the two.
    #[test]
    fn the_greater_of_both_counts() {
        let usual = Brake::default();
        for (size, limit) in
            [(0, 50), (200, 50), (500, 50), (501, 51), (1_000, 100), (i64::MAX, i64::MAX / 100)]
        {
            assert_eq!(usual.limit(size), limit, "{size}");
        }
        let number = |percent: &str| Brake { percent: percent.parse().expect(percent), ..usual };
        assert_eq!((number("0").limit(100_000), number("100").limit(100_000)), (50, 100_000));
    }

    #[test]
    fn numbers_have_bounds() {
        for (text, least, percent) in [
            ("0", None, Some(0)),
            (" 100 ", Some(100), Some(100)),
            ("101", Some(101), None),
            ("1000001", None, None),
            ("-1", None, None),
            ("", None, None),
        ] {
            assert_eq!(text.parse::<Least>().ok().map(Least::get), least, "{text}");
            assert_eq!(text.parse::<Percent>().ok().map(Percent::get), percent, "{text}");
        }
    }
}
