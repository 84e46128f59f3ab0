//! Required single sign-on: who can still use a password, and the safeguards that somebody always can.

use crate::console::{Browser, PASSWORD, link};
use crate::mailed::configured;
use crate::member_acts::joined;
use crate::sso_setup::{
    ACS, HOME, LOGIN, OTHER, PAGE, THIRD, ask, come_back, on, send, switched_on, tested, went,
};
use provost_testing::http::Answer;
use provost_testing::json::user;
use provost_testing::program::Server;
use provost_testing::provider::Response;
use provost_testing::sink::{Manner, Sink};
use serde_json::json;
use std::sync::Barrier;
use std::thread;

const INES: &str = "ines.falk@example.com";
const ANN: &str = "ann@example.com";
const TO_LOGIN: &str = "/login/?to=/settings/lantern/&ended=sign-on-required";

fn account(s: &Server, email: &str) -> String {
    let ids =
        s.folder.texts(&format!("SELECT CAST(id AS TEXT) AS text FROM account WHERE email = '{email}'"));
    ids.into_iter().next().expect("an account")
}

/// The emergency account according to the page.
fn was(browser: &mut Browser) -> String {
    let page = browser.get(PAGE).body;
    let found = page.split_once("name=\"was\" value=\"").and_then(|(_, rest)| rest.split('"').next());
    found.unwrap_or_default().to_owned()
}

/// Sends the form of the settings, with this emergency account.
fn require(browser: &mut Browser, emergency: &str, more: &[(&str, &str)]) -> Answer {
    let was = was(browser);
    let fields = [
        ("do", "save"),
        ("role", "member"),
        ("require", "yes"),
        ("emergency", emergency),
        ("was", was.as_str()),
    ];
    send(browser, &[&fields, more].concat())
}

fn mails(s: &Server) -> Vec<String> {
    s.folder.texts("SELECT name AS text FROM outbox WHERE kind = 'sign-on-rule' ORDER BY name")
}

/// Seen to fail: with a password that works for everybody; with any account as emergency account; with single sign-on
/// required by somebody who has not come in through it or whose test somebody else answered; and with an earlier
/// session that nobody is told of.
#[test]
fn a_password_opens_a_requiring_organisation_for_one_account_alone() {
    let (s, mut owner) = on();
    let mut ann = joined(&s, ANN, "member");
    let mut bo = user("bo");
    bo["externalId"] = json!(OTHER);
    assert_eq!(s.ask("POST", "/Users", Some(&bo)).status, 201);
    let (ines, hers) = (account(&s, INES), account(&s, ANN));
    let page = owner.get(PAGE).body;
    assert!(page.contains("1 person would be locked out") && page.contains(ANN), "{page}");

    // to require it, an owner must have come in through it a short while ago
    s.folder.execute(
        "UPDATE identity SET seen = seen - 3700000; UPDATE sso_connection SET tested = tested - 3700000",
    );
    let answer = require(&mut owner, &ines, &[]);
    assert!(answer.status == 422 && answer.body.contains("within the hour"), "{}", answer.body);
    // a test that a colleague answered there proves nothing
    let report = tested(&mut owner, |response| {
        for (claim, values) in &mut response.claims {
            if claim.ends_with("objectidentifier") {
                *values = vec![OTHER.to_owned()];
            }
        }
    });
    assert!(report.contains("this is not your sign-in"), "{report}");
    let answer = require(&mut owner, &ines, &[]);
    assert!(answer.status == 422 && answer.body.contains("within the hour"), "{}", answer.body);
    s.folder.execute(
        "UPDATE identity SET seen = seen + 3700000; UPDATE sso_connection SET tested = tested + 3700000",
    );
    // the emergency account must be an owner with a password
    for nobody in [hers.as_str(), "1", "", "x"] {
        let answer = require(&mut owner, nobody, &[]);
        assert_eq!(answer.status, 422, "{nobody}: {}", answer.body);
    }
    assert_eq!(ann.get(HOME).status, 200);
    assert_eq!(went(&require(&mut owner, &ines, &[])), format!("{PAGE}?done=required"));

    // an earlier session no longer opens this organisation, but does others; a new one opens nothing here
    assert_eq!(went(&ann.get(HOME)), TO_LOGIN);
    let page = ann.get(TO_LOGIN);
    assert!(page.status == 200 && page.body.contains("Continue with Microsoft Entra ID"), "{}", page.body);
    assert!(ann.is_signed_in());
    let mut again = Browser::on(&s);
    assert_eq!(again.sign_in(ANN, PASSWORD).status, 303);
    assert_eq!(
        went(&again.get("/settings/lantern/members/")),
        TO_LOGIN.replace(HOME, "/settings/lantern/members/")
    );
    // through the identity provider, as before
    let mut desk = Browser::on(&s);
    let asked = ask(&mut desk, LOGIN);
    let answer = come_back(&mut desk, ACS, &Response::to(&asked, OTHER, "bo@example.com", ["Bo", "Lind"]));
    assert_eq!((went(&answer), desk.get(HOME).status), (HOME, 200));

    // a member by hand who is not linked is not sent to a password that opens nothing
    let asked = ask(&mut desk, LOGIN);
    let answer = come_back(&mut desk, ACS, &Response::to(&asked, THIRD, ANN, ["Ann", "Ek"]));
    assert!(answer.status == 403 && answer.body.contains("switch Require SSO off until"), "{}", answer.body);

    // use of the emergency account is reported once a session, including one that was already open
    assert_eq!(mails(&s).len(), 0);
    assert_eq!((owner.get(HOME).status, owner.get(HOME).status), (200, 200));
    let before = mails(&s).len();
    assert_eq!(before, 1);
    let mut key = Browser::on(&s);
    key.sign_in(INES, PASSWORD);
    assert_eq!((key.get(HOME).status, key.get(PAGE).status), (200, 200));
    assert_eq!(mails(&s).len(), before + 1, "{:?}", mails(&s));
    let trail = s.folder.run(&["audit", "list", "--org", "lantern", "--json"]).stdout();
    assert!(trail.contains("\"use-emergency\"") && trail.contains("\"require\""), "{trail}");
}

