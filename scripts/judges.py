"""Lets SCIM test suites and clients by others judge the built server, and prints `N passed, N failed` as its last line.

    scripts/test judges                                         installs them first (scripts/judges-requirements.txt)
    python scripts/judges.py --binary target/debug/provost      in an environment that has them
    python scripts/judges.py scim-sanity scim-sim               only these

Each judge gets an organisation of its own on a server started for this run. A judge that checks nothing has failed. At the end each is shown
a server with a planted fault and must notice it. docs/judges.md says what the judges are and what they found last.
"""

import argparse
import json
import os
import re
import subprocess
import sys
import tempfile
import time
from collections import namedtuple
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "scripts/lib"))
from scim_server import Fault, Server  # noqa: E402

OPENAPI = ROOT / "docs/openapi/provost.openapi.json"
# Statuses that the description of the endpoints must know, whatever a judge happens to provoke.
STATUSES = ["400", "401", "404", "405", "409", "412", "413", "415", "429"]
TESTER_CHECKS = 130

# One check. `ok` is None where the judge skipped it.
Check = namedtuple("Check", "name ok why", defaults=[""])

# Checks that fail because we decided so: judge, profile and check, with the reason. An entry that no longer fails is a failure itself.
KNOWN = {
    ("scim-sanity", "strict", "PATCH /Groups/{id} add member"): (
        "it adds a member whose id nobody has. RFC 7644 section 3.5.2 leaves open what happens then; `strict` answers 400 invalidValue and "
        "names the id, so that a client never believes in a membership that does not exist (`entra` leaves such members out)"
    ),
}


class Run:
    """Where and how a judge is to judge."""

    def __init__(self, url, token, profile, given, planted=False):
        self.url, self.token, self.profile, self.planted = url, token, profile, planted
        self.seed, self.examples = given.seed, given.examples


def program(name, *arguments, environment=None, text="", limit=300):
    """Runs a program of this Python environment. Its exit code and its output."""
    path = Path(sys.executable).parent / name
    clean = {**os.environ, "NO_COLOR": "1", "PYTHONIOENCODING": "utf-8", "COLUMNS": "200", **(environment or {})}
    try:
        return subprocess.run([path, *arguments], env=clean, input=text, capture_output=True, text=True, timeout=limit)
    except subprocess.TimeoutExpired:
        return subprocess.CompletedProcess([name], 124, "", f"no end after {limit} s")


# --- suites ----------------------------------------------------------------------------------------------------------------------------


def scim2_tester(run):
    """Checks of discovery, CRUD and PATCH, attribute by attribute as /Schemas names them."""
    import httpx2
    from scim2_client.engines.httpx2 import SyncSCIMClient
    from scim2_tester import Status, check_server

    verdicts = {Status.SUCCESS: True, Status.COMPLIANT: True, Status.ACCEPTABLE: True, Status.SKIPPED: None}
    client = httpx2.Client(base_url=run.url, headers={"Authorization": f"Bearer {run.token}"}, timeout=60)
    checks = []
    for result in check_server(SyncSCIMClient(client)):
        # One title stands for the checks of many attributes; the reason begins with which.
        subject = re.search(r"'([^']+)'", result.reason or "")
        name = " ".join(filter(None, [result.resource_type, result.title, subject and subject.group(1)]))
        checks.append(Check(name, verdicts.get(result.status, False), f"{result.status.name}: {result.reason}"))
    done = sum(check.ok is True for check in checks)
    if done < TESTER_CHECKS and not run.planted:
        checks.append(Check("number of checks", False, f"only {done} passed, {TESTER_CHECKS} are required"))
    return checks


def scim_sanity(run):
    """The life of a user and of a group, search and errors, in the suite's strict mode."""
    done = program("scim-sanity", "probe", run.url, "--token", run.token, "--strict", "--i-accept-side-effects", "--json-output")
    try:
        report = json.loads(done.stdout)
    except json.JSONDecodeError:
        return [Check("report", False, f"exit code {done.returncode}: {done.stdout[-500:]}{done.stderr[-500:]}")]
    verdicts = {"pass": True, "skip": None, "skipped": None}
    checks = [Check(r["name"], verdicts.get(r["status"], False), f"{r['status']}: {r.get('message', '')}") for r in report["results"]]
    failed, counted = sum(check.ok is False for check in checks), report["summary"]["failed"] + report["summary"]["errors"]
    if counted != failed:
        checks.append(Check("sum", False, f"the judge counts {counted} failures, its list holds {failed}"))
    return checks


