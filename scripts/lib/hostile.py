"""Attacks the built server beside good clients, who must not notice, with `provost-conformance load --hostile`.

The server has its default limits and 20,000 users in the organisation that the attack comes from. Good clients of three other
organisations, and of the attacked one with another token, ask four times a second for each kind of request: before the attack, beside
it, and after it. Each attack gets a new server on the same database.

  * Every request of an attack gets one of the expected answers.
  * No good client of another organisation is refused anything, and those of the attacked organisation get through.
  * Peak memory stays within 256 MiB of what it was before the attack.
  * A token is hashed once, and a flood of forged ones costs a bounded number of hashes.
  * SIGTERM ends the server with exit code 0.

    python3 scripts/lib/hostile.py --binary target/release/provost --conformance target/release/provost-conformance --seconds 30

Times are shown but not judged: compare the phases of one run on an otherwise idle machine. Prints the result of each attack, a table, then
`N passed, N failed`. The checks are also run on planted faults, which they must notice.
"""

import argparse
import copy
import json
import math
import os
import re
import shutil
import signal
import string
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
import zlib
from pathlib import Path

from crash_loop import Server

ATTACKED = "attacked"
DIGITS = string.digits + string.ascii_uppercase + string.ascii_lowercase
MEMORY_KIB = 256 * 1024
# Wrong tokens, sent in turn.
FLOOD = 20_000
# Hashes that a flood of forged tokens may cost: the wrong secrets that one client may try at once, those under way on each processor, and then
# one a second.
FORGED, FORGED_EACH_S = 20 + os.cpu_count(), 1
# The most other tokens hashed: those of each organisation, and of the attack.
KNOWN = 10
PHASES, UNSEEN = ("quiet", "beside", "after"), "token never seen"
# A client is told only after a second that there is no room for its body.
AT_LEAST = {"slow-bodies": 3.0}
# Any client may be told to try again later, and one that went away or reads nothing gets no answer.
BUSY, UNANSWERED = {429, 503}, {"dropped-scans", "unread-pages", "slow-bodies"}
# The expected answers to each kind of request otherwise. `PATCH` is 204 if nothing is to be returned.
CHANGED = {200, 204}
ANSWERS = {
    "patch-values": {"PATCH, a list that grows": {400}, "PATCH, a list filled and emptied in turn": CHANGED | {400}, "PATCH, values looked for": CHANGED},
    "common-value": {"GET, 95 terms": {400}, "GET, 12 terms": {200}, ".search, 12 terms": {200}},
    "scans": {"GET, 80 terms": {400}, "GET, 12 terms": {200}, ".search, 12 terms": {200}},
    "careless-scans": {"GET, 1 term": {200}},
    "dropped-scans": {"GET, 12 terms": {200}},
    "scans-and-writes": {"GET, 12 terms": {200}, "PATCH, one title": CHANGED},
    "forged-tokens": {"GET, a wrong token": {401}},
    "known-key-ids": {"GET, a wrong token": {401}},
    "unknown-key-ids": {"GET, a wrong token": {401}},
    "unread-pages": {"GET /Groups": set(), "GET /Groups/ID": set(), "/Groups/.search": set()},
    "many-groups": {"GET, 200 users": {200}, "GET, 1,000 users": {200}, "GET, 200 users by cursor": {200}, "GET, all called the same": {200}},
    "small-values": {"POST /Groups": {413}, "PUT /Groups/ID": {413}, "PATCH /Groups/ID": {413}},
    # if there was time for it
    "slow-bodies": {"POST /Groups": {408}, "PUT /Groups/ID": {408}, "PATCH /Groups/ID": {408}},
    "large-groups": {"PUT, the other half": {200}},
    "member-filters": {"PATCH, 1,000 by display": {413}, "PATCH, 1,000 by value": {413}, "PATCH, 20 by display": CHANGED},
    # the strict profile refuses unknown members, those of identity providers leave them out
    "unknown-members": {"PATCH, 90,000 in one operation": CHANGED | {400}, "PATCH, 90,000 in 1,000 operations": CHANGED | {400}},
    "many-names": {".search, 60,000 names": {400}, ".search, 1,000 names": {200}, "GET, 1,000 names": {200}},
    "bulk": {"Bulk, 1,000 titles": {200}, "Bulk, one large PATCH": {200}, "Bulk, values looked for": {200}},
    "idle-strangers": {"GET, no token": {200, 401}},
}


