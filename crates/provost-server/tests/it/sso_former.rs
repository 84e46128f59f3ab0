//! People who have left, and others who now have their name, membership or account: nobody comes in as somebody else.

use crate::console::{Browser, PASSWORD, link};
use crate::member_acts::{does, join, joined};
use crate::member_page::page_of;
use crate::sso_setup::{
    ACS, HOME, JOIN, LOGIN, OBJECT, OTHER, PAGE, THIRD, ask, by_names, come_back, create, on, run, send,
    tested, went,
};
use provost_testing::http::Answer;
use provost_testing::program::Server;
use provost_testing::provider::Response;
use serde_json::json;

const LINK: &str = "/auth/link/lantern/";
const LINKED: &str = "/auth/linked/lantern/";
const INES: &str = "ines.falk@example.com";
const KIM: &str = "kim@example.com";

/// Signs in at the identity provider as somebody, from a page of ours.
fn through(browser: &mut Browser, path: &str, object: &str, name: &str) -> Answer {
    let asked = ask(browser, path);
    come_back(browser, ACS, &Response::to(&asked, object, name, ["Kim", "Ek"]))
}

/// The path of an open invitation.
fn invitation(s: &Server, member: &str) -> String {
    let printed = link(&s.folder, &["members", "resend", member, "--print-link", "--org", "lantern"]);
    printed.lines().next_back().expect("a line").to_owned()
}

/// Links the person's own account. Returns the answer to the last form.
pub(crate) fn links(browser: &mut Browser, object: &str, name: &str) -> Answer {
    assert_eq!(went(&through(browser, LINK, object, name)), LINKED);
    let form = browser.form();
    browser.post(LINKED, &[("form", &form), ("password", PASSWORD)])
}

fn account_of(s: &Server, subject: &str) -> Vec<String> {
    s.folder.texts(&format!("SELECT CAST(account AS TEXT) AS text FROM identity WHERE subject = '{subject}'"))
}

/// A name may be given to the next person, who must not come in as the previous one.
///
/// Seen to fail: with the old link, and with names compared exactly.
#[test]
fn an_invited_newcomer_with_a_leavers_name_is_somebody_else() {
    let (s, mut owner) = on();
    by_names(&mut owner);
    let mut kim = joined(&s, KIM, "member");
    assert_eq!(went(&links(&mut kim, OTHER, "Kim@Example.com")), "/account/?done=linked");
    // in any spelling
    assert_eq!(went(&through(&mut Browser::on(&s), LOGIN, OTHER, "KIM@example.com")), HOME);
    let first = account_of(&s, KIM);
    assert_eq!(first.len(), 1);
    run(&s, &["members", "remove", KIM, "--org", "lantern"]);
    run(&s, &["members", "invite", "kim.two@example.com", "--role", "manager", "--org", "lantern"]);
    let path = invitation(&s, "kim.two@example.com");
    let mut newcomer = Browser::on(&s);
    assert_eq!(went(&through(&mut newcomer, &format!("{path}sign-on/"), THIRD, KIM)), JOIN);
    assert_eq!(went(&newcomer.post(JOIN, &[("do", "new")])), HOME);
    assert!(account_of(&s, KIM).len() == 1 && account_of(&s, KIM) != first);
    // and her own account opens nothing here
    assert_eq!(kim.get(HOME).status, 404);
}

/// With object ids, which are never reassigned, it is the same person, and their account.
#[test]
fn whoever_is_invited_again_has_the_account_of_before() {
    let (s, _) = on();
    let mut kim = joined(&s, KIM, "member");
    assert_eq!(went(&links(&mut kim, OTHER, KIM)), "/account/?done=linked");
    let first = account_of(&s, OTHER);
    run(&s, &["members", "remove", KIM, "--org", "lantern"]);
    assert_eq!(through(&mut Browser::on(&s), LOGIN, OTHER, KIM).status, 403);
    run(&s, &["members", "invite", "kim.two@example.com", "--role", "member", "--org", "lantern"]);
    let path = invitation(&s, "kim.two@example.com");
    let mut back = Browser::on(&s);
    through(&mut back, &format!("{path}sign-on/"), OTHER, KIM);
    assert_eq!(went(&back.post(JOIN, &[("do", "new")])), HOME);
    assert_eq!(account_of(&s, OTHER), first);
}

