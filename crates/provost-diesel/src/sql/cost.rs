//! What a condition or an order makes a database examine row by row, for lack of an index.

use super::filter::fits_element;
use super::leaf::{Context, Leaf};
use super::{FOLDED, Scope};
use crate::layout::{Column, Side, is_indexed};
use provost_core::query::Sort;
use provost_core::{AttrRef, TypedFilter};

/// The cost of examining one row, in values.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct ScanCost<'f> {
    pub(crate) values: usize,
    /// One of the attributes without an index, the most expensive first.
    pub(crate) of: Option<&'f AttrRef>,
    dearest: usize,
}

/// A value in the row itself.
const IN_ROW: usize = 1;
/// A value in other rows that belong to it.
const IN_OTHER_ROWS: usize = 2;
/// A value in the row's document.
const IN_DOCUMENT: usize = 4;

impl<'f> ScanCost<'f> {
    fn add(&mut self, attribute: &'f AttrRef, values: usize) {
        self.values = self.values.saturating_add(values);
        if values > self.dearest {
            (self.of, self.dearest) = (Some(attribute), values);
        }
    }
}

impl Scope<'_> {
    /// The cost of a list for each row that the database must examine: each row of the type or, if the filter is
    /// [selective](Self::is_selective), each that an index finds.
    pub(crate) fn cost<'f>(&self, filter: Option<&'f TypedFilter>, sort: Option<&'f Sort>) -> ScanCost<'f> {
        let mut cost = ScanCost::default();
        match filter {
            Some(TypedFilter::And(all)) => {
                let indexed = |f: &&TypedFilter| self.is_selective(f);
                // once an index has found the rows, the other terms are checked in these
                let one = all.iter().any(|f| indexed(&f));
                all.iter().filter(|f| !(one && indexed(f))).for_each(|f| self.add_terms(f, &mut cost));
            }
            Some(filter) if !self.is_selective(filter) => self.add_terms(filter, &mut cost),
            _ => {}
        }
        if let Some(sort) = sort.filter(|sort| filter.is_some() || !self.is_ordered(&sort.by)) {
            // the first of several values comes from the document
            let in_rows = Side::of(&sort.by, self.kind).is_some();
            cost.add(&sort.by, self.values(&sort.by, in_rows));
        }
        cost
    }

    fn add_terms<'f>(&self, filter: &'f TypedFilter, cost: &mut ScanCost<'f>) {
        match filter {
            TypedFilter::Compare(c) => {
                cost.add(&c.attribute, self.values(&c.attribute, self.is_in_rows(&c.attribute, filter)));
            }
            TypedFilter::Present(attribute) => {
                // each part of a complex attribute is examined
                let parts = match attribute.sub() {
                    None => attribute.attribute().sub_attributes.len().max(1),
                    Some(_) => 1,
                };
                let values = self.values(attribute, self.is_in_rows(attribute, filter));
                cost.add(attribute, values.saturating_mul(parts));
            }
            TypedFilter::Element { attribute, filter } => {
                let values = self.values(attribute, self.is_in_rows(attribute, filter));
                cost.add(attribute, values.saturating_mul(filter.terms()));
            }
            TypedFilter::Not(inner) => self.add_terms(inner, cost),
            TypedFilter::And(all) | TypedFilter::Or(all) => all.iter().for_each(|f| self.add_terms(f, cost)),
            TypedFilter::Constant(_) => {}
        }
    }

    /// Whether an index returns all rows of the type in the order of an attribute.
    fn is_ordered(&self, by: &AttrRef) -> bool {
        let is_id = by.extension().is_none() && by.attribute().name.is("id");
        let is_time_or_flag = !by.attribute().multi_valued
            && matches!(self.leaf(Context::Row, by), Leaf::Millis(_) | Leaf::Flag(_));
        is_id || is_time_or_flag || Column::of(by).is_some_and(Column::is_ordered)
    }

    /// Whether a multi-valued attribute's elements are examined in rows of their own instead of the document.
    fn is_in_rows(&self, attribute: &AttrRef, filter: &TypedFilter) -> bool {
        Side::of(attribute, self.kind).is_some() || (is_indexed(attribute, self.kind) && fits_element(filter))
    }

    fn values(&self, attribute: &AttrRef, in_rows: bool) -> usize {
        if attribute.attribute().multi_valued {
            return if in_rows { IN_OTHER_ROWS } else { IN_DOCUMENT };
        }
        match self.leaf(Context::Row, attribute) {
            Leaf::Text { expr, .. } if expr.mentions(FOLDED) => IN_DOCUMENT,
            Leaf::Many { .. } => IN_DOCUMENT,
            Leaf::Text { .. } | Leaf::Millis(_) | Leaf::Flag(_) => IN_ROW,
        }
    }
}