/// Seen to fail: with an emergency account that is demoted or disabled; with owners who are not told; with a stale page
/// that decides; and with another one named without the password.
#[test]
fn the_emergency_account_stays_until_another_is_named() {
    let (s, mut owner) = on();
    let mut ann = joined(&s, ANN, "member");
    assert_eq!(s.folder.run(&["members", "role", ANN, "owner", "--org", "lantern"]).code(), 0);
    let (ines, hers) = (account(&s, INES), account(&s, ANN));
    assert_eq!(went(&require(&mut owner, &ines, &[])), format!("{PAGE}?done=required"));
    for arguments in [
        &["members", "role", INES, "member", "--org", "lantern"][..],
        &["members", "remove", INES, "--org", "lantern"],
        &["account", "disable", INES],
    ] {
        let ran = s.folder.run(arguments);
        assert!(
            ran.code() == 1 && ran.stderr().contains("emergency account"),
            "{arguments:?} {}",
            ran.stderr()
        );
    }
    // naming another one takes the password, and the former account no longer gets in
    let wrong = require(&mut owner, &hers, &[("password", "wrong wrong wrong")]);
    assert!(wrong.status == 422 && owner.get(HOME).status == 200, "{}", wrong.body);
    assert_eq!(went(&require(&mut owner, &hers, &[("password", PASSWORD)])), format!("{PAGE}?done=required"));
    assert_eq!(went(&owner.get(HOME)), TO_LOGIN);
    assert_eq!(s.folder.run(&["members", "role", INES, "member", "--org", "lantern"]).code(), 0);
    assert_eq!(s.folder.run(&["members", "role", INES, "owner", "--org", "lantern"]).code(), 0);
    // any owner can end it, without a password: the identity provider may be down
    let shown = was(&mut ann);
    let answer =
        send(&mut ann, &[("do", "save"), ("role", "manager"), ("emergency", &hers), ("was", &shown)]);
    assert_eq!(went(&answer), format!("{PAGE}?done=not-required"));
    assert_eq!(owner.get(HOME).status, 200);
    assert!(owner.get(PAGE).body.contains("<option value=\"manager\" selected>"));
    // or the operator; owners are told of both
    assert_eq!(went(&require(&mut owner, &ines, &[])), format!("{PAGE}?done=required"));
    let said = s.folder.run(&["sso", "unrequire", "--org", "lantern"]);
    assert!(
        said.code() == 0 && said.stdout().contains("passwords open the organisation again"),
        "{}",
        said.stderr()
    );
    assert!(s.folder.run(&["sso", "unrequire", "--org", "lantern"]).stdout().contains("nothing to do"));
    assert_eq!(ann.get(HOME).status, 200);
    assert_eq!(mails(&s).iter().filter(|name| name.contains("not-required")).count(), 4, "{:?}", mails(&s));
    // a page opened before it was required decides nothing, nor do two windows
    assert_eq!(went(&require(&mut owner, &ines, &[])), format!("{PAGE}?done=required"));
    assert_eq!(went(&send(&mut owner, &[("do", "save"), ("role", "member")])), format!("{PAGE}?done=saved"));
    assert_eq!(went(&ann.get(HOME)), TO_LOGIN);
    let stale = [("do", "save"), ("role", "member"), ("require", "yes"), ("emergency", hers.as_str())];
    let answer = send(&mut owner, &stale);
    assert!(
        answer.status == 422 && answer.body.contains("changed since the page was opened"),
        "{}",
        answer.body
    );
    assert_eq!(s.folder.run(&["sso", "unrequire", "--org", "lantern"]).code(), 0);
    // and it ends with single sign-on itself
    assert_eq!(went(&require(&mut owner, &ines, &[])), format!("{PAGE}?done=required"));
    assert_eq!(went(&send(&mut owner, &[("do", "off"), ("password", PASSWORD)])), format!("{PAGE}?done=off"));
    assert_eq!(ann.get(HOME).status, 200);
}

