//! What an index finds of a filter, and at most how much.

use super::filter::Want;
use super::leaf::{Context, Leaf};
use super::{Fragment, Scope};
use crate::layout::{Column, Side, element_column, has_row, is_indexed};
use provost_core::filter::{CompareOp, Comparison, Operand};
use provost_core::{AttrRef, TypedFilter};

/// A look-up of one value in an index.
pub(crate) enum LookUp {
    /// The index returns rows one by one, in order of creation.
    Rows,
    /// As many rows as have the value. The database first builds a set of them: what follows FROM.
    Set(
        #[cfg_attr(
            not(feature = "sqlite"),
            expect(dead_code, reason = "SQLite counts the rows of a set before it reads them")
        )]
        Fragment,
    ),
}

impl Scope<'_> {
    /// Whether an index finds the rows.
    pub(crate) fn is_selective(&self, filter: &TypedFilter) -> bool {
        match filter {
            TypedFilter::Compare(c) if c.attribute.attribute().multi_valued => {
                self.is_row_set(&c.attribute) && Want::Holds(c).is_selective()
            }
            TypedFilter::Compare(c) => {
                let indexed = match self.leaf(Context::Row, &c.attribute) {
                    Leaf::Text { column, .. } => column,
                    Leaf::Millis(_) | Leaf::Flag(_) => true,
                    Leaf::Many { .. } => false,
                };
                self.is_row_of_its_own(c) || (indexed && is_range(c))
            }
            TypedFilter::Element { attribute, filter } => {
                self.is_row_set(attribute) && Want::Meets(filter).is_selective()
            }
            TypedFilter::And(all) => all.iter().any(|f| self.is_selective(f)),
            TypedFilter::Or(all) => all.iter().all(|f| self.is_selective(f)),
            TypedFilter::Present(_) | TypedFilter::Not(_) | TypedFilter::Constant(_) => false,
        }
    }

    /// Whether the rows that satisfy a comparison are adjacent in the index of `scim_element`.
    pub(super) fn is_row_of_its_own(&self, comparison: &Comparison) -> bool {
        has_row(&comparison.attribute, self.kind) && !comparison.absent() && is_range(comparison)
    }

    /// Whether a multi-valued attribute's values are rows with an index.
    fn is_row_set(&self, attribute: &AttrRef) -> bool {
        is_indexed(attribute, self.kind) || Side::of(attribute, self.kind).is_some()
    }

    /// How a filter is answered by looking up one value in an index, if it is. If there is a second term beside a
    /// unique value, it is indexed too.
    pub(crate) fn look_up(&self, filter: &TypedFilter) -> Option<LookUp> {
        match filter {
            TypedFilter::And(all) => {
                (self.is_common(filter) && all.iter().any(|f| self.is_unique(f))).then_some(LookUp::Rows)
            }
            one if self.is_common(one) => {
                Some(self.set_of(one).map_or(LookUp::Rows, |(rows, _)| LookUp::Set(rows)))
            }
            _ => None,
        }
    }

    /// Whether the database builds a set of all rows that a selective filter finds, even beside a unique value.
    pub(crate) fn is_set(&self, filter: &TypedFilter) -> bool {
        !matches!(filter, TypedFilter::Compare(_)) && self.is_selective(filter)
    }

    /// Whether at most one row has the value.
    pub(crate) fn is_unique(&self, filter: &TypedFilter) -> bool {
        let TypedFilter::Compare(c) = filter else { return false };
        let id = c.attribute.extension().is_none() && c.attribute.attribute().name.is("id");
        self.is_single(filter) && (id || Column::of(&c.attribute).is_some_and(Column::is_unique))
    }

    /// Whether it can match no more rows than it has terms, each found by an index: resources by id.
    pub(crate) fn names_each(&self, filter: &TypedFilter) -> bool {
        match filter {
            TypedFilter::Or(all) => all.iter().all(|f| self.is_unique(f)),
            one => self.is_unique(one),
        }
    }

    /// Whether the statement's text is one of so few that it may be kept prepared: at most two terms, all `eq` on
    /// indexed attributes.
    pub(crate) fn is_common(&self, filter: &TypedFilter) -> bool {
        match filter {
            TypedFilter::And(all) => all.len() <= 2 && all.iter().all(|f| self.is_single(f)),
            TypedFilter::Element { attribute, filter } if is_indexed(attribute, self.kind) => match &**filter
            {
                TypedFilter::And(all) => all.len() <= 2 && all.iter().all(is_single_part),
                one => is_single_part(one),
            },
            one => self.is_single(one),
        }
    }

    fn is_single(&self, filter: &TypedFilter) -> bool {
        matches!(filter, TypedFilter::Compare(c) if c.op == CompareOp::Eq && c.operand != Operand::Null)
            && self.is_selective(filter)
    }
}

impl Want<'_> {
    /// Whether an index on the value finds the rows.
    pub(super) fn is_selective(self) -> bool {
        let one = |c: &Comparison| {
            let by_value = c.attribute.sub().is_none_or(|s| s.name.is("value"));
            by_value && matches!(c.op, CompareOp::Eq | CompareOp::Sw) && c.operand != Operand::Null
        };
        match self {
            Self::Holds(c) => one(c),
            Self::Meets(TypedFilter::Compare(c)) => one(c),
            Self::Meets(TypedFilter::And(all)) => {
                all.iter().any(|f| matches!(f, TypedFilter::Compare(c) if one(c)))
            }
            _ => false,
        }
    }
}

fn is_single_part(filter: &TypedFilter) -> bool {
    matches!(filter, TypedFilter::Compare(c)
        if c.op == CompareOp::Eq && c.operand != Operand::Null && element_column(&c.attribute).is_some())
}

/// Whether the matching values are adjacent in an index.
fn is_range(comparison: &Comparison) -> bool {
    let op = comparison.op;
    comparison.operand != Operand::Null && (op == CompareOp::Eq || op == CompareOp::Sw || op.is_ordering())
}
