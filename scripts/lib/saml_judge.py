"""Has xmlsec1, a program that shares no code with us, judge the signatures in the corpus of crates/provost-saml.

    python3 scripts/lib/saml_judge.py

It must verify all signatures of the messages that we accept, with a certificate that we trust, and none that we say no certificate verifies. It
cannot judge the other messages, since it does not read SAML. The last line is `N passed, N failed`.
"""

import pathlib
import re
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from saml_messages import ASSERTION, PROTOCOL

FOLDER = pathlib.Path(__file__).parents[2] / "crates/provost-saml/corpus"

# as in tests/it/corpus.rs
TRUSTED = {"okta": ["okta"], "keycloak": ["keycloak"], "keycloak-attribute": ["keycloak"], "one-certificate": ["entra-1"],
           "expired-accepted": ["entra-1", "expired"]}

# Refused only by us, with the reason.
STRICTER = {"signature-key-info-of-another.xml": "the message has another certificate in it than the one that verifies"}


def verified(xml, trusted):
    """Whether each signature is verified by one of these certificates."""
    ids = [part for name in (f"{PROTOCOL}:Response", f"{ASSERTION}:Assertion") for part in ("--id-attr:ID", name)]
    count = len(re.findall(rb"<(?:\w+:)?Signature[\s>]", xml))
    with tempfile.NamedTemporaryFile(suffix=".xml") as file:
        file.write(xml)
        file.flush()

        def one(number, name):
            path = f"(//*[local-name()='Signature'])[{number}]"
            return not subprocess.run(["xmlsec1", "--verify", "--pubkey-cert-pem", f"{FOLDER}/{name}.pem", *ids, "--node-xpath", path, file.name],
                                      capture_output=True).returncode

        return count > 0 and all(any(one(number, name) for name in trusted) for number in range(1, count + 1))


def main():
    passed = failed = 0

    def tell(name, fault):
        nonlocal passed, failed
        passed, failed = passed + (not fault), failed + bool(fault)
        if fault:
            print(f"FAIL {name}: {fault}")

    sample = None
    for line in (FOLDER / "cases.tsv").read_text().splitlines():
        file, setup, verdict = line.split("\t")
        if file.endswith(".md.xml") or not file.endswith(".xml") or verdict not in ("accept", "signature", "unverified-signature"):
            continue
        xml, trusted = (FOLDER / file).read_bytes(), TRUSTED.get(setup, ["entra-1", "entra-2"])
        theirs = verified(xml, trusted)
        if verdict == "accept":
            tell(file, not theirs and "we accept it, and xmlsec1 does not verify it")
            sample = sample or (xml, trusted)
        elif file not in STRICTER:
            tell(file, theirs and "xmlsec1 verifies it, and we do not")
    # a judge that always says yes, or always no, would prove nothing
    xml, trusted = sample
    tell("a changed message", verified(xml.replace(b"Alice", b"Alicf"), trusted) and "xmlsec1 verifies it")
    tell("an unknown certificate", verified(xml, ["okta"]) and "xmlsec1 verifies it")
    print(f"{passed} passed, {failed} failed")
    return failed > 0


sys.exit(main())
