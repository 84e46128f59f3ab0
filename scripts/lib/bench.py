"""Loads the server and its baselines (benches/baselines) alternately and compares them: ratios, not absolute figures.

    python3 scripts/lib/bench.py --binaries target/release --users 1000 --rounds 3
    python3 scripts/lib/bench.py --binaries target/release --users 1000 --rounds 10 --against OLD/provost

For each number of users, a directory is created once, through the server, and copied for the baselines, so both have the same rows. Then each row
is measured in rounds, the server and its baseline one right after the other, and the medians of the rounds are compared. Prints a table for each
number of users and the goals, and writes everything as JSON with --json.

With --against, the baselines are left out: two server binaries are measured alternately, and each row's least processor time over the rounds is
compared. The other binary creates the directory.
"""

import argparse
import json
import os
import shutil
import signal
import socket
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

BARE, SAME, ONE_ROW = "bare", "same", "one-row"
# Sizes of the bare answers in bytes: a page of a hundred; any other row, a user (see `measure`).
BARE_BYTES = {"page": 150_000}
TABLES = ["scim_resource", "scim_document", "scim_element", "scim_member", "scim_unique_key", "membership", "team_membership", "audit"]


def rows_for(users):
    """Row, connections, and the baselines to compare with."""
    largest = max(m for m in (100, 1_000, 10_000, 100_000) if m <= users)
    rows = [
        ("get", 16, [BARE, SAME]), ("match", 16, [BARE, SAME]), ("email", 16, [SAME]),
        ("group:100", 16, [SAME]), (f"group:{largest}", 16, [SAME]),
        ("page", 8, [BARE, SAME]), ("last-page", 8, [SAME]), ("last-page", 1, [SAME]),
        ("cursor", 8, []), ("last-cursor", 8, []),
        (f"whole-group:{min(largest, 10_000)}", 1, [SAME]),
        ("member:100", 1, [SAME]), (f"member:{largest}", 1, [SAME]),
        ("member:100", 16, [SAME]), (f"member:{largest}", 16, [SAME]),
        ("patch", 16, [SAME]), ("patch", 64, [SAME]),
        ("create", 16, [SAME, ONE_ROW]), ("create", 64, [SAME, ONE_ROW]),
    ]
    return rows


class Process:
    """A server started here, on its own port."""

    def __init__(self, command, log, env=None):
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.address = f"127.0.0.1:{self.port}"
        self.out = open(log, "w+")
        command = [word.replace("ADDRESS", self.address) for word in command]
        self.process = subprocess.Popen(command, stdout=self.out, stderr=self.out, env=dict(os.environ, **(env or {})))
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            if self.process.poll() is not None:
                raise SystemExit(f"{command[0]} exited at once, see {log}")
            try:
                socket.create_connection(("127.0.0.1", self.port), 1).close()
                return
            except OSError:
                time.sleep(0.02)
        raise SystemExit(f"{command[0]} was not listening after 60 s, see {log}")

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(60)


