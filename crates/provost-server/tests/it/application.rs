//! Directory and application: what happens to memberships and teams.

use crate::PROVOST;
use provost_testing::json::{elements, patch, text, user};
use provost_testing::program::Server;
use serde_json::json;

#[test]
fn unassign_takes_membership_and_team_memberships_and_assign_brings_them_back() {
    let s = PROVOST.start();
    let (ann, bob) = (s.create_user("ann"), s.create_user("bob"));
    s.create_group("Guides", &[&ann, &bob]);
    let drivers = s.create_group("Drivers", &[]);
    s.patch(&format!("/Groups/{drivers}"), "Add", "members", &json!([{ "value": ann }]));
    assert_eq!(s.folder.members("default"), "ann[drivers guides] bob[guides]");

    s.patch(&format!("/Users/{ann}"), "Replace", "active", &json!("False"));
    assert_eq!(s.folder.members("default"), "bob[guides]");
    assert_eq!(s.folder.teams("default"), "drivers(Drivers): , guides(Guides): bob");
    let read = s.ask("GET", &format!("/Users/{ann}"), None);
    assert_eq!((read.status, &read.json()["active"]), (200, &json!(false)), "it stays readable");
    // a user that joins a group while inactive is in the team on return
    let pilots = s.create_group("Pilots", &[&ann]);
    assert_eq!(s.folder.teams("default"), "drivers(Drivers): , guides(Guides): bob, pilots(Pilots): ");
    // and one that left it is not
    s.patch(&format!("/Groups/{drivers}"), "Remove", "members", &json!([{ "value": ann }]));

    s.patch(&format!("/Users/{ann}"), "Replace", "active", &json!("True"));
    assert_eq!(s.folder.members("default"), "ann[guides pilots] bob[guides]");
    s.ask("DELETE", &format!("/Groups/{pilots}"), None);
    assert_eq!(s.folder.members("default"), "ann[guides] bob[guides]");
    assert_eq!(s.ask("DELETE", &format!("/Users/{ann}"), None).status, 204);
    assert_eq!(s.folder.members("default"), "bob[guides]");
    assert_eq!(s.folder.teams("default"), "drivers(Drivers): , guides(Guides): bob");
}

#[test]
fn a_user_who_is_made_inactive_is_no_member() {
    let s = PROVOST.start();
    let mut away = user("ann");
    away["active"] = json!(false);
    let id = s.ask("POST", "/Users", Some(&away)).id();
    s.create_group("Guides", &[&id]);
    assert_eq!(
        (s.folder.members("default").as_str(), s.folder.teams("default").as_str()),
        ("", "guides(Guides): ")
    );
    // PUT with active true re-activates too
    let put = s.ask("PUT", &format!("/Users/{id}"), Some(&user("ann")));
    assert_eq!(put.status, 200, "{}", put.body);
    assert_eq!(s.folder.members("default"), "ann[guides]");
}

#[test]
fn a_renamed_group_keeps_its_slug_and_like_names_are_numbered() {
    let s = PROVOST.start();
    let first = s.create_group("Zürich / Guides", &[]);
    s.create_group("zurich guides", &[]);
    assert_eq!(
        s.folder.teams("default"),
        "zurich-guides(Zürich / Guides): , zurich-guides-2(zurich guides): "
    );
    s.patch(&format!("/Groups/{first}"), "Replace", "displayName", &json!("Bern"));
    assert_eq!(s.folder.teams("default"), "zurich-guides(Bern): , zurich-guides-2(zurich guides): ");
}

#[test]
fn a_member_is_listed_with_everything_of_the_contract() {
    let s = PROVOST.start();
    let mut ann = user("ann");
    ann["displayName"] = json!("Ann Example");
    let id = s.ask("POST", "/Users", Some(&ann)).id();
    let group = s.create_group("Guides", &[&id]);
    let members = s.folder.json(&["members", "list", "--org", "default", "--json"]);
    let member = json!({
        "userName": "ann", "displayName": "Ann Example", "email": "ann@example.com", "role": "member",
        "state": "provisioned", "scimUserId": id, "managedBy": "scim", "teams": ["guides"], "id": members[0]["id"],
        "roleSource": "default", "joined": null, "lastSignIn": null,
    });
    assert_eq!(members, json!([member]));
    let teams = s.folder.json(&["teams", "list", "--org", "default", "--json"]);
    let team = json!({
        "slug": "guides", "name": "Guides", "groupId": group,
        "members": [{ "userName": "ann", "scimUserId": id, "id": members[0]["id"] }], "id": teams[0]["id"],
        "managedBy": "scim",
    });
    assert_eq!(teams, json!([team]));
}

#[test]
fn new_members_get_the_role_of_the_moment() {
    let s = PROVOST.start();
    s.create_user("ann");
    assert_eq!(s.folder.run(&["org", "update", "default", "--default-role", "manager"]).code(), 0);
    let bob = s.create_user("bob");
    let roles = |s: &Server| {
        let members = s.folder.json(&["members", "list", "--org", "default", "--json"]);
        let roles =
            elements(&members).iter().map(|m| format!("{} {}", text(&m["userName"]), text(&m["role"])));
        roles.collect::<Vec<_>>().join(", ")
    };
    assert_eq!(roles(&s), "ann member, bob manager");
    // a re-activation makes a new membership
    assert_eq!(s.folder.run(&["org", "update", "default", "--default-role", "member"]).code(), 0);
    for active in ["False", "True"] {
        s.patch(&format!("/Users/{bob}"), "Replace", "active", &json!(active));
    }
    assert_eq!(roles(&s), "ann member, bob member");
}

#[test]
fn a_refused_write_changes_nothing_of_the_application() {
    let s = PROVOST.start();
    let ann = s.create_user("ann");
    s.create_group("Guides", &[&ann]);
    assert_eq!(s.ask("POST", "/Users", Some(&user("ANN"))).status, 409);
    let mut patch = patch("Replace", "active", &json!(false));
    patch["Operations"]
        .as_array_mut()
        .expect("a list")
        .push(json!({ "op": "Replace", "path": "][", "value": 1 }));
    assert_eq!(s.ask("PATCH", &format!("/Users/{ann}"), Some(&patch)).status, 400);
    assert_eq!(s.folder.members("default"), "ann[guides]");
}
