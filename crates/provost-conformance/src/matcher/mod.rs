//! Compares an answer with what was expected, and reports the differences.

mod pattern;

use serde::Serialize;
use serde_json::{Map, Value};

pub use pattern::matches_text;

/// One difference between the answer and what was expected.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Difference {
    /// Where: `status`, `header Location`, `body` with a JSON pointer, or a check and what it checked.
    pub at: String,
    /// What was expected there.
    pub expected: String,
    /// What came.
    pub actual: String,
}

impl Difference {
    /// A difference at a place.
    pub fn new(at: impl Into<String>, expected: impl Into<String>, actual: impl Into<String>) -> Self {
        Self { at: at.into(), expected: expected.into(), actual: actual.into() }
    }

    /// The same difference with a prefix before its place, unless the prefix is empty.
    #[must_use]
    pub fn within(self, prefix: &str) -> Self {
        if prefix.is_empty() { self } else { Self { at: format!("{prefix}: {}", self.at), ..self } }
    }
}

/// What else an answer may contain.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MatchMode {
    /// Anything more in objects and arrays.
    Subset,
    /// Nothing. The order of an array is still ignored.
    Exact,
}

/// The differences between an expected value, which may contain placeholders, and an actual one; none if they match.
///
/// `at` names the whole value; JSON pointers are appended to it.
#[must_use]
pub fn compare(at: &str, expected: &Value, actual: &Value, mode: MatchMode) -> Vec<Difference> {
    let here = || vec![Difference::new(at, brief(expected), brief(actual))];
    match (expected, actual) {
        (Value::Object(expected), Value::Object(actual)) => compare_objects(at, expected, actual, mode),
        (Value::Array(expected), Value::Array(actual)) => compare_arrays(at, expected, actual, mode),
        (Value::String(pattern), actual) if pattern::is_placeholder(pattern) => {
            if pattern::matches_value(pattern, actual) { Vec::new() } else { here() }
        }
        (Value::String(pattern), Value::String(text)) if matches_text(pattern, text) => Vec::new(),
        (expected, actual) if expected == actual => Vec::new(),
        _ => here(),
    }
}

fn compare_objects(
    at: &str,
    expected: &Map<String, Value>,
    actual: &Map<String, Value>,
    mode: MatchMode,
) -> Vec<Difference> {
    let mut differences = Vec::new();
    for (name, wanted) in expected {
        let at = format!("{at}/{}", escaped(name));
        match actual.get(name) {
            Some(found) => differences.extend(compare(&at, wanted, found, mode)),
            // RFC 7643 §2.4: "If not specified, the value of "primary" SHALL be assumed to be "false"."
            None if name == "primary" && *wanted == Value::Bool(false) => {}
            None => differences.push(Difference::new(at, brief(wanted), "nothing")),
        }
    }
    if mode == MatchMode::Exact {
        for (name, found) in actual.iter().filter(|(name, _)| !expected.contains_key(*name)) {
            differences.push(Difference::new(format!("{at}/{}", escaped(name)), "nothing", brief(found)));
        }
    }
    differences
}

fn compare_arrays(at: &str, expected: &[Value], actual: &[Value], mode: MatchMode) -> Vec<Difference> {
    // An expected empty array stands for an empty one; as a subset it would match anything.
    if (mode == MatchMode::Exact || expected.is_empty()) && expected.len() != actual.len() {
        let expected = format!("{} elements", expected.len());
        let actual = format!("{} elements: {}", actual.len(), brief(&Value::Array(actual.to_vec())));
        return vec![Difference::new(at, expected, actual)];
    }
    let mut free: Vec<(usize, &Value)> = actual.iter().enumerate().collect();
    let mut differences = Vec::new();
    for wanted in expected {
        let tried = free.iter().map(|(index, found)| compare(&format!("{at}/{index}"), wanted, found, mode));
        let nearest = tried.enumerate().min_by_key(|(_, differences)| differences.len());
        match nearest {
            Some((position, found)) if found.is_empty() => {
                // Only an exact match uses elements up: in a subset match one element may satisfy two expectations.
                if mode == MatchMode::Exact {
                    free.remove(position);
                }
            }
            // Of many elements, the most similar one says most about what is wrong.
            Some((_, found)) if wanted.is_object() => differences.extend(found),
            _ => differences.push(Difference::new(
                at,
                format!("an element {}", brief(wanted)),
                brief(&Value::Array(actual.to_vec())),
            )),
        }
    }
    differences
}