class Run:
    """One number of users."""

    def __init__(self, given, users, work):
        self.given, self.users, self.work = given, users, work
        work.mkdir(parents=True, exist_ok=True)
        self.targets = work / "targets.json"
        self.token_file = work / "token"

    def serve(self, database, binary=None):
        command = [binary or self.given.binaries / "provost", "serve", "--listen", "ADDRESS", "--database", f"sqlite:{database}"]
        command += ["--public-url", "http://127.0.0.1:8080", "--limit-requests", "1000000"]
        # in the environment: an older version to compare with does not know the option
        return Process([str(word) for word in command], self.work / "server.log", {"PROVOST_PRINT_TOKEN": "true"})

    def seed(self):
        """Creates the directory through the server, unless an earlier run left it."""
        seed = self.work / "seed.db"
        if self.targets.exists():
            return seed
        begun = time.monotonic()
        server = self.serve(seed, self.given.against)
        try:
            deadline = time.monotonic() + 30
            while "Secret Token:" not in Path(server.out.name).read_text():
                if time.monotonic() > deadline:
                    raise SystemExit("the server printed no token")
                time.sleep(0.1)
            text = Path(server.out.name).read_text()
            self.token_file.write_text(text.split("Secret Token:")[1].split()[0])
            sizes = {row.split(":")[1] for row, _, _ in rows_for(self.users) if ":" in row}
            groups = ",".join(f"group:{size}" for size in sorted(sizes))
            self.load(server, ["--rows", groups, "--seconds", "0.3", "--warm-up", "0"], "/scim/v2")
        finally:
            server.stop()
        # the write-ahead log must be merged into the file before it is copied
        sqlite3.connect(seed).execute("pragma wal_checkpoint(truncate)").close()
        print(f"{self.users} users created in  {time.monotonic() - begun:.0f} s", flush=True)
        return seed

    def load(self, process, words, root):
        report = self.work / "report.json"
        command = [self.given.binaries / "provost-conformance", "load", "--base-url", f"http://{process.address}{root}"]
        command += ["--token-file", self.token_file, "--targets", self.targets, "--users", str(self.users)]
        command += ["--pid", str(process.process.pid), "--json", report, *words]
        done = subprocess.run([str(word) for word in command], capture_output=True, text=True)
        if done.returncode != 0:
            raise SystemExit(f"{' '.join(words)}: {done.stdout}{done.stderr}")
        return json.loads(report.read_text())

    def measure(self, process, row, connections, kind):
        words = ["--connections", str(connections), "--seconds", str(self.given.seconds), "--warm-up", str(self.given.warm_up)]
        # a directory that grows by half during the measurement would no longer be the same one
        words += ["--requests", str(self.given.creates)] if row == "create" else []
        root = {BARE: "", ONE_ROW: "/one-row/scim/v2"}.get(kind, "/scim/v2")
        if kind == BARE:
            row = f"path:/bare/{BARE_BYTES.get(row, 1_300)}"
        words += ["--rows", row] + ([] if kind == "server" else ["--no-read-back"])
        return self.load(process, words, root)["rows"]

    def run(self):
        """Medians by (line, connections) and kind."""
        seed = self.seed()
        for name in ("server.db", "baselines.db"):
            shutil.copy(seed, self.work / name)
        server = self.serve(self.work / "server.db")
        baselines = Process([str(self.given.binaries / "baselines"), str(self.work / "baselines.db"), "ADDRESS"], self.work / "baselines.log")
        try:
            results = {}
            rows = [r for r in rows_for(self.users) if not self.given.rows or r[0].split(":")[0] in self.given.rows]
            rows = list(dict.fromkeys((row, connections, tuple(kinds)) for row, connections, kinds in rows))
            if not announces_cursors(server, self.token_file.read_text()):
                rows = [row for row in rows if "cursor" not in row[0]]
            for row, connections, kinds in rows:
                rounds = {}
                for _ in range(self.given.rounds):
                    for kind in ("server", *kinds):
                        for n, line in enumerate(self.measure(server if kind == "server" else baselines, row, connections, kind)):
                            rounds.setdefault((n, kind), []).append(line)
                lines = {n: line["row"] for (n, kind), all_ in rounds.items() if kind == "server" for line in all_}
                for (n, kind), measured in rounds.items():
                    results.setdefault((lines[n], connections), {})[kind] = median(measured)
            peak = peak_mib(server.process.pid)
            return results, peak
        finally:
            server.stop()
            baselines.stop()

    def compare(self):
        """The least processor time per request, in microseconds, by (line, connections), for the other binary and this one."""
        seed, servers = self.seed(), {}
        try:
            for name, binary in (("other", self.given.against), ("this", None)):
                shutil.copy(seed, self.work / f"{name}.db")
                servers[name] = self.serve(self.work / f"{name}.db", binary)
            found = {}
            rows = [r for r in rows_for(self.users) if not self.given.rows or r[0].split(":")[0] in self.given.rows]
            for row, connections in dict.fromkeys((row, connections) for row, connections, _ in rows):
                for number in range(self.given.rounds):
                    # the order alternates, too
                    for name in ("other", "this") if number % 2 == 0 else ("this", "other"):
                        for line in self.measure(servers[name], row, connections, "server"):
                            least = found.setdefault((line["row"], connections), {})
                            least[name] = min(least.get(name, float("inf")), line["server_cpu_us"])
            return found
        finally:
            for server in servers.values():
                server.stop()

    def same_rows(self):
        """The rows written by one create, in the server's tables and in the baseline's: they must be the same."""
        found = []
        for name in ("server.db", "baselines.db"):
            before, after = sqlite3.connect(self.work / "seed.db"), sqlite3.connect(self.work / name)
            grown = {t: after.execute(f"select count(*) from {t}").fetchone()[0] - before.execute(f"select count(*) from {t}").fetchone()[0] for t in TABLES}
            users = grown["scim_resource"]
            found.append({t: n / users for t, n in grown.items() if users and t in ("scim_document", "scim_element", "scim_unique_key", "membership")})
        return found[0] == found[1], found


