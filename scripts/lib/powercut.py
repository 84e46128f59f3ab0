"""Simulates power cuts: replays what the server did to its files, and stops at arbitrary points.

A library in the server (powercut.c) records every write, flush and truncation of the database and its log, in order; the clients record
in the same place what they are about to send and what was acknowledged. For each point in that record, a power cut can leave many
different disks: everything that was flushed, and for each write after a file's last flush, all of it, none of it, or only some of its
512-byte sectors. Such images are created at random and opened with SQLite. In each
  * the file passes its integrity check and scripts/lib/invariants.py;
  * everything acknowledged before the cut is present, and everything else was applied completely or not at all.

    python3 scripts/lib/powercut.py --binary target/release/provost --images 1600

Prints figures, then `N passed, N failed`. Images created as if nothing had ever been flushed, and as if
each write had been acknowledged when it was requested, must be found to be wrong.
"""

import argparse
import collections
import concurrent.futures
import contextlib
import http.client
import json
import os
import random
import signal
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import invariants

USER = "urn:ietf:params:scim:schemas:core:2.0:User"
GROUP = "urn:ietf:params:scim:schemas:core:2.0:Group"
PATCH = "urn:ietf:params:scim:api:messages:2.0:PatchOp"
CLIENTS, SECTOR = 5, 512

# A mark: whom it is about, and the state once it has taken effect. No state: the user does not exist.
Write = collections.namedtuple("Write", "name state")


def compile_recorder(folder):
    library = Path(folder) / "powercut.so"
    source = Path(__file__).with_name("powercut.c")
    subprocess.run(["cc", "-shared", "-fPIC", "-O1", "-o", str(library), str(source), "-ldl"], check=True)
    return library


class Recording:
    """The server under load, with everything recorded."""

    def __init__(self, binary, folder, seed):
        self.folder = Path(folder)
        self.data, self.log = self.folder / "data", self.folder / "record"
        self.data.mkdir()
        clean = {k: v for k, v in os.environ.items() if not k.startswith("PROVOST_")}
        recorder = {"LD_PRELOAD": str(compile_recorder(folder)), "POWERCUT_LOG": str(self.log), "POWERCUT_FOLDER": str(self.data.resolve())}
        database = f"sqlite:{self.data.resolve()}/provost.db"
        self.env = {**clean, **recorder, "PROVOST_DATABASE": database, "PROVOST_LISTEN": "127.0.0.1:0", "PROVOST_LIMIT_REQUESTS": "1000000"}
        self.env["PROVOST_PRINT_TOKEN"] = "true"
        self.binary, self.seed, self.marks = binary, seed, os.open(self.log, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)

    def mark(self, kind, **what):
        os.write(self.marks, f"{kind} {json.dumps(what)}\n".encode())

    def run(self, seconds):
        said = self.folder / "server.log"
        with open(said, "wb") as out:
            process = subprocess.Popen([self.binary, "serve"], env=self.env, stdout=out, stderr=out)
        try:
            while b"accepting connections" not in said.read_bytes():
                if process.poll() is not None:
                    raise SystemExit(f"the server exited: {said.read_text()}")
                time.sleep(0.02)
            text = said.read_text()
            self.address = text.split("accepting connections on http://")[1].split(",")[0]
            self.token = text.split("Secret Token:")[1].split()[0]
            status, answer = self.ask(self.connect(), "POST", "/Groups", {"schemas": [GROUP], "displayName": "Powercut"})
            if status != 201:
                raise SystemExit(f"creating the group was answered {status}: {answer}")
            self.group = answer["id"]
            self.mark("R")
            self.until = time.monotonic() + seconds
            with concurrent.futures.ThreadPoolExecutor(CLIENTS) as clients:
                return sum(clients.map(self.write, range(CLIENTS)))
        finally:
            # its files stay as the record says: nothing is tidied up at the end
            process.send_signal(signal.SIGKILL)
            process.wait()

    def connect(self):
        return http.client.HTTPConnection(self.address, timeout=60)

    def ask(self, connection, method, path, body):
        headers = {"Content-Type": "application/scim+json", "Authorization": f"Bearer {self.token}"}
        connection.request(method, "/scim/v2" + path, json.dumps(body) if body else None, headers)
        answer = connection.getresponse()
        text = answer.read()
        return answer.status, json.loads(text) if text.startswith(b"{") else None

    def write(self, client):
        chance, connection, people, acknowledged = random.Random(f"{self.seed}-{client}"), self.connect(), {}, 0
        for n in range(100_000):
            if time.monotonic() > self.until:
                break
            title = f"{client}-{n} " + "x" * chance.randrange(6_000)
            what = chance.random()
            if len(people) < 5 or what < 0.4:
                name = f"user-{client}-{n}"
                method, path, state = "POST", "/Users", [title, True, False]
                body = {"schemas": [USER], "userName": name, "active": True, "title": title, "nickName": title}
            else:
                name = chance.choice(sorted(people))
                id_, (old, active, member) = people[name]
                method, path = "PATCH", f"/Users/{id_}"
                if what < 0.5:
                    method, body, state = "DELETE", None, None
                elif what < 0.7:
                    state, body = [title, active, member], operations(*({"op": "replace", "path": p, "value": title} for p in ("title", "nickName")))
                elif what < 0.85:
                    state, body = [old, not active, member], operations({"op": "replace", "path": "active", "value": not active})
                else:
                    path, state = f"/Groups/{self.group}", [old, active, not member]
                    change = {"op": "remove", "path": f'members[value eq "{id_}"]'} if member else {"op": "add", "path": "members", "value": [{"value": id_}]}
                    body = operations(change)
            self.mark("B", name=name, state=state)
            status, answer = self.ask(connection, method, path, body)
            if status not in (200, 201, 204):
                raise SystemExit(f"{method} {path} was answered {status}: {answer}")
            self.mark("A", name=name)
            acknowledged += 1
            if state is None:
                del people[name]
            else:
                people[name] = (answer["id"] if method == "POST" else people[name][0], state)
        return acknowledged


