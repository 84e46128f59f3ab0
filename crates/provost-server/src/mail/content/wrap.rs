//! Plain text in lines that no mail program needs to break.

/// The longest line, in characters; RFC 5322 section 2.1.1 asks for 78 at most. A longer word, such as a link, gets its own line.
const WIDTH: usize = 72;

/// Breaks a text into lines; all but the first begin with `indent`.
pub(super) fn lines(text: &str, indent: &str) -> String {
    broken(text, indent, 0)
}

fn broken(text: &str, indent: &str, taken: usize) -> String {
    let (mut all, mut at) = (String::new(), taken);
    for word in text.split_whitespace() {
        let length = word.chars().count();
        if all.is_empty() {
        } else if at + 1 + length > WIDTH {
            all.push('\n');
            all.push_str(indent);
            at = indent.chars().count();
        } else {
            all.push(' ');
            at += 1;
        }
        all.push_str(word);
        at += length;
    }
    all
}

/// Two columns, indented. If the first is too wide, the second goes below it.
pub(super) fn rows<'a>(rows: impl Iterator<Item = (&'a str, &'a str)> + Clone) -> String {
    const WIDEST: usize = 24;
    let width =
        rows.clone().map(|(label, _)| label.chars().count()).filter(|n| *n <= WIDEST).max().unwrap_or(0);
    let indent = " ".repeat(width + 5);
    let mut all = String::new();
    for (label, value) in rows {
        let length = label.chars().count();
        if length <= WIDEST {
            let space = " ".repeat(width - length.min(width) + 3);
            all.push_str(&format!("  {label}{space}{}\n", broken(value, &indent, width + 5)));
        } else {
            all.push_str(&format!(
                "  {}\n{indent}{}\n",
                lines(label, "  "),
                broken(value, &indent, width + 5)
            ));
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Seen to fail: with the blank between words not counted, and with the indentation not counted.
    #[test]
    fn no_line_is_too_long_unless_a_word_is() {
        for (word, indent) in [("a ", ""), ("word ", ""), ("a ", "          "), ("word ", "          ")] {
            let text = word.repeat(200);
            let wrapped = lines(&text, indent);
            let full = wrapped.lines().count() - 1;
            let lengths = wrapped.lines().map(|line| line.chars().count());
            assert!(
                lengths.clone().all(|n| n <= WIDTH) && lengths.take(full).all(|n| n > WIDTH - 5),
                "{wrapped}"
            );
            assert_eq!(wrapped.split_whitespace().count(), 200);
        }
        let link = "https://provost.example.com/".repeat(4);
        assert!(lines(&format!("a {link} b"), "").lines().any(|line| line == link));
    }

    #[test]
    fn columns() {
        let teams = "Platform, ".repeat(12);
        let text = rows([("Your role", "Member"), ("Your teams", teams.as_str())].into_iter());
        assert!(text.starts_with("  Your role    Member\n  Your teams   Platform, Platform,"), "{text}");
        assert!(text.lines().all(|line| line.chars().count() <= WIDTH), "{text}");
        assert!(
            text.lines().nth(2).is_some_and(|line| line.starts_with("               Platform")),
            "{text}"
        );
    }
}
