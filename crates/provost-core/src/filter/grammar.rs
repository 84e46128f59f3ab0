//! Filter expressions, in the corrected grammar of RFC 7644 figure 1, rule by rule.
//!
//! The published `FILTER` is left-recursive and defines no precedence (errata 4670, 4690, 7319, 7322). This one does:
//! grouping, then `not`, then `and`, then `or`. Each function has its rule above it. A keyword is only recognised where
//! one can occur, so `not pr` asks for an attribute called `not`.

use super::lexical::{is_name_char, sub};
use super::miss::{Fault, Parsed, Why, expect, expected, fault};
use super::{CompareOp, Filter, Leniencies, OperandSpan, PatchPath, Syntax};
use crate::path::{AttrPath, Span};
use nom::Parser;
use nom::bytes::complete::{tag_no_case, take_while, take_while1};
use nom::character::complete::char;
use nom::combinator::{opt, peek};
use nom::sequence::{delimited, terminated};
use std::cell::Cell;

/// Every operator, for messages; a test compares it with [`CompareOp::ALL`].
macro_rules! operators {
    () => {
        "(eq, ne, co, sw, ew, gt, ge, lt, le or pr)"
    };
}

const OPERATOR: &str = concat!("an operator ", operators!());

/// Parses one text.
pub(super) struct Grammar<'t> {
    text: &'t str,
    pub(super) syntax: Syntax,
    terms_left: Cell<usize>,
    used: Cell<Leniencies>,
}

/// The context of an expression.
#[derive(Clone, Copy)]
pub(super) struct Scope {
    /// How many more brackets may be opened.
    depth_left: usize,
    /// What may follow the expression, for messages.
    end: &'static str,
    /// Whether it is inside `[ ]`, where names are sub-attributes.
    inside: bool,
}

impl Scope {
    pub(super) fn outermost(depth: usize) -> Self {
        Self { depth_left: depth, end: "`and`, `or` or the end of the filter", inside: false }
    }

    /// The scope after a bracket that opens at `at`.
    fn deeper<'t>(self, at: &'t str, end: &'static str, inside: bool) -> Result<Self, Fault<'t>> {
        match self.depth_left.checked_sub(1) {
            Some(depth_left) => Ok(Self { depth_left, end, inside: self.inside || inside }),
            None => Err(fault(at, Why::TooDeep)),
        }
    }
}

impl<'t> Grammar<'t> {
    pub(super) fn new(text: &'t str, syntax: Syntax, terms: usize) -> Self {
        Self { text, syntax, terms_left: Cell::new(terms), used: Cell::default() }
    }

    pub(super) fn used(&self) -> Leniencies {
        self.used.get()
    }

    pub(super) fn forgive(&self, note: impl FnOnce(&mut Leniencies)) {
        let mut used = self.used.get();
        note(&mut used);
        self.used.set(used);
    }

    pub(super) fn offset(&self, rest: &str) -> usize {
        self.text.len().saturating_sub(rest.len())
    }

    pub(super) fn span(&self, from: &str, to: &str) -> Span {
        Span { start: self.offset(from), end: self.offset(to) }
    }

