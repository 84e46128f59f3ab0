//! Single sign-on over two servers: an answer works once, and nobody whose access has ended has a session.

use crate::PROVOST;
use crate::console::{Browser, PASSWORD, link, own};
use crate::member_acts::joined;
use crate::member_page::page_of;
use crate::sso_metadata::by_address;
use crate::sso_setup::{ACS, LOGIN, PAGE, ask, come_back, send, tested, went};
use provost_testing::http::Answer;
use provost_testing::json::user;
use provost_testing::program::Server;
use provost_testing::provider::{self, Response};
use serde_json::json;
use std::sync::Barrier;
use std::thread;
use std::time::Duration;

const HOME: &str = "/settings/lantern/";

/// Two servers at one address, as behind a proxy.
fn pair() -> (Server, Server) {
    let first = PROVOST.start();
    let url = format!("http://{}", first.address);
    let mut second = Server::start_in(&first.folder, &["--public-url", &url]);
    second.token.clone_from(&first.token);
    let mut owner = own(&first);
    let metadata = provider::metadata("https://login.example.com/sso");
    assert_eq!(
        went(&send(&mut owner, &[("do", "text"), ("text", &metadata)])),
        format!("{PAGE}?done=metadata")
    );
    assert!(tested(&mut owner, |_| {}).contains("It works"));
    assert_eq!(went(&send(&mut owner, &[("do", "on"), ("password", PASSWORD)])), format!("{PAGE}?done=on"));
    (first, second)
}

fn create(s: &Server, round: usize) -> (String, String) {
    let object = format!("{round:08x}-5a35-4b7c-9d0c-0b6b8b7f5c11");
    let mut body = user(&format!("user{round}"));
    body["externalId"] = json!(object);
    let made = s.ask("POST", "/Users", Some(&body));
    assert_eq!(made.status, 201, "{}", made.body);
    (made.id(), object)
}

/// The same browser, at another server.
fn at(browser: &Browser, s: &Server) -> Browser {
    let mut there = browser.clone();
    there.address.clone_from(&s.address);
    there
}

/// Seen to fail: with an answer that may be used again.
#[test]
fn one_answer_at_two_servers_makes_one_session() {
    let (a, b) = pair();
    let (_, object) = create(&a, 1);
    for round in 0..200 {
        let mut browser = Browser::on(&a);
        let asked = ask(&mut browser, LOGIN);
        let response = Response::to(&asked, &object, "bo@example.com", ["Bo", "Lind"]);
        let gate = Barrier::new(2);
        let post = |s: &Server| {
            let mut browser = at(&browser, s);
            gate.wait();
            went(&come_back(&mut browser, ACS, &response)).to_owned()
        };
        let (one, two) = thread::scope(|scope| {
            let other = scope.spawn(|| post(&b));
            (post(&a), other.join().expect("done"))
        });
        let entered = [&one, &two].iter().filter(|to| to.as_str() == HOME).count();
        assert_eq!(entered, 1, "{round}: {one} {two}");
    }
}

/// Seen to fail: with a membership that is not locked.
#[test]
fn nobody_who_is_deleted_while_signing_in_has_a_session() {
    let (a, b) = pair();
    let mut entered = 0;
    for round in 0..200 {
        let (id, object) = create(&a, round + 2);
        let mut browser = Browser::on(&b);
        browser.address.clone_from(&a.address);
        let asked = ask(&mut browser, LOGIN);
        let response = Response::to(&asked, &object, "bo@example.com", ["Bo", "Lind"]);
        let gate = Barrier::new(2);
        let answer = thread::scope(|scope| {
            let leaving = scope.spawn(|| {
                gate.wait();
                // a sign-in takes longer than a DELETE: vary which one comes first
                thread::sleep(Duration::from_millis(u64::try_from(round % 24).expect("few")));
                a.ask("DELETE", &format!("/Users/{id}"), None).status
            });
            let mut there = at(&browser, &b);
            gate.wait();
            let answer = come_back(&mut there, ACS, &response);
            browser = there;
            assert_eq!(leaving.join().expect("done"), 204);
            answer
        });
        if answer.status == 303 {
            entered += 1;
        }
        // a session without a membership would get 404
        assert_eq!(browser.get(HOME).status, 303, "{round}");
    }
    assert!((1..200).contains(&entered), "{entered} were in time");
    let checked = a.folder.run(&["check"]);
    assert_eq!(checked.code(), 0, "{}{}", checked.stdout(), checked.stderr());
}

