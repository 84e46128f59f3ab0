//! People whose account has no password: who could not sign in when single sign-on is switched off or begun anew, and the link by which they
//! set one on the same account.

use crate::console::{Browser, PASSWORD, link};
use crate::mailed::{configured, path};
use crate::member_acts::{does, joined};
use crate::member_page::{active, page_of, read};
use crate::sso_setup::{
    ACS, HOME, JOIN, LOGIN, OTHER, PAGE, SSO, THIRD, ask, come_back, on, run, send, switched_on, tested, went,
};
use provost_testing::http::Answer;
use provost_testing::json::user;
use provost_testing::program::Server;
use provost_testing::provider::{self, Response};
use provost_testing::sink::{Manner, Sink, Step, Turn};
use serde_json::json;
use std::sync::Barrier;
use std::thread;

const INES: &str = "ines.falk@example.com";
const ANN: &str = "ann@example.com";
const BO: &str = "bo@example.com";
const SPENT: &str = "This link is not needed any more";

/// Through the identity provider as somebody, from a page of ours.
pub(crate) fn through(browser: &mut Browser, path: &str, object: &str) -> Answer {
    let asked = ask(browser, path);
    come_back(browser, ACS, &Response::to(&asked, object, "somebody@example.com", ["Bo", "Lind"]))
}

/// A user of the directory who has come by the Login URL, and has no password.
pub(crate) fn came(s: &Server, name: &str, object: &str) -> (String, Browser) {
    let mut body = user(name);
    body["externalId"] = json!(object);
    let made = s.ask("POST", "/Users", Some(&body));
    assert_eq!(made.status, 201, "{}", made.body);
    let mut browser = Browser::on(s);
    assert_eq!(went(&through(&mut browser, LOGIN, object)), HOME);
    (made.id(), browser)
}

fn off(owner: &mut Browser) {
    assert_eq!(went(&send(owner, &[("do", "off"), ("password", PASSWORD)])), format!("{PAGE}?done=off"));
}

/// The path of the link that a command prints for a member without a password.
pub(crate) fn printed(s: &Server, member: &str) -> String {
    let printed =
        link(&s.folder, &["account", "reset-link", "--org", "lantern", "--member", member, "--print-link"]);
    assert!(printed.contains("/accept/"), "{printed}");
    printed.lines().next_back().expect("a line").to_owned()
}

fn set(browser: &mut Browser, path: &str) -> Answer {
    browser.post(path, &[("password", PASSWORD)])
}

fn account_of(s: &Server, email: &str) -> Vec<String> {
    let joined = "SELECT CAST(m.account AS TEXT) AS text FROM membership m, organisation o WHERE o.slug = 'lantern' \
                  AND o.tenant = m.tenant AND m.account IN (SELECT id FROM account WHERE";
    s.folder.texts(&format!("{joined} email = '{email}')"))
}

pub(crate) fn known_as(s: &Server, object: &str) -> Vec<String> {
    s.folder.texts(&format!("SELECT CAST(account AS TEXT) AS text FROM identity WHERE subject = '{object}'"))
}

fn mails(s: &Server) -> Vec<String> {
    s.folder.texts("SELECT name AS text FROM outbox WHERE kind = 'invitation' AND detail LIKE '%account%'")
}

/// An account with a password and this address, which is a member of another organisation.
fn elsewhere(s: &Server, email: &str) -> Browser {
    s.folder.run(&["org", "create", "harbour"]);
    run(s, &["members", "invite", email, "--role", "member", "--org", "harbour"]);
    let printed = link(&s.folder, &["members", "resend", email, "--print-link", "--org", "harbour"]);
    let mut browser = Browser::on(s);
    let path = printed.lines().next_back().expect("a line");
    let joined = browser.post(path, &[("do", "new"), ("name", "Bo"), ("password", PASSWORD)]);
    assert_eq!(joined.status, 303, "{}", joined.body);
    browser
}