    // filter = orExp
    pub(super) fn filter(&self, i: &'t str, scope: Scope) -> Parsed<'t, Filter> {
        let (i, filter) = self.enclosed(i, scope)?;
        if i.is_empty() { Ok((i, filter)) } else { expected(scope.end, i) }
    }

    // path = valuePath [ "." name ] / attrPath / urn
    pub(super) fn patch_path(&self, i: &'t str, scope: Scope) -> Parsed<'t, PatchPath> {
        const END: &str = "the end of the path";
        const END_OR_SUB: &str = "`.` and a sub-attribute, or the end of the path";
        let named = self.attr_path(i);
        if let Some(path) = self.bare_urn(i).filter(|_| !matches!(named, Ok(("", _)))) {
            return Ok(("", PatchPath { path, filter: None, sub: None }));
        }
        let (i, path) = named?;
        if !i.starts_with('[') {
            return if i.is_empty() {
                Ok((i, PatchPath { path, filter: None, sub: None }))
            } else {
                expected(END, i)
            };
        }
        if path.sub.is_some() {
            return expected(END, i);
        }
        let (i, filter) = self.selection(i, scope)?;
        let (i, sub) = opt(sub).parse(i)?;
        if !i.is_empty() {
            return expected(if sub.is_some() { END } else { END_OR_SUB }, i);
        }
        Ok((i, PatchPath { path, filter: Some(Box::new(filter)), sub: sub.map(Into::into) }))
    }

    // [SP] orExp [SP]
    fn enclosed(&self, i: &'t str, scope: Scope) -> Parsed<'t, Filter> {
        delimited(spaces, |i| self.or_exp(i, scope), spaces).parse(i)
    }

    // orExp = andExp *( SP "or" SP andExp )
    fn or_exp(&self, i: &'t str, scope: Scope) -> Parsed<'t, Filter> {
        Self::joined(i, "or", |i| self.and_exp(i, scope), Filter::Or)
    }

    // andExp = term *( SP "and" SP term )
    fn and_exp(&self, i: &'t str, scope: Scope) -> Parsed<'t, Filter> {
        Self::joined(i, "and", |i| self.term(i, scope), Filter::And)
    }

    fn joined(
        i: &'t str,
        word: &'static str,
        operand: impl Fn(&'t str) -> Parsed<'t, Filter>,
        build: fn(Vec<Filter>) -> Filter,
    ) -> Parsed<'t, Filter> {
        let (i, first) = operand(i)?;
        let (mut i, mut more) = joint(i, word)?;
        if !more {
            return Ok((i, first));
        }
        let mut all = vec![first];
        while more {
            let (rest, next) = operand(i)?;
            all.push(next);
            (i, more) = joint(rest, word)?;
        }
        Ok((i, build(all)))
    }

    // term = group / valuePath / attrExp
    // group = [ "not" [SP] ] "(" [SP] orExp [SP] ")"
    fn term(&self, i: &'t str, scope: Scope) -> Parsed<'t, Filter> {
        if i.starts_with('(') {
            return self.group(i, scope);
        }
        if let Ok((bracket, _)) = not(i) {
            let (i, inner) = self.group(bracket, scope)?;
            return Ok((i, Filter::Not(Box::new(inner))));
        }
        let (after, path) = if scope.inside { self.element_name(i) } else { self.attr_path(i) }?;
        if after.starts_with('[') {
            return self.value_path(path, after, scope);
        }
        self.attr_exp(i, path, after)
    }

    fn group(&self, bracket: &'t str, scope: Scope) -> Parsed<'t, Filter> {
        const END: &str = "`and`, `or` or `)`";
        let scope = scope.deeper(bracket, END, false)?;
        delimited(char('('), |i| self.enclosed(i, scope), expect(END, char(')'))).parse(bracket)
    }

    // valuePath = attrName "[" [SP] vOr [SP] "]"
    fn value_path(&self, path: AttrPath, bracket: &'t str, scope: Scope) -> Parsed<'t, Filter> {
        const NO_NESTING: &str = "a space and an operator (`[ ]` cannot be nested)";
        const NO_SUB: &str = "a space and an operator (`[ ]` cannot follow a sub-attribute)";
        if scope.inside {
            return expected(NO_NESTING, bracket);
        }
        if path.sub.is_some() {
            return expected(NO_SUB, bracket);
        }
        let (i, mut inner) = self.selection(bracket, scope)?;
        let (i, compared) = self.compared(i)?;
        if let Some(term) = compared {
            inner = match inner {
                Filter::And(mut all) => {
                    all.push(term);
                    Filter::And(all)
                }
                one => Filter::And(vec![one, term]),
            };
        }
        Ok((i, Filter::ValuePath { path, filter: Box::new(inner) }))
    }

    // "[" [SP] vOr [SP] "]"
    //
    // The v-rules differ from the others only in their names, which `Scope::inside` distinguishes.
    pub(super) fn selection(&self, bracket: &'t str, scope: Scope) -> Parsed<'t, Filter> {
        const END: &str = "`and`, `or` or `]`";
        let scope = scope.deeper(bracket, END, true)?;
        delimited(char('['), |i| self.enclosed(i, scope), expect(END, char(']'))).parse(bracket)
    }

    /// An extension of the grammar: `emails[type eq "work"].value eq "x"` and `emails[type eq "work"] eq "x"`.
    fn compared(&self, i: &'t str) -> Parsed<'t, Option<Filter>> {
        const PATHS_ONLY: &str = "a space or the end (only a PATCH path has a sub-attribute after `]`)";
        if !self.syntax.compared_value_path {
            return if i.starts_with('.') { expected(PATHS_ONLY, i) } else { Ok((i, None)) };
        }
        let (after, name) = match sub(i) {
            Ok(found) => found,
            Err(failure @ nom::Err::Failure(_)) => return Err(failure),
            Err(_) if is_compared(i) => (i, "value"),
            Err(_) => return Ok((i, None)),
        };
        let path = AttrPath { name: name.into(), span: self.span(i, after), ..AttrPath::default() };
        let (end, term) = self.attr_exp(i, path, after)?;
        self.forgive(|used| used.compared_value_path = true);
        Ok((end, Some(term)))
    }

    // attrExp  = attrPath SP ( "pr" / compareOp SP compValue )
    // vAttrExp = name SP ( "pr" / compareOp SP compValue )
    fn attr_exp(&self, from: &'t str, path: AttrPath, after: &'t str) -> Parsed<'t, Filter> {
        const NOT: &str = concat!("`(` after `not`, or an operator ", operators!());
        const GAP: &str = concat!("a space and an operator ", operators!());
        self.count_term(from)?;
        let (i, _) = expect(GAP, gap)(after)?;
        let (after, word) = word(i)?;
        if word.eq_ignore_ascii_case("pr") {
            return Ok((after, Filter::Present(path)));
        }
        let Some(op) = CompareOp::parse(word) else {
            let is_not = path.schema.is_none() && path.sub.is_none() && path.name.eq_ignore_ascii_case("not");
            return expected(if is_not { NOT } else { OPERATOR }, i);
        };
        let (i, _) = gap_before_value(after)?;
        let (end, value) = self.comp_value(i)?;
        Ok((end, Filter::Compare { path, op, value, at: OperandSpan(self.span(i, end)) }))
    }

    fn count_term(&self, from: &'t str) -> Result<(), Fault<'t>> {
        match self.terms_left.get().checked_sub(1) {
            Some(left) => {
                self.terms_left.set(left);
                Ok(())
            }
            None => Err(fault(from, Why::TooManyTerms)),
        }
    }
}

// SP = 1*%x20 where it is required, nothing where it is optional
fn spaces(i: &str) -> Parsed<'_, &str> {
    take_while(|c| c == ' ')(i)
}

fn gap(i: &str) -> Parsed<'_, &str> {
    take_while1(|c| c == ' ')(i)
}

fn word(i: &str) -> Parsed<'_, &str> {
    take_while(is_name_char)(i)
}

/// `not` before a bracket, which is not consumed.
fn not(i: &str) -> Parsed<'_, &str> {
    terminated(tag_no_case("not"), (spaces, peek(char('(')))).parse(i)
}

/// Consumes ` and ` or ` or `, if it is here.
fn joint<'t>(i: &'t str, keyword: &'static str) -> Parsed<'t, bool> {
    const BEHIND: &str = "a space and another expression";
    match (gap, word).parse(i) {
        Ok((after, (_, found))) if found.eq_ignore_ascii_case(keyword) => {
            let (after, _) = expect(BEHIND, gap)(after)?;
            Ok((after, true))
        }
        _ => Ok((i, false)),
    }
}

/// Whether an operator with an operand follows.
fn is_compared(i: &str) -> bool {
    (gap, word).parse(i).is_ok_and(|(_, (_, found))| CompareOp::parse(found).is_some())
}

/// `compareOp SP compValue`. The space may be missing before a quotation mark, since RFC 7644 section 3.5.2.2 itself
/// writes `members[value eq"2819c223..."]`.
fn gap_before_value(i: &str) -> Parsed<'_, &str> {
    const GAP: &str = "a space and a JSON literal (quoted string, number, true, false or null)";
    if i.starts_with('"') { Ok((i, "")) } else { expect(GAP, gap)(i) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_name_every_operator() {
        let all: Vec<&str> = CompareOp::ALL.into_iter().map(CompareOp::as_str).collect();
        assert_eq!(operators!(), format!("({} or pr)", all.join(", ")));
    }
}
