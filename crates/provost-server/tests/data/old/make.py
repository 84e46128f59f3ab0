"""Makes the database of before: `make.py PROVOST FOLDER`.

PROVOST is the binary as it was before userNames were judged and `active` was required for access (the commit
"Adopt 75 cases from public bug reports, and the vectors that follow the settled questions"). A newer one refuses some
of these requests and answers others differently, so this script ends with the first answer that it does not expect.
It writes `old.db` and `old.json` to FOLDER; what they hold is said in README.md.
"""

import pathlib
import sys
import time

sys.path.append(str(pathlib.Path(__file__).resolve().parent.parent))
from maker import Provost

PROFILES = ["entra", "okta", "strict", "interop"]
USER = "urn:ietf:params:scim:schemas:core:2.0:User"
GROUP = "urn:ietf:params:scim:schemas:core:2.0:Group"
DEVICE = "urn:example:scim:schemas:core:2.0:Device"
PATCH = "urn:ietf:params:scim:api:messages:2.0:PatchOp"

# names that are judged, or compared, otherwise since: of those that are one now, the first is the oldest
NAMES = {
    "entra": ["anna ", "anna", " Anna", "straße", "line\nbreak"],
    "okta": ["anna ", "anna", "strasse", " ", "right\u202eleft"],
    "strict": ["anna ", "anna", "straße", "zero\u200bwidth", "Ｙｕｋｉ"],
    "interop": [" Bodil", "bodil", "Οδυσσεύς", "   ", "tab\tbetween", "line\u2028separator"],
}


class Organisation:
    def __init__(self, provost, profile):
        self.provost, self.profile = provost, profile
        provost.run("org", "create", profile, "--profile", profile, "--name", f"Profile {profile}")
        self.token = provost.run("token", "create", "--org", profile, "--label", "in use").strip()
        self.ids = {}

    def ask(self, method, path, body=None, **more):
        return self.provost.ask(self.token, method, path, body, **more)

    def user(self, user_name, **more):
        body = {"schemas": [USER], "userName": user_name, "externalId": f"{self.profile}-{len(self.ids)}", **more}
        self.ids[user_name] = self.ask("POST", "/Users", body)["id"]
        return self.ids[user_name]

    def patch(self, path, *operations):
        self.ask("PATCH", path, {"schemas": [PATCH], "Operations": list(operations)})

    def play(self):
        email = [{"type": "work", "value": "maren@example.com", "primary": True}]
        maren = self.user("maren", displayName="Maren Okafor", emails=email, active=True)
        plain = self.user("without active", displayName="Tobias Lindqvist", name={"familyName": "Lindqvist"})
        disabled = self.user("disabled", active=True)
        self.patch(f"/Users/{disabled}", {"op": "replace", "path": "active", "value": False})
        born = self.user("disabled from the start", active=False)
        removed = self.user("active removed", active=True)
        self.patch(f"/Users/{removed}", {"op": "remove", "path": "active"})
        back = self.user("disabled, then removed", active=False)
        self.patch(f"/Users/{back}", {"op": "remove", "path": "active"})
        gone = self.user("deleted", active=True)
        names = [self.user(name) for name in NAMES[self.profile]]
        everybody = [maren, plain, disabled, born, removed, back, gone, *names]
        for name, members in [("Lantern Platform", everybody), ("Lantern Care", [plain, disabled]), ("Nobody", [])]:
            group = {"schemas": [GROUP], "displayName": name, "members": [{"value": m} for m in members]}
            self.ids[name] = self.ask("POST", "/Groups", group)["id"]
        self.ask("DELETE", f"/Users/{gone}")
        del self.ids["deleted"]
        # a refused write, and one that changes nothing: both are in the audit trail
        self.ask("POST", "/Users", {"schemas": [USER], "userName": "MAREN"}, expect=(409,))
        self.patch(f"/Users/{maren}", {"op": "replace", "path": "active", "value": True})
        for serial, active in [("d1", {"active": True}), ("d2", {"active": False}), ("d3", {})]:
            device = {"schemas": [DEVICE], "serial": serial, **active}
            self.ids[serial] = self.ask("POST", "/Devices", device)["id"]


def main(binary, folder):
    provost = Provost(binary, folder, "--schemas", str(pathlib.Path(__file__).parent / "schemas"))
    organisations = [Organisation(provost, profile) for profile in PROFILES]
    revoked = provost.json("token", "create", "--org", "entra", "--label", "revoked")
    provost.run("token", "revoke", revoked["keyId"])
    expired = provost.run("token", "create", "--org", "entra", "--label", "expired", "--expires-in", "1s").strip()
    time.sleep(1.1)
    provost.serve()
    told = {"revoked": revoked["token"], "expired": expired}
    try:
        for organisation in organisations:
            organisation.play()
            told[organisation.profile] = {
                "token": organisation.token,
                "ids": organisation.ids,
                # the access that the old server granted, which a migration keeps
                "members": provost.json("members", "list", "--org", organisation.profile),
                "teams": provost.json("teams", "list", "--org", organisation.profile),
                "users": organisation.ask("GET", "/Users?count=100")["Resources"],
            }
    finally:
        provost.stop()
    provost.save(told)


main(*sys.argv[1:])
