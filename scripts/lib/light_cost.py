"""Measures what the light of the Auth page costs provisioning: puts the same load on two servers in turn. On one of them, browsers have the page
open and ask for its part that refreshes itself every five seconds, as the script does.

    python3 scripts/lib/light_cost.py target/release/provost --rounds 8 --seconds 10

Prints the figures that `paired_load.py` compares, the medians of the rounds, and their ratios; and the processor time of one such request to a
server that does nothing else.
"""

import argparse
import http.client
import os
import tempfile
import threading
import urllib.parse

import paired_load
from crash_loop import Server

# how many browsers have the page open, and how often each asks
PAGES, EVERY_S = 20, 5
# how many requests are measured by themselves
LOOKS = 500


class Watching(threading.Thread):
    """One owner's browsers, which have the page open."""

    def __init__(self, server):
        super().__init__(daemon=True)
        self.server, self.done, self.seen = server, threading.Event(), 0
        path = urllib.parse.urlparse(server.command("setup-link").split()[-1]).path
        fields = {"name": "Ines Falk", "email": "ines.falk@example.com", "password": "a long enough sentence", "organisation": "Default", "slug": "default"}
        status, headers, text = self.ask("POST", path, urllib.parse.urlencode(fields))
        if status != 303:
            raise SystemExit(f"the set-up was answered with {status}: {text}")
        self.cookie = headers["Set-Cookie"].split(";")[0]

    def ask(self, method, path, body=None, cookie=None):
        connection = http.client.HTTPConnection("127.0.0.1", self.server.port, timeout=30)
        headers = {"Content-Type": "application/x-www-form-urlencoded", "Sec-Fetch-Site": "same-origin"}
        if cookie:
            headers["Cookie"] = cookie
        connection.request(method, path, body, headers)
        answer = connection.getresponse()
        return answer.status, answer.headers, answer.read()

    def look(self):
        status, _, text = self.ask("GET", "/settings/default/auth/live/", cookie=self.cookie)
        if status != 200 or b"heard" not in text:
            print(f"the page was answered with {status}", flush=True)
            os._exit(1)
        self.seen += 1

    def run(self):
        while not self.done.wait(EVERY_S / PAGES):
            self.look()


def main():
    options = paired_load.options(argparse.ArgumentParser())
    with tempfile.TemporaryDirectory() as folder:
        servers, watching = {}, None
        try:
            for name in ("watched", "without"):
                os.mkdir(f"{folder}/{name}")
                server = Server(options.binary, f"sqlite:{folder}/{name}/provost.db", f"{folder}/{name}/log")
                server.start()
                servers[name] = (server, server.command("token", "create", "--org", "default").strip())
                if name == "watched":
                    watching = Watching(server)
                    watching.start()
            paired_load.compare(servers, options.rounds, options.seconds, options.clients)
            watching.done.set()
            watching.join()
            print(f"the page was asked for {watching.seen} times by {PAGES} browsers")
            server = servers["watched"][0]
            before = paired_load.processor_time(server.process)
            for _ in range(LOOKS):
                watching.look()
            spent = (paired_load.processor_time(server.process) - before) * 1000 / LOOKS
            print(f"one request takes {spent:.2f} ms of processor time, so an open page {spent / EVERY_S / 10:.3f} % of one processor")
        finally:
            if watching:
                watching.done.set()
            for server, _ in servers.values():
                server.kill()


if __name__ == "__main__":
    main()
