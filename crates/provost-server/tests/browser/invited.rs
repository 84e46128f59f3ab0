//! From an assignment in the identity provider to a member who joined by the mail that it caused.

use crate::Stage;
use provost_testing::http::connect;
use provost_testing::sink::Mail;
use std::io::{Read as _, Write as _};

const PASSWORD: &str = "a lantern for every pier";

/// The path of the link of this kind in a mail.
pub(crate) fn path(mail: &Mail, kind: &str) -> String {
    let whole = mail.data.replace("=\r\n", "").replace("=\n", "");
    let (_, rest) = whole.split_once(&format!("/{kind}/")).expect("a link");
    let link = rest.split_whitespace().next().expect("a path");
    format!("/{kind}/{link}")
}

/// Acts like a mail scanner: follows a link and presses the button on the page. It runs no script and types nothing.
fn scan(stage: &Stage<'_>, path: &str) {
    let address = &stage.server.address;
    for (method, more) in [
        ("GET", String::new()),
        ("POST", format!("Origin: http://{address}\r\nContent-Type: application/x-www-form-urlencoded\r\n")),
    ] {
        let body = if method == "POST" { "do=new&name=Scanner" } else { "" };
        let head = format!("{method} {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n{more}");
        let mut stream = connect(address);
        write!(stream, "{head}Content-Length: {}\r\n\r\n{body}", body.len()).expect("sent");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).expect("an answer");
        let status = if method == "POST" { " 422 " } else { " 200 " };
        assert!(answer.split('\n').next().is_some_and(|line| line.contains(status)), "{answer}");
    }
}

fn is(stage: &Stage<'_>, member: &str, state: &str) -> bool {
    let listed = stage.run(&["members", "list", "--org", "lantern", "--state", state]);
    listed.lines().any(|line| line.starts_with(member))
}

/// Seen to fail: with a membership whose state does not change when somebody joins.
#[test]
fn who_is_assigned_joins_by_mail() {
    Stage::walk_with_mail(|stage, sink| {
        let owner = stage.owner();
        let id = stage.server.create_user("idris.bello");
        stage.server.create_group("Platform", &[&id]);
        let mail = sink.wait_for(1).remove(0);
        let link = path(&mail, "accept");
        scan(stage, &link);
        assert!(!is(stage, "idris.bello", "joined"));

        let idris = stage.browser();
        idris.open(&link, "Join Lantern Works");
        for said in ["Microsoft Entra ID", "idris.bello@example.com", "Platform"] {
            idris.reads(said);
        }
        idris.look("invitation");
        idris.fill(&[("Your name", ""), ("Password", "short")]);
        idris.run(
            "document.querySelectorAll('[required]').forEach(field => field.removeAttribute('required'))",
        );
        idris.press("Join Lantern Works", "Join Lantern Works");
        assert!(idris.title().starts_with("Error: "), "{}", idris.title());
        assert_eq!(idris.focus(), "name");
        idris.look("invitation-wrong");
        idris.fill(&[("Your name", "Idris Bello"), ("Password", PASSWORD)]);
        idris.press("Join Lantern Works", "Lantern Works");
        assert!(is(stage, "idris.bello", "joined"));
        idris.open(&link, "This invitation has been accepted");
        idris.look("invitation-accepted");

        // somebody with an account is asked for the other address
        let other = stage.server.create_user("night.watch");
        let link = path(&sink.wait_for(2).remove(1), "accept");
        idris.open(&link, "Join Lantern Works");
        idris.reads("are a member of Lantern Works already");
        idris.look("invitation-is-here");
        owner.open(&link, "Join Lantern Works");
        owner.reads("The two memberships can become one");
        owner.look("invitation-merge");
        stage.server.folder.execute("UPDATE invitation_link SET ends = 1");
        let late = stage.browser();
        late.open(&link, "This invitation has ended");
        late.look("invitation-ended");
        late.press("Send me a new link", "A new link is on its way");
        late.look("invitation-renewed");
        stage.server.patch(&format!("/Users/{other}"), "replace", "active", &serde_json::json!(false));
        late.open(&link, "This link is no longer good");
        late.look("invitation-gone");
    });
}

/// Seen to fail: with a form that asks for a password instead of an address.
#[test]
fn whoever_forgot_the_password_sets_another_one() {
    Stage::walk_with_mail(|stage, sink| {
        drop(stage.owner());
        let browser = stage.browser();
        browser.open("/login/", "Sign in");
        browser.follow("Forgot your password?", "Set another password");
        browser.look("recover-form");
        browser.fill(&[("E-mail address", crate::stage::EMAIL)]);
        browser.press("Send me a link", "Look into your mail");
        browser.look("recover-asked");
        browser.open(&path(&sink.wait_for(1).remove(0), "reset"), "Choose another password");
        browser.fill(&[("Password", PASSWORD)]);
        browser.press("Set the password and sign in", "Lantern Works");
    });
}

/// Seen to fail: with the modes on the page in another order than their values.
#[test]
fn an_owner_says_how_people_are_invited() {
    Stage::walk(|stage| {
        let owner = stage.owner();
        owner.go("Auth", "Auth");
        owner.choose("never");
        owner.fill(&[("An invitation is good for", "14")]);
        owner.press("Save invitations", "Auth");
        owner.reads("How people are invited is saved.");
        assert!(stage.run(&["org", "list"]).lines().any(|line| line.contains(" off ")), "saved");
        stage.server.create_user("idris.bello");
        owner.reload("Auth");
        owner.reads("1 person was assigned");
        owner.look("auth-invitations");
        owner.press("Invite the 1 who waits", "Auth");
        owner.reads("Those who waited are invited.");
    });
}
