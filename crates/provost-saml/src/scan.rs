//! What is refused before any parser reads a document: other encodings, document types, comments and the like, deep
//! nesting, many attributes and namespaces. These have caused the worst faults in parsers, and no sign-in needs them.
//!
//! The scan knows just enough XML for these checks. Where it and a parser would disagree about what is a tag, the
//! document is not well-formed.
//! well-formed document.

use crate::{checks::Checks, reason::Reason, refusal::Refusal};

/// How deep elements may be nested.
const MAX_DEPTH: usize = 64;

/// How many attributes an element may have.
const MAX_ATTRIBUTES: usize = 64;

/// How many namespaces an element and its ancestors may declare together.
const MAX_NAMESPACES: usize = 64;

/// Whether comments, processing instructions and CDATA are accepted. Not in signed messages: exclusive canonicalization
/// drops comments, so anybody can add some.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Markup {
    Accepted,
    Refused,
}

/// The document as text, if it is safe to parse.
pub(crate) fn scan<'a>(
    checks: Checks,
    bytes: &'a [u8],
    place: &'static str,
    markup: Markup,
) -> Result<&'a str, Refusal> {
    let text = core::str::from_utf8(bytes).map_err(|_not_utf8| Refusal::new(Reason::Encoding, place))?;
    let (declaration, mut rest) = declaration(text);
    checks.require(declared_utf8(declaration), || {
        Refusal::new(Reason::Encoding, place).with_found(declaration).with_expected("encoding=\"UTF-8\"")
    })?;
    // how many namespaces each open element declares
    let mut open: Vec<usize> = Vec::new();
    while let Some((_, tag)) = rest.split_once('<') {
        let (kind, end) = token(tag);
        let (tag, after) = tag.split_at_checked(end).unwrap_or((tag, ""));
        rest = after;
        match kind {
            Token::Open | Token::Empty => {
                open.push(tag.matches("xmlns").count());
                bounded(checks, place, tag, &open)?;
            }
            Token::Close => {}
            Token::Doctype => checks.require(false, || Refusal::new(Reason::Doctype, place))?,
            Token::Other => checks.require(markup == Markup::Accepted, || {
                Refusal::new(Reason::Markup, place).with_found(format!("<{tag}"))
            })?,
        }
        if matches!(kind, Token::Close | Token::Empty) {
            open.pop();
        }
    }
    Ok(text)
}

