"""Makes the database: `make.py PROVOST FOLDER`, PROVOST being the binary that README.md names.

It writes `old.db` and `old.json` to FOLDER; what they hold is said in README.md.
"""

import pathlib
import sys

sys.path.append(str(pathlib.Path(__file__).resolve().parent.parent))
from maker import Provost

PROFILES = ["entra", "okta", "strict"]
USER = "urn:ietf:params:scim:schemas:core:2.0:User"
ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
GROUP = "urn:ietf:params:scim:schemas:core:2.0:Group"
PATCH = "urn:ietf:params:scim:api:messages:2.0:PatchOp"
LISTS = [
    "/Users?count=100",
    "/Groups?count=100",
    "/Users?sortBy=userName&sortOrder=descending&count=100",
    "/Users?sortBy=active&count=100",
    '/Users?filter=emails[type eq "work" and value eq "maren@example.com"]',
    '/Users?filter=emails.value sw "t"',
    '/Users?filter=title eq "Keeper"',
    f'/Users?filter={ENTERPRISE}:manager.value eq "MANAGER"',
    '/Users?filter=phoneNumbers[type eq "mobile" and value eq "+4711"]',
    '/Users?filter=groups.display eq "Lantern Platform"',
    '/Groups?filter=members.value eq "MANAGER"',
    '/Groups?filter=displayName eq "nobody"',
    "/Users?startIndex=3&count=2",
]


class Organisation:
    def __init__(self, provost, profile):
        self.provost, self.profile = provost, profile
        unique = ["--unique-external-id", "on"] if profile == "entra" else []
        provost.run("org", "create", profile, "--profile", profile, *unique)
        self.token = provost.run("token", "create", "--org", profile).strip()

    def ask(self, method, path, body=None):
        return self.provost.ask(self.token, method, path, body)

    def user(self, name, **more):
        body = {"schemas": [USER, ENTERPRISE], "userName": f"{name}@{self.profile}.example", "externalId": name}
        return self.ask("POST", "/Users", {**body, "displayName": name.title(), "active": True, **more})["id"]

    def group(self, name, *members):
        body = {"schemas": [GROUP], "displayName": name, "externalId": f"group {name}"}
        return self.ask("POST", "/Groups", {**body, "members": [{"value": m} for m in members]})["id"]

    def patch(self, path, *operations):
        self.ask("PATCH", path, {"schemas": [PATCH], "Operations": list(operations)})

    def play(self):
        mail = lambda name: [{"type": "work", "value": f"{name}@example.com", "primary": True},
                             {"type": "home", "value": f"{name}@home.example"}]
        maren = self.user("maren", emails=mail("maren"), title="Keeper")
        phones = [{"type": "mobile", "value": "+4711"}]
        tobias = self.user("tobias", emails=mail("tobias"), phoneNumbers=phones, title="Warden")
        led = self.user("ines", **{ENTERPRISE: {"manager": {"value": maren}, "department": "Care"}})
        away = self.user("away", emails=mail("away"), active=False)
        gone = self.user("gone", emails=mail("gone"))
        care = self.group("Lantern Care", tobias, led, away, gone)
        self.group("Lantern Platform", maren, led, care)
        self.group("Nobody")
        self.ask("DELETE", f"/Users/{gone}")
        self.patch(f"/Groups/{care}", {"op": "add", "path": "members", "value": [{"value": maren}]})
        self.patch(f"/Users/{tobias}", {"op": "replace", "path": "title", "value": "Keeper"})
        return maren


def main(binary, folder):
    provost = Provost(binary, folder, "--indexed", "User:title")
    # the one of that name is deleted before it is made anew
    Organisation(provost, "strict")
    provost.serve()
    told = {}
    try:
        first = Organisation.__new__(Organisation)
        first.provost, first.profile = provost, "strict"
        first.token = provost.run("token", "create", "--org", "strict").strip()
        first.play()
        provost.run("org", "delete", "strict")
        for organisation in [Organisation(provost, profile) for profile in PROFILES]:
            manager = organisation.play()
            told[organisation.profile] = {
                "token": organisation.token,
                "answers": {
                    path: organisation.ask("GET", path)
                    for path in (path.replace("MANAGER", manager) for path in LISTS)
                },
                "members": provost.json("members", "list", "--org", organisation.profile),
                "teams": provost.json("teams", "list", "--org", organisation.profile),
            }
    finally:
        provost.stop()
    provost.save(told)


main(*sys.argv[1:])
