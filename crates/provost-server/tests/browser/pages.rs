//! Every page: a line each. A link to a page that is not listed is a fault.

use crate::Stage;
use crate::browser::Browser;
use crate::stage::NAME;

/// Name, path and heading of every page that a signed-in owner can reach.
const OF_AN_OWNER: &[(&str, &str, &str)] = &[
    ("overview", "/settings/lantern/", "Lantern Works"),
    ("auth", "/settings/lantern/auth/", "Auth"),
    ("teams", "/settings/lantern/teams/", "Teams"),
    ("organisations", "/settings/", "Organisations"),
    ("account", "/account/", NAME),
];

/// And of everybody else.
const OF_A_STRANGER: &[(&str, &str, &str)] =
    &[("sign-in", "/login/", "Sign in"), ("recover", "/recover/", "Set another password")];

/// Seen to fail: with a page left out of a list.
#[test]
fn every_page_is_sound() {
    Stage::walk(|stage| {
        let owner = stage.owner();
        // with one organisation there would be nothing to choose
        stage.run(&["org", "create", "other"]);
        owner.open(&stage.link(&["setup-link", "--org", "other"]), "Make the first owner");
        owner.press("Make owner and sign in", "other");
        look_at_all(&owner, OF_AN_OWNER);
        look_at_all(&stage.browser(), OF_A_STRANGER);
    });
}

fn look_at_all(browser: &Browser, pages: &[(&str, &str, &str)]) {
    for (name, path, heading) in pages {
        browser.open(path, heading);
        browser.look(name);
        for link in browser.links() {
            let is_listed = pages.iter().any(|(_, path, _)| *path == link) || link == "/settings/other/";
            assert!(is_listed, "{path} leads to {link}, which is not in the list of pages");
        }
    }
}
