//! What a person sees when something is wrong.

use crate::Stage;
use crate::stage::{NAME, PASSWORD};

/// Seen to fail: without the guards against forms of other sites and of other sessions.
#[test]
fn pages_that_say_what_is_wrong() {
    Stage::walk(|stage| {
        let old = stage.link(&["setup-link"]);
        let browser = stage.owner();
        browser.open("/settings/nowhere/", "There is no such page");
        browser.look("not-found");
        browser.follow("To your organisations", "Lantern Works");
        browser.open(&format!("/setup/{}/", "0".repeat(64)), "There is no such link");
        browser.look("link-unknown");
        browser.open(&old, "This link has ended");
        browser.look("link-ended");

        // a form of another site
        let login = format!("http://{}/login/", stage.server.address);
        let page = format!(
            "data:text/html,<h1>A prize</h1><form method=post action={login}><button>Take it</button></form>"
        );
        browser.open(&page, "A prize");
        browser.press("Take it", "This form came from another site");
        browser.look("from-elsewhere");

        // a form that was shown before she signed in again
        browser.open("/account/", NAME);
        let tab = browser.another_tab();
        browser.open("/account/", NAME);
        browser.press("Sign out", "Sign in");
        browser.sign_in(PASSWORD, "Lantern Works");
        browser.back_to(tab);
        browser.press("Sign out", "This form is out of date");
        browser.look("old-form");
    });
}