/// Somebody unlinked while signing in has no session afterwards.
///
/// Seen to fail: with a link that is read before the membership is locked, and not again.
#[test]
fn nobody_who_is_unlinked_while_signing_in_has_a_session() {
    let (a, b) = pair();
    let mut ines = Browser::on(&a);
    ines.sign_in("ines.falk@example.com", PASSWORD);
    let (_, object) = create(&a, 900);
    let page = page_of(&a, "user900");
    let form = ines.form();
    let (mut entered, mut kept) = (0, 0);
    for round in 0..120 {
        // linked before
        let mut before = Browser::on(&a);
        let asked = ask(&mut before, LOGIN);
        let response = Response::to(&asked, &object, "bo@example.com", ["Bo", "Lind"]);
        assert_eq!(went(&come_back(&mut before, ACS, &response)), HOME);
        let mut browser = Browser::on(&a);
        let asked = ask(&mut browser, LOGIN);
        let response = Response::to(&asked, &object, "bo@example.com", ["Bo", "Lind"]);
        let gate = Barrier::new(2);
        let answer = thread::scope(|scope| {
            let unlinking = scope.spawn(|| {
                let mut owner = ines.clone();
                gate.wait();
                thread::sleep(Duration::from_millis(u64::try_from(round % 12).expect("few")));
                owner.post(&page, &[("form", &form), ("do", "unlink")]).status
            });
            let mut there = at(&browser, &b);
            gate.wait();
            let answer = come_back(&mut there, ACS, &response);
            browser = at(&there, &a);
            assert_eq!(unlinking.join().expect("done"), 303, "{round}");
            answer
        });
        entered += usize::from(answer.status == 303);
        // an open session belongs to a link: after the unlinking, the person was linked anew
        let linked =
            a.folder.texts(&format!("SELECT subject AS text FROM identity WHERE subject = '{object}'"));
        let is_open = browser.get(HOME).status == 200;
        assert_eq!(is_open, linked.len() == 1, "{round}: {}", answer.status);
        kept += usize::from(is_open);
    }
    println!("{entered} came in, of whom {kept} after the unlinking");
}

/// If two answers let the same new person in, only one makes an account.
///
/// Seen to fail: with a shared lock on the organisation.
#[test]
fn whoever_is_let_in_by_two_servers_is_one_person() {
    let (a, b) = pair();
    let mut ines = Browser::on(&a);
    ines.sign_in("ines.falk@example.com", PASSWORD);
    assert_eq!(a.folder.run(&["org", "update", "lantern", "--scim", "off"]).code(), 0);
    let fields = [("do", "save"), ("role", "member"), ("let-in", "yes")];
    assert_eq!(went(&send(&mut ines, &fields)), format!("{PAGE}?done=saved"));
    for round in 0..60 {
        let object = format!("{round:08x}-5a35-4b7c-9d0c-0b6b8b7f5c22");
        let email = format!("new{round}@example.com");
        let browsers = [Browser::on(&a), at(&Browser::on(&a), &b)];
        let gate = Barrier::new(2);
        let come = |mut browser: Browser| {
            let there = browser.address.clone();
            browser.address.clone_from(&a.address);
            let asked = ask(&mut browser, LOGIN);
            browser.address = there;
            let response = Response::to(&asked, &object, &email, ["Bo", "Lind"]);
            gate.wait();
            went(&come_back(&mut browser, ACS, &response)).to_owned()
        };
        let [one, two] = browsers;
        let (one, two) = thread::scope(|scope| {
            let other = scope.spawn(|| come(two));
            (come(one), other.join().expect("done"))
        });
        assert_eq!((one.as_str(), two.as_str()), (HOME, HOME), "{round}");
        let count = a
            .folder
            .texts(&format!("SELECT CAST(account AS TEXT) AS text FROM identity WHERE subject = '{object}'"));
        assert_eq!(count.len(), 1, "{round}");
    }
    let accounts = a.folder.texts("SELECT CAST(count(*) AS TEXT) AS text FROM account");
    assert_eq!(accounts, ["61"]);
}

