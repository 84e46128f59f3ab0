"""Logout requests by HTTP-Redirect."""

import base64
import re
import urllib.parse

from saml_messages import DSIG, ENTRA, ENC, LOGOUT, MORE, PROTOCOL, SLS, deflate


def logout(corpus):
    sign = corpus.signer.query

    def add(name, verdict, query, setup="entra"):
        corpus.add(f"logout-{name}", verdict, query, setup, suffix="query")

    def said(name, verdict, *edits, setup="entra"):
        xml = LOGOUT
        for old, new in edits:
            assert old in xml, (name, old)
            xml = xml.replace(old, new)
        add(name, verdict, sign(xml), setup)

    good = sign(LOGOUT)
    plain = lambda xml: f"SAMLRequest={urllib.parse.quote(deflate(xml), safe='')}"
    small = lambda text: re.sub("%[0-9A-F]{2}", lambda found: found.group().lower(), text)
    add("ok", "accept", good)
    add("ok-sha512", "accept", sign(LOGOUT, algorithm=MORE + "rsa-sha512", digest="-sha512"))
    add("ok-second-certificate", "accept", sign(LOGOUT, key="entra-2"))
    add("ok-no-relay-state", "accept", sign(LOGOUT, relay=None))
    add("ok-other-order", "accept", "&".join(reversed(good.split("&"))))
    said("ok-no-session", "accept", ("<samlp:SessionIndex>_s1</samlp:SessionIndex>", ""))
    said("ok-two-sessions", "accept", ("</samlp:LogoutRequest>", "<samlp:SessionIndex>_s2</samlp:SessionIndex></samlp:LogoutRequest>"))
    said("ok-end", "accept", (f'Destination="{SLS}"', f'Destination="{SLS}" NotOnOrAfter="2026-03-01T12:04:58Z"'))
    add("ok-unsigned", "accept", plain(LOGOUT))
    add("ok-unsigned-no-certificate", "accept", plain(LOGOUT), "no-certificate")
    lower = f"SAMLRequest={small(urllib.parse.quote(deflate(LOGOUT), safe=''))}&SigAlg={small(urllib.parse.quote(MORE + 'rsa-sha256', safe=''))}"
    from saml_messages import run
    signature = run("openssl", "dgst", "-sha256", "-sign", corpus.keys.key("entra-1"), data=lower.encode())
    add("ok-small-escapes", "accept", f"{lower}&Signature={urllib.parse.quote(base64.b64encode(signature), safe='')}")

    other = sign(LOGOUT.replace("alice", "mallory"))
    take = lambda query, name: re.search(rf"(?:^|&)({name}=[^&]*)", query).group(1)
    replaced = lambda name, by: good.replace(take(good, name), by)
    add("tampered", "signature", replaced("SAMLRequest", take(other, "SAMLRequest")))
    add("relay-state-tampered", "signature", replaced("RelayState", "RelayState=other"))
    add("relay-state-removed", "signature", good.replace(take(good, "RelayState") + "&", ""))
    add("relay-state-added", "signature", sign(LOGOUT, relay=None) + "&RelayState=a")
    add("escaped-otherwise", "signature", good.replace("%2F", "%2f").replace("%2B", "%2b").replace("%3D", "%3d").replace("%3A", "%3a"))
    add("attacker", "signature", sign(LOGOUT, key="attacker"))
    add("other-provider", "signature", sign(LOGOUT, key="okta"))
    add("signature-empty", "missing-parameter", replaced("Signature", "Signature="))
    add("signature-zero", "signature", replaced("Signature", "Signature=AAAA"))
    add("other-hash", "signature", good.replace("rsa-sha256", "rsa-sha512"))
    add("hmac-renamed", "signature", sign(LOGOUT, signature=b"0" * 256))
    add("sha1", "signature-algorithm", sign(LOGOUT, algorithm=DSIG + "rsa-sha1", digest="-sha1"))
    add("hmac", "signature-algorithm", sign(LOGOUT, algorithm=MORE + "hmac-sha256", signature=b"0" * 32))
    add("no-algorithm", "signature-algorithm", good.replace(take(good, "SigAlg") + "&", ""))
    add("no-signature", "missing-parameter", good.replace("&" + take(good, "Signature"), ""))
    add("message-twice", "doubled-parameter", f"{good}&{take(other, 'SAMLRequest')}")
    add("algorithm-twice", "doubled-parameter", f"{good}&{take(good, 'SigAlg')}")
    add("signature-twice", "doubled-parameter", f"{good}&{take(good, 'Signature')}")
    add("relay-state-twice", "doubled-parameter", f"{good}&RelayState=other")
    add("encoded-name", "doubled-parameter", good.replace("SigAlg=", "Sig%41lg="))
    add("no-message", "missing-parameter", "RelayState=a")
    add("response", "missing-parameter", sign(LOGOUT, name="SAMLResponse"))
    said("issuer", "issuer", (ENTRA, ENTRA[:-1]))
    said("issuer-missing", "issuer", (f"<Issuer>{ENTRA}</Issuer>", ""))
    said("destination", "logout-destination", (SLS, SLS.replace("acme", "other")))
    said("destination-missing", "logout-destination", (f' Destination="{SLS}"', ""))
    said("late", "too-late", ("11:59:58Z", "11:55:00Z"))
    said("late-end", "too-late", (f'Destination="{SLS}"', f'Destination="{SLS}" NotOnOrAfter="2026-03-01T11:55:00Z"'))
    said("early", "too-early", ("11:59:58Z", "12:05:01Z"))
    said("time-missing", "time", (' IssueInstant="2026-03-01T11:59:58Z"', ""))
    said("id-missing", "id", (' ID="_l1"', ""))
    said("id-twice", "id", ("<samlp:SessionIndex>", '<samlp:SessionIndex ID="_l1">'))
    said("version", "version", ('Version="2.0"', 'Version="1.1"'))
    said("name-missing", "name-id", (LOGOUT[LOGOUT.index("<NameID"):LOGOUT.index("<samlp:Session")], ""))
    said("root", "not-logout-request", ("samlp:LogoutRequest", "samlp:LogoutResponse"))
    said("nested", "not-logout-request", ("<samlp:SessionIndex>", '<samlp:Extensions><samlp:LogoutRequest/></samlp:Extensions><samlp:SessionIndex>'))
    said("comment", "markup", ("alice@acme.example", "alice@acme.example<!---->.evil"))
    said("two-roots", "not-xml", ("</samlp:LogoutRequest>", f"</samlp:LogoutRequest>{LOGOUT}"))
    add("doctype", "doctype", sign(f"<!DOCTYPE r>{LOGOUT}"))
    add("deep", "too-complex", sign("<a>" * 70))
    add("bomb", "not-deflate", plain(b"<a>" + b" " * 60_000_000))
    add("just-too-large", "not-deflate", plain(LOGOUT + " " * (64 * 1024 + 1 - len(LOGOUT))))
    add("not-deflate", "not-deflate", "SAMLRequest=" + urllib.parse.quote(base64.b64encode(LOGOUT.encode())))
    add("not-base64", "not-base64", "SAMLRequest=%3Ca%2F%3E")
    add("no-certificate", "no-certificate", good, "no-certificate")
