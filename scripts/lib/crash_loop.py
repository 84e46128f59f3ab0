"""Kills the server with SIGKILL while it writes, restarts it, and checks that it lost nothing it had acknowledged.

Every other kill comes at a random moment under the load of all writers; the others come the moment a lone writer gets its answer, when a server
that answers too early has most to lose.

After each restart:
  * every write that was answered with success is present; one that got no answer was applied completely or not at all;
  * two attributes set by one PATCH are equal, and the total is the actual number of users;
  * a SQLite database passes its integrity check;
  * it passes scripts/lib/invariants.py, including the number of rows in the audit trail;
  * a membership exists exactly while its user is active, and a team membership exactly while the user is in the group and active.

    python3 scripts/lib/crash_loop.py --binary target/release/provost --database sqlite:/somewhere/soak.db --rounds 20

Prints figures, then `N passed, N failed`: one check for each round, and one for a planted fault that must be noticed.
"""

import argparse
import http.client
import json
import os
import pathlib
import random
import signal
import socket
import subprocess
import sys
import threading
import time

import invariants

ORG = "default"
USER = "urn:ietf:params:scim:schemas:core:2.0:User"
GROUP = "urn:ietf:params:scim:schemas:core:2.0:Group"
PATCH = "urn:ietf:params:scim:api:messages:2.0:PatchOp"


def free_port():
    """A free port from which no connection goes out: those begin at 32768, and one could take it before the server has it, or while it is
    stopped."""
    for port in random.sample(range(20000, 32000), 100):
        with socket.socket() as free:
            try:
                free.bind(("127.0.0.1", port))
                return port
            except OSError:
                continue
    raise SystemExit("no port is free")


class Server:
    """The binary under test, on its own port."""

    def __init__(self, binary, database, log):
        self.binary, self.log = binary, open(log, "ab")
        self.port = free_port()
        self.env = dict(os.environ, PROVOST_DATABASE=database, PROVOST_LISTEN=f"127.0.0.1:{self.port}", PROVOST_LIMIT_REQUESTS="1000000")
        self.file = database.removeprefix("sqlite:") if database.startswith("sqlite:") else None

    def start(self):
        """Starts the server and returns the milliseconds until it is ready."""
        begun = time.monotonic()
        self.process = subprocess.Popen([self.binary, "serve"], env=self.env, stdout=self.log, stderr=self.log)
        while time.monotonic() < begun + 60:
            if self.process.poll() is not None:
                last = pathlib.Path(self.log.name).read_text(errors="replace").splitlines()[-3:]
                raise SystemExit("\n".join([f"the server exited with code {self.process.returncode}:", *last]))
            try:
                if self.call("GET", "/readyz", base="")[0] == 200:
                    return (time.monotonic() - begun) * 1000
            except OSError:
                pass
            time.sleep(0.005)
        raise SystemExit("the server was not ready after 60 s")

    def kill(self):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def command(self, *arguments):
        done = subprocess.run([self.binary, *arguments], env=self.env, stdout=subprocess.PIPE, stderr=self.log, check=True)
        return done.stdout.decode()

    def call(self, method, path, body=None, token=None, base="/scim/v2", connection=None):
        """Returns status and body; raises OSError or HTTPException if there was no answer."""
        connection = connection or http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        headers = {"Content-Type": "application/scim+json"}
        if token:
            headers["Authorization"] = f"Bearer {token}"
        connection.request(method, base + path, json.dumps(body) if body else None, headers)
        answer = connection.getresponse()
        text = answer.read()
        return answer.status, json.loads(text) if text.startswith(b"{") else None


class Person:
    """What can be true of one user. A write without an answer leaves two possibilities."""

    def __init__(self, name):
        self.name, self.id = name, None
        self.state = {"absent"}
        self.member = {False}
        # displayName and title, always equal
        self.called = {None}

    def certain(self):
        return len(self.state) == 1 and len(self.member) == 1 and len(self.called) == 1