/// Sends Ines' form that names the emergency account; `was` is the one shown.
fn save(browser: &mut Browser, was: &str, emergency: &str) -> Answer {
    let fields =
        [("do", "save"), ("role", "member"), ("require", "yes"), ("emergency", emergency), ("was", was)];
    send(browser, &[&fields[..], &[("password", PASSWORD)]].concat())
}

/// Whether a form did what it asks for. Whoever is not the emergency account any more is led to the sign-in.
fn is_done(answer: &Answer) -> bool {
    answer.header("location").is_some_and(|to| !to.starts_with("/login/"))
}

/// Seen to fail: with a shared lock on the owners.
#[test]
fn the_emergency_account_is_an_owner_whoever_comes_first() {
    let (a, b) = pair();
    let mut ines = Browser::on(&a);
    ines.sign_in("ines.falk@example.com", PASSWORD);
    drop(joined(&a, "ann@example.com", "owner"));
    let page = page_of(&a, "ann@example.com");
    let id = |email: &str| {
        let ids =
            a.folder.texts(&format!("SELECT CAST(id AS TEXT) AS text FROM account WHERE email = '{email}'"));
        ids.into_iter().next().expect("an account")
    };
    let (mine, hers) = (id("ines.falk@example.com"), id("ann@example.com"));
    assert_eq!(went(&save(&mut ines, "", &mine)), format!("{PAGE}?done=required"));
    let form = ines.form();
    let mut named = 0;
    for round in 0..60 {
        let gate = Barrier::new(2);
        let (saved, demoted) = thread::scope(|scope| {
            let demoted = scope.spawn(|| {
                let mut there = at(&ines, &b);
                let fields =
                    [("form", form.as_str()), ("do", "role"), ("role", "member"), ("password", PASSWORD)];
                gate.wait();
                is_done(&there.post(&page, &fields))
            });
            let mut here = ines.clone();
            let fields = [("form", form.as_str()), ("do", "save"), ("role", "member"), ("require", "yes")];
            let more = [("emergency", hers.as_str()), ("was", mine.as_str()), ("password", PASSWORD)];
            gate.wait();
            let saved = is_done(&here.post(PAGE, &[&fields[..], &more].concat()));
            (saved, demoted.join().expect("done"))
        });
        // exactly one of the two
        assert_ne!(saved, demoted, "{round}");
        if saved {
            named += 1;
            assert_eq!(a.folder.run(&["sso", "unrequire", "--org", "lantern"]).code(), 0);
            assert_eq!(went(&save(&mut ines, "", &mine)), format!("{PAGE}?done=required"));
        } else {
            let ran = a.folder.run(&["members", "role", "ann@example.com", "owner", "--org", "lantern"]);
            assert_eq!(ran.code(), 0, "{}", ran.stderr());
        }
    }
    println!("{named} of 60 were named first");
}

/// Somebody deleted while accepting through the identity provider has neither a session nor a membership.
/// Seen to fail: with neither the user nor the membership locked.
#[test]
fn nobody_who_is_deleted_while_joining_has_a_place() {
    const JOIN: &str = "/auth/join/lantern/";
    let (a, b) = pair();
    let mut joined = 0;
    for round in 0..60 {
        let (id, object) = create(&a, round + 500);
        let name = format!("user{}", round + 500);
        let printed = link(&a.folder, &["members", "resend", &name, "--print-link", "--org", "lantern"]);
        let path = printed.lines().next_back().expect("a line");
        let mut browser = Browser::on(&a);
        let asked = ask(&mut browser, &format!("{path}sign-on/"));
        let response = Response::to(&asked, &object, "bo@example.com", ["Bo", "Lind"]);
        assert_eq!(went(&come_back(&mut browser, ACS, &response)), JOIN);
        let gate = Barrier::new(2);
        let status = thread::scope(|scope| {
            let leaving = scope.spawn(|| {
                gate.wait();
                // joining takes a while on a busy machine: now the one is first, now the other
                thread::sleep(Duration::from_millis(u64::try_from(round % 20 * 5).expect("few")));
                a.ask("DELETE", &format!("/Users/{id}"), None).status
            });
            let mut there = at(&browser, &b);
            gate.wait();
            let status = there.post(JOIN, &[("do", "new")]).status;
            browser = at(&there, &a);
            assert_eq!(leaving.join().expect("done"), 204);
            status
        });
        assert!(matches!(status, 303 | 410), "{round}: {status}");
        joined += usize::from(status == 303);
        // a session without a membership would get 404
        assert_eq!(browser.get(HOME).status, 303, "{round}");
    }
    assert!((1..60).contains(&joined), "{joined} were in time");
    let checked = a.folder.run(&["check"]);
    assert_eq!(checked.code(), 0, "{}{}", checked.stdout(), checked.stderr());
}