/// Seen to fail: with a mail to who has a link already.
#[test]
fn whom_nothing_opens_the_account_of_is_named_and_sets_a_password_by_a_mail() {
    let sink = Sink::start(Manner::default());
    let s = Server::start_in(&configured(&sink), &[]);
    let mut owner = switched_on(&s);
    run(&s, &["org", "update", "lantern", "--invitations", "off"]);
    drop(joined(&s, ANN, "member"));
    let (_, mut bo) = came(&s, "bo", OTHER);
    let account = known_as(&s, OTHER);
    let says = |owner: &mut Browser, said: &str| {
        let text = read(&owner.get(PAGE).body);
        assert!(text.contains(said), "no {said}: {text}");
    };
    says(&mut owner, "1 member has no password and cannot sign in then: bo ");
    off(&mut owner);
    assert_eq!(bo.get(HOME).status, 303);
    says(&mut owner, "1 member cannot sign in");
    assert_eq!(went(&send(&mut owner, &[("do", "invite-back")])), format!("{PAGE}?done=invited-back"));
    let to_bo = |number: usize| {
        let all = sink.wait_for(number);
        let mine: Vec<_> = all.into_iter().filter(|mail| mail.to == [BO]).collect();
        assert_eq!(mine.len(), 1, "one mail");
        mine[0].clone()
    };
    let before = sink.mails().iter().filter(|mail| mail.to != [BO]).count();
    let mail = to_bo(before + 1);
    assert_eq!(mail.header("Subject").as_deref(), Some("Choose a password for Lantern Works"));
    let path = path(&mail, "accept");
    // pressed again, nobody gets a second one
    assert_eq!(went(&send(&mut owner, &[("do", "invite-back")])), format!("{PAGE}?done=invited-back"));
    assert_eq!(mails(&s).len(), 1);
    // looking at it and pressing buttons changes nothing
    let mut scanner = Browser::on(&s);
    for _ in 0..2 {
        let page = scanner.get(&path);
        assert!(page.status == 200 && page.body.contains("Your account at Lantern Works"), "{}", page.body);
        assert_eq!(scanner.post(&path, &[("do", "me")]).status, 422);
        assert_eq!(scanner.post(&path, &[("password", "short")]).status, 422);
    }
    assert!(!scanner.is_signed_in() && account_of(&s, BO).is_empty());
    assert_eq!(went(&set(&mut bo, &path)), HOME);
    assert_eq!(bo.get(HOME).status, 200);
    assert_eq!(account_of(&s, BO), account, "the same account");
    assert_eq!(Browser::on(&s).sign_in(BO, PASSWORD).status, 303);
    // once
    let again = set(&mut Browser::on(&s), &path);
    assert!(again.status == 410 && again.body.contains(SPENT), "{}", again.body);
    assert!(!read(&owner.get(PAGE).body).contains("cannot sign in"));
    let trail = s.folder.run(&["audit", "list", "--org", "lantern", "--json"]).stdout();
    for said in ["\"invite-back\"", "\"set-password\"", "\"password\": true"] {
        assert!(trail.contains(said), "{said}: {trail}");
    }
    // and on again, they are known as before
    assert_eq!(went(&send(&mut owner, &[("do", "on"), ("password", PASSWORD)])), format!("{PAGE}?done=on"));
    assert_eq!(went(&through(&mut Browser::on(&s), LOGIN, OTHER)), HOME);
    assert_eq!(known_as(&s, OTHER), account);
    let checked = s.folder.run(&["check"]);
    assert_eq!(checked.code(), 0, "{}{}", checked.stdout(), checked.stderr());
}

