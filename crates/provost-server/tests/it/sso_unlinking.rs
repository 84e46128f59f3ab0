//! The member's page shows their link to the identity provider, and an owner can unlink somebody who is a different
//! person there.

use crate::console::{Browser, PASSWORD};
use crate::member_acts::{does, joined};
use crate::member_page::{page_of, read};
use crate::sso_setup::{ACS, HOME, LOGIN, OTHER, ask, come_back, create, on, went};
use provost_testing::program::Server;
use provost_testing::provider::Response;

const ANN: &str = "ann@example.com";
const INES: &str = "ines.falk@example.com";
const UNLINK: [(&str, &str); 1] = [("do", "unlink")];

/// Signs in as somebody, by the Login URL.
fn sign_on(s: &Server, object: &str) -> Browser {
    let mut browser = Browser::on(s);
    let asked = ask(&mut browser, LOGIN);
    let answer =
        come_back(&mut browser, ACS, &Response::to(&asked, object, "bo@example.com", ["Bo", "Lind"]));
    assert_eq!(went(&answer), HOME);
    browser
}

#[test]
fn a_page_says_how_a_member_is_linked_or_why_not() {
    let (s, mut owner) = on();
    let mut ann = joined(&s, ANN, "member");
    create(&s, "bo", OTHER);
    create(&s, "mail", "mail.nickname");
    create(&s, "one", "22222222-5a35-4b7c-9d0c-0b6b8b7f5c11");
    create(&s, "two", "{22222222-5A35-4B7C-9D0C-0B6B8B7F5C11}");
    s.create_user("none");
    let mut says = |member: &str, said: &str| {
        let text = read(&owner.get(&page_of(&s, member)).body);
        assert!(text.contains(said), "{member}: no {said}: {text}");
    };
    says(INES, "Known at Microsoft Entra ID: linked by the test");
    says(ANN, "Not linked: they are here by hand.");
    says("bo", "Not linked yet: their first sign-in by the Login URL does that.");
    says("mail", "their externalId is “mail.nickname”, which is no object id.");
    says("one", "several users of the directory have their externalId");
    says("none", "sends no externalId for them.");
    drop(sign_on(&s, OTHER));
    says("bo", "linked by the directory");
    s.folder.run(&["members", "role", "bo", "owner", "--org", "lantern"]);
    s.folder.execute("DELETE FROM identity WHERE how = 'directory'");
    says("bo", "Not linked: the directory links no owner.");
    // and one's own
    let mine = read(&ann.get(&page_of(&s, ANN)).body);
    assert!(mine.contains("Not linked: they are here by hand."), "{mine}");
}

/// Seen to fail: with sessions that stay, and with a manager who may unlink.
#[test]
fn who_is_unlinked_is_signed_out_and_linked_anew() {
    let (s, mut owner) = on();
    create(&s, "bo", OTHER);
    let mut bo = sign_on(&s, OTHER);
    let account =
        || s.folder.texts("SELECT CAST(account AS TEXT) AS text FROM identity WHERE how = 'directory'");
    let before = account();
    let page = page_of(&s, "bo");
    // only an owner can
    let mut manager = joined(&s, "mia@example.com", "manager");
    let form = manager.form();
    assert_eq!(manager.post(&page, &[("form", &form), UNLINK[0]]).status, 403);
    assert_eq!(bo.get(HOME).status, 200);
    does(&mut owner, &page, &UNLINK, 303, "The sign-in is unlinked");
    assert!(account().is_empty());
    assert_eq!(went(&bo.get(HOME)), "/login/?to=/settings/lantern/&ended=unlinked");
    does(&mut owner, &page, &UNLINK, 422, "not linked");
    // an earlier answer opens nothing
    let mut late = Browser::on(&s);
    let asked = ask(&mut late, LOGIN);
    let response = Response::to(&asked, OTHER, "bo@example.com", ["Bo", "Lind"]);
    assert_eq!(went(&come_back(&mut late, ACS, &response)), HOME);
    assert_eq!(account(), before, "the same account");
    does(&mut owner, &page, &UNLINK, 303, "The sign-in is unlinked");
    assert_ne!(come_back(&mut late, ACS, &response).header("location"), Some(HOME));
    assert!(account().is_empty(), "an answer counts once");
    drop(sign_on(&s, OTHER));
    assert_eq!(account(), before);
    let trail = s.folder.run(&["audit", "list", "--org", "lantern", "--json"]).stdout();
    assert_eq!(trail.matches("\"unlink\"").count(), 2, "{trail}");
}

/// Seen to fail: without checking whether they have a password.
#[test]
fn nobody_is_unlinked_who_could_not_come_in_again() {
    let (s, mut owner) = on();
    // the directory does not link owners
    create(&s, "bo", OTHER);
    drop(sign_on(&s, OTHER));
    s.folder.run(&["members", "role", "bo", "owner", "--org", "lantern"]);
    does(&mut owner, &page_of(&s, "bo"), &UNLINK, 422, "could not come in again");
    // an owner with a password can be unlinked
    does(&mut owner, &page_of(&s, INES), &UNLINK, 303, "The sign-in is unlinked");
    assert_eq!(owner.get(HOME).status, 200);
    assert_eq!(owner.sign_in(INES, PASSWORD).status, 303);
}