def operations(*all_):
    return {"schemas": [PATCH], "Operations": list(all_)}


def read(log):
    """The record: (kind, name, a, b, bytes), or (kind, mark)."""
    data, place, found = log.read_bytes(), 0, []
    while place < len(data):
        end = data.index(b"\n", place)
        kind, rest = chr(data[place]), data[place + 2 : end]
        place = end + 1
        if kind in "RAB":
            found.append((kind, json.loads(rest)))
            continue
        name, a, b = rest.decode().rsplit(" ", 2)
        a, b = int(a), int(b)
        found.append((kind, name, a, b, data[place : place + b] if kind == "W" else b""))
        place += b if kind == "W" else 0
    return found


class Disk:
    """Files in their durable state, and what was done to them since."""

    def __init__(self, flushes):
        self.flushes = flushes
        self.certain, self.since = collections.defaultdict(bytearray), collections.defaultdict(list)

    def do(self, record):
        kind, name = record[:2]
        if kind in "WT":
            self.since[name].append(record)
        elif kind == "S" and self.flushes:
            for one in self.since.pop(name, []):
                apply(self.certain[name], one)
        elif kind == "U":
            self.certain.pop(name, None)
            self.since.pop(name, None)

    def image(self, folder, chance):
        """Writes an image of what a power cut can leave."""
        luck = chance.choice([0.0, 0.1, 0.5, 0.9, 1.0])
        for name in set(self.certain) | set(self.since):
            content = bytearray(self.certain.get(name, b""))
            for one in self.since.get(name, []):
                fate = chance.random()
                if fate < 0.15 and one[0] == "W":
                    tear(content, one, chance)
                elif chance.random() < luck:
                    apply(content, one)
            (folder / name).write_bytes(content)


def apply(content, record):
    kind, _, a, b, data = record
    if kind == "T":
        del content[a:]
        content.extend(bytes(a - len(content)))
        return
    if len(content) < a + b:
        content.extend(bytes(a + b - len(content)))
    content[a : a + b] = data