/// Seen to fail: without a look at the address, and with a link for whom the identity provider opens the account of.
#[test]
fn such_a_link_ends_with_what_it_was_for() {
    let (s, mut owner) = on();
    let (id, _) = came(&s, "bo", OTHER);
    // whom the identity provider opens the account of needs none
    let refused =
        s.folder.run(&["account", "reset-link", "--org", "lantern", "--member", "bo", "--print-link"]);
    assert!(refused.code() == 1 && refused.stderr().contains("signs in through"), "{}", refused.stderr());
    let form = owner.form();
    assert_eq!(owner.post(&page_of(&s, "bo"), &[("form", &form), ("do", "resend")]).status, 422);
    off(&mut owner);
    let hidden = s.folder.run(&["account", "reset-link", "--org", "lantern", "--member", "bo"]);
    assert!(hidden.code() == 1 && hidden.stderr().contains("--print-link"), "{}", hidden.stderr());
    let opens = |path: &str, status: u16, said: &str| {
        for answer in [Browser::on(&s).get(path), set(&mut Browser::on(&s), path)] {
            assert!(
                answer.status == status && answer.body.contains(said),
                "{}: {}",
                answer.status,
                answer.body
            );
        }
        assert!(account_of(&s, BO).is_empty());
    };
    // a newer one ends it
    let first = printed(&s, "bo");
    let second = printed(&s, "bo");
    opens(&first, 410, "This invitation has ended");
    // the organisation is switched off
    run(&s, &["org", "disable", "lantern", "--yes"]);
    let closed = set(&mut Browser::on(&s), &second);
    assert!(closed.status >= 400 && account_of(&s, BO).is_empty(), "{}", closed.status);
    run(&s, &["org", "enable", "lantern"]);
    assert_eq!(Browser::on(&s).get(&second).status, 200);
    // another address in the directory
    s.patch(&format!("/Users/{id}"), "replace", "emails[type eq \"work\"].value", &json!("bo@new.example"));
    opens(&second, 410, SPENT);
    s.patch(&format!("/Users/{id}"), "replace", "emails[type eq \"work\"].value", &json!(BO));
    assert_eq!(Browser::on(&s).get(&second).status, 200);
    // the account is switched off
    s.folder.execute("UPDATE account SET disabled = 1 WHERE email IS NULL");
    opens(&second, 410, SPENT);
    s.folder.execute("UPDATE account SET disabled = NULL WHERE email IS NULL");
    // cut, and of somebody else
    assert_eq!(Browser::on(&s).get(second.get(..second.len() - 3).expect("a link")).status, 404);
    // un-assigned meanwhile, and assigned again
    active(&s, &id, false);
    opens(&second, 410, "This link is no longer good");
    assert_eq!(went(&send(&mut owner, &[("do", "invite-back")])), format!("{PAGE}?done=invited-back"));
    assert!(mails(&s).is_empty(), "who is un-assigned gets none");
    active(&s, &id, true);
    opens(&second, 410, "This link is no longer good");
    let third = printed(&s, "bo");
    // it is on again by now, and opens the account
    assert_eq!(went(&send(&mut owner, &[("do", "on"), ("password", PASSWORD)])), format!("{PAGE}?done=on"));
    opens(&third, 410, SPENT);
    off(&mut owner);
    assert_eq!(went(&set(&mut Browser::on(&s), &third)), HOME);
    let refused =
        s.folder.run(&["account", "reset-link", "--org", "lantern", "--member", "bo", "--print-link"]);
    assert!(refused.code() == 1 && refused.stderr().contains("has joined already"), "{}", refused.stderr());
}

/// Seen to fail: without a second look at the account, once it is held.
#[test]
fn of_two_windows_one_sets_the_password() {
    let (s, mut owner) = on();
    for round in 0..5 {
        let name = format!("bo{round}");
        drop(came(&s, &name, &format!("{round:08x}-5a35-4b7c-9d0c-0b6b8b7f5c22")));
    }
    off(&mut owner);
    for round in 0..5 {
        let path = printed(&s, &format!("bo{round}"));
        let gate = Barrier::new(2);
        let press = |password: &str| {
            let mut browser = Browser::on(&s);
            gate.wait();
            browser.post(&path, &[("password", password)]).status
        };
        let (one, two) = thread::scope(|scope| {
            let other = scope.spawn(|| press("another good password"));
            (press(PASSWORD), other.join().expect("done"))
        });
        let mut both = [one, two];
        both.sort_unstable();
        assert_eq!(both, [303, 410]);
        let chosen = if one == 303 { PASSWORD } else { "another good password" };
        assert_eq!(Browser::on(&s).sign_in(&format!("bo{round}@example.com"), chosen).status, 303);
    }
}

