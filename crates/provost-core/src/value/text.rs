//! JSON text to values: with a quick reader, and another one that keeps the digits of numbers out of range.

use super::parse::{Budget, JsonError, JsonErrorKind, Nested, is_about_a_number, locate, quick};
use super::{Object, Value, wide};

/// Parses a JSON object.
///
/// # Errors
/// The text is not JSON or not an object, a name appears twice in one object (ignoring case), it contains U+0000, or it
/// is nested deeper than [`MAX_JSON_DEPTH`](crate::limits::MAX_JSON_DEPTH). A number that is neither `i64` nor a finite
/// `f64` is not an error: it is read as [`Value::OutOfRange`].
pub fn parse_object(text: &str) -> Result<Object, JsonError> {
    object(parse_value(text)?)
}

/// Parses a JSON object from a client, with at most `values` values, including itself and those nested in it.
///
/// # Errors
/// As for [`parse_object`], and [`JsonErrorKind::TooMany`] as soon as there is one value too many.
pub fn parse_object_within(text: &str, values: usize) -> Result<Object, JsonError> {
    object(parse(text, values)?)
}

fn object(value: Value) -> Result<Object, JsonError> {
    match value {
        Value::Object(o) => Ok(o),
        other => {
            let message = format!("expected a JSON object, found {}", other.kind());
            Err(JsonError::new(0, JsonErrorKind::Syntax, message))
        }
    }
}

/// Parses any JSON value, with the rules of [`parse_object`].
///
/// # Errors
/// As for [`parse_object`], except that any kind of value is accepted.
pub fn parse_value(text: &str) -> Result<Value, JsonError> {
    parse(text, usize::MAX)
}