/// Refuses sizes for which parsers and canonicalization take quadratic time.
fn bounded(checks: Checks, place: &'static str, tag: &str, open: &[usize]) -> Result<(), Refusal> {
    let limit = |what: &str, number: usize, most: usize| {
        checks.require(number <= most, || {
            Refusal::new(Reason::TooComplex, place)
                .with_found(format!("{number} {what}"))
                .with_expected(format!("at most {most}"))
        })
    };
    limit("elements around one another", open.len(), MAX_DEPTH)?;
    limit("namespaces", open.iter().sum(), MAX_NAMESPACES)?;
    limit(
        "attributes",
        tag.split(['"', '\'']).step_by(2).map(|part| part.matches('=').count()).sum(),
        MAX_ATTRIBUTES,
    )
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Token {
    Open,
    Close,
    Empty,
    Doctype,
    Other,
}

/// What begins after a `<`, and the offset just past its end.
fn token(text: &str) -> (Token, usize) {
    let ends = |end: &str| text.find(end).map_or(text.len(), |at| at.saturating_add(end.len()));
    if text.starts_with("!--") {
        (Token::Other, ends("-->"))
    } else if text.starts_with("![CDATA[") {
        (Token::Other, ends("]]>"))
    } else if text.starts_with('?') {
        (Token::Other, ends("?>"))
    } else if text.starts_with('!') {
        (Token::Doctype, ends(">"))
    } else if text.starts_with('/') {
        (Token::Close, ends(">"))
    } else {
        let end = end_of_tag(text);
        let empty = text.get(..end).is_some_and(|tag| tag.ends_with("/>"));
        (if empty { Token::Empty } else { Token::Open }, end)
    }
}

/// The offset just past the first `>` outside attribute values.
fn end_of_tag(text: &str) -> usize {
    let mut quote = None;
    for (at, c) in text.char_indices() {
        match quote {
            Some(open) if open == c => quote = None,
            Some(_) => {}
            None if c == '"' || c == '\'' => quote = Some(c),
            None if c == '>' => return at.saturating_add(1),
            None => {}
        }
    }
    text.len()
}

/// The XML declaration, if there is one, and the rest.
fn declaration(text: &str) -> (&str, &str) {
    match text.strip_prefix("<?xml ").and_then(|rest| rest.split_once("?>")) {
        Some((declaration, rest)) => (declaration, rest),
        None => ("", text),
    }
}

fn declared_utf8(declaration: &str) -> bool {
    match declaration.split_once("encoding") {
        None => true,
        Some((_, value)) => {
            let value = value.trim_start().trim_start_matches('=').trim_start().to_ascii_lowercase();
            value.starts_with("\"utf-8\"") || value.starts_with("'utf-8'")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn verdict(text: &str, markup: Markup) -> Option<Reason> {
        scan(Checks::ALL, text.as_bytes(), "Response", markup).err().map(|refusal| refusal.reason())
    }

    #[test]
    fn finds_what_no_parser_should_see() {
        for (text, expected) in [
            ("<a b='>' c=\"<!--\"/>", None),
            ("<?xml version='1.0' encoding='utf-8'?>\n<a><b/>&lt;!</a>", None),
            ("<?xml version=\"1.0\"?><a/>", None),
            ("<?xml version='1.0' encoding='UTF-16'?><a/>", Some(Reason::Encoding)),
            ("<?xml version='1.0' encoding = \"utf-7\"?><a/>", Some(Reason::Encoding)),
            ("<!DOCTYPE a><a/>", Some(Reason::Doctype)),
            ("<a><!ENTITY b 'c'></a>", Some(Reason::Doctype)),
            ("<a><!-- b --></a>", Some(Reason::Markup)),
            ("<a><![CDATA[b]]></a>", Some(Reason::Markup)),
            ("<a><?b?></a>", Some(Reason::Markup)),
            ("<a/><?xml version='1.0'?>", Some(Reason::Markup)),
        ] {
            assert_eq!(verdict(text, Markup::Refused), expected, "{text}");
        }
        assert_eq!(verdict("<!-- <a> --><a><![CDATA[<b>]]><?c <d>?></a>", Markup::Accepted), None);
        assert_eq!(verdict("<!DOCTYPE a><a/>", Markup::Accepted), Some(Reason::Doctype));
    }

    #[test]
    fn counts_elements_around_one_another() {
        let nested = |depth: usize| format!("{}<c/>{}", "<a>".repeat(depth - 1), "</a>".repeat(depth - 1));
        assert_eq!(verdict(&nested(MAX_DEPTH), Markup::Refused), None);
        assert_eq!(verdict(&nested(MAX_DEPTH + 1), Markup::Refused), Some(Reason::TooComplex));
        assert_eq!(verdict(&"<a></a>".repeat(MAX_DEPTH + 1), Markup::Refused), None);
    }

    #[test]
    fn counts_attributes_and_namespaces() {
        let many = |n: usize, one: &str| {
            format!("<a{}/>", (0..n).map(|i| one.replace('N', &i.to_string())).collect::<String>())
        };
        assert_eq!(verdict(&many(MAX_ATTRIBUTES, " aN='=='"), Markup::Refused), None);
        assert_eq!(
            verdict(&many(MAX_ATTRIBUTES + 1, " aN = \"\""), Markup::Refused),
            Some(Reason::TooComplex)
        );
        let declared = " xmlns:nN='u'";
        assert_eq!(verdict(&many(MAX_NAMESPACES, declared), Markup::Refused), None);
        let inside = format!("<b xmlns='u'>{}</b>", many(MAX_NAMESPACES, declared));
        assert_eq!(verdict(&inside, Markup::Refused), Some(Reason::TooComplex));
        assert_eq!(verdict(&format!("<b>{}</b>", many(1, declared).repeat(999)), Markup::Refused), None);
    }

    #[test]
    fn refuses_bytes_that_are_not_utf8() {
        let refusal = scan(Checks::ALL, b"\xff\xfe<\x00", "Response", Markup::Refused).unwrap_err();
        assert_eq!(refusal.reason(), Reason::Encoding);
    }
}
