//! Compares answers with what was expected.

use super::case::Case;
use crate::bindings::Encoding;
use crate::data::ExpectedResponse;
use crate::http::{Request, Response};
use crate::matcher::{Difference, MatchMode, brief, compare, cut, matches_text};
use serde_json::Value;

const ERROR_SCHEMA: &str = "urn:ietf:params:scim:api:messages:2.0:Error";

/// Signs that an error text comes straight from the code and was not written for a reader.
const INTERNALS: [&str; 9] =
    ["panicked", "::", ".rs:", "serde", "diesel", "sqlite", "SELECT ", "INSERT ", "called `"];

impl Case<'_> {
    /// Records where the answer to a request differs from what was expected. `at` says which request it was.
    pub(super) fn judge(&mut self, at: &str, sent: &Request, answer: &Response, expected: &ExpectedResponse) {
        let differences = self.differences_of(sent, answer, expected);
        let differences = differences.unwrap_or_else(|difference| vec![difference]);
        self.differences.extend(differences.into_iter().map(|difference| difference.within(at)));
    }

    fn differences_of(
        &mut self,
        sent: &Request,
        answer: &Response,
        expected: &ExpectedResponse,
    ) -> Result<Vec<Difference>, Difference> {
        let accepted = expected.status.all();
        if !accepted.contains(&answer.status) {
            let said = cut(&String::from_utf8_lossy(&answer.body), 300);
            let actual = format!("{} {said}", answer.status).trim_end().to_owned();
            return Err(Difference::new("status", expected.status.to_string(), actual));
        }
        let mut differences = Vec::new();
        let preferred = accepted.first().copied().unwrap_or(answer.status);
        // If both a success and a refusal are accepted, as when an earlier answer was lost, neither is better.
        let both_succeed = [preferred, answer.status].iter().all(|status| (200..300).contains(status));
        if answer.status != preferred && both_succeed {
            // The preferred status is the one Entra likes best; strict answers a group PATCH with the group.
            if self.options.exact && self.options.profile.is_forgiving() {
                let actual = format!("{}, which is allowed but not preferred", answer.status);
                differences.push(Difference::new("status", preferred.to_string(), actual));
            } else {
                self.note(format!("status {} is allowed; {preferred} is preferred", answer.status));
            }
        }
        for (name, pattern) in &expected.headers {
            let of_body = name.eq_ignore_ascii_case("content-type");
            if !(of_body && answer.status == 204) {
                differences.extend(self.header_difference(answer, name, pattern)?);
            }
        }
        differences.extend(self.body_differences(sent, answer, expected)?);
        Ok(differences)
    }

    pub(super) fn header_difference(
        &self,
        answer: &Response,
        name: &str,
        pattern: &str,
    ) -> Result<Option<Difference>, Difference> {
        let wrong = |why| Difference::new(format!("header {name}"), "a value to compare", why);
        let wanted = self.bindings.fill(pattern, Encoding::Plain).map_err(wrong)?;
        let Some(value) = answer.header(name) else {
            return Ok(Some(Difference::new(format!("header {name}"), wanted, "nothing")));
        };
        // RFC 7644 §8.1 registers the type without parameters; a charset after it does no harm.
        let lenient = name.eq_ignore_ascii_case("content-type") && !self.options.exact;
        let compared = if lenient { value.split(';').next().unwrap_or_default().trim() } else { &*value };
        let matches = matches_text(&wanted, compared);
        Ok((!matches).then(|| Difference::new(format!("header {name}"), wanted, value)))
    }

    fn body_differences(
        &mut self,
        sent: &Request,
        answer: &Response,
        expected: &ExpectedResponse,
    ) -> Result<Vec<Difference>, Difference> {
        let ExpectedResponse { body: wanted, exact, absent, lengths, .. } = expected;
        let nothing_to_compare = wanted.is_none() && absent.is_empty() && lengths.is_empty();
        if answer.status == 204 && !answer.body.is_empty() {
            // RFC 9110 §15.3.5: "A 204 response is terminated by the end of the header section".
            let body = String::from_utf8_lossy(&answer.body).into_owned();
            return Err(Difference::new("body", "nothing after 204", cut(&body, 300)));
        }
        if nothing_to_compare {
            return Ok(self.null_differences(answer));
        }
        let body = if answer.status == 204 { self.read_back(sent)? } else { parsed(answer)? };
        let mode = if *exact { MatchMode::Exact } else { MatchMode::Subset };
        let mut differences = self.compare_body(&body, wanted.as_ref(), mode, absent)?;
        for (pointer, length) in lengths {
            let found = body.pointer(pointer).and_then(Value::as_array).map_or(0, Vec::len);
            if found != *length {
                let (wanted, found) = (format!("{length} elements"), format!("{found} elements"));
                differences.push(Difference::new(format!("body {pointer}"), wanted, found));
            }
        }
        differences.extend(self.null_differences(answer));
        // RFC 7644 §3.12 asks for a human-readable message, in the server's own words
        if answer.status >= 400 && !self.options.exact {
            for words in differences.extract_if(.., |difference| difference.at == "body /detail") {
                self.note(format!("`detail` could read {}", words.expected));
            }
        }
        Ok(differences)
    }

    /// What the body must contain, and what it must not.
    pub(super) fn compare_body(
        &self,
        body: &Value,
        wanted: Option<&Value>,
        mode: MatchMode,
        absent: &[String],
    ) -> Result<Vec<Difference>, Difference> {
        let mut differences = Vec::new();
        if let Some(wanted) = wanted {
            differences = compare("body ", &self.filled("body", wanted)?, body, mode);
        }
        let there = absent.iter().filter_map(|pointer| Some((pointer, body.pointer(pointer)?)));
        differences.extend(
            there.map(|(pointer, found)| Difference::new(format!("body {pointer}"), "nothing", brief(found))),
        );
        Ok(differences)
    }

    /// An expected value with its names filled in.
    pub(super) fn filled(&self, at: &str, value: &Value) -> Result<Value, Difference> {
        self.bindings.fill_value(value).map_err(|why| Difference::new(at, "a value to compare", why))
    }

    /// RFC 7644 §3.5.2 lets a PATCH answer 204; a GET then shows the result.
    fn read_back(&mut self, sent: &Request) -> Result<Value, Difference> {
        let get = Request::get(sent.path.as_str());
        let answer = self.call("read back after 204", &get)?;
        if answer.status != 200 {
            return Err(Difference::new("read back after 204: status", "200", answer.status.to_string()));
        }
        parsed(&answer)
    }

    fn null_differences(&self, answer: &Response) -> Vec<Difference> {
        let pointer = answer.json().filter(|_| self.options.exact).and_then(|body| null_within(&body));
        let difference = |pointer| Difference::new(format!("body {pointer}"), "nothing, or a value", "null");
        pointer.map(difference).into_iter().collect()
    }

    /// Whether an error answer is a SCIM error message (RFC 7644 §3.12) that is fit for people.
    pub(super) fn error_differences(&self, answer: &Response) -> Vec<Difference> {
        let body = match parsed(answer) {
            Ok(body) => body,
            Err(difference) => return vec![difference],
        };
        let wanted = serde_json::json!({"schemas": [ERROR_SCHEMA], "status": answer.status.to_string()});
        let mut differences = compare("body ", &wanted, &body, MatchMode::Subset);
        for name in body.as_object().into_iter().flat_map(|members| members.keys()) {
            if !["schemas", "status", "scimType", "detail"].contains(&name.as_str()) {
                let found = body.get(name).map(brief).unwrap_or_default();
                differences.push(Difference::new(
                    format!("body /{name}"),
                    "no further names in an error",
                    found,
                ));
            }
        }
        let detail = body.get("detail").and_then(Value::as_str).unwrap_or_default();
        if self.options.exact {
            differences.extend(style_difference(detail));
        }
        differences
    }
}

