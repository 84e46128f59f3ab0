//! Memberships and teams by hand next to SCIM: no SCIM operation shows, finds or changes them.

use crate::console::owned;
use crate::member_acts::joined;
use provost_testing::http::Answer;
use provost_testing::json::{elements, group, patch, text, user};
use provost_testing::program::Server;
use serde_json::{Value, json};

const MIA: &str = "mia@example.com";

fn run(s: &Server, arguments: &[&str]) {
    let ran = s.folder.run(arguments);
    assert_eq!(ran.code(), 0, "{arguments:?}: {}", ran.stderr());
}

/// All members and teams by hand, as listed.
fn by_hand(s: &Server) -> Vec<Value> {
    let of = |what: &str| s.folder.json(&[what, "list", "--org", "lantern", "--json"]);
    let (members, teams) = (of("members"), of("teams"));
    let all = elements(&members).iter().chain(elements(&teams));
    all.filter(|one| text(&one["managedBy"]) == "hand").cloned().collect()
}

/// An organisation with members and a team by hand, and the values that must not show.
struct Scene {
    s: Server,
    before: Vec<Value>,
    unseen: Vec<String>,
}

impl Scene {
    fn start() -> Self {
        let (s, _) = owned();
        drop(joined(&s, MIA, "manager"));
        drop(joined(&s, "eve@example.com", "member"));
        run(&s, &["members", "invite", "zoe@example.com", "--role", "member", "--org", "lantern"]);
        run(&s, &["teams", "create", "On call", "--org", "lantern"]);
        for member in [MIA, "eve@example.com", "zoe@example.com"] {
            run(&s, &["teams", "add", "on-call", member, "--org", "lantern"]);
        }
        let before = by_hand(&s);
        assert_eq!(before.len(), 5, "{before:?}");
        let mut unseen: Vec<String> = before.iter().map(|one| text(&one["id"]).to_owned()).collect();
        unseen.extend(["ines.falk", "eve@", "zoe@", "on-call"].map(str::to_owned));
        Self { s, before, unseen }
    }

    fn id_of(&self, name: &str) -> String {
        let found = self.before.iter().find(|one| one["userName"] == json!(name));
        text(&found.expect("a member by hand")["id"]).to_owned()
    }

    /// Sends a request, and checks that everything by hand is unchanged.
    fn ask(&self, method: &str, path: &str, body: Option<&Value>, status: u16) -> Answer {
        let answer = self.s.ask(method, path, body);
        assert_eq!(answer.status, status, "{method} {path}: {}", answer.body);
        assert_eq!(by_hand(&self.s), self.before, "{method} {path}");
        answer
    }

    /// The same, and the answer must contain nothing made by hand.
    fn ask_unseen(&self, method: &str, path: &str, body: Option<&Value>, status: u16) -> Answer {
        let answer = self.ask(method, path, body, status);
        // the answer may repeat what was asked for
        let asked = format!("{path} {}", body.map(ToString::to_string).unwrap_or_default());
        let seen = self.unseen.iter().find(|text| answer.body.contains(*text) && !asked.contains(*text));
        assert_eq!(seen, None, "{method} {path}: {}", answer.body);
        answer
    }
}

