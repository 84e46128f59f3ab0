"""Loads the server for minutes with what identity providers do, and checks that it stays correct and small.

A bounded number of clients, each with a bounded number of users, create, change, disable, enable and delete users, fill and empty
groups, send bulk requests, and look up by name, externalId and id; every answer is compared with what the client knows to be true.
Another thread creates tokens, uses them, and revokes them.

  * Every answer is correct, and every acknowledged write is present at the end: users, groups, memberships, teams.
  * The database passes scripts/lib/invariants.py, repeatedly while it is written and at the end, and its audit trail has one
    row for each acknowledged write.
  * A revoked token is refused by the very next request.
  * Memory and descriptors stay flat, and no temporary file is ever open.

    python3 scripts/lib/soak_load.py --binary target/release/provost --database sqlite:/somewhere/soak.db --minutes 15

Prints figures, then `N passed, N failed`. Each check is run on a planted fault that it must notice.
"""

import argparse
import http.client
import os
import random
import signal
import sys
import threading
import time

import invariants
from crash_loop import GROUP, ORG, PATCH, USER, Server, read_all

# The users and groups that a client keeps.
KEPT, GROUPS = 120, 4
# Tolerated growth from the middle third of the run to the last: caches fill, and the allocator can keep the 19 MiB
# that hashing a new token needs for a moment.
MEMORY_SHARE, MEMORY_KIB, DESCRIPTORS = 0.10, 24 * 1024, 8


class Wrong(Exception):
    """The server gave a wrong answer."""


class Client(threading.Thread):
    """Knows the state of its own people and groups, because nobody else writes them."""

    def __init__(self, server, token, name, seed, until):
        super().__init__()
        self.server, self.token, self.prefix, self.until = server, token, name, until
        self.random, self.made = random.Random(seed), 0
        # by id: what was acknowledged
        self.people, self.groups = {}, {}
        self.acknowledged, self.asked, self.fault = 0, 0, None

    def run(self):
        self.connection = http.client.HTTPConnection("127.0.0.1", self.server.port, timeout=60)
        try:
            for n in range(GROUPS):
                body = {"schemas": [GROUP], "displayName": f"{self.prefix} group {n}"}
                self.groups[self.write("POST", "/Groups", body)["id"]] = set()
            while time.monotonic() < self.until:
                self.random.choice(self.choices())()
        except (Wrong, OSError, http.client.HTTPException, KeyError) as fault:
            self.fault = f"{self.prefix}: {fault!r}"

    def choices(self):
        if len(self.people) < 10:
            return [self.create]
        many = [self.delete, self.bulk_delete] if len(self.people) > KEPT else []
        return [self.create, self.repeat, self.rename, self.switch, self.switch, self.enter, self.leave, self.ask_name, self.ask_id, self.ask_external, self.ask_group, self.delete] + many * 3

    def call(self, method, path, body=None):
        self.asked += 1
        return self.server.call(method, path, body, self.token, connection=self.connection)

    def write(self, method, path, body=None):
        status, answer = self.call(method, path, body)
        if status not in (200, 201, 204):
            raise Wrong(f"{method} {path} was answered {status}: {answer}")
        self.acknowledged += 1
        return answer

    def patch(self, path, *operations):
        return self.write("PATCH", path, {"schemas": [PATCH], "Operations": list(operations)})

    def expect(self, found, expected, where):
        if found != expected:
            raise Wrong(f"{where}: {found}, but {expected} was acknowledged")

    def anybody(self):
        return self.random.choice(list(self.people.items()))

    def create(self):
        self.made += 1
        name = f"{self.prefix}-{self.made}@Example.com"
        person = {"userName": name, "externalId": f"x-{name}", "active": self.random.random() < 0.8, "title": "t" * self.random.randrange(1, 4_000)}
        emails = [{"value": name, "type": "work", "primary": True}]
        made = self.write("POST", "/Users", {"schemas": [USER], "displayName": name, "emails": emails, **person})
        self.expect({key: made[key] for key in person}, person, "the answer to a POST")
        self.people[made["id"]] = person

    def repeat(self):
        _, person = self.anybody()
        self.made += 1
        again = {"schemas": [USER], "userName": f"{self.prefix}-{self.made}@Example.com", "externalId": person["externalId"], "active": True}
        self.expect(self.call("POST", "/Users", again)[0], 409, "a second user with an externalId")

    def rename(self):
        id_, person = self.anybody()
        title = f"{self.random.random()} " + "u" * self.random.randrange(1, 4_000)
        operations = [{"op": "replace", "path": path, "value": title} for path in ("title", "nickName")]
        answer = self.patch(f"/Users/{id_}", *operations)
        person["title"] = title
        if answer is not None:
            self.expect((answer["title"], answer["nickName"]), (title, title), "the answer to a PATCH")

    def switch(self):
        id_, person = self.anybody()
        active = not person["active"]
        # half of them as Entra writes it
        value = str(active) if self.random.random() < 0.5 else active
        self.patch(f"/Users/{id_}", {"op": "Replace", "path": "active", "value": value})
        person["active"] = active

    def enter(self):
        group, members = self.random.choice(list(self.groups.items()))
        new = [id_ for id_ in self.random.sample(list(self.people), 5) if id_ not in members]
        if new:
            self.patch(f"/Groups/{group}", {"op": "Add", "path": "members", "value": [{"value": id_} for id_ in new]})
            members.update(new)

    def leave(self):
        group, members = self.random.choice(list(self.groups.items()))
        if members:
            gone = self.random.choice(sorted(members))
            self.patch(f"/Groups/{group}", {"op": "Remove", "path": f'members[value eq "{gone}"]'})
            members.discard(gone)

    def forget(self, id_):
        del self.people[id_]
        for members in self.groups.values():
            members.discard(id_)

    def delete(self):
        id_, _ = self.anybody()
        self.write("DELETE", f"/Users/{id_}")
        self.forget(id_)
        self.expect(self.call("GET", f"/Users/{id_}")[0], 404, "a GET of a deleted user")

    def bulk_delete(self):
        gone = self.random.sample(list(self.people), 5)
        operations = [{"method": "DELETE", "path": f"/Users/{id_}"} for id_ in gone]
        body = {"schemas": ["urn:ietf:params:scim:api:messages:2.0:BulkRequest"], "Operations": operations}
        status, answer = self.call("POST", "/Bulk", body)
        self.expect((status, [done["status"] for done in answer["Operations"]]), (200, ["204"] * len(gone)), "a bulk request")
        self.acknowledged += len(gone)
        for id_ in gone:
            self.forget(id_)

    def one(self, query, id_, person):
        status, answer = self.call("GET", f"/Users?filter={query}")
        self.expect((status, answer.get("totalResults")), (200, 1), "a filter by name")
        self.compare(answer["Resources"][0], id_, person)

    def ask_name(self):
        id_, person = self.anybody()
        self.one(f'userName%20eq%20%22{person["userName"].upper()}%22', id_, person)

    def ask_external(self):
        id_, person = self.anybody()
        self.one(f'externalId%20eq%20%22{person["externalId"]}%22', id_, person)

    def ask_id(self):
        id_, person = self.anybody()
        status, answer = self.call("GET", f"/Users/{id_}")
        self.expect(status, 200, "a GET")
        self.compare(answer, id_, person)

    def compare(self, found, id_, person):
        groups = {group for group, members in self.groups.items() if id_ in members}
        self.expect((found["id"], {key: found.get(key) for key in person}), (id_, person), "a user")
        self.expect({group["value"] for group in found.get("groups", [])}, groups, "the groups of a user")

    def ask_group(self):
        group, members = self.random.choice(list(self.groups.items()))
        status, answer = self.call("GET", f"/Groups/{group}")
        self.expect((status, {member["value"] for member in answer.get("members", [])}), (200, members), "the members of a group")


