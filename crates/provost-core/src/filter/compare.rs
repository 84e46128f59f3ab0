//! Compares texts by their folded forms, without building these where ASCII makes it unnecessary.

use super::CompareOp;
use crate::fold::{Folding, fold};

/// Up to this many bytes a naive search is as fast as a clever one; this also bounds its quadratic worst case.
const SHORT: usize = 256;

/// `text op operand`, where `operand` is folded and `text` is as stored. Equivalent to folding `text` and comparing by
/// code point.
pub(super) fn text_holds(how: Folding, op: CompareOp, text: &str, operand: &str) -> bool {
    // `fold` drops blanks at the ends
    let text = if how == Folding::UserName { text.trim() } else { text };
    if how == Folding::Exact {
        return holds(op, text, operand);
    }
    // in ASCII, every folding only changes capital letters
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fold::fold_part;
    use proptest::prelude::*;

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2048))]

        // Seen to fail: a prefix compared with case, a suffix taken one byte early, an empty operand refused.
        #[test]
        fn lazy_comparison_is_comparison_of_folded_texts(
            text in "[abABkKß\u{130}\u{212a}Éé\u{301} \u{3000}ς]{0,6}|[abAB ]{0,6}",
            other in proptest::option::of("[abkéß ]{0,3}"),
            part in any::<[proptest::sample::Index; 2]>(),
            op in proptest::sample::select(CompareOp::ALL.to_vec()),
            how in proptest::sample::select(vec![Folding::Exact, Folding::Caseless, Folding::UserName]),
            times in proptest::sample::select(vec![1_usize, 1, 1, 1, 1, 1, 1, 60]),
        ) {
            let text = text.repeat(times);
            let folded = fold(how, &text);
            // half of the operands are a substring of the text, since random ones would never match
            let chars: Vec<char> = folded.chars().collect();
            let [a, b] = part.map(|at| at.index(chars.len() + 1));
            let operand = other.unwrap_or_else(|| chars[a.min(b)..a.max(b)].iter().collect());
            let operand = if op.is_substring() { fold_part(how, &operand) } else { fold(how, &operand) };
            prop_assert_eq!(text_holds(how, op, &text, &operand), holds(op, &folded, &operand));
        }
    }
}