/// Seen to fail: with a membership handed to any account that is signed in.
#[test]
fn where_another_account_has_the_address_the_membership_goes_over_to_it() {
    let (s, mut owner) = on();
    let (id, mut bo) = came(&s, "bo", OTHER);
    let former = known_as(&s, OTHER);
    let mut mallory = joined(&s, "mallory@example.com", "member");
    run(&s, &["members", "role", "bo", "manager", "--org", "lantern"]);
    off(&mut owner);
    let path = printed(&s, "bo");
    // the address is free when the page is opened, and not when the form comes
    let mut window = Browser::on(&s);
    assert!(window.get(&path).body.contains("Set the password"));
    let mut other = elsewhere(&s, BO);
    let late = set(&mut window, &path);
    assert!(late.status == 422 && late.body.contains("Another account has this address"), "{}", late.body);
    // another account that is signed in takes nothing
    let form = mallory.form();
    for fields in [&[("form", form.as_str()), ("do", "me")][..], &[("password", PASSWORD)]] {
        let answer = mallory.post(&path, fields);
        assert!(answer.status == 422 && answer.body.contains("You are signed in as"), "{}", answer.body);
    }
    let page = other.get(&path).body;
    assert!(page.contains("Open Lantern Works with this account"), "{page}");
    assert_eq!(other.post(&path, &[("do", "me")]).status, 409, "a form of nobody's session");
    let form = other.form();
    assert_eq!(went(&other.post(&path, &[("form", &form), ("do", "me")])), HOME);
    assert_eq!((other.get(HOME).status, other.get("/settings/harbour/").status), (200, 200));
    let now = account_of(&s, BO);
    assert!(now.len() == 1 && now != former, "{now:?}");
    assert_eq!(known_as(&s, OTHER), now);
    assert!(!bo.is_signed_in());
    assert_eq!(other.post(&path, &[("form", &form), ("do", "me")]).status, 410);
    // with the role that was theirs, and with the directory's hand on it
    assert_eq!(crate::member_acts::role(&s, "bo").map(|(role, _)| role).as_deref(), Some("manager"));
    assert_eq!(went(&send(&mut owner, &[("do", "on"), ("password", PASSWORD)])), format!("{PAGE}?done=on"));
    assert_eq!(went(&through(&mut Browser::on(&s), LOGIN, OTHER)), HOME);
    active(&s, &id, false);
    assert_eq!((other.get(HOME).status, other.get("/settings/harbour/").status), (404, 200));
    let checked = s.folder.run(&["check"]);
    assert_eq!(checked.code(), 0, "{}{}", checked.stdout(), checked.stderr());
}

/// Who is a member already by the account that has the address is not one twice.
///
/// Seen to fail: without a look at that.
#[test]
fn nobody_has_two_places() {
    let (s, mut owner) = on();
    drop(came(&s, "bo", OTHER));
    off(&mut owner);
    let path = printed(&s, "bo");
    // invited by hand with an address of their own, which is the other one's by now
    let mut twin = joined(&s, "twin@example.com", "member");
    s.folder.execute("UPDATE account SET email = 'bo@example.com', login_key = 'bo@example.com' WHERE email = 'twin@example.com'");
    let form = twin.form();
    let answer = twin.post(&path, &[("form", &form), ("do", "me")]);
    assert!(answer.status == 422 && answer.body.contains("already by another membership"), "{}", answer.body);
    assert_eq!(account_of(&s, BO).len(), 1);
}

/// Seen to fail: without a look at other organisations.
#[test]
fn an_account_that_another_organisation_knows_is_opened_by_no_link() {
    let (s, mut owner) = on();
    drop(came(&s, "bo", OTHER));
    off(&mut owner);
    let path = printed(&s, "bo");
    run(&s, &["org", "create", "harbour"]);
    let there = "FROM membership m, organisation o WHERE o.slug = 'harbour' AND m.account IN (SELECT account FROM identity \
                 WHERE subject = '11111111-5a35-4b7c-9d0c-0b6b8b7f5c11')";
    for (put, gone) in [
        (
            "INSERT INTO membership (tenant, id, email, email_key, role, role_source, state, managed_by, created, account) \
             SELECT o.tenant, m.id + 1, 'x@y.example', 'x@y.example', 'member', 'hand', 'joined', 'hand', m.created, m.account",
            "membership",
        ),
        (
            "INSERT INTO known_account (tenant, user_seq, account) SELECT o.tenant, 9, m.account",
            "known_account",
        ),
        (
            "INSERT INTO identity (tenant, connection, subject, account, created, seen, how) \
             SELECT o.tenant, 1, 'x', m.account, 0, 0, 'test'",
            "identity",
        ),
    ] {
        assert_eq!(Browser::on(&s).get(&path).status, 200, "{gone}");
        s.folder.execute(&format!("{put} {there}"));
        let answer = set(&mut Browser::on(&s), &path);
        assert!(answer.status == 410 && answer.body.contains(SPENT), "{gone}: {}", answer.body);
        let refused =
            s.folder.run(&["account", "reset-link", "--org", "lantern", "--member", "bo", "--print-link"]);
        assert!(
            refused.code() == 1 && refused.stderr().contains("another organisation"),
            "{}",
            refused.stderr()
        );
        assert!(!read(&owner.get(PAGE).body).contains("1 member cannot sign in"));
        s.folder.execute(&format!(
            "DELETE FROM {gone} WHERE tenant IN (SELECT tenant FROM organisation WHERE slug = 'harbour')"
        ));
    }
    assert_eq!(went(&set(&mut Browser::on(&s), &path)), HOME);
}