class Revoker(threading.Thread):
    """Checks that a token works from its creation to its revocation, and never after."""

    def __init__(self, server, until):
        super().__init__()
        self.server, self.until, self.revoked, self.fault = server, until, 0, None

    def run(self):
        while time.monotonic() < self.until and not self.fault:
            token = self.server.command("token", "create", "--org", ORG).strip()
            before = self.server.call("GET", "/Users?count=0", token=token)[0]
            self.server.command("token", "revoke", token[5:17])
            after = {self.server.call("GET", "/Users?count=0", token=token)[0] for _ in range(3)}
            if (before, after) != (200, {401}):
                self.fault = f"a token got {before}, and {sorted(after)} after it was revoked"
            self.revoked += 1
            time.sleep(0.5)


def sample(pid):
    """Memory in KiB, open descriptors, and those of deleted files."""
    with open(f"/proc/{pid}/status") as status:
        (memory,) = [int(line.split()[1]) for line in status if line.startswith("VmRSS:")]
    folder, links = f"/proc/{pid}/fd", []
    for name in os.listdir(folder):
        try:
            links.append(os.readlink(f"{folder}/{name}"))
        except FileNotFoundError:
            pass
    return memory, len(links), [link for link in links if link.endswith("(deleted)")]


def growth(samples):
    """What grew, if anything: the last third of the run is compared with the middle one; the first fills the caches."""
    third = len(samples) // 3
    middle, last = samples[third : 2 * third], samples[2 * third :]
    # the minimum, which is what stays allocated
    before, after = (min(memory for memory, _, _ in part) for part in (middle, last))
    if after > before * (1 + MEMORY_SHARE) + MEMORY_KIB:
        yield f"memory grew from {before} to {after} KiB"
    before, after = (max(count for _, count, _ in part) for part in (middle, last))
    if after > before + DESCRIPTORS:
        yield f"descriptors grew from {before} to {after}"
    temporary = {link for _, _, links in samples for link in links}
    # the log passed to the server may be unlinked; none of the server's own files is
    if temporary:
        yield f"temporary files: {sorted(temporary)[:3]}"


