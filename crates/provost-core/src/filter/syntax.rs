//! Filters and PATCH paths as written, before any schema is consulted.

use crate::path::{AttrPath, Span};
use crate::text::words;
use crate::value::Number;
use std::fmt;

/// `FILTER` of RFC 7644 section 3.4.2.2, with the precedence given in its text: grouping, `not`, `and`, `or`.
///
/// [`fmt::Display`] writes text that parses to an equal filter. Equality ignores spans.
///
/// ```
/// use provost_core::Filter;
/// let f: Filter = r#"title pr and (userType eq "Employee" or userType EQ "Intern")"#.parse()?;
/// assert_eq!(f.to_string(), r#"title pr and (userType eq "Employee" or userType eq "Intern")"#);
/// # Ok::<(), provost_core::filter::FilterError>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub enum Filter {
    /// `attrPath op value`
    Compare {
        /// The attribute.
        path: AttrPath,
        /// The operator.
        op: CompareOp,
        /// The operand.
        value: Literal,
        /// Where the operand is, for messages about its type.
        at: OperandSpan,
    },
    /// `attrPath pr`
    Present(AttrPath),
    /// `attrPath[filter]`: the same value meets all terms.
    ValuePath {
        /// The multi-valued attribute.
        path: AttrPath,
        /// What one of its values must match; paths inside are its sub-attributes.
        filter: Box<Self>,
    },
    /// `not (filter)`
    Not(Box<Self>),
    /// `a and b and ..`, two or more.
    And(Vec<Self>),
    /// `a or b or ..`, two or more.
    Or(Vec<Self>),
}

/// A span that equality ignores.
#[derive(Debug, Clone, Copy, Default)]
pub struct OperandSpan(pub Span);

impl PartialEq for OperandSpan {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

words! {
    /// `compareOp` of RFC 7644 figure 1.
    CompareOp {
        /// Equal.
        Eq = "eq",
        /// Not equal.
        Ne = "ne",
        /// Contains.
        Co = "co",
        /// Starts with.
        Sw = "sw",
        /// Ends with.
        Ew = "ew",
        /// Greater than.
        Gt = "gt",
        /// Greater than or equal.
        Ge = "ge",
        /// Less than.
        Lt = "lt",
        /// Less than or equal.
        Le = "le",
    }
}

impl CompareOp {
    /// Whether it orders values: `gt`, `ge`, `lt`, `le`.
    #[must_use]
    pub const fn is_ordering(self) -> bool {
        matches!(self, Self::Gt | Self::Ge | Self::Lt | Self::Le)
    }

    /// Whether it compares parts of texts: `co`, `sw`, `ew`.
    #[must_use]
    pub const fn is_substring(self) -> bool {
        matches!(self, Self::Co | Self::Sw | Self::Ew)
    }
}

/// `compValue`: a JSON literal.
#[derive(Debug, Clone, PartialEq)]
pub enum Literal {
    /// A quoted text, unescaped.
    String(Box<str>),
    /// A number.
    Number(Number),
    /// A number that is neither `i64` nor a finite `f64`, as written. No attribute can be compared with it.
    OutOfRange(Box<str>),
    /// `true` or `false`.
    Bool(bool),
    /// `null`
    Null,
}

/// `PATH` of RFC 7644 section 3.5.2 figure 7: `name.givenName`, `emails[type eq "work"].value`, or the URN of an
/// extension alone.
#[derive(Debug, Clone, PartialEq)]
pub struct PatchPath {
    /// The attribute. If there is a `filter`, its `sub` is `None`.
    pub path: AttrPath,
    /// Which of its values.
    pub filter: Option<Box<Filter>>,
    /// The sub-attribute after the bracket.
    pub sub: Option<Box<str>>,
}

impl fmt::Display for PatchPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.path)?;
        if let Some(filter) = &self.filter {
            write!(f, "[{filter}]")?;
        }
        if let Some(sub) = &self.sub {
            write!(f, ".{sub}")?;
        }
        Ok(())
    }
}

impl fmt::Display for Filter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Compare { path, op, value, .. } => write!(f, "{path} {op} {value}"),
            Self::Present(path) => write!(f, "{path} pr"),
            Self::ValuePath { path, filter } => write!(f, "{path}[{filter}]"),
            Self::Not(inner) => write!(f, "not ({inner})"),
            Self::And(all) => list(f, all, " and ", |part| matches!(part, Self::And(_) | Self::Or(_))),
            Self::Or(all) => list(f, all, " or ", |part| matches!(part, Self::Or(_))),
        }
    }
}

fn list(f: &mut fmt::Formatter<'_>, all: &[Filter], word: &str, grouped: fn(&Filter) -> bool) -> fmt::Result {
    for (n, part) in all.iter().enumerate() {
        if n > 0 {
            f.write_str(word)?;
        }
        if grouped(part) { write!(f, "({part})")? } else { write!(f, "{part}")? }
    }
    Ok(())
}

impl fmt::Display for Literal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::String(s) => f.write_str(&serde_json::to_string(s).map_err(|_io| fmt::Error)?),
            Self::Number(n) => n.fmt(f),
            Self::OutOfRange(text) => f.write_str(text),
            Self::Bool(b) => b.fmt(f),
            Self::Null => f.write_str("null"),
        }
    }
}
