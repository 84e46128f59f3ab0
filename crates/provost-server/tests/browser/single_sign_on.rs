//! Single sign-on: from the five values to a colleague who signs in, through an identity provider on another site that
//! makes a mistake.

use crate::Stage;
use crate::browser::Browser;
use crate::stage::{EMAIL, PASSWORD};
use provost_testing::folder::Folder;
use provost_testing::json::user;
use provost_testing::provider::{self, Desk};
use serde_json::json;

const COLLEAGUE: &str = "22222222-5a35-4b7c-9d0c-0b6b8b7f5c11";
const OBJECT: &str = "7f2f0b0e-5a35-4b7c-9d0c-0b6b8b7f5c11";

/// The button copies the text that is there to be selected without a script.
///
/// Seen to fail: with a button that stays hidden.
fn copy_the_report(browser: &Browser) {
    if !browser.mode.has_script {
        assert_eq!(browser.text_of("[data-copies]"), "", "it does nothing without a script");
        return;
    }
    browser.tools(
        "Browser.grantPermissions",
        &json!({ "permissions": ["clipboardReadWrite", "clipboardSanitizedWrite"] }),
    );
    browser.run("document.querySelector('[data-copies]:not([hidden])').click(); return true;");
    browser.comes_to_read("Copied");
    let copied = browser.run_to_its_end(
        "const done = arguments[arguments.length - 1]; navigator.clipboard.readText().then(done, e => done(String(e)));",
    );
    let copied = copied.as_str().expect("a text");
    for line in
        ["Test of single sign-on\n", "  organisation  Lantern Works (lantern)\n", "\n\nWhat is wrong\n"]
    {
        assert!(copied.contains(line), "{line}: {copied}");
    }
}