/// Seen to fail: with a link for any member, and with a required sign-in that keeps it from her.
#[test]
fn an_owner_without_a_password_has_a_link_mailed_from_her_account() {
    let sink = Sink::start(Manner::default());
    let s = Server::start_in(&configured(&sink), &[]);
    let mut owner = switched_on(&s);
    run(&s, &["org", "update", "lantern", "--invitations", "off"]);
    let (_, mut bo) = came(&s, "bo", OTHER);
    let account = known_as(&s, OTHER);
    let ask_for = |bo: &mut Browser, fields: &[(&str, &str)]| {
        let page = bo.get("/account/").body;
        let (_, rest) = page.split_once("name=\"form\" value=\"").expect("a form");
        let form = rest.split('"').next().expect("a token").to_owned();
        bo.post("/account/", &[&[("form", form.as_str())], fields].concat())
    };
    assert!(!bo.get("/account/").body.contains("password-link"));
    assert_eq!(ask_for(&mut bo, &[("do", "password-link")]).status, 403);
    run(&s, &["members", "role", "bo", "owner", "--org", "lantern"]);
    let page = bo.get("/account/").body;
    assert!(page.contains("Mail me the link") && page.contains(BO), "{page}");
    for fields in [&[("do", "password"), ("password", PASSWORD)], &[("do", "address"), ("address", ANN)]] {
        assert_eq!(ask_for(&mut bo, fields).status, 403);
    }
    // where it is required, too
    let ines = account_of(&s, INES);
    let fields = [("do", "save"), ("role", "member"), ("require", "yes"), ("emergency", ines[0].as_str())];
    assert_eq!(went(&send(&mut owner, &fields)), format!("{PAGE}?done=required"));
    assert_eq!(went(&ask_for(&mut bo, &[("do", "password-link")])), "/account/?done=link");
    assert_eq!(went(&ask_for(&mut bo, &[("do", "password-link")])), "/account/?done=link");
    let mut path_of = None;
    for _ in 0..100 {
        path_of = sink.mails().iter().rev().find_map(|mail| {
            let is_it = mail.to == [BO] && mail.header("Subject")?.starts_with("Choose a password");
            is_it.then(|| path(mail, "accept"))
        });
        if path_of.is_some() {
            break;
        }
        thread::sleep(std::time::Duration::from_millis(100));
    }
    let path = path_of.expect("a mail");
    assert_eq!(went(&set(&mut bo, &path)), "/settings/");
    assert_eq!(account_of(&s, BO), account);
    assert_eq!(bo.sign_in(BO, PASSWORD).status, 303);
    // and can be the emergency account
    let named = [
        ("do", "save"),
        ("role", "member"),
        ("require", "yes"),
        ("was", ines[0].as_str()),
        ("emergency", account[0].as_str()),
        ("password", PASSWORD),
    ];
    assert_eq!(went(&send(&mut owner, &named)), format!("{PAGE}?done=required"));
    assert_eq!(bo.get(HOME).status, 200);
}

/// Seen to fail: with a manager who may.
#[test]
fn another_owner_sends_it_and_a_manager_does_not() {
    let (s, mut owner) = on();
    drop(came(&s, "bo", OTHER));
    let mut manager = joined(&s, "mia@example.com", "manager");
    let page = page_of(&s, "bo");
    let label = "Send a link to set a password";
    assert!(!owner.get(&page).body.contains(label));
    run(&s, &["members", "role", "bo", "owner", "--org", "lantern"]);
    assert!(!manager.get(&page).body.contains(label));
    does(&mut manager, &page, &[("do", "resend")], 422, "An owner sends it");
    assert!(mails(&s).is_empty() && owner.get(&page).body.contains(label));
    does(&mut owner, &page, &[("do", "resend")], 303, "sent as soon as possible");
    assert_eq!(mails(&s).len(), 1);
    // who has a password needs none
    does(&mut owner, &page_of(&s, "mia@example.com"), &[("do", "resend")], 422, "has joined already");
}