def tear(content, record, chance):
    """Applies some of a write's sectors."""
    kind, name, a, b, data = record
    begin = a
    while begin < a + b:
        end = min(a + b, (begin // SECTOR + 1) * SECTOR)
        if chance.random() < 0.5:
            apply(content, (kind, name, begin, end - begin, data[begin - a : end - a]))
        begin = end


class Truth:
    """What was acknowledged, and what was in progress."""

    def __init__(self):
        self.kept, self.begun, self.acknowledged = {}, {}, 0

    def do(self, kind, mark):
        name = mark["name"]
        if kind == "B":
            self.begun[name] = mark["state"]
        else:
            self.kept[name] = self.begun.pop(name)
            self.acknowledged += 1

    def faults(self, file, before):
        """What is wrong with an image. `before` is the number of writes acknowledged before the first mark."""
        try:
            with contextlib.closing(sqlite3.connect(file)) as database:
                database.execute("select count(*) from sqlite_master").fetchone()
            # now the log is recovered, and readers see its contents
            wrong = invariants.check(file, (before + self.acknowledged, before + self.acknowledged + len(self.begun)))
            with contextlib.closing(sqlite3.connect(file)) as database:
                rows = database.execute(
                    """select json_extract(doc, '$.userName'), json_extract(doc, '$.title'), json_extract(doc, '$.nickName'),
                       json_extract(doc, '$.active'), exists (select 1 from scim_member m where m.tenant = r.tenant and m.member_seq = r.seq)
                       from scim_resource r join scim_document using (tenant, seq) where kind = 'User'"""
                ).fetchall()
        except sqlite3.DatabaseError as error:
            return [f"the image cannot be read: {error}"]
        found = {name: [title, bool(active), bool(member)] for name, title, _, active, member in rows}
        wrong += [f"{name}: one request set title and nickName to the same value, but they differ" for name, title, nick, _, _ in rows if title != nick]
        for name in set(found) | set(self.kept) | set(self.begun):
            allowed = [self.kept.get(name)] + ([self.begun[name]] if name in self.begun else [])
            if found.get(name) not in allowed:
                wrong.append(f"{name} is {short(found.get(name))}, but {' or '.join(map(short, allowed))} was acknowledged")
        return wrong


def short(state):
    return "absent" if state is None else f"[{state[0][:12]}.., active {state[1]}, member {state[2]}]"


def too_early(records):
    """The record as if the server answered before writing."""
    early = []
    for record in records:
        if record[0] != "A":
            early.append(record)
        if record[0] == "B":
            early.append(("A", record[1]))
    return early


def replay(records, images, chance, folder, flushes=True):
    """Yields the place of the cut and what is wrong, for each of `images` images."""
    ready = next(place for place, record in enumerate(records) if record[0] == "R")
    # half of the cuts at any point, half right after an acknowledgement, when a server that answers too early has most to lose
    answers = [place for place, record in enumerate(records) if record[0] == "A"]
    cuts = [chance.randrange(ready + 1, len(records)) if n % 2 else chance.choice(answers) for n in range(images)]
    cuts = collections.Counter(cuts)
    # the group is created before the clients start
    disk, truth, before = Disk(flushes), Truth(), 1
    for place, record in enumerate(records):
        if record[0] in "AB":
            truth.do(*record)
        elif record[0] != "R":
            disk.do(record)
        for _ in range(cuts.get(place, 0)):
            with tempfile.TemporaryDirectory(dir=folder, prefix="image-") as image:
                disk.image(Path(image), chance)
                yield place, truth.faults(Path(image) / "provost.db", before)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--binary", required=True)
    parser.add_argument("--images", type=int, default=150)
    parser.add_argument("--seconds", type=float, default=4.0, help="of recorded load")
    parser.add_argument("--seed", type=int, default=None)
    given = parser.parse_args()
    seed = given.seed if given.seed is not None else random.SystemRandom().randrange(10**9)
    print(f"seed {seed}", flush=True)
    chance, passed, failed = random.Random(seed), 0, 0
    with tempfile.TemporaryDirectory(prefix="provost-powercut-") as folder:
        recording = Recording(str(Path(given.binary).resolve()), folder, seed)
        acknowledged = recording.run(given.seconds)
        records = read(recording.log)
        if not any(record[0] == "S" for record in records):
            raise SystemExit("nothing was recorded: the server was not linked to the C library of this machine")
        counts = collections.Counter((record[0], record[1]) for record in records if record[0] in "WST")
        for place, faults in replay(records, given.images, chance, folder):
            passed, failed = passed + (not faults), failed + bool(faults)
            for fault in faults[:5]:
                print(f"FAIL cut at {place} of {len(records)}: {fault}")
        for name, faulty, flushes in (("flushes that do nothing", records, False), ("answers before the write", too_early(records), True)):
            noticed = sum(bool(faults) for _, faults in replay(faulty, 10, chance, folder, flushes))
            print(f"{'ok  ' if noticed else 'FAIL'} a planted fault is noticed: {name} ({noticed} of 10 images)")
            passed, failed = passed + bool(noticed), failed + (not noticed)
    print(f"{given.images} images of {acknowledged} acknowledged writes; recorded: " + ", ".join(f"{n} {kind} {name}" for (kind, name), n in sorted(counts.items())))
    print(f"{passed} passed, {failed} failed")
    return 1 if failed or not acknowledged else 0


if __name__ == "__main__":
    sys.exit(main())
