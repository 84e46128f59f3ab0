//! Selects the cases to play by their names.

use crate::Error;
use std::convert::Infallible;
use std::fmt;
use std::str::FromStr;

/// The cases to play: those that match a pattern of `only`, or all if it is empty, except those that match a pattern of
/// `skip`.
#[derive(Debug, Clone, Default)]
pub struct Selection {
    /// Patterns of the cases to play.
    pub only: Vec<Pattern>,
    /// Patterns of the cases to leave out.
    pub skip: Vec<Pattern>,
}

impl Selection {
    /// Whether the case of this name is to be played.
    #[must_use]
    pub fn holds(&self, name: &str) -> bool {
        let any = |patterns: &[Pattern]| patterns.iter().any(|pattern| pattern.matches(name));
        (self.only.is_empty() || any(&self.only)) && !any(&self.skip)
    }

    /// Checks that every pattern matches one of these names: one that does not is misspelt, and the run would prove
    /// something other than what was meant.
    ///
    /// # Errors
    /// The pattern that matches nothing, or what is wrong with all of them together.
    pub fn check(&self, names: &[&str]) -> Result<(), Error> {
        for (option, patterns) in [("--only", &self.only), ("--skip", &self.skip)] {
            for pattern in patterns {
                if !names.iter().any(|name| pattern.matches(name)) {
                    let why = format!(
                        "no case matches `{option} {pattern}`: `provost-conformance run --list` has the names"
                    );
                    return Err(Error::Selection { why });
                }
            }
        }
        if !names.iter().any(|name| self.holds(name)) {
            let why = "`--skip` leaves out every case that would be played".to_owned();
            return Err(Error::Selection { why });
        }
        Ok(())
    }
}

/// A text within a name or, with `*` for any characters or `?` for one, a pattern for the whole name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pattern(String);

impl Pattern {
    /// Whether a name matches.
    #[must_use]
    pub fn matches(&self, name: &str) -> bool {
        let Self(text) = self;
        if text.contains(['*', '?']) { is_glob_of(text, name) } else { name.contains(text.as_str()) }
    }
}

fn is_glob_of(glob: &str, name: &str) -> bool {
    let mut rest = glob.chars();
    match rest.next() {
        None => name.is_empty(),
        Some('*') => {
            let ends = name.char_indices().map(|(at, _)| at).chain([name.len()]);
            ends.filter_map(|at| name.get(at..)).any(|tail| is_glob_of(rest.as_str(), tail))
        }
        Some(wanted) => {
            let mut name = name.chars();
            name.next().is_some_and(|c| wanted == '?' || wanted == c)
                && is_glob_of(rest.as_str(), name.as_str())
        }
    }
}

impl FromStr for Pattern {
    type Err = Infallible;

    fn from_str(text: &str) -> Result<Self, Infallible> {
        Ok(Self(text.to_owned()))
    }
}

impl fmt::Display for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NAMES: [&str; 3] = ["e010-match-username", "e011-match-email", "wire-ssh"];

    fn patterns(texts: &[&str]) -> Vec<Pattern> {
        texts.iter().map(|text| text.parse().unwrap()).collect()
    }

    fn played(only: &[&str], skip: &[&str]) -> Vec<&'static str> {
        let selection = Selection { only: patterns(only), skip: patterns(skip) };
        NAMES.into_iter().filter(|name| selection.holds(name)).collect()
    }

    fn refused(only: &[&str], skip: &[&str]) -> String {
        let selection = Selection { only: patterns(only), skip: patterns(skip) };
        selection.check(&NAMES).map_or_else(|error| error.to_string(), |()| String::new())
    }

    #[test]
    fn texts_are_looked_for_and_globs_are_the_whole_name() {
        assert_eq!(played(&[], &[]), NAMES);
        assert_eq!(played(&["match"], &[]), NAMES[..2]);
        assert_eq!(played(&["*-match-*"], &["e011"]), NAMES[..1]);
        assert_eq!(played(&["e01?-match-*l", "ssh"], &[]), NAMES[1..]);
        assert_eq!(played(&[], &["*"]), [""; 0]);
        for none in ["match*", "*match", "e01?-match", "?", "**x", "E010"] {
            assert_eq!(played(&[none], &[]), [""; 0], "{none}");
        }
        assert_eq!(played(&["**ssh*"], &[]), NAMES[2..]);
    }

    #[test]
    fn a_pattern_without_a_case_is_named() {
        assert_eq!(refused(&["ssh", "e0*"], &["e010"]), "");
        assert!(refused(&["e010", "wire-shs"], &[]).contains("`--only wire-shs`"));
        assert!(refused(&[], &["match", "e9*"]).contains("`--skip e9*`"));
        assert!(refused(&["match"], &["e01?-*"]).contains("leaves out every case"));
    }
}