/// Seen to fail: with nothing sent.
#[test]
fn whoever_is_by_hand_and_is_unlinked_is_sent_an_invitation_to_link_again() {
    let (s, mut owner) = on();
    run(&s, &["members", "invite", ANN, "--role", "member", "--org", "lantern"]);
    let invited = link(&s.folder, &["members", "resend", ANN, "--print-link", "--org", "lantern"]);
    let mut ann = Browser::on(&s);
    let invited = invited.lines().next_back().expect("a line");
    assert_eq!(went(&through(&mut ann, &format!("{invited}sign-on/"), OTHER)), JOIN);
    assert_eq!(went(&ann.post(JOIN, &[("do", "new")])), HOME);
    let account = known_as(&s, OTHER);
    let page = page_of(&s, ANN);
    does(&mut owner, &page, &[("do", "unlink")], 303, "are sent an invitation to link their sign-in again");
    assert!(known_as(&s, OTHER).is_empty() && ann.get(HOME).status == 303);
    assert_eq!(mails(&s).len(), 1);
    let path = printed(&s, ANN);
    let mut desk = Browser::on(&s);
    let shown = desk.get(&path).body;
    assert!(
        shown.contains("Continue with Microsoft Entra ID") && shown.contains("name=\"password\""),
        "{shown}"
    );
    // as somebody who is somebody else here
    drop(came(&s, "bo", THIRD));
    assert_eq!(went(&through(&mut desk, &format!("{path}sign-on/"), THIRD)), JOIN);
    let wrong = desk.post(JOIN, &[("do", "new")]);
    assert!(wrong.status == 422 && wrong.body.contains("who is another member here"), "{}", wrong.body);
    // a session of a password of somebody else's is not the one that is linked
    let mut mallory = joined(&s, "mallory@example.com", "member");
    assert_eq!(went(&through(&mut mallory, &format!("{path}sign-on/"), OTHER)), JOIN);
    let form = mallory.form();
    let page = mallory.get(JOIN).body;
    assert!(page.contains("Link your sign-in to Lantern Works") && !page.contains("value=\"me\""), "{page}");
    assert_eq!(went(&mallory.post(JOIN, &[("do", "me"), ("form", &form)])), HOME);
    assert_eq!(known_as(&s, OTHER), account, "the same account");
    let mine = mallory.get("/account/").body;
    assert!(mine.contains("Your company signed you in"), "{mine}");
    assert_eq!(Browser::on(&s).get(&path).status, 410);
    assert_eq!(went(&through(&mut Browser::on(&s), LOGIN, OTHER)), HOME);
    let trail = s.folder.run(&["audit", "list", "--org", "lantern", "--json"]).stdout();
    assert!(trail.contains("\"invited\": true"), "{trail}");
}

/// Seen to fail: with a password where single sign-on is required.
#[test]
fn where_it_is_required_such_an_invitation_has_one_way() {
    let (s, mut owner) = on();
    let (_, _) = came(&s, "bo", OTHER);
    let ines = account_of(&s, INES);
    let fields = [("do", "save"), ("role", "member"), ("require", "yes"), ("emergency", ines[0].as_str())];
    assert_eq!(went(&send(&mut owner, &fields)), format!("{PAGE}?done=required"));
    s.folder.execute(&format!("DELETE FROM identity WHERE subject = '{OTHER}'"));
    let path = printed(&s, "bo");
    let page = Browser::on(&s).get(&path).body;
    assert!(page.contains("Continue with") && !page.contains("name=\"password\""), "{page}");
    assert_eq!(set(&mut Browser::on(&s), &path).status, 422);
    assert!(account_of(&s, BO).is_empty());
}

