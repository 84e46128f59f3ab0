"""An audit trail of ten million records: it is verified, listed and exported, and each tampering is named, in bounded memory and beside a server.

    python3 scripts/lib/long_trail.py --binary target/release/provost --records 10000000

The records and their seals are written into a SQLite file by this program, which computes the hashes on its own, as docs/audit.md says, so that a
fault in the product's hashes would show. Prints times and the most memory of each command, then `N passed, N failed`.
"""

import argparse
import hashlib
import json
import multiprocessing
import os
import sqlite3
import struct
import subprocess
import tempfile
import time

from crash_loop import Server

FORM = b"provost audit 1\n"
# The most memory of a command, in KiB.
MEMORY_KIB = 128 * 1024
START_MS = 1_700_000_000_000
STEP_MS = 2_000

passed = failed = 0


def check(what, is_good, detail=""):
    global passed, failed
    if is_good:
        passed += 1
    else:
        failed += 1
        print(f"FAIL {what}: {detail}")


def record_id(number):
    at = START_MS + number * STEP_MS
    return f"{at >> 16:08x}-{at & 0xFFFF:04x}-7000-8000-{number:012x}"


def records(tenant, count):
    """Rows of `audit`, oldest first; one in a hundred was refused."""
    for number in range(1, count + 1):
        refused = number % 100 == 0
        yield (
            tenant, record_id(number), START_MS + number * STEP_MS, "AAAAAAAAAAAA", f"request-{number}", "update", "User",
            f"01943f71-2c0e-7d55-a1b0-{number % 100_000:012x}", 0 if refused else number, not refused,
            '{"attributes":["displayName"]}', "InvalidValue" if refused else None,
        )


def part(value):
    return struct.pack(">Q", 2**64 - 1) if value is None else struct.pack(">Q", len(value)) + value


def digest(row):
    tenant, name, at, actor, request, operation, kind, resource, version, changed, notes, error = row
    text = b"".join(part(one) for one in (
        struct.pack(">q", tenant), name.encode(), struct.pack(">q", at), actor.encode(), request.encode(), operation.encode(), kind.encode(),
        resource.encode(), struct.pack(">q", version), bytes([changed]), notes.encode(), error.encode() if error else None, None, None,
    ))
    return hashlib.sha256(FORM + text).digest()


def fill(file, tenant, count):
    """Writes the records with their seals, as the first of the trail."""
    database = sqlite3.connect(file)
    database.execute("pragma synchronous = off")
    database.execute("delete from audit where tenant = ?", (tenant,))
    database.execute("delete from seal where tenant = ?", (tenant,))
    head, number, rows, seals = bytes(32), 0, [], []

    def write():
        database.executemany(
            "insert into audit (tenant, id, at, actor, request_id, operation, resource_type, resource_id, version, changed, notes, error) "
            "values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", rows)
        database.executemany("insert into seal values (?, ?, ?, ?, ?, ?)", seals)
        database.commit()
        rows.clear()
        seals.clear()

    for row in records(tenant, count):
        number += 1
        of_record, refused = digest(row), row[-1] is not None
        head = hashlib.sha256(FORM + head + struct.pack(">q", number) + bytes([refused]) + of_record + row[1].encode()).digest()
        rows.append(row)
        seals.append((tenant, number, row[1], refused, of_record, head))
        if len(rows) == 100_000:
            write()
    write()
    database.execute("delete from chain where tenant = ?", (tenant,))
    database.execute("insert into chain values (?, ?, ?, 0, ?)", (tenant, number, head, bytes(32)))
    database.commit()
    database.close()


def tenant_of(file):
    return sqlite3.connect(file).execute("select tenant from organisation").fetchone()[0]


def run(server, *arguments, keep=True):
    """Runs a command; returns its exit code, output, seconds, and the most memory it took in KiB."""
    begun = time.monotonic()
    out = subprocess.PIPE if keep else subprocess.DEVNULL
    command = subprocess.Popen([server.binary, *arguments], env=server.env, stdout=out, stderr=subprocess.STDOUT if keep else subprocess.DEVNULL)
    output = command.stdout.read().decode() if keep else ""
    _, status, usage = os.wait4(command.pid, 0)
    command.returncode = os.waitstatus_to_exitcode(status)
    return command.returncode, output, time.monotonic() - begun, usage.ru_maxrss


def measured(server, what, *arguments, code=0, says=None, keep=True):
    found, output, seconds, memory = run(server, *arguments, keep=keep)
    print(f"{what}: {seconds:.1f} s, {memory / 1024:.0f} MiB", flush=True)
    check(what, found == code and (says is None or says in output), f"exit code {found}: {output[-400:]}")
    check(f"{what}: memory", memory <= MEMORY_KIB, f"{memory} KiB")
    return output


