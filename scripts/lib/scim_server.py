"""Starts the built server in its own folder, for programs that judge it, and puts a proxy with a planted fault in front of it."""

import http.client
import http.server
import os
import re
import subprocess
import tempfile
import threading
import time
from pathlib import Path

READY_S = 60


class Server:
    """The server on a free port of this machine, with a new database file, or a database that is given. Leaving the `with` block stops it."""

    def __init__(self, binary, database=None):
        self.binary, self.database = str(Path(binary).resolve()), database

    def __enter__(self):
        self.folder = tempfile.TemporaryDirectory(prefix="provost-judges-")
        clean = {k: v for k, v in os.environ.items() if not k.startswith("PROVOST_")}
        self.environment = {**clean, "PROVOST_DATABASE": self.database or f"sqlite:{self.folder.name}/provost.db", "PROVOST_PRINT_TOKEN": "true"}
        self.log = Path(self.folder.name) / "server.log"
        # Judges send as fast as they can. The 429 for too many requests has its own tests.
        command = [self.binary, "serve", "--listen", "127.0.0.1:0", "--limit-requests", "1000000", "--bulk", "--root-queries"]
        with open(self.log, "wb") as log:
            self.process = subprocess.Popen(command, env=self.environment, cwd=self.folder.name, stdout=log, stderr=log)
        try:
            self.url = self.printed(r"accepting connections .*Tenant URL (\S+)")
            self.token = self.printed(r"Secret Token: +(scim_\S+)")
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()
        self.folder.cleanup()

    def printed(self, pattern):
        """The part of the server's output that matches the pattern's group, as soon as it appears."""
        until = time.monotonic() + READY_S
        while time.monotonic() < until:
            text = re.sub(r"\x1b\[[0-9;]*m", "", self.log.read_text(errors="replace"))
            if found := re.search(pattern, text):
                return found.group(1)
            if self.process.poll() is not None:
                raise SystemExit(f"the server exited with code {self.process.returncode}:\n{text}")
            time.sleep(0.05)
        raise SystemExit(f"the server did not print `{pattern}` within {READY_S} s:\n{text}")

    def command(self, *arguments):
        done = subprocess.run(
            [self.binary, *arguments], env=self.environment, cwd=self.folder.name, capture_output=True, text=True, timeout=60
        )
        if done.returncode:
            raise SystemExit(f"provost {' '.join(arguments)}: {done.stderr}")
        return done.stdout.strip()

    def organisation(self, slug, profile):
        """A token for a new organisation, so that judges do not see each other's leftovers."""
        self.command("org", "create", slug, "--profile", profile)
        return self.command("token", "create", "--org", slug)


class Fault(http.server.ThreadingHTTPServer):
    """A proxy with a planted fault: it answers DELETE with 202, which SCIM does not define, and deletes nothing."""

    daemon_threads = True

    def __init__(self, url):
        host, self.path = re.fullmatch(r"http://([^/]+)(.*)", url).groups()
        super().__init__(("127.0.0.1", 0), type("Handler", (Relay,), {"target": host}))
        self.url = f"http://127.0.0.1:{self.server_address[1]}{self.path}"

    def __enter__(self):
        threading.Thread(target=self.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_):
        self.shutdown()
        self.server_close()


class Relay(http.server.BaseHTTPRequestHandler):
    """Passes on everything except the planted fault."""

    protocol_version = "HTTP/1.1"
    # Head and body are sent together: separately, each answer would wait for an acknowledgement.
    wbufsize = -1
    disable_nagle_algorithm = True
    target = ""

    def pass_on(self):
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        if self.command == "DELETE":
            return self.reply(202, {}, b"")
        connection = http.client.HTTPConnection(self.target, timeout=60)
        kept = {k: v for k, v in self.headers.items() if k.lower() not in ("host", "connection", "content-length")}
        connection.request(self.command, self.path, body or None, kept)
        answer = connection.getresponse()
        content = answer.read()
        connection.close()
        self.reply(answer.status, dict(answer.getheaders()), content)

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = do_HEAD = do_OPTIONS = do_TRACE = do_QUERY = pass_on

    def reply(self, status, headers, content):
        self.send_response_only(status)
        for name, value in headers.items():
            if name.lower() not in ("content-length", "connection", "transfer-encoding"):
                self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content)

    def log_message(self, *_):
        pass
