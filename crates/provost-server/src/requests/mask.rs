//! Texts of a request without what names people: what is left are names of attributes, operators and ids, and of all else its
//! kind and length.

/// The longest text that is kept of a path, a filter or a name.
const MOST: usize = 400;

/// A value as its kind and length: `‹text, 11›`.
pub(super) fn text(value: &str) -> String {
    match value.is_empty() || ["true", "false"].iter().any(|word| value.eq_ignore_ascii_case(word)) {
        // these name nobody, and are what is most often wrong
        true => value.to_owned(),
        false => format!("‹text, {}›", value.chars().count()),
    }
}

/// A word that the client chose from a list, such as an `op`.
pub(super) fn word(value: &str) -> String {
    const LONGEST: usize = 20;
    let is_word = value.len() <= LONGEST && value.bytes().all(|b| b.is_ascii_alphabetic() || b == b' ');
    if is_word { value.to_owned() } else { text(value) }
}

/// A URN of a schema or a message.
pub(super) fn urn(value: &str) -> String {
    let is_urn = value.get(..4).is_some_and(|start| start.eq_ignore_ascii_case("urn:"));
    if is_urn && value.len() <= MOST && value.chars().all(is_of_name) {
        value.to_owned()
    } else {
        text(value)
    }
}

/// The start of a text that may have any length.
pub(super) fn start(text: &str) -> String {
    const LONGEST: usize = 2_000;
    let mut kept: String = text.chars().take(LONGEST).collect();
    if kept.len() < text.len() {
        kept.push('…');
    }
    kept
}

/// The name of an attribute, as it was sent: it can be anything.
pub(super) fn name(name: &str) -> String {
    let is_usual = name.len() <= MOST && name.chars().all(|c| is_of_name(c) || "[]()\" ".contains(c));
    match is_usual && !name.is_empty() {
        true => path(name),
        false => format!("‹name, {}›", name.chars().count()),
    }
}

/// The path of an attribute, or a filter, without the literals in it: `emails[type eq "‹text, 4›"].value`.
pub(super) fn path(path: &str) -> String {
    let mut masked = String::new();
    let mut rest = path;
    let mut is_literal = false;
    while let Some(next) = rest.chars().next() {
        if masked.len() > MOST {
            masked.push('…');
            break;
        }
        let (taken, after) = match next {
            '"' => quoted(rest),
            c if is_between(c) => rest.split_at(c.len_utf8()),
            _ => rest.split_at(rest.find(|c: char| c == '"' || is_between(c)).unwrap_or(rest.len())),
        };
        match next {
            '"' => {
                let inner = taken.trim_matches('"');
                masked.push_str(&format!("\"{}\"", text(inner)));
                is_literal = false;
            }
            c if is_between(c) => masked.push(c),
            _ => {
                let is_name = !is_literal && taken.chars().all(is_of_name);
                let is_constant = ["true", "false", "null"].contains(&taken);
                masked.push_str(&if is_name || is_constant { taken.to_owned() } else { text(taken) });
                is_literal = is_comparison(taken);
            }
        }
        rest = after;
    }
    masked
}

/// What the client was told, with what it quotes between backticks masked like a path.
pub(super) fn sentence(sentence: &str) -> String {
    let part = |(n, part): (usize, &str)| if n % 2 == 0 { part.to_owned() } else { path(part) };
    sentence.split('`').enumerate().map(part).collect::<Vec<_>>().join("`")
}

/// The path of a URL below the Tenant URL, without what stands where an id is expected.
pub(super) fn url_path(path: &str) -> String {
    let segment = |(n, segment): (usize, &str)| match n {
        // the first is the endpoint
        0 if segment.len() <= MOST && segment.chars().all(is_of_name) => segment.to_owned(),
        _ if crate::audit::is_id(segment) || [".search", "Bulk"].contains(&segment) => segment.to_owned(),
        _ => text(segment),
    };
    let segments: Vec<_> = path.trim_start_matches('/').split('/').enumerate().map(segment).collect();
    format!("/{}", segments.join("/"))
}

/// The query of a URL. Values of the protocol's own parameters are kept as far as they name nobody.
pub(super) fn query(query: &str) -> String {
    let parameter = |pair: &str| {
        let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
        let value = percent_decoded(value);
        let shown = match key.to_ascii_lowercase().as_str() {
            "filter" | "attributes" | "excludedattributes" | "sortby" => path(&value),
            "sortorder" => word(&value),
            "startindex" | "count" if value.bytes().all(|b| b.is_ascii_digit() || b == b'-') => value,
            _ => text(&value),
        };
        format!("{}={shown}", name(key))
    };
    query.split('&').filter(|pair| !pair.is_empty()).take(20).map(parameter).collect::<Vec<_>>().join("&")
}

