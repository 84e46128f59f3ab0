"""Measures what invitations cost provisioning: puts the same load on two servers in turn, only one of which invites the people it is sent. The
mail server is down, as in the first minutes of a bad day.

    python3 scripts/lib/mail_cost.py target/release/provost --rounds 8 --seconds 10

Prints the figures that `paired_load.py` compares, the medians of the rounds, and their ratios.
"""

import argparse
import os
import sqlite3
import tempfile

import paired_load
from crash_loop import Server, free_port


def main():
    options = paired_load.options(argparse.ArgumentParser())
    with tempfile.TemporaryDirectory() as folder:
        servers = {}
        try:
            for name, mode in (("inviting", "assignment"), ("without", "off")):
                os.mkdir(f"{folder}/{name}")
                server = Server(options.binary, f"sqlite:{folder}/{name}/provost.db", f"{folder}/{name}/log")
                # nothing listens there
                server.env |= {"PROVOST_SMTP": f"smtp://127.0.0.1:{free_port()}?tls=none", "PROVOST_MAIL_FROM": "no-reply@example.com"}
                server.start()
                servers[name] = (server, server.command("token", "create", "--org", "default").strip())
                server.command("org", "update", "default", "--invitations", mode)
            paired_load.compare(servers, options.rounds, options.seconds, options.clients)
            for name, (server, _) in servers.items():
                print(f"{name}: {sqlite3.connect(server.file).execute('select count(*) from outbox').fetchone()[0]} mails wait")
        finally:
            for server, _ in servers.values():
                server.kill()


if __name__ == "__main__":
    main()