def tampered(server, file, what, change, back, says):
    """Changes something by SQL, looks what `verify` says, and changes it back."""
    with sqlite3.connect(file) as database:
        for statement in change:
            database.execute(statement)
    measured(server, what, "audit", "verify", "--org", "default", code=1, says=says)
    with sqlite3.connect(file) as database:
        for statement in back:
            database.execute(statement)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--binary", required=True)
    parser.add_argument("--records", type=int, default=10_000_000)
    parser.add_argument("--folder", help="keeps the database there, and uses the one that is there already")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder, count = options.folder or temporary, options.records
        file = f"{folder}/provost.db"
        server = Server(os.path.abspath(options.binary), f"sqlite:{file}", f"{temporary}/log")
        if not os.path.exists(file):
            server.start()
            server.kill()
            begun = time.monotonic()
            # in a process of its own: what it takes would count as memory of every command that is started from here
            filling = multiprocessing.Process(target=fill, args=(file, tenant_of(file), count))
            filling.start()
            filling.join()
            print(f"{count} records written in {time.monotonic() - begun:.0f} s, {os.path.getsize(file) / 2**20:.0f} MiB", flush=True)
        tenant = tenant_of(file)
        of = ("--org", "default")

        measured(server, "verify", "audit", "verify", *of, says=f"the chain is whole: {count} records are as they were sealed")
        newest = json.loads(measured(server, "the newest page", "audit", "list", *of, "--json"))
        check("the newest page", len(newest) == 100 and newest[0]["id"] == record_id(count), newest[0])
        middle = record_id(count // 2)
        measured(server, "a page in the middle", "audit", "list", *of, "--before", middle, says=record_id(count // 2 - 1))
        measured(server, "one resource", "audit", "list", *of, "--resource", "01943f71-2c0e-7d55-a1b0-000000000007", says="AAAAAAAAAAAA")
        measured(server, "an actor that is nowhere", "audit", "list", *of, "--actor", "nobody", "--json", says="[]")
        measured(server, "export", "audit", "export", *of, keep=False)

        at = count // 2
        where = f"where tenant = {tenant} and id = '{record_id(at)}'"
        before = f"where tenant = {tenant} and id = '{record_id(count)}'"
        moved = f"{record_id(at)[:-1]}{'1' if record_id(at)[-1] == '0' else '0'}"
        tampered(server, file, "a changed record", [f"update audit set version = version + 1 {where}"],
                 [f"update audit set version = version - 1 {where}"], f"{record_id(at)}, number {at}, was changed")
        tampered(server, file, "a removed record", [f"create table kept as select * from audit {where}", f"delete from audit {where}"],
                 ["insert into audit select * from kept", "drop table kept"], f"{record_id(at)}, number {at}, was removed")
        tampered(server, file, "the last one removed, with its seal",
                 [f"create table kept as select * from audit {before}", f"create table sealed as select * from seal where tenant = {tenant} and number = {count}",
                  f"delete from audit {before}", f"delete from seal where tenant = {tenant} and number = {count}"],
                 ["insert into audit select * from kept", "insert into seal select * from sealed", "drop table kept", "drop table sealed"],
                 f"record number {count} was removed")
        tampered(server, file, "an added record",
                 [f"create table kept as select * from audit {where}", f"update kept set id = '{moved}'", "insert into audit select * from kept"],
                 [f"delete from audit where tenant = {tenant} and id = '{moved}'", "drop table kept"], f"{moved} was added")

        # beside a server that writes
        server.start()
        token = server.command("token", "create", "--org", "default").strip()
        verify = subprocess.Popen([server.binary, "audit", "verify", *of], env=server.env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        took, written, longest = [], 0, 0
        while verify.poll() is None:
            begun = time.monotonic()
            status, answer = server.call("POST", "/Users", {"schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "userName": f"user-{written}"}, token)
            took.append((time.monotonic() - begun) * 1000)
            written += 1
            if status != 201:
                check("a create beside verify", False, f"{status} {answer}")
            longest = max(longest, os.path.getsize(f"{file}-wal"))
            time.sleep(0.02)
        output = verify.stdout.read().decode()
        check("verify beside a server", verify.returncode == 0 and "the chain is whole" in output, output[-400:])
        took.sort()
        print(f"beside verify: {written} creates, median {took[len(took) // 2]:.1f} ms, slowest in a hundred {took[len(took) * 99 // 100]:.1f} ms, "
              f"log {longest / 2**20:.0f} MiB at most")
        check("the log stays small", longest < 64 * 2**20, f"{longest} bytes")
        deadline = time.monotonic() + 60
        def unsealed():
            return sqlite3.connect(file).execute(
                "select count(*) from audit a where a.tenant = ? and a.id > ? and not exists (select 1 from seal s where s.tenant = a.tenant and s.record = a.id)",
                (tenant, record_id(count))).fetchone()[0]
        while unsealed() and time.monotonic() < deadline:
            time.sleep(1)
        check("what is new is sealed", unsealed() == 0, unsealed())
        server.kill()
    print(f"{passed} passed, {failed} failed")
    raise SystemExit(failed > 0)


if __name__ == "__main__":
    main()
