"""What must be true of the server's database, whatever was written and whenever it was stopped, judged from the file alone.

    python3 scripts/lib/invariants.py provost.db                        what is wrong in a file
    python3 scripts/lib/invariants.py --binary target/debug/provost     check that each fault is noticed

The second creates a small database with the server, finds it sound, and then breaks it in every way listed here.
Prints `N passed, N failed`. The crash loop, the full disk, the soak and the power cuts check their databases against this list.
"""

import argparse
import contextlib
import http.client
import json
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
from pathlib import Path

# Only `true` grants access: without `active` there is none.
ACTIVE = "coalesce(json_type(d.doc, '$.active'), '') = 'true'"
USERS = "scim_resource r join scim_document d using (tenant, seq) where r.kind = 'User'"
# Who must be in which team that follows a group: its members who hold a membership.
ENTITLED = """select g.tenant, t.id, s.id from scim_member m
              join scim_resource g on g.tenant = m.tenant and g.seq = m.group_seq and g.kind = 'Group'
              join team t on t.tenant = g.tenant and t.group_seq = g.seq
              join membership s on s.tenant = g.tenant and s.user_seq = m.member_seq"""
PLACES = "select x.tenant, x.team, x.membership from team_membership x left join team t on t.tenant = x.tenant and t.id = x.team where t.managed_by is not 'hand'"
MEMBERSHIP = "membership (tenant, id, user_seq, role, role_source, state, managed_by, created)"

