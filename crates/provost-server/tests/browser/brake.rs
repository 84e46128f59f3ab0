//! An owner sets and lifts the brake.

use crate::Stage;
use provost_testing::json::patch;
use serde_json::json;

#[test]
fn an_owner_sets_the_brake_and_lifts_it() {
    Stage::walk(|stage| {
        let owner = stage.owner();
        owner.go("Auth", "Auth");
        owner.choose("tell the owners, and stop");
        owner.fill(&[("Too many are", "2")]);
        owner.press("Save the brake", "Auth");
        owner.reads("The brake is saved.");
        let off = patch("Replace", "active", &json!("False"));
        let statuses = ["ann", "bob", "cid"].map(|name| {
            let id = stage.server.create_user(name);
            stage.server.ask("PATCH", &format!("/Users/{id}"), Some(&off)).status
        });
        assert_eq!(statuses, [200, 200, 403]);
        owner.reload("Auth");
        owner.reads("2 members within the last hour");
        owner.look("auth-brake");
        owner.press("Lift the brake", "Auth");
        owner.reads("The brake is lifted.");
        owner.look("auth-brake-lifted");
    });
}
