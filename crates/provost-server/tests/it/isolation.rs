//! Two organisations on one server.

use crate::PROVOST;
use provost_testing::json::{patch, text, user};
use provost_testing::program::Server;
use serde_json::{Value, json};

#[test]
fn another_organisations_resources_are_not_there() {
    let s = PROVOST.start();
    assert_eq!(s.folder.run(&["org", "create", "other"]).code(), 0);
    let other = s.folder.token("other");
    let ann = s.create_user("ann");
    let guides = s.create_group("Guides", &[&ann]);
    // the same names are free in the other organisation
    let theirs = s.ask_as(&other, "POST", "/Users", Some(&user("ann"))).id();
    assert_ne!(theirs, ann);
    let group = json!({
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:Group"],
        "displayName": "Guides",
        "members": [{ "value": ann }, { "value": theirs }],
    });
    let made = s.ask_as(&other, "POST", "/Groups", Some(&group));
    assert_eq!(made.status, 201, "{}", made.body);
    assert!(!made.body.contains(&ann), "a member of another organisation does not exist here");

    for (method, path) in [
        ("GET", format!("/Users/{ann}")),
        ("DELETE", format!("/Users/{ann}")),
        ("PUT", format!("/Users/{ann}")),
        ("PATCH", format!("/Users/{ann}")),
        ("GET", format!("/Groups/{guides}")),
        ("DELETE", format!("/Groups/{guides}")),
    ] {
        let body = match method {
            "PUT" => Some(user("mallory")),
            "PATCH" => Some(patch("Replace", "active", &json!(false))),
            _ => None,
        };
        s.ask_as(&other, method, &path, body.as_ref()).assert_scim_error(404);
    }
    for filter in [format!("id%20eq%20%22{ann}%22"), format!("groups.value%20eq%20%22{guides}%22")] {
        let found = s.ask_as(&other, "GET", &format!("/Users?filter={filter}"), None);
        assert!(!found.body.contains(&ann), "{}", found.body);
    }
    assert_eq!(s.folder.members("default"), "ann[guides]");
    assert_eq!(s.folder.members("other"), "ann[guides]");
}

#[test]
fn each_organisation_has_its_profile_and_a_change_holds_at_once() {
    let s = PROVOST.start();
    let colourful = |name: &str| {
        let mut user = user(name);
        user["favouriteColour"] = json!("blue");
        user
    };
    assert_eq!(s.ask("POST", "/Users", Some(&colourful("ann"))).status, 201);
    assert_eq!(s.folder.run(&["org", "update", "default", "--profile", "strict"]).code(), 0);
    s.ask("POST", "/Users", Some(&colourful("bob"))).assert_scim_error(400);
    let shown = s.folder.json(&["org", "show", "default", "--json"]);
    assert_eq!(text(&shown["profile"]), "strict");
}

#[test]
fn a_deleted_organisation_is_gone_with_its_data_and_the_others_stay() {
    let s = PROVOST.start();
    assert_eq!(s.folder.run(&["org", "create", "other"]).code(), 0);
    let other = s.folder.token("other");
    let theirs = s.ask_as(&other, "POST", "/Users", Some(&user("zarathustra"))).id();
    let ann = s.create_user("ann");
    assert_eq!(s.folder.run(&["org", "delete", "other", "--yes"]).code(), 0);
    s.ask_as(&other, "GET", &format!("/Users/{theirs}"), None).assert_scim_error(401);
    assert_eq!(s.folder.run(&["members", "list", "--org", "other"]).code(), 1);
    assert_eq!(s.ask("GET", &format!("/Users/{ann}"), None).status, 200);
    assert_eq!(s.folder.members("default"), "ann[]");
    assert_eq!(names_in_database(&s), ["ann"]);
}

/// All user names in the database, of any organisation.
fn names_in_database(s: &Server) -> Vec<String> {
    let bodies = s.folder.texts("select doc as text from scim_document");
    let name = |body: &String| {
        let body: Value = serde_json::from_str(body).expect("JSON");
        text(&body["userName"]).to_owned()
    };
    bodies.iter().map(name).collect()
}
