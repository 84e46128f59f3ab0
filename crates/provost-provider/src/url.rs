//! Paths and queries, decoded once, here, before anything is looked up.

use percent_encoding::percent_decode_str;
use provost_core::text::excerpt;
use provost_core::{Error, ErrorKind};

/// The segments of a path, decoded.
///
/// Doubled slashes count as one and trailing ones are ignored, since base URLs are pasted with and without them. `%2F`
/// inside a segment stays part of it.
pub(crate) fn segments(path: &str) -> Result<Vec<String>, Error> {
    path.split('/').filter(|s| !s.is_empty()).map(|s| decode(s, "the path", ErrorKind::BadRequest)).collect()
}

/// Undoes percent-encoding exactly once. A `%` that begins no escape stands for itself.
pub(crate) fn decode(text: &str, place: &str, fault: ErrorKind) -> Result<String, Error> {
    let Ok(decoded) = percent_decode_str(text).decode_utf8() else {
        let message = format!("{place} holds bytes that are not UTF-8: `{}`", excerpt(text));
        return Err(Error::new(fault, message));
    };
    if decoded.contains('\0') {
        return Err(Error::new(fault, format!("{place} holds the character U+0000")));
    }
    Ok(decoded.into_owned())
}

/// The pairs of a query as in a form (`+` is a blank), with the values not decoded yet.
pub(crate) fn pairs(query: &str) -> impl Iterator<Item = (String, &str)> {
    query.split('&').filter(|pair| !pair.is_empty()).filter_map(|pair| {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        // none of our parameters has a name that does not decode
        Some((form(name, "a parameter", ErrorKind::InvalidValue).ok()?, value))
    })
}

/// A name or value of a query, decoded.
pub(crate) fn form(text: &str, place: &str, fault: ErrorKind) -> Result<String, Error> {
    // the blank first, so that an encoded plus (%2B) survives
    match text.contains('+') {
        true => decode(&text.replace('+', " "), place, fault),
        false => decode(text, place, fault),
    }
}

/// A filter of a query, decoded.
///
/// Some clients write a query as a form, where a blank is `+`; others follow RFC 3986, where `+` is a plus and a blank
/// is `%20`. A filter shows which: the first blank in it, before the operator, is one or the other.
pub(crate) fn filter(text: &str, place: &str, fault: ErrorKind) -> Result<String, Error> {
    let before_plus = text.split_once('+').map_or(text, |(before, _)| before);
    match before_plus.contains("%20") || before_plus.contains(' ') {
        true => decode(text, place, fault),
        false => form(text, place, fault),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn segments_are_decoded_once_and_slashes_forgiven() {
        let of = |path: &str| segments(path).map_err(|e| e.status());
        let ok = |list: &[&str]| Ok(list.iter().map(|s| (*s).to_owned()).collect::<Vec<_>>());
        assert_eq!(of("/Users/"), ok(&["Users"]));
        assert_eq!(of("//Users//a"), ok(&["Users", "a"]));
        assert_eq!(of("/Users/a%2Fb"), ok(&["Users", "a/b"]));
        assert_eq!(of("/Users/%2541"), ok(&["Users", "%41"]));
        assert_eq!(of("/Users/}}"), ok(&["Users", "}}"]));
        assert_eq!(of("/Users/50%"), ok(&["Users", "50%"]));
        assert_eq!(of("/Users/%FF"), Err(400));
        assert_eq!(of("/Users/%00"), Err(400));
        assert_eq!(of(""), ok(&[]));
    }

    #[test]
    fn queries_are_forms() {
        let of = |query: &'static str| {
            pairs(query)
                .map(|(n, v)| (n, form(v, "a value", ErrorKind::InvalidValue).map_err(|e| e.status())))
                .collect::<Vec<_>>()
        };
        let pair = |n: &str, v: &str| (n.to_owned(), Ok(v.to_owned()));
        assert_eq!(of("filter=a+eq+%22b%2Bc%22"), [pair("filter", "a eq \"b+c\"")]);
        assert_eq!(of("a[b]=1&&c"), [pair("a[b]", "1"), pair("c", "")]);
        assert_eq!(of("x=%ff"), [("x".to_owned(), Err(400))]);
        assert_eq!(of("%ff=1&count=2"), [pair("count", "2")]);
        assert_eq!(of("filter=a=b"), [pair("filter", "a=b")]);
    }
    /// Seen to fail: with every `+` read as a blank, and with every `+` read as a plus if there is a `%20`.
    #[test]
    fn the_blank_before_the_operator_says_what_a_plus_is() {
        for (written, read) in [
            ("a%20eq%20%22b+c%22", "a eq \"b+c\""),
            ("a%20eq%20%22b%2Bc%22", "a eq \"b+c\""),
            ("a%20eq+%22b+c%22", "a eq+\"b+c\""),
            ("a eq \"b+c\"", "a eq \"b+c\""),
            ("a+eq+%22b%20c+d%22", "a eq \"b c d\""),
            ("a+eq%20%22b+c%22", "a eq \"b c\""),
            ("a+eq+%22b%2Bc%22", "a eq \"b+c\""),
            ("e[t%20eq%20%22w%22].value%20eq%20%22b+c%22", "e[t eq \"w\"].value eq \"b+c\""),
            ("", ""),
        ] {
            let found = filter(written, "the parameter `filter`", ErrorKind::InvalidFilter);
            assert_eq!(found.as_deref().map_err(Error::status), Ok(read), "{written}");
        }
        assert!(filter("a%20eq%20%FF", "the parameter `filter`", ErrorKind::InvalidFilter).is_err());
    }
}