/// Whether an answer, whatever its form, contains text straight from the code.
pub(super) fn internals_difference(body: &[u8]) -> Option<Difference> {
    let text = String::from_utf8_lossy(body);
    let sign = INTERNALS.iter().find(|sign| **sign != "::" && text.contains(**sign))?;
    Some(Difference::new("body", format!("no `{sign}`"), cut(&text, 300)))
}

fn style_difference(detail: &str) -> Option<Difference> {
    let wanted = if detail.is_empty() {
        "a text for the administrator".to_owned()
    } else if detail.ends_with('.') {
        "no full stop at the end".to_owned()
    } else if detail.chars().count() > 1_000 {
        "a text of 1,000 characters at most".to_owned()
    } else {
        format!("no `{}`", INTERNALS.iter().find(|sign| detail.contains(**sign))?)
    };
    Some(Difference::new("body /detail", wanted, cut(detail, 300)))
}

fn parsed(answer: &Response) -> Result<Value, Difference> {
    answer.json().ok_or_else(|| {
        let body = String::from_utf8_lossy(&answer.body).into_owned();
        Difference::new("body", "JSON", if body.is_empty() { "nothing".to_owned() } else { cut(&body, 300) })
    })
}

/// The JSON pointer of the first null.
fn null_within(value: &Value) -> Option<String> {
    match value {
        Value::Null => Some(String::new()),
        Value::Array(items) => items
            .iter()
            .enumerate()
            .find_map(|(index, item)| null_within(item).map(|pointer| format!("/{index}{pointer}"))),
        Value::Object(members) => members
            .iter()
            .find_map(|(name, value)| null_within(value).map(|pointer| format!("/{name}{pointer}"))),
        _ => None,
    }
}
