"""Counts the instructions of a create and a PATCH over HTTP, for each of several server binaries.

Unlike times, counts are repeatable even on a busy machine: two runs differ by less than one percent. They say nothing about waiting, the
kernel or the disk. Each server starts on an empty database under valgrind and gets one request after another over one connection: creates of
users of 1.3 kB, a PATCH of five operations for each of them, and creates of users with five attributes. The first few of each kind are not
counted.

    python3 scripts/lib/instructions.py OLD/provost target/release/provost

Prints a table with the ratio of each binary to the first. `--keep FOLDER` leaves the profiles there, for `callgrind_annotate`.
"""

import argparse
import http.client
import json
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

from crash_loop import PATCH, Server

USER = json.loads((Path(__file__).parents[2] / "crates/provost-core/benches/user.json").read_text())


class Counted(Server):
    """A server under valgrind."""

    def __init__(self, binary, folder):
        super().__init__(binary, f"sqlite:{folder}/provost.db", f"{folder}/server.log")
        self.folder = folder

    def start(self):
        plain, tool = self.binary, self.folder / "valgrind"
        tool.write_text(f'#!/bin/sh\nexec valgrind --tool=callgrind --callgrind-out-file="{self.folder}/out" "{plain}" "$@"\n')
        tool.chmod(0o755)
        self.binary = tool
        super().start()
        self.binary = plain

    def control(self, what):
        subprocess.run(["callgrind_control", what, str(self.process.pid)], check=True, capture_output=True)

    def count(self, name, requests, warm_up):
        """Instructions per request, not counting the first ones, and the answers."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        answers = []
        for number, request in enumerate(requests):
            if number == warm_up:
                self.control("--zero")
            status, answer = self.call(*request, token=self.token, connection=connection)
            if status not in (200, 201, 204):
                raise SystemExit(f"{name} was answered with {status}: {answer}")
            answers.append(answer)
        self.control(f"--dump={name}")
        profile = max(self.folder.glob("out.*"), key=lambda file: int(file.suffix[1:]))
        profile = profile.rename(self.folder / f"{name}.callgrind")
        (total,) = [line.split()[1] for line in profile.read_text().splitlines() if line.startswith("totals:")]
        return int(total) / (len(requests) - warm_up), answers


def user(number):
    """A typical user of an organisation, whose address is the user name."""
    name = f"barbara.jensen.{number}@example.com"
    emails = [{**USER["emails"][0], "value": name}, {**USER["emails"][1], "value": f"babs.{number}@example.org"}]
    return {**USER, "externalId": f"3c1f0d52-8a77-4e0b-b3a1-{number:012}", "userName": name, "emails": emails}


def small_user(number):
    name = f"maren.okafor.{number}@example.com"
    emails = [{"type": "work", "value": name, "primary": True}]
    named = {"schemas": USER["schemas"][:1], "externalId": f"7f2f0b0e-5a35-4b7c-9d0c-{number:012}", "userName": name}
    return {**named, "displayName": "Maren Okafor", "emails": emails, "active": True}


def changes(number):
    enterprise = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
    values = {
        "displayName": f"Barbara J. {number}",
        'emails[type eq "work"].value': f"barbara.j.{number}@example.com",
        "name.familyName": "J.",
        f"{enterprise}:department": "Guides",
        "title": "Guide",
    }
    operations = [{"op": "replace", "path": path, "value": value} for path, value in values.items()]
    return {"schemas": [PATCH], "Operations": operations}


def measure(binary, folder, given):
    """Instructions of a create, of one with few attributes, and of a PATCH."""
    folder.mkdir(parents=True)
    server = Counted(binary, folder)
    server.start()
    try:
        server.token = server.command("token", "create", "--org", "default").strip()
        numbers = range(given.warm_up + given.requests)
        create, made = server.count("create", [("POST", "/Users", user(number)) for number in numbers], given.warm_up)
        patches = [("PATCH", f"/Users/{answer['id']}", changes(number)) for number, answer in enumerate(made)]
        patch, _ = server.count("patch", patches, given.warm_up)
        small, _ = server.count("small", [("POST", "/Users", small_user(number)) for number in numbers], given.warm_up)
        return [create, small, patch]
    finally:
        server.process.send_signal(signal.SIGTERM)
        server.process.wait(120)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("binaries", nargs="+", type=Path, help="the first is what the others are compared with")
    parser.add_argument("--requests", type=int, default=1_000)
    parser.add_argument("--warm-up", type=int, default=200)
    parser.add_argument("--keep", type=Path, default=None, help="a new folder for the profiles")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="provost-instructions-") as scratch:
        work = (given.keep or Path(scratch)).resolve()
        counts = [measure(binary.resolve(), work / str(n), given) for n, binary in enumerate(given.binaries)]
    print("| binary | create | of the first | with five attributes | of the first | PATCH | of the first |\n|---|---|---|---|---|---|---|")
    for binary, count in zip(given.binaries, counts):
        cells = [f"{own:,.0f} | {own / first:.3f}" for own, first in zip(count, counts[0])]
        print(f"| {binary} | {' | '.join(cells)} |")


if __name__ == "__main__":
    sys.exit(main())
