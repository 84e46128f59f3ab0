"""An identity provider in the shape of Entra, made of pysaml2, for the browser tests of single sign-on.

    python with_pysaml2.py FOLDER

FOLDER has `setup.json` (the names of both sides, and the people), `tls.pem` and `tls-key.pem` for https, `ca.pem` for the https of the
application, `signing.pem` and `signing-key.pem` for SAML. It prints `listening on PORT`, and knows of the application what that publishes about itself.
What is ours here is the pages; what is published, read and signed is pysaml2's.
"""

import functools
import html
import http.server
import json
import pathlib
import ssl
import sys
import urllib.parse
import urllib.request

from saml2 import BINDING_HTTP_POST, BINDING_HTTP_REDIRECT
from saml2.attribute_converter import AttributeConverter
from saml2.authn_context import PASSWORD
from saml2.config import IdPConfig
from saml2.metadata import create_metadata_string
from saml2.s_utils import sid
from saml2.saml import NAME_FORMAT_UNSPECIFIED, NAMEID_FORMAT_PERSISTENT, NameID
from saml2.server import Server
from saml2.xmldsig import DIGEST_SHA256, SIG_RSA_SHA256

FOLDER = pathlib.Path(sys.argv[1])
SETUP = json.loads((FOLDER / "setup.json").read_text())
CLAIMS = {SETUP["claims"][name]: name for name in SETUP["claims"]}


def pages(port):
    """The paths of the three pages, and the addresses of two of them."""
    at = f"https://{SETUP['host']}:{port}"
    return {"metadata": SETUP["metadata_path"], "sign_in": f"{at}{SETUP['sign_in_path']}", "sign_out": f"{at}{SETUP['sign_out_path']}"}


def config(port, application=None):
    at = pages(port)
    made = IdPConfig()
    made.load({
        "entityid": SETUP["entity_id"],
        "service": {"idp": {
            "endpoints": {
                "single_sign_on_service": [(at["sign_in"], BINDING_HTTP_REDIRECT), (at["sign_in"], BINDING_HTTP_POST)],
                "single_logout_service": [(at["sign_out"], BINDING_HTTP_REDIRECT)],
            },
            "name_id_format": [NAMEID_FORMAT_PERSISTENT],
            "policy": {"default": {"lifetime": {"minutes": 70}, "attribute_restrictions": None, "name_form": NAME_FORMAT_UNSPECIFIED}},
        }},
        "cert_file": str(FOLDER / "signing.pem"),
        "key_file": str(FOLDER / "signing-key.pem"),
        "metadata": {"inline": [application]} if application else {},
    })
    converter = AttributeConverter(NAME_FORMAT_UNSPECIFIED)
    converter.from_dict({"identifier": NAME_FORMAT_UNSPECIFIED, "fro": CLAIMS, "to": {name: claim for claim, name in CLAIMS.items()}})
    made.attribute_converters = [converter]
    return made


def published(port):
    """The metadata, signed as Entra's is."""
    return create_metadata_string(None, config=config(port), sign=True, sign_alg=SIG_RSA_SHA256, digest_alg=DIGEST_SHA256)


@functools.cache
def server(port):
    """The identity provider, once the application is there to be asked what it publishes."""
    with urllib.request.urlopen(SETUP["application"], context=ssl.create_default_context(cafile=FOLDER / "ca.pem")) as answer:
        return Server(config=config(port, answer.read().decode()))


def asked(idp, fields):
    return idp.parse_authn_request(fields["SAMLRequest"], BINDING_HTTP_REDIRECT).message


def name_of(person):
    return NameID(format=NAMEID_FORMAT_PERSISTENT, text=person["name_id"])


def posted(idp, fields, where):
    """The page that posts a response to the application, as pysaml2 makes it."""
    person = SETUP["people"][int(fields["person"])]
    response = idp.create_authn_response(
        {name: [person[name]] for name in SETUP["claims"]}, in_response_to=where["in_response_to"], destination=where["destination"],
        sp_entity_id=where["sp_entity_id"], name_id=name_of(person), authn={"class_ref": PASSWORD}, sign_assertion=True,
        sign_response=person["signs_both"], sign_alg=SIG_RSA_SHA256, digest_alg=DIGEST_SHA256)
    return idp.apply_binding(where["binding"], str(response), where["destination"], fields.get("RelayState", ""), response=True)["data"]


