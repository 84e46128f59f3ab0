"""Makes the database server fail under the built server in every way, and checks what clients see of it.

Each fault is caused while clients write and read:
  * all answers are 200, 201, 404 or 503, and each 503 has Retry-After;
  * every user whose creation was acknowledged is there afterwards, and none whose creation was refused by a fault that wrote nothing;
  * `/healthz` answers throughout, within seconds;
  * requests are answered again within five seconds of the database's return, without a restart.

    source scripts/lib/postgres.sh && postgres_start
    python3 scripts/lib/postgres_faults.py --binary target/release/provost --cluster "$postgres_dir" --programs "$(postgres_bin)"

Prints a line for each fault, then `N passed, N failed`: one check for each fault, and one for a planted fault that must be noticed.
"""

import argparse
import atexit
import json
import os
import pathlib
import re
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.parse

from crash_loop import USER, Server

HEALED_S = 5
# A request may take eight seconds on the database after waiting three for a connection.
LONGEST_S = 15
WRITERS = 4
COMMIT = b"Q\0\0\0\x0bCOMMIT\0"
PASSWORD = "faults-secret"


class Cluster:
    """The database server, as its operating system sees it."""

    def __init__(self, folder, programs, url, data=None):
        self.data, self.programs, self.folder = data or f"{folder}/data", programs, folder
        self.url = urllib.parse.urlsplit(url)
        # the options with which it was started
        self.options = " ".join(pathlib.Path(f"{self.data}/postmaster.opts").read_text().split()[1:]).replace('"', "")

    def as_user(self, *command):
        user = ["runuser", "-u", "postgres", "--"] if os.getuid() == 0 else []
        subprocess.run([*user, *command], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def stop(self, mode):
        self.as_user(f"{self.programs}/pg_ctl", "--pgdata", self.data, "--mode", mode, "--wait", "stop")

    def start(self):
        options = re.sub(r"-D \S+|--pgdata[= ]\S+", "", self.options)
        log = f"{self.folder}/server.log"
        self.as_user(f"{self.programs}/pg_ctl", "--pgdata", self.data, "--log", log, "--wait", "--options", options, "start")

    def processes(self):
        """The postmaster and its children."""
        parent = int(pathlib.Path(f"{self.data}/postmaster.pid").read_text().split()[0])
        children = pathlib.Path(f"/proc/{parent}/task/{parent}/children").read_text().split()
        return [parent, *map(int, children)]

    def signal(self, what):
        for process in self.processes():
            try:
                os.kill(process, what)
            except ProcessLookupError:
                pass

    def sql(self, statement, database="postgres"):
        environment = dict(os.environ, PGPASSWORD=self.url.password)
        command = ["psql", "-qtAX", "-h", self.url.hostname, "-p", str(self.url.port), "-U", self.url.username, "-d", database, "-c", statement]
        return subprocess.run(command, env=environment, check=True, capture_output=True, text=True).stdout.strip()


class Disk:
    """A small disk for the tables. The write-ahead log is elsewhere: if its disk is full, PostgreSQL shuts down, which is the fault `stopped`."""

    LARGE_KIB = 512 * 1024

    def __init__(self, cluster):
        self.cluster, self.folder, self.clause, self.missing = cluster, f"{cluster.folder}/disk", "", None
        self.sudo = [] if os.geteuid() == 0 else ["sudo", "-n"]
        os.mkdir(self.folder)
        try:
            self.run("mount", "-t", "tmpfs", "-o", f"size={self.LARGE_KIB}k", "provost-test", self.folder)
        except (OSError, subprocess.CalledProcessError) as e:
            self.missing = (getattr(e, "stderr", None) or str(e)).strip()
            return
        # in any case, since otherwise the folder could not be removed
        atexit.register(self.run, "umount", "--lazy", self.folder)
        owner = os.stat(cluster.data)
        self.run("chown", f"{owner.st_uid}:{owner.st_gid}", self.folder)
        cluster.sql(f"create tablespace faults location '{self.folder}'")
        self.clause = "tablespace faults"

    def run(self, *command):
        subprocess.run([*self.sudo, *command], check=True, capture_output=True, text=True)

    def fill(self):
        """Shrinks the disk to its contents and room for a few users."""
        there = os.statvfs(self.folder)
        used = (there.f_blocks - there.f_bfree) * there.f_frsize // 1024
        self.run("mount", "-o", f"remount,size={used + 256}k", self.folder)

    def grow(self):
        self.run("mount", "-o", f"remount,size={self.LARGE_KIB}k", self.folder)



class Proxy:
    """Sits between server and database, and can delay, cut and swallow."""

    def __init__(self, host, port):
        self.target, self.mode, self.delay_s = (host, port), None, 0.0
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port, self.open = self.listener.getsockname()[1], set()
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            client, _ = self.listener.accept()
            try:
                server = socket.create_connection(self.target)
            except OSError:
                client.close()
                continue
            for one in (client, server):
                one.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            pair = (client, server)
            self.open.add(pair)
            state = {"commit": False}
            threading.Thread(target=self.pass_on, args=(client, server, pair, True, state), daemon=True).start()
            threading.Thread(target=self.pass_on, args=(server, client, pair, False, state), daemon=True).start()

    def pass_on(self, source, target, pair, is_client, state):
        try:
            while some := source.recv(65536):
                if self.delay_s:
                    time.sleep(self.delay_s)
                ends = is_client and some.endswith(COMMIT)
                if self.mode == "commit lost" and ends:
                    break
                if self.mode == "commit unheard":
                    if ends:
                        state["commit"] = True
                    elif not is_client and state["commit"]:
                        break
                while self.mode == "silence":
                    time.sleep(0.05)
                target.sendall(some)
        except OSError:
            pass
        self.cut(pair)

    def cut(self, pair):
        self.open.discard(pair)
        for one in pair:
            try:
                one.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass
            one.close()

    def cut_all(self):
        for pair in list(self.open):
            self.cut(pair)


class Clients:
    """Write and read until stopped, and remember the answers."""

    def __init__(self, server, token):
        self.server, self.token, self.running = server, token, True
        self.acknowledged, self.refused, self.wrong, self.answers, self.slowest = [], [], [], {}, 0.0
        self.lock, self.turn = threading.Lock(), 0
        self.threads = [threading.Thread(target=self.write) for _ in range(WRITERS)]
        self.threads.append(threading.Thread(target=self.probe))
        for thread in self.threads:
            thread.start()

    def write(self):
        while self.running:
            with self.lock:
                self.turn += 1
                name = f"fault-{self.turn}-{time.monotonic_ns()}"
            status, headers = self.ask("POST", "/Users", {"schemas": [USER], "userName": name, "active": True})
            with self.lock:
                self.answers[status] = self.answers.get(status, 0) + 1
                if status == 201:
                    self.acknowledged.append(name)
                elif status == 503 and headers.get("retry-after"):
                    self.refused.append(name)
                else:
                    self.wrong.append(f"{status} for a creation")
            if status != 201:
                time.sleep(0.05)

    def probe(self):
        while self.running:
            begun = time.monotonic()
            status, _ = self.ask("GET", "/healthz", base="")
            took = time.monotonic() - begun
            self.slowest = max(self.slowest, took)
            if status != 200 or took > 5:
                self.wrong.append(f"/healthz: {status} after {took:.1f} s")
            time.sleep(0.2)

    def ask(self, method, path, body=None, base="/scim/v2"):
        import http.client

        connection = http.client.HTTPConnection("127.0.0.1", self.server.port, timeout=LONGEST_S * 2)
        try:
            headers = {"Content-Type": "application/scim+json", "Authorization": f"Bearer {self.token}"}
            connection.request(method, base + path, json.dumps(body) if body else None, headers)
            answer = connection.getresponse()
            answer.read()
            return answer.status, {name.lower(): value for name, value in answer.getheaders()}
        except (OSError, http.client.HTTPException) as e:
            return f"no answer ({type(e).__name__})", {}
        finally:
            connection.close()

    def heal(self):
        """The seconds until a write succeeds again."""
        begun = time.monotonic()
        while time.monotonic() < begun + LONGEST_S:
            name = f"healed-{time.monotonic_ns()}"
            if self.ask("POST", "/Users", {"schemas": [USER], "userName": name})[0] == 201:
                return time.monotonic() - begun
            time.sleep(0.02)
        return None

    def stop(self):
        self.running = False
        for thread in self.threads:
            thread.join()


def names(cluster, database):
    rows = cluster.sql("select doc::json->>'userName' from scim_document", database)
    return set(rows.splitlines())


def play(fault, cluster, proxy, server, token, database, disk):
    """Causes a fault under load; returns what was wrong."""
    clients = Clients(server, token)
    time.sleep(0.5)
    wrote_nothing = False
    if fault == "stopped":
        cluster.stop("immediate")
        time.sleep(4)
        cluster.start()
    elif fault == "restarted":
        cluster.stop("fast")
        cluster.start()
    elif fault == "frozen":
        cluster.signal(signal.SIGSTOP)
        time.sleep(10)
        cluster.signal(signal.SIGCONT)
    elif fault == "silent network":
        proxy.mode = "silence"
        time.sleep(10)
        proxy.mode = None
        proxy.cut_all()
    elif fault == "cut connections":
        for _ in range(20):
            proxy.cut_all()
            time.sleep(0.1)
    elif fault == "50 ms each way":
        proxy.delay_s = 0.05
        time.sleep(4)
        proxy.delay_s = 0.0
    elif fault in ("commit lost", "commit unheard"):
        proxy.mode = fault
        time.sleep(2)
        proxy.mode = None
        wrote_nothing = fault == "commit lost"
    elif fault == "no connections":
        # our connections are cut, and no new one is allowed
        limit = cluster.sql("show max_connections")
        cluster.sql(f"alter database {database} connection limit 0")
        cluster.sql(f"select pg_terminate_backend(pid) from pg_stat_activity where datname = '{database}'")
        time.sleep(3)
        cluster.sql(f"alter database {database} connection limit {limit}")
    elif fault == "disk full":
        wrote_nothing = True
        disk.fill()
        time.sleep(4)
        disk.grow()
    elif fault == "planted":
        clients.acknowledged.append("somebody who is not there")
    healed = clients.heal()
    clients.stop()
    there = names(cluster, database)
    lost = [name for name in clients.acknowledged if name not in there]
    ghosts = [name for name in clients.refused if name in there] if wrote_nothing else []
    wrong = list(dict.fromkeys(clients.wrong))[:5]
    if lost:
        wrong.append(f"{len(lost)} acknowledged users are lost")
    if ghosts:
        wrong.append(f"{len(ghosts)} refused users are there")
    if healed is None or healed > HEALED_S:
        wrong.append(f"healed after {healed and round(healed, 1)} s")
    if fault not in ("50 ms each way", "planted", "restarted") and 503 not in clients.answers:
        wrong.append("the fault was not felt: no 503")
    counted = ", ".join(f"{n} x {status}" for status, n in sorted(clients.answers.items(), key=str))
    print(f"{fault}: {counted}; healed in {healed or 0:.2f} s; /healthz at most {clients.slowest:.2f} s; {'; '.join(wrong) or 'fine'}", flush=True)
    return wrong


FAULTS = [
    "stopped", "restarted", "frozen", "silent network", "cut connections", "50 ms each way", "commit lost", "commit unheard", "no connections",
    "disk full",
]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--binary", required=True)
    parser.add_argument("--cluster", required=True)
    parser.add_argument("--programs", required=True)
    parser.add_argument("faults", nargs="*", default=FAULTS)
    arguments = parser.parse_args()
    url = os.environ["PROVOST_TEST_POSTGRES"]
    for name in [name for name in os.environ if name.startswith("PROVOST_")]:
        del os.environ[name]
    cluster = Cluster(arguments.cluster, arguments.programs, url)
    database, role, passed, failed = f"faults_{os.getpid()}", f"faults_{os.getpid()}", 0, 0
    # an ordinary role, for which no connections are reserved
    cluster.sql(f"create role {role} login password '{PASSWORD}'")
    disk = Disk(cluster)
    cluster.sql(f"create database {database} owner {role} {disk.clause}")
    proxy = Proxy(cluster.url.hostname, cluster.url.port)
    with tempfile.TemporaryDirectory(prefix="provost-faults-") as folder:
        server = Server(arguments.binary, f"postgres://{role}:{PASSWORD}@127.0.0.1:{proxy.port}/{database}", f"{folder}/server.log")
        try:
            server.start()
            token = server.command("token", "create", "--org", "default").strip()
            for fault in [*arguments.faults, "planted"]:
                if fault == "disk full" and disk.missing:
                    print(f"skipped: PostgreSQL with a full disk: {disk.missing}")
                    continue
                wrong = play(fault, cluster, proxy, server, token, database, disk)
                if wrong and fault != "planted":
                    log = pathlib.Path(f"{folder}/server.log").read_text(errors="replace").splitlines()
                    print(*[line for line in log if "ERROR" in line or "status=429" in line][-3:], sep="\n", flush=True)
                good = bool(wrong) == (fault == "planted")
                passed, failed = passed + good, failed + (not good)
            sound = server.command("check").strip() == "no faults"
            passed, failed = passed + sound, failed + (not sound)
        finally:
            server.kill()
        # whatever failed, the log does not say how to connect
        is_silent = PASSWORD not in pathlib.Path(f"{folder}/server.log").read_text(errors="replace")
        passed, failed = passed + is_silent, failed + (not is_silent)
        if not is_silent:
            print("FAIL the log shows the password of the database")
    cluster.sql(f"drop database {database}")
    cluster.sql(f"drop role {role}")
    print(f"{passed} passed, {failed} failed")
    return failed != 0


if __name__ == "__main__":
    sys.exit(main())
