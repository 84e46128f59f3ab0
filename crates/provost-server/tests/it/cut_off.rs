//! Cutting off a member whom the identity provider manages.

use crate::console::{Browser, PASSWORD, owned};
use crate::member_acts::{join, joined, role};
use crate::member_page::{active, page_of, read};
use provost_testing::json::{elements, text};
use serde_json::json;

fn cut_off(browser: &mut Browser, page: &str, more: &[(&str, &str)]) -> (u16, String) {
    let form = browser.form();
    let answer = browser.post(page, &[&[("form", &*form), ("do", "cut-off")], more].concat());
    let said = answer.header("location").unwrap_or(&answer.body).to_owned();
    (answer.status, said)
}

/// Seen to fail: with the membership kept, and with a record that blames a client.
#[test]
fn who_is_cut_off_is_out_until_the_identity_provider_writes_them_active() {
    let (s, mut owner) = owned();
    let user = s.create_user("maren");
    s.create_group("Platform", &[&user]);
    let mut maren = join(&s, "maren");
    assert_eq!(maren.get("/settings/lantern/").status, 200);
    let page = page_of(&s, "maren");
    assert!(owner.get(&page).body.contains("the next time Entra writes them active, they are back"));
    let person = format!("/settings/lantern/people/{user}/");
    assert_eq!(cut_off(&mut owner, &page, &[]), (303, format!("{person}?done=cut-off")));
    assert_eq!(role(&s, "maren"), None);
    assert_eq!(maren.get("/settings/lantern/").status, 404);
    let text_of = read(&owner.get(&person).body);
    let said = "Lost access cut off here: made inactive by hand, by ines.falk@example.com";
    assert!(text_of.contains(said), "{text_of}");
    let records = s.folder.json(&["audit", "list", "--org", "lantern", "--action", "cut-off", "--json"]);
    let record = &elements(&records)[0];
    assert_eq!((text(&record["by"]["kind"]), text(&record["resourceId"])), ("person", &*user));
    let read = s.ask("GET", &format!("/Users/{user}"), None);
    assert_eq!(read.json()["active"], json!(false), "Entra reads it back");
    // the second time nobody is found
    assert_eq!(cut_off(&mut owner, &page, &[]).0, 404);
    active(&s, &user, true);
    assert_eq!(role(&s, "maren"), Some(("member".to_owned(), "default".to_owned())));
    assert_eq!(maren.get("/settings/lantern/").status, 200, "the same account has joined again");
}

/// Seen to fail: with a mail that says that the identity provider did it.
#[test]
fn who_is_here_by_hand_too_is_noted_without_a_mail() {
    let (s, mut owner) = owned();
    joined(&s, "ann@example.com", "member");
    s.create_user("ann");
    assert_eq!(cut_off(&mut owner, &page_of(&s, "ann"), &[]).0, 303);
    let left = read(&owner.get("/settings/lantern/members/?state=left-behind").body);
    assert!(left.contains("ann@example.com"), "{left}");
    let mails = s.folder.json(&["outbox", "list", "--org", "lantern", "--json"]);
    let told = elements(&mails).iter().filter(|mail| mail["kind"] == json!("left-behind")).count();
    assert_eq!(told, 0, "{mails}");
}

/// Seen to fail: without the guard of the last owner, and with a manager who may.
#[test]
fn the_last_owner_and_others_who_may_not() {
    let (s, mut owner) = owned();
    s.create_user("maren");
    let mut maren = join(&s, "maren");
    let (page, ines) = (page_of(&s, "maren"), page_of(&s, "ines.falk@example.com"));
    // members by hand cannot be cut off
    assert_eq!(cut_off(&mut owner, &ines, &[("password", PASSWORD)]).0, 404);
    let form = owner.form();
    let make = [("form", &*form), ("do", "role"), ("role", "owner"), ("password", PASSWORD)];
    assert_eq!(owner.post(&page, &make).status, 303);
    assert_eq!(cut_off(&mut owner, &page, &[]).0, 422, "an owner asks for the password");
    let form = maren.form();
    let take = [("form", &*form), ("do", "role"), ("role", "manager"), ("password", PASSWORD)];
    assert_eq!(maren.post(&ines, &take).status, 303);
    let (status, said) = cut_off(&mut maren, &page, &[("password", PASSWORD)]);
    assert!(status == 422 && said.contains("is the last owner of the organisation"), "{said}");
    assert_eq!(role(&s, "maren"), Some(("owner".to_owned(), "hand".to_owned())));
    s.create_user("idris");
    let idris = page_of(&s, "idris");
    let mut member = joined(&s, "ann@example.com", "member");
    for browser in [&mut owner, &mut member] {
        assert_eq!(cut_off(browser, &idris, &[]).0, 403);
    }
    assert!(!owner.get(&idris).body.contains("value=\"cut-off\""));
    assert!(role(&s, "idris").is_some());
}