# Name, a query for violations, and statements that violate it, each of which the query must notice.
INVARIANTS = [
    (
        "a membership exactly while the user is active",
        f"""select 'active without a membership', r.id from {USERS} and {ACTIVE}
                and not exists (select 1 from membership s where s.tenant = r.tenant and s.user_seq = r.seq)
            union all
            select 'a membership of nobody active', s.user_seq from membership s where s.managed_by = 'scim'
                and not exists (select 1 from {USERS} and r.tenant = s.tenant and r.seq = s.user_seq and {ACTIVE})""",
        [
            "delete from membership where user_seq = (select min(user_seq) from membership)",
            f"insert into {MEMBERSHIP} select tenant, 1, seq, 'member', 'default', 'provisioned', 'scim', 0 from scim_resource where kind = 'User' and active = 0 limit 1",
            "update membership set tenant = tenant + 1 where user_seq = (select min(user_seq) from membership)",
            "update scim_document set doc = json_remove(doc, '$.active') where seq = (select min(user_seq) from membership)",
        ],
    ),
    (
        "the column `active` equals the document's",
        f"select r.id, r.active from {USERS} and (coalesce(r.active, 0) = 1) <> ({ACTIVE})",
        ["update scim_resource set active = 1 - active where seq = (select min(user_seq) from membership)"],
    ),
    (
        "a team exactly while its group exists",
        """select 'a group without a team', r.id from scim_resource r where r.kind = 'Group'
                and not exists (select 1 from team t where t.tenant = r.tenant and t.group_seq = r.seq and t.group_id = r.id)
           union all
           select 'a team without a group', t.slug from team t where t.managed_by = 'scim'
                and not exists (select 1 from scim_resource r where r.kind = 'Group' and t.tenant = r.tenant and t.group_seq = r.seq)""",
        [
            "delete from team where group_seq = (select min(group_seq) from team)",
            "insert into team values ((select min(tenant) from team), 1, 999999, 'x', 'x', 'x', 'scim', 0, null)",
            "update team set group_id = 'x' where group_seq = (select min(group_seq) from team)",
        ],
    ),
    (
        "a team membership exactly while the user is in the group and holds a membership",
        f"""select 'missing', * from ({ENTITLED} except {PLACES}) union all select 'wrong', * from ({PLACES} except {ENTITLED})""",
        [
            "delete from team_membership where membership = (select min(membership) from team_membership)",
            "insert into team_membership select tenant, id, 999999, 'scim' from team limit 1",
            "insert into team_membership select tenant, 999999, id, 'hand' from membership limit 1",
            """insert into team_membership select t.tenant, t.id, s.id, 'scim' from team t join membership s using (tenant)
               where not exists (select 1 from scim_member m where m.tenant = t.tenant and m.group_seq = t.group_seq and m.member_seq = s.user_seq) limit 1""",
        ],
    ),
    (
        "counters are correct",
        """select 'counted', tenant, kind, count(*) from scim_resource group by tenant, kind
                having count(*) <> coalesce((select total from scim_counter c where c.tenant = scim_resource.tenant and c.kind = scim_resource.kind), 0)
           union all
           select 'left', tenant, kind, total from scim_counter c where total <> 0
                and not exists (select 1 from scim_resource r where r.tenant = c.tenant and r.kind = c.kind)""",
        [
            "update scim_counter set total = total + 1 where kind = 'User'",
            "delete from scim_counter where kind = 'Group'",
            "insert into scim_counter values (1, 'User', 1, 0)",
        ],
    ),
    (
        "userName: each user has a key, which matches the name and is nobody else's",
        """select 'key', r.id, r.user_name_key from scim_resource r join scim_document d using (tenant, seq) where r.kind = 'User'
                and (r.user_name_key is null or (json_extract(d.doc, '$.userName') not glob '*[^ -~]*'
                     and r.user_name_key <> lower(json_extract(d.doc, '$.userName'))))
           union all
           select 'shared', tenant, +user_name_key from scim_resource where kind = 'User' group by +tenant, +user_name_key having count(*) > 1""",
        [
            "update scim_resource set user_name_key = null where seq = (select min(seq) from scim_resource where kind = 'User')",
            "update scim_resource set user_name_key = 'somebody else' where seq = (select min(seq) from scim_resource where kind = 'User')",
            """drop index scim_resource_user_name; update scim_resource set user_name_key = (select user_name_key from scim_resource where kind = 'User' limit 1)
               where kind = 'User'""",
        ],
    ),
    (
        "unique keys belong to existing resources, and cover all of an attribute's values or none",
        """select 'nobody', k.key from scim_unique_key k
                where not exists (select 1 from scim_resource r where r.seq = k.seq and r.tenant = k.tenant and r.kind = k.kind)
           union all
           select 'missing', r.id from scim_resource r where r.external_id is not null
                and exists (select 1 from scim_unique_key k where k.tenant = r.tenant and k.kind = r.kind and k.attribute = 'externalId')
                and not exists (select 1 from scim_unique_key k where k.tenant = r.tenant and k.seq = r.seq and k.attribute = 'externalId')
           union all
           select 'another', r.id, k.key from scim_unique_key k join scim_resource r using (tenant, seq) where k.attribute = 'externalId' and k.key is not r.external_id
           union all
           select 'two', seq from scim_unique_key group by tenant, seq, attribute having count(*) > 1""",
        [
            "insert into scim_unique_key values (1, 'User', 'externalId', 'x', 999999)",
            "delete from scim_unique_key where attribute = 'externalId' and seq = (select min(seq) from scim_unique_key)",
            "update scim_unique_key set key = 'somebody else' where seq = (select min(seq) from scim_unique_key)",
            "insert into scim_unique_key select tenant, kind, 'title', id || ord, seq from scim_resource, (select 1 as ord union select 2) where kind = 'User'",
        ],
    ),
    (
        "both ends of a group membership exist, in one tenant",
        """select m.* from scim_member m left join scim_resource g on g.tenant = m.tenant and g.seq = m.group_seq
                left join scim_resource u on u.tenant = m.tenant and u.seq = m.member_seq
                where g.seq is null or u.seq is null or g.kind <> 'Group'""",
        [
            "insert into scim_member select tenant, 999999, seq from scim_resource where kind = 'User' limit 1",
            "insert into scim_member select tenant, seq, 999999 from scim_resource where kind = 'Group' limit 1",
            "insert into scim_member select a.tenant, a.seq, b.seq from scim_resource a, scim_resource b where a.kind = 'User' and b.kind = 'User' and a.seq < b.seq limit 1",
            "update scim_resource set tenant = tenant + 1 where seq = (select min(member_seq) from scim_member)",
            "update scim_member set tenant = tenant + 1",
        ],
    ),
    (
        "a document for each resource, and no other",
        """select 'no document', r.id from scim_resource r where not exists (select 1 from scim_document d where d.tenant = r.tenant and d.seq = r.seq)
           union all select 'no resource', d.seq from scim_document d where not exists
                (select 1 from scim_resource r where r.tenant = d.tenant and r.seq = d.seq)
           union all select 'no JSON', d.seq from scim_document d where not json_valid(d.doc)""",
        [
            "delete from scim_document where seq = (select min(seq) from scim_document)",
            "insert into scim_document values (999999, 1, '', '{}')",
            "update scim_document set tenant = tenant + 1",
            "delete from scim_resource where seq = (select max(seq) from scim_resource where kind = 'User')",
        ],
    ),
    (
        "elements belong to existing resources, in the same tenant, with their values",
        """select 'nobody', e.seq from scim_element e where not exists (select 1 from scim_resource r where r.seq = e.seq and r.tenant = e.tenant)
           union all
           select 'missing', r.id, m.value from scim_resource r join scim_document d using (tenant, seq), json_each(d.doc, '$.emails') m where r.kind = 'User'
                and not exists (select 1 from scim_element e where e.tenant = r.tenant and e.seq = r.seq and e.value_key = lower(json_extract(m.value, '$.value')))""",
        [
            "insert into scim_element values (1, 999999, 'emails', 0, 'x', null, null)",
            "update scim_element set tenant = tenant + 1",
            "delete from scim_element where seq = (select min(seq) from scim_element)",
        ],
    ),
    (
        "an audit row for each version of a user",
        # grouped first: audit has no index by resource, so a join would read all of it for each user
        """select r.id, r.version, coalesce(a.rows, 0) from scim_resource r left join (
                select tenant, resource_type, resource_id, count(*) as rows from audit where changed and error is null group by 1, 2, 3
            ) a on a.tenant = r.tenant and a.resource_type = r.kind and a.resource_id = r.id
            where r.kind = 'User' and coalesce(a.rows, 0) <> r.version""",
        [
            "delete from audit where id = (select min(id) from audit where resource_type = 'User' and changed)",
            "insert into audit select tenant, id || 'x', at, actor, request_id, operation, resource_type, resource_id, version, changed, notes, error, made_by, person, person_hash from audit where resource_type = 'User' and changed",
        ],
    ),
    (
        "everything belongs to an existing organisation",
        " union all ".join(
            f"select distinct '{table}', tenant from {table} where tenant not in (select tenant from organisation{also})"
            for table, also in [
                *((table, "") for table in ("scim_resource", "membership", "known_account", "team", "team_membership", "scim_unique_key", "scim_element", "token", "membership_end", "brake", "call_return", "silence")),
                # the installation has a trail of its own
                ("audit", " union select 0"),
            ]
        ),
        ["insert into audit select 1, id, at, actor, request_id, operation, resource_type, resource_id, version, changed, notes, error, made_by, person, person_hash from audit limit 1"],
    ),
    (
        "a deleted organisation is not there, and its short name is nobody's and never given",
        """select 'there', d.slug from deleted_organisation d join organisation o on o.tenant = d.tenant
           union all select 'given', d.slug from deleted_organisation d join organisation o on o.slug = d.slug
           union all select 'free', d.slug from deleted_organisation d
                where not exists (select 1 from former_slug f where f.slug = d.slug and f.tenant = d.tenant)""",
        [
            "insert into deleted_organisation select tenant, 'x', 0, null from organisation limit 1",
            "insert into deleted_organisation select 99, slug, 0, null from organisation limit 1",
            "insert into deleted_organisation values (99, 'x', 0, null)",
        ],
    ),
]