fn parse(text: &str, values: usize) -> Result<Value, JsonError> {
    // A byte order mark is not JSON (RFC 8259 section 8.1); some clients send one, and parsers MAY ignore it.
    let (json, skipped) = match text.strip_prefix('\u{feff}') {
        Some(rest) => (rest, '\u{feff}'.len_utf8()),
        None => (text, 0),
    };
    match quick(json, Nested::within(&Budget::of(values))) {
        Err(e) if is_about_a_number(&e) => wide::read(json, text, Nested::within(&Budget::of(values))),
        other => other.map_err(|e| locate(&e, json, skipped)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::limits::MAX_JSON_DEPTH;

    fn refused(text: &str) -> (usize, JsonErrorKind, String) {
        let e = parse_value(text).unwrap_err();
        (e.offset(), e.kind(), e.to_string())
    }

    #[test]
    fn duplicate_names_are_refused_whatever_their_case() {
        let (offset, kind, said) = refused(r#"{"userName":"a","USERNAME":"b"}"#);
        assert_eq!(kind, JsonErrorKind::Syntax);
        assert!(said.contains("`USERNAME` appears twice"), "{said}");
        assert!((16..31).contains(&offset), "{offset}");
    }

    #[test]
    fn duplicate_names_are_found_in_large_objects() {
        let many: Vec<String> = (0..200).map(|n| format!("\"a{n}\":1")).collect();
        assert!(parse_value(&format!("{{{}}}", many.join(","))).is_ok());
        assert!(parse_value(&format!("{{{},\"A150\":1}}", many.join(","))).is_err());
    }

    #[test]
    fn nul_is_a_value_fault() {
        assert_eq!(refused(r#"{"a":"x\u0000"}"#).1, JsonErrorKind::Value);
        assert_eq!(refused(r#"{"a":1e400,"b":"x\u0000"}"#).1, JsonErrorKind::Value);
    }

    /// Seen to fail: with integers beyond 2^53 read as `f64`, and with the quick reader's fault reported.
    #[test]
    fn numbers_out_of_range_keep_their_digits() {
        for digits in [
            "1e400",
            "-1E+400",
            "9223372036854775808",
            "-9223372036854775809",
            "123456789012345678901234567890",
            "9007199254740994.0",
            "1e300",
        ] {
            let text = format!("{{\"a\":[1, {digits} ], \"b\":{{\"c\": {digits}}},\"d\":{digits}}}");
            let Value::Object(read) = parse_value(&text).unwrap() else { panic!("{text}") };
            let wide = Value::OutOfRange(digits.into());
            assert_eq!(read.get("a"), Some(&vec![Value::from(1), wide.clone()].into()), "{text}");
            assert_eq!(read.get("b").unwrap().as_object().unwrap().get("c"), Some(&wide), "{text}");
            assert_eq!(read.get("d"), Some(&wide), "{text}");
            assert_eq!(parse_value(&Value::from(read.clone()).to_string()), Ok(read.into()), "{text}");
            assert_eq!(parse_value(&format!("\u{feff} {digits} ")), Ok(wide), "{digits}");
        }
        for (text, value) in [("9223372036854775807", i64::MAX), ("-9223372036854775808", i64::MIN)] {
            assert_eq!(parse_value(text), Ok(value.into()));
            let beside = parse_value(&format!("[1e400,{text}]")).unwrap();
            assert_eq!(beside.as_array().unwrap().last(), Some(&value.into()));
        }
        assert!(parse_value(r#"{"a":[-9223372036854775808, 1.5, 3e1]}"#).is_ok());
    }

    /// Seen to fail: without the first member of an object.
    #[test]
    fn both_readers_read_the_same() {
        for text in [
            r#"{"a":[1,-2.5e3,null,true,{"b":{}},[],"x\u00e9\n"],"C d":"😀","e":-0.0,"f":9007199254740993}"#,
            " [ [ ] , { } , \"\" ,\n0 ] ",
            "\"text\"",
            "null",
            "-7",
            r#"{"a":1,"#,
            r#"{"a":1,"A":2}"#,
            r#"["a\u0000"]"#,
            "[1,]",
            "",
            "nul",
        ] {
            let most = || Budget::of(usize::MAX);
            let slow = wide::read(text, text, Nested::within(&most())).map_err(|e| e.kind());
            let quick = quick(text, Nested::within(&most())).map_err(|e| locate(&e, text, 0).kind());
            assert_eq!(slow, quick, "{text}");
        }
    }

    /// The slow reader follows the same rules as the quick one, and reports the same positions.
    #[test]
    fn beside_a_number_out_of_range_all_rules_hold() {
        for (text, offset, said) in [
            ("{\"a\":1e400,\"b\":tru}", 19, "expected"),
            ("{\"a\":1e400,\"b\":1,\"B\":2}", 0, "the name `B` appears twice"),
            ("{\"a\":1e400,\"b\":{\"c\":1,\"C\":2}}", 15, "the name `C` appears twice"),
            ("\u{feff}{\"a\":1e400,\"b\":[\"\\u0000\"]}", 26, "U+0000"),
            ("{\"a\":1e400} x", 12, "trailing"),
            ("[1e400,01]", 8, "invalid number"),
        ] {
            let (at, _, message) = refused(text);
            assert!(message.contains(said), "{text}: {message}");
            assert!(at.abs_diff(offset) <= 2, "{text}: {at}");
        }
        let deep = |n: usize| format!("{}1e400{}", "[".repeat(n), "]".repeat(n));
        assert!(parse_value(&deep(MAX_JSON_DEPTH)).is_ok());
        assert!(refused(&deep(MAX_JSON_DEPTH + 1)).2.contains("nested deeper than 32"));
        let many: Vec<String> = (0..200).map(|n| format!("\"a{n}\":1e400")).collect();
        assert!(parse_value(&format!("{{{}}}", many.join(","))).is_ok());
        assert!(parse_value(&format!("{{{},\"A150\":1}}", many.join(","))).is_err());
    }

    #[test]
    fn numbers_read_back_as_what_they_were_written_as() {
        for text in
            ["3e-123", "0.1", "2.2250738585072014e-308", "5e-324", "123456.789e-30", "9007199254740993"]
        {
            let value = parse_value(text).unwrap();
            assert_eq!(parse_value(&value.to_string()), Ok(value), "{text}");
        }
    }

    #[test]
    fn nesting_is_bounded() {
        let deep = |n: usize| format!("{}1{}", "[".repeat(n), "]".repeat(n));
        assert!(parse_value(&deep(MAX_JSON_DEPTH)).is_ok());
        assert!(refused(&deep(MAX_JSON_DEPTH + 1)).2.contains("nested deeper than 32"));
    }

    /// Seen to fail: with no value counted, with only those in lists, and with the slow reader not counting.
    #[test]
    fn values_are_bounded_whatever_their_size() {
        for (text, values) in [
            ("{}", 1),
            (r#"{"a":0}"#, 2),
            (r#"{"a":[0,"1,2",null]}"#, 5),
            (r#"{"a":[{"b":{}},[[]]],"c":true}"#, 7),
            (r#"{"a":[1e400,0,{"b":-1e400}],"c":[[]]}"#, 8),
        ] {
            assert!(parse_object_within(text, values).is_ok(), "{text}");
            let e = parse_object_within(text, values - 1).unwrap_err();
            assert_eq!(e.kind(), JsonErrorKind::TooMany, "{text}");
            let said = format!("the JSON has more than {} values at byte ", values - 1);
            assert!(e.to_string().starts_with(&said), "{text}: {e}");
        }
        let many = format!("[1e400{}]", ",0".repeat(1_000_000));
        assert_eq!(parse(&many, 100).unwrap_err().kind(), JsonErrorKind::TooMany);
    }

    #[test]
    fn a_fault_is_located_by_byte() {
        assert_eq!(refused("{\"a\": tru}").0, 9);
        assert_eq!(refused("{\n\"a\": x}").0, 7);
        assert_eq!(refused("{\"schemas\":[").1, JsonErrorKind::Syntax);
    }
}