/// Seen to fail: with a link that stays and gets in the way.
#[test]
fn the_account_of_before_keeps_nobody_out() {
    let (s, _) = on();
    let bo = create(&s, "bo", OTHER);
    assert_eq!(went(&through(&mut Browser::on(&s), LOGIN, OTHER, "bo")), HOME);
    let first = account_of(&s, OTHER);
    // un-assigned, renamed, assigned again, and joined with a password
    let path = format!("/Users/{bo}");
    s.patch(&path, "replace", "active", &json!(false));
    s.patch(&path, "replace", "userName", &json!("bo.lind"));
    s.patch(&path, "replace", "active", &json!(true));
    let mut again = join(&s, "bo.lind");
    let answer = through(&mut Browser::on(&s), LOGIN, OTHER, "bo.lind");
    assert!(answer.status == 403 && answer.body.contains("Link my sign-in"), "{}", answer.body);
    assert_eq!(went(&links(&mut again, OTHER, "bo.lind")), "/account/?done=linked");
    assert!(account_of(&s, OTHER).len() == 1 && account_of(&s, OTHER) != first);
    assert_eq!(went(&through(&mut Browser::on(&s), LOGIN, OTHER, "bo.lind")), HOME);
    // and the link is deleted with the user
    assert_eq!(s.ask("DELETE", &path, None).status, 204);
    assert!(account_of(&s, OTHER).is_empty());
}

/// A link made by hand is deleted together with the directory's user through whom its account later became a member.
///
/// Seen to fail: without the user recorded with the link.
#[test]
fn a_link_goes_with_the_user_who_came_later() {
    let (s, _) = on();
    let mut kim = joined(&s, KIM, "member");
    assert_eq!(went(&links(&mut kim, OTHER, KIM)), "/account/?done=linked");
    run(&s, &["members", "remove", KIM, "--org", "lantern"]);
    let id = create(&s, "kim.ek", OTHER);
    let path = invitation(&s, "kim.ek");
    let form = kim.form();
    assert_eq!(kim.post(&path, &[("do", "me"), ("form", &form)]).status, 303);
    assert_eq!(account_of(&s, OTHER).len(), 1);
    assert_eq!(s.ask("DELETE", &format!("/Users/{id}"), None).status, 204);
    assert!(account_of(&s, OTHER).is_empty());
}

/// Seen to fail: with an account that has a password and no address.
#[test]
fn whose_address_was_given_away_is_no_way_in() {
    let (s, mut owner) = on();
    drop(joined(&s, KIM, "owner"));
    let page = owner.get(PAGE).body;
    assert!(page.contains(&format!("({KIM})</option>")), "{page}");
    s.folder.execute(&format!("UPDATE account SET login_key = NULL, email = NULL WHERE email = '{KIM}'"));
    let page = owner.get(PAGE).body;
    let accounts = page.matches("@example.com)</option>").count();
    assert_eq!(accounts, 1, "{page}");
    s.folder.execute(&format!("UPDATE account SET login_key = NULL, email = NULL WHERE email = '{INES}'"));
    let page = owner.get(PAGE).body;
    assert!(page.contains("No owner who has joined has a password"), "{page}");
}

/// An owner who takes the test as another user than the one behind their membership is not linked to that user.
///
/// Seen to fail: without a check of the membership.
#[test]
fn an_owner_who_is_somebody_else_there_switches_nothing_on() {
    let (s, mut owner) = on();
    assert_eq!(went(&send(&mut owner, &[("do", "off"), ("password", PASSWORD)])), format!("{PAGE}?done=off"));
    let id = create(&s, INES, OBJECT);
    run(&s, &["members", "merge", INES, "--user", &id, "--org", "lantern", "--yes"]);
    let report = tested(&mut owner, |response| {
        for (claim, values) in &mut response.claims {
            if claim.ends_with("objectidentifier") {
                *values = vec![OTHER.to_owned()];
            }
        }
    });
    assert!(report.contains("It works"), "{report}");
    let answer = send(&mut owner, &[("do", "on"), ("password", PASSWORD)]);
    assert!(answer.status == 422 && answer.body.contains("his is the place of"), "{}", answer.body);
    assert!(tested(&mut owner, |_| {}).contains("It works"));
    assert_eq!(went(&send(&mut owner, &[("do", "on"), ("password", PASSWORD)])), format!("{PAGE}?done=on"));
}