# What the server's own check does not judge, because an upgrade or another schema brings it about.
UNSEEN = [fault for _, _, faults in INVARIANTS for fault in faults if fault.startswith("delete from audit") or "'title', id || ord" in fault]


def told(binary, file):
    """Whether `provost check` finds a fault."""
    environment = {k: v for k, v in os.environ.items() if not k.startswith("PROVOST_")}
    command = [binary, "check", "--json", "--database", f"sqlite:{file}"]
    done = subprocess.run(command, env=environment, cwd=file.parent, capture_output=True, text=True)
    return done.returncode == 1 and bool(json.loads(done.stdout)["faults"])


def check(file, writes=None):
    """What is wrong in a database, in a few lines at most. `writes` is the least and most writes that the audit trail must have."""
    found = []
    # mode=ro and not a copy: one snapshot is read while the server keeps running
    with contextlib.closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True, isolation_level=None)) as database:
        database.execute("begin")
        said = [row[0] for row in database.execute("pragma integrity_check")]
        if said != ["ok"]:
            return [f"integrity check: {line}" for line in said[:3]]
        found += [f"foreign key: {row}" for row in database.execute("pragma foreign_key_check").fetchmany(3)]
        for name, query, _ in INVARIANTS:
            found += [f"{name}: {' '.join(map(str, row))}" for row in padded(database, query)]
        if writes is not None:
            (count,) = database.execute("select count(*) from audit where error is null and made_by is null").fetchone()
            least, most = writes
            if not least <= count <= most:
                found.append(f"one audit row for each acknowledged write: {count} rows, {least} to {most} writes")
    return found


