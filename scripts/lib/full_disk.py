"""Fills the disk of a server on SQLite while it writes, frees space again, and checks that it behaved correctly.

Two disks: a tmpfs of 8 MiB, if this user can mount one, and a limit on file size, which anybody can set. On each
  * any write that finds no space is answered 503 with a SCIM error and Retry-After;
  * reads continue, and so does the process;
  * writes succeed again as soon as there is space, without a restart;
  * everything acknowledged is present, what was refused was applied completely or not at all, and the file passes scripts/lib/invariants.py.

    python3 scripts/lib/full_disk.py --binary target/release/provost

Prints `skipped: ...` for a disk that is not available, then `N passed, N failed`. The checks are first run on a server that breaks each of them.
"""

import argparse
import concurrent.futures
import http.client
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import invariants

USER = "urn:ietf:params:scim:schemas:core:2.0:User"
PATCH = "urn:ietf:params:scim:api:messages:2.0:PatchOp"
ERROR = "urn:ietf:params:scim:api:messages:2.0:Error"
SMALL_MIB = 8
CLIENTS = 8


class Tmpfs:
    name = f"tmpfs of {SMALL_MIB} MiB"

    def __init__(self, folder):
        self.folder = folder
        self.mount = [] if os.geteuid() == 0 else ["sudo", "-n"]
        self.run("mount", "-t", "tmpfs", "-o", f"size={SMALL_MIB}m", "provost-test", str(folder))

    def run(self, *command):
        done = subprocess.run([*self.mount, *command], capture_output=True, text=True)
        if done.returncode != 0:
            raise OSError(done.stderr.strip() or f"{command[0]} failed")

    def command(self, binary):
        return [binary, "serve"]

    def grow(self, _process):
        self.run("mount", "-o", f"remount,size={8 * SMALL_MIB}m", str(self.folder))

    def free(self):
        self.run("umount", "-l", str(self.folder))


class FileLimit:
    """SQLite gets `file too large` where a full disk gives `no space left`: an I/O error, which must make no difference."""

    name = f"files of at most {SMALL_MIB // 2} MiB"

    def __init__(self, _folder):
        if not shutil.which("prlimit"):
            raise OSError("prlimit is not installed")

    def command(self, binary):
        # the accompanying signal would end the process
        return ["bash", "-c", f"trap '' XFSZ; ulimit -S -f {SMALL_MIB // 2 * 1024}; exec \"$0\" serve", binary]

    def grow(self, process):
        subprocess.run(["prlimit", "--pid", str(process.pid), "--fsize=unlimited"], check=True)

    def free(self):
        pass