/// Seen to fail: with a test begun by a form, which the page's policy blocks at the other site; and with a cookie that
/// browsers do not send with another site's form.
#[test]
fn it_is_set_up_tested_and_used() {
    let desk = Desk::start(OBJECT, EMAIL, ["Ines", "Falk"]);
    Stage::walk(|stage| {
        desk.answer(|_| {});
        let browser = stage.owner();
        browser.go("Auth", "Auth");
        browser.follow("Single sign-on", "Set up single sign-on");
        browser.reads("Reply URL (Assertion Consumer Service URL)");
        browser.fill(&[("App Federation Metadata Url", "https://127.0.0.1/metadata.xml")]);
        browser.press("Get Metadata", "Set up single sign-on");
        browser.look("sso-private-address");
        browser.unfold("This server cannot reach it, or there is only a file");
        let metadata = provider::metadata(&desk.url);
        match browser.mode.has_script {
            true => {
                let folder = Folder::new();
                folder.write("metadata.xml", &metadata);
                browser.choose_file(
                    "Or choose the file",
                    &folder.path("metadata.xml"),
                    "Text of the Federation Metadata XML",
                );
            }
            false => {
                assert!(!browser.shows("Or choose the file"), "it does nothing without a script");
                browser.fill(&[("Text of the Federation Metadata XML", &metadata)]);
            }
        }
        browser.press("Read the text", "Set up single sign-on");
        browser.reads(provider::TENANT);
        browser.look("sso-map");
        browser.press("Save, and go on to the test", "Set up single sign-on");
        browser.look("sso-test");

        // somebody else's guide writes it without the slash
        desk.answer(|response| response.audience = response.audience.trim_end_matches('/').to_owned());
        browser.follow("Sign in as a test", "Sign in to Contoso");
        let there = browser.run("return location.href;");
        browser.open("/settings/lantern/auth/sso/report/", "Test sign-in");
        browser.reads("Ines Falk began a test at ");
        browser.look("sso-test-unanswered");
        browser.show(there.as_str().expect("a URL"));
        browser.press("Continue as Ines", "Test sign-in");
        browser.reads("Identifier (Entity ID)");
        browser.look("sso-test-failed");
        copy_the_report(&browser);
        browser.unfold("The report as text");
        browser.reads("Lantern Works (lantern)");
        browser.look("sso-test-as-text");
        desk.answer(|_| {});
        browser.follow("Test again", "Sign in to Contoso");
        browser.press("Continue as Ines", "Test sign-in");
        browser.reads("It works");
        browser.look("sso-test-passed");
        browser.follow("Go on to the last step", "Set up single sign-on");
        browser.look("sso-turn-on");
        browser.fill(&[("Your password", PASSWORD)]);
        browser.press("Turn on single sign-on", "Single sign-on");
        browser.look("sso-on");

        let elsewhere = stage.browser();
        elsewhere.open("/settings/lantern/", "Sign in to Lantern Works");
        elsewhere.look("sign-in-elsewhere");
        elsewhere.follow("Continue with Microsoft Entra ID", "Sign in to Contoso");
        elsewhere.press("Continue as Ines", "Lantern Works");
        elsewhere.open("/account/", "Ines Falk");
        elsewhere.look("account-confined");

        // a colleague whom the directory made a member signs in without a mail
        let mut bo = user("bo.lind");
        bo["externalId"] = json!(COLLEAGUE);
        assert_eq!(stage.server.ask("POST", "/Users", Some(&bo)).status, 201);
        desk.answer(|response| {
            response.claims[1].1 = vec![COLLEAGUE.to_owned()];
            response.claims[4].1 = vec!["Bo".to_owned()];
            response.claims[5].1 = vec!["Lind".to_owned()];
        });
        let colleague = stage.browser();
        colleague.open("/login/?org=lantern", "Sign in to Lantern Works");
        colleague.follow("Continue with Microsoft Entra ID", "Sign in to Contoso");
        colleague.press("Continue as Ines", "Lantern Works");
        colleague.open("/account/", "Bo Lind");
        browser.go("Members", "Members");
        browser.reads("bo.lind");
        browser.look("members-signed-on");

        // where a form asks again who it is, whom the identity provider signed in signs in there again
        desk.answer(|_| {});
        elsewhere.open("/settings/lantern/members/", "Members");
        elsewhere.follow("bo.lind@example.com", "bo.lind");
        elsewhere.look("member-sign-in-again");
        for (role, is_now) in [("Owner", "Became owner by hand"), ("Member", "Became member by hand")] {
            elsewhere.follow("sign in again at Microsoft Entra ID", "Sign in to Contoso");
            elsewhere.press("Continue as Ines", "bo.lind");
            elsewhere.reads("You have just signed in again at Microsoft Entra ID.");
            elsewhere.look("member-signed-in-again");
            elsewhere.choose(role);
            elsewhere.press("Save the role", "bo.lind");
            elsewhere.reads(is_now);
        }

        // a change stays a draft until the password is typed
        browser.go("Auth", "Auth");
        browser.follow("Single sign-on", "Single sign-on");
        browser.unfold("The four attributes");
        browser.fill(&[("Last Name", "urn:last")]);
        browser.press("Save, and go on to the test", "Single sign-on");
        browser.look("sso-draft");
        desk.answer(|response| response.claims[1].1 = vec![COLLEAGUE.to_owned()]);
        browser.follow("Sign in as a test", "Sign in to Contoso");
        browser.press("Continue as Ines", "Test sign-in");
        browser.reads("this is not your sign-in");
        browser.look("sso-test-of-a-colleague");
        desk.answer(|_| {});
        browser.follow("Test again", "Sign in to Contoso");
        browser.press("Continue as Ines", "Test sign-in");
        browser.follow("Go on to the last step", "Single sign-on");
        browser.look("sso-put-in-force");
        browser.fill(&[("Your password", PASSWORD)]);
        browser.press("Put the draft in force", "Single sign-on");
        browser.reads("General Settings");

        let stranger = stage.browser();
        stranger.open("/login/", "Sign in");
        stranger.fill(&[("Sign in through your company", "lantern")]);
        stranger.press("Continue", "Sign in to Lantern Works");
        stranger.open("/login/?org=harbour", "Sign in");
        stranger.look("sign-in-unknown");
        desk.answer(|response| {
            response.claims[1].1 = vec!["11111111-5a35-4b7c-9d0c-0b6b8b7f5c11".to_owned()]
        });
        stranger.open("/login/?org=lantern", "Sign in to Lantern Works");
        stranger.follow("Continue with Microsoft Entra ID", "Sign in to Contoso");
        stranger.press("Continue as Ines", "You are not known here yet");
        stranger.look("sso-refused");

        // switched off, the colleague has no way in but a link
        browser.reads("1 member has no password and cannot sign in then");
        browser.unfold("Turn off…");
        browser.look("sso-before-off");
        browser.fill(&[("Your password", PASSWORD)]);
        browser.press("Turn off single sign-on", "Set up single sign-on");
        browser.reads("1 member cannot sign in");
        browser.look("sso-without-password");
        let printed =
            stage.run(&["account", "reset-link", "--org", "lantern", "--member", "bo.lind", "--print-link"]);
        let (_, link) = printed.lines().next_back().expect("a link").rsplit_once("/accept").expect("a path");
        colleague.open(&format!("/accept{link}"), "Your account at Lantern Works");
        colleague.reads("bo.lind@example.com");
        colleague.look("regain");
        colleague.fill(&[("Password", PASSWORD)]);
        colleague.press("Set the password and sign in", "Lantern Works");
        colleague.open(&format!("/accept{link}"), "This link is not needed any more");
        colleague.look("regain-spent");
        browser.go("Auth", "Auth");
        browser.follow("Single sign-on", "Set up single sign-on");
        assert!(!browser.text_of("main").contains("cannot sign in"));
    });
}
