//! Every page, one line each. A link to a page that is not listed is a fault.

use crate::Stage;
use crate::browser::Browser;
use crate::stage::NAME;

/// Name, path and heading of every page that a signed-in owner can reach.
const OF_AN_OWNER: &[(&str, &str, &str)] = &[
    ("overview", "/settings/lantern/", "Lantern Works"),
    ("members", "/settings/lantern/members/", "Members"),
    ("members-invite", "/settings/lantern/members/invite/", "Invite by hand"),
    ("auth", "/settings/lantern/auth/", "Auth"),
    ("sso", "/settings/lantern/auth/sso/", "Set up single sign-on"),
    ("sso-no-report", "/settings/lantern/auth/sso/report/", "Test sign-in"),
    ("teams", "/settings/lantern/teams/", "Teams"),
    ("organisations", "/settings/", "Organisations"),
    ("account", "/account/", NAME),
];

/// The same for everybody else.
const OF_A_STRANGER: &[(&str, &str, &str)] =
    &[("sign-in", "/login/", "Sign in"), ("recover", "/recover/", "Set another password")];

/// Seen to fail: with a page left out of a list.
#[test]
fn every_page_is_sound() {
    Stage::walk(|stage| {
        let owner = stage.owner();
        // with a single organisation there would be nothing to choose from
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
            let is_listed = pages.iter().any(|(_, path, _)| *path == link)
                || link == "/settings/other/"
                || is_of_a_member(&link);
            assert!(is_listed, "{path} leads to {link}, which is not in the list of pages");
        }
    }
}

/// The page of a member, whose id differs each time; `member.rs` examines it.
fn is_of_a_member(link: &str) -> bool {
    let id = link.strip_prefix("/settings/lantern/members/").and_then(|rest| rest.strip_suffix('/'));
    id.is_some_and(|id| !id.is_empty() && id.bytes().all(|b| b.is_ascii_digit()))
}