#[test]
fn no_operation_shows_finds_or_reaches_what_is_by_hand() {
    let x = Scene::start();
    let mia = x.id_of(MIA);
    let team =
        text(&x.before.iter().find(|one| one["slug"] == json!("on-call")).expect("a team")["id"]).to_owned();
    let total = |answer: &Answer| answer.json()["totalResults"].as_i64();
    for path in [
        "/Users".to_owned(),
        "/Groups".to_owned(),
        format!("/Users?filter=userName+eq+%22{MIA}%22"),
        format!("/Users?filter=emails.value+eq+%22{MIA}%22"),
        "/Users?filter=userName+co+%22example%22".to_owned(),
        format!("/Users?filter=id+eq+%22{mia}%22"),
        "/Groups?filter=displayName+eq+%22On+call%22".to_owned(),
        format!("/Groups?filter=members.value+eq+%22{mia}%22"),
    ] {
        assert_eq!(total(&x.ask_unseen("GET", &path, None, 200)), Some(0), "{path}");
    }
    let search =
        json!({ "schemas": ["urn:ietf:params:scim:api:messages:2.0:SearchRequest"], "filter": "id pr" });
    x.ask_unseen("POST", "/.search", Some(&search), 501);
    for path in ["/Users/.search", "/Groups/.search"] {
        assert_eq!(total(&x.ask_unseen("POST", path, Some(&search), 200)), Some(0), "{path}");
    }
    let off = patch("Replace", "active", &json!("False"));
    let mut put = user(MIA);
    put["active"] = json!(false);
    for id in [mia.as_str(), MIA] {
        let path = format!("/Users/{id}");
        for (method, body) in [("GET", None), ("PUT", Some(&put)), ("PATCH", Some(&off)), ("DELETE", None)] {
            x.ask_unseen(method, &path, body, 404);
        }
    }
    let renamed = patch("Replace", "displayName", &json!("Mine"));
    let emptied = patch("Remove", "members", &Value::Null);
    for id in [team.as_str(), "on-call"] {
        let path = format!("/Groups/{id}");
        for (method, body) in [
            ("GET", None),
            ("PUT", Some(&group("Mine", &[]))),
            ("PATCH", Some(&renamed)),
            ("PATCH", Some(&emptied)),
            ("DELETE", None),
        ] {
            x.ask_unseen(method, &path, body, 404);
        }
    }
    let part =
        |method: &str, path: String, data: &Value| json!({ "method": method, "path": path, "data": data });
    let bulk = json!({
        "schemas": ["urn:ietf:params:scim:api:messages:2.0:BulkRequest"],
        "Operations": [
            part("PATCH", format!("/Users/{mia}"), &off),
            part("DELETE", format!("/Users/{mia}"), &Value::Null),
            part("DELETE", format!("/Groups/{team}"), &Value::Null),
        ],
    });
    let parts = x.ask_unseen("POST", "/Bulk", Some(&bulk), 200).json();
    assert!(elements(&parts["Operations"]).iter().all(|part| part["status"] == json!("404")), "{parts}");
    // nor do their keys put them into a group
    let guides = x.ask_unseen("POST", "/Groups", Some(&group("Guides", &[&mia])), 201);
    assert!(guides.json()["members"].is_null(), "{}", guides.body);
    x.ask_unseen("GET", &format!("/Groups/{}", guides.id()), None, 200);
}

/// A user with the address of a member by hand, or a group with the name of a team by hand, is a separate one.
///
/// Seen to fail: with an accepted invitation treated as one that SCIM replaces.
#[test]
fn who_has_the_same_address_or_name_is_somebody_else() {
    let x = Scene::start();
    let made = x.ask("POST", "/Users", Some(&user(MIA)), 201).id();
    let other = x.ask("POST", "/Users", Some(&user("bob@example.com")), 201).id();
    let path = format!("/Users/{made}");
    let on = |is_on: &str| patch("Replace", "active", &json!(is_on));
    let team = x.ask("POST", "/Groups", Some(&group("On call", &[&made, &other])), 201).id();
    let group_path = format!("/Groups/{team}");
    let member = json!([{ "value": made }]);
    for (method, path, body, status) in [
        ("PATCH", &path, Some(patch("Replace", "displayName", &json!("Mia of Entra"))), 200),
        ("PATCH", &path, Some(on("False")), 200),
        ("PATCH", &path, Some(on("True")), 200),
        ("PATCH", &group_path, Some(patch("Remove", "members", &member)), 204),
        ("PATCH", &group_path, Some(patch("Add", "members", &member)), 204),
        ("PUT", &group_path, Some(group("On call", &[&other])), 200),
        ("PATCH", &group_path, Some(patch("Replace", "displayName", &json!("On duty"))), 204),
        ("DELETE", &group_path, None, 204),
        ("PUT", &path, Some(user(MIA)), 200),
        ("PATCH", &path, Some(patch("Replace", "userName", &json!("mia.two@example.com"))), 200),
        ("PATCH", &path, Some(patch("Replace", "userName", &json!(MIA))), 200),
        ("PATCH", &path, Some(on("False")), 200),
        ("DELETE", &path, None, 204),
    ] {
        x.ask(method, path, body.as_ref(), status);
    }
    let bulk = json!({
        "schemas": ["urn:ietf:params:scim:api:messages:2.0:BulkRequest"],
        "Operations": [
            { "method": "POST", "path": "/Users", "bulkId": "mia", "data": user(MIA) },
            { "method": "PATCH", "path": "/Users/bulkId:mia", "data": on("False") },
            { "method": "DELETE", "path": "/Users/bulkId:mia" },
            { "method": "DELETE", "path": format!("/Users/{other}") },
        ],
    });
    let parts = x.ask("POST", "/Bulk", Some(&bulk), 200).json();
    let statuses: Vec<&str> =
        elements(&parts["Operations"]).iter().map(|part| text(&part["status"])).collect();
    assert_eq!(statuses, ["201", "200", "204", "204"], "{parts}");
    assert_eq!(x.s.folder.run(&["check"]).stdout(), "no faults\n");
}
