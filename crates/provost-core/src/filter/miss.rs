//! How parsers report a mismatch, before it becomes a [`FilterError`](super::FilterError).

use nom::error::{ErrorKind, ParseError};
use nom::{Err, IResult, Parser};

/// The result of a parser: the rest of the text, and a value.
pub(super) type Parsed<'t, T> = IResult<&'t str, T, Miss<'t>>;

/// Why a parser failed, and whether another alternative may be tried.
pub(super) type Fault<'t> = Err<Miss<'t>>;

/// A mismatch: where, as the rest of the text, and why. Nothing is allocated until it is reported.
#[derive(Debug)]
pub(super) struct Miss<'t> {
    pub(super) rest: &'t str,
    pub(super) why: Why,
}

#[derive(Debug, Clone, Copy)]
pub(super) enum Why {
    /// Something else was expected here.
    Expected(&'static str),
    /// One bracket too many.
    TooDeep,
    /// One term too many.
    TooManyTerms,
}

/// nom's own parsers only report that they failed; [`expect`] adds what was expected.
impl<'t> ParseError<&'t str> for Miss<'t> {
    fn from_error_kind(rest: &'t str, _: ErrorKind) -> Self {
        Self { rest, why: Why::Expected("a filter expression") }
    }
    fn append(_: &'t str, _: ErrorKind, other: Self) -> Self {
        other
    }
}

/// Fails for good: no other alternative is tried.
pub(super) fn fault(rest: &str, why: Why) -> Fault<'_> {
    Err::Failure(Miss { rest, why })
}

/// Fails for good, since something else was expected here.
pub(super) fn expected<'t, T>(what: &'static str, rest: &'t str) -> Parsed<'t, T> {
    Err(fault(rest, Why::Expected(what)))
}

/// Names what a parser expects. If the parser fails, parsing ends.
pub(super) fn expect<'t, T>(
    what: &'static str,
    mut parser: impl Parser<&'t str, Output = T, Error = Miss<'t>>,
) -> impl FnMut(&'t str) -> Parsed<'t, T> {
    move |i| {
        parser.parse(i).or_else(|e| match e {
            Err::Error(_) | Err::Incomplete(_) => expected(what, i),
            failure @ Err::Failure(_) => Err(failure),
        })
    }
}
