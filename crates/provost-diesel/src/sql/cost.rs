//! What a condition or an order makes a database look at row by row, because no index knows it.

use super::leaf::{Context, Leaf};
use super::{FOLDED, Scope};
use crate::layout::{Side, is_indexed};
use provost_core::query::Sort;
use provost_core::{AttrRef, TypedFilter};

/// What looking at one row costs, in values looked at.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Cost<'f> {
    pub(crate) values: usize,
    /// One of the attributes that have no index, the dearest first.
    pub(crate) of: Option<&'f AttrRef>,
    dearest: usize,
}

/// A value in the row itself.
const IN_ROW: usize = 1;
/// One in other rows that belong to it.
const IN_OTHER_ROWS: usize = 2;
/// One in the row's document.
const IN_DOCUMENT: usize = 4;

impl<'f> Cost<'f> {
    fn add(&mut self, attribute: &'f AttrRef, values: usize) {
        self.values = self.values.saturating_add(values);
        if values > self.dearest {
            (self.of, self.dearest) = (Some(attribute), values);
        }
    }
}

impl Scope<'_> {
    /// What a list costs for each row that the database must look at: for each of the type, or, where the filter is
    /// [selective](Self::is_selective), for each that an index finds.
    pub(crate) fn cost<'f>(&self, filter: Option<&'f TypedFilter>, sort: Option<&'f Sort>) -> Cost<'f> {
        let mut cost = Cost::default();
        match filter {
            Some(TypedFilter::And(all)) => {
                let indexed = |f: &&TypedFilter| self.is_selective(f);
                // where an index finds the rows, the others of its terms are looked at in these
                let one = all.iter().any(|f| indexed(&f));
                all.iter().filter(|f| !(one && indexed(f))).for_each(|f| self.add_terms(f, &mut cost));
            }
            Some(filter) if !self.is_selective(filter) => self.add_terms(filter, &mut cost),
            _ => {}
        }
        if let Some(sort) = sort {
            let values = self.values(&sort.by);
            if filter.is_some() || values > IN_ROW {
                cost.add(&sort.by, values);
            }
        }
        cost
    }

    fn add_terms<'f>(&self, filter: &'f TypedFilter, cost: &mut Cost<'f>) {
        match filter {
            TypedFilter::Compare(c) => cost.add(&c.attribute, self.values(&c.attribute)),
            TypedFilter::Present(attribute) => {
                // of a complex attribute, each part is looked at
                let parts = match attribute.sub() {
                    None => attribute.attribute().sub_attributes.len().max(1),
                    Some(_) => 1,
                };
                cost.add(attribute, self.values(attribute).saturating_mul(parts));
            }
            TypedFilter::Element { attribute, filter } => {
                cost.add(attribute, self.values(attribute).saturating_mul(filter.terms()));
            }
            TypedFilter::Not(inner) => self.add_terms(inner, cost),
            TypedFilter::And(all) | TypedFilter::Or(all) => all.iter().for_each(|f| self.add_terms(f, cost)),
            TypedFilter::Constant(_) => {}
        }
    }

    fn values(&self, attribute: &AttrRef) -> usize {
        if attribute.attribute().multi_valued {
            let in_rows = is_indexed(attribute, self.kind) || Side::of(attribute, self.kind).is_some();
            return if in_rows { IN_OTHER_ROWS } else { IN_DOCUMENT };
        }
        match self.leaf(Context::Row, attribute) {
            Leaf::Text { expr, .. } if expr.mentions(FOLDED) => IN_DOCUMENT,
            Leaf::Many { .. } => IN_DOCUMENT,
            Leaf::Text { .. } | Leaf::Millis(_) | Leaf::Flag(_) => IN_ROW,
        }
    }
}
