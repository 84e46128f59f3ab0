//! A message as a tree, with the few queries it needs. Names are compared with their namespaces.

use roxmltree::{Document, Node, ParsingOptions};

use crate::{reason::Reason, refusal::Refusal};

pub(crate) const PROTOCOL: &str = "urn:oasis:names:tc:SAML:2.0:protocol";
pub(crate) const ASSERTION: &str = "urn:oasis:names:tc:SAML:2.0:assertion";
pub(crate) const METADATA: &str = "urn:oasis:names:tc:SAML:2.0:metadata";
pub(crate) const DSIG: &str = "http://www.w3.org/2000/09/xmldsig#";
pub(crate) const EXCLUSIVE_C14N: &str = "http://www.w3.org/2001/10/xml-exc-c14n#";
pub(crate) const REDIRECT: &str = "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect";
pub(crate) const POST: &str = "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST";

/// How many elements, attributes and texts a document may have.
const NODES: u32 = 100_000;

pub(crate) fn parse<'a>(text: &'a str, place: &'static str) -> Result<Document<'a>, Refusal> {
    let options = ParsingOptions { allow_dtd: false, nodes_limit: NODES, ..ParsingOptions::default() };
    Document::parse_with_options(text, options)
        .map_err(|error| Refusal::new(Reason::NotXml, place).with_found(error.to_string()))
}

pub(crate) fn children<'a, 'i>(
    parent: Node<'a, 'i>,
    name: (&'static str, &'static str),
) -> impl Iterator<Item = Node<'a, 'i>> {
    parent.children().filter(move |child| child.has_tag_name(name))
}

/// The child of this name, if there is exactly one.
pub(crate) fn only_child<'a, 'i>(
    parent: Node<'a, 'i>,
    name: (&'static str, &'static str),
) -> Option<Node<'a, 'i>> {
    let mut found = children(parent, name);
    found.next().filter(|_| found.next().is_none())
}

/// The text of an element that has only text and is not empty.
pub(crate) fn text(element: Node<'_, '_>) -> Option<String> {
    text_or_empty(element).filter(|text| !text.is_empty())
}

/// The text of an element that contains no other elements.
pub(crate) fn text_or_empty(element: Node<'_, '_>) -> Option<String> {
    let text: String =
        element.children().filter_map(|child| child.is_text().then(|| child.text())?).collect();
    let mixed = element.children().any(|child| child.is_element());
    (!mixed).then_some(text)
}

/// The text of the only child of this name.
pub(crate) fn child_text(parent: Node<'_, '_>, name: (&'static str, &'static str)) -> Option<String> {
    only_child(parent, name).and_then(text)
}

/// This element and all elements below it.
pub(crate) fn elements<'a, 'i>(root: Node<'a, 'i>) -> impl Iterator<Item = Node<'a, 'i>> {
    root.descendants().filter(Node::is_element)
}

/// Text escaped for XML, between tags or in quotes.
pub(crate) fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
