//! Teams: some that follow groups, and one made by hand.

use crate::Stage;
use serde_json::json;

/// Seen to fail: with a form that changes a team which follows a group.
#[test]
fn a_team_that_follows_a_group_and_one_by_hand() {
    Stage::walk(|stage| {
        let owner = stage.owner();
        owner.go("Teams", "Teams");
        owner.reads("No teams yet");
        owner.look("teams-none");
        let (ann, bob) = (stage.server.create_user("ann.smith"), stage.server.create_user("bob"));
        stage.server.patch(&format!("/Users/{ann}"), "replace", "displayName", &json!("Ann Smith"));
        stage.server.create_group("Lantern Platform and Infrastructure", &[&ann, &bob]);
        stage.server.patch(&format!("/Users/{bob}"), "replace", "active", &json!(false));
        owner.reload("Teams");
        owner.look("teams-group");
        owner.follow("Lantern Platform and Infrastructure", "Lantern Platform and Infrastructure");
        owner.reads("1 of the people in the group has no access.");
        owner.reads("Ann Smith");
        owner.look("team-of-a-group");

        owner.go("Teams", "Teams");
        owner.fill(&[("Name", "On call")]);
        owner.press("Make the team", "On call");
        owner.reads("The team is made.");
        owner.fill(&[("Person", "nobody")]);
        owner.press("Add to the team", "On call");
        owner.reads("Nobody here has the user name");
        owner.look("team-by-hand-wrong");
        owner.fill(&[("Person", "ann.smith@example.com")]);
        owner.press("Add to the team", "On call");
        owner.reads("Added to the team.");
        owner.fill(&[("Name", "Watch")]);
        owner.press("Save the name", "Watch");
        owner.look("team-by-hand");
        owner.press("Remove Ann Smith", "Watch");
        owner.reads("Nobody is in it");
        owner.pop_up("Delete…");
        owner.look("team-delete");
        owner.press("Delete the team", "Teams");
        owner.reads("The team is deleted.");
        owner.look("teams-deleted");
    });
}
