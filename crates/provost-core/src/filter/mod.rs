//! Filters: text -> [`Filter`] (syntax with spans) -> [`TypedFilter`] (attributes resolved, operands converted) ->
//! evaluation.

mod brackets;
mod compare;
mod error;
mod eval;
mod grammar;
mod lexical;
mod literal;
mod miss;
mod names;
mod operand;
mod parse;
mod resolve;
mod syntax;
mod typed;
#[cfg(fuzzing)]
pub mod work;

pub use error::FilterError;
pub use parse::{Leniencies, Syntax};
pub use resolve::Unknown;
pub use syntax::{CompareOp, Filter, Literal, OperandSpan, PatchPath};
pub use typed::{Comparison, Operand, TypedFilter};
