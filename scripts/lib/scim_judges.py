"""The third-party judges: each takes a `Run`, runs its program against the server there, and returns a `Check` for each thing it tested."""

import json
import os
import re
import shlex
import subprocess
import sys
import tempfile
from collections import namedtuple
from pathlib import Path

OPENAPI = Path(__file__).resolve().parents[2] / "crates/provost-server/openapi/provost.openapi.json"
TESTER_CHECKS = 130

# One check. `ok` is None if the judge skipped it.
Check = namedtuple("Check", "name ok why", defaults=[""])


class Run:
    """Which server to judge, and how."""

    def __init__(self, url, token, profile, given, planted=False):
        self.url, self.token, self.profile, self.planted = url, token, profile, planted
        self.seed, self.examples = given.seed, given.examples


def program(name, *arguments, environment=None, text="", limit=300, folder=None):
    """Runs a program of this Python environment, in a folder where it can leave files. Returns its exit code and output."""
    path = Path(sys.executable).parent / name
    clean = {**os.environ, "NO_COLOR": "1", "PYTHONIOENCODING": "utf-8", "COLUMNS": "200", **(environment or {})}
    try:
        return subprocess.run(
            [path, *arguments], check=False, cwd=folder, env=clean, input=text, capture_output=True, text=True, timeout=limit
        )
    except subprocess.TimeoutExpired:
        return subprocess.CompletedProcess([name], 124, "", f"still running after {limit} s")


# --- suites ----------------------------------------------------------------------------------------------------------------------------


def scim2_tester(run):
    """Checks discovery, CRUD and PATCH, attribute by attribute as listed in /Schemas."""
    import httpx2
    from scim2_client.engines.httpx2 import SyncSCIMClient
    from scim2_tester import Status, check_server

    verdicts = {Status.SUCCESS: True, Status.COMPLIANT: True, Status.ACCEPTABLE: True, Status.SKIPPED: None}
    client = httpx2.Client(base_url=run.url, headers={"Authorization": f"Bearer {run.token}"}, timeout=60)
    checks = []
    for result in check_server(SyncSCIMClient(client)):
        # The checks of many attributes share a title; the reason begins with the attribute.
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
    secret = {"SCIM_CLI_HEADERS": f"Authorization: Bearer {run.token}"}

    def step(name, command, expected):
        """Runs one command. `expected` checks the output; a refusal prints an Error and exits with 1."""
        done = program("scim2", "--url", run.url, *shlex.split(command), environment=secret)
        try:
            printed = json.loads(done.stdout) if done.stdout.strip() else {}
            ok = done.returncode == ("status" in printed) and bool(expected(printed))
        except (ValueError, KeyError, IndexError, TypeError):
            printed, ok = {}, False
        checks.append(Check(name, ok, f"exit code {done.returncode}: {(done.stdout + done.stderr)[-600:]}"))
        return printed.get("id", "missing")

    def only(of):
        return lambda r: [found["id"] for found in r["Resources"]] == [of]

    mails = """--emails '[{"value": "cli.one@example.com", "type": "work"}]'"""
    make = "create user --user-name cli.one@example.com"
    user = step("create a user", f"{make} {mails} --active true", lambda r: r["emails"][0]["type"] == "work" and r["meta"]["version"])
    step("create it again", make, lambda r: r["status"] == "409" and r["scimType"] == "uniqueness")
    filtered = """query user --filter 'userName eq "cli.one@example.com"' --attribute userName"""
    step("query by filter", filtered, lambda r: only(user)(r) and "emails" not in r["Resources"][0])
    changes = """replace displayName Two remove 'emails[type eq "work"]' add nickName two"""
    step("patch the user", f"modify user {user} {changes}", lambda r: r["displayName"] == "Two" and "emails" not in r)
    step("query the user", f"query user {user}", lambda r: r["nickName"] == "two" and "emails" not in r)
    replace = f"replace user --id {user} --user-name cli.one@example.com --title Boss"
    step("replace the user", replace, lambda r: r["title"] == "Boss" and "nickName" not in r)
    members = f"""'[{{"value": "{user}"}}]'"""
    group = step("create a group", f"create group --display-name Crew --members {members}", lambda r: r["members"][0]["value"] == user)
    step("remove the member",  f"""modify group {group} remove 'members[value eq "{user}"]'""", lambda r: "members" not in r)
    step("query the group", f"query group {group}", lambda r: r["displayName"] == "Crew" and "members" not in r)
    # 204 in the profile `entra`: nothing is printed then.
    step("add the member", f"modify group {group} add members {members}", lambda r: not r or r["members"][0]["value"] == user)
    step("query by member", f"""query group --filter 'members.value eq "{user}"'""", only(group))
    step("delete the user", f"delete user {user}", lambda r: not r)
    step("query the deleted user", f"query user {user}", lambda r: r["status"] == "404")
    step("the group lost the member", f"query group {group}", lambda r: r["id"] == group and "members" not in r)
    step("delete the group", f"delete group {group}", lambda r: not r)
    step("query the deleted group", f"query group {group}", lambda r: r["status"] == "404")
    return checks