/// Nor can an account be linked to somebody else's membership, or a linked membership be merged with somebody else's.
///
/// Seen to fail: with a merge that ignores links.
#[test]
fn a_place_is_merged_and_linked_by_whose_it_is() {
    let (s, _) = on();
    let mut kim = joined(&s, KIM, "member");
    assert_eq!(went(&links(&mut kim, OTHER, KIM)), "/account/?done=linked");
    create(&s, "bo", THIRD);
    let path = invitation(&s, "bo");
    let form = kim.form();
    assert!(kim.get(&path).body.contains("The two memberships can become one"));
    let answer = kim.post(&path, &[("do", "me"), ("form", &form)]);
    assert!(answer.status == 422 && answer.body.contains("his is the place of bo"), "{}", answer.body);
    // whoever has bo's invitation can join in bo's place with a password, but can link only bo's sign-in
    let mut somebody = join(&s, "bo");
    let answer = links(&mut somebody, "44444444-5a35-4b7c-9d0c-0b6b8b7f5c11", "x");
    assert!(answer.status == 422 && answer.body.contains("his is the place of bo"), "{}", answer.body);
    assert_eq!(went(&links(&mut somebody, THIRD, "bo")), "/account/?done=linked");
}

/// By an owner and by the person alike: the membership would be opened by somebody else than the user who manages it.
///
/// Seen to fail: with a merge by an owner that ignores links, and with the link of a former member that opens the place of another.
#[test]
fn nobody_opens_a_place_by_the_sign_in_of_before() {
    let (s, mut owner) = on();
    let mut kim = joined(&s, KIM, "member");
    assert_eq!(went(&links(&mut kim, OTHER, KIM)), "/account/?done=linked");
    let bo = create(&s, "kim", THIRD);
    let said = "is linked to another sign-in at the identity provider";
    for more in [&[][..], &["--yes"]] {
        let merge = ["members", "merge", KIM, "--user", &bo, "--org", "lantern"];
        let refused = s.folder.run(&[&merge[..], more].concat());
        assert!(refused.code() == 1 && refused.stderr().contains(said), "{}", refused.stderr());
    }
    let id = page_of(&s, "kim").trim_end_matches('/').rsplit('/').next().expect("an id").to_owned();
    let mine = page_of(&s, KIM);
    let page = owner.get(&format!("{mine}merge/{id}/")).body;
    assert!(page.contains(said), "{page}");
    // once she has left, she joins in the other place, which her former sign-in does not open
    let id = mine.trim_end_matches('/').rsplit('/').next().expect("an id").to_owned();
    run(&s, &["members", "remove", &id, "--org", "lantern"]);
    let path = invitation(&s, "kim");
    let form = kim.form();
    assert_eq!(went(&kim.post(&path, &[("do", "me"), ("form", &form)])), HOME);
    assert!(account_of(&s, OTHER).is_empty());
    let answer = through(&mut Browser::on(&s), LOGIN, OTHER, "x");
    assert!(answer.status == 403 && answer.body.contains("You are not known here yet"), "{}", answer.body);
    assert_eq!(went(&through(&mut Browser::on(&s), LOGIN, THIRD, "x")), HOME);
    let trail = s.folder.run(&["audit", "list", "--org", "lantern", "--json"]).stdout();
    assert!(trail.contains("\"unlinked\": 1"), "{trail}");
}