# --- clients ---------------------------------------------------------------------------------------------------------------------------


def scim2_cli(run):
    """A command line client that validates every answer against /Schemas: create, query, patch, replace, delete."""
    checks = []

    def step(name, expected, *arguments):
        """One command. `expected` looks at what it printed; a refusal is told by an Error and exit code 1."""
        done = program("scim2", "--url", run.url, *arguments, environment={"SCIM_CLI_HEADERS": f"Authorization: Bearer {run.token}"})
        try:
            printed = json.loads(done.stdout) if done.stdout.strip() else {}
            ok = done.returncode == ("status" in printed) and bool(expected(printed))
        except (ValueError, KeyError, IndexError, TypeError):
            printed, ok = {}, False
        checks.append(Check(name, ok, f"exit code {done.returncode}: {(done.stdout + done.stderr)[-600:]}"))
        return printed

    user_name, mail = "cli.one@example.com", '[{"value": "cli.one@example.com", "type": "work"}]'
    user = step("create a user", lambda r: r["userName"] == user_name and r["meta"]["version"], "create", "user", "--user-name", user_name, "--emails", mail, "--active", "true").get("id", "missing")
    step("create it again", lambda r: r["status"] == "409" and r["scimType"] == "uniqueness", "create", "user", "--user-name", user_name)
    step("query by filter", lambda r: [u["id"] for u in r["Resources"]] == [user] and "emails" not in r["Resources"][0], "query", "user", "--filter", f'userName eq "{user_name}"', "--attribute", "userName")
    step("patch the user", lambda r: r["displayName"] == "Two" and r["nickName"] == "two" and "emails" not in r, "modify", "user", user, "replace", "displayName", "Two", "remove", 'emails[type eq "work"]', "add", "nickName", "two")
    step("query the user", lambda r: r["displayName"] == "Two" and "emails" not in r, "query", "user", user)
    step("replace the user", lambda r: r["title"] == "Boss" and "nickName" not in r, "replace", "user", "--id", user, "--user-name", user_name, "--title", "Boss")
    group = step("create a group", lambda r: r["members"][0]["value"] == user, "create", "group", "--display-name", "Crew", "--members", json.dumps([{"value": user}])).get("id", "missing")
    step("take the member out", lambda r: "members" not in r, "modify", "group", group, "remove", f'members[value eq "{user}"]')
    step("query the group", lambda r: r["displayName"] == "Crew" and "members" not in r, "query", "group", group)
    step("add the member", lambda r: not r or r["members"][0]["value"] == user, "modify", "group", group, "add", "members", json.dumps([{"value": user}]))
    step("query by member", lambda r: [g["id"] for g in r["Resources"]] == [group], "query", "group", "--filter", f'members.value eq "{user}"')
    step("delete the user", lambda r: not r, "delete", "user", user)
    step("query the deleted user", lambda r: r["status"] == "404", "query", "user", user)
    step("the group lost the member", lambda r: r["id"] == group and "members" not in r, "query", "group", group)
    step("delete the group", lambda r: not r, "delete", "group", group)
    step("query the deleted group", lambda r: r["status"] == "404", "query", "group", group)
    return checks


def scim_sim(run):
    """A directory simulator: creates, shows, patches members and deletes. It ends with 0 always, so its words count."""
    checks = []
    with tempfile.TemporaryDirectory() as home:

        def step(name, good, *arguments, text="", absent=None):
            done = program("scim-sim", *arguments, environment={"HOME": home}, text=text)
            ok = done.returncode == 0 and "❌" not in done.stdout and good in done.stdout and (absent is None or absent not in done.stdout)
            checks.append(Check(name, ok, f"expected `{good}`, found {(done.stdout + done.stderr)[-600:]}"))
            return (re.findall(r"ID: (\S+)", done.stdout) or ["missing"])[0]

        step("setup", "saved", "setup", text=f"{run.url}\n{run.token}\n")
        user = step("add a user", "User created", "add-user")
        other = step("add another user", "User created", "add-user")
        group = step("create a group", "Group 'Crew' created", "create-group", "Crew")
        step("add the user to the group", "successfully", "add-to-group", user, group)
        step("add the other to the group", "successfully", "add-to-group", other, group)
        step("show both in the group", user, "show", absent="Ungrouped")
        step("take the user out of the group", "successfully", "remove-from-group", user, group)
        step("show the user outside", "Ungrouped", "show")
        step("remove the user", "deleted successfully", "remove-user", user)
        step("show without the user", other, "show", absent=user)
        step("delete the group and who is left", "all its members deleted", "delete-group", group)
        step("show nothing", "(empty)", "show")
    return checks


