//! The requests that Entra's provisioning agent sends about people and groups that are assigned and un-assigned.

use crate::Stage;
use serde_json::{Value, json};

/// An object id.
pub(crate) fn object(number: u8) -> String {
    format!("7f2f0b0e-5a35-4b7c-9d0c-0b6b8b7f5c{number:02}")
}

/// The requests for a newly assigned person. Returns the id.
pub(crate) fn assign(stage: &Stage<'_>, object: &str, user_name: &str, name: &str) -> String {
    let (given, family) = name.split_once(' ').expect("two names");
    let person = json!({
        "schemas": [
            "urn:ietf:params:scim:schemas:core:2.0:User",
            "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User",
        ],
        "externalId": object,
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

/// The requests for a group and its members.
pub(crate) fn assign_group(stage: &Stage<'_>, name: &str, members: &[&str]) {
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

/// The request for an un-assigned person.
pub(crate) fn unassign(stage: &Stage<'_>, id: &str) {
    operation(
        stage,
        &format!("/Users/{id}"),
        &json!({ "op": "Replace", "path": "active", "value": "False" }),
    );
}

/// The request for a person assigned again.
pub(crate) fn assign_again(stage: &Stage<'_>, id: &str) {
    operation(stage, &format!("/Users/{id}"), &json!({ "op": "Replace", "path": "active", "value": "True" }));
}

/// The request of Test Connection: a filter for a user who does not exist.
pub(crate) fn test_connection(stage: &Stage<'_>) {
    let answer = stage.server.ask("GET", "/Users?filter=userName+eq+%2247b7d7a1-nobody%22", None);
    assert_eq!((answer.status, answer.json().get("totalResults")), (200, Some(&json!(0))), "{}", answer.body);
}