fn percent_decoded(text: &str) -> String {
    let plus = text.replace('+', " ");
    percent_encoding::percent_decode_str(&plus).decode_utf8_lossy().into_owned()
}

/// A text in quotes at the beginning, and the rest. A quote that never ends takes everything.
fn quoted(text: &str) -> (&str, &str) {
    let mut is_escaped = false;
    for (at, c) in text.char_indices().skip(1) {
        match c {
            _ if is_escaped => is_escaped = false,
            '\\' => is_escaped = true,
            '"' => return text.split_at(at.saturating_add(1)),
            _ => {}
        }
    }
    (text, "")
}

/// RFC 7643 section 2.1 and RFC 8141: what names of attributes and URNs consist of.
fn is_of_name(c: char) -> bool {
    c.is_ascii_alphanumeric() || "-_.:$/,*".contains(c)
}

fn is_between(c: char) -> bool {
    c.is_whitespace() || "[]()".contains(c)
}

fn is_comparison(word: &str) -> bool {
    ["eq", "ne", "co", "sw", "ew", "gt", "ge", "lt", "le"]
        .iter()
        .any(|known| word.eq_ignore_ascii_case(known))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Seen to fail: with a literal that is masked in quotes alone, and with one whose quotes never end.
    #[test]
    fn literals_are_masked_wherever_they_stand() {
        for (sent, kept) in [
            ("userName", "userName"),
            ("emails[type eq \"work\"].value", "emails[type eq \"‹text, 4›\"].value"),
            ("emails[type eq work].value", "emails[type eq ‹text, 4›].value"),
            ("emails[type EQ \"Maren \\\"M\\\" O\"]", "emails[type EQ \"‹text, 13›\"]"),
            ("userName eq \"maren", "userName eq \"‹text, 5›\""),
            ("active eq true and x eq 5", "active eq true and x eq ‹text, 1›"),
            (
                "urn:ietf:params:scim:schemas:core:2.0:User:userName",
                "urn:ietf:params:scim:schemas:core:2.0:User:userName",
            ),
            ("maren@example.com", "‹text, 17›"),
            ("not (userName pr)", "not (userName pr)"),
            ("", ""),
        ] {
            assert_eq!(path(sent), kept, "{sent}");
        }
        assert!(path(&"a ".repeat(10_000)).len() < 2 * MOST);
    }

    #[test]
    fn urls_keep_endpoints_ids_and_names() {
        let id = "01943f71-2c0e-7d55-a1b0-6f9e0d2c4a77";
        assert_eq!(url_path(&format!("/Users/{id}")), format!("/Users/{id}"));
        assert_eq!(url_path("/Users/maren@example.com"), "/Users/‹text, 17›");
        assert_eq!(url_path("/maren@example.com"), "/‹text, 17›");
        assert_eq!(url_path("/Users/.search"), "/Users/.search");
        assert_eq!(
            query(
                "filter=userName+eq+%22maren%22&count=1&startIndex=maren&attributes=emails&x=maren&sortOrder=up"
            ),
            "filter=userName eq \"‹text, 5›\"&count=1&startIndex=‹text, 5›&attributes=emails&x=‹text, 5›&sortOrder=up"
        );
    }

    #[test]
    fn sentences_quote_names_alone() {
        assert_eq!(
            sentence(
                "operation 2 (add `emails[type eq \"work\"]`): there is no User with the id `maren@example.com`"
            ),
            "operation 2 (add `emails[type eq \"‹text, 4›\"]`): there is no User with the id `‹text, 17›`"
        );
    }

    #[test]
    fn words_urns_and_names() {
        assert_eq!(
            (word("Replace"), word("maren@x"), word("")),
            ("Replace".into(), "‹text, 7›".into(), "".into())
        );
        assert_eq!((text("True"), text("Marén")), ("True".into(), "‹text, 5›".into()));
        assert_eq!(
            (urn("urn:a:b"), urn("urn:a b"), urn("maren")),
            ("urn:a:b".into(), "‹text, 7›".into(), "‹text, 5›".into())
        );
        assert_eq!(name(&"x".repeat(10_240)), "‹name, 10240›");
        assert_eq!((name("maren@example.com"), name("")), ("‹name, 17›".into(), "‹name, 0›".into()));
        assert_eq!(name("emails[type eq \"work\"].value"), "emails[type eq \"‹text, 4›\"].value");
    }
}
