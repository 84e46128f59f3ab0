"""The messages of a well-behaved identity provider, and their signatures, which are made with openssl and xmlsec1, so that the tests are made
without any of the code under test.

Keys are made for every run and thrown away; the certificates stay.
"""

import base64
import pathlib
import re
import subprocess
import tempfile
import urllib.parse
import zlib

NOW = "2026-03-01T12:00:00Z"
REQUEST = "id00112233445566778899aabbccddeeff00112233"
TENANT = "0f4c7a52-6d1e-4b7a-9a55-3c2f1d0e9b88"
OBJECT = "7f2f0b0e-5a35-4b7c-9d0c-0b6b8b7f5c11"
ENTRA = f"https://sts.windows.net/{TENANT}/"
OKTA = "http://www.okta.com/exk1fxw9dqLkTzaC90h8"
KEYCLOAK = "https://keycloak.example/realms/lantern"
ENTITY = "https://app.example/saml/metadata/acme/"
ACS = "https://app.example/saml/acs/acme/"
SLS = "https://app.example/saml/sls/acme/"

ASSERTION = "urn:oasis:names:tc:SAML:2.0:assertion"
PROTOCOL = "urn:oasis:names:tc:SAML:2.0:protocol"
DSIG = "http://www.w3.org/2000/09/xmldsig#"
MORE = "http://www.w3.org/2001/04/xmldsig-more#"
ENC = "http://www.w3.org/2001/04/xmlenc#"
ENVELOPED = DSIG + "enveloped-signature"
EXCLUSIVE = "http://www.w3.org/2001/10/xml-exc-c14n#"
CLAIM = "http://schemas.microsoft.com/identity/claims/"
NAME = "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/"


def attribute(name, *values):
    inner = "".join(f"<AttributeValue>{value}</AttributeValue>" for value in values)
    return f'<Attribute Name="{name}">{inner}</Attribute>'


ATTRIBUTES = (
    attribute(CLAIM + "tenantid", TENANT)
    + attribute(CLAIM + "objectidentifier", OBJECT)
    + attribute(NAME + "emailaddress", "alice@acme.example")
    + attribute(NAME + "givenname", "Alice")
)

CONFIRMATION = (
    '<SubjectConfirmation Method="urn:oasis:names:tc:SAML:2.0:cm:bearer"><SubjectConfirmationData '
    f'InResponseTo="{REQUEST}" NotOnOrAfter="2026-03-01T12:04:58Z" Recipient="{ACS}"/></SubjectConfirmation>'
)

ASSERTION_XML = (
    f'<Assertion xmlns="{ASSERTION}" ID="_a1" IssueInstant="2026-03-01T11:59:58Z" Version="2.0"><Issuer>{ENTRA}</Issuer>'
    '<Subject><NameID Format="urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress">alice@acme.example</NameID>'
    f"{CONFIRMATION}</Subject>"
    '<Conditions NotBefore="2026-03-01T11:59:58Z" NotOnOrAfter="2026-03-01T13:09:58Z"><AudienceRestriction>'
    f"<Audience>{ENTITY}</Audience></AudienceRestriction></Conditions>"
    f"<AttributeStatement>{ATTRIBUTES}</AttributeStatement>"
    '<AuthnStatement AuthnInstant="2026-03-01T11:59:40Z" SessionIndex="_s1"><AuthnContext><AuthnContextClassRef>'
    "urn:oasis:names:tc:SAML:2.0:ac:classes:Password</AuthnContextClassRef></AuthnContext></AuthnStatement></Assertion>"
)

RESPONSE = (
    f'<samlp:Response xmlns:samlp="{PROTOCOL}" ID="_r1" Version="2.0" IssueInstant="2026-03-01T11:59:58Z" '
    f'Destination="{ACS}" InResponseTo="{REQUEST}"><Issuer xmlns="{ASSERTION}">{ENTRA}</Issuer>'
    '<samlp:Status><samlp:StatusCode Value="urn:oasis:names:tc:SAML:2.0:status:Success"/></samlp:Status>'
    f"{ASSERTION_XML}</samlp:Response>"
)


class Keys:
    """Keys with self-signed certificates."""

    CONFIG = (
        "[ca]\ndefault_ca=d\n[d]\ndatabase={0}/index\nnew_certs_dir={0}\nserial={0}/serial\ndefault_md=sha256\n"
        "policy=p\nunique_subject=no\n[p]\ncommonName=supplied\n"
    )

    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        (self.folder / "index").write_text("")
        (self.folder / "serial").write_text("01\n")
        (self.folder / "ca.cnf").write_text(self.CONFIG.format(folder))

    def make(self, name, start="20260101000000Z", end="20290101000000Z", kind=("rsa:2048",)):
        at = lambda suffix: str(self.folder / f"{name}.{suffix}")
        run("openssl", "req", "-new", "-nodes", "-newkey", *kind, "-keyout", at("key"), "-out", at("csr"), "-subj", f"/CN={name}")
        run("openssl", "ca", "-selfsign", "-batch", "-notext", "-config", str(self.folder / "ca.cnf"), "-keyfile", at("key"),
            "-in", at("csr"), "-out", at("pem"), "-startdate", start, "-enddate", end)
        return name

    def certificate(self, name):
        """The certificate in Base64, without PEM's first and last line."""
        pem = (self.folder / f"{name}.pem").read_text()
        return "".join(line for line in pem.splitlines() if "-----" not in line)

    def key(self, name):
        return f"{self.folder}/{name}.key"


