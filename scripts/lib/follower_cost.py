"""Measures what sealing costs those who write: two servers, one of which does not seal, get the same load one right after the other.

    python3 scripts/lib/follower_cost.py target/release/provost --rounds 8 --seconds 10

The server that does not seal is kept from it by a lease that this program holds in its database. Each round creates users over several
connections, for the same number of seconds, with the order changing. Prints writes per second and processor time for each write, the
medians of the rounds, and their ratios.
"""

import argparse
import http.client
import os
import sqlite3
import statistics
import tempfile
import threading
import time
from pathlib import Path

from crash_loop import Server


class Held(threading.Thread):
    """Holds the lease of the follower, which gives up none that ends soon."""

    def __init__(self, file):
        super().__init__(daemon=True)
        self.file, self.done = file, threading.Event()

    def take(self):
        ends = int(time.time() * 1000) + 15_000
        with sqlite3.connect(self.file, timeout=30) as database:
            database.execute("insert into lease values ('audit-follower', 'nobody', ?) on conflict (name) do update set holder = 'nobody', ends = ?", (ends, ends))

    def run(self):
        while not self.done.wait(4):
            self.take()


def processor_time(process):
    fields = Path(f"/proc/{process.pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def load(server, token, prefix, seconds, clients):
    """Creates users for so long; gives writes per second, and milliseconds of processor time for each."""
    counts, end = [0] * clients, time.monotonic() + seconds

    def write(number):
        connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=30)
        while time.monotonic() < end:
            name = f"{prefix}-{number}-{counts[number]}"
            status, answer = server.call("POST", "/Users", {"schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "userName": name, "active": True}, token, connection=connection)
            if status != 201:
                raise SystemExit(f"a create was answered with {status}: {answer}")
            counts[number] += 1

    before, begun = processor_time(server.process), time.monotonic()
    threads = [threading.Thread(target=write, args=(number,)) for number in range(clients)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    took, writes = time.monotonic() - begun, sum(counts)
    # what is sealed later is of these writes as well
    time.sleep(3)
    return writes / took, (processor_time(server.process) - before) * 1000 / writes


def main():
    options = argparse.ArgumentParser()
    options.add_argument("binary")
    options.add_argument("--rounds", type=int, default=8)
    options.add_argument("--seconds", type=float, default=10)
    options.add_argument("--clients", type=int, default=8)
    options = options.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        servers, held = {}, None
        for name in ("sealing", "without"):
            os.mkdir(f"{folder}/{name}")
            server = Server(options.binary, f"sqlite:{folder}/{name}/provost.db", f"{folder}/{name}/log")
            server.start()
            servers[name] = (server, server.command("token", "create", "--org", "default").strip())
            if name == "without":
                held = Held(server.file)
                held.take()
                held.start()
        try:
            found = {name: [] for name in servers}
            for number in range(options.rounds):
                order = sorted(servers, reverse=bool(number % 2))
                for name in order:
                    found[name].append(load(*servers[name], f"r{number}", options.seconds, options.clients))
                print(number, {name: tuple(round(figure, 3) for figure in found[name][-1]) for name in order}, flush=True)
            seals = {name: sqlite3.connect(server.file).execute("select count(*) from seal").fetchone()[0] for name, (server, _) in servers.items()}
        finally:
            held.done.set()
            for server, _ in servers.values():
                server.kill()
    print(f"seals: {seals}")
    for place, what in ((0, "writes per second"), (1, "ms of processor time for each write")):
        ratios = [a[place] / b[place] for a, b in zip(found["sealing"], found["without"])]
        medians = {name: statistics.median(figure[place] for figure in figures) for name, figures in found.items()}
        print(f"{what}: sealing {medians['sealing']:.3f}, without {medians['without']:.3f}; median of the ratios {statistics.median(ratios):.3f}, from {min(ratios):.3f} to {max(ratios):.3f}")


if __name__ == "__main__":
    main()
