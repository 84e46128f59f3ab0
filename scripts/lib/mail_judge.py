"""Has programs that share no code with us judge our mails, and prints `N passed, N failed` as its last line.

    scripts/test mail                                             installs them first (scripts/judges-requirements.txt)
    python scripts/lib/mail_judge.py --binary target/debug/provost

`aiosmtpd` takes mails from `provost mail test`: in plaintext, by STARTTLS with a sign-in, by TLS, and with non-ASCII letters. Python's
`email.policy.default` reads the headers and parts of these and of one mail of each kind (crates/provost-server/src/mail/samples), and
`html5lib` parses the HTML, as strictly as it can. Each rule must first notice a planted fault.
"""

import argparse
import email
import email.policy
import pathlib
import re
import socket
import ssl
import subprocess
import tempfile
from email.errors import NonASCIILocalPartDefect

import html5lib
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult

ROOT = pathlib.Path(__file__).resolve().parents[2]
SAMPLES = ROOT / "crates/provost-server/src/mail/samples"
HEADERS = ["From", "To", "Subject", "Date", "Message-ID", "Auto-Submitted", "MIME-Version", "Content-Type"]
TAGS = set("html head meta title style body div table tbody tr td h1 p a".split())
ATTRIBUTES = set("lang charset name content class style role width cellpadding cellspacing border align href".split())
HTML = "{http://www.w3.org/1999/xhtml}"


def parsed(raw):
    """Headers may be UTF-8 if SMTPUTF8 was used, which the parser of bytes does not know."""
    if raw.split(b"\r\n\r\n")[0].isascii():
        return email.message_from_bytes(raw, policy=email.policy.default)
    return email.message_from_string(raw.decode(), policy=email.policy.SMTPUTF8)


def header_faults(message):
    if sorted(message.keys()) != sorted(HEADERS):
        yield f"headers: {message.keys()}"
    for part in message.walk():
        if part.defects:
            yield f"{part.get_content_type()}: {part.defects}"
        if len(part.get_all("Content-Type", [])) != 1:
            yield f"{part.get_content_type()}: {part.get_all('Content-Type')}"
        for name, value in part.items():
            # a Unicode local part is allowed with SMTPUTF8
            if wrong := [defect for defect in value.defects if not isinstance(defect, NonASCIILocalPartDefect)]:
                yield f"{name}: {wrong}"
    for name in ("From", "To"):
        if len(message[name].addresses) != 1:
            yield f"{name}: {message[name].addresses}"
    sender = message["From"].addresses[0]
    if not sender.display_name or "@" in sender.display_name or len(sender.display_name) > 64:
        yield f"the name of the sender: {sender.display_name!r}"
    if message["Date"].datetime is None or message["Date"].datetime.utcoffset().total_seconds() != 0:
        yield f"Date: {message['Date']}"
    if not re.fullmatch(r"<[\w.]+@[\w.-]+>", message["Message-ID"]):
        yield f"Message-ID: {message['Message-ID']}"
    if message["Auto-Submitted"] != "auto-generated":
        yield f"Auto-Submitted: {message['Auto-Submitted']}"


def words(text):
    return {word.strip(",.:;") for word in text.split()} - {"", "--", "Or", "open"}


def html_faults(html, text):
    parser = html5lib.HTMLParser(strict=True)
    try:
        tree = parser.parse(html)
    except html5lib.html5parser.ParseError as error:
        yield f"HTML: {error or parser.errors}"
        return
    links = set()
    for node in tree.iter():
        tag = str(node.tag).removeprefix(HTML)
        if isinstance(node.tag, str) and tag not in TAGS:
            yield f"HTML: <{tag}>"
        if other := set(node.attrib) - ATTRIBUTES:
            yield f"HTML: {other} of <{tag}>"
        if "url(" in node.attrib.get("style", "") or tag == "style" and re.search(r"url\(|@import", node.text):
            yield f"HTML: <{tag}> loads something"
        links.add(node.attrib.get("href"))
    links = {link for link in links if link and not link.startswith("mailto:")}
    if len(links) > 1 or not all(link in text for link in links):
        yield f"HTML: links to {links}"
    body = tree.find(f"{HTML}body")
    preview = body.find(f"{HTML}div")
    body.remove(preview)
    visible = " ".join(part for part in body.itertext())
    if words(visible) != words(text):
        yield f"text and HTML differ: {words(visible) ^ words(text)}"


