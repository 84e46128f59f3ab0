//! The names people are listed and searched by. The directory keeps names in documents, which no index covers, so they
//! are also stored beside the person, in the transaction that changes a name.

use provost::unstable::core::fold::{Folding, fold};
use provost::{Object, Value};
use unicode_normalization::UnicodeNormalization;

/// The longest `sort`, in bytes. Longer names with the same beginning are ordered by when they came.
const LONGEST_SORT: usize = 128;
/// The longest part of `search`, and the longest `search`. On PostgreSQL an index entry must stay below 2,704 bytes.
const LONGEST_PART: usize = 256;
const LONGEST_SEARCH: usize = 1_024;
/// How much of a name is read.
const LONGEST_NAME: usize = 4 * LONGEST_PART;

/// The names a person is listed by.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Called {
    /// The sort key: the name, else the address, else the `userName`.
    pub(crate) sort: String,
    /// The text that is searched: names, addresses and `userName`, one a line.
    pub(crate) search: String,
}

impl Called {
    /// The names of a SCIM user.
    pub(crate) fn of_user(user: &Object) -> Self {
        let emails = user.get("emails").map_or(&[][..], Value::elements).iter().filter_map(Value::as_object);
        // puts the same address first as the directory's `UserRow::email`
        let is_primary = |email: &&Object| email.get("primary").and_then(Value::as_bool) == Some(true);
        let is_for_work =
            |email: &&Object| email.str("type").is_some_and(|kind| kind.eq_ignore_ascii_case("work"));
        let (first, others): (Vec<_>, Vec<_>) = emails.partition(is_primary);
        let (second, others): (Vec<_>, Vec<_>) = others.into_iter().partition(is_for_work);
        let (name, whole) = (name_of(user), given_and_family(user));
        let emails = first.into_iter().chain(second).chain(others);
        let mut emails =
            emails.filter_map(|email| email.str("value")).filter(|email| !email.trim().is_empty());
        let parts = [name.as_deref(), emails.next(), user.str("userName"), whole.as_deref()];
        Self::of(parts.into_iter().flatten().chain(emails))
    }

    /// From names and addresses, the preferred one first.
    pub(crate) fn of<'a>(names: impl IntoIterator<Item = &'a str>) -> Self {
        let mut called = Self::default();
        for name in names.into_iter().map(plain).filter(|name| !name.is_empty()) {
            if called.sort.is_empty() {
                called.sort = cut(&name, LONGEST_SORT).to_owned();
            }
            let part = cut(&name, LONGEST_PART);
            let has_room = called.search.len().saturating_add(part.len()) < LONGEST_SEARCH;
            if has_room && called.search.lines().all(|line| line != part) {
                let line_break = if called.search.is_empty() { "" } else { "\n" };
                called.search.extend([line_break, part]);
            }
        }
        called
    }
}

/// The name of a SCIM user as people write it.
pub(crate) fn name_of(user: &Object) -> Option<String> {
    let display = user.str("displayName").map(str::trim).filter(|name| !name.is_empty());
    let formatted = || part_of_name(user, "formatted");
    display.or_else(formatted).map(str::to_owned).or_else(|| given_and_family(user))
}

fn given_and_family(user: &Object) -> Option<String> {
    let parts = ["givenName", "familyName"].into_iter().filter_map(|part| part_of_name(user, part));
    Some(parts.collect::<Vec<_>>().join(" ")).filter(|name| !name.is_empty())
}

fn part_of_name<'a>(user: &'a Object, part: &str) -> Option<&'a str> {
    let name = user.get("name").and_then(Value::as_object)?;
    name.str(part).map(str::trim).filter(|text| !text.is_empty())
}