# --- the description of the endpoints --------------------------------------------------------------------------------------------------

# Left out: these two ask that the schema tell exactly what is accepted. Filters, paths and PATCH values have grammars that JSON Schema cannot
# say, and the profile `entra` accepts more than the standard on purpose.
UNFIT = "negative_data_rejection,positive_data_acceptance"
# `strict` runs all phases; `entra` only those that send random requests, as the others would send the same ones again.
PHASES = {"strict": "examples,coverage,fuzzing,stateful", "entra": "fuzzing,stateful"}


def schemathesis(run):
    """Requests made from the OpenAPI description: no undocumented status, header, media type or body, no 5xx, no way around the token."""
    operations = [f"{m.upper()} {path}" for path, item in json.loads(OPENAPI.read_text())["paths"].items() for m in item if m != "parameters"]
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.json"
        # A file of settings that is empty, so that none is found in a folder above.
        (Path(folder) / "schemathesis.toml").write_text("")
        selected = ["--phases", "coverage", "--include-method", "DELETE"] if run.planted else ["--phases", PHASES[run.profile]]
        done = program(
            "schemathesis", "--config-file", f"{folder}/schemathesis.toml", "run", str(OPENAPI), "--url", run.url, "--header", f"Authorization: Bearer {run.token}",
            *selected, "--exclude-checks", UNFIT, "--max-examples", str(run.examples), "--seed", str(run.seed), "--generation-database", "none",
            "--continue-on-failure", "--no-color", "--report", "json", "--report-json-path", str(report), limit=900,
        )  # fmt: skip
        if not report.is_file():
            return [Check("report", False, f"exit code {done.returncode}: {done.stdout[-1500:]}{done.stderr[-500:]}")]
        found = json.loads(report.read_text())
    if run.planted:
        operations = [name for name in operations if name.startswith("DELETE ")]
    faults = {}
    for fault in [*found["failures"], *found["errors"]]:
        for name in fault.get("operations") or [fault.get("operation") or "the run"]:
            faults.setdefault(name, []).append(f"{fault.get('code', '')} {fault.get('title', fault)}")
    checks = [Check(name, name not in faults, "; ".join(faults.get(name, []))) for name in operations]
    checks += [Check(name, False, "; ".join(why)) for name, why in faults.items() if name not in operations]
    if not found["complete"] or found["operations"]["tested"] != len(operations) or (found["exit_code"] and not faults):
        checks.append(Check("the run", False, f"{found['stop_reason']}, {found['operations']}, exit code {found['exit_code']}: {done.stdout[-1500:]}"))
    print(f"   {found['test_cases']['generated']} requests to {found['operations']['tested']} operations, seed {found['seed']}")
    if faults:
        print(done.stdout[done.stdout.find("= FAILURES =") :][:8000])
    return checks


def openapi():
    """That the checked-in description is what its program makes, and knows the statuses that it must."""
    made = subprocess.run([sys.executable, ROOT / "docs/openapi/make.py", "--check"], capture_output=True, text=True)
    described = json.loads(OPENAPI.read_text())
    known = {status for item in described["paths"].values() for name, m in item.items() if name != "parameters" for status in m["responses"]}
    return [
        Check("fresh", made.returncode == 0, made.stdout + made.stderr),
        *(Check(f"status {status} is described", status in known) for status in STATUSES),
    ]


# --- counting --------------------------------------------------------------------------------------------------------------------------

