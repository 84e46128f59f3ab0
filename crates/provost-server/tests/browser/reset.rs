//! A new password, set through a link that the operator makes.

use crate::Stage;
use crate::stage::EMAIL;

/// Seen to fail: with a password form that does not say whose password it is, about which Chromium complains on the
/// console.
#[test]
fn another_password() {
    Stage::walk(|stage| {
        let elsewhere = stage.owner();
        let link = stage.link(&["account", "reset-link", EMAIL]);
        let browser = stage.browser();
        browser.open(&link, "Choose another password");
        browser.look("reset");
        browser.fill(&[("Password", "short")]);
        browser.press("Set the password and sign in", "Choose another password");
        browser.reads("This has 5 characters; 10 more are needed.");
        assert!(browser.title().starts_with("Error: "), "{}", browser.title());
        assert_eq!(browser.focus(), "password");
        browser.look("reset-wrong");
        browser.fill(&[("Password", "lanterns of the lighthouse")]);
        browser.press("Set the password and sign in", "Lantern Works");
        browser.open(&link, "This link has been used");

        elsewhere.go("Overview", "Sign in");
        elsewhere.reads("The password was changed");
        elsewhere.sign_in("lanterns of the lighthouse", "Lantern Works");
    });
}
