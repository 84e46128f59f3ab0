//! Signing in and out, and what somebody reads who cannot.

use crate::Stage;
use crate::stage::{EMAIL, NAME, PASSWORD};

/// Seen to fail: with a sign-in page that does not say why a session ended.
#[test]
fn in_and_out() {
    Stage::walk(|stage| {
        let browser = stage.owner();
        browser.go("Account and sessions", NAME);
        browser.press("Sign out", "Sign in");
        browser.reads("You are signed out.");
        browser.look("sign-in-signed-out");

        browser.open("/account/", "Sign in");
        browser.sign_in("lanterns under the harbour", "Sign in");
        browser.reads("The address or the password is wrong.");
        assert!(browser.title().starts_with("Error: "), "{}", browser.title());
        assert_eq!(browser.focus(), "password");
        browser.look("sign-in-wrong");

        browser.fill(&[("Password", PASSWORD)]);
        browser.enter("Password", NAME);
        browser.reads(EMAIL);
    });
}

/// Seen to fail: without the waiting time on the page.
#[test]
fn too_many_tries() {
    Stage::walk(|stage| {
        drop(stage.owner());
        let browser = stage.browser();
        browser.open("/login/", "Sign in");
        for _ in 0..10 {
            browser.sign_in("lanterns under the harbour", "Sign in");
            browser.reads("The address or the password is wrong.");
        }
        browser.sign_in(PASSWORD, "Sign in");
        browser.reads("There were too many tries. Try again in 10 minutes.");
        browser.look("sign-in-wait");
    });
}