def scim_sim(run):
    """A directory simulator: creates, shows, patches members and deletes. It always exits with 0, so its output decides."""
    checks = []
    with tempfile.TemporaryDirectory() as home:

        def step(name, command, good, text="", absent=None):
            done = program("scim-sim", *shlex.split(command), environment={"HOME": home}, text=text)
            refused = done.returncode != 0 or "❌" in done.stdout or (absent is not None and absent in done.stdout)
            checks.append(
                Check(name, not refused and good in done.stdout, f"expected `{good}`, found {(done.stdout + done.stderr)[-600:]}")
            )
            return (re.findall(r"ID: (\S+)", done.stdout) or ["missing"])[0]

        step("setup", "setup", "saved", text=f"{run.url}\n{run.token}\n")
        user = step("add a user", "add-user", "User created")
        other = step("add another user", "add-user", "User created")
        group = step("create a group", "create-group Crew", "Group 'Crew' created")
        step("add the user to the group", f"add-to-group {user} {group}", "successfully")
        step("add the other to the group", f"add-to-group {other} {group}", "successfully")
        step("show both in the group", "show", user, absent="Ungrouped")
        step("remove the user from the group",  f"remove-from-group {user} {group}", "successfully")
        step("show the user outside", "show", "Ungrouped")
        step("remove the user", f"remove-user {user}", "deleted successfully")
        step("show without the user", "show", other, absent=user)
        step("delete the group and its remaining members",  f"delete-group {group}", "all its members deleted")
        step("show nothing", "show", "(empty)")
    return checks


# --- the description of the endpoints --------------------------------------------------------------------------------------------------

# Left out: these two require the schema to describe exactly what is accepted. Filters, paths and PATCH values have grammars that JSON
# Schema cannot express, and the profile `entra` accepts more than the standard on purpose.
UNFIT = "negative_data_rejection,positive_data_acceptance"
# `strict` runs all phases; `entra` only those that send random requests, because the others would repeat the same ones.
PHASES = {"strict": "examples,coverage,fuzzing,stateful", "entra": "fuzzing,stateful"}


def operations(described):
    """Method and path of everything in an OpenAPI description."""
    return [f"{name.upper()} {path}" for path, item in described["paths"].items() for name in item if name != "parameters"]


def schemathesis(run):
    """Requests generated from the OpenAPI description: no undocumented status, header, media type or body, no 5xx, no way around the token."""
    expected = operations(json.loads(OPENAPI.read_text()))
    phases, selection = PHASES[run.profile], []
    if run.planted:
        phases, selection = "coverage", ["--include-path", "/Users/{id}"]
        expected = [name for name in expected if name.endswith(" /Users/{id}")]
    with tempfile.TemporaryDirectory() as folder:
        report, settings = Path(folder) / "report.json", Path(folder) / "schemathesis.toml"
        # Empty, so that no settings from a parent folder are used.
        settings.write_text("")
        where = ["--url", run.url, "--header", f"Authorization: Bearer {run.token}", *selection]
        what = ["--phases", phases, "--exclude-checks", UNFIT, "--max-examples", str(run.examples), "--seed", str(run.seed)]
        how = ["--generation-database", "none", "--continue-on-failure", "--report", "json", "--report-json-path", str(report)]
        done = program("schemathesis", "--config-file", settings, "run", OPENAPI, *where, *what, *how, limit=900, folder=folder)
        if not report.is_file():
            return [Check("report", False, f"exit code {done.returncode}: {done.stdout[-1500:]}{done.stderr[-500:]}")]
        found = json.loads(report.read_text())
    faults = {}
    for fault in [*found["failures"], *found["errors"]]:
        for name in fault.get("operations") or [fault.get("operation") or "the run"]:
            faults.setdefault(name, []).append(f"{fault.get('code', '')} {fault.get('title', fault)}")
    checks = [Check(name, name not in faults, "; ".join(faults.get(name, []))) for name in expected]
    checks += [Check(name, False, "; ".join(why)) for name, why in faults.items() if name not in expected]
    if not found["complete"] or found["operations"]["tested"] != len(expected) or (found["exit_code"] and not faults):
        checks.append(
            Check("the run", False, f"{found['stop_reason']}, {found['operations']}, exit code {found['exit_code']}: {done.stdout[-1500:]}")
        )
    if not run.planted:
        print(f"   {found['test_cases']['generated']} requests to {found['operations']['tested']} operations, seed {found['seed']}")
    if faults and not run.planted:
        # Requests can be long; the start of each line says enough, and the seed reproduces the rest.
        print("\n".join(line[:300] for line in done.stdout[done.stdout.find("= FAILURES =") :].splitlines()[:200]))
    return checks
