//! A member's page after a cycle of the identity provider: why somebody has a role, when somebody lost access and
//! through whom, and what un-assigning would do.

use crate::Stage;
use serde_json::json;

/// The address of the page of a member.
fn page(stage: &Stage<'_>, user_name: &str) -> String {
    let listed = stage.server.folder.json(&["members", "list", "--org", "lantern", "--json"]);
    let mut all = listed.as_array().expect("a list").iter();
    let member = all.find(|member| member.get("userName").is_some_and(|name| name == user_name));
    let id = member.and_then(|member| member.get("id")?.as_str()).expect("a member");
    format!("/settings/lantern/members/{id}/")
}

/// Seen to fail: with a history of the membership only, which leaves out what happened to the user.
#[test]
fn a_page_answers_why_when_and_what_if() {
    Stage::walk(|stage| {
        let owner = stage.owner();
        let maren = stage.server.create_user("maren.okafor");
        let ravi = stage.server.create_user("ravi.sandhu");
        stage.server.patch(&format!("/Users/{maren}"), "replace", "displayName", &json!("Maren Okafor"));
        stage.server.patch(&format!("/Users/{ravi}"), "replace", "displayName", &json!("Ravi Sandhu"));
        for name in ["Platform", "Eng leads"] {
            stage.server.create_group(name, &[&maren, &ravi]);
        }
        stage.run(&["members", "role", "maren.okafor", "manager", "--org", "lantern"]);
        stage.run(&["teams", "create", "On call", "--org", "lantern"]);
        stage.run(&["teams", "add", "on-call", "maren.okafor", "--org", "lantern"]);
        stage.server.patch(&format!("/Users/{ravi}"), "replace", "active", &json!(false));

        // why is she a manager?
        owner.open(&page(stage, "maren.okafor"), "Maren Okafor");
        owner.reads("Became manager");
        owner.reads("Without that: Member, the Default Role.");
        // what if she were un-assigned?
        owner.reads("If they were un-assigned now");
        owner.reads("3 teams");
        owner.reads("The 2 teams of their groups come back. The team by hand does not.");
        owner.look("member");
        // when did he lose access, and through whom?
        owner.open(&format!("/settings/lantern/people/{ravi}/"), "Ravi Sandhu");
        owner.reads("Lost access");
        owner.reads("un-assigned: made inactive, by Entra, token first start");
        owner.look("member-without-access");

        // her own page, and names that are hard to display
        owner.open(&page(stage, crate::stage::EMAIL), crate::stage::NAME);
        owner.reads("The last owner");
        owner.look("member-last-owner");
        let long = "W".repeat(1_000);
        for (n, name) in [long.as_str(), "דוגמה ארוכה"].into_iter().enumerate() {
            stage.server.patch(&format!("/Users/{maren}"), "replace", "displayName", &json!(name));
            owner.open(&page(stage, "maren.okafor"), name);
            owner.look(&format!("member-name-{n}"));
        }
    });
}

/// Seen to fail: with a form on the page that posts elsewhere.
#[test]
fn what_is_done_to_a_member() {
    Stage::walk(|stage| {
        let owner = stage.owner();
        let user = stage.server.create_user("maren.okafor");
        stage.server.patch(&format!("/Users/{user}"), "replace", "displayName", &json!("Maren Okafor"));
        let (path, name) = (page(stage, "maren.okafor"), "Maren Okafor");
        owner.open(&path, name);
        owner.choose("Manager");
        owner.press("Save the role", name);
        owner.reads("The role is saved.");
        owner.reads("Became manager by hand");
        owner.look("member-role-saved");
        owner.press("No longer by hand", name);
        owner.reads("Became member: the role is the Default Role again");
        owner.press("Withdraw the invitation", name);
        owner.reads("The invitation is withdrawn.");
        owner.press("Send the invitation again", name);
        owner.reads("The invitation is sent as soon as possible.");

        let maren = stage.browser();
        let link = stage.link(&["members", "resend", "maren.okafor", "--print-link", "--org", "lantern"]);
        let link =
            link.lines().next_back().expect("a link").rsplit_once("/accept").expect("a path").1.to_owned();
        maren.open(&format!("/accept{link}"), "Join Lantern Works");
        maren.fill(&[("Your name", "Maren"), ("Password", crate::stage::PASSWORD)]);
        maren.press("Join Lantern Works", "Lantern Works");

        // making an owner takes the password
        owner.open(&path, name);
        owner.choose("Owner");
        owner.fill(&[("Your password", "not the one")]);
        owner.press("Save the role", name);
        assert!(owner.title().starts_with("Error: "), "{}", owner.title());
        owner.reads("That is not your password. Nothing was changed.");
        owner.look("member-wrong-password");
        owner.choose("Owner");
        owner.fill(&[("Your password", crate::stage::PASSWORD)]);
        owner.press("Save the role", name);
        owner.reads("Owner, joined on");
        owner.look("member-owner");
        owner.press("End sessions", name);
        owner.reads("The sessions are ended.");
        owner.look("member-sessions-ended");
        maren.open("/settings/lantern/", "Sign in");
        maren.reads("Your sessions of this organisation were ended.");
        maren.look("sign-in-ended-here");

        owner.pop_up("Cut off now…");
        owner.picture("member-cut-off");
        owner.fill(&[("Your password, to cut off an owner", crate::stage::PASSWORD)]);
        owner.press("Cut off", name);
        owner.reads("Without access");
        owner.reads("cut off here: made inactive by hand");
        owner.look("member-cut-off");

        stage.run(&["members", "invite", "theo@example.com", "--role", "member", "--org", "lantern"]);
        owner.open(&page(stage, "theo@example.com"), "theo@example.com");
        owner.pop_up("Remove…");
        owner.picture("member-remove");
        owner.press("Remove the member", "theo@example.com");
        owner.reads("the membership was removed by hand");
    });
}
