//! Suggests the name that was meant.

/// The known name closest to an unknown one, if any is close.
pub(crate) fn nearest(unknown: &str, known: impl IntoIterator<Item = String>) -> Option<String> {
    let distance = |name: &String| strsim::damerau_levenshtein(unknown, name);
    // one letter in three may be wrong
    let near = |name: &String| distance(name) * 3 <= unknown.chars().count();
    known.into_iter().filter(near).min_by_key(distance)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slips_are_found_and_other_words_are_not() {
        let known = || ["listen", "public-url", "page", "page-default"].map(str::to_owned);
        for (unknown, meant) in [
            ("lissten", Some("listen")),
            ("public_url", Some("public-url")),
            ("pgae", Some("page")),
            ("page-defualt", Some("page-default")),
            ("colour", None),
            ("", None),
        ] {
            assert_eq!(nearest(unknown, known()).as_deref(), meant, "{unknown}");
        }
    }
}
