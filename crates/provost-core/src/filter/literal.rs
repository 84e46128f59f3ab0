//! The right-hand side of a comparison: a JSON literal (RFC 8259).

use super::Literal;
use super::grammar::Grammar;
use super::miss::{Parsed, expect, expected};
use crate::value::Number;
use nom::Parser;
use nom::branch::alt;
use nom::bytes::complete::{take_while, take_while_m_n};
use nom::character::complete::{anychar, char, digit1, one_of};
use nom::combinator::{map_opt, opt, recognize, value};
use nom::sequence::preceded;

pub(super) const LITERAL: &str = "a JSON literal (quoted string, number, true, false or null)";

impl<'t> Grammar<'t> {
    // compValue = %s"true" / %s"false" / %s"null" / json-number / json-string
    pub(super) fn comp_value(&self, i: &'t str) -> Parsed<'t, Literal> {
        if i.starts_with('"') {
            let (i, text) = string(i)?;
            return Ok((i, Literal::String(text)));
        }
        let (after, word) =
            if self.syntax.bare_words { take_while(is_bare_char)(i)? } else { take_while(is_word_char)(i)? };
        match keyword(word).or_else(|| self.keyword_in_any_case(word)) {
            Some(literal) => Ok((after, literal)),
            None if let Ok(("", text)) = number(word) => {
                let number = read_number(text).map(Literal::Number);
                Ok((after, number.unwrap_or_else(|| Literal::OutOfRange(text.into()))))
            }
            None if self.syntax.bare_words => self.bare_word(i, after, word),
            None => expected(LITERAL, i),
        }
    }

    /// An extension of the grammar: `active eq True`.
    fn keyword_in_any_case(&self, word: &str) -> Option<Literal> {
        let found = self.syntax.literal_case.then(|| keyword(&word.to_ascii_lowercase())).flatten()?;
        self.forgive(|used| used.literal_case = true);
        Some(found)
    }

    /// An extension of the grammar: `id eq 54d3`, `name.familyName eq D'ORSEL`. A word that begins with a quotation
    /// mark is refused, since it is a string in the wrong quotes.
    fn bare_word(&self, i: &'t str, after: &'t str, word: &str) -> Parsed<'t, Literal> {
        if word.is_empty() || word.starts_with(is_quotation_mark) {
            return expected(LITERAL, i);
        }
        self.forgive(|used| used.bare_words = true);
        Ok((after, Literal::String(word.into())))
    }
}

/// A literal other than a string extends to the next space or bracket, so that `030` is one wrong word and not two.
fn is_word_char(c: char) -> bool {
    let is_mark = matches!(c, '"' | '\'' | '\\' | '(' | ')' | '[' | ']' | '{' | '}' | ',' | ';');
    !is_mark && !c.is_whitespace() && !c.is_control()
}

/// Names may contain any character, so a bare word extends to the next blank or bracket.
fn is_bare_char(c: char) -> bool {
    !matches!(c, '(' | ')' | '[' | ']') && !c.is_whitespace() && !c.is_control()
}

/// Quotation marks as typed, and as a word processor changes them.
fn is_quotation_mark(c: char) -> bool {
    matches!(c, '"' | '\'' | '\u{2018}'..='\u{201f}' | '«' | '»' | '＂' | '＇')
}

fn keyword(word: &str) -> Option<Literal> {
    match word {
        "true" => Some(Literal::Bool(true)),
        "false" => Some(Literal::Bool(false)),
        "null" => Some(Literal::Null),
        _ => None,
    }
}

// number = [ minus ] int [ frac ] [ exp ]              ; RFC 8259 section 6
// int    = zero / ( digit1-9 *DIGIT )
// frac   = decimal-point 1*DIGIT
// exp    = e [ minus / plus ] 1*DIGIT
fn number(i: &str) -> Parsed<'_, &str> {
    let digits = |i| take_while(|c: char| c.is_ascii_digit())(i);
    let int = alt((recognize(char('0')), recognize((one_of("123456789"), digits))));
    let frac = (char('.'), digit1);
    let exp = (one_of("eE"), opt(one_of("+-")), digit1);
    recognize((opt(char('-')), int, opt(frac), opt(exp))).parse(i)
}

