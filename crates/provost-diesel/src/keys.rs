//! Encodes values as texts that compare and sort like the values: for columns, element rows, folded copies and filter
//! operands. With one encoding for all types, the database only ever compares bytes.

use provost_core::filter::Operand;
use provost_core::fold::fold_attribute;
use provost_core::schema::Type;
use provost_core::value::{Number, Value};
use provost_core::{AttrRef, Timestamp};

/// The key of a simple value; `None` if there is none, or its type is not the attribute's.
pub(crate) fn key(attribute: &AttrRef, value: &Value) -> Option<String> {
    match (attribute.leaf().kind, value) {
        (Type::String | Type::Reference | Type::Binary, Value::String(s)) => {
            Some(fold_attribute(attribute, s).into_owned())
        }
        (Type::DateTime, Value::String(s)) => Timestamp::parse(s).map(instant),
        (Type::Integer | Type::Decimal, Value::Number(n)) => Some(number(*n)),
        (Type::Boolean, Value::Bool(b)) => Some(boolean(*b).to_owned()),
        _ => None,
    }
}

/// The key of an operand; `None` for null.
pub(crate) fn operand(operand: &Operand) -> Option<String> {
    match operand {
        Operand::Text(folded) => Some(folded.to_string()),
        Operand::Number(n) => Some(number(*n)),
        Operand::Bool(b) => Some(boolean(*b).to_owned()),
        Operand::Instant(t) => Some(instant(*t)),
        Operand::Null => None,
    }
}

/// Replaces the key of a `userName` that another resource has: names were once compared differently, and nobody must be
/// lost because two names now count as the same. The key of a name never begins with a blank.
pub(crate) fn substitute(id: &str) -> String {
    format!(" {id}")
}

pub(crate) fn is_substitute(key: &str) -> bool {
    key.starts_with(' ')
}

fn boolean(b: bool) -> &'static str {
    if b { "true" } else { "false" }
}

/// Seconds and nanoseconds with fixed width. The offset makes the seconds of every calendar year positive.
fn instant(t: Timestamp) -> String {
    const OFFSET: i64 = 10_000_000_000_000;
    let (seconds, nanos) = t.as_parts();
    format!("{:014}.{nanos:09}", seconds.saturating_add(OFFSET))
}

/// The nearest `f64`, then the exact value of an integer, both as bits that sort like the values. The order is that of
/// [`Number::compare`].
fn number(n: Number) -> String {
    const SIGN: u64 = 1 << 63;
    let nearest = n.as_f64();
    // -0.0 and 0.0 are the same number
    let bits = if nearest == 0.0 { 0 } else { nearest.to_bits() };
    let ordered = if bits & SIGN == 0 { bits | SIGN } else { !bits };
    let whole = n.as_i64().unwrap_or_default().cast_unsigned() ^ SIGN;
    format!("{ordered:016x}{whole:016x}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_sort_as_they_compare() {
        let all = [
            Number::Int(i64::MIN),
            Number::Float(-1e300),
            Number::Int(-9_007_199_254_740_993),
            Number::Int(-9_007_199_254_740_992),
            Number::Float(-2.5),
            Number::Int(-2),
            Number::Float(-0.0),
            Number::Int(0),
            Number::Float(5e-324),
            Number::Float(0.1),
            Number::Int(1),
            Number::Float(1.0),
            Number::Float(1.5),
            Number::Int(9_007_199_254_740_992),
            Number::Int(9_007_199_254_740_993),
            Number::Int(i64::MAX),
            Number::Float(1e300),
        ];
        for a in all {
            for b in all {
                assert_eq!(number(a).cmp(&number(b)), a.compare(b), "{a} {b}");
            }
        }
    }

    #[test]
    fn instants_sort_as_they_compare() {
        let texts = [
            "0001-01-01T00:00:00Z",
            "1969-12-31T23:59:59.999999999Z",
            "1970-01-01T00:00:00Z",
            "2026-01-01T01:00:00+02:00",
            "2026-01-01T00:00:00Z",
            "2026-01-01T00:00:00.000000001Z",
            "9999-12-31T23:59:59Z",
        ];
        let all: Vec<Timestamp> = texts.iter().filter_map(|t| Timestamp::parse(t)).collect();
        assert_eq!(all.len(), texts.len());
        for a in &all {
            for b in &all {
                assert_eq!(instant(*a).cmp(&instant(*b)), a.cmp(b), "{a} {b}");
            }
        }
    }
}
