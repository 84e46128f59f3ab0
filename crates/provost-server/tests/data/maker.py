"""What the scripts share that made the databases in these folders: a built binary, started, asked and ended."""

import json
import pathlib
import re
import sqlite3
import subprocess
import sys
import urllib.error
import urllib.parse
import urllib.request


class Provost:
    """The binary over a fresh `old.db` in `folder`; `options` are those of its `serve`."""

    def __init__(self, binary, folder, *options):
        self.binary, self.folder, self.options = binary, pathlib.Path(folder).resolve(), options
        self.database = f"sqlite:{self.folder / 'old.db'}"
        (self.folder / "old.db").unlink(missing_ok=True)

    def run(self, *arguments):
        command = [self.binary, *arguments, "--database", self.database]
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout

    def json(self, *arguments):
        return json.loads(self.run(*arguments, "--json"))

    def serve(self):
        command = [self.binary, "serve", "--database", self.database, "--listen", "127.0.0.1:0"]
        # the URL is part of nothing that is stored, but `$ref`s are made of it
        command += ["--public-url", "https://scim.example.com", *self.options]
        self.server = subprocess.Popen(command, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True)
        for line in self.server.stderr:
            if found := re.search(r"accepting connections on (http://[0-9.:]+)", line):
                self.url = found[1] + "/scim/v2"
                return
        sys.exit("the server did not start")

    def ask(self, token, method, path, body=None, expect=(200, 201, 204)):
        data = None if body is None else json.dumps(body).encode()
        headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/scim+json"}
        url = self.url + urllib.parse.quote(path, safe="/?&=")
        request = urllib.request.Request(url, data, headers, method=method)
        try:
            with urllib.request.urlopen(request) as answer:
                status, text = answer.status, answer.read()
        except urllib.error.HTTPError as answer:
            status, text = answer.code, answer.read()
        if status not in expect:
            sys.exit(f"{method} {path}: {status} {text.decode()}")
        return json.loads(text) if text else None

    def stop(self):
        self.server.terminate()
        self.server.wait()

    def save(self, told):
        """Leaves the database as one file, and beside it what was told of it."""
        with sqlite3.connect(self.folder / "old.db") as database:
            database.execute("pragma wal_checkpoint(truncate)")
        for rest in ["old.db-wal", "old.db-shm"]:
            (self.folder / rest).unlink(missing_ok=True)
        text = json.dumps(told, indent=1, ensure_ascii=True, sort_keys=True) + "\n"
        (self.folder / "old.json").write_text(text)