def at_the_end(server, token, clients, writes):
    """Yields what differs from what was acknowledged."""
    people = {id_: person for client in clients for id_, person in client.people.items()}
    groups = {group: members for client in clients for group, members in client.groups.items()}
    found, total = read_all(server, token)
    users = {user["id"]: user for user in found.values()}
    if total != len(people) or set(users) != set(people):
        yield f"{total} users, but {len(people)} were acknowledged; for instance {sorted(set(users) ^ set(people))[:3]}"
    for id_, person in people.items():
        user = users.get(id_, {})
        if {key: user.get(key) for key in person} != person:
            yield f"{person['userName']} differs from what was acknowledged"
    for group, members in groups.items():
        _, answer = server.call("GET", f"/Groups/{group}", token=token)
        if {member["value"] for member in answer.get("members", [])} != members:
            yield f"the members of group {group} differ from those acknowledged"
    if server.file:
        yield from invariants.check(server.file, (writes, writes))


def planted(server, token, clients, writes):
    """The faults that went unnoticed."""
    person = next(person for client in clients for person in client.people.values())
    person["active"] = not person["active"]
    if not list(at_the_end(server, token, clients, writes)):
        yield "a user who is wrongly active or inactive"
    person["active"] = not person["active"]
    if server.file and not list(at_the_end(server, token, clients, writes + 1)):
        yield "a write without its audit row"
    group = next(members for client in clients for members in client.groups.values())
    group.add("nobody")
    if not list(at_the_end(server, token, clients, writes)):
        yield "a missing member"
    group.discard("nobody")
    flat = [(50_000, 20, [])] * 30
    if list(growth(flat)):
        yield "no growth is reported as growth"
    for name, grown in {
        "memory": [(50_000 + 5_000 * n, 20, []) for n in range(30)],
        "descriptors": [(50_000, 20 + n, []) for n in range(30)],
        "a temporary file": flat[:29] + [(50_000, 20, ["/var/tmp/etilqs_1 (deleted)"])],
    }.items():
        if not list(growth(grown)):
            yield f"growth of {name}"


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--binary", required=True)
    parser.add_argument("--database", required=True)
    parser.add_argument("--log", default=os.devnull)
    parser.add_argument("--minutes", type=float, default=15.0)
    parser.add_argument("--clients", type=int, default=6)
    parser.add_argument("--seed", type=int, default=None)
    given = parser.parse_args()
    seed = given.seed if given.seed is not None else random.SystemRandom().randrange(10**9)
    print(f"seed {seed}", flush=True)
    os.environ["PROVOST_BULK"] = "true"

    server = Server(given.binary, given.database, given.log)
    server.start()
    before = invariants.audited(server.file) if server.file else 0
    passed = failed = 0

    def tell(name, faults):
        nonlocal passed, failed
        faults = list(faults)
        print(f"{'FAIL' if faults else 'ok  '} {name}" + "".join(f"\n     {fault}" for fault in faults[:10]), flush=True)
        passed, failed = passed + (not faults), failed + bool(faults)

    try:
        server.command("org", "update", ORG, "--unique-external-id", "on")
        until = time.monotonic() + given.minutes * 60
        tokens = [server.command("token", "create", "--org", ORG).strip() for _ in range(given.clients)]
        clients = [Client(server, token, f"c{n}", f"{seed}-{n}", until) for n, token in enumerate(tokens)]
        revoker = Revoker(server, until)
        samples, broken, looks = [], [], 0
        for thread in (*clients, revoker):
            thread.start()
        while time.monotonic() < until:
            time.sleep(0.5)
            samples.append(sample(server.process.pid))
            if server.file and len(samples) % 10 == 0:
                broken, looks = broken + invariants.check(server.file), looks + 1
        for thread in (*clients, revoker):
            thread.join()
        writes = before + sum(client.acknowledged for client in clients)
        tell("every answer was correct", [client.fault for client in clients if client.fault])
        tell("a revoked token is refused by the very next request", [revoker.fault] if revoker.fault else [])
        tell("the invariants hold while the database is written", broken)
        tell("everything acknowledged is present, with one audit row for each write", at_the_end(server, tokens[0], clients, writes))
        tell("memory and descriptors are flat, and there are no temporary files", growth(samples))
        server.process.send_signal(signal.SIGTERM)
        server.process.wait(60)
        server.start()
        tell("the same holds after a restart", at_the_end(server, tokens[0], clients, writes))
        tell("planted faults are noticed", planted(server, tokens[0], clients, writes))
    finally:
        server.kill()
    third = len(samples) // 3
    middle, last = (min(memory // 1024 for memory, _, _ in part) for part in (samples[third : 2 * third], samples[2 * third :]))
    print(
        f"{writes - before} writes acknowledged, {sum(client.asked for client in clients)} requests, {revoker.revoked} tokens revoked, "
        f"{looks} checks of the invariants meanwhile; minimum memory {middle} MiB in the middle third, "
        f"{last} in the last; descriptors {samples[third][1]} to {samples[-1][1]}"
    )
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
