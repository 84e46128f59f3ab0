"""Checks which database servers the built binary uses and which it refuses, with real servers instead of stand-ins.

  * TLS with `sslmode=verify-full` and a private authority: a certificate for another host or from another authority is refused; with the right
    one it serves and answers SCIM requests, over TLS;
  * a standby is refused; given with its primary, the primary is used; once promoted, it is used on its own.

Refused means: `serve`, `migrate` and `org list` end with exit code 1 and one sentence that contains no password.

    source scripts/lib/postgres.sh && postgres_start
    python3 scripts/lib/postgres_targets.py --binary target/release/provost --cluster "$postgres_dir" --programs "$(postgres_bin)"

Each refusal has a counterpart that differs only in what was wrong. Seen to fail: with `verify-full` taken for `no-verify`, and for `verify-ca`;
without the check for a standby. Prints a line for each check, then `N passed, N failed`.
"""

import argparse
import os
import pathlib
import subprocess
import sys
import tempfile
import time

from crash_loop import USER, Server, free_port
from postgres_faults import Cluster

PASSWORD = "targets-secret"
# A refused start takes eight seconds at most.
LONG_S = 15
COMMANDS = (("serve",), ("migrate",), ("org", "list"))


def openssl(*arguments):
    subprocess.run(["openssl", *arguments], check=True, capture_output=True)


class Authority:
    """An authority that signs certificates, in a folder."""

    def __init__(self, folder, name):
        self.folder, self.name = folder, name
        openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", f"/CN={name}",
                "-addext", "basicConstraints=critical,CA:TRUE", "-keyout", f"{folder}/{name}.key", "-out", f"{folder}/{name}.pem")

    def sign(self, host):
        """The paths of certificate and key."""
        base = f"{self.folder}/{self.name}-{host}"
        pathlib.Path(f"{base}.ext").write_text(f"subjectAltName=DNS:{host}\n")
        openssl("req", "-newkey", "rsa:2048", "-nodes", "-subj", f"/CN={host}", "-keyout", f"{base}.key", "-out", f"{base}.csr")
        openssl("x509", "-req", "-in", f"{base}.csr", "-CA", f"{self.folder}/{self.name}.pem", "-CAkey", f"{self.folder}/{self.name}.key",
                "-CAcreateserial", "-days", "2", "-extfile", f"{base}.ext", "-out", f"{base}.pem")
        return f"{base}.pem", f"{base}.key"