class Bed:
    """A directory prepared once, and a server on it for each attack."""

    def __init__(self, given, folder):
        self.given, self.folder = given, Path(folder)
        self.server = Server(given.binary, f"sqlite:{folder}/provost.db", f"{folder}/server.log")
        self.server.env["PROVOST_METRICS_LISTEN"] = f"127.0.0.1:{self.server.port + 1}"
        self.url = f"http://127.0.0.1:{self.server.port}/scim/v2"

    def prepare(self):
        server, given = self.server, self.given
        server.start()
        others = [f"other-{n}" for n in range(given.others)]
        server.command("org", "create", ATTACKED, "--profile", given.profile)
        for slug in others:
            server.command("org", "create", slug, "--profile", "strict")
        token = lambda slug: server.command("token", "create", "--org", slug).strip()
        self.attacker, self.victim = token(ATTACKED), token(ATTACKED)
        each = int(max(given.seconds, *AT_LEAST.values()) * 3 * 4) + 4
        good = [{"token": token(slug), "unseen": [token(slug) for _ in range(each)]} for slug in others]
        good.append({"token": self.victim, "own": True, "unseen": [token(ATTACKED) for _ in range(each)]})
        key_id = good[0]["token"][5:17]
        forged = [wrong_token(key_id, n) for n in range(FLOOD)]
        unknown = [wrong_token(base62(n, 12), n) for n in range(FLOOD)]
        self.write("good.json", {"good": good, "forged": forged, "unknown": unknown})
        self.write("token", self.attacker)
        self.play("scans", seconds=0)
        self.stop()
        # from here on with the default limits
        del server.env["PROVOST_LIMIT_REQUESTS"]
        if given.short:
            # about as many values per user as the default allows with 20,000 users
            server.env["PROVOST_LIMIT_SCAN"] = str(60 * given.users)

    def write(self, name, content):
        (self.folder / name).write_text(content if isinstance(content, str) else json.dumps(content))

    def stop(self):
        self.server.process.send_signal(signal.SIGTERM)
        return self.server.process.wait(60)

    def play(self, attack, seconds):
        report = self.folder / "report.json"
        report.unlink(missing_ok=True)
        command = [self.given.conformance, "load", "--base-url", self.url, "--token-file", f"{self.folder}/token"]
        command += ["--profile", "strict", "--hostile", attack, "--good", f"{self.folder}/good.json", "--health", "/healthz"]
        command += ["--users", str(self.given.users), "--seconds", str(seconds), "--pid", str(self.server.process.pid)]
        done = subprocess.run([*command, "--json", report], capture_output=True, text=True)
        print(done.stdout + done.stderr, flush=True)
        return json.loads(report.read_text()) if report.exists() else None

    def attack(self, name):
        """The report, completed by what only this program sees."""
        for file in self.folder.glob("attack.db*"):
            file.unlink()
        shutil.copy(self.folder / "provost.db", self.folder / "attack.db")
        self.server.env["PROVOST_DATABASE"] = f"sqlite:{self.folder}/attack.db"
        self.server.start()
        log = Log(self.folder / "attack.db-wal")
        before = self.counters()
        try:
            report = self.play(name, max(self.given.seconds, AT_LEAST.get(name, 0)))
            if not report:
                raise SystemExit(f"{name} could not be played, see above")
            after = self.counters()
            report["counted"] = {key: after[key] - before[key] for key in after}
        finally:
            log.over.set()
            code = self.stop()
        return {**report, "name": name, "exit_code": code, "log_mib": log.most // 2**20}

    def counters(self):
        with urllib.request.urlopen(f"http://127.0.0.1:{self.server.port + 1}/metrics", timeout=30) as page:
            text = page.read().decode()
        return {name: int(value) for name, value in re.findall(r"^provost_(\w+)_total (\d+)$", text, re.M)}


class Log(threading.Thread):
    """The largest size of the write-ahead log so far."""

    def __init__(self, file):
        super().__init__(daemon=True)
        self.file, self.most, self.over = file, 0, threading.Event()
        self.start()

    def run(self):
        while not self.over.wait(0.1):
            try:
                self.most = max(self.most, self.file.stat().st_size)
            except FileNotFoundError:
                pass


def base62(number, width):
    digits = ""
    for _ in range(width):
        number, digit = divmod(number, 62)
        digits = DIGITS[digit] + digits
    return digits


def wrong_token(key_id, number):
    """A token with this key id, the right checksum and a wrong secret."""
    body = f"scim_{key_id}_{base62(number, 43)}"
    return body + base62(zlib.crc32(body.encode()), 6)


def judge(report, seconds):
    """Yields what is wrong."""
    played = report["name"].split(",")
    due = {label: statuses for name in played for label, statuses in ANSWERS[name].items()}
    unanswered = {0} if UNANSWERED & set(played) else set()
    for label, statuses in report["attack"].items():
        right = due.get(label, set()) | BUSY | unanswered
        if wrong := {int(status): count for status, count in statuses.items() if int(status) not in right}:
            yield f"{label}: answered {wrong}, but {sorted(right)} is due"
    for alone in report["alone"]:
        if alone["status"] not in due.get(alone["request"], set()):
            yield f"{alone['request']}, alone: answered {alone['status']}, but {sorted(due.get(alone['request'], set()))} is due"
    if not report["attack"] and not report["alone"]:
        yield "nothing of the attack was played"
    for row in report["good"]:
        for phase, name in zip(row["phases"], PHASES):
            # clients that share their organisation's part with the attack may be told to try again, as long as they get through
            most = 0 if row["who"] == "others" else phase["requests"] - 1
            if phase["refused"] > most or not phase["requests"]:
                yield f"{row['who']}, {row['kind']}, {name}: {phase['refused']} of {phase['requests']} refused: {phase.get('faults')}"
    quiet, *later = report["peak_kib"]
    if max(later) > quiet + MEMORY_KIB:
        yield f"peak memory grew from {quiet // 1024} to {max(later) // 1024} MiB"
    if report["exit_code"]:
        yield f"exit code {report['exit_code']} after SIGTERM"
    counted = report["counted"]
    if counted["write_panics"] or counted["database_reopened"]:
        yield f"panics, or a database that had to be opened again: {counted}"
    seen = sum(phase["requests"] for row in report["good"] if row["kind"] == UNSEEN for phase in row["phases"])
    # at most, each known token was hashed once, plus what a flood of forged ones may cost
    most = seen + KNOWN + (FORGED + FORGED_EACH_S * math.ceil(seconds * 3) if {"forged-tokens", "known-key-ids"} & set(played) else 0)
    if counted["token_hashes"] > most:
        yield f"{counted['token_hashes']} hashes of tokens, where {most} at most are due"


def planted(report, seconds):
    """The faults that went unnoticed."""

    def unnoticed(what, change):
        wrong = copy.deepcopy(report)
        change(wrong)
        if not list(judge(wrong, seconds)):
            yield what

    row = lambda wrong: wrong["good"][0]["phases"][1]
    yield from unnoticed("a server error", lambda wrong: wrong["attack"].update({"GET": {"500": 1}}))
    if report["alone"]:
        yield from unnoticed("a wrong answer to a request alone", lambda wrong: wrong["alone"][0].update(status=201))
    yield from unnoticed("an attack that is not played", lambda wrong: wrong.update(attack={}, alone=[]))
    yield from unnoticed("a good client that is refused", lambda wrong: row(wrong).update(refused=1))
    yield from unnoticed("all clients of the attacked organisation refused", lambda wrong: wrong["good"][-1]["phases"][1].update(refused=10_000))
    yield from unnoticed("a good client that is not played", lambda wrong: row(wrong).update(requests=0))
    yield from unnoticed("memory", lambda wrong: wrong.update(peak_kib=[1, MEMORY_KIB + 2, 1]))
    yield from unnoticed("an end by force", lambda wrong: wrong.update(exit_code=1))
    yield from unnoticed("a panic", lambda wrong: wrong["counted"].update(write_panics=1))
    yield from unnoticed("too many hashes", lambda wrong: wrong["counted"].update(token_hashes=10_000))


def worst(report, who):
    """The kind of good client that the attack delays most: the factor of its p99, and that p99 in milliseconds."""
    kinds = [row for row in report["good"] if row["who"] == who and row["kind"] != UNSEEN]
    ratio = lambda row: row["phases"][1]["p99_us"] / max(row["phases"][0]["p99_us"], 1)
    row = max(kinds, key=ratio)
    return f"{ratio(row):.1f} ({row['kind']}, {row['phases'][1]['p99_us'] / 1000:.0f} ms)"


def table(reports):
    """The results of all attacks, as Markdown."""
    yield "| attack | others: p99 beside it, as a multiple of quiet | its own organisation | token never seen, p99 | `/healthz`, p50 and p99 | refused | peak memory, quiet and beside | log |"
    yield "|---|---|---|---|---|---|---|---|"
    for report in reports:
        beside = {(row["who"], row["kind"]): row["phases"][1] for row in report["good"]}
        unseen, health = beside["others", UNSEEN], beside["others", "health"]
        refused = sum(phase["refused"] for row in report["good"] for phase in row["phases"])
        quiet, during, _ = (kib // 1024 for kib in report["peak_kib"])
        yield (
            f"| {report['name']} | {worst(report, 'others')} | {worst(report, 'own')} | {unseen['p99_us'] / 1000:.0f} ms "
            f"| {health['p50_us'] / 1000:.1f}, {health['p99_us'] / 1000:.0f} ms | {refused} | {quiet}, {during} MiB | {report['log_mib']} MiB |"
        )


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--binary", required=True)
    parser.add_argument("--conformance", required=True)
    parser.add_argument("--attacks", default="", help="names between spaces, of several at once joined by a comma; all by default")
    parser.add_argument("--profile", default="entra", help="that of the organisation that the attack comes from")
    parser.add_argument("--seconds", type=float, default=30, help="of each phase")
    parser.add_argument("--short", action="store_true", help="1,000 users, phases of a second")
    given = parser.parse_args()
    given.users, given.others = 20_000, 3
    if given.short:
        given.users, given.others, given.seconds = 1_000, 1, 1.0
    listed = subprocess.run([given.conformance, "load", "--hostile", "list"], capture_output=True, text=True, check=True)
    listed = [line.split()[0] for line in listed.stdout.splitlines()]
    passed = failed = 0

    def tell(name, faults):
        nonlocal passed, failed
        faults = list(faults)
        print(f"{'FAIL' if faults else 'ok  '} {name}" + "".join(f"\n     {fault}" for fault in faults[:10]), flush=True)
        passed, failed = passed + (not faults), failed + bool(faults)

    reports = []
    with tempfile.TemporaryDirectory(prefix="provost-hostile-") as folder:
        bed = Bed(given, folder)
        try:
            bed.prepare()
            for name in given.attacks.split() or listed:
                reports.append(bed.attack(name))
                tell(name, judge(reports[-1], given.seconds))
        finally:
            bed.server.kill()
    print("\n" + "\n".join(table(reports)) + "\n")
    tell("every attack has its answers", sorted(set(listed) ^ set(ANSWERS)))
    tell("planted faults are noticed", planted(reports[0], given.seconds))
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
