//! Translates typed filters to SQL. Every filter has a translation, with the same result as the evaluator's.
//! `selective.rs` determines what indices can find.

use super::leaf::{Context, Leaf, compare, present};
use super::{Fragment, Scope, ends, links};
use crate::layout::{Side, element_column, folded_name, is_indexed};
use provost_core::filter::Comparison;
use provost_core::schema::Returned;
use provost_core::{AttrRef, TypedFilter};

/// What one value of a multi-valued attribute must satisfy.
#[derive(Clone, Copy)]
pub(super) enum Want<'a> {
    /// It matches the filter of a value path.
    Meets(&'a TypedFilter),
    /// It has a value that satisfies the comparison.
    Holds(&'a Comparison),
    /// It has a value at this path.
    HasValue(&'a AttrRef),
    /// It has a non-empty value at this path.
    IsFilled(&'a AttrRef),
}

impl Scope<'_> {
    /// The condition on a row `r` of `scim_resource`: tenant, type and filter.
    pub(crate) fn condition(&self, filter: Option<&TypedFilter>) -> Fragment {
        let mut out = Fragment::new("r.tenant = ");
        out.int(self.tenant.0).sql(" and r.kind = ").text(self.kind.name.as_str());
        if let Some(filter) = filter {
            out.sql(" and ");
            self.predicate(&mut out, Context::Row, filter);
        }
        out
    }

    fn predicate(&self, out: &mut Fragment, context: Context, filter: &TypedFilter) {
        match filter {
            TypedFilter::Compare(c) if is_list(context, &c.attribute) => self.compare_any(out, c),
            TypedFilter::Compare(c) if context == Context::Row && self.is_row_of_its_own(c) => {
                out.sql("r.seq in (select e.seq from ").add(&self.elements_with(&c.attribute, c)).sql(")");
            }
            TypedFilter::Compare(c) => {
                compare(out, self, &self.leaf(context, &c.attribute), c.op, &c.operand, c.absent());
            }
            TypedFilter::Present(a) if is_list(context, a) => self.any(out, a, Want::IsFilled(a)),
            TypedFilter::Present(a) => self.present(out, context, a, true),
            TypedFilter::Element { attribute, filter } if attribute.attribute().multi_valued => {
                self.any(out, attribute, Want::Meets(filter));
            }
            TypedFilter::Element { attribute, filter } => {
                out.sql("(");
                self.present(out, context, attribute, false);
                out.sql(" and ");
                self.predicate(out, context, filter);
                out.sql(")");
            }
            TypedFilter::Not(inner) => {
                out.sql("not (");
                self.predicate(out, context, inner);
                out.sql(")");
            }
            TypedFilter::And(all) if context == Context::Row && all.iter().any(|f| self.is_unique(f)) => {
                self.beside_unique(out, all);
            }
            TypedFilter::And(all) => self.list(out, context, all, " and "),
            TypedFilter::Or(all) if context == Context::Row && all.iter().all(|f| self.is_selective(f)) => {
                self.union(out, all);
            }
            TypedFilter::Or(all) => self.list(out, context, all, " or "),
            TypedFilter::Constant(fixed) => {
                out.sql(if *fixed { "true" } else { "false" });
            }
        }
    }

    fn list(&self, out: &mut Fragment, context: Context, all: &[TypedFilter], word: &'static str) {
        out.sql("(");
        for (n, part) in all.iter().enumerate() {
            if n > 0 {
                out.sql(word);
            }
            self.predicate(out, context, part);
        }
        out.sql(")");
    }

    /// At most one row, in which the other terms are checked, so that no set of all rows with their values is built.
    fn beside_unique(&self, out: &mut Fragment, all: &[TypedFilter]) {
        out.sql("(");
        for (n, part) in all.iter().enumerate() {
            if n > 0 {
                out.sql(" and ");
            }
            match self
                .set_of(part)
                .filter(|_| matches!(part, TypedFilter::Compare(_)) && self.is_selective(part))
            {
                Some((rows, own)) => {
                    out.sql("exists (select 1 from ").add(&rows).sql(" and ").sql(own).sql(" = r.seq)");
                }
                None => self.predicate(out, Context::Row, part),
            }
        }
        out.sql(")");
    }

    /// The union of a set of rows for each branch; with OR the database would read every row.
    fn union(&self, out: &mut Fragment, all: &[TypedFilter]) {
        out.sql("r.seq in (");
        for (n, part) in all.iter().enumerate() {
            if n > 0 {
                out.sql(" union ");
            }
            let condition = self.condition(Some(part));
            out.sql("select r.seq from ").sql(condition.source()).add(&condition);
        }
        out.sql(")");
    }

    /// A value satisfies it; or there is none, and the comparison holds for absent values.
    fn compare_any(&self, out: &mut Fragment, comparison: &Comparison) {
        if !comparison.absent() {
            return self.any(out, &comparison.attribute, Want::Holds(comparison));
        }
        out.sql("(");
        self.any(out, &comparison.attribute, Want::Holds(comparison));
        out.sql(" or not ");
        self.any(out, &comparison.attribute, Want::HasValue(&comparison.attribute));
        out.sql(")");
    }

    /// Whether there is a value; for a complex attribute, in any of its parts.
    fn present(&self, out: &mut Fragment, context: Context, attribute: &AttrRef, filled: bool) {
        if attribute.sub().is_some() || !attribute.attribute().is_complex() {
            return present(out, &self.leaf(context, attribute), filled);
        }
        out.sql("(false");
        for part in attribute.attribute().sub_attributes.iter().filter(|s| s.returned != Returned::Never) {
            out.sql(" or ");
            present(out, &self.leaf(context, &attribute.with_sub(part.clone())), filled);
        }
        out.sql(")");
    }

    /// One value of a multi-valued attribute is as wanted.
    ///
    /// A selective condition becomes a set of its own, so that the database starts from its index; any other is checked
    /// row by row.
    fn any(&self, out: &mut Fragment, attribute: &AttrRef, want: Want<'_>) {
        if let Some(side) = Side::of(attribute, self.kind) {
            return self.any_link(out, side, want);
        }
        if is_indexed(attribute, self.kind) && want.fits_element() {
            match want.is_selective() {
                true => {
                    out.sql("r.seq in (select e.seq from scim_element e where e.tenant = ").int(self.tenant.0)
                }
                false => out
                    .sql("exists (select 1 from scim_element e where e.tenant = r.tenant and e.seq = r.seq"),
            };
            out.sql(" and e.path = ").text(folded_name(attribute)).sql(" and ");
            self.wanted(out, Context::Element, want);
        } else {
            out.sql("exists (select 1 from ").add(&self.elements(attribute)).sql(" where ");
            self.wanted(out, Context::Json, want);
        }
        out.sql(")");
    }

    fn any_link(&self, out: &mut Fragment, side: Side, want: Want<'_>) {
        match want.is_selective() {
            true => {
                out.sql("r.seq in (select ").sql(ends(side).0).sql(" from ").add(&self.members_with(side))
            }
            false => out.sql("exists (select 1 from ").add(&links(side)).sql(" and "),
        };
        self.wanted(out, Context::Link(side), want);
        out.sql(")");
    }

    fn wanted(&self, out: &mut Fragment, context: Context, want: Want<'_>) {
        match want {
            Want::Meets(filter) => self.predicate(out, context, filter),
            Want::Holds(c) => compare(out, self, &self.leaf(context, &c.attribute), c.op, &c.operand, false),
            Want::HasValue(a) => self.present(out, context, a, false),
            Want::IsFilled(a) => self.present(out, context, a, true),
        }
    }

    /// If the database builds a set of the rows with the value a filter asks for: what follows FROM, and the key of the
    /// resource in it. Includes rows of any type.
    pub(super) fn set_of(&self, filter: &TypedFilter) -> Option<(Fragment, &'static str)> {
        const ELEMENT: &str = "e.seq";
        match filter {
            TypedFilter::Compare(c) => match Side::of(&c.attribute, self.kind) {
                Some(side) => {
                    let mut rows = self.members_with(side);
                    self.wanted(&mut rows, Context::Link(side), Want::Holds(c));
                    Some((rows, ends(side).0))
                }
                None if is_indexed(&c.attribute, self.kind) || self.is_row_of_its_own(c) => {
                    Some((self.elements_with(&c.attribute, c), ELEMENT))
                }
                None => None,
            },
            TypedFilter::Element { attribute, filter } => {
                let terms = match &**filter {
                    TypedFilter::And(all) => &all[..],
                    one => std::slice::from_ref(one),
                };
                terms.iter().find_map(|term| match term {
                    TypedFilter::Compare(c) if element_column(&c.attribute) == Some("e.value_key") => {
                        Some((self.elements_with(attribute, c), ELEMENT))
                    }
                    _ => None,
                })
            }
            _ => None,
        }
    }

    /// The rows of `scim_element` with such a value: what follows FROM.
    fn elements_with(&self, attribute: &AttrRef, c: &Comparison) -> Fragment {
        let mut rows = Fragment::new("scim_element e where e.tenant = ");
        rows.int(self.tenant.0).sql(" and e.path = ").text(folded_name(attribute)).sql(" and ");
        let value = Leaf::Text { expr: Fragment::new("e.value_key"), column: true };
        compare(&mut rows, self, &value, c.op, &c.operand, false);
        rows
    }

    /// The rows of `scim_member` whose other end matches a condition to be appended: what follows FROM.
    ///
    /// A cross join fixes the order of the tables: without statistics, a database might otherwise read all users.
    fn members_with(&self, side: Side) -> Fragment {
        let mut rows = Fragment::new("scim_resource x cross join scim_member m where x.tenant = ");
        rows.int(self.tenant.0).sql(" and m.tenant = x.tenant and ").sql(ends(side).1).sql(" = x.seq and ");
        rows
    }
}

impl Want<'_> {
    /// Whether the rows of `scim_element` suffice: they have value, type and primary.
    fn fits_element(self) -> bool {
        match self {
            Self::Meets(filter) => fits_element(filter),
            Self::Holds(c) => element_column(&c.attribute).is_some(),
            Self::HasValue(a) | Self::IsFilled(a) => element_column(a).is_some(),
        }
    }
}

/// Whether the rows of `scim_element` suffice to evaluate a filter on an element: they have value, type and primary.
pub(super) fn fits_element(filter: &TypedFilter) -> bool {
    match filter {
        TypedFilter::Compare(c) => element_column(&c.attribute).is_some(),
        TypedFilter::Present(a) => element_column(a).is_some(),
        TypedFilter::Not(inner) => fits_element(inner),
        TypedFilter::And(all) | TypedFilter::Or(all) => all.iter().all(fits_element),
        TypedFilter::Element { .. } => false,
        TypedFilter::Constant(_) => true,
    }
}

/// Whether the attribute has several values in this context.
fn is_list(context: Context, attribute: &AttrRef) -> bool {
    context == Context::Row && attribute.attribute().multi_valued
}
