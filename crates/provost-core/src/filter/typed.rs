//! Filters bound to a schema: what the evaluator and every store read. They cannot fail on names or types.

use super::CompareOp;
use crate::path::AttrRef;
use crate::time::Timestamp;
use crate::value::Number;
use std::cmp::Ordering;

/// A filter whose attributes were found and whose operands have the attribute's type.
#[derive(Debug, Clone, PartialEq)]
pub enum TypedFilter {
    /// One comparison.
    Compare(Comparison),
    /// The attribute has a value that is not empty.
    Present(AttrRef),
    /// One value of a multi-valued attribute meets the filter; comparisons inside have `attribute` with a sub-attribute,
    /// or without one when the values are simple.
    Element {
        /// The multi-valued (or complex single-valued) attribute, without sub-attribute.
        attribute: AttrRef,
        /// What one value must meet.
        filter: Box<Self>,
    },
    /// The filter does not hold.
    Not(Box<Self>),
    /// All hold; two or more.
    And(Vec<Self>),
    /// One holds; two or more.
    Or(Vec<Self>),
    /// An attribute that the resource type does not have: it counts as one without a value
    /// (RFC 7644 section 3.4.2.1), so the comparison has a fixed result.
    Constant(bool),
}

impl TypedFilter {
    /// The attribute of its first term.
    #[must_use]
    pub fn first_attribute(&self) -> Option<&AttrRef> {
        match self {
            Self::Compare(c) => Some(&c.attribute),
            Self::Present(attribute) | Self::Element { attribute, .. } => Some(attribute),
            Self::Not(inner) => inner.first_attribute(),
            Self::And(all) | Self::Or(all) => all.iter().find_map(Self::first_attribute),
            Self::Constant(_) => None,
        }
    }

    /// How many comparisons and `pr` terms it has, and at least one: what looking at one value costs.
    #[must_use]
    pub fn terms(&self) -> usize {
        match self {
            Self::Compare(_) | Self::Present(_) | Self::Constant(_) => 1,
            Self::Element { filter, .. } | Self::Not(filter) => filter.terms(),
            Self::And(all) | Self::Or(all) => all.iter().map(Self::terms).sum(),
        }
    }
}

/// `attribute op operand`.
///
/// A multi-valued attribute meets it when any of its values does; an absent one as [`Self::absent`] says.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Comparison {
    /// The attribute, down to the sub-attribute that holds a simple value.
    pub attribute: AttrRef,
    /// The operator. With [`Operand::Null`] only `eq` and `ne` occur.
    pub op: CompareOp,
    /// The operand.
    pub operand: Operand,
}

impl Comparison {
    /// A comparison; the caller has made sure that operand and operator fit the attribute.
    #[must_use]
    pub fn new(attribute: AttrRef, op: CompareOp, operand: Operand) -> Self {
        Self { attribute, op, operand }
    }

    /// The result when the attribute has no value: `ne` is the opposite of `eq`, so it holds; nothing else does.
    #[must_use]
    pub fn absent(&self) -> bool {
        match self.operand {
            Operand::Null => self.op == CompareOp::Eq,
            _ => self.op == CompareOp::Ne,
        }
    }
}

/// An operand, prepared for comparison.
#[derive(Debug, Clone, PartialEq)]
pub enum Operand {
    /// For strings, references and binary: the folded text (see [`fold`](crate::fold)).
    Text(Box<str>),
    /// For integers and decimals.
    Number(Number),
    /// For booleans.
    Bool(bool),
    /// For dateTimes: instants compare, not spellings.
    Instant(Timestamp),
    /// No value: RFC 7643 section 2.5 makes null and unassigned one.
    Null,
}

impl CompareOp {
    /// The operator on two values whose order is known.
    #[must_use]
    pub fn holds(self, order: Ordering) -> bool {
        match self {
            Self::Eq => order == Ordering::Equal,
            Self::Ne => order != Ordering::Equal,
            Self::Gt => order == Ordering::Greater,
            Self::Ge => order != Ordering::Less,
            Self::Lt => order == Ordering::Less,
            Self::Le => order != Ordering::Greater,
            // never reached with anything but texts: resolve refuses substring operators elsewhere
            Self::Co | Self::Sw | Self::Ew => order == Ordering::Equal,
        }
    }
}
