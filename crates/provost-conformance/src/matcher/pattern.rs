//! Placeholders in expected values: `{{any}}`, `{{id}}`, `{{uuid}}`, `{{now}}` and `{{int}}`.

use serde_json::Value;

const PLACEHOLDERS: [&str; 5] = ["{{any}}", "{{id}}", "{{uuid}}", "{{now}}", "{{int}}"];

/// Whether the whole text is one placeholder.
pub(super) fn is_placeholder(pattern: &str) -> bool {
    PLACEHOLDERS.contains(&pattern)
}

/// Whether a placeholder accepts a value.
pub(super) fn matches_value(placeholder: &str, value: &Value) -> bool {
    match (placeholder, value) {
        ("{{any}}", value) => !value.is_null(),
        ("{{int}}", value) => value.is_u64() || value.is_i64(),
        (placeholder, Value::String(text)) => matches_text(placeholder, text),
        _ => false,
    }
}

/// Whether a text matches a pattern with placeholders, such as `Bearer {{any}}`.
#[must_use]
pub fn matches_text(pattern: &str, text: &str) -> bool {
    let first = PLACEHOLDERS
        .iter()
        .filter_map(|placeholder| pattern.split_once(placeholder).map(|parts| (placeholder, parts)))
        .min_by_key(|(_, (before, _))| before.len());
    let Some((placeholder, (before, after))) = first else {
        return pattern == text;
    };
    let Some(rest) = text.strip_prefix(before) else {
        return false;
    };
    let ends = rest.char_indices().map(|(index, _)| index).chain([rest.len()]);
    ends.filter_map(|end| rest.split_at_checked(end))
        .any(|(here, tail)| allows(placeholder, here) && matches_text(after, tail))
}

fn allows(placeholder: &str, text: &str) -> bool {
    match placeholder {
        "{{id}}" => !text.is_empty() && !text.contains('/'),
        "{{uuid}}" => has_shape(text, "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx"),
        "{{now}}" => is_utc_time(text),
        "{{int}}" => text.parse::<i64>().is_ok(),
        _ => true,
    }
}

/// RFC 3339 §5.6, in UTC, with any number of fractional digits.
fn is_utc_time(text: &str) -> bool {
    let Some(time) = text.strip_suffix('Z').or_else(|| text.strip_suffix("+00:00")) else {
        return false;
    };
    let (time, fraction) = time.split_once('.').unwrap_or((time, "0"));
    let fraction_is_digits = !fraction.is_empty() && fraction.bytes().all(|byte| byte.is_ascii_digit());
    fraction_is_digits && has_shape(time, "9999-99-99T99:99:99")
}

/// In `shape`, `x` is a hexadecimal digit, `9` a decimal one, anything else itself.
fn has_shape(text: &str, shape: &str) -> bool {
    text.len() == shape.len()
        && text.chars().zip(shape.chars()).all(|(c, wanted)| match wanted {
            'x' => c.is_ascii_hexdigit(),
            '9' => c.is_ascii_digit(),
            other => c == other,
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_around_placeholders_counts() {
        assert!(matches_text("Bearer {{any}}", "Bearer realm=\"scim\""));
        assert!(!matches_text("Bearer {{any}}", "Basic realm=\"scim\""));
        let location = "http://h/Users/6f1b2c9e-3d0a-4a57-9c34-1e7d5b80a101";
        assert!(matches_text("http://h/Users/{{uuid}}", location));
        assert!(!matches_text("http://h/Users/{{uuid}}/x", location));
        assert!(matches_text("{{any}}/Users/{{any}}", location));
        assert!(matches_text("plain", "plain"));
        assert!(!matches_text("plain", "plainer"));
    }

    #[test]
    fn times_are_utc() {
        for good in ["2026-11-23T10:00:00Z", "2026-11-23T10:00:00.123456Z", "2026-11-23T10:00:00+00:00"] {
            assert!(matches_text("{{now}}", good), "{good}");
        }
        for bad in
            ["2026-11-23T10:00:00", "2026-11-23T10:00:00+01:00", "2026-11-23T10:00:00.Z", "2026-11-23Z", ""]
        {
            assert!(!matches_text("{{now}}", bad), "{bad}");
        }
    }
}
