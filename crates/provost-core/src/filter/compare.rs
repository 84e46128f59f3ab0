//! Comparison of texts by their folded forms, without building those forms where ASCII makes that needless.

use super::CompareOp;
use crate::fold::{Folding, fold};

/// Bytes up to which a plain search is no slower than a clever one; it bounds the quadratic worst case.
const SHORT: usize = 256;

/// `text op operand`, where `operand` is folded and `text` is as it was stored. The same as folding `text` and
/// comparing by code point.
pub(super) fn text_holds(how: Folding, op: CompareOp, text: &str, operand: &str) -> bool {
    if how == Folding::Exact {
        return holds(op, text, operand);
    }
    // capitals in ASCII are all that folding changes there, for every folding
    let lazily = text.is_ascii() && (op != CompareOp::Co || text.len() <= SHORT);
    if lazily {
        ascii_holds(op, text.as_bytes(), operand.as_bytes())
    } else {
        holds(op, &fold(how, text), operand)
    }
}

fn holds(op: CompareOp, text: &str, operand: &str) -> bool {
    match op {
        CompareOp::Eq => text == operand,
        CompareOp::Ne => text != operand,
        CompareOp::Co => text.contains(operand),
        CompareOp::Sw => text.starts_with(operand),
        CompareOp::Ew => text.ends_with(operand),
        // the order of UTF-8 bytes is the order of code points
        CompareOp::Gt | CompareOp::Ge | CompareOp::Lt | CompareOp::Le => op.holds(text.cmp(operand)),
    }
}

fn ascii_holds(op: CompareOp, text: &[u8], operand: &[u8]) -> bool {
    match op {
        CompareOp::Eq => text.eq_ignore_ascii_case(operand),
        CompareOp::Ne => !text.eq_ignore_ascii_case(operand),
        CompareOp::Co => {
            operand.is_empty() || text.windows(operand.len()).any(|part| part.eq_ignore_ascii_case(operand))
        }
        CompareOp::Sw => text.get(..operand.len()).is_some_and(|head| head.eq_ignore_ascii_case(operand)),
        CompareOp::Ew => {
            let start = text.len().checked_sub(operand.len());
            start.and_then(|n| text.get(n..)).is_some_and(|tail| tail.eq_ignore_ascii_case(operand))
        }
        CompareOp::Gt | CompareOp::Ge | CompareOp::Lt | CompareOp::Le => {
            op.holds(text.iter().map(u8::to_ascii_lowercase).cmp(operand.iter().copied()))
        }
    }
}