/// Without case, accents, control characters and extra blanks: `Tomás  HERRERA` is found as `tomas h`.
pub(crate) fn plain(text: &str) -> String {
    let text = cut(text, LONGEST_NAME);
    let folded = match text.is_ascii() {
        true => text.to_ascii_lowercase(),
        false => {
            let letters: String = text.nfkd().filter(|c| !is_accent(*c)).collect();
            fold(Folding::Caseless, &letters).into_owned()
        }
    };
    let words = folded.split(|c: char| c.is_whitespace() || c.is_control()).filter(|word| !word.is_empty());
    words.collect::<Vec<_>>().join(" ")
}

/// The combining marks of Latin, Greek and Cyrillic, which people omit in a search. In other scripts a mark makes a
/// different letter.
const fn is_accent(c: char) -> bool {
    matches!(c, '\u{300}'..='\u{36f}')
}

fn cut(text: &str, bytes: usize) -> &str {
    text.get(..text.floor_char_boundary(bytes)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use provost::unstable::core::value::parse_object;

    fn called(user: &str) -> Called {
        Called::of_user(&parse_object(user).expect("an object"))
    }

    /// Seen to fail: with the first address instead of the primary one, and instead of that for work.
    #[test]
    fn a_user_is_ordered_by_name_else_address_else_user_name() {
        let emails = r#""emails":[{"value":"b@x.example"},{"value":"A@x.example","primary":true}]"#;
        for (user, sort, search) in [
            (
                format!(
                    r#"{{"userName":"Ann","displayName":" Ann  Ä. ","name":{{"givenName":"Ann"}},{emails}}}"#
                ),
                "ann a.",
                "ann a.\na@x.example\nann\nb@x.example",
            ),
            (r#"{"userName":"u","name":{"formatted":"Dr. U"}}"#.to_owned(), "dr. u", "dr. u\nu"),
            (
                r#"{"userName":"u","displayName":"  ","name":{"givenName":"Uma","familyName":"Rao"}}"#
                    .to_owned(),
                "uma rao",
                "uma rao\nu",
            ),
            (
                r#"{"userName":"u","emails":[{"value":"","primary":true},{"value":"h@x"},{"value":"w@x","type":"Work"}]}"#
                    .to_owned(),
                "w@x",
                "w@x\nu\nh@x",
            ),
            (format!(r#"{{"userName":"u",{emails}}}"#), "a@x.example", "a@x.example\nu\nb@x.example"),
            (r#"{"userName":"u","emails":[{"type":"work"}]}"#.to_owned(), "u", "u"),
            ("{}".to_owned(), "", ""),
        ] {
            let expected = Called { sort: sort.to_owned(), search: search.to_owned() };
            assert_eq!(called(&user), expected, "{user}");
        }
    }

    #[test]
    fn what_people_leave_out_does_not_matter() {
        for (text, expected) in [
            ("Tomás  HERRERA", "tomas herrera"),
            ("Straße\tÜber", "strasse uber"),
            ("\u{0}a\u{1b}b\n", "a b"),
            ("Ёлка Й", "елка и"),
            ("Ｆｕｌｌ", "full"),
            ("की", "की"),
            ("👩‍🚀 Ada", "👩‍🚀 ada"),
            ("محمد علي", "محمد علي"),
            (" \u{a0} ", ""),
        ] {
            assert_eq!(plain(text), expected, "{text}");
        }
    }

    /// Seen to fail: without the limit on all parts together.
    #[test]
    fn the_longest_names_have_room_in_an_index() {
        let emails: Vec<String> = (0..500).map(|n| format!(r#"{{"value":"{n}@x.example"}}"#)).collect();
        let emails = emails.join(",");
        for name in ["x".repeat(1_000_000), "ü".repeat(1_000), "👩".repeat(1_000), "ﷺ".repeat(1_000)] {
            let user = format!(r#"{{"userName":"the-user","displayName":"{name}","emails":[{emails}]}}"#);
            let called = called(&user);
            assert!(called.sort.len() <= LONGEST_SORT && called.search.len() <= LONGEST_SEARCH, "{called:?}");
            assert!(called.search.contains("\nthe-user\n") && called.search.starts_with(&called.sort));
        }
    }
}
