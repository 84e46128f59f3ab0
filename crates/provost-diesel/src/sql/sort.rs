//! The order of RFC 7644 section 3.4.2.3 in SQL.

use super::Fragment;
use super::filter::Scope;
use super::leaf::{Context, Leaf};
use crate::layout::{Side, folded_name};
use provost_core::AttrRef;
use provost_core::query::Sort;

impl Scope<'_> {
    /// What stands behind ORDER BY.
    pub(crate) fn order(&self, sort: Option<&Sort>) -> Fragment {
        let mut out = Fragment::default();
        if let Some(sort) = sort {
            out.add(&self.sort_key(&sort.by));
            // "if there is no data for the specified 'sortBy' value, they are sorted via the 'sortOrder' parameter,
            // i.e., they are ordered last if ascending and first if descending"
            out.sql(if sort.descending { " desc nulls first, " } else { " asc nulls last, " });
        }
        out.sql("r.seq");
        out
    }

    fn sort_key(&self, by: &AttrRef) -> Fragment {
        if by.attribute().multi_valued {
            return self.first_value(by);
        }
        match self.leaf(Context::Row, by) {
            Leaf::Text { expr, .. } => expr,
            Leaf::Millis(column) | Leaf::Flag(column) => Fragment::new(column),
            Leaf::Many { from, expr } => {
                let mut out = Fragment::new("(select ");
                out.sql(expr).sql(" from ").add(&from).sql(" order by s.key limit 1)");
                out
            }
        }
    }

    /// "if it's a multi-valued attribute, sorted by the primary attribute or else the first value in the list"
    fn first_value(&self, by: &AttrRef) -> Fragment {
        let mut out = Fragment::new("(select ");
        if let Some(side) = Side::of(by, self.kind) {
            let (own, other) = match side {
                Side::Members => ("m.group_seq", "m.member_seq"),
                Side::Groups => ("m.member_seq", "m.group_seq"),
            };
            self.push_value(&mut out, Context::Link(side), by);
            out.sql(" from member m cross join resource x where ")
                .sql(own)
                .sql(" = r.seq and x.seq = ")
                .sql(other);
            out.sql(" order by ").sql(other).sql(" limit 1)");
            return out;
        }
        self.push_value(&mut out, Context::Json, by);
        out.sql(" from ").sql(self.dialect.each);
        out.sql("((select d.folded from document d where d.seq = r.seq) -> ")
            .text(folded_name(by))
            .sql(") e");
        out.sql(" order by ");
        if by.attribute().is_complex() {
            out.sql("coalesce(e.value ->> 'primary', 'false') desc, ");
        }
        out.sql("e.key limit 1)");
        out
    }

    fn push_value(&self, out: &mut Fragment, context: Context, by: &AttrRef) {
        match self.leaf(context, by) {
            Leaf::Text { expr, .. } => out.add(&expr),
            Leaf::Millis(column) | Leaf::Flag(column) => out.sql(column),
            Leaf::Many { from, expr } => {
                out.sql("(select ").sql(expr).sql(" from ").add(&from).sql(" order by s.key limit 1)")
            }
        };
    }
}