/// Two owners, or one in two windows, look at the page and each require single sign-on.
///
/// Seen to fail: with a second form that wins.
#[test]
fn of_two_windows_one_requires_it() {
    let (s, mut first) = on();
    let mut second = joined(&s, ANN, "member");
    assert_eq!(s.folder.run(&["members", "role", ANN, "owner", "--org", "lantern"]).code(), 0);
    let (ines, hers) = (account(&s, INES), account(&s, ANN));
    // she has come in through it too
    assert_eq!(went(&crate::sso_former::links(&mut second, OTHER, ANN)), "/account/?done=linked");
    let press = |browser: &mut Browser, was: &str, emergency: &str, role: &str| {
        let fields =
            [("do", "save"), ("role", role), ("require", "yes"), ("emergency", emergency), ("was", was)];
        send(browser, &fields)
    };
    let stale = "changed since the page was opened";
    let in_force = |browser: &mut Browser| (was(browser), browser.get(PAGE).body);
    // one after the other, both with a page of before
    for (emergency, same) in [(&hers, false), (&ines, true)] {
        let shown = [was(&mut first), was(&mut second)];
        assert_eq!(shown, ["", ""]);
        assert_eq!(went(&press(&mut first, &shown[0], &ines, "member")), format!("{PAGE}?done=required"));
        let answer = press(&mut second.clone(), &shown[1], emergency, "manager");
        // a password opens it no longer, if it is not hers
        assert!(went(&answer).starts_with("/login/"), "{same}: {}", went(&answer));
        let answer = press(&mut first, &shown[1], emergency, "manager");
        assert!(answer.status == 422 && answer.body.contains(stale), "{same}: {}", answer.body);
        // the page says what holds, and nothing of the form was kept
        assert!(answer.body.contains(&format!("name=\"was\" value=\"{ines}\"")), "{}", answer.body);
        assert!(answer.body.contains("id=\"require\" checked"), "{}", answer.body);
        let (now, page) = in_force(&mut first);
        assert!(now == ines && page.contains("<option value=\"member\" selected>"), "{page}");
        assert_eq!(s.folder.run(&["sso", "unrequire", "--org", "lantern"]).code(), 0);
        // the other window does not bring it back either
        let answer = press(&mut first, &ines, &hers, "member");
        assert_eq!(answer.status, 422, "{}", answer.body);
        assert_eq!(was(&mut first), "");
    }
    // both at once
    for _ in 0..5 {
        let (gate, form) = (Barrier::new(2), first.form());
        let wins = |emergency: &str| {
            let mut browser = first.clone();
            gate.wait();
            let fields = [("form", form.as_str()), ("do", "save"), ("role", "member"), ("require", "yes")];
            let answer = browser.post(PAGE, &[&fields[..], &[("emergency", emergency)]].concat());
            // whoever comes later is refused, or finds the organisation shut
            answer.header("location").is_some_and(|to| to.ends_with("?done=required"))
        };
        let (one, two) = thread::scope(|scope| {
            let other = scope.spawn(|| wins(&hers));
            (wins(&ines), other.join().expect("done"))
        });
        let now = s.folder.texts("SELECT CAST(emergency AS TEXT) AS text FROM sso_connection");
        assert!(one != two && now == [if one { &ines } else { &hers }.clone()], "{one} {two} {now:?}");
        assert_eq!(s.folder.run(&["sso", "unrequire", "--org", "lantern"]).code(), 0);
    }
}

