//! Filter and PATCH path texts to syntax.

use super::grammar::{Grammar, Scope};
use super::miss::{Fault, Miss, Why};
use super::{Filter, FilterError, PatchPath, brackets};
use crate::limits::{Limits, MAX_FILTER_DEPTH};
use std::str::FromStr;

/// What the parser forgives beyond the grammar of RFC 7644 section 3.4.2.2. [`Default`] forgives nothing.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Syntax {
    /// A bare word in place of a JSON literal is a text: `id eq 54d3`.
    pub bare_words: bool,
    /// `true`, `false` and `null` in any case: `active eq True`.
    pub literal_case: bool,
    /// `emails[type eq "work"].value eq "x"` and `emails[type eq "work"] eq "x"` are read as
    /// `emails[type eq "work" and value eq "x"]`.
    pub compared_value_path: bool,
}

/// Which of [`Syntax`]'s leniencies a text made use of.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Leniencies {
    /// A bare word was read as a text.
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
    /// A text outside the grammar or over a limit, with the byte of the fault and what was expected there.
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
    /// The strict grammar within the default [`Limits`].
    fn from_str(text: &str) -> Result<Self, FilterError> {
        Self::parse(text, &Limits::default(), Syntax::default()).map(|(filter, _)| filter)
    }
}

impl PatchPath {
    /// Parses a PATCH path.
    ///
    /// # Errors
    /// A text outside the grammar or over a limit, with the byte of the fault and what was expected there.
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

/// Recursion goes as deep as brackets do, so the constant holds whatever the setting says.
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
        // complete parsers never ask for more
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
