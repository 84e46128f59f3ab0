//! The structure of a response: one response with one assertion in it, every identifier once.
//!
//! Elements are counted by local name, in whatever namespace, since some readers ignore namespaces.

use std::collections::BTreeSet;

use roxmltree::{Document, Node};

use crate::{
    checks::Checks,
    reason::Reason,
    refusal::Refusal,
    signature,
    xml::{ASSERTION, PROTOCOL, children, elements, only_child, text},
};

const SUCCESS: &str = "urn:oasis:names:tc:SAML:2.0:status:Success";

/// Attributes that some readers take for the identifier of an element.
const IDS: [&str; 4] = ["ID", "Id", "id", "AssertionID"];

/// The two elements from which everything else is read.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Message<'a, 'i> {
    pub(crate) response: Node<'a, 'i>,
    pub(crate) assertion: Node<'a, 'i>,
    /// The number of signatures in them.
    pub(crate) signatures: usize,
}

pub(crate) fn read<'a, 'i>(checks: Checks, document: &'a Document<'i>) -> Result<Message<'a, 'i>, Refusal> {
    let response = root(checks, document, (PROTOCOL, "Response"), Reason::OneResponse)?;
    status(checks, response)?;
    let encrypted = elements(response).find(|element| element.tag_name().name().starts_with("Encrypted"));
    checks.require(encrypted.is_none(), || {
        Refusal::new(Reason::Encrypted, "Response")
            .with_found_if(encrypted.map(|element| element.tag_name().name()))
    })?;
    let assertion = only_assertion(checks, response)?;
    ids(checks, response, &[response, assertion])?;
    let signatures = signature::check(checks, response, assertion)?;
    Ok(Message { response, assertion, signatures })
}

/// The root, if it has this name and version 2.0 and contains no other element of the name.
pub(crate) fn root<'a, 'i>(
    checks: Checks,
    document: &'a Document<'i>,
    name: (&'static str, &'static str),
    otherwise: Reason,
) -> Result<Node<'a, 'i>, Refusal> {
    let root = document.root_element();
    let refused = |found: &str| Refusal::new(otherwise, "root").with_found(found).with_expected(name.1);
    if !root.has_tag_name(name) {
        return Err(refused(root.tag_name().name()));
    }
    let same = named(root, name.1).count();
    checks.require(same == 1, || refused(&format!("{same} elements of this name")))?;
    let version = root.attribute("Version");
    checks.require(version == Some("2.0"), || {
        Refusal::new(Reason::Version, "@Version").with_found_if(version).with_expected("2.0")
    })?;
    Ok(root)
}

fn status(checks: Checks, response: Node<'_, '_>) -> Result<(), Refusal> {
    let status = only_child(response, (PROTOCOL, "Status"));
    let code = status.and_then(|status| only_child(status, (PROTOCOL, "StatusCode")));
    let value = code.and_then(|code| code.attribute("Value"));
    checks.require(value == Some(SUCCESS), || {
        let inner = code
            .and_then(|code| only_child(code, (PROTOCOL, "StatusCode")))
            .and_then(|code| code.attribute("Value"));
        let said = status.and_then(|status| only_child(status, (PROTOCOL, "StatusMessage"))).and_then(text);
        let found: Vec<String> = [value, inner].into_iter().flatten().map(last_part).chain(said).collect();
        Refusal::new(Reason::Status, "Response/Status").with_found(found.join(", ")).with_expected("Success")
    })
}

/// For example `Responder` for `urn:oasis:names:tc:SAML:2.0:status:Responder`.
fn last_part(urn: &str) -> String {
    urn.rsplit(':').next().unwrap_or(urn).to_owned()
}

fn only_assertion<'a, 'i>(checks: Checks, response: Node<'a, 'i>) -> Result<Node<'a, 'i>, Refusal> {
    let count = named(response, "Assertion").count();
    let refused = || {
        Refusal::new(Reason::OneAssertion, "Response/Assertion")
            .with_found(format!(
                "{} there, {count} in the message",
                children(response, (ASSERTION, "Assertion")).count()
            ))
            .with_expected("1")
    };
    let first = children(response, (ASSERTION, "Assertion")).next().ok_or_else(refused)?;
    checks.require(count == 1, refused)?;
    Ok(first)
}

/// Checks that no identifier occurs twice and that the elements in `needed` have one.
pub(crate) fn ids(checks: Checks, root: Node<'_, '_>, needed: &[Node<'_, '_>]) -> Result<(), Refusal> {
    let mut seen = BTreeSet::new();
    for attribute in elements(root).flat_map(|element| element.attributes()) {
        if IDS.contains(&attribute.name()) {
            let id = attribute.value();
            checks.require(seen.insert(id), || Refusal::new(Reason::Id, "@ID").with_found(id))?;
        }
    }
    match needed.iter().all(|element| element.attribute("ID").is_some_and(|id| !id.is_empty())) {
        true => Ok(()),
        false => Err(Refusal::new(Reason::Id, "@ID")),
    }
}

fn named<'a, 'i>(root: Node<'a, 'i>, name: &'static str) -> impl Iterator<Item = Node<'a, 'i>> {
    elements(root).filter(move |element| element.tag_name().name() == name)
}
