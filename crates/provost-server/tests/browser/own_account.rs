//! One's own account: the name, the password, and an organisation that one cannot leave.

use crate::Stage;
use crate::invited::path;
use crate::stage::{NAME, PASSWORD};

/// Seen to fail: with the old name shown after saving.
#[test]
fn the_own_account_is_changed_by_its_person() {
    Stage::walk(|stage| {
        let owner = stage.owner();
        owner.go("Account and sessions", NAME);
        owner.fill(&[("Your name", "Inès Falk-Østergård")]);
        owner.press("Save the name", "Inès Falk-Østergård");
        owner.reads("The name is saved.");
        owner.fill(&[("Current password", "a guess"), ("New password", "a lighthouse for every harbour")]);
        owner.press("Change the password", "Inès Falk-Østergård");
        owner.reads("That is not your password. Nothing was changed.");
        owner.look("account-wrong");
        owner.fill(&[("Current password", PASSWORD), ("New password", "a lighthouse for every harbour")]);
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

/// Seen to fail: without the address that belongs to the password, about which Chromium complains on the console.
#[test]
fn the_sign_in_address_is_changed_by_a_mail() {
    const ADDRESS: &str = "ines@lantern.example";
    Stage::walk_with_mail(|stage, sink| {
        let owner = stage.owner();
        owner.go("Account and sessions", NAME);
        owner.fill(&[("New address", ADDRESS), ("Your password", "a guess")]);
        owner.press("Send the link", NAME);
        owner.reads("That is not your password. Nothing was changed.");
        owner.look("account-address-wrong");
        owner.fill(&[("New address", ADDRESS), ("Your password", PASSWORD)]);
        owner.press("Send the link", NAME);
        owner.reads("Until you open it, nothing changes.");
        owner.look("account-address-asked");
        let link = path(&sink.wait_for(1).remove(0), "confirm");
        let phone = stage.browser();
        phone.open(&link, "Confirm the new address");
        phone.look("confirm-address");
        phone.fill(&[("Password of the account", "a guess")]);
        phone.press("Sign in with this address from now on", "Confirm the new address");
        phone.look("confirm-address-wrong");
        phone.fill(&[("Password of the account", PASSWORD)]);
        phone.press("Sign in with this address from now on", NAME);
        phone.reads(ADDRESS);
        owner.open(&link, "This link has been used");
    });
}
