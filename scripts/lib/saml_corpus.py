"""Writes the corpus of crates/provost-saml: messages that identity providers send, and messages that must not be accepted.

    python3 scripts/lib/saml_corpus.py

It needs the programs openssl and xmlsec1. Every run makes new keys, so every file changes; nothing else does. Each line of
cases.tsv has a file, how the connection is set up, and the verdict: `accept`, or the name of the reason to refuse.
"""

import pathlib
import re
import shutil
import sys
import tempfile
import urllib.parse

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from saml_cases_conditions import conditions
from saml_cases_logout import logout
from saml_cases_metadata import metadata
from saml_cases_signatures import signatures
from saml_cases_xml import xml_cases
from saml_messages import Keys, Signer

FOLDER = pathlib.Path(__file__).parents[2] / "crates/provost-saml/corpus"


class Corpus:
    def __init__(self, keys):
        self.keys, self.signer, self.lines = keys, Signer(keys), []

    def add(self, name, verdict, content, setup="entra", suffix="xml"):
        """Adds a case. The suffix says what it is: a response (xml), a form, a query, or metadata (md.xml)."""
        file = f"{name}.{suffix}"
        assert not any(line.startswith(f"{file}\t") for line in self.lines), file
        (FOLDER / file).write_bytes(content if isinstance(content, bytes) else content.encode())
        self.lines.append(f"{file}\t{setup}\t{verdict}")


def main():
    shutil.rmtree(FOLDER, ignore_errors=True)
    FOLDER.mkdir()
    with tempfile.TemporaryDirectory() as folder:
        keys = Keys(folder)
        for name in ("entra-1", "entra-2", "okta", "keycloak", "attacker"):
            keys.make(name)
        keys.make("expired", "20220101000000Z", "20250101000000Z")
        keys.make("future", "20270101000000Z", "20300101000000Z")
        keys.make("small", kind=("rsa:1024",))
        keys.make("curve", kind=("ec", "-pkeyopt", "ec_paramgen_curve:P-256"))
        for name in ("entra-1", "entra-2", "okta", "keycloak", "expired", "future"):
            (FOLDER / f"{name}.pem").write_text((keys.folder / f"{name}.pem").read_text())
        corpus = Corpus(keys)
        for part in (conditions, signatures, xml_cases, logout, metadata):
            part(corpus)
    (FOLDER / "cases.tsv").write_text("".join(f"{line}\n" for line in sorted(corpus.lines)))
    print(f"{len(corpus.lines)} cases in {FOLDER}")


main()