def answer(idp, fields):
    return posted(idp, fields, idp.response_args(asked(idp, fields)))


def unasked(idp, fields):
    """What the tile of the application does where no *Sign on URL* is known: a response that the application did not ask for."""
    to = idp.metadata.assertion_consumer_service(SETUP["application"], BINDING_HTTP_POST)[0]["location"]
    return posted(idp, fields, {"in_response_to": None, "destination": to, "sp_entity_id": SETUP["application"], "binding": BINDING_HTTP_POST})


def sign_out(idp, port, fields):
    """Where the browser goes with a signed request to log somebody out."""
    person = SETUP["people"][int(fields["person"])]
    to = idp.metadata.single_logout_service(SETUP["application"], BINDING_HTTP_REDIRECT, "spsso")[0]["location"]
    number, request = idp.create_logout_request(to, SETUP["application"], name_id=name_of(person))
    kept = idp.apply_binding(BINDING_HTTP_REDIRECT, str(request), to, sid(), sign=True, sigalg=SIG_RSA_SHA256)
    return number, dict(kept["headers"])["Location"]


def page(heading, inner):
    return (f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{heading}</title><link rel="icon" href="data:,">'
            f"<h1>{heading}</h1>{inner}</html>")


def choice(fields):
    """Who is there to sign in: a button each."""
    kept = "".join(f'<input type="hidden" name="{name}" value="{html.escape(fields[name])}">' for name in ("SAMLRequest", "RelayState"))
    buttons = "".join(f'<button name="person" value="{number}">Continue as {html.escape(person["givenname"])}</button>'
                      for number, person in enumerate(SETUP["people"]))
    return page("Sign in to Contoso", f'<form method="post">{kept}{buttons}</form>')


class Pages(http.server.BaseHTTPRequestHandler):
    logouts = set()

    def port(self):
        return self.server.server_port

    def fields(self, text):
        return dict(urllib.parse.parse_qsl(text))

    def do_GET(self):
        path, _, query = self.path.partition("?")
        fields = self.fields(query)
        if path == "/favicon.ico":
            # what a browser asks for by itself, beside the page of pysaml2
            self.send_response(204)
            self.end_headers()
        elif path == SETUP["metadata_path"]:
            self.say(published(self.port()), "application/samlmetadata+xml")
        elif path == SETUP["sign_in_path"]:
            asked(server(self.port()), fields)
            self.say(choice(fields))
        elif path == SETUP["tile_path"]:
            self.say(unasked(server(self.port()), fields))
        elif path == SETUP["sign_out_path"] and "SAMLResponse" in fields:
            said = server(self.port()).parse_logout_request_response(fields["SAMLResponse"], BINDING_HTTP_REDIRECT)
            self.logouts.remove(said.in_response_to)
            self.say(page("You are signed out of Contoso", ""))
        elif path == SETUP["sign_out_path"]:
            number, to = sign_out(server(self.port()), self.port(), fields)
            self.logouts.add(number)
            self.send_response(302)
            self.send_header("Location", to)
            self.end_headers()
        else:
            self.send_error(404)

    def do_POST(self):
        fields = self.fields(self.rfile.read(int(self.headers["Content-Length"])).decode())
        self.say(answer(server(self.port()), fields))

    def say(self, text, kind="text/html; charset=utf-8"):
        body = text if isinstance(text, bytes) else text.encode()
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *words):
        """Errors alone, which Python prints by itself."""


def main():
    site = http.server.ThreadingHTTPServer((SETUP["listen"], 0), Pages)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(FOLDER / "tls.pem", FOLDER / "tls-key.pem")
    # a browser connects in advance: the thread of the connection waits for its first byte
    site.socket = context.wrap_socket(site.socket, server_side=True, do_handshake_on_connect=False)
    print(f"listening on {site.server_port}", flush=True)
    site.serve_forever()


main()