/// Seen to fail: with nobody named.
#[test]
fn another_connection_names_who_is_linked_no_longer() {
    const TENANT: &str = "aaaaaaaa-6d1e-4b7a-9a55-3c2f1d0e9b88";
    let (s, mut owner) = on();
    drop(came(&s, "bo", OTHER));
    let text = provider::metadata(SSO).replace(provider::TENANT, TENANT);
    assert_eq!(went(&send(&mut owner, &[("do", "text"), ("text", &text)])), format!("{PAGE}?done=metadata"));
    let report = tested(&mut owner, |response| {
        response.issuer = response.issuer.replace(provider::TENANT, TENANT);
        for (claim, values) in &mut response.claims {
            if claim.ends_with("tenantid") {
                *values = vec![TENANT.to_owned()];
            }
        }
    });
    assert!(report.contains("It works"));
    let page = read(&owner.get(PAGE).body);
    assert!(page.contains("1 member has no password and is linked no longer: bo "), "{page}");
    assert_eq!(went(&send(&mut owner, &[("do", "on"), ("password", PASSWORD)])), format!("{PAGE}?done=on"));
    let page = read(&owner.get(PAGE).body);
    assert!(page.contains("1 member cannot sign in"), "{page}");
    assert_eq!(went(&send(&mut owner, &[("do", "invite-back")])), format!("{PAGE}?done=invited-back"));
    assert_eq!(mails(&s).len(), 1);
    // by a manager, nothing is sent
    let mut manager = joined(&s, "mia@example.com", "manager");
    let form = manager.form();
    assert_eq!(manager.post(PAGE, &[("form", &form), ("do", "invite-back")]).status, 403);
}

/// The mail of a first invitation was never taken, and its link may lie anywhere.
///
/// Seen to fail: with the number of a link that was made before.
#[test]
fn a_link_to_an_account_is_no_link_that_was_made_before() {
    let sink = Sink::start(Manner::default().always(Step::Recipient, Turn::say("450 4.2.0 greylisted")));
    let mut s = Server::start_in(&configured(&sink), &[]);
    let mut owner = switched_on(&s);
    let mut body = user("bo");
    body["externalId"] = json!(OTHER);
    assert_eq!(s.ask("POST", "/Users", Some(&body)).status, 201);
    s.wait_for_log("greylisted");
    assert_eq!(went(&through(&mut Browser::on(&s), LOGIN, OTHER)), HOME);
    off(&mut owner);
    sink.behave(Manner::default());
    assert_eq!(went(&send(&mut owner, &[("do", "invite-back")])), format!("{PAGE}?done=invited-back"));
    let mail = sink.wait_for(1).remove(0);
    assert_eq!(went(&set(&mut Browser::on(&s), &path(&mail, "accept"))), HOME);
}

/// A link to an account goes where its owner asked for it, and never where a later write of SCIM says.
///
/// Seen to fail: with a refused mail that goes to the next address.
#[test]
fn another_address_from_scim_gets_no_link_to_an_account() {
    let refused = Turn::say("550 5.1.1 no such user");
    let sink = Sink::start(Manner::default());
    let s = Server::start_in(&configured(&sink), &[]);
    let mut owner = switched_on(&s);
    run(&s, &["org", "update", "lantern", "--invitations", "off"]);
    let (id, _) = came(&s, "bo", OTHER);
    off(&mut owner);
    sink.behave(Manner::default().always(Step::Recipient, refused));
    assert_eq!(went(&send(&mut owner, &[("do", "invite-back")])), format!("{PAGE}?done=invited-back"));
    let failed = || s.folder.texts("SELECT state AS text FROM outbox WHERE detail LIKE '%account%'");
    let until = |wanted: &[&str]| {
        for _ in 0..200 {
            if failed() == wanted {
                return;
            }
            thread::sleep(std::time::Duration::from_millis(50));
        }
        panic!("{:?}, not {wanted:?}", failed());
    };
    until(&["failed"]);
    sink.behave(Manner::default());
    let emails = json!([{ "type": "work", "value": "mallory@example.com", "primary": true }]);
    s.patch(&format!("/Users/{id}"), "replace", "emails", &emails);
    s.folder.execute("UPDATE outbox SET due = 0 WHERE detail LIKE '%account%'");
    until(&[]);
    assert!(sink.mails().iter().all(|mail| mail.to != ["mallory@example.com"]), "{:?}", sink.mails());
}