def faults(raw):
    """Everything that is wrong with a mail."""
    if long := [line for line in raw.split(b"\r\n") if len(line) > 998 or b"\n" in line or b"\r" in line]:
        yield f"lines: {long}"
    message = parsed(raw)
    yield from header_faults(message)
    kinds = [part.get_content_type() for part in message.iter_parts()]
    if message.get_content_type() != "multipart/alternative" or kinds != ["text/plain", "text/html"]:
        yield f"parts: {message.get_content_type()}, {kinds}"
        return
    text, html = (part.get_content() for part in message.iter_parts())
    if long := [line for line in text.splitlines() if len(line) > 78 and "://" not in line]:
        yield f"long lines: {long}"
    yield from html_faults(html, text)


def changed(raw, number, change):
    """The mail with one of its parts changed."""
    message = email.message_from_bytes(raw, policy=email.policy.SMTP)
    part = list(message.iter_parts())[number]
    kind = part.get_content_subtype()
    part.set_content(change(part.get_content()), subtype=kind)
    del part["MIME-Version"]
    return message.as_bytes(policy=email.policy.SMTP)


def planted(raw):
    """Variants of the mail with one fault each, and a word that the complaint must contain."""
    head = lambda old, new: raw.replace(old, new, 1)
    html = lambda old, new: changed(raw, 1, lambda text: text.replace(old, new, 1))
    yield "another header", head(b"\r\nDate: ", b"\r\nBcc: all@example.com\r\nDate: "), "headers"
    yield "a header twice", head(b"\r\nContent-Type: text/html", b"\r\nContent-Type: text/html\r\nContent-Type: text/html"), "text/html"
    yield "an address as a name", head(b"From: ", b'From: "ceo@bank.example ') if b'From: "' not in raw else head(b'From: "', b'From: "ceo@'), "name of the sender"
    yield "no name", re.sub(rb"From: .*?<(.*?)>", rb"From: \1", raw, count=1), "name of the sender"
    yield "two recipients", head(b"\r\nTo: ", b"\r\nTo: all@example.com, "), "To"
    yield "a bare line feed", head(b"\r\nDate: ", b"\nDate: "), "lines"
    yield "no date", re.sub(rb"\r\nDate: .*?\r\n", b"\r\nDate: yesterday\r\n", raw, count=1), "Date"
    yield "an end too few", html("</p>", "</b>"), "HTML"
    yield "an image", html("<h1", '<img src="https://example.com/x.gif"><h1'), "<img>"
    yield "a script", html("<h1", "<script>1</script><h1"), "<script>"
    yield "a picture behind", html("margin:0;padding:0;", "margin:0;padding:0;background:url(https://example.com/x.gif);"), "loads"
    yield "another link", html("<h1", '<a href="https://example.com/">x</a><h1'), "links"
    yield "less in the text", changed(raw, 0, lambda text: text.replace("You did not expect this?", "")), "differ"
    yield "a long line", changed(raw, 0, lambda text: text + "word " * 20), "long lines"
    yield "no HTML", head(b"Content-Type: text/html", b"Content-Type: text/calendar"), "parts"


class Taken:
    """Keeps the mails that it receives."""

    def __init__(self):
        self.mails = []

    async def handle_DATA(self, server, session, envelope):
        self.mails.append((envelope, session.ssl is not None, bool(session.authenticated)))
        return "250 2.0.0 Ok: kept"


