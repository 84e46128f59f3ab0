//! Any text as a JSON object: it is read or refused with a place inside the text, and what is read is written so that
//! it reads back as the same, with every name once.

#![no_main]

use libfuzzer_sys::fuzz_target;
use provost_core::limits::MAX_JSON_DEPTH;
use provost_core::value::{Object, Value, parse_object, parse_value};

fuzz_target!(|data: &[u8]| {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let value = match parse_value(text) {
        Ok(value) => value,
        Err(e) => {
            assert!(e.offset() <= text.len(), "{e}");
            assert!(!e.to_string().contains(['\u{1}', '\u{2}']), "{e:?}");
            assert!(parse_object(text).is_err());
            return;
        }
    };
    sound(&value, 0);
    assert_eq!(parse_value(&value.to_string()).as_ref(), Ok(&value));
    assert_eq!(parse_object(text).is_ok(), value.as_object().is_some());
    // serde's way in has the same rules
    // but no place for digits that no type of Rust holds
    match serde_json::from_str::<Value>(text.trim_start_matches('\u{feff}')) {
        Ok(read) => assert_eq!(read, value),
        Err(e) => assert!(is_wide(&value), "{e}"),
    }
});

fn is_wide(value: &Value) -> bool {
    match value {
        Value::OutOfRange(_) => true,
        Value::Array(list) => list.iter().any(is_wide),
        Value::Object(o) => o.iter().any(|(_, v)| is_wide(v)),
        _ => false,
    }
}

fn sound(value: &Value, depth: usize) {
    assert!(depth <= MAX_JSON_DEPTH);
    match value {
        Value::String(s) => assert!(!s.contains('\0')),
        Value::Array(list) => list.iter().for_each(|v| sound(v, depth + 1)),
        Value::Object(o) => {
            once(o);
            o.iter().for_each(|(_, v)| sound(v, depth + 1));
        }
        Value::Number(n) => assert!(n.as_f64().is_finite()),
        Value::OutOfRange(digits) => assert!(digits.parse::<i64>().is_err() && digits.parse::<f64>().is_ok()),
        Value::Null | Value::Bool(_) => {}
    }
}

fn once(o: &Object) {
    let mut names: Vec<String> = o.iter().map(|(n, _)| n.as_str().to_ascii_lowercase()).collect();
    names.sort_unstable();
    let all = names.len();
    names.dedup();
    assert_eq!(names.len(), all, "a name appears twice");
}
