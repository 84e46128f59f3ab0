//! Simple values as SQL expressions, and comparisons of them that are never NULL.
//!
//! SQL's third truth value would make `not` wrong: `not (title eq "x")` must hold if there is no title.

use super::{FOLDED, Fragment, Scope};
use crate::dialect::Dialect;
use crate::keys;
use crate::layout::{Column, Side, element_column, folded_name, folded_sub};
use provost_core::filter::{CompareOp, Operand};
use provost_core::fold::{Folding, fold_attribute};
use provost_core::{AttrRef, Timestamp};

/// Where a value is looked up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Context {
    /// The row `r` of `scim_resource`.
    Row,
    /// `e.value`: an element of a list in the folded copy.
    Json,
    /// The row `e` of `scim_element`.
    Element,
    /// The row `x` of `scim_resource` at the other end of a `scim_member` row.
    Link(Side),
}

/// Where a simple value is.
pub(super) enum Leaf {
    /// A text, or NULL for no value.
    Text {
        expr: Fragment,
        /// Whether it may be indexed.
        column: bool,
    },
    /// Milliseconds since 1970; never NULL.
    Millis(&'static str),
    /// A boolean, or NULL for no value.
    Flag(&'static str),
    /// A text in each row of a set.
    Many { from: Fragment, expr: &'static str },
}

impl Leaf {
    fn column(expr: Fragment) -> Self {
        Self::Text { expr, column: true }
    }

    fn text(expr: Fragment) -> Self {
        Self::Text { expr, column: false }
    }

    /// No value at all.
    fn absent() -> Self {
        Self::text(Fragment::new("null"))
    }
}

impl Scope<'_> {
    /// The value of an attribute. In the context of a row it must be single-valued.
    pub(super) fn leaf(&self, context: Context, attribute: &AttrRef) -> Leaf {
        match context {
            Context::Row => self.row_leaf(attribute),
            Context::Element => {
                element_column(attribute).map_or_else(Leaf::absent, |c| Leaf::column(Fragment::new(c)))
            }
            Context::Json => match folded_sub(attribute) {
                None => Leaf::text(Fragment::new("e.value")),
                Some(sub) => self.json_leaf(Fragment::new("e.value"), sub, attribute),
            },
            Context::Link(side) => self.link_leaf(side, attribute),
        }
    }

    fn row_leaf(&self, attribute: &AttrRef) -> Leaf {
        if let Some(column) = Column::of(attribute) {
            let mut expr = Fragment::new("r.");
            expr.sql(column.name());
            return Leaf::column(expr);
        }
        let core = attribute.extension().is_none();
        let name = &attribute.attribute().name;
        if core && name.is("id") {
            return Leaf::column(Fragment::new("r.id"));
        }
        if core && self.kind.active().is_some_and(|a| a.name == *name) {
            return Leaf::Flag("r.active");
        }
        match attribute.sub() {
            Some(sub) if core && name.is("meta") => self.meta_leaf(attribute, sub.name.as_str()),
            _ => self.json_leaf(Fragment::new(FOLDED), folded_name(attribute), attribute),
        }
    }

    fn json_leaf(&self, json: Fragment, name: String, attribute: &AttrRef) -> Leaf {
        let mut expr = json;
        if attribute.leaf().multi_valued {
            let mut from = Fragment::new(self.dialect.texts);
            from.sql("(").add(&expr).sql(" -> ").text(name).sql(")").sql(self.dialect.as_s);
            return Leaf::Many { from, expr: "s.value" };
        }
        expr.sql(" ->> ").text(name);
        let mut bracketed = Fragment::new("(");
        bracketed.add(&expr).sql(")");
        Leaf::text(bracketed)
    }

    /// The elements of a list in the row's folded copy, as rows `e`.
    pub(super) fn elements(&self, attribute: &AttrRef) -> Fragment {
        let Dialect { objects, texts, as_e, .. } = self.dialect;
        let mut out = Fragment::new(if attribute.attribute().is_complex() { objects } else { texts });
        out.sql("(").sql(FOLDED).sql(" -> ").text(folded_name(attribute)).sql(")").sql(as_e);
        out
    }

    fn meta_leaf(&self, attribute: &AttrRef, sub: &str) -> Leaf {
        let mut expr = Fragment::default();
        match sub.to_ascii_lowercase().as_str() {
            "created" => return Leaf::Millis("r.created"),
            "lastmodified" => return Leaf::Millis("r.modified"),
            "resourcetype" => {
                expr.text(fold_attribute(attribute, self.kind.name.as_str()));
            }
            "location" => {
                let before = format!("{}{}/", self.service.base, self.kind.endpoint);
                expr.sql("(")
                    .text(fold_attribute(attribute, &before))
                    .sql(" || ")
                    .sql(id(attribute, "r"))
                    .sql(")");
            }
            "version" => {
                expr.sql("('W/\"' || cast(r.version as text) || '\"')");
            }
            _ => return Leaf::absent(),
        }
        Leaf::text(expr)
    }

    /// A part of an element of `members` or `groups` (see [`Link`](provost_core::resource::Link)).
    fn link_leaf(&self, side: Side, attribute: &AttrRef) -> Leaf {
        let sub = attribute.sub().map(|s| s.name.as_str().to_ascii_lowercase());
        match sub.as_deref() {
            Some("value") => Leaf::column(Fragment::new(id(attribute, "x"))),
            Some("$ref") => {
                let place = self.case_of_kind(|kind| {
                    let endpoint = self.service.schemas.resource_type(kind).map(|t| t.endpoint.clone());
                    let endpoint = endpoint.unwrap_or_else(|| format!("/{kind}s"));
                    fold_attribute(attribute, &format!("{}{endpoint}/", self.service.base)).into_owned()
                });
                let mut expr = Fragment::new("(");
                expr.add(&place).sql(" || ").sql(id(attribute, "x")).sql(")");
                Leaf::text(expr)
            }
            Some("display") if Folding::of(attribute) == Folding::Exact => {
                Leaf::text(Fragment::new("x.label"))
            }
            Some("display") => Leaf::text(Fragment::new("coalesce(x.label_key, x.display_key)")),
            Some("type") if side == Side::Groups => {
                let mut expr = Fragment::default();
                expr.text(fold_attribute(attribute, "direct"));
                Leaf::text(expr)
            }
            Some("type") => {
                Leaf::text(self.case_of_kind(|kind| fold_attribute(attribute, kind).into_owned()))
            }
            _ => Leaf::absent(),
        }
    }

    /// `case x.kind when 'User' then .. end` over all resource types.
    fn case_of_kind(&self, text: impl Fn(&str) -> String) -> Fragment {
        let mut expr = Fragment::new("(case x.kind");
        for kind in self.service.schemas.resource_types() {
            let name = kind.name.as_str();
            expr.sql(" when ").text(name).sql(" then ").text(text(name));
        }
        expr.sql(" end)");
        expr
    }
}

/// The server makes identifiers in ASCII, so `lower` folds them.
fn id(attribute: &AttrRef, alias: &'static str) -> &'static str {
    match (alias, Folding::of(attribute)) {
        ("r", Folding::Exact) => "r.id",
        ("r", _) => "lower(r.id)",
        (_, Folding::Exact) => "x.id",
        _ => "lower(x.id)",
    }
}

/// `leaf op operand`; `absent` is the result if there is no value.
pub(super) fn compare(
    out: &mut Fragment,
    scope: &Scope<'_>,
    leaf: &Leaf,
    op: CompareOp,
    operand: &Operand,
    absent: bool,
) {
    match leaf {
        Leaf::Millis(column) => millis(out, column, op, operand),
        Leaf::Flag(column) => {
            let flag = Fragment::new(column);
            let value = match operand {
                Operand::Bool(true) => Fragment::new("true"),
                Operand::Bool(false) => Fragment::new("false"),
                _ => return null(out, &flag, op, absent),
            };
            settled(out, &flag, true, absent, |out| {
                out.add(&flag).sql(symbol(op)).add(&value);
            });
        }
        Leaf::Text { expr, column } => match keys::operand(operand) {
            None => null(out, expr, op, absent),
            Some(key) => settled(out, expr, *column, absent, |out| text(out, scope, expr, *column, op, &key)),
        },
        Leaf::Many { from, expr } => {
            let value = Fragment::new(expr);
            out.sql("(exists (select 1 from ").add(from).sql(" where ");
            let one = Leaf::Text { expr: value, column: false };
            compare(out, scope, &one, op, operand, false);
            out.sql(")");
            if absent {
                out.sql(" or not exists (select 1 from ").add(from).sql(")");
            }
            out.sql(")");
        }
    }
}

/// Whether there is a value; with `filled`, a non-empty one.
pub(super) fn present(out: &mut Fragment, leaf: &Leaf, filled: bool) {
    match leaf {
        Leaf::Millis(_) => {
            out.sql("true");
        }
        Leaf::Flag(column) => {
            out.sql("(").sql(column).sql(" is not null)");
        }
        Leaf::Text { expr, .. } => {
            out.sql("(").add(expr).sql(" is not null");
            if filled {
                out.sql(" and ").add(expr).sql(" <> ''");
            }
            out.sql(")");
        }
        Leaf::Many { from, expr } => {
            out.sql("exists (select 1 from ").add(from);
            if filled {
                out.sql(" where ").sql(expr).sql(" <> ''");
            }
            out.sql(")");
        }
    }
}

/// `eq null` and `ne null`. Inside one of several values `eq null` cannot hold, which `absent` indicates.
fn null(out: &mut Fragment, expr: &Fragment, op: CompareOp, absent: bool) {
    match (op, absent) {
        (CompareOp::Ne, _) => out.sql("(").add(expr).sql(" is not null)"),
        (_, true) => out.sql("(").add(expr).sql(" is null)"),
        (_, false) => out.sql("false"),
    };
}

/// Turns NULL into the result `absent`, in a way that can still use an index if there is one.
fn settled(
    out: &mut Fragment,
    expr: &Fragment,
    column: bool,
    absent: bool,
    test: impl FnOnce(&mut Fragment),
) {
    match (column, absent) {
        (true, true) => out.sql("(").add(expr).sql(" is null or "),
        (true, false) => out.sql("(").add(expr).sql(" is not null and "),
        (false, _) => out.sql("coalesce("),
    };
    test(out);
    match (column, absent) {
        (true, _) => out.sql(")"),
        (false, true) => out.sql(", true)"),
        (false, false) => out.sql(", false)"),
    };
}

fn text(out: &mut Fragment, scope: &Scope<'_>, expr: &Fragment, column: bool, op: CompareOp, key: &str) {
    let chars = i64::try_from(key.chars().count()).unwrap_or(i64::MAX);
    match op {
        // a prefix is a range, which an index can find
        CompareOp::Sw if column => {
            out.add(expr).sql(" >= ").text(key);
            if let Some(end) = after(key) {
                out.sql(" and ").add(expr).sql(" < ").text(end);
            }
        }
        CompareOp::Sw => {
            out.sql("substr(").add(expr).sql(", 1, ").literal(chars).sql(") = ").text(key);
        }
        CompareOp::Co => {
            out.sql(scope.dialect.position).sql("(").add(expr).sql(", ").text(key).sql(") > 0");
        }
        // compares from where the suffix would begin; too short a text has another length
        CompareOp::Ew => {
            out.sql("(length(").add(expr).sql(") >= ").literal(chars);
            out.sql(" and substr(").add(expr).sql(", length(").add(expr).sql(") - ").literal(chars - 1);
            out.sql(") = ").text(key).sql(")");
        }
        _ if op.is_ordering() && !column => {
            out.add(expr).sql(scope.dialect.bytewise).sql(symbol(op)).text(key);
        }
        _ => {
            out.add(expr).sql(symbol(op)).text(key);
        }
    }
}

/// The smallest text greater than all that begin with `prefix`, in code point order.
fn after(prefix: &str) -> Option<String> {
    let mut text = prefix.to_owned();
    while let Some(last) = text.pop() {
        let next = (u32::from(last).saturating_add(1)..=u32::from(char::MAX)).find_map(char::from_u32);
        if let Some(next) = next {
            text.push(next);
            return Some(text);
        }
    }
    None
}

/// Stored times are whole milliseconds; operands may lie between two of them.
fn millis(out: &mut Fragment, column: &'static str, op: CompareOp, operand: &Operand) {
    let Operand::Instant(instant) = operand else {
        // a stored time is never absent
        out.sql(if op == CompareOp::Ne { "true" } else { "false" });
        return;
    };
    let floor = instant.as_millis();
    let exact = Timestamp::from_millis(floor) == *instant;
    match (op, exact) {
        (CompareOp::Eq, false) => out.sql("false"),
        (CompareOp::Ne, false) => out.sql("true"),
        (CompareOp::Ge, false) => out.sql(column).sql(" > ").int(floor),
        (CompareOp::Lt, false) => out.sql(column).sql(" <= ").int(floor),
        (op, _) => out.sql(column).sql(symbol(op)).int(floor),
    };
}

fn symbol(op: CompareOp) -> &'static str {
    match op {
        CompareOp::Ne => " <> ",
        CompareOp::Gt => " > ",
        CompareOp::Ge => " >= ",
        CompareOp::Lt => " < ",
        CompareOp::Le => " <= ",
        // substring operators are handled above
        CompareOp::Eq | CompareOp::Co | CompareOp::Sw | CompareOp::Ew => " = ",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_end_of_a_prefix_is_found() {
        assert_eq!(after("ab").as_deref(), Some("ac"));
        assert_eq!(after("a\u{10ffff}").as_deref(), Some("b"));
        assert_eq!(after("a\u{d7ff}").as_deref(), Some("a\u{e000}"));
        assert_eq!(after("\u{10ffff}"), None);
        assert_eq!(after(""), None);
    }
}