/// A value on one line, cut if it is long.
#[must_use]
pub fn brief(value: &Value) -> String {
    cut(&value.to_string(), 300)
}

/// The first `limit` characters of a text.
#[must_use]
pub fn cut(text: &str, limit: usize) -> String {
    let mut chars = text.chars();
    let mut short: String = chars.by_ref().take(limit).collect();
    if chars.next().is_some() {
        short.push('…');
    }
    short
}

/// RFC 6901 §3: escapes `~` and `/` in a name.
fn escaped(name: &str) -> String {
    name.replace('~', "~0").replace('/', "~1")
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn at(expected: &Value, actual: &Value, mode: MatchMode) -> Vec<String> {
        compare("body", expected, actual, mode).into_iter().map(|difference| difference.at).collect()
    }

    #[test]
    fn a_subset_may_hold_more() {
        let actual = json!({"a": 1, "b": {"c": "x", "d": 2}, "e": [1, 2, 3]});
        assert!(at(&json!({"b": {"c": "x"}, "e": [3, 1]}), &actual, MatchMode::Subset).is_empty());
        assert_eq!(at(&json!({"b": {"c": "y"}}), &actual, MatchMode::Subset), ["body/b/c"]);
        assert_eq!(at(&json!({"f": 1}), &actual, MatchMode::Subset), ["body/f"]);
        assert_eq!(at(&json!({"e": [4]}), &actual, MatchMode::Subset), ["body/e"]);
        assert_eq!(at(&json!({"a": "1"}), &actual, MatchMode::Subset), ["body/a"]);
    }

    #[test]
    fn each_expected_element_needs_a_match_and_the_nearest_one_is_reported() {
        let actual = json!({"emails": [{"type": "home", "value": "h"}, {"type": "work", "value": "w"}]});
        assert!(at(&json!({"emails": [{"type": "work"}]}), &actual, MatchMode::Subset).is_empty());
        let differences =
            compare("body", &json!({"emails": [{"type": "work", "value": "v"}]}), &actual, MatchMode::Subset);
        assert_eq!(differences.len(), 1);
        assert!(["body/emails/0/type", "body/emails/1/value"].contains(&differences[0].at.as_str()));
    }

    #[test]
    fn an_expected_empty_array_is_empty() {
        assert_eq!(
            at(&json!({"Resources": []}), &json!({"Resources": [1]}), MatchMode::Subset),
            ["body/Resources"]
        );
        assert_eq!(at(&json!({"Resources": []}), &json!({}), MatchMode::Subset), ["body/Resources"]);
        assert!(at(&json!({"Resources": []}), &json!({"Resources": []}), MatchMode::Subset).is_empty());
    }

    #[test]
    fn exact_allows_nothing_more_and_any_order() {
        assert!(at(&json!({"a": [1, 2]}), &json!({"a": [2, 1]}), MatchMode::Exact).is_empty());
        assert_eq!(at(&json!({"a": [1, 1]}), &json!({"a": [2, 1]}), MatchMode::Exact), ["body/a"]);
        assert_eq!(at(&json!({"a": [1]}), &json!({"a": [1, 2]}), MatchMode::Exact), ["body/a"]);
        assert_eq!(at(&json!({}), &json!({"a/b": 1}), MatchMode::Exact), ["body/a~1b"]);
    }

    #[test]
    fn primary_false_is_the_same_as_no_primary() {
        assert!(at(&json!({"primary": false}), &json!({}), MatchMode::Subset).is_empty());
        assert_eq!(
            at(&json!({"primary": false}), &json!({"primary": true}), MatchMode::Subset),
            ["body/primary"]
        );
        assert_eq!(at(&json!({"active": false}), &json!({}), MatchMode::Subset), ["body/active"]);
    }

    #[test]
    fn placeholders_match_what_they_stand_for() {
        let expected = json!({"id": "{{uuid}}", "n": "{{int}}", "meta": "{{any}}", "at": "{{now}}"});
        let id = "6f1b2c9e-3d0a-4a57-9c34-1e7d5b80a101";
        let good = json!({"id": id, "n": 3, "meta": {"x": 1}, "at": "2026-11-23T10:00:00.5Z"});
        assert!(at(&expected, &good, MatchMode::Subset).is_empty());
        let bad = json!({"id": "42", "n": "3", "meta": null, "at": "2026-11-23"});
        assert_eq!(at(&expected, &bad, MatchMode::Subset), ["body/at", "body/id", "body/meta", "body/n"]);
    }
}