/// Where single sign-on is required, a password session cannot change anything in the organisation.
///
/// Seen to fail: with a session that leaves, and one that merges.
#[test]
fn a_password_neither_leaves_nor_merges_where_sign_on_is_required() {
    let (s, mut owner) = on();
    let mut kim = joined(&s, KIM, "member");
    create(&s, "bo", THIRD);
    let path = invitation(&s, "bo");
    let ids = s.folder.texts(&format!("SELECT CAST(id AS TEXT) AS text FROM account WHERE email = '{INES}'"));
    let fields = [("do", "save"), ("role", "member"), ("require", "yes"), ("emergency", ids[0].as_str())];
    assert_eq!(went(&send(&mut owner, &fields)), format!("{PAGE}?done=required"));
    let form = kim.form();
    let leave =
        [("form", form.as_str()), ("do", "leave"), ("organisation", "lantern"), ("present", PASSWORD)];
    let answer = kim.post("/account/", &leave);
    assert!(answer.status == 422 && answer.body.contains("ask an owner of it"), "{}", answer.body);
    assert!(!kim.get(&path).body.contains("Make them one"));
    assert_eq!(kim.post(&path, &[("do", "me"), ("form", &form)]).status, 422);
    assert_eq!(s.folder.members("lantern").matches("[]").count(), 3);
    run(&s, &["sso", "unrequire", "--org", "lantern"]);
    // nor can a session that was ended here
    let page = page_of(&s, KIM);
    does(&mut owner, &page, &[("do", "end-sessions")], 303, "The sessions are ended.");
    let answer = kim.post("/account/", &leave);
    assert!(answer.status == 422 && answer.body.contains("ask an owner of it"), "{}", answer.body);
    let mut again = Browser::on(&s);
    assert_eq!(again.sign_in(KIM, PASSWORD).status, 303);
    let form = again.form();
    let leave =
        [("form", form.as_str()), ("do", "leave"), ("organisation", "lantern"), ("present", PASSWORD)];
    assert_eq!(again.post("/account/", &leave).status, 303);
}

/// Somebody of lantern opens an invitation of harbour in the session of lantern's identity provider. Later lantern's owner switches that
/// off, and takes the link that is for its member: that opens lantern, and never harbour.
///
/// Seen to fail: with an invitation that is accepted in such a session.
#[test]
fn an_owners_link_opens_no_other_organisation() {
    let (s, mut owner) = on();
    create(&s, "bo", OTHER);
    let mut bo = Browser::on(&s);
    assert_eq!(went(&through(&mut bo, LOGIN, OTHER, "bo")), HOME);
    run(&s, &["org", "create", "harbour"]);
    run(&s, &["members", "invite", "bo.lind@example.com", "--role", "member", "--org", "harbour"]);
    let printed =
        link(&s.folder, &["members", "resend", "bo.lind@example.com", "--print-link", "--org", "harbour"]);
    let path = printed.lines().next_back().expect("a line");
    let form = bo.form();
    assert_eq!(bo.post(path, &[("form", &form), ("do", "me")]).status, 422);
    let begun = [("do", "new"), ("name", "Bo"), ("password", "bo has a long sentence")];
    assert_eq!(went(&bo.post(path, &begun)), "/settings/harbour/");
    assert_eq!(went(&send(&mut owner, &[("do", "off"), ("password", PASSWORD)])), format!("{PAGE}?done=off"));
    let printed =
        link(&s.folder, &["account", "reset-link", "--org", "lantern", "--member", "bo", "--print-link"]);
    let mut taken = Browser::on(&s);
    let path = printed.lines().next_back().expect("a line");
    assert_eq!(went(&taken.post(path, &[("password", PASSWORD)])), HOME);
    assert_eq!((taken.get(HOME).status, taken.get("/settings/harbour/").status), (200, 404));
    assert_eq!((bo.get(HOME).status, bo.get("/settings/harbour/").status), (404, 200));
}

/// A session opened by single sign-on counts as nobody's on another organisation's invitation page, and on other pages
/// that make or change accounts.
#[test]
fn a_session_of_single_sign_on_accepts_nothing_elsewhere() {
    let (s, _) = on();
    create(&s, "bo", OTHER);
    let mut bo = Browser::on(&s);
    assert_eq!(went(&through(&mut bo, LOGIN, OTHER, "bo")), HOME);
    run(&s, &["org", "create", "harbour"]);
    run(&s, &["members", "invite", "bo.lind@example.com", "--role", "member", "--org", "harbour"]);
    let printed =
        link(&s.folder, &["members", "resend", "bo.lind@example.com", "--print-link", "--org", "harbour"]);
    let path = printed.lines().next_back().expect("a line");
    let page = bo.get(path).body;
    assert!(page.contains("name=\"password\"") && !page.contains("You are signed in as"), "{page}");
    assert_eq!(bo.post(path, &[("do", "me")]).status, 422);
    assert_eq!(went(&bo.get(LINK)), format!("/login/?to={LINK}"));
}