class Server:
    def __init__(self, binary, disk, folder):
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        clean = {k: v for k, v in os.environ.items() if not k.startswith("PROVOST_")}
        self.file = folder / "provost.db"
        self.env = {**clean, "PROVOST_DATABASE": f"sqlite:{self.file}", "PROVOST_LISTEN": f"127.0.0.1:{self.port}", "PROVOST_LIMIT_REQUESTS": "1000000"}
        self.env["PROVOST_PRINT_TOKEN"] = "true"
        self.binary, self.disk, self.token = binary, disk, None
        self.log = tempfile.TemporaryFile()

    def start(self, command=None):
        self.process = subprocess.Popen(command or self.disk.command(self.binary), env=self.env, stdout=self.log, stderr=self.log)
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            try:
                if self.ask("GET", "/readyz", base="")[0] == 200:
                    break
            except OSError:
                time.sleep(0.02)
            if self.process.poll() is not None:
                raise SystemExit(f"the server exited: {self.text()}")
        if self.token is None:
            self.token = self.text().split("Secret Token:")[1].split()[0]

    def text(self):
        self.log.seek(0)
        return self.log.read().decode(errors="replace")

    def stop(self):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            self.process.wait(60)

    def ask(self, method, path, body=None, base="/scim/v2"):
        """Status, JSON and Retry-After."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        headers = {"Content-Type": "application/scim+json"}
        if self.token:
            headers["Authorization"] = f"Bearer {self.token}"
        connection.request(method, base + path, json.dumps(body) if body else None, headers)
        answer = connection.getresponse()
        text = answer.read()
        return answer.status, json.loads(text) if text.startswith(b"{") else {}, answer.getheader("Retry-After")

    def command(self, *arguments):
        return json.loads(subprocess.run([self.binary, *arguments], env=self.env, stdout=subprocess.PIPE, check=True).stdout)


def user(name):
    # large, so that the disk fills quickly
    return {"schemas": [USER], "userName": name, "active": True, "title": "x" * 20_000}


def refusal(answer):
    """What is wrong with the answer to a write that found no space."""
    status, body, retry = answer
    if status != 503:
        return f"status {status}: {str(body)[:200]}"
    if body.get("schemas") != [ERROR] or body.get("status") != "503" or not body.get("detail"):
        return f"no SCIM error: {str(body)[:200]}"
    if not retry:
        return "no Retry-After"
    return None


def play(server, disk):
    """Yields the name of each check and what is wrong with it, if anything."""
    made, refused = {}, None

    def fill(client):
        for n in range(1_000):
            name = f"user-{client}-{n}"
            answer = server.ask("POST", "/Users", user(name))
            if answer[0] != 201:
                return answer
            made[name] = answer[1]["id"]
        return None

    # many at once share a commit, and space runs out in the middle of it
    with concurrent.futures.ThreadPoolExecutor(CLIENTS) as clients:
        answers = list(clients.map(fill, range(CLIENTS)))
    wrong_ones = [answer for answer in answers if answer and refusal(answer)]
    refused = next(iter(wrong_ones or [answer for answer in answers if answer]), None)
    if refused is None or not made:
        yield "the disk fills", f"{len(made)} users fit"
        return
    ids = list(made.values())
    yield "a create without space is refused", refusal(refused)
    rename = {"schemas": [PATCH], "Operations": [{"op": "replace", "path": "title", "value": "y" * 20_000}]}
    # whatever still fits is accepted: a batch that was rolled back, or a log that restarts, leaves space
    wrong, refusals, titles = None, 0, {}
    for n in range(2_000):
        if refusals >= 10:
            break
        late, id_ = f"late{n}", ids[n % len(ids)]
        for method, path, body in (("PATCH", f"/Users/{id_}", rename), ("POST", "/Users", user(late))):
            answer = server.ask(method, path, body)
            if answer[0] == 201:
                made[late] = answer[1]["id"]
            elif answer[0] == 200:
                titles[id_] = "y" * 20_000
            else:
                refusals, wrong = refusals + 1, wrong or refusal(answer)
    yield "so is every later write that does not fit", wrong if wrong or refusals >= 10 else f"only {refusals} were refused"

    def reads():
        status, body, _ = server.ask("GET", f"/Users/{ids[0]}")
        found = server.ask("GET", f'/Users?filter=userName%20eq%20%22{list(made)[-1]}%22')
        page = server.ask("GET", "/Users?count=10")
        ok = (status, found[0], page[0]) == (200, 200, 200) and body["id"] == ids[0] and found[1].get("totalResults") == 1
        return None if ok else f"{status} {found[0]} {page[0]}"

    yield "reads continue", reads()
    yield "the process keeps running", None if server.ask("GET", "/healthz", base="")[0] == 200 else "it does not"
    disk.grow(server.process)
    deadline, status = time.monotonic() + 5, 0
    while status != 201 and time.monotonic() < deadline:
        status, body, _ = server.ask("POST", "/Users", user("healed"))
    yield "writes recover", None if status == 201 else f"status {status} five seconds after space was freed"
    made["healed"] = body.get("id")
    changed = server.ask("PATCH", f"/Users/{ids[0]}", rename)[0]
    yield "so do changes", None if changed in (200, 204) else f"status {changed}"

    titles[ids[0]] = "y" * 20_000
    yield "nothing acknowledged is lost", audit(server, made, titles)
    server.stop()
    server.start([server.binary, "serve"])
    yield "nor after a restart", audit(server, made, titles)


def audit(server, made, titles):
    """What differs from what was acknowledged."""
    users, start = {}, 1
    while True:
        page = server.ask("GET", f"/Users?startIndex={start}&count=1000&attributes=userName,title")[1]
        users.update({one["userName"]: one for one in page["Resources"]})
        start += len(page["Resources"])
        if not page["Resources"] or start > page["totalResults"]:
            break
    missing = [name for name, id_ in made.items() if users.get(name, {}).get("id") != id_]
    if missing:
        return f"missing: {missing[:5]}"
    if len(users) != page["totalResults"]:
        return f"{len(users)} users, but the total is {page['totalResults']}"
    undone = [one["userName"] for one in users.values() if one["id"] in titles and one["title"] != titles[one["id"]]]
    if undone:
        return f"acknowledged changes are missing: {undone[:5]}"
    torn = [name for name, one in users.items() if one.get("title") not in ("x" * 20_000, "y" * 20_000)]
    if torn:
        return f"half written: {torn[:5]}"
    members = {member["userName"] for member in server.command("members", "list", "--org", "default", "--json")}
    if members != set(users):
        return f"users without a membership, or the reverse: {sorted(members ^ set(users))[:5]}"
    return "; ".join(invariants.check(server.file)) or None


class Broken:
    """A server that accepts one user, answers the rest with `refused`, and gets everything else wrong."""

    process = None
    binary = "true"

    def __init__(self, refused):
        self.refused, self.asked = refused, 0

    def ask(self, method, path, body=None, base="/scim/v2"):
        self.asked += 1
        return (201, {"id": "1"}, None) if self.asked == 1 else self.refused if method != "GET" else (500, {"Resources": [], "totalResults": 0}, None)

    def stop(self):
        pass

    def start(self, command=None):
        pass


def self_test():
    """Every check fails on a server that gets everything wrong, and every wrong kind of refusal is noticed."""

    class NoDisk:
        def grow(self, _process):
            pass

    right = (503, {"schemas": [ERROR], "status": "503", "detail": "d"}, "1")
    wrong = [(500, *right[1:]), (503, {}, "1"), (503, {**right[1], "detail": ""}, "1"), (503, right[1], None)]
    missed = [str(answer) for answer in wrong if refusal(answer) is None] + (["a correct one"] if refusal(right) else [])
    missed += [name for name, fault in play(Broken((500, {}, None)), NoDisk()) if fault is None]
    return missed


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--binary", required=True)
    given = parser.parse_args()
    binary = str(Path(given.binary).resolve())
    missed = self_test()
    print(f"{'FAIL' if missed else 'ok  '} planted faults are noticed" + "".join(f"\n     {name}" for name in missed))
    passed, failed = int(not missed), int(bool(missed))
    for kind in (Tmpfs, FileLimit):
        with tempfile.TemporaryDirectory(prefix="provost-disk-") as folder:
            try:
                disk = kind(Path(folder))
            except OSError as error:
                print(f"skipped: full disk, {kind.name}: {error}")
                continue
            server = Server(binary, disk, Path(folder))
            try:
                server.start()
                for name, fault in play(server, disk):
                    print(f"{'FAIL' if fault else 'ok  '} {kind.name}: {name}" + (f"\n     {fault}" if fault else ""), flush=True)
                    passed, failed = passed + (not fault), failed + bool(fault)
            finally:
                server.stop()
                disk.free()
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
