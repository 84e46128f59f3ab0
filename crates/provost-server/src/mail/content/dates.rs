//! Times as people read them: `Thursday 3 December 2026, 14:02 UTC`.

use crate::clock::Timestamp;

const DAY_MS: i64 = 86_400_000;
/// Starting with the epoch, 1 January 1970.
const WEEKDAYS: [&str; 7] = ["Thursday", "Friday", "Saturday", "Sunday", "Monday", "Tuesday", "Wednesday"];
const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

/// Day, date and time.
pub(super) fn moment(at: Timestamp) -> String {
    let days = at.as_millis().div_euclid(DAY_MS).rem_euclid(7);
    let weekday = usize::try_from(days).ok().and_then(|n| WEEKDAYS.get(n)).unwrap_or(&"");
    let time = at.to_string().get(11..16).unwrap_or_default().to_owned();
    format!("{weekday} {}, {time} UTC", date(at))
}

/// `3 December 2026`.
pub(super) fn date(at: Timestamp) -> String {
    format!("{} {}", day(at), at.to_string().get(..4).unwrap_or_default())
}

/// `3 December`.
pub(super) fn day(at: Timestamp) -> String {
    let text = at.to_string();
    let number = |from: usize| text.get(from..from + 2).and_then(|digits| digits.parse::<usize>().ok());
    let month = number(5).and_then(|n| MONTHS.get(n.checked_sub(1)?)).unwrap_or(&"");
    format!("{} {month}", number(8).unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Seen to fail: with the week starting on another day.
    #[test]
    fn moments() {
        for (at, shown) in [
            ("2026-12-03T14:02:33Z", "Thursday 3 December 2026, 14:02 UTC"),
            ("2024-02-29T00:00:00Z", "Thursday 29 February 2024, 00:00 UTC"),
            ("2027-01-01T23:59:59.999Z", "Friday 1 January 2027, 23:59 UTC"),
            ("1969-12-31T12:00:00Z", "Wednesday 31 December 1969, 12:00 UTC"),
        ] {
            assert_eq!(moment(Timestamp::parse(at).expect(at)), shown);
        }
    }
}
