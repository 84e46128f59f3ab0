"""Runs third-party SCIM test suites and clients against the built server, and prints `N passed, N failed` as its last line.

    scripts/test judges                                         installs them first (scripts/judges-requirements.txt)
    python scripts/judges.py --binary target/debug/provost      in an environment that has them
    python scripts/judges.py scim-sanity scim-sim               only these

Each judge (suite or client) gets its own organisation on a server started for this run. A judge that checks nothing has failed. Each is also
run against a server with a planted fault and must notice it. docs/judges.md describes the judges and their latest results.
"""

import argparse
import json
import os
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "scripts/lib"))
from scim_judges import OPENAPI, Check, Run, scim2_cli, scim2_tester, scim_sanity, scim_sim, schemathesis
from scim_server import Fault, Server

# Statuses that the OpenAPI description must include, whatever a judge happens to trigger.
STATUSES = ["400", "401", "404", "405", "408", "409", "412", "413", "415", "429", "431", "501"]

# Checks that fail by our decision: judge, profile and check, with the reason. An entry that no longer fails is itself a failure.
KNOWN = {
    ("scim-sanity", "strict", "PATCH /Groups/{id} add member"): (
        "it adds a member whose id nobody has. RFC 7644 section 3.5.2 leaves open what happens then; `strict` answers 400 invalidValue and "
        "names the id, so that a client never assumes a membership that does not exist (`entra` leaves such members out)"
    ),
    ("scim2-tester", "entra", "User check_remove_attribute active"): "it removes `active` and expects it to be gone. In `entra`, having no value changes "
    "nothing, because only true grants access and only false removes it: a mapping without a result sends the same.",
}


# Each with the profiles it judges. scim-sanity expects 200 for PATCH of a group; in `entra` it is 204 on purpose, which RFC 7644 section
# 3.5.2 allows, because a group can have 100,000 members.
JUDGES = {
    "scim2-tester": (scim2_tester, ["strict", "entra"]),
    "scim-sanity": (scim_sanity, ["strict"]),
    "scim2-cli": (scim2_cli, ["strict", "entra"]),
    "scim-sim": (scim_sim, ["strict", "entra"]),
    "schemathesis": (schemathesis, ["strict", "entra"]),
}


def openapi():
    """Checks that the checked-in description is what its program generates, and includes the required statuses."""
    made = subprocess.run([sys.executable, ROOT / "docs/openapi/make.py", "--check"], check=False, capture_output=True, text=True)
    described = json.loads(OPENAPI.read_text())
    known = {
        status for item in described["paths"].values() for name, m in item.items() if name != "parameters" for status in m["responses"]
    }
    return [
        Check("fresh", made.returncode == 0, made.stdout + made.stderr),
        *(Check(f"status {status} is described", status in known) for status in STATUSES),
    ]


def settle(judge, profile, checks):
    """The checks without those in KNOWN, plus one for each broken rule of this program."""
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
            print(f"   {'skipped:' if check.ok is None else 'FAIL'} {check.name}: {check.why.strip()}")
    sys.stdout.flush()
    return passed, failed


def failures(checks):
    return {check.name for check in checks if check.ok is False}


def selected_judges(server, given):
    """Runs the judges, each in its profiles and then on the planted fault, and yields the counts of each."""
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
            planted = judge(Run(fault.url, token, profile, given, planted=True))
        noticed = failures(planted) - failures(checks)
        # A judge that always fails would notice anything: the rest must still pass.
        ok = bool(noticed) and any(check.ok for check in planted)
        print(f"   noticed by: {', '.join(sorted(noticed)[:4])}{' and more' if len(noticed) > 4 else ''}")
        yield count(f"{name}, planted fault", [Check("noticed", ok, "DELETE was answered 202 and nothing was deleted")], begun)


def start(server):
    """The token printed at the first start works, and the served description is the one checked in."""
    import httpx2

    status = httpx2.get(f"{server.url}/Users", headers={"Authorization": f"Bearer {server.token}"}).status_code
    served = httpx2.get(server.url.replace("/scim/v2", "/openapi.json"))
    return [
        Check("the printed token works", status == 200, f"answered {status}"),
        Check("the description is served", served.text == OPENAPI.read_text(), f"{served.status_code}: {served.text[:200]}"),
    ]


def built(given):
    """The server to judge: the one named, or one built now."""
    named = given.binary or os.environ.get("PROVOST_BINARY")
    if not named:
        subprocess.run(["cargo", "build", "--quiet", "--package", "provost-server"], cwd=ROOT, check=True)
        named = Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target")) / "debug/provost"
    if not Path(named).is_file():
        raise SystemExit(f"{named} does not exist: build it first")
    return named


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("judges", nargs="*", metavar="JUDGE", help=f"which: {', '.join(JUDGES)} [default: all]")
    parser.add_argument("--binary", help="the built server [default: $PROVOST_BINARY, or it is built now]")
    parser.add_argument("--database", help="an empty database for it [default: a new file]")
    parser.add_argument("--seed", type=int, default=7644, help="of schemathesis' random requests [default: 7644]")
    parser.add_argument("--examples", type=int, default=20, help="random requests per operation and phase [default: 20]")
    given = parser.parse_args()
    if unknown := [name for name in given.judges if name not in JUDGES]:
        parser.error(f"there is no judge {unknown[0]}; the judges are: {', '.join(JUDGES)}")
    with Server(built(given), given.database) as server:
        begun = time.monotonic()
        counts = [count("server", start(server), begun), count("openapi", openapi(), begun)]
        counts += selected_judges(server, given)
        if server.process.poll() is not None:
            counts.append(count("server", [Check("still there", False, "it ended while it was judged")], begun))
    passed, failed = (sum(column) for column in zip(*counts))
    print(f"{passed} passed, {failed} failed")
    return 1 if failed or not passed else 0


if __name__ == "__main__":
    sys.exit(main())
