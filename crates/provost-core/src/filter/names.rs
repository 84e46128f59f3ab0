//! Attribute paths: `userName`, `name.givenName`, `urn:ietf:params:scim:schemas:core:2.0:User:name.givenName`.

use super::grammar::Grammar;
use super::lexical::{SUB, name, sub};
use super::miss::{Parsed, expect, expected};
use crate::path::AttrPath;
use nom::Parser;
use nom::bytes::complete::{tag_no_case, take_while1};
use nom::combinator::opt;

pub(super) const NAME: &str = "an attribute name";
const URN: &str =
    "a schema URN and an attribute name, like `urn:ietf:params:scim:schemas:core:2.0:User:userName`";

impl<'t> Grammar<'t> {
    // attrPath = attrName [ "." name ]
    // attrName = [ urn ":" ] name
    pub(super) fn attr_path(&self, i: &'t str) -> Parsed<'t, AttrPath> {
        if urn_scheme(i).is_ok() {
            return self.urn_path(i);
        }
        let (after, (name, sub)) = name_and_sub(i)?;
        if after.starts_with(':') {
            return expected(URN, i);
        }
        Ok((after, self.path(i, after, None, name, sub)))
    }

    // urn = "urn:" nid ":" nss
    //
    // RFC 7644 section 3.10: "urn:ietf:params:scim:schemas:core:2.0:User:name.givenName". The grammar cannot tell where
    // the URN ends, since it may contain any colon and dot. The last colon ends it, and a dot after that separates the
    // sub-attribute.
    fn urn_path(&self, i: &'t str) -> Parsed<'t, AttrPath> {
        let (after, word) = take_while1(is_urn_char)(i)?;
        let Some((schema, _)) = word.rsplit_once(':').filter(|(schema, _)| is_urn(schema)) else {
            return expected(URN, i);
        };
        let local = i.get(schema.len() + 1..).unwrap_or_default();
        let (end, (name, sub)) = name_and_sub(local)?;
        if end.len() > after.len() {
            return expected(URN, i);
        }
        Ok((end, self.path(i, end, Some(schema), name, sub)))
    }

    // path = .. / urn
    //
    // An extension as a whole. What follows the last colon need not look like a name: `urn:example:badges:1.0`.
    pub(super) fn bare_urn(&self, i: &'t str) -> Option<AttrPath> {
        let (schema, name) = i.rsplit_once(':')?;
        let whole = !name.is_empty() && i.chars().all(is_urn_char) && is_urn(i);
        whole.then(|| self.path(i, "", Some(schema), name, None))
    }

    // vAttrExp = name SP ..
    pub(super) fn element_name(&self, i: &'t str) -> Parsed<'t, AttrPath> {
        const PLAIN: &str = "just the name of a sub-attribute (no URN or dot inside `[ ]`)";
        let (after, found) = expect(SUB, name)(i)?;
        if after.starts_with([':', '.']) {
            return expected(PLAIN, i);
        }
        Ok((after, self.path(i, after, None, found, None)))
    }

    fn path(
        &self,
        from: &'t str,
        to: &'t str,
        schema: Option<&str>,
        name: &str,
        sub: Option<&str>,
    ) -> AttrPath {
        AttrPath {
            schema: schema.map(Into::into),
            name: name.into(),
            sub: sub.map(Into::into),
            span: self.span(from, to),
        }
    }
}

fn name_and_sub(i: &str) -> Parsed<'_, (&str, Option<&str>)> {
    (expect(NAME, name), opt(sub)).parse(i)
}

fn urn_scheme(i: &str) -> Parsed<'_, &str> {
    tag_no_case("urn:")(i)
}

/// What RFC 8141 allows in a URN, except for brackets, parentheses and quotes, which filters use themselves.
fn is_urn_char(c: char) -> bool {
    c.is_ascii_alphanumeric()
        || matches!(
            c,
            ':' | '-' | '.' | '_' | '~' | '%' | '!' | '$' | '&' | '*' | '+' | ',' | ';' | '=' | '@' | '/'
        )
}

/// `urn:`, then a non-empty namespace, then a non-empty name.
fn is_urn(text: &str) -> bool {
    let nid_and_nss = urn_scheme(text).ok().and_then(|(behind, _)| behind.split_once(':'));
    nid_and_nss.is_some_and(|(nid, nss)| !nid.is_empty() && !nss.is_empty())
}
