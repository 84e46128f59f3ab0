//! Auth settings: from SCIM off to an identity provider that calls.

use crate::Stage;
use crate::browser::Browser;
use crate::mode::Mode;
use provost_testing::json::{group, user};

const TEST_CONNECTION: &str = "/Users?filter=userName+eq+%22nobody%22";

/// The token that the page shows once, just after it was made.
fn token(browser: &Browser) -> String {
    let shown = browser.text_of("[data-secret]");
    assert!(shown.starts_with("scim_") && shown.len() == 67, "{shown}");
    shown
}

/// With script the page updates itself; without, the person reloads it.
fn sees(browser: &Browser, text: &str) {
    match browser.mode.has_script {
        true => browser.reads(text),
        false => browser.comes_to_read(text),
    }
}

/// Seen to fail: with a page that does not refresh itself.
#[test]
fn scim_is_enabled_and_turns_green() {
    Stage::walk(|stage| {
        let browser = stage.owner();
        browser.go("Auth", "Auth");
        browser.reads("Waiting for Test Connection");
        browser.look("auth-first");
        browser.pop_up("Revoke");
        browser.press("Revoke the token", "Auth");
        browser.reads("No token works");
        browser.look("auth-no-token");
        browser.pop_up("Disable SCIM…");
        browser.picture("auth-disable");
        browser.press("Disable SCIM", "Auth");
        browser.reads("SCIM is off");
        browser.look("auth-off");

        browser.choose("Microsoft Entra ID (Azure AD)");
        browser.press("Enable SCIM", "Auth");
        let token = token(&browser);
        browser.look("auth-waiting");
        let ask = |token: &str, path| stage.server.ask_as(token, "GET", path, None).status;
        assert_eq!(ask(token.get(..40).expect("a part"), TEST_CONNECTION), 401);
        sees(&browser, "cut off after 40 of 67 characters");
        browser.look("auth-cut-off");
        assert_eq!(ask(&token, "/scim/v2/Users"), 404);
        sees(&browser, "called an address that does not exist");
        assert_eq!(ask(&token, TEST_CONNECTION), 200);
        sees(&browser, "Connected to Microsoft Entra ID");
        assert!(!browser.text_of("#standing").contains("does not exist"), "it is mended");
        browser.look("auth-connected");

        let write = |path, body| stage.server.ask_as(&token, "POST", path, Some(&body));
        let id = write("/Users", user("ines")).id();
        assert_eq!(write("/Groups", group("Lanterns", &[&id])).status, 201);
        if browser.mode == Mode::ALL[0] {
            assert!((0..5).all(|_| ask(&token, TEST_CONNECTION) == 200));
            browser.comes_to_read("First full cycle\n20");
        }
        browser.reload("Auth");
        for step in ["Test Connection\n20", "First user\n20", "First group\n20"] {
            browser.comes_to_read(step);
        }
        browser.look("auth-heard");
    });
}

/// Seen to fail: with one token made for each reload.
#[test]
fn tokens_are_made_once_and_replaced() {
    Stage::walk(|stage| {
        let browser = stage.owner();
        browser.go("Auth", "Auth");
        browser.fill(&[("Label", "<b>reports</b> & more")]);
        browser.choose("Read only");
        browser.press("Make the token", "Auth");
        let reader = token(&browser);
        assert_eq!(stage.server.ask_as(&reader, "POST", "/Users", Some(&user("ines"))).status, 403);
        browser.reads("<b>reports</b> & more");
        browser.look("auth-read-only");
        browser.reload("Auth");
        browser.reads("was made already");
        let count = || {
            let all = stage.server.folder.json(&["token", "list", "--org", "lantern", "--json"]);
            all.as_array().expect("a list").len()
        };
        assert_eq!(count(), 2);

        browser.fill(&[("Label", &"x".repeat(10_000))]);
        browser.press("Make the token", "Auth");
        browser.reads("A label has 200 bytes at most.");
        assert_eq!(count(), 2);

        browser.pop_up("Rotate first start");
        browser.picture("auth-rotate");
        browser.press("Make the new token", "Auth");
        let next = token(&browser);
        for good in [&next, &stage.server.token] {
            assert_eq!(stage.server.ask_as(good, "GET", TEST_CONNECTION, None).status, 200);
        }
        browser.reads("Replaced");
    });
}