class Writer(threading.Thread):
    """Writes with its own token, to its own people, until the server is gone."""

    def __init__(self, server, token, people, group, seed, name):
        super().__init__()
        self.server, self.token, self.people, self.group = server, token, people, group
        self.random, self.prefix, self.acknowledged, self.unanswered = random.Random(seed), name, 0, 0
        self.strike, self.refused = None, None

    def run(self):
        connection = http.client.HTTPConnection("127.0.0.1", self.server.port, timeout=30)
        try:
            while True:
                method, path, body, person, *after = self.choose()
                state, member = after[:2]
                called = after[2] if len(after) > 2 else next(iter(person.called))
                before = (set(person.state), set(person.member), set(person.called))
                # From here until the answer, either can be true.
                person.state, person.member, person.called = before[0] | {state}, before[1] | {member}, before[2] | {called}
                self.unanswered = 1
                status, answer = self.server.call(method, path, body, self.token, connection=connection)
                self.unanswered = int(status >= 500)
                if status < 300 and self.strike and time.monotonic() > self.strike:
                    self.server.process.send_signal(signal.SIGKILL)
                if status < 300:
                    person.state, person.member, person.called = {state}, {member}, {called}
                    person.id = answer["id"] if method == "POST" else person.id
                    self.acknowledged += 1
                elif status < 500:
                    person.state, person.member, person.called = before
                    self.refused = f"{method} {path} was refused with {status}: {answer}"
                    return
        except (OSError, http.client.HTTPException):
            pass

    def choose(self):
        alive = [p for p in self.people if p.certain() and p.state != {"absent"}]
        if len(alive) < 20 or self.random.random() < 0.3:
            person = Person(f"{self.prefix}-{len(self.people)}@example.com")
            self.people.append(person)
            body = {"schemas": [USER], "userName": person.name, "active": True}
            return "POST", "/Users", body, person, "active", False
        person = self.random.choice(alive)
        (state,), (member,) = person.state, person.member
        what = self.random.random()
        if what < 0.1:
            return "DELETE", f"/Users/{person.id}", None, person, "absent", False
        if what < 0.3:
            name = f"{self.prefix} {self.random.random()}"
            operations = [{"op": "replace", "path": path, "value": name} for path in ("displayName", "title")]
            return "PATCH", f"/Users/{person.id}", {"schemas": [PATCH], "Operations": operations}, person, state, member, name
        if what < 0.55:
            value = "inactive" if state == "active" else "active"
            operation = {"op": "replace", "path": "active", "value": value == "active"}
            return "PATCH", f"/Users/{person.id}", {"schemas": [PATCH], "Operations": [operation]}, person, value, member
        if member:
            operation = {"op": "remove", "path": f'members[value eq "{person.id}"]'}
        else:
            operation = {"op": "add", "path": "members", "value": [{"value": person.id}]}
        return "PATCH", f"/Groups/{self.group}", {"schemas": [PATCH], "Operations": [operation]}, person, state, not member


def read_all(server, token):
    """Every user by name, read page by page, and the total reported by the last page."""
    users, start = {}, 1
    while True:
        status, page = server.call("GET", f"/Users?startIndex={start}&count=1000", token=token)
        if status == 429:
            time.sleep(0.2)
            continue
        if status != 200:
            raise SystemExit(f"reading users was answered with {status}: {page}")
        for user in page["Resources"]:
            users[user["userName"]] = user
        start += len(page["Resources"])
        if not page["Resources"] or start > page["totalResults"]:
            return users, page["totalResults"]