# Each with the profiles it judges. scim-sanity wants PATCH of a group answered 200; in `entra` it is 204 on purpose, which RFC 7644 section
# 3.5.2 allows, as a group may have 100,000 members.
JUDGES = {
    "scim2-tester": (scim2_tester, ["strict", "entra"]),
    "scim-sanity": (scim_sanity, ["strict"]),
    "scim2-cli": (scim2_cli, ["strict", "entra"]),
    "scim-sim": (scim_sim, ["strict", "entra"]),
    "schemathesis": (schemathesis, ["strict", "entra"]),
}


def settle(judge, profile, checks):
    """The verdict on each check once decided deviations are taken into account, and a check for every rule of this program that is broken."""
    settled = []
    for check in checks:
        known = KNOWN.get((judge, profile, check.name))
        if known and check.ok is False:
            print(f"   known: {check.name}: {known}")
            continue
        stale = known and check.ok
        settled.append(Check(check.name, False, "passes now: take it out of KNOWN") if stale else check)
    if not any(check.ok is not None for check in checks):
        settled.append(Check("number of checks", False, "this judge checked nothing"))
    return settled


def count(title, checks, begun):
    passed, failed, skipped = (sum(check.ok is verdict for check in checks) for verdict in (True, False, None))
    print(f"{title}: {passed} passed, {failed} failed, {skipped} skipped ({time.monotonic() - begun:.0f} s)")
    for check in checks:
        if check.ok is not True:
            print(f"   {'skipped' if check.ok is None else 'FAILED'}: {check.name}: {check.why.strip()}")
    sys.stdout.flush()
    return passed, failed


def failures(checks):
    return {check.name for check in checks if check.ok is False}


def selected_judges(server, given):
    """Runs the judges, each in its profiles and then on the planted fault, and yields what each counted."""
    for name in given.judges or JUDGES:
        judge, profiles = JUDGES[name]
        for profile in profiles:
            begun = time.monotonic()
            token = server.organisation(f"{name}-{profile}", profile)
            checks = judge(Run(server.url, token, profile, given))
            yield count(f"{name}, {profile}", settle(name, profile, checks), begun)
        begun = time.monotonic()
        with Fault(server.url) as fault:
            token = server.organisation(f"{name}-fault", profile)
            noticed = failures(judge(Run(fault.url, token, profile, given, planted=True))) - failures(checks)
        yield count(f"{name}, planted fault", [Check("noticed", bool(noticed), "DELETE was answered 202 and nothing deleted")], begun)


def printed_token(server):
    """The token that the first start printed must work: the organisation `default`, as an administrator gets it."""
    import httpx2

    status = httpx2.get(f"{server.url}/Users", headers={"Authorization": f"Bearer {server.token}"}).status_code
    return [Check("the printed token works", status == 200, f"answered {status}")]


def built(given):
    """The server to judge: as named, or else built now."""
    named = given.binary or os.environ.get("PROVOST_BINARY")
    if not named:
        subprocess.run(["cargo", "build", "--quiet", "--package", "provost-server"], cwd=ROOT, check=True)
        named = Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target")) / "debug/provost"
    if not Path(named).is_file():
        raise SystemExit(f"{named} is not there: build it first")
    return named


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("judges", nargs="*", metavar="JUDGE", help=f"which: {', '.join(JUDGES)} [default: all]")
    parser.add_argument("--binary", help="the built server [default: $PROVOST_BINARY, or it is built now]")
    parser.add_argument("--seed", type=int, default=7644, help="of schemathesis' random requests [default: 7644]")
    parser.add_argument("--examples", type=int, default=12, help="random requests per operation and phase [default: 12]")
    given = parser.parse_args()
    if unknown := [name for name in given.judges if name not in JUDGES]:
        parser.error(f"no judge is called {unknown[0]}; there are: {', '.join(JUDGES)}")
    with Server(built(given)) as server:
        begun = time.monotonic()
        counts = [count("server", printed_token(server), begun), count("openapi", openapi(), begun)]
        counts += selected_judges(server, given)
        if server.process.poll() is not None:
            counts.append(count("server", [Check("still there", False, "it ended while it was judged")], begun))
    passed, failed = (sum(column) for column in zip(*counts))
    print(f"{passed} passed, {failed} failed")
    return 1 if failed or not passed else 0


if __name__ == "__main__":
    sys.exit(main())