def announces_cursors(server, token):
    import http.client

    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=30)
    connection.request("GET", "/scim/v2/ServiceProviderConfig", headers={"Authorization": f"Bearer {token.strip()}"})
    return json.loads(connection.getresponse().read()).get("pagination", {}).get("cursor", False)


def peak_mib(pid):
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) / 1024
    return 0.0


def median(measured):
    names = ("per_second", "p50_us", "p99_us", "max_us", "server_cpu_us", "client_cpu_us")
    return {name: statistics.median(line[name] or 0 for line in measured) for name in names}


def table(results):
    print("| row | connections | requests/s | p50 µs | p99 µs | CPU µs | baseline/s | of baseline | CPU of baseline | of bare | of one row |")
    print("|---|---|---|---|---|---|---|---|---|---|---|")
    for (row, connections), kinds in results.items():
        own, baseline = kinds["server"], kinds.get(SAME)

        def of(kind, name="per_second"):
            return f"{own[name] / kinds[kind][name]:.2f}" if kind in kinds and kinds[kind][name] else ""

        cells = [row, connections, f"{own['per_second']:,.0f}", f"{own['p50_us']:,.0f}", f"{own['p99_us']:,.0f}", f"{own['server_cpu_us']:.1f}"]
        cells += [f"{baseline['per_second']:,.0f}" if baseline else "", of(SAME), of(SAME, "server_cpu_us"), of(BARE), of(ONE_ROW)]
        print("| " + " | ".join(map(str, cells)) + " |")


def comparison(found):
    print("| row | connections | CPU µs of the other | of this | ratio |\n|---|---|---|---|---|")
    for (row, connections), least in found.items():
        other, this = least["other"], least["this"]
        print(f"| {row} | {connections} | {other:.1f} | {this:.1f} | {this / other:.3f} |")