def verify(server, token, people, group, writes):
    """Yields every acknowledgement that did not hold, and resolves what was uncertain."""
    users, total = read_all(server, token)
    if total != len(users):
        yield f"there are {len(users)} users, but lists report {total}"
    if server.file:
        yield from invariants.check(server.file, writes)
    _, answer = server.call("GET", f"/Groups/{group}", token=token)
    members = {member["value"] for member in answer.get("members", [])}
    for person in people:
        user = users.pop(person.name, None)
        state = "absent" if user is None else "active" if user.get("active") is True else "inactive"
        member = user is not None and user["id"] in members
        if state not in person.state:
            yield f"{person.name} is {state}, but {' or '.join(sorted(person.state))} was acknowledged"
        if member not in person.member and state != "absent":
            yield f"{person.name} is {'a' if member else 'not a'} member of the group, but the opposite was acknowledged"
        if user is not None and person.id not in (None, user["id"]):
            yield f"{person.name} has a different id from before"
        called, title = (user.get("displayName"), user.get("title")) if user else (None, None)
        if called != title:
            yield f"{person.name} is called {called} and has the title {title}, but one request set both to the same value"
        if user is not None and called not in person.called:
            yield f"{person.name} is called {called}, but {person.called} was acknowledged"
        person.state, person.member, person.id, person.called = {state}, {member}, user and user["id"], {called}
    for name in users:
        yield f"{name} exists but was never written"

    active = {p.name for p in people if p.state == {"active"}}
    members = {member["userName"] for member in json.loads(server.command("members", "list", "--org", ORG, "--json"))}
    for name in sorted(active ^ members):
        yield f"{name} is {'active without a membership' if name in active else 'a member without being active'}"
    expected = {p.name for p in people if p.state == {"active"} and p.member == {True}}
    teams = json.loads(server.command("teams", "list", "--org", ORG, "--json"))
    team = {member["userName"] for team in teams if team["groupId"] == group for member in team["members"]}
    for name in sorted(expected ^ team):
        yield f"{name} is {'missing in' if name in expected else 'wrongly in'} the team"


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--binary", required=True)
    parser.add_argument("--database", required=True)
    parser.add_argument("--log", default=os.devnull)
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--writers", type=int, default=8)
    parser.add_argument("--seconds", type=float, default=2.0, help="the longest time before a kill")
    parser.add_argument("--seed", type=int, default=None)
    given = parser.parse_args()
    seed = given.seed if given.seed is not None else random.SystemRandom().randrange(10**9)
    print(f"seed {seed}")
    chance = random.Random(seed)

    server = Server(given.binary, given.database, given.log)
    restarts, acknowledged, passed, failed = [server.start()], 0, 0, 0
    try:
        tokens = [server.command("token", "create", "--org", ORG, "--label", f"soak-{n}").strip() for n in range(given.writers)]
        people = [[] for _ in tokens]
        body = {"schemas": [GROUP], "displayName": f"Soak {seed}"}
        status, answer = server.call("POST", "/Groups", body, tokens[0])
        if status != 201:
            raise SystemExit(f"creating the group was answered with {status}: {answer}")
        group = answer["id"]
        # the database may be from an earlier run
        least = most = invariants.audited(server.file) if server.file else 0
        for round_number in range(1, given.rounds + 1):
            writers = [
                Writer(server, token, own, group, f"{seed}-{round_number}-{n}", f"w{n}")
                for n, (token, own) in enumerate(zip(tokens, people))
            ]
            if round_number % 2 == 0:
                writers = [chance.choice(writers)]
                writers[0].strike = time.monotonic() + chance.uniform(0.05, given.seconds)
            for writer in writers:
                writer.start()
            if round_number % 2 == 0:
                writers[0].join()
            else:
                time.sleep(chance.uniform(0.05, given.seconds))
            server.kill()
            for writer in writers:
                writer.join()
            done = sum(writer.acknowledged for writer in writers)
            acknowledged, least, most = acknowledged + done, least + done, most + done + sum(writer.unanswered for writer in writers)
            restarts.append(server.start())
            faults = [writer.refused for writer in writers if writer.refused]
            faults += verify(server, tokens[0], [person for own in people for person in own], group, (least, most))
            if server.file:
                least = most = invariants.audited(server.file)
            passed, failed = passed + (not faults), failed + bool(faults)
            for fault in faults[:20]:
                print(f"FAIL round {round_number}: {fault}")
        # A check that cannot fail is worth nothing: with one expectation inverted, it must complain.
        planted = chance.choice([person for own in people for person in own if person.state == {"active"}])
        planted.state = {"absent"}
        if list(verify(server, tokens[0], [person for own in people for person in own], group, (least, most))):
            passed += 1
        else:
            print("FAIL the planted fault was not noticed")
            failed += 1
    finally:
        server.kill()
    restarts.sort()
    print(
        f"{given.rounds} kills, {acknowledged} writes acknowledged, {sum(map(len, people))} users; "
        f"ready again after {restarts[len(restarts) // 2]:.0f} ms (median), {restarts[-1]:.0f} ms (longest)"
    )
    print(f"{passed} passed, {failed} failed")
    return 1 if failed or not acknowledged else 0


if __name__ == "__main__":
    sys.exit(main())
