//! Several organisations, one that the identity provider calls, and none.

use crate::Stage;
use crate::stage::{EMAIL, NAME, OWNER, PASSWORD};

/// Seen to fail: with a page of an organisation that links to itself and not to the others.
#[test]
fn several_and_none() {
    Stage::walk(|stage| {
        let browser = stage.owner();
        stage.run(&["org", "create", "other"]);
        let link = stage.link(&["setup-link", "--org", "other"]);

        // with an account, but not signed in
        let stranger = stage.browser();
        stranger.open(&link, "Make the first owner");
        stranger.fill(&OWNER);
        stranger.fill(&[("Organisation", "Other"), ("Short name", "other")]);
        stranger.press("Make owner and sign in", "Make the first owner");
        stranger.reads("There is an account with this address.");
        stranger.look("set-up-account-exists");
        stranger.follow("Sign in to it", "Sign in");
        stranger.sign_in(PASSWORD, "Make the first owner");
        stranger.reads(EMAIL);
        stranger.look("set-up-signed-in");
        stranger.fill(&[("Organisation", "Harbour Office")]);
        stranger.press("Make owner and sign in", "Harbour Office");
        stranger.go("Harbour Office", "Organisations");
        stranger.look("organisations");
        stranger.follow("Lantern Works", "Lantern Works");

        assert_eq!(stage.server.ask("GET", "/Users", None).status, 200);
        browser.go("Overview", "Lantern Works");
        browser.comes_to_read("Everything works");
        browser.look("overview-called");

        for slug in ["lantern", "other"] {
            stage.run(&["org", "delete", slug, "--yes"]);
        }
        browser.open("/settings/", "Organisations");
        browser.reads("No access at present");
        browser.look("no-access");
        browser.go("Account and sessions", NAME);
    });
}

/// The longest words that people can enter do not make a page wider than its window.
///
/// Seen to fail: with words that never break.
#[test]
fn the_longest_words() {
    Stage::walk(|stage| {
        let (name, slug) = ("W".repeat(200), "w".repeat(60));
        let email = format!("{}@{}.example.com", "w".repeat(64), "w".repeat(63));
        let browser = stage.browser();
        browser.open(&stage.link(&["setup-link"]), "Make the first owner");
        browser.fill(&[("Your name", &name), ("E-mail address", &email), ("Password", PASSWORD)]);
        browser.fill(&[("Organisation", &name), ("Short name", &slug)]);
        browser.press("Make owner and sign in", &name);
        browser.look("overview-long");
        browser.go("Account and sessions", &name);
        browser.look("account-long");
        stage.run(&["org", "create", "other"]);
        browser.open(&stage.link(&["setup-link", "--org", "other"]), "Make the first owner");
        browser.look("set-up-long");
        browser.press("Make owner and sign in", "other");
        browser.open("/settings/", "Organisations");
        browser.look("organisations-long");
    });
}
