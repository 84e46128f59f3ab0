//! The overview: how an organisation is doing, what needs attention, and what to do next in a new one.

use crate::console::{Browser, owned};
use crate::member_page::{read, run};
use provost_testing::http::PATIENCE;
use provost_testing::json::user;
use provost_testing::program::Server;
use serde_json::json;
use std::time::Instant;

const PAGE: &str = "/settings/lantern/";

/// Reloads the page until it shows all of these. Returns its text.
fn comes_to_read(browser: &mut Browser, all: &[&str]) -> String {
    let deadline = Instant::now() + PATIENCE;
    loop {
        let page = browser.get(PAGE);
        assert_eq!(page.status, 200, "{}", page.body);
        let text = read(&page.body);
        match all.iter().find(|said| !text.contains(*said)) {
            None => return text,
            Some(said) => assert!(Instant::now() < deadline, "{said}: {text}"),
        }
    }
}

fn write(s: &Server, name: &str) -> u16 {
    s.ask("POST", "/Users", Some(&user(name))).status
}

/// Seen to fail: with hints in place of the first steps.
#[test]
fn a_new_organisation_says_what_to_do_first() {
    let (s, mut browser) = owned();
    let text =
        comes_to_read(&mut browser, &["Nothing has called yet", "1 member", "0 teams", "0 failures, 7 days"]);
    assert!(text.contains("First steps") && text.contains("Connect Entra"), "{text}");
    assert!(text.contains("Invite by hand") && !text.contains("Needs you"), "{text}");
    run(&s, &["org", "update", "lantern", "--inviters", "nobody"]);
    let text = comes_to_read(&mut browser, &["First steps"]);
    assert!(!text.contains("Invite by hand"), "{text}");
    assert_eq!(write(&s, "maren"), 201);
    let text = comes_to_read(&mut browser, &["2 members"]);
    assert!(!text.contains("First steps"), "{text}");
}

/// Seen to fail: with a status that counts hints.
#[test]
fn what_needs_somebody_is_told_and_goes() {
    let (s, mut browser) = owned();
    assert_eq!(write(&s, "maren@example.com"), 201);
    let text = comes_to_read(&mut browser, &["Microsoft Entra ID last called on"]);
    for said in [
        "Working, and one thing needs you",
        "Needs you 1 mail waits, and no mail is sent Nobody gets an invitation",
        "There is only one owner",
    ] {
        assert!(text.contains(said), "{said}: {text}");
    }
    run(&s, &["org", "update", "lantern", "--invitations", "off"]);
    let text = comes_to_read(&mut browser, &["Everything works", "Worth knowing There is only one owner"]);
    assert!(!text.contains("Needs you"), "{text}");
    assert_eq!(write(&s, "MAREN@example.com"), 409);
    let said = [
        "Working, and one thing needs you",
        "1 failure, 7 days",
        "1 change from Entra was refused in the last 7 days",
    ];
    let text = comes_to_read(&mut browser, &said);
    assert!(text.contains("was to create a User, for the reason Uniqueness."), "{text}");
    s.folder.execute("UPDATE token SET revoked = 1");
    let text = comes_to_read(&mut browser, &["One thing does not work, and another needs you"]);
    assert!(text.contains("No token works any more Each call of Entra is refused"), "{text}");
}

/// Seen to fail: with the owners' page shown to everybody.
#[test]
fn who_may_see_nothing_of_others_sees_nothing_of_them() {
    let (s, mut browser) = owned();
    s.folder.execute("UPDATE membership SET role = 'member'");
    assert_eq!(write(&s, "maren"), 201);
    let page = browser.get(PAGE);
    let text = read(&page.body);
    assert!(text.contains("You are a member here") && text.contains("Your role is Member."), "{text}");
    for word in ["member,", "members", "team,", "7 days", "Needs you", "maren", "Entra"] {
        assert!(!text.contains(word), "{word}: {text}");
    }
    let (_, rest) = page.body.split_once("/settings/lantern/members/").expect("a link to the own page");
    let own = format!("/settings/lantern/members/{}", rest.split('"').next().expect("an address"));
    assert_eq!(browser.get(&own).status, 200, "{own}");
}

/// Seen to fail: with the oldest first, and with names that are not looked up.
#[test]
fn what_happened_last_is_told_in_plain_words() {
    let (s, mut browser) = owned();
    let maren = s.create_user("maren");
    let idris = s.create_user("idris");
    s.create_group("Platform", &[&maren, &idris]);
    s.patch(&format!("/Users/{maren}"), "replace", "active", &json!(false));
    assert_eq!(s.ask("DELETE", &format!("/Users/{idris}"), None).status, 204);
    assert_eq!(s.ask("POST", "/Users", Some(&json!({ "displayName": "nobody" }))).status, 400);
    let text = comes_to_read(&mut browser, &["Lately"]);
    let mut rest = text.split_once("Lately").expect("the panel").1;
    for said in [
        "Somebody A change in the directory was refused, for the reason InvalidValue, asked for by Entra, token ",
        "Somebody Lost access, deleted in the directory, by Entra, token ",
        "maren Lost access, un-assigned: made inactive, by Entra, token ",
        "Platform The team was created, with 2 people, by Entra, token ",
        "Somebody Came into the directory, by Entra, token ",
        "maren Came into the directory, by Entra, token ",
    ] {
        rest = rest.split_once(said).unwrap_or_else(|| panic!("{said}: {text}")).1;
    }
    run(&s, &["teams", "create", "Watch", "--org", "lantern"]);
    run(&s, &["members", "invite", "ann@example.com", "--role", "manager", "--org", "lantern"]);
    run(&s, &["teams", "add", "watch", "ann@example.com", "--org", "lantern"]);
    for said in ["ann@example.com Invited by hand as manager, ", "Watch 1 person was put in by hand, by "] {
        comes_to_read(&mut browser, &[said]);
    }
}
