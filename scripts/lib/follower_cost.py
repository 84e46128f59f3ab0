"""Measures what sealing costs writers: puts the same load on two servers in turn, only one of which seals.

    python3 scripts/lib/follower_cost.py target/release/provost --rounds 8 --seconds 10

This program keeps the other server from sealing by holding the lease in its database. Each round creates users over several connections, for the
same number of seconds, and the order alternates. Prints the figures that `paired_load.py` compares, the medians of the rounds, and their ratios.
"""

import argparse
import os
import sqlite3
import tempfile
import threading
import time

import paired_load
from crash_loop import Server


class Held(threading.Thread):
    """Holds the follower's lease, and renews it long before it ends."""

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


def main():
    options = paired_load.options(argparse.ArgumentParser())
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
            paired_load.compare(servers, options.rounds, options.seconds, options.clients)
            seals = {name: sqlite3.connect(server.file).execute("select count(*) from seal").fetchone()[0] for name, (server, _) in servers.items()}
        finally:
            held.done.set()
            for server, _ in servers.values():
                server.kill()
    print(f"seals: {seals}")


if __name__ == "__main__":
    main()