fn read_number(text: &str) -> Option<Number> {
    if text.contains(['.', 'e', 'E']) {
        return text.parse().ok().filter(|x: &f64| x.is_finite()).map(Number::Float);
    }
    text.parse().ok().map(Number::Int)
}

// string = quotation-mark *char quotation-mark         ; RFC 8259 section 7
fn string(i: &str) -> Parsed<'_, Box<str>> {
    let (i, _) = char('"')(i)?;
    let (mut i, plain) = take_while(is_unescaped)(i)?;
    if let Some(after) = i.strip_prefix('"') {
        return Ok((after, plain.into()));
    }
    let mut text = String::from(plain);
    loop {
        let (after, c) = string_end(i)?;
        let Some(c) = c else { return Ok((after, text.into())) };
        text.push(c);
        let (after, plain) = take_while(is_unescaped)(after)?;
        text.push_str(plain);
        i = after;
    }
}

// unescaped = %x20-21 / %x23-5B / %x5D-10FFFF
fn is_unescaped(c: char) -> bool {
    c >= ' ' && c != '"' && c != '\\'
}

/// What ends a run of plain characters: the closing quote (`None`), or an escape.
fn string_end(i: &str) -> Parsed<'_, Option<char>> {
    const NO_CONTROLS: &str = "an escape (`\\n`, `\\u000a`) in place of a control character";
    match i.chars().next() {
        Some('"') => value(None, char('"')).parse(i),
        Some('\\') => escape.map(Some).parse(i),
        Some(_) => expected(NO_CONTROLS, i),
        None => expected("a closing quotation mark", i),
    }
}

// char = unescaped / escape ( %x22 / %x5C / %x2F / %x62 / %x66 / %x6E / %x72 / %x74 / %x75 4HEXDIG )
fn escape(i: &str) -> Parsed<'_, char> {
    const ESCAPE: &str = r#"one of the escapes `\"`, `\\`, `\/`, `\b`, `\f`, `\n`, `\r`, `\t` and `\u` with four hexadecimal digits"#;
    let simple = |c| match c {
        '"' | '\\' | '/' => Some(c),
        'b' => Some('\u{8}'),
        'f' => Some('\u{c}'),
        'n' => Some('\n'),
        'r' => Some('\r'),
        't' => Some('\t'),
        _ => None,
    };
    if let Ok((after, unit)) = code_unit(i) {
        return unicode(i, after, unit);
    }
    expect(ESCAPE, preceded(char('\\'), map_opt(anychar, simple)))(i)
}

/// RFC 8259 section 7: "To escape an extended character that is not in the Basic Multilingual Plane, the character is
/// represented as a 12-character sequence, encoding the UTF-16 surrogate pair."
fn unicode<'t>(i: &'t str, after: &'t str, unit: u32) -> Parsed<'t, char> {
    const PAIR: &str = "a pair of surrogates (`\\ud83d\\ude00`), not one alone";
    const NOT_NUL: &str = "any character but U+0000";
    match unit {
        0 => expected(NOT_NUL, i),
        0xd800..=0xdbff => match code_unit(after) {
            Ok((after, low @ 0xdc00..=0xdfff)) => {
                let c = 0x10000 + ((unit - 0xd800) << 10) + (low - 0xdc00);
                char::from_u32(c).map_or_else(|| expected(PAIR, i), |c| Ok((after, c)))
            }
            _ => expected(PAIR, i),
        },
        _ => char::from_u32(unit).map_or_else(|| expected(PAIR, i), |c| Ok((after, c))),
    }
}

// %x5C %x75 4HEXDIG
fn code_unit(i: &str) -> Parsed<'_, u32> {
    let hex = take_while_m_n(4, 4, |c: char| c.is_ascii_hexdigit());
    preceded((char('\\'), char('u')), map_opt(hex, |digits| u32::from_str_radix(digits, 16).ok())).parse(i)
}