def run(*command, data=None):
    done = subprocess.run(command, input=data, capture_output=True)
    if done.returncode:
        raise SystemExit(f"{' '.join(command)}: {done.stderr.decode()}")
    return done.stdout


def template(uri, algorithm, digest, canonicalization, transforms, certificate, more=""):
    """A signature that xmlsec1 fills in."""
    key_info = f"<KeyInfo><X509Data><X509Certificate>{certificate}</X509Certificate></X509Data></KeyInfo>" if certificate else ""
    steps = "".join(step if step.startswith("<") else f'<Transform Algorithm="{step}"/>' for step in transforms)
    steps = f"<Transforms>{steps}</Transforms>" if steps else ""
    return (
        f'<Signature xmlns="{DSIG}"><SignedInfo><CanonicalizationMethod Algorithm="{canonicalization}"/>'
        f'<SignatureMethod Algorithm="{algorithm}"/><Reference URI="{uri}">{steps}<DigestMethod Algorithm="{digest}"/>'
        f"<DigestValue/></Reference></SignedInfo><SignatureValue/>{key_info}{more}</Signature>"
    )


class Signer:
    """Signs elements with xmlsec1."""

    def __init__(self, keys):
        self.keys = keys

    def sign(self, xml, element="Assertion", key="entra-1", algorithm=MORE + "rsa-sha256", digest=ENC + "sha256",
             canonicalization=EXCLUSIVE, transforms=(ENVELOPED, EXCLUSIVE), uri=None, certificate=True, more="",
             key_option=None, prepared=False):
        """The message with the first element of this name signed. The signature follows the issuer, as the standard requires."""
        if not prepared:
            opening = re.search(rf"<(?:\w+:)?{element}\b[^>]*>", xml)
            uri = "#" + re.search(r'\bID="([^"]*)"', opening.group()).group(1) if uri is None else uri
            shown = self.keys.certificate(key) if certificate is True else certificate
            signature = template(uri, algorithm, digest, canonicalization, transforms, shown, more)
            issuer = re.compile(r"</(?:\w+:)?Issuer>").search(xml, opening.end())
            xml = xml[: issuer.end()] + signature + xml[issuer.end():]
        path = f"//*[local-name()='{element}']/*[local-name()='Signature'][.//*[local-name()='SignatureValue' and not(text())]]"
        ids = [part for name in (f"{PROTOCOL}:Response", f"{ASSERTION}:Assertion") for part in ("--id-attr:ID", name)]
        with tempfile.NamedTemporaryFile("w", suffix=".xml") as file:
            file.write(xml)
            file.flush()
            option = key_option or ("--privkey-pem", self.keys.key(key))
            signed = run("xmlsec1", "--sign", *option, *ids, "--node-xpath", f"({path})[1]", file.name).decode()
        return re.sub(r"^<\?xml[^>]*\?>\s*", "", signed).rstrip("\n")

    def query(self, xml, key="entra-1", algorithm=MORE + "rsa-sha256", digest="-sha256", relay="state", signature=None, name="SAMLRequest"):
        """A signed query for HTTP-Redirect."""
        parts = [(name, deflate(xml))] + ([("RelayState", relay)] if relay is not None else []) + [("SigAlg", algorithm)]
        signed = "&".join(f"{part}={urllib.parse.quote(value, safe='')}" for part, value in parts)
        if signature is None:
            signature = run("openssl", "dgst", digest, "-sign", self.keys.key(key), data=signed.encode())
        return f"{signed}&Signature={urllib.parse.quote(base64.b64encode(signature), safe='')}"


def deflate(xml):
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    data = xml if isinstance(xml, bytes) else xml.encode()
    return base64.b64encode(packer.compress(data) + packer.flush()).decode()


LOGOUT = (
    f'<samlp:LogoutRequest xmlns:samlp="{PROTOCOL}" xmlns="{ASSERTION}" ID="_l1" Version="2.0" '
    f'IssueInstant="2026-03-01T11:59:58Z" Destination="{SLS}"><Issuer>{ENTRA}</Issuer>'
    '<NameID Format="urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress">alice@acme.example</NameID>'
    "<samlp:SessionIndex>_s1</samlp:SessionIndex></samlp:LogoutRequest>"
)
