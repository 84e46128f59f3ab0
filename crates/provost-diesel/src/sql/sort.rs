//! The order of RFC 7644 section 3.4.2.3 in SQL.

use super::leaf::{Context, Leaf};
use super::{Fragment, Scope, ends, links};
use crate::layout::Side;
use provost_core::AttrRef;
use provost_core::query::Sort;

/// The order of a list.
pub(crate) struct Order {
    /// The sort key that comes before creation, the type of its values, and whether the largest comes first.
    key: Option<(Fragment, Values, bool)>,
    /// What follows ORDER BY.
    sql: Fragment,
}

/// How keys are compared.
#[derive(Clone, Copy)]
enum Values {
    Texts,
    Booleans,
    /// Always present.
    Times,
}

/// The position of a row: its sort key as text, if there is one, then its place in the order of creation.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct SortPosition {
    /// `Some(None)`: the row has no value for the attribute.
    pub(crate) key: Option<Option<String>>,
    pub(crate) seq: i64,
}

impl Order {
    pub(crate) fn sql(&self) -> &Fragment {
        &self.sql
    }

    /// The sort key of a row as text, if there is one, for [`SortPosition`].
    pub(crate) fn key(&self) -> Option<Fragment> {
        let (key, values, _) = self.key.as_ref()?;
        let mut text = Fragment::new(if matches!(values, Values::Booleans) { "case " } else { "cast(" });
        text.add(key).sql(match values {
            // as text, one database writes `1` and another `true`
            Values::Booleans => " when true then 'true' when false then 'false' end",
            Values::Texts | Values::Times => " as text)",
        });
        Some(text)
    }

    /// The rows after a position, or all, as a list of conditions: each is one stretch of the list, in order. An index
    /// finds the beginning of each stretch, which it could not if they were combined with OR.
    pub(crate) fn behind(&self, place: Option<&SortPosition>) -> Vec<Fragment> {
        let Some(SortPosition { key: value, seq }) = place else {
            // with the same text as later pages, so that both use one statement
            let mut all = Fragment::default();
            if self.key.is_none() {
                all.sql(" and r.seq > ").int(i64::MIN);
            }
            return vec![all];
        };
        let mut same = Fragment::new(" and r.seq > ");
        same.int(*seq);
        let Some((key, values, descending)) = &self.key else { return vec![same] };
        let test = |how: &'static str| {
            let mut out = Fragment::new(" and ");
            out.add(key).sql(how);
            out
        };
        let Some(value) = value.as_ref().and_then(Option::as_deref) else {
            same.add(&test(" is null"));
            return if *descending { vec![same, test(" is not null")] } else { vec![same] };
        };
        let against = |symbol: &'static str| {
            let mut out = test(symbol);
            match values {
                Values::Texts => out.text(value),
                // a mark is signed, so unreadable values never occur
                Values::Booleans => out.sql(if value == "true" { "true" } else { "false" }),
                Values::Times => out.int(value.parse().unwrap_or_default()),
            };
            out
        };
        same.add(&against(" = "));
        match (descending, values) {
            (true, _) => vec![same, against(" < ")],
            (false, Values::Times) => vec![same, against(" > ")],
            (false, _) => vec![same, against(" > "), test(" is null")],
        }
    }
}

/// Positions compared here instead of in the database.
#[cfg(feature = "sqlite")]
mod places {
    use super::{Order, SortPosition, Values};
    use std::cmp::Ordering;

    impl Values {
        /// Compares two values as texts.
        fn compare(self, a: &str, b: &str) -> Ordering {
            match self {
                // as the database does: byte by byte
                Self::Texts | Self::Booleans => a.cmp(b),
                Self::Times => {
                    let millis = |text: &str| text.parse::<i64>().unwrap_or_default();
                    millis(a).cmp(&millis(b))
                }
            }
        }
    }

    impl SortPosition {
        fn value(&self) -> Option<&str> {
            self.key.as_ref()?.as_deref()
        }
    }

    impl Order {
        /// Which of two positions comes first, consistent with the SQL of [`Self::sql`].
        pub(crate) fn compare(&self, a: &SortPosition, b: &SortPosition) -> Ordering {
            let by_key = match &self.key {
                None => Ordering::Equal,
                Some((_, values, descending)) => {
                    let order = match (a.value(), b.value()) {
                        (Some(a), Some(b)) => values.compare(a, b),
                        // an absent value is greater than all others
                        (a, b) => a.is_none().cmp(&b.is_none()),
                    };
                    if *descending { order.reverse() } else { order }
                }
            };
            by_key.then(a.seq.cmp(&b.seq))
        }
    }
}

impl Scope<'_> {
    /// The order of a list.
    pub(crate) fn sorted(&self, sort: Option<&Sort>) -> Order {
        let key = sort.map(|sort| {
            let values = match self.leaf(Context::Row, &sort.by) {
                _ if sort.by.attribute().multi_valued => Values::Texts,
                Leaf::Millis(_) => Values::Times,
                Leaf::Flag(_) => Values::Booleans,
                _ => Values::Texts,
            };
            (self.sort_key(&sort.by), values, sort.descending)
        });
        Order { key, sql: self.order(sort) }
    }

    /// What follows ORDER BY.
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
            Leaf::Text { expr, column: true } => expr,
            Leaf::Millis(column) | Leaf::Flag(column) => Fragment::new(column),
            other => self.bytewise(one_value(&other)),
        }
    }

    fn bytewise(&self, mut text: Fragment) -> Fragment {
        text.sql(self.dialect.bytewise);
        text
    }

    /// "if it's a multi-valued attribute, sorted by the primary attribute or else the first value in the list"
    fn first_value(&self, by: &AttrRef) -> Fragment {
        let mut out = Fragment::new("(select ");
        if let Some(side) = Side::of(by, self.kind) {
            out.add(&one_value(&self.leaf(Context::Link(side), by))).sql(" from ").add(&links(side));
            out.sql(" order by ").sql(ends(side).1).sql(" limit 1)");
            return self.bytewise(out);
        }
        out.add(&one_value(&self.leaf(Context::Json, by))).sql(" from ").add(&self.elements(by));
        out.sql(" order by ");
        if by.attribute().is_complex() {
            out.sql("coalesce(e.value ->> 'primary', 'false') desc, ");
        }
        out.sql("e.key limit 1)");
        self.bytewise(out)
    }
}

/// The value of a leaf, or the first of several.
fn one_value(leaf: &Leaf) -> Fragment {
    match leaf {
        Leaf::Text { expr, .. } => expr.clone(),
        Leaf::Millis(column) | Leaf::Flag(column) => Fragment::new(column),
        Leaf::Many { from, expr } => {
            let mut out = Fragment::new("(select ");
            out.sql(expr).sql(" from ").add(from).sql(" order by s.key limit 1)");
            out
        }
    }
}