def audited(file):
    """The number of writes in the audit trail."""
    with contextlib.closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True)) as database:
        return database.execute("select count(*) from audit where error is null and made_by is null").fetchone()[0]


def padded(database, query):
    """Rows of a query whose parts can have rows of different lengths."""
    rows = []
    for part in split(query):
        rows += database.execute(part).fetchmany(3)
    return rows[:5]


def split(query):
    """Splits a query at each `union all` outside brackets."""
    parts, depth, begun = [], 0, 0
    for place, letter in enumerate(query):
        depth += (letter == "(") - (letter == ")")
        if depth == 0 and query.startswith("union all", place):
            parts.append(query[begun:place])
            begun = place + len("union all")
    return [*parts, query[begun:]]


def self_test(binary):
    """Yields the name of each check in this list and what is wrong with it, if anything."""
    with tempfile.TemporaryDirectory(prefix="provost-invariants-") as folder:
        sound = Path(folder) / "sound.db"
        writes = fill(binary, sound)
        said = check(sound, (writes, writes))
        yield "a sound database is found sound", "; ".join(said) or None
        broken = Path(folder) / "broken.db"
        unseen = []
        for name, _, faults in INVARIANTS:
            missed = []
            for fault in faults:
                shutil.copy(sound, broken)
                with contextlib.closing(sqlite3.connect(broken)) as database:
                    database.executescript(fault)
                if not any(line.startswith(name) for line in check(broken)):
                    missed.append(" ".join(fault.split()))
                if fault not in UNSEEN and not told(binary, broken):
                    unseen.append(" ".join(fault.split()))
            yield f"noticed: {name}", f"not noticed: {missed}" if missed else None
        if told(binary, sound):
            unseen.append("that a sound database is sound")
        yield "the server's own check notices them too", f"not noticed: {unseen}" if unseen else None
        missed = [wrong for wrong in ((writes + 1, writes + 1), (0, writes - 1)) if not check(sound, wrong)]
        yield "noticed: one audit row for each acknowledged write", f"not noticed: {missed}" if missed else None
        data = bytearray(sound.read_bytes())
        data[len(data) // 2 : len(data) // 2 + 4096] = b"\xa5" * 4096
        broken.write_bytes(data)
        try:
            noticed = bool(check(broken))
        except sqlite3.DatabaseError:
            noticed = True
        yield "noticed: a damaged page", None if noticed else "not noticed"


def fill(binary, file):
    """Creates a small database with some of everything; returns the number of acknowledged writes."""
    clean = {k: v for k, v in os.environ.items() if not k.startswith("PROVOST_")}
    log = file.with_suffix(".log")
    with open(log, "wb") as out:
        environment = {**clean, "PROVOST_DATABASE": f"sqlite:{file}", "PROVOST_LISTEN": "127.0.0.1:0", "PROVOST_LIMIT_REQUESTS": "100000", "PROVOST_PRINT_TOKEN": "true"}
        process = subprocess.Popen([binary, "serve"], env=environment, stdout=out, stderr=out)
    try:
        while b"accepting connections" not in log.read_bytes():
            if process.poll() is not None:
                raise SystemExit(f"the server exited: {log.read_text()}")
        text = log.read_text()
        address = text.split("accepting connections on http://")[1].split(",")[0]
        token = text.split("Secret Token:")[1].split()[0]
        # so that there are keys of an attribute whose uniqueness is optional
        unique = [binary, "org", "update", "default", "--unique-external-id", "on"]
        subprocess.run(unique, env=environment, stdout=subprocess.DEVNULL, check=True)
        return write_some(address, token)
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(60)


def write_some(address, token):
    urn = "urn:ietf:params:scim:schemas:core:2.0:"
    acknowledged = 0

    def ask(method, path, body):
        nonlocal acknowledged
        connection = http.client.HTTPConnection(address, timeout=30)
        headers = {"Content-Type": "application/scim+json", "Authorization": f"Bearer {token}"}
        connection.request(method, f"/scim/v2{path}", json.dumps(body) if body else None, headers)
        answer = connection.getresponse()
        text = answer.read()
        if answer.status not in (200, 201, 204):
            raise SystemExit(f"{method} {path}: {answer.status} {text.decode()}")
        acknowledged += 1
        return json.loads(text)["id"] if answer.status == 201 else None

    users = []
    for n in range(8):
        emails = [{"value": f"User-{n}@example.com", "type": "work"}]
        body = {"schemas": [urn + "User"], "userName": f"User-{n}", "externalId": f"x-{n}", "active": n % 4 != 3, "emails": emails}
        users.append(ask("POST", "/Users", body))
    groups = [ask("POST", "/Groups", {"schemas": [urn + "Group"], "displayName": f"Group {n}"}) for n in range(3)]
    for group, members in zip(groups, (users[:4], users[3:7], [])):
        add = {"op": "add", "path": "members", "value": [{"value": user} for user in members]}
        ask("PATCH", f"/Groups/{group}", patch(add))
    ask("PATCH", f"/Users/{users[0]}", patch({"op": "replace", "path": "active", "value": False}))
    ask("PATCH", f"/Users/{users[3]}", patch({"op": "replace", "path": "active", "value": True}))
    ask("PATCH", f"/Users/{users[1]}", patch({"op": "replace", "path": "title", "value": "t"}))
    ask("DELETE", f"/Users/{users[5]}", None)
    ask("DELETE", f"/Groups/{groups[2]}", None)
    return acknowledged


def patch(*operations):
    return {"schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"], "Operations": list(operations)}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("file", nargs="?")
    parser.add_argument("--binary")
    given = parser.parse_args()
    if bool(given.file) == bool(given.binary):
        parser.error("give either a file or --binary")
    if given.file:
        results = [(line, line) for line in check(given.file)] or [("the database is sound", None)]
    else:
        results = self_test(str(Path(given.binary).resolve()))
    passed = failed = 0
    for name, fault in results:
        print(f"{'FAIL' if fault else 'ok  '} {name}" + (f"\n     {fault}" if fault and fault != name else ""), flush=True)
        passed, failed = passed + (not fault), failed + bool(fault)
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
