//! Checks where signatures are and what they sign, before the library computes anything.
//!
//! Only the few shapes that identity providers produce are accepted. XML signatures allow far more, and nearly every
//! forged sign-in of recent years used some of it.

use roxmltree::Node;

use crate::{
    checks::Checks,
    reason::Reason,
    refusal::Refusal,
    xml::{DSIG, EXCLUSIVE_C14N, elements, only_child},
};

const ENVELOPED: &str = "http://www.w3.org/2000/09/xmldsig#enveloped-signature";

const SIGNATURE_ALGORITHMS: [&str; 3] = [
    "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256",
    "http://www.w3.org/2001/04/xmldsig-more#rsa-sha384",
    "http://www.w3.org/2001/04/xmldsig-more#rsa-sha512",
];

const DIGEST_ALGORITHMS: [&str; 3] = [
    "http://www.w3.org/2001/04/xmlenc#sha256",
    "http://www.w3.org/2001/04/xmldsig-more#sha384",
    "http://www.w3.org/2001/04/xmlenc#sha512",
];

/// Whether this signature algorithm is accepted, in XML and in queries.
pub(crate) fn is_accepted(algorithm: &str) -> bool {
    SIGNATURE_ALGORITHMS.contains(&algorithm)
}

/// Returns the number of signatures: one or two.
pub(crate) fn check(
    checks: Checks,
    response: Node<'_, '_>,
    assertion: Node<'_, '_>,
) -> Result<usize, Refusal> {
    let signatures: Vec<_> =
        elements(response).filter(|element| element.tag_name().name() == "Signature").collect();
    checks.require(!signatures.is_empty(), || Refusal::new(Reason::Unsigned, "Response"))?;
    for signature in &signatures {
        let parent = signature.parent_element();
        let placed = parent.filter(|parent| {
            (*parent == response || *parent == assertion)
                && only_child(*parent, (DSIG, "Signature")) == Some(*signature)
        });
        checks.require(placed.is_some(), || {
            Refusal::new(Reason::SignaturePlace, "Signature")
                .with_found_if(parent.map(|parent| parent.tag_name().name()))
                .with_expected("Response or Assertion")
        })?;
        if let Some(parent) = placed {
            shape(checks, *signature)?;
            signed_info(checks, only_child(*signature, (DSIG, "SignedInfo")), parent)?;
        }
    }
    Ok(signatures.len())
}

/// Whether the children of an element are exactly these.
fn consists_of(parent: Node<'_, '_>, names: &[&str]) -> bool {
    let children: Vec<_> = parent.children().filter(Node::is_element).collect();
    children.len() == names.len()
        && children.iter().zip(names).all(|(child, name)| child.has_tag_name((DSIG, *name)))
}

fn shape(checks: Checks, signature: Node<'_, '_>) -> Result<(), Refusal> {
    let known = consists_of(signature, &["SignedInfo", "SignatureValue", "KeyInfo"])
        || consists_of(signature, &["SignedInfo", "SignatureValue"]);
    checks.require(known, || unknown_shape("Signature", signature))
}

fn unknown_shape(place: &'static str, element: Node<'_, '_>) -> Refusal {
    let names: Vec<_> =
        element.children().filter(Node::is_element).map(|child| child.tag_name().name()).collect();
    Refusal::new(Reason::SignatureShape, place).with_found(names.join(", "))
}

fn signed_info(
    checks: Checks,
    signed_info: Option<Node<'_, '_>>,
    parent: Node<'_, '_>,
) -> Result<(), Refusal> {
    let method = |of: Option<Node<'_, '_>>, name| {
        of.and_then(|of| only_child(of, (DSIG, name)))
            .and_then(|method| method.attribute("Algorithm"))
            .map(str::to_owned)
    };
    let one_of = |reason, place, found: Option<String>, accepted: &[&str]| {
        checks.require(found.as_deref().is_some_and(|found| accepted.contains(&found)), || {
            Refusal::new(reason, place)
                .with_found_if(found)
                .with_expected(accepted.first().copied().unwrap_or_default())
        })
    };
    let canonicalization = method(signed_info, "CanonicalizationMethod");
    one_of(
        Reason::Canonicalization,
        "SignedInfo/CanonicalizationMethod",
        canonicalization,
        &[EXCLUSIVE_C14N],
    )?;
    let algorithm = method(signed_info, "SignatureMethod");
    one_of(Reason::SignatureAlgorithm, "SignedInfo/SignatureMethod", algorithm, &SIGNATURE_ALGORITHMS)?;
    let reference = signed_info.and_then(|info| only_child(info, (DSIG, "Reference")));
    checks.require(reference.is_some(), || Refusal::new(Reason::OneReference, "SignedInfo/Reference"))?;
    let (Some(reference), Some(signed_info)) = (reference, signed_info) else { return Ok(()) };
    one_of(
        Reason::DigestAlgorithm,
        "Reference/DigestMethod",
        method(Some(reference), "DigestMethod"),
        &DIGEST_ALGORITHMS,
    )?;
    let target = reference.attribute("URI").and_then(|uri| uri.strip_prefix('#'));
    checks.require(target.is_some() && target == parent.attribute("ID"), || {
        Refusal::new(Reason::ReferenceTarget, "Reference/@URI")
            .with_found_if(reference.attribute("URI"))
            .with_expected("# and the ID of the element around the signature")
    })?;
    transforms(checks, reference)?;
    let known = ["CanonicalizationMethod", "SignatureMethod", "Reference"];
    checks
        .require(consists_of(signed_info, &known), || unknown_shape("Signature/SignedInfo", signed_info))?;
    let known = ["Transforms", "DigestMethod", "DigestValue"];
    checks.require(consists_of(reference, &known), || unknown_shape("SignedInfo/Reference", reference))
}

/// Enveloped signature, then exclusive canonicalization: everything in the element is signed except the signature
/// itself.
fn transforms(checks: Checks, reference: Node<'_, '_>) -> Result<(), Refusal> {
    let transforms: Vec<_> = only_child(reference, (DSIG, "Transforms"))
        .iter()
        .flat_map(Node::children)
        .filter(Node::is_element)
        .map(|transform| transform.attribute("Algorithm").unwrap_or_default())
        .collect();
    let inner =
        only_child(reference, (DSIG, "Transforms")).iter().flat_map(|all| elements(*all)).all(|element| {
            matches!(element.tag_name().name(), "Transforms" | "Transform" | "InclusiveNamespaces")
        });
    checks.require(inner && transforms == [ENVELOPED, EXCLUSIVE_C14N], || {
        Refusal::new(Reason::Transforms, "Reference/Transforms")
            .with_found(transforms.join(", "))
            .with_expected(format!("{ENVELOPED}, {EXCLUSIVE_C14N}"))
    })
}
