//! The own account: the name, the password, and an organisation that one cannot leave.

use crate::Stage;
use crate::stage::{NAME, PASSWORD};

/// Seen to fail: with the name of before shown after it was saved.
#[test]
fn the_own_account_is_changed_by_its_person() {
    Stage::walk(|stage| {
        let owner = stage.owner();
        owner.go("Account and sessions", NAME);
        owner.fill(&[("Your name", "Inès Falk-Østergård")]);
        owner.press("Save the name", "Inès Falk-Østergård");
        owner.reads("The name is saved.");
        owner.fill(&[("Present password", "a guess"), ("New password", "a lighthouse for every harbour")]);
        owner.press("Change the password", "Inès Falk-Østergård");
        owner.reads("That is not your password. Nothing was changed.");
        owner.look("account-wrong");
        owner.fill(&[("Present password", PASSWORD), ("New password", "a lighthouse for every harbour")]);
        owner.press("Change the password", "Inès Falk-Østergård");
        owner.reads("The password is changed.");
        owner.look("account-changed");
        owner.pop_up("Leave… Lantern Works");
        owner.fill(&[("Your password, since you are an owner", "a lighthouse for every harbour")]);
        owner.press("Leave the organisation", "Inès Falk-Østergård");
        owner.reads("owner");
        owner.look("account-last-owner");
    });
}
