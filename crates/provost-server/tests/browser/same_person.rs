//! A cycle of Entra also assigns the owner herself: she appears twice until the two are merged. And what people ask
//! about others is answered on their pages.

use crate::Stage;
use crate::entra::{assign, assign_group, object, unassign};
use crate::stage::{EMAIL, NAME, PASSWORD};

#[test]
fn an_owner_who_was_assigned_is_merged_and_questions_are_answered() {
    Stage::walk(|stage| {
        let owner = stage.owner();
        let ines = assign(stage, &object(1), EMAIL, NAME);
        let maren = assign(stage, &object(2), "maren.okafor@example.com", "Maren Okafor");
        let ravi = assign(stage, &object(3), "ravi.sandhu@example.com", "Ravi Sandhu");
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
        // when did he lose access, and through whom?
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
        let theo = assign(stage, &object(4), "theo.marsh@example.com", "Theo Marsh");
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
