//! After a cycle of Entra in which the owner herself was assigned: she is there twice, is merged, and is there once. And what people
//! ask about others is answered on their pages.

use crate::Stage;
use crate::stage::{EMAIL, NAME, PASSWORD};
use serde_json::{Value, json};

/// What Entra sends of somebody who is assigned; gives the id.
fn assign(stage: &Stage<'_>, number: u8, user_name: &str, name: &str) -> String {
    let (given, family) = name.split_once(' ').expect("two names");
    let person = json!({
        "schemas": [
            "urn:ietf:params:scim:schemas:core:2.0:User",
            "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User",
        ],
        "externalId": format!("7f2f0b0e-5a35-4b7c-9d0c-0b6b8b7f5c{number:02}"),
        "userName": user_name,
        "active": true,
        "displayName": name,
        "emails": [{ "primary": true, "type": "work", "value": user_name }],
        "meta": { "resourceType": "User" },
        "name": { "formatted": name, "familyName": family, "givenName": given },
        "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User": { "department": "Harbour" },
    });
    let matched = stage.server.ask("GET", &format!("/Users?filter=userName+eq+%22{user_name}%22"), None);
    assert_eq!(matched.json().get("totalResults"), Some(&json!(0)), "{}", matched.body);
    let made = stage.server.ask("POST", "/Users", Some(&person));
    assert_eq!(made.status, 201, "{}", made.body);
    made.id()
}

/// What Entra sends of a group and its members.
fn assign_group(stage: &Stage<'_>, name: &str, members: &[&str]) {
    let group = json!({
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:Group", "http://schemas.microsoft.com/2006/11/ResourceManagement/ADSCIM/2.0/Group"],
        "externalId": format!("group-{name}"),
        "displayName": name,
        "meta": { "resourceType": "Group" },
    });
    let made = stage.server.ask("POST", "/Groups", Some(&group));
    assert_eq!(made.status, 201, "{}", made.body);
    let group = format!("/Groups/{}", made.id());
    for member in members {
        operation(stage, &group, &json!({ "op": "Add", "path": "members", "value": [{ "value": member }] }));
    }
}

fn operation(stage: &Stage<'_>, path: &str, operation: &Value) {
    let body = json!({
        "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"], "Operations": [operation],
    });
    let done = stage.server.ask("PATCH", path, Some(&body));
    assert!(done.status < 300, "{}", done.body);
}

fn unassign(stage: &Stage<'_>, id: &str) {
    operation(
        stage,
        &format!("/Users/{id}"),
        &json!({ "op": "Replace", "path": "active", "value": "False" }),
    );
}

#[test]
fn an_owner_who_was_assigned_is_merged_and_questions_are_answered() {
    Stage::walk(|stage| {
        let owner = stage.owner();
        let ines = assign(stage, 1, EMAIL, NAME);
        let maren = assign(stage, 2, "maren.okafor@example.com", "Maren Okafor");
        let ravi = assign(stage, 3, "ravi.sandhu@example.com", "Ravi Sandhu");
        assign_group(stage, "Platform", &[&ines, &maren, &ravi]);
        assign_group(stage, "Eng leads", &[&maren]);
        unassign(stage, &ravi);

        owner.go("Members", "Members");
        owner.reads("Possible match");
        owner.look("same-person-listed");
        owner.follow(&format!("Possible match of {NAME}"), NAME);
        owner.reads("Possibly the same person twice.");
        owner.look("same-person-provided");
        owner.follow("See what a merge would do", "Merge two memberships");
        owner.look("same-person-merge");
        owner.fill(&[("Your password", "not the one")]);
        owner.press("Merge into one", "Merge two memberships");
        assert!(owner.title().starts_with("Error: "), "{}", owner.title());
        owner.look("same-person-merge-wrong-password");
        owner.follow("Not now", NAME);
        owner.reads("managed by Entra");
        owner.look("same-person-by-hand");
        owner.follow("See what a merge would do", "Merge two memberships");
        owner.fill(&[("Your password", PASSWORD)]);
        owner.press("Merge into one", NAME);
        owner.reads("The two memberships are one.");
        owner.reads("Merged with the membership of the same person");
        owner.look("same-person-merged");
        owner.go("Members", "Members");
        let list = owner.text_of("main");
        assert!(list.matches(EMAIL).count() == 1 && !list.contains("Possible match"), "{list}");

        // why is she a manager?
        owner.follow("Maren Okafor", "Maren Okafor");
        owner.choose("Manager");
        owner.press("Save the role", "Maren Okafor");
        owner.reads(&format!("Became manager by hand{EMAIL}"));
        owner.reads("Without that: Member, the Default Role.");
        // what if she were un-assigned?
        owner.reads("If they were un-assigned now");
        owner.reads("2 teams");
        owner.look("same-person-manager");
        // when did he lose access, and who did that?
        owner.go("Members", "Members");
        owner.follow("Without access", "Members");
        owner.follow("Ravi Sandhu", "Ravi Sandhu");
        owner.reads("un-assigned: made inactive, by Entra");
        owner.look("same-person-unassigned");
    });
}

#[test]
fn who_was_unassigned_and_is_still_here_is_kept() {
    Stage::walk(|stage| {
        let owner = stage.owner();
        owner.go("Members", "Members");
        owner.follow("Un-assigned, still here", "Members");
        owner.reads("Nobody whom Entra un-assigned is still here by hand.");
        owner.look("left-behind-nobody");
        // an owner who is invited stays beside the user
        stage.run(&[
            "members",
            "invite",
            "theo.marsh@example.com",
            "--name",
            "Theo Marsh",
            "--role",
            "owner",
            "--org",
            "lantern",
        ]);
        let theo = assign(stage, 4, "theo.marsh@example.com", "Theo Marsh");
        unassign(stage, &theo);
        owner.reload("Members");
        owner.reads("Un-assigned in Entra, still here by hand");
        owner.look("left-behind-listed");
        owner.follow("Theo Marsh", "Theo Marsh");
        owner.reads("Un-assigned in Entra, still here by hand.");
        owner.look("left-behind");
        owner.press("Keep them by hand", "Theo Marsh");
        owner.reads("They stay by hand.");
        owner.reads("Kept by hand, although un-assigned");
        owner.look("left-behind-kept");
    });
}
