"""Responses that must be accepted, and well-signed ones that say something wrong."""

import base64
import urllib.parse

from saml_messages import (ACS, ASSERTION, ASSERTION_XML, CLAIM, CONFIRMATION, ENTITY, ENTRA, KEYCLOAK, MORE, NAME, OBJECT, OKTA,
                           PROTOCOL, REQUEST, RESPONSE, TENANT, ENC, ENVELOPED, EXCLUSIVE, attribute)


def conditions(corpus):
    sign, add = corpus.signer.sign, corpus.add

    def said(name, verdict, *edits, setup="entra", element="Assertion"):
        """Adds a response with these replacements, signed afterwards."""
        xml = RESPONSE
        for old, new in edits:
            assert old in xml, (name, old)
            xml = xml.replace(old, new)
        add(name, verdict, sign(xml, element), setup)

    # what Entra sends: three signing options, two certificates, three hashes
    add("ok-assertion-signed", "accept", sign(RESPONSE))
    add("ok-response-signed", "accept", sign(RESPONSE, "Response"))
    add("ok-both-signed", "accept", sign(sign(RESPONSE), "Response"))
    add("ok-second-certificate", "accept", sign(RESPONSE, key="entra-2"))
    add("ok-sha384", "accept", sign(RESPONSE, algorithm=MORE + "rsa-sha384", digest=MORE + "sha384"))
    add("ok-sha512", "accept", sign(RESPONSE, algorithm=MORE + "rsa-sha512", digest=ENC + "sha512"))
    add("ok-no-key-info", "accept", sign(RESPONSE, certificate=None))
    add("signature-key-info-of-another", "signature", sign(RESPONSE, certificate=corpus.keys.certificate("entra-2")), "one-certificate")
    add("ok-declaration", "accept", '<?xml version="1.0" encoding="UTF-8"?>\n' + sign(RESPONSE))
    add("ok-expired-certificate", "accept", sign(RESPONSE, key="expired"), "expired-accepted")
    add("ok-forced", "accept", sign(RESPONSE), "forced")
    said("ok-object-in-capitals", "accept", (OBJECT, OBJECT.upper()))
    said("ok-session-end", "accept", ('SessionIndex="_s1"', 'SessionIndex="_s1" SessionNotOnOrAfter="2026-03-01T20:00:00Z"'))
    said("ok-no-session-index", "accept", (' SessionIndex="_s1"', ""))
    said("ok-groups", "accept", ("</AttributeStatement>", attribute("groups", "a", "b &amp; c", "ä") + "</AttributeStatement>"))
    said("ok-clock-ahead", "accept", ('NotBefore="2026-03-01T11:59:58Z"', 'NotBefore="2026-03-01T12:04:59Z"'))
    said("ok-clock-behind", "accept", ("12:04:58Z", "11:55:01Z"))
    said("ok-milliseconds", "accept", ("11:59:58Z", "11:59:58.123Z"))
    said("ok-two-audiences", "accept", ("<Audience>", "<Audience>https://other.example/</Audience><Audience>"))
    body = urllib.parse.quote(base64.encodebytes(sign(RESPONSE).encode()).decode().replace("\n", "\r\n"), safe="")
    add("ok-line-breaks", "accept", f"SAMLResponse={body}&RelayState=a%20b&other=1&other=2", suffix="form")
    add("ok-okta", "accept", sign(sign(okta(), key="okta", transforms=(ENVELOPED, prefixes("xs"))), "Response", key="okta"), "okta")
    add("ok-keycloak", "accept", sign(keycloak(), "Response", key="keycloak"), "keycloak")
    add("ok-keycloak-attribute", "accept", sign(keycloak(), key="keycloak"), "keycloak-attribute")

    # sender, recipient, and the request that it answers
    other = ENTRA.replace("0f4c7a52", "0f4c7a53")
    said("issuer-response", "issuer", (f'<Issuer xmlns="{ASSERTION}">{ENTRA}', f'<Issuer xmlns="{ASSERTION}">{other}'))
    said("issuer-response-missing", "issuer", (f'<Issuer xmlns="{ASSERTION}">{ENTRA}</Issuer>', ""))
    said("issuer-assertion", "issuer", (f"Z\" Version=\"2.0\"><Issuer>{ENTRA}", f"Z\" Version=\"2.0\"><Issuer>{other}"))
    said("issuer-without-slash", "issuer", (f"<Issuer>{ENTRA}", f"<Issuer>{ENTRA[:-1]}"))
    said("issuer-other-tenant", "issuer", (ENTRA, other), (TENANT, TENANT.replace("0f4c7a52", "0f4c7a53")))
    said("destination", "destination", (f'Destination="{ACS}"', 'Destination="https://other.example/saml/acs/acme/"'))
    said("destination-longer", "destination", (f'Destination="{ACS}"', f'Destination="{ACS}x"'))
    said("destination-missing", "destination", (f' Destination="{ACS}"', ""))
    said("recipient", "recipient", (f'Recipient="{ACS}"', 'Recipient="https://other.example/saml/acs/acme/"'))
    said("recipient-missing", "recipient", (f' Recipient="{ACS}"', ""))
    said("recipient-other-organisation", "recipient", (f'Recipient="{ACS}"', f'Recipient="{ACS.replace("acme", "other")}"'))
    said("audience", "audience", (f"<Audience>{ENTITY}", "<Audience>https://other.example/"))
    said("audience-missing", "audience", (f"<AudienceRestriction><Audience>{ENTITY}</Audience></AudienceRestriction>", ""))
    said("audience-longer", "audience", (f"<Audience>{ENTITY}", f"<Audience>{ENTITY}x"))
    said("audience-spn", "audience", (f"<Audience>{ENTITY}", f"<Audience>spn:{ENTITY}"))
    restriction = "<AudienceRestriction><Audience>https://other.example/</Audience></AudienceRestriction>"
    said("audience-second-restriction", "audience", ("</Conditions>", restriction + "</Conditions>"))
    said("library-unknown-condition", "library", ("</Conditions>", '<Condition xmlns:x="http://www.w3.org/2001/XMLSchema-instance" x:type="other"/></Conditions>'))
    said("ok-one-time-use", "accept", ("</Conditions>", "<OneTimeUse/></Conditions>"))
    said("audience-empty", "audience", (f"<Audience>{ENTITY}</Audience>", "<Audience/>"))
    said("unsolicited", "unsolicited", (f' InResponseTo="{REQUEST}"', ""), ("SubjectConfirmationData NotOnOrAfter", "SubjectConfirmationData NotOnOrAfter"))
    said("unsolicited-response", "unsolicited", (f'InResponseTo="{REQUEST}"><Issuer', "><Issuer"))
    said("unsolicited-confirmation", "unsolicited", (f'InResponseTo="{REQUEST}" Not', "Not"))
    said("in-response-to", "in-response-to", (REQUEST, "id99"))
    said("in-response-to-response", "in-response-to", (f'InResponseTo="{REQUEST}"><Issuer', 'InResponseTo="id99"><Issuer'))
    said("in-response-to-confirmation", "in-response-to", (f'InResponseTo="{REQUEST}" Not', 'InResponseTo="id99" Not'))
    said("in-response-to-empty", "in-response-to", (REQUEST, ""))

    # times
    said("early-conditions", "too-early", ('NotBefore="2026-03-01T11:59:58Z"', 'NotBefore="2026-03-01T12:05:01Z"'))
    said("early-response", "too-early", (f'IssueInstant="2026-03-01T11:59:58Z" Destination', f'IssueInstant="2026-03-01T12:05:01Z" Destination'))
    said("early-sign-in", "too-early", ("11:59:40Z", "12:05:01Z"))
    said("late-conditions", "too-late", ("13:09:58Z", "11:55:00Z"))
    said("late-confirmation", "too-late", ("12:04:58Z", "11:55:00Z"))
    said("late-session", "too-late", ('SessionIndex="_s1"', 'SessionIndex="_s1" SessionNotOnOrAfter="2026-03-01T11:55:00Z"'))
    said("late-yesterday", "too-late", ("2026-03-01T", "2026-02-28T"))
    said("time-conditions-endless", "time", (' NotOnOrAfter="2026-03-01T13:09:58Z"', ""))
    said("time-confirmation-endless", "time", (' NotOnOrAfter="2026-03-01T12:04:58Z"', ""))
    said("time-not-utc", "time", ("13:09:58Z", "14:09:58+01:00"))
    said("time-no-zone", "time", ("13:09:58Z", "13:09:58"))
    said("time-words", "time", ("2026-03-01T13:09:58Z", "tomorrow"))
    said("time-of-sign-in-missing", "time", (' AuthnInstant="2026-03-01T11:59:40Z"', ""))
    said("not-fresh", "not-fresh", ("11:59:40Z", "11:53:59Z"), setup="forced")

    # the subject and how it is confirmed
    bearer = "urn:oasis:names:tc:SAML:2.0:cm:bearer"
    said("confirmation-vouched", "confirmation", (bearer, "urn:oasis:names:tc:SAML:2.0:cm:sender-vouches"))
    said("confirmation-holder-of-key", "confirmation", (bearer, "urn:oasis:names:tc:SAML:2.0:cm:holder-of-key"))
    said("confirmation-missing", "confirmation", (CONFIRMATION, ""))
    said("confirmation-two", "confirmation", (CONFIRMATION, CONFIRMATION * 2))
    said("confirmation-without-data", "confirmation", (CONFIRMATION, f'<SubjectConfirmation Method="{bearer}"/>'))
    name_id = '<NameID Format="urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress">alice@acme.example</NameID>'
    said("name-id-missing", "name-id", (name_id, ""))
    said("name-id-empty", "name-id", (">alice@acme.example</NameID>", "></NameID>"))
    said("name-id-two", "name-id", (name_id, name_id * 2))
    said("name-id-element", "name-id", ("alice@acme.example</NameID>", "alice@acme.example<b/></NameID>"))
    said("name-id-long", "name-id", ("alice@acme.example</NameID>", "a" * 1025 + "</NameID>"))
    said("tenant-missing", "tenant", (attribute(CLAIM + "tenantid", TENANT), ""))
    said("tenant-other", "tenant", (attribute(CLAIM + "tenantid", TENANT), attribute(CLAIM + "tenantid", OBJECT)))
    said("tenant-two", "tenant", (attribute(CLAIM + "tenantid", TENANT), attribute(CLAIM + "tenantid", TENANT, OBJECT)))
    said("tenant-empty", "tenant", (attribute(CLAIM + "tenantid", TENANT), attribute(CLAIM + "tenantid", "")))
    subject = attribute(CLAIM + "objectidentifier", OBJECT)
    said("subject-missing", "subject", (subject, ""))
    said("subject-two", "subject", (subject, attribute(CLAIM + "objectidentifier", OBJECT, TENANT)))
    said("subject-twice", "subject", (subject, subject + attribute(CLAIM + "objectidentifier", TENANT)))
    said("subject-no-uuid", "subject", (subject, attribute(CLAIM + "objectidentifier", "alice@acme.example")))
    said("subject-empty", "subject", (subject, attribute(CLAIM + "objectidentifier", "")))
    statement = ASSERTION_XML[ASSERTION_XML.index("<AuthnStatement"):ASSERTION_XML.index("</Assertion>")]
    said("statement-missing", "authn-statement", (statement, ""))
    said("statement-two", "authn-statement", (statement, statement + statement.replace("_s1", "_s2")))
    said("disagreement-mixed-values", "disagreement", ("<AttributeValue>Alice", "<AttributeValue><b>x</b></AttributeValue><AttributeValue>Alice"))
    said("ok-white-space", "accept", ("<AttributeValue>Alice", "<AttributeValue> a\nb\r\nc&#13;&#9;"), ('="_s1"', '="_s1&#9;\n "'))
    said("ok-empty-value", "accept", ("<AttributeValue>Alice", "<AttributeValue/><AttributeValue>Alice"))
    said("ok-element-as-value", "accept", ("<AttributeValue>Alice", "<AttributeValue><b>x</b>"))

    # refusals by the identity provider, other versions, encryption, certificates
    success = '<samlp:StatusCode Value="urn:oasis:names:tc:SAML:2.0:status:Success"/>'
    denied = ('<samlp:StatusCode Value="urn:oasis:names:tc:SAML:2.0:status:Responder"><samlp:StatusCode '
              'Value="urn:oasis:names:tc:SAML:2.0:status:RequestDenied"/></samlp:StatusCode><samlp:StatusMessage>AADSTS50105'
              "</samlp:StatusMessage>")
    add("status-denied", "status", RESPONSE.replace(ASSERTION_XML, "").replace(success, denied))
    said("status-with-assertion", "status", (success, denied))
    said("status-missing", "status", (f"<samlp:Status>{success}</samlp:Status>", ""))
    said("status-twice", "status", (success, success * 2))
    said("version", "version", (f'ID="_r1" Version="2.0"', 'ID="_r1" Version="1.1"'))
    encrypted = f'<EncryptedAssertion xmlns="{ASSERTION}"><EncryptedData xmlns="{ENC}"/></EncryptedAssertion>'
    add("encrypted-beside", "encrypted", sign(RESPONSE).replace("</samlp:Response>", encrypted + "</samlp:Response>"))
    add("encrypted-alone", "encrypted", sign(RESPONSE.replace(ASSERTION_XML, encrypted), "Response"))
    said("encrypted-name", "encrypted", (name_id, f'<EncryptedID><EncryptedData xmlns="{ENC}"/></EncryptedID>'))
    said("encrypted-attribute", "encrypted", ("</AttributeStatement>", "<EncryptedAttribute/></AttributeStatement>"))
    add("no-certificate", "no-certificate", sign(RESPONSE), "no-certificate")
    add("no-certificate-unsigned", "unsigned", RESPONSE, "no-certificate")
    add("expired-certificate", "expired-certificate", sign(RESPONSE, key="expired"), "expired-refused")
    add("future-certificate", "expired-certificate", sign(RESPONSE, key="future"), "future-refused")

    # the form that carries it
    encoded = urllib.parse.quote(base64.b64encode(sign(RESPONSE).encode()), safe="")
    for name, verdict, form in [
        ("form-empty", "missing-parameter", ""),
        ("form-without-message", "missing-parameter", "SAMLResponse=&RelayState=a"),
        ("form-request", "missing-parameter", f"SAMLRequest={encoded}"),
        ("form-twice", "doubled-parameter", f"SAMLResponse={encoded}&SAMLResponse={encoded}"),
        ("form-encoded-name", "doubled-parameter", f"SAMLR%65sponse={encoded}"),
        ("form-not-base64", "not-base64", "SAMLResponse=%3Csamlp%3AResponse%2F%3E"),
        ("form-spaces", "not-base64", f"SAMLResponse={encoded[:40]}%20{encoded[40:]}"),
        ("form-large", "too-large", f"SAMLResponse={encoded}&padding="),
    ]:
        add(name, verdict, form, "padded" if verdict == "too-large" else "entra", suffix="form")


