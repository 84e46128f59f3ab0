//! Names of people, teams and organisations, as people write them.

/// The longest name, in bytes.
const LONGEST: usize = 200;

/// A name without blanks around it, or what is wrong with it.
pub(crate) fn name(text: &str) -> Result<String, &'static str> {
    let text = text.trim();
    match () {
        () if text.is_empty() => Err("a name is missing"),
        () if text.len() > LONGEST => Err("a name has 200 bytes at most"),
        () if text.contains(char::is_control) => Err("a name has no control characters"),
        () => Ok(text.to_owned()),
    }
}

/// What something is for, or nothing; without blanks around it.
pub(crate) fn label(text: &str) -> Result<String, &'static str> {
    let text = text.trim();
    match () {
        () if text.len() > LONGEST => Err("a label has 200 bytes at most"),
        () if text.contains(char::is_control) => Err("a label has no control characters"),
        () => Ok(text.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::{label, name};

    #[test]
    fn a_name_is_a_line_of_text() {
        assert_eq!(name(" Ines Falk "), Ok("Ines Falk".to_owned()));
        for bad in ["", "  ", "a\u{7}b", "a\nb", &"x".repeat(201)] {
            assert!(name(bad).is_err(), "{bad}");
            assert_eq!(label(bad).is_ok(), bad.trim().is_empty(), "{bad}");
        }
    }
}
