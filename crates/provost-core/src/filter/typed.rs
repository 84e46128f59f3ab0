//! Filters bound to a schema, as the evaluator and every store read them. They cannot fail on names or types.

use super::CompareOp;
use crate::path::AttrRef;
use crate::time::Timestamp;
use crate::value::Number;
use std::cmp::Ordering;

/// A filter whose attributes are resolved and whose operands have the types of the attributes.
#[derive(Debug, Clone, PartialEq)]
pub enum TypedFilter {
    /// One comparison.
    Compare(Comparison),
    /// The attribute has a non-empty value.
    Present(AttrRef),
    /// One value of a multi-valued attribute matches the filter. Comparisons inside refer to `attribute` with a
    /// sub-attribute, or without one if its values are simple.
    Element {
        /// The multi-valued (or complex single-valued) attribute, without sub-attribute.
        attribute: AttrRef,
        /// What one value must match.
        filter: Box<Self>,
    },
    /// The filter does not match.
    Not(Box<Self>),
    /// All match; two or more.
    And(Vec<Self>),
    /// At least one matches; two or more.
    Or(Vec<Self>),
    /// A fixed result, for an attribute that the resource type does not have: it counts as one without a value (RFC
    /// 7644 section 3.4.2.1).
    Constant(bool),
}

impl TypedFilter {
    /// The attribute of the first term.
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

    /// The number of comparisons and `pr` terms, at least 1: what checking one value costs.
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
/// A multi-valued attribute matches if any of its values does. For one without a value, [`Self::absent`] gives the
/// result.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Comparison {
    /// The attribute, with the sub-attribute that has a simple value.
    pub attribute: AttrRef,
    /// The operator; only `eq` or `ne` with [`Operand::Null`].
    pub op: CompareOp,
    /// The operand.
    pub operand: Operand,
}

impl Comparison {
    /// A comparison. The caller must ensure that operand and operator fit the attribute.
    #[must_use]
    pub fn new(attribute: AttrRef, op: CompareOp, operand: Operand) -> Self {
        Self { attribute, op, operand }
    }

    /// The result for an attribute without a value: true for `eq null`, and for `ne` with any other operand.
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
    /// For dateTimes, which are compared as instants, whatever their spelling.
    Instant(Timestamp),
    /// No value: RFC 7643 section 2.5 treats null and unassigned alike.
    Null,
}

impl CompareOp {
    /// The operator's result for two values in this order.
    #[must_use]
    pub fn holds(self, order: Ordering) -> bool {
        match self {
            Self::Eq => order == Ordering::Equal,
            Self::Ne => order != Ordering::Equal,
            Self::Gt => order == Ordering::Greater,
            Self::Ge => order != Ordering::Less,
            Self::Lt => order == Ordering::Less,
            Self::Le => order != Ordering::Greater,
            // only reached for texts, since resolve refuses substring operators elsewhere
            Self::Co | Self::Sw | Self::Ew => order == Ordering::Equal,
        }
    }
}