/// Whoever is un-assigned while setting a password has no place, and the link opens nothing afterwards.
#[test]
fn nobody_who_is_un_assigned_while_setting_a_password_has_a_place() {
    let (a, b) = pair();
    let mut ines = Browser::on(&a);
    ines.sign_in("ines.falk@example.com", PASSWORD);
    let mut people = Vec::new();
    for round in 0..24 {
        let (id, object) = create(&a, round + 700);
        let mut browser = Browser::on(&a);
        let asked = ask(&mut browser, LOGIN);
        let response = Response::to(&asked, &object, "bo@example.com", ["Bo", "Lind"]);
        assert_eq!(went(&come_back(&mut browser, ACS, &response)), HOME);
        people.push((id, format!("user{}", round + 700)));
    }
    assert_eq!(went(&send(&mut ines, &[("do", "off"), ("password", PASSWORD)])), format!("{PAGE}?done=off"));
    let mut set = 0;
    for (round, (id, name)) in people.iter().enumerate() {
        let arguments = ["account", "reset-link", "--org", "lantern", "--member", name, "--print-link"];
        let printed = link(&a.folder, &arguments);
        let path = printed.lines().next_back().expect("a line");
        let mut browser = at(&Browser::on(&a), &b);
        let gate = Barrier::new(2);
        let status = thread::scope(|scope| {
            let leaving = scope.spawn(|| {
                gate.wait();
                // a password takes a while to be hashed: now the one is first, now the other
                thread::sleep(Duration::from_millis(u64::try_from(round * 8).expect("few")));
                a.patch(&format!("/Users/{id}"), "replace", "active", &json!(false));
            });
            gate.wait();
            let status = browser.post(path, &[("password", PASSWORD)]).status;
            leaving.join().expect("done");
            status
        });
        assert!(matches!(status, 303 | 410), "{round}: {status}");
        set += usize::from(status == 303);
        assert_ne!(browser.get(HOME).status, 200, "{round}");
        assert_eq!(browser.get(path).status, 410, "{round}");
    }
    println!("{set} were in time");
    let checked = a.folder.run(&["check"]);
    assert_eq!(checked.code(), 0, "{}{}", checked.stdout(), checked.stderr());
}

/// Seen to fail: with both servers reading it.
#[test]
fn metadata_is_read_by_one_of_two_servers() {
    let (site, s, _) = by_address();
    let folder = s.kill();
    let mut asked = site.asked();
    for round in 0..3 {
        folder.execute("UPDATE sso_connection SET due = 0");
        let servers = thread::scope(|scope| {
            let other = scope.spawn(|| Server::start_in(&folder, &[]));
            [Server::start_in(&folder, &[]), other.join().expect("started")]
        });
        let waits = || folder.texts("SELECT CAST(due AS TEXT) AS text FROM sso_connection WHERE due = 0");
        let begun = std::time::Instant::now();
        while !waits().is_empty() || site.asked() == asked {
            assert!(begun.elapsed() < provost_testing::http::PATIENCE, "it was not read");
            thread::sleep(Duration::from_millis(20));
        }
        // by now the other one would have asked
        thread::sleep(Duration::from_millis(500));
        assert_eq!(site.asked(), asked + 1, "{round}");
        asked = site.asked();
        for server in servers {
            drop(server.kill());
        }
    }
}