def goals(all_results, peaks):
    """Goal, result, and whether it was met."""

    def value(users, row, connections, kind="server", name="per_second"):
        return all_results.get(users, {}).get((row, connections), {}).get(kind, {}).get(name)

    def ratio(a, b):
        return a / b if a and b else None

    found = []

    def goal(what, got, limit, least):
        if got is not None:
            found.append((what, got, limit, least, got >= limit if least else got <= limit))

    sizes = sorted(all_results)
    for users in sizes:
        largest = max(m for m in (100, 1_000, 10_000, 100_000) if m <= users)
        for row in ("get", "match"):
            goal(f"{row} at {users}: of bare actix", ratio(value(users, row, 16), value(users, row, 16, BARE)), 0.5, True)
            goal(f"{row} at {users}: of the same statements", ratio(value(users, row, 16), value(users, row, 16, SAME)), 0.75, True)
        for row in ("create", "patch"):
            for n in (16, 64):
                goal(f"{row} at {users}, {n} connections: of the same rows", ratio(value(users, row, n), value(users, row, n, SAME)), 0.6, True)
        for row in ("add", "remove"):
            for n in (1, 16):
                p50 = ratio(value(users, f"{row}:{largest}", n, name="p50_us"), value(users, f"{row}:100", n, name="p50_us"))
                if largest != 100:
                    goal(f"{row} one member, {n} connections: p50 at M = {largest} of that at M = 100", p50, 1.2, False)
        goal(f"group of {largest} without members at {users}: CPU of GET user", ratio(value(users, f"group:{largest}", 16, name="server_cpu_us"), value(users, "get", 16, name="server_cpu_us")), 1.1, False)
        whole = value(users, f"whole-group:{min(largest, 10_000)}", 1, name="p50_us")
        if largest >= 10_000:
            goal("whole group of 10,000: p50 in ms", whole and whole / 1000, 5.0, False)
        for row in ("page", "last-page"):
            goal(f"{row} at {users}: of the spliced text", ratio(value(users, row, 8), value(users, row, 8, SAME)), 0.6, True)
        goal(f"last page by cursor at {users}: p50 of the first", ratio(value(users, "last-cursor", 8, name="p50_us"), value(users, "cursor", 8, name="p50_us")), 1.2, False)
        last = value(users, "last-page", 1, name="p50_us")
        goal(f"last page by startIndex at {users}: p50 in ms", last and last / 1000, 5.0, False)
        goal(f"email filter at {users}: CPU of match", ratio(value(users, "email", 16, name="server_cpu_us"), value(users, "match", 16, name="server_cpu_us")), 2.0, False)
        if users >= 100_000:
            goal(f"peak memory at {users} in MiB", peaks[users], 96.0, False)
    if len(sizes) > 1:
        for row in ("get", "match"):
            both = [value(users, row, 16, name="per_second") for users in (sizes[0], sizes[-1])]
            goal(f"{row}: requests/s at {sizes[0]} of those at {sizes[-1]}", ratio(*both), 1.3, False)
    return found


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--binaries", type=Path, required=True, help="folder with provost, provost-conformance and baselines")
    parser.add_argument("--users", type=lambda text: [int(n) for n in text.split(",")], default=[1_000, 100_000])
    parser.add_argument("--rows", type=lambda text: text.split(","), default=None, help="only these, as get,create,member")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=2.0, help="per row and round")
    parser.add_argument("--warm-up", type=float, default=0.5)
    parser.add_argument("--creates", type=int, default=40_000, help="the most creates in one measurement")
    parser.add_argument("--keep", type=Path, default=None, help="a folder for the directories, so that the next run need not create them")
    parser.add_argument("--json", type=Path, default=None)
    parser.add_argument("--against", type=Path, default=None, help="another server binary")
    given = parser.parse_args()
    work = given.keep or Path(tempfile.mkdtemp())
    results, peaks, unlike = {}, {}, 0
    print(f"load average before: {os.getloadavg()[0]:.1f}, {os.cpu_count()} cores", flush=True)
    try:
        for users in given.users:
            run = Run(given, users, work / str(users))
            if given.against:
                print(f"\n{users} users\n")
                comparison(run.compare())
                continue
            results[users], peaks[users] = run.run()
            print(f"\n{users} users, peak memory {peaks[users]:.0f} MiB\n")
            table(results[users])
            same, found = run.same_rows()
            if not same:
                unlike += 1
                print(f"\nthe baseline does not write the same rows as the server: {found}")
            sys.stdout.flush()
    finally:
        if not given.keep:
            shutil.rmtree(work, ignore_errors=True)
    if given.against:
        return 0
    met = goals(results, peaks)
    print("\n| goal | bound | result | met |\n|---|---|---|---|")
    for what, got, limit, least, is_met in met:
        print(f"| {what} | {'>=' if least else '<='} {limit:g} | {got:.2f} | {'yes' if is_met else 'no'} |")
    print(f"\nload average after: {os.getloadavg()[0]:.1f}")
    if given.json:
        rows = [{"users": u, "row": r, "connections": c, **kinds} for u, all_ in results.items() for (r, c), kinds in all_.items()]
        given.json.write_text(json.dumps({"rows": rows, "peak_mib": peaks, "goals": met}, indent=1))
    print(f"{sum(g[4] for g in met)} goals met, {sum(not g[4] for g in met)} missed")
    # a missed goal is not a failure; baselines that do different work are
    return 1 if unlike else 0


if __name__ == "__main__":
    sys.exit(main())