/// Seen to fail: with an emergency account that is un-assigned, and with the directory's owners not counted.
#[test]
fn the_identity_provider_cannot_un_assign_the_emergency_account() {
    let (s, mut owner) = on();
    drop(joined(&s, ANN, "member"));
    let mut body = user("ann");
    body["externalId"] = json!(OTHER);
    let ann = s.ask("POST", "/Users", Some(&body)).id();
    assert_eq!(
        s.folder.run(&["members", "merge", ANN, "--user", &ann, "--org", "lantern", "--yes"]).code(),
        0
    );
    // the directory links a member, but not an owner
    assert!(!owner.get(PAGE).body.contains("could not come in"));
    assert_eq!(s.folder.run(&["members", "role", ANN, "owner", "--org", "lantern"]).code(), 0);
    assert!(owner.get(PAGE).body.contains("1 person would be locked out"));
    assert_eq!(went(&require(&mut owner, &account(&s, ANN), &[])), format!("{PAGE}?done=required"));
    let path = format!("/Users/{ann}");
    let off = json!({ "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"], "Operations": [{ "op": "replace", "path": "active", "value": false }] });
    for (method, body) in [("PATCH", Some(&off)), ("DELETE", None)] {
        let answer = s.ask(method, &path, body);
        assert!(
            answer.status == 409 && answer.body.contains("emergency account"),
            "{method} {}",
            answer.body
        );
    }
    assert_eq!(s.folder.run(&["sso", "unrequire", "--org", "lantern"]).code(), 0);
    assert_eq!(s.ask("DELETE", &path, None).status, 204);
}

/// A password that is set by a mailed link opens the account's other organisations.
///
/// Seen to fail: with a session of a password that opens it.
#[test]
fn another_password_opens_other_organisations_alone() {
    let (s, mut owner) = on();
    drop(joined(&s, ANN, "member"));
    s.folder.run(&["org", "create", "harbour"]);
    s.folder.execute(
        "INSERT INTO membership (tenant, id, email, email_key, role, role_source, state, managed_by, created, account) \
         SELECT o.tenant, m.id + 1, m.email, m.email_key, 'member', 'hand', 'joined', 'hand', m.created, m.account \
         FROM membership m, organisation o WHERE o.slug = 'harbour' AND m.role = 'member'",
    );
    assert_eq!(went(&require(&mut owner, &account(&s, INES), &[])), format!("{PAGE}?done=required"));
    let printed = link(&s.folder, &["account", "reset-link", ANN]);
    let path = printed.lines().next_back().expect("a line");
    let mut ann = Browser::on(&s);
    assert_eq!(ann.post(path, &[("password", "another long sentence")]).status, 303);
    assert!(ann.is_signed_in() && ann.get("/settings/harbour/").status == 200);
    assert_eq!(went(&ann.get(HOME)), TO_LOGIN);
    let mut again = Browser::on(&s);
    assert_eq!(again.sign_in(ANN, "another long sentence").status, 303);
    assert_eq!((went(&again.get(HOME)), again.get("/settings/harbour/").status), (TO_LOGIN, 200));
}

/// Seen to fail: with a mail that asks for a password.
#[test]
fn a_mail_leads_to_the_identity_provider_while_it_is_required() {
    let sink = Sink::start(Manner::default());
    let s = Server::start_in(&configured(&sink), &[]);
    let mut owner = switched_on(&s);
    let says = |name: &str, said: &str, not_said: &str| {
        s.create_user(name);
        let to = format!("{name}@example.com");
        for _ in 0..100 {
            if let Some(mail) = sink.mails().iter().find(|mail| mail.to == [to.as_str()]) {
                let text = mail.data.replace("=\r\n", "").split_whitespace().collect::<Vec<_>>().join(" ");
                assert!(text.contains(said) && !text.contains(not_said), "{text}");
                return;
            }
            thread::sleep(std::time::Duration::from_millis(100));
        }
        panic!("no mail to {to}");
    };
    let (password, provider) =
        ("Choose a password, and you are in.", "Sign in with Microsoft Entra ID, and you are in");
    says("ann", password, provider);
    assert_eq!(went(&require(&mut owner, &account(&s, INES), &[])), format!("{PAGE}?done=required"));
    says("bo", provider, password);
}

/// Seen to fail: without checking who took the note first.
#[test]
fn of_four_tabs_at_once_one_tells_of_the_emergency_account() {
    let (s, mut owner) = on();
    assert_eq!(went(&require(&mut owner, &account(&s, INES), &[])), format!("{PAGE}?done=required"));
    for round in 1..=20 {
        let mut key = Browser::on(&s);
        key.sign_in(INES, PASSWORD);
        let gate = Barrier::new(4);
        let open = || {
            let mut tab = key.clone();
            gate.wait();
            tab.get(HOME).status
        };
        let statuses: Vec<u16> = thread::scope(|scope| {
            let tabs: Vec<_> = (0..4).map(|_| scope.spawn(open)).collect();
            tabs.into_iter().map(|tab| tab.join().expect("done")).collect()
        });
        assert_eq!(statuses, [200; 4]);
        assert_eq!(mails(&s).len(), round, "{round}");
    }
}