class Targets:
    def __init__(self, binary, cluster, folder):
        self.binary, self.cluster, self.folder = binary, cluster, folder
        self.passed = self.failed = self.databases = 0

    def check(self, name, wrong):
        print(f"{'FAIL' if wrong else 'ok  '} {name}" + (f"\n     {wrong}" if wrong else ""), flush=True)
        self.passed, self.failed = self.passed + (not wrong), self.failed + bool(wrong)

    def database(self):
        """A new database with its own role."""
        self.databases += 1
        name = f"targets_{os.getpid()}_{self.databases}"
        self.cluster.sql(f"create role {name} login password '{PASSWORD}'")
        self.cluster.sql(f"create database {name} owner {name}")
        return name

    def drop(self, name):
        self.cluster.sql(f"drop database {name} with (force)")
        self.cluster.sql(f"drop role {name}")

    def refused(self, name, url, says):
        for command in COMMANDS:
            environment = dict(os.environ, PROVOST_DATABASE=url, PROVOST_LISTEN=f"127.0.0.1:{free_port()}")
            try:
                done = subprocess.run([self.binary, *command], env=environment, capture_output=True, text=True, timeout=LONG_S)
            except subprocess.TimeoutExpired:
                self.check(f"{name}: `{' '.join(command)}` is refused", f"it still runs after {LONG_S} s")
                continue
            sentences = [line for line in done.stderr.splitlines() if line.startswith("error: ")]
            wrong = []
            if done.returncode != 1:
                wrong.append(f"exit code {done.returncode}")
            if len(sentences) != 1 or says not in sentences[0]:
                wrong.append(f"`{says}` is not what it says: {done.stderr[-500:]}")
            if done.stdout:
                wrong.append(f"it printed {done.stdout[:200]}")
            if PASSWORD in done.stderr:
                wrong.append("it shows the password")
            self.check(f"{name}: `{' '.join(command)}` is refused", "; ".join(wrong))

    def served(self, name, url, database, judge, cluster=None):
        """The server starts, and a user created over HTTP is in the database; `judge` says what else is wrong while it runs."""
        server = Server(self.binary, url, f"{self.folder}/server.log")
        wrong = []
        try:
            server.start()
            token = server.command("token", "create", "--org", "default").strip()
            status, made = server.call("POST", "/Users", {"schemas": [USER], "userName": "ann"}, token)
            got, user = server.call("GET", f"/Users/{made['id']}", None, token) if status == 201 else (0, None)
            if (status, got) != (201, 200) or user["userName"] != "ann":
                wrong.append(f"answers {status} and {got}")
            rows = (cluster or self.cluster).sql("select count(*) from scim_resource", database)
            if rows != "1":
                wrong.append(f"{rows} users in the database")
            wrong.append(judge())
        except SystemExit as e:
            wrong.append(str(e))
        finally:
            server.kill()
        if PASSWORD in pathlib.Path(f"{self.folder}/server.log").read_text(errors="replace"):
            wrong.append("the log shows the password")
        self.check(f"{name}: it serves", "; ".join(filter(None, wrong)))

    def encryption(self):
        """A certificate for another host, one from another authority, and the right one."""
        ours, theirs = Authority(self.folder, "ours"), Authority(self.folder, "theirs")
        name = self.database()
        place, port = f"postgres://{name}:{PASSWORD}@localhost", self.cluster.url.port
        trusted = f"sslrootcert={self.folder}/ours.pem"
        full = f"{place}:{port}/{name}?sslmode=verify-full&{trusted}"

        def encrypted():
            kinds = self.cluster.sql(f"select distinct ssl from pg_stat_activity join pg_stat_ssl using (pid) where usename = '{name}'")
            return "" if kinds == "t" else f"connections with and without TLS: {kinds}"

        self.show(theirs.sign("localhost"))
        self.refused("another authority", full, f"localhost:{port}")
        self.show(ours.sign("other.example"))
        self.refused("another host", full, f"localhost:{port}")
        # neither was refused for another reason
        self.served("another host, `verify-ca`", full.replace("verify-full", "verify-ca"), name, encrypted)
        self.drop(name)
        name = self.database()
        self.show(theirs.sign("localhost"))
        anybody = f"postgres://{name}:{PASSWORD}@localhost:{port}/{name}?sslmode=no-verify"
        self.served("another authority, `no-verify`", anybody, name, encrypted)
        self.drop(name)
        name = self.database()
        self.show(ours.sign("localhost"))
        full = f"postgres://{name}:{PASSWORD}@localhost:{port}/{name}?sslmode=verify-full&{trusted}"
        self.served("the right certificate, `verify-full`", full, name, encrypted)
        self.drop(name)
        self.cluster.sql("alter system reset all")
        self.cluster.sql("select pg_reload_conf()")

    def show(self, files):
        """Makes the server use this certificate from now on."""
        for kind, source in zip(("cert", "key"), files):
            # in its own folder, readable only by its own user
            target = f"{self.cluster.data}/{pathlib.Path(source).name}"
            pathlib.Path(target).write_bytes(pathlib.Path(source).read_bytes())
            os.chmod(target, 0o600)
            if os.getuid() == 0:
                owner = os.stat(self.cluster.data)
                os.chown(target, owner.st_uid, owner.st_gid)
            self.cluster.sql(f"alter system set ssl_{kind}_file = '{target}'")
        self.cluster.sql("alter system set ssl = on")
        self.cluster.sql("select pg_reload_conf()")
        deadline = time.monotonic() + 20
        while self.cluster.sql("select current_setting('ssl') || current_setting('ssl_cert_file')") != f"on{self.cluster.data}/{pathlib.Path(files[0]).name}":
            if time.monotonic() > deadline:
                raise SystemExit("the server does not take the certificate: see its log")
            time.sleep(0.05)

    def standby(self):
        name = self.database()
        data, port = f"{self.cluster.folder}/standby", free_port()
        url = self.cluster.url
        # `-R` records which server to follow
        source = f"host={url.hostname} port={url.port} user={url.username} password={url.password}"
        self.cluster.as_user(f"{self.cluster.programs}/pg_basebackup", "-d", source, "-D", data, "-R", "-X", "stream", "-c", "fast", "--no-sync")
        options = f"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories={self.cluster.folder} -c max_connections=200 -c fsync=off"
        control = (f"{self.cluster.programs}/pg_ctl", "--pgdata", data, "--wait")
        self.cluster.as_user(*control, "--log", f"{self.cluster.folder}/standby.log", "--options", options, "start")
        try:
            own = url._replace(netloc=f"{url.username}:{url.password}@127.0.0.1:{port}").geturl()
            copy = Cluster(self.cluster.folder, self.cluster.programs, own, data)
            alone, primary = f"127.0.0.1:{port}", f"127.0.0.1:{url.port}"
            address = f"postgres://{name}:{PASSWORD}@"
            self.refused("a standby", f"{address}{alone}/{name}", "the server is a standby, which takes no writes: name the primary")
            self.served("a standby and its primary", f"{address}{alone},{primary}/{name}", name, lambda: "")
            copy.as_user(*control, "promote")
            copy.sql("delete from scim_document; delete from scim_resource", name)
            # emptied first, since the user was already created on the primary
            self.served("a standby that was promoted", f"{address}{alone}/{name}", name, lambda: "", copy)
        finally:
            self.cluster.as_user(*control, "--mode", "immediate", "stop")
        self.drop(name)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--binary", required=True)
    parser.add_argument("--cluster", required=True)
    parser.add_argument("--programs", required=True)
    arguments = parser.parse_args()
    url = os.environ["PROVOST_TEST_POSTGRES"]
    for name in [name for name in os.environ if name.startswith("PROVOST_")]:
        del os.environ[name]
    cluster = Cluster(arguments.cluster, arguments.programs, url)
    with tempfile.TemporaryDirectory(prefix="provost-targets-") as folder:
        targets = Targets(arguments.binary, cluster, folder)
        targets.encryption()
        targets.standby()
    print(f"{targets.passed} passed, {targets.failed} failed")
    return targets.failed != 0


if __name__ == "__main__":
    sys.exit(main())