def certificate(folder):
    """Makes an authority, and a certificate from it for this machine."""
    run = lambda *arguments: subprocess.run(["openssl", *arguments], cwd=folder, check=True, capture_output=True)
    key = ["-newkey", "rsa:2048", "-nodes"]
    run("req", "-x509", *key, "-keyout", "ca.key", "-out", "ca.pem", "-subj", "/CN=Judge", "-days", "2")
    run("req", *key, "-keyout", "own.key", "-out", "own.csr", "-subj", "/CN=localhost")
    (folder / "names").write_text("subjectAltName=IP:127.0.0.1\nbasicConstraints=CA:FALSE\n")
    run("x509", "-req", "-in", "own.csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-out", "own.pem", "-days", "2", "-extfile", "names")
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(folder / "own.pem", folder / "own.key")
    return context


def ways(folder):
    """Ways to hand over mail: a name, the mail server's options, our settings, the recipient, and whether it must be encrypted and signed in."""
    context = certificate(folder)
    (folder / "password").write_text("correct horse\n")
    known = lambda server, session, envelope, mechanism, data: AuthResult(success=(data.login, data.password) == (b"ann", b"correct horse"))
    signs_in = {"tls_context": context, "require_starttls": True, "authenticator": known, "auth_required": True}
    secret = 'smtp-ca = "ca.pem"\nsmtp-password-file = "password"'
    yield "in the clear", {}, 'smtp = "smtp://127.0.0.1:PORT?tls=none"', "ann@example.com", (False, False)
    yield "STARTTLS and a sign-in", signs_in, f'smtp = "smtp://ann@127.0.0.1:PORT"\n{secret}', "ann@example.com", (True, True)
    yield "TLS", {"ssl_context": context}, 'smtp = "smtps://127.0.0.1:PORT"\nsmtp-ca = "ca.pem"', "ann@example.com", (True, False)
    yield "another alphabet", {}, 'smtp = "smtp://127.0.0.1:PORT?tls=none"', "jörg@bücher.example", (False, False)


def handed_over(binary):
    """Each way, and what went wrong with it."""
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        for way, given, settings, to, (encrypted, signed_in) in ways(folder):
            with socket.socket() as free:
                free.bind(("127.0.0.1", 0))
                port = free.getsockname()[1]
            taken = Taken()
            controller = Controller(taken, hostname="127.0.0.1", port=port, enable_SMTPUTF8=True, **given)
            controller.start()
            try:
                (folder / "provost.toml").write_text(f'mail-from = "no-reply@example.com"\n{settings.replace("PORT", str(port))}\n')
                ran = subprocess.run([binary, "mail", "test", to], cwd=folder, capture_output=True, text=True, timeout=60)
            finally:
                controller.stop()
            if ran.returncode or ran.stdout != "250 2.0.0 Ok: kept\n" or len(taken.mails) != 1:
                yield way, [f"exit {ran.returncode}: {ran.stdout}{ran.stderr}"]
                continue
            envelope, was_encrypted, was_signed_in = taken.mails[0]
            # with its own ssl_context, aiosmtpd does not tell the session that it is encrypted
            found = list(faults(envelope.original_content))
            if "ssl_context" not in given and (was_encrypted, was_signed_in) != (encrypted, signed_in):
                found.append(f"encrypted: {was_encrypted}, signed in: {was_signed_in}")
            if envelope.rcpt_tos != [to.replace("bücher", "xn--bcher-kva")]:
                found.append(f"to: {envelope.rcpt_tos}")
            yield way, found


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--binary", type=lambda path: str(pathlib.Path(path).resolve()), required=True)
    binary = arguments.parse_args().binary
    passed = failed = 0

    def tell(name, wrong):
        nonlocal passed, failed
        passed, failed = passed + (not wrong), failed + bool(wrong)
        if wrong:
            print(f"FAIL {name}: {wrong}")

    samples = {file.stem: file.read_bytes().replace(b"\n", b"\r\n") for file in sorted(SAMPLES.glob("*.eml"))}
    for name, raw, says in planted(samples["invitation"]):
        found = list(faults(raw))
        tell(f"planted: {name}", [] if any(says in fault for fault in found) else [f"not noticed: {found}"])
    for name, raw in samples.items():
        tell(name, list(faults(raw)))
    for way, found in handed_over(binary):
        tell(way, found)
    print(f"{passed} passed, {failed} failed")


main()