def prefixes(names):
    """Exclusive canonicalization that keeps these prefixes, as Okta requires."""
    return f'<Transform Algorithm="{EXCLUSIVE}"><ec:InclusiveNamespaces xmlns:ec="{EXCLUSIVE}" PrefixList="{names}"/></Transform>'


def okta():
    """In Okta's style: other prefixes, typed values, the login as the name."""
    xml = RESPONSE.replace("samlp:", "saml2p:").replace("xmlns:samlp", "xmlns:saml2p").replace(ENTRA, OKTA)
    for name in ("Assertion", "Issuer", "Subject", "NameID", "SubjectConfirmation", "SubjectConfirmationData", "Conditions", "Audience",
                 "AudienceRestriction", "AttributeStatement", "Attribute", "AttributeValue", "AuthnStatement", "AuthnContext",
                 "AuthnContextClassRef"):
        for end in (">", " ", "/"):
            xml = xml.replace(f"<{name}{end}", f"<saml2:{name}{end}").replace(f"</{name}{end}", f"</saml2:{name}{end}")
    xml = xml.replace(f'xmlns="{ASSERTION}"', f'xmlns:saml2="{ASSERTION}"')
    types = 'xmlns:xs="http://www.w3.org/2001/XMLSchema" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:type="xs:string"'
    return xml.replace("<saml2:AttributeValue>", f"<saml2:AttributeValue {types}>")


def keycloak():
    """In Keycloak's style: a persistent name, and one attribute per role."""
    xml = RESPONSE.replace(ENTRA, KEYCLOAK).replace("<Assertion xmlns", '<saml:Assertion xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion" xmlns')
    xml = xml.replace("</Assertion>", "</saml:Assertion>").replace("SAML:1.1:nameid-format:emailAddress", "SAML:2.0:nameid-format:persistent")
    xml = xml.replace("alice@acme.example</NameID>", "G-3f1c0c8a</NameID>")
    roles = "".join(attribute("Role", role) for role in ("offline_access", "view-profile")) + attribute("uid", "alice")
    start, end = xml.index("<AttributeStatement>"), xml.index("</AttributeStatement>")
    return xml[:start] + "<AttributeStatement>" + roles + xml[end:]
