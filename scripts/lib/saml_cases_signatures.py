"""Signatures that are missing, wrong, too weak, in the wrong place, or around something else."""

import re

from saml_messages import (ASSERTION, ASSERTION_XML, DSIG, ENC, ENVELOPED, EXCLUSIVE, MORE, OBJECT, PROTOCOL, RESPONSE, TENANT,
                           template)

EVIL = "99999999-9999-4999-8999-999999999999"
C14N = "http://www.w3.org/TR/2001/REC-xml-c14n-20010315"


def evil(xml):
    """The same about somebody else."""
    return xml.replace(OBJECT, EVIL).replace("alice@acme.example", "mallory@acme.example")


def unsigned(xml):
    return re.sub(r"<Signature\b.*?</Signature>", "", xml, flags=re.DOTALL)


def part(xml, name):
    return re.search(rf"<(?:\w+:)?{name}\b.*</(?:\w+:)?{name}>", xml, re.DOTALL).group()


def before_end(xml, more):
    return xml.replace("</samlp:Response>", more + "</samlp:Response>")


def signatures(corpus):
    sign, add, keys = corpus.signer.sign, corpus.add, corpus.keys
    good, whole = sign(RESPONSE), sign(RESPONSE, "Response")
    original = part(good, "Assertion")
    signature = part(good, "Signature")
    status = "<samlp:Status>"
    extensions = lambda inner: f"<samlp:Extensions>{inner}</samlp:Extensions>{status}"
    copy = unsigned(original)
    forged = evil(copy).replace("_a1", "_evil")

    # wrapping: the eight of SAML Raider
    add("xsw-1", "one-response", evil(whole).replace("_r1", "_evil").replace("</KeyInfo>", "</KeyInfo>" + unsigned(whole))
        .replace('URI="#_evil"', 'URI="#_r1"'))
    add("xsw-2", "one-response", evil(unsigned(whole)).replace("_r1", "_evil").replace(
        status, unsigned(whole) + part(whole, "Signature") + status, 1))
    add("xsw-3", "one-assertion", good.replace(original, forged + original))
    add("xsw-4", "one-assertion", good.replace(original, forged.replace("</Assertion>", original + "</Assertion>")))
    add("xsw-5", "one-assertion", before_end(evil(good).replace('ID="_a1"', 'ID="_evil"', 1), copy))
    add("xsw-6", "one-assertion", evil(good).replace('ID="_a1"', 'ID="_evil"', 1).replace("</KeyInfo>", "</KeyInfo>" + copy))
    add("xsw-7", "one-assertion", good.replace(status, extensions(forged)))
    add("xsw-8", "one-assertion", evil(good).replace('ID="_a1"', 'ID="_evil"', 1).replace(
        "</KeyInfo>", f"</KeyInfo><Object>{copy}</Object>"))

    # further ways of wrapping
    add("wrap-two-signed-assertions", "one-assertion", before_end(
        good, part(sign(RESPONSE.replace("_a1", "_a2")), "Assertion")))
    add("wrap-two-in-a-signed-response", "one-assertion", sign(before_end(RESPONSE, forged), "Response"))
    add("wrap-in-confirmation-data", "one-assertion", good.replace(original, forged.replace(
        '"https://app.example/saml/acs/acme/"/>', f'"https://app.example/saml/acs/acme/">{original}</SubjectConfirmationData>')))
    add("wrap-in-attribute", "one-assertion", good.replace(original, forged.replace("<AttributeValue>Alice", f"<AttributeValue>{original}")))
    add("wrap-in-advice", "one-assertion", good.replace(original, forged.replace("<AttributeStatement>", f"<Advice>{original}</Advice><AttributeStatement>")))
    add("wrap-in-status-detail", "one-assertion", good.replace("</samlp:Status>", f"<samlp:StatusDetail>{forged}</samlp:StatusDetail></samlp:Status>"))
    add("wrap-in-both-signed", "one-assertion", before_end(sign(good, "Response"), forged))
    add("wrap-other-namespace", "one-assertion", good.replace(original, forged.replace(ASSERTION, "urn:other") + original))
    add("wrap-assertion-of-version-1", "one-assertion", good.replace(original, forged.replace(ASSERTION, "urn:oasis:names:tc:SAML:1.0:assertion") + original))
    add("wrap-response-in-extensions", "one-response", sign(RESPONSE.replace(status, extensions(f'<samlp:Response ID="_r2"/>'))))
    add("wrap-response-in-other-namespace", "one-response", f'<a:Response xmlns:a="urn:a">{good}</a:Response>')
    add("wrap-soap", "one-response", f'<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body>{good}</s:Body></s:Envelope>')
    add("wrap-artifact", "one-response", f'<samlp:ArtifactResponse xmlns:samlp="{PROTOCOL}" ID="_x" Version="2.0">{good}</samlp:ArtifactResponse>')
    add("assertion-alone", "one-response", original)
    add("request-instead", "one-response", f'<samlp:AuthnRequest xmlns:samlp="{PROTOCOL}" ID="_q" Version="2.0"/>')
    add("logout-response-instead", "one-response", sign(RESPONSE, "Response").replace("samlp:Response", "samlp:LogoutResponse"))
    add("assertion-missing", "one-assertion", sign(RESPONSE.replace(ASSERTION_XML, ""), "Response"))
    add("assertion-in-extensions", "one-assertion", sign(RESPONSE.replace(ASSERTION_XML, "").replace(status, extensions(ASSERTION_XML)), "Response"))
    add("id-twice", "id", sign(RESPONSE.replace(status, extensions('<b ID="_a1"/>'))))
    add("id-twice-in-small-letters", "id", good.replace("<AttributeStatement>", '<AttributeStatement id="_a1">'))
    add("id-response-and-assertion", "id", good.replace('ID="_r1"', 'ID="_a1"'))
    add("id-xml", "id", good.replace(status, '<samlp:Status xml:id="_a1">'))
    add("id-missing", "id", good.replace(' ID="_r1"', ""))
    add("id-empty", "id", good.replace('ID="_r1"', 'ID=""'))

    # the places of signatures
    add("place-extensions", "signature-place", sign(RESPONSE).replace(status, extensions(signature)))
    add("place-extensions-alone", "signature-place", unsigned(good).replace(status, extensions(signature)))
    add("place-subject", "signature-place", unsigned(good).replace("<Subject>", f"<Subject>{signature}"))
    add("place-attribute", "signature-place", good.replace("<AttributeValue>Alice", f"<AttributeValue>{signature}"))
    add("place-other-namespace", "signature-place", sign(RESPONSE.replace(
        status, f'<Signature xmlns="urn:other"/>{status}')))
    add("place-twice", "signature-place", good.replace(signature, signature * 2))
    add("place-relocated", "reference-target", unsigned(good).replace(status, signature + status, 1))
    add("shape-object", "signature-shape", sign(RESPONSE, more='<Object Id="o1"><b/></Object>'))
    add("shape-object-with-signature", "signature-shape", good.replace("</KeyInfo>", f"</KeyInfo><Object>{signature}</Object>"))
    add("shape-signed-info-twice", "signature-shape", good.replace("</SignedInfo>", "</SignedInfo>" + part(evil(good), "SignedInfo")))
    add("shape-value-twice", "signature-shape", good.replace("</SignatureValue>", "</SignatureValue><SignatureValue>AAAA</SignatureValue>"))
    add("shape-value-missing", "signature-shape", re.sub("<SignatureValue>.*</SignatureValue>", "", good, flags=re.DOTALL))
    add("shape-empty", "signature-shape", good.replace(signature, f'<Signature xmlns="{DSIG}"/>'))
    add("shape-reference-in-other-namespace", "signature-shape", good.replace("</SignedInfo>", '<Reference xmlns="urn:other" URI="#_a2"/></SignedInfo>'))
    add("shape-reference-with-more", "signature-shape", good.replace("</Reference>", "<DigestValue/></Reference>"))
    add("shape-manifest", "signature-shape", good.replace("</SignedInfo>", "<Manifest/></SignedInfo>"))
    add("shape-key-info-twice", "signature-shape", good.replace("</KeyInfo>", "</KeyInfo>" + part(good, "KeyInfo")))

    # the references
    reference = part(good, "Reference")
    add("reference-none", "one-reference", good.replace(reference, ""))
    two = template("#_a1", MORE + "rsa-sha256", ENC + "sha256", EXCLUSIVE, (ENVELOPED, EXCLUSIVE), keys.certificate("entra-1"))
    second = template("#_r1", MORE + "rsa-sha256", ENC + "sha256", EXCLUSIVE, (ENVELOPED, EXCLUSIVE), None)
    two = two.replace("</Reference>", "</Reference>" + part(second, "Reference"))
    prepared = RESPONSE.replace("</Issuer><Subject>", f"</Issuer>{two}<Subject>")
    add("reference-two", "one-reference", sign(prepared, prepared=True))
    add("reference-two-alike", "one-reference", good.replace(reference, reference * 2))
    add("reference-whole-document", "reference-target", sign(RESPONSE, "Response", uri=""))
    add("reference-response", "reference-target", sign(RESPONSE, uri="#_r1"))
    add("reference-missing-id", "reference-target", good.replace('URI="#_a1"', 'URI="#_a2"'))
    add("reference-no-uri", "reference-target", good.replace(' URI="#_a1"', ""))
    add("reference-xpointer", "reference-target", sign(RESPONSE, uri="#xpointer(id('_a1'))"))
    add("reference-external", "reference-target", good.replace('URI="#_a1"', 'URI="https://evil.example/a.xml"'))
    add("reference-file", "reference-target", good.replace('URI="#_a1"', 'URI="file:///etc/passwd"'))

    # transforms and algorithms
    xpath = '<Transform Algorithm="http://www.w3.org/TR/1999/REC-xpath-19991116"><XPath>not(ancestor-or-self::*[local-name()="Subject"])</XPath></Transform>'
    xslt = ('<Transform Algorithm="http://www.w3.org/TR/1999/REC-xslt-19991116"><xsl:stylesheet xmlns:xsl="http://www.w3.org/1999/XSL/Transform" version="1.0">'
            '<xsl:template match="/"><a/></xsl:template></xsl:stylesheet></Transform>')
    hidden = evil(sign(RESPONSE, transforms=(ENVELOPED, xpath.replace("Subject", "AttributeStatement"), EXCLUSIVE)))
    add("transform-xpath", "transforms", sign(RESPONSE, transforms=(ENVELOPED, xpath, EXCLUSIVE)))
    add("transform-xpath-forged", "transforms", hidden.replace("mallory@acme.example</NameID>", "alice@acme.example</NameID>"))
    add("transform-xslt", "transforms", sign(RESPONSE, transforms=(ENVELOPED, xslt, EXCLUSIVE)))
    add("transform-base64", "transforms", good.replace(f'<Transform Algorithm="{EXCLUSIVE}"/>', f'<Transform Algorithm="{DSIG}base64"/>'))
    add("transform-enveloped-alone", "transforms", sign(RESPONSE, transforms=(ENVELOPED,)))
    add("transform-none", "transforms", re.sub("<Transforms>.*</Transforms>", "", good, flags=re.DOTALL))
    add("transform-inclusive", "transforms", sign(RESPONSE, transforms=(ENVELOPED, C14N)))
    add("transform-with-comments", "transforms", sign(RESPONSE, transforms=(ENVELOPED, EXCLUSIVE + "WithComments")))
    steps = [f'<Transform Algorithm="{step}"/>' for step in (ENVELOPED, EXCLUSIVE)]
    add("transform-other-order", "transforms", good.replace("".join(steps), "".join(reversed(steps))))
    add("transform-thrice", "transforms", sign(RESPONSE, transforms=(ENVELOPED, EXCLUSIVE, EXCLUSIVE)))
    add("canonicalization-inclusive", "canonicalization", sign(RESPONSE, canonicalization=C14N))
    add("canonicalization-with-comments", "canonicalization", sign(RESPONSE, canonicalization=EXCLUSIVE + "WithComments"))
    add("canonicalization-missing", "canonicalization", re.sub("<CanonicalizationMethod[^>]*>", "", good))
    hmac = ("--hmackey", str(keys.folder / "entra-1.pem"))
    add("algorithm-sha1", "signature-algorithm", sign(RESPONSE, algorithm=DSIG + "rsa-sha1"))
    add("algorithm-hmac", "signature-algorithm", sign(evil(RESPONSE), algorithm=MORE + "hmac-sha256", key_option=hmac))
    add("algorithm-hmac-renamed", "signature", sign(evil(RESPONSE), algorithm=MORE + "hmac-sha256", key_option=hmac)
        .replace("hmac-sha256", "rsa-sha256"))
    add("algorithm-ecdsa", "signature-algorithm", sign(RESPONSE, key="curve", algorithm=MORE + "ecdsa-sha256"))
    add("algorithm-missing", "signature-algorithm", re.sub("<SignatureMethod[^>]*>", "", good))
    add("algorithm-twice", "signature-algorithm", re.sub("(<SignatureMethod[^>]*>)", r"\1\1", good))
    add("digest-sha1", "digest-algorithm", sign(RESPONSE, digest=DSIG + "sha1"))
    add("digest-md5", "digest-algorithm", good.replace(ENC + "sha256", MORE + "md5"))
    add("response-sha1-assertion-good", "signature-algorithm", sign(good, "Response", algorithm=DSIG + "rsa-sha1"))

    # the keys
    add("unsigned", "unsigned", RESPONSE)
    add("unsigned-forged", "unsigned", evil(RESPONSE))
    add("stripped", "unsigned", evil(unsigned(good)))
    add("signature-tampered-object", "signature", good.replace(OBJECT, EVIL))
    add("signature-tampered-name", "signature", good.replace("alice@acme.example</NameID>", "mallory@acme.example</NameID>"))
    add("signature-tampered-response", "signature", whole.replace(OBJECT, EVIL))
    add("signature-tampered-both", "signature", sign(good, "Response").replace(OBJECT, EVIL))
    add("signature-attacker", "signature", sign(evil(RESPONSE), key="attacker"))
    add("signature-attacker-with-our-certificate", "signature", sign(evil(RESPONSE), key="attacker", certificate=keys.certificate("entra-1")))
    add("signature-attacker-without-certificate", "signature", sign(evil(RESPONSE), key="attacker", certificate=None))
    add("signature-response-by-attacker", "signature", sign(good, "Response", key="attacker"))
    add("unverified-assertion-by-attacker", "unverified-signature", sign(sign(RESPONSE, key="attacker"), "Response"))
    add("signature-other-certificate", "signature", sign(RESPONSE, key="entra-2"), "one-certificate")
    add("signature-other-provider", "signature", sign(RESPONSE, key="okta"))
    add("signature-value-empty", "signature", re.sub("<SignatureValue>.*</SignatureValue>", "<SignatureValue></SignatureValue>", good, flags=re.DOTALL))
    add("signature-value-zero", "signature", re.sub("<SignatureValue>.*</SignatureValue>", "<SignatureValue>AAAA</SignatureValue>", good, flags=re.DOTALL))
    add("signature-value-other", "signature", good.replace(part(good, "SignatureValue"), part(whole, "SignatureValue")))
    add("digest-value-empty", "signature", re.sub("<DigestValue>.*</DigestValue>", "<DigestValue></DigestValue>", good))
    add("digest-value-other", "signature", good.replace(part(good, "DigestValue"), part(whole, "DigestValue")))
    add("signed-info-other-prefix", "signature", good.replace("<SignedInfo>", '<SignedInfo xmlns:a="urn:a" a:b="c">'))
    add("unsigned-status-changed", "accept", good.replace("<samlp:Status>", "<samlp:Status> "))
