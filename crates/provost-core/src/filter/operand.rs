//! Operands: checks that operator and literal fit the attribute, and converts the literal to its type.

use super::{CompareOp, Comparison, FilterError, Literal, Operand};
use crate::fold::{Folding, fold, fold_part};
use crate::path::{AttrRef, Span};
use crate::schema::Type;
use crate::text::excerpt;
use crate::time::Timestamp;
use crate::value::Number;

/// A comparison as written, with its attribute resolved.
pub(super) struct RawComparison<'a> {
    pub(super) attribute: AttrRef,
    /// Where the attribute is.
    pub(super) path: Span,
    pub(super) op: CompareOp,
    pub(super) value: &'a Literal,
    /// Where the literal is.
    pub(super) at: Span,
}

impl RawComparison<'_> {
    /// The comparison with its operand converted. The attribute must not be complex.
    pub(super) fn typed(self) -> Result<Comparison, FilterError> {
        self.check_operator()?;
        let operand = match self.value {
            Literal::Null => Operand::Null,
            _ => self.operand()?,
        };
        Ok(Comparison::new(self.attribute, self.op, operand))
    }

    fn kind(&self) -> Type {
        self.attribute.leaf().kind
    }

    fn check_operator(&self) -> Result<(), FilterError> {
        let (op, kind) = (self.op, self.kind());
        if !fits(op, kind) {
            let known = CompareOp::ALL.into_iter().filter(|op| fits(*op, kind)).map(CompareOp::as_str);
            let (attribute, known) = (&self.attribute, known.collect::<Vec<_>>().join(", "));
            let message = format!(
                "the attribute `{attribute}` is of type {kind}, which supports {known} and pr, not {op}"
            );
            return Err(FilterError::at(self.path, message));
        }
        require_value(op, self.value, self.at)
    }

    fn operand(&self) -> Result<Operand, FilterError> {
        match (self.kind(), self.value) {
            (Type::String | Type::Reference | Type::Binary, Literal::String(s)) => {
                let how = Folding::of(&self.attribute);
                let folded = if self.op.is_substring() { fold_part(how, s) } else { fold(how, s) };
                Ok(Operand::Text(folded.into()))
            }
            // integral values stay integers: 30, 30.0 and 3e1 are the same operand
            (Type::Integer | Type::Decimal, Literal::Number(n)) => {
                Ok(Operand::Number(n.as_i64().map_or(*n, Number::Int)))
            }
            (Type::Boolean, Literal::Bool(b)) => Ok(Operand::Bool(*b)),
            (Type::DateTime, Literal::String(s)) => {
                Timestamp::parse(s).map(Operand::Instant).ok_or_else(|| self.no_instant(s))
            }
            _ => Err(self.mismatch()),
        }
    }

    /// `2026-01-01T00:00:00 01:00`: form encoding turned the plus of the time zone into a blank, although the date
    /// looks right in the client's own log.
    fn no_instant(&self, text: &str) -> FilterError {
        let mut e = self.mismatch();
        let digit = |b: u8| b.is_ascii_digit() || b == b':';
        let is_zone = |zone: &str| !zone.is_empty() && zone.bytes().all(digit);
        let date =
            text.rsplit_once(' ').filter(|(_, zone)| is_zone(zone)).map(|(date, _)| format!("{date}Z"));
        if date.is_some_and(|date| Timestamp::parse(&date).is_some()) {
            e.message.push_str(" with a space where its plus sign was (in a URL a plus is `%2B`)");
        }
        e
    }

    fn mismatch(&self) -> FilterError {
        let wanted = match self.kind() {
            Type::Boolean => "true or false, without quotes",
            Type::Integer | Type::Decimal if matches!(self.value, Literal::OutOfRange(_)) => {
                "a number that fits in 64 bits"
            }
            Type::Integer | Type::Decimal => "a number, without quotes",
            Type::DateTime => "a quoted date and time, like \"2011-05-13T04:42:34Z\"",
            Type::String | Type::Reference | Type::Binary | Type::Complex => "a quoted string",
        };
        let (attribute, kind, given) = (&self.attribute, self.kind(), given(self.value));
        let found = excerpt(&self.value.to_string());
        let message = format!("the attribute `{attribute}` is of type {kind} and is compared with {wanted}");
        FilterError::at(self.at, format!("{message}; found {given} `{found}`"))
    }
}

/// RFC 7644 section 3.4.2.2: "Boolean and Binary attributes SHALL cause a failed response (HTTP status code 400) with
/// "scimType" of "invalidFilter"", said of gt, ge, lt and le.
fn fits(op: CompareOp, kind: Type) -> bool {
    match kind {
        Type::String | Type::Reference => true,
        Type::Integer | Type::Decimal | Type::DateTime => !op.is_substring(),
        Type::Boolean | Type::Binary | Type::Complex => matches!(op, CompareOp::Eq | CompareOp::Ne),
    }
}

/// RFC 7643 section 2.5 treats null and unassigned alike, and neither can be ordered or contained in anything.
pub(super) fn require_value(op: CompareOp, value: &Literal, at: Span) -> Result<(), FilterError> {
    if *value != Literal::Null || matches!(op, CompareOp::Eq | CompareOp::Ne) {
        return Ok(());
    }
    Err(FilterError::at(at, format!("null can only be compared with eq and ne, not with {}", op.as_str())))
}

fn given(value: &Literal) -> &'static str {
    match value {
        Literal::String(_) => "the string",
        Literal::Number(_) | Literal::OutOfRange(_) => "the number",
        Literal::Bool(_) => "the boolean",
        Literal::Null => "null:",
    }
}
