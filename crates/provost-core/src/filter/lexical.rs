//! Names of attributes and sub-attributes.

use super::miss::{Parsed, expect};
use nom::Parser;
use nom::bytes::complete::take_while;
use nom::character::complete::{char, satisfy};
use nom::combinator::recognize;
use nom::sequence::preceded;

pub(super) const SUB: &str = "the name of a sub-attribute";

// "." name
pub(super) fn sub(i: &str) -> Parsed<'_, &str> {
    preceded(char('.'), expect(SUB, name)).parse(i)
}

// name = ( ALPHA / "$" ) *( ALPHA / DIGIT / "-" / "_" / "$" )
pub(super) fn name(i: &str) -> Parsed<'_, &str> {
    recognize((satisfy(|c| c.is_ascii_alphabetic() || c == '$'), take_while(is_name_char))).parse(i)
}

pub(super) fn is_name_char(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '$')
}
