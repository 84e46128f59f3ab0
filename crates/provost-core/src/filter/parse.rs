//! Parses filters and PATCH paths to syntax.

use super::grammar::{Grammar, Scope};
use super::miss::{Fault, Miss, Why};
use super::{Filter, FilterError, PatchPath, brackets};
use crate::limits::{Limits, MAX_FILTER_DEPTH};
use std::str::FromStr;

/// What the parser accepts beyond the grammar of RFC 7644 section 3.4.2.2. [`Default`] accepts nothing more.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Syntax {
    /// Reads a bare word in place of a JSON literal as a string: `id eq 54d3`.
    pub bare_words: bool,
    /// Accepts `true`, `false` and `null` in any case: `active eq True`.
    pub literal_case: bool,
    /// Reads `emails[type eq "work"].value eq "x"` and `emails[type eq "work"] eq "x"` as `emails[type eq "work" and
    /// value eq "x"]`.
    pub compared_value_path: bool,
}

/// Which of the leniencies in [`Syntax`] a text needed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Leniencies {
    /// A bare word was read as a string.
    pub bare_words: bool,
    /// A literal was not in lower case.
    pub literal_case: bool,
    /// A value path was compared.
    pub compared_value_path: bool,
}

impl Filter {
    /// Parses a filter.
    ///
    /// # Errors
    /// The text does not match the grammar, or exceeds a limit. The error has the byte position and what was expected
    /// there.
    pub fn parse(text: &str, limits: &Limits, syntax: Syntax) -> Result<(Self, Leniencies), FilterError> {
        within("filter", text, limits.filter_bytes)?;
        let grammar = Grammar::new(text, syntax, limits.filter_terms);
        match grammar.filter(text, Scope::outermost(depth(limits))) {
            Ok((_, filter)) => Ok((filter, grammar.used())),
            Err(fault) => Err(located(&grammar, limits, &fault)),
        }
    }
}

impl FromStr for Filter {
    type Err = FilterError;
    /// Uses the strict grammar and the default [`Limits`].
    fn from_str(text: &str) -> Result<Self, FilterError> {
        Self::parse(text, &Limits::default(), Syntax::default()).map(|(filter, _)| filter)
    }
}

impl PatchPath {
    /// Parses a PATCH path.
    ///
    /// # Errors
    /// The text does not match the grammar, or exceeds a limit. The error has the byte position and what was expected
    /// there.
    pub fn parse(text: &str, limits: &Limits, syntax: Syntax) -> Result<(Self, Leniencies), FilterError> {
        within("path", text, limits.path_bytes)?;
        let grammar = Grammar::new(text, syntax, limits.filter_terms);
        match grammar.patch_path(text, Scope::outermost(depth(limits))) {
            Ok((_, path)) => Ok((path, grammar.used())),
            Err(fault) => {
                let e = located(&grammar, limits, &fault);
                let rest = text.get(e.offset()..).unwrap_or_default();
                let behind_a_name = e.offset() > 0 && rest.starts_with([' ', '(']) && !text.contains('[');
                let wanted = if behind_a_name { brackets::wanted(text, limits, syntax) } else { None };
                Err(wanted.map_or(e, |what| FilterError::expected(&what, text.len() - rest.len(), rest)))
            }
        }
    }
}

/// Recursion is as deep as the brackets, so the constant applies whatever the setting says.
fn depth(limits: &Limits) -> usize {
    limits.filter_depth.min(MAX_FILTER_DEPTH)
}

fn within(what: &str, text: &str, max: usize) -> Result<(), FilterError> {
    if text.len() <= max {
        return Ok(());
    }
    let message = format!("the {what} of {} bytes exceeds the limit of {max}", text.len());
    Err(FilterError::new(max, message))
}

fn located(grammar: &Grammar<'_>, limits: &Limits, fault: &Fault<'_>) -> FilterError {
    let (nom::Err::Error(Miss { rest, why }) | nom::Err::Failure(Miss { rest, why })) = fault else {
        // complete parsers never need more input
        return FilterError::new(grammar.offset(""), "expected more text");
    };
    let offset = grammar.offset(rest);
    match why {
        Why::Expected(what) => FilterError::expected(what, offset, rest),
        Why::TooDeep => {
            FilterError::new(offset, format!("brackets are nested deeper than {} levels", depth(limits)))
        }
        Why::TooManyTerms => {
            FilterError::new(offset, format!("there are more than {} terms", limits.filter_terms))
        }
    }
}
