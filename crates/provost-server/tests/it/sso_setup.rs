//! Single sign-on is set up on its page, tested, switched on, and used, with an identity provider that makes mistakes.

use crate::PROVOST;
use crate::console::{Browser, PASSWORD, own};
use provost_testing::authority::Authority;
use provost_testing::http::Answer;
use provost_testing::json::user;
use provost_testing::program::Server;
use provost_testing::provider::{self, Asked, CLAIMS, MICROSOFT, Response};
use provost_testing::site::{Answering, Site};
use serde_json::json;

pub(crate) const PAGE: &str = "/settings/lantern/auth/sso/";
pub(crate) const TEST: &str = "/settings/lantern/auth/sso/test/";
pub(crate) const REPORT: &str = "/settings/lantern/auth/sso/report/";
pub(crate) const ACS: &str = "/saml/acs/lantern/";
pub(crate) const LOGIN: &str = "/auth/login/lantern/";
pub(crate) const OBJECT: &str = "7f2f0b0e-5a35-4b7c-9d0c-0b6b8b7f5c11";
pub(crate) const OTHER: &str = "11111111-5a35-4b7c-9d0c-0b6b8b7f5c11";
pub(crate) const THIRD: &str = "33333333-5a35-4b7c-9d0c-0b6b8b7f5c11";
pub(crate) const SSO: &str = "https://login.example.com/sso";
pub(crate) const HOME: &str = "/settings/lantern/";
pub(crate) const JOIN: &str = "/auth/join/lantern/";

/// Runs a command that succeeds.
pub(crate) fn run(s: &Server, arguments: &[&str]) {
    let ran = s.folder.run(arguments);
    assert_eq!(ran.code(), 0, "{arguments:?}: {}", ran.stderr());
}

/// A user of the directory with this `externalId`; gives the id.
pub(crate) fn create(s: &Server, name: &str, external: &str) -> String {
    let mut body = user(name);
    body["externalId"] = json!(external);
    let made = s.ask("POST", "/Users", Some(&body));
    assert_eq!(made.status, 201, "{}", made.body);
    made.id()
}

pub(crate) fn send(browser: &mut Browser, fields: &[(&str, &str)]) -> Answer {
    let form = browser.form();
    browser.post(PAGE, &[&[("form", form.as_str())], fields].concat())
}

pub(crate) fn went(answer: &Answer) -> &str {
    assert_eq!(answer.status, 303, "{}", answer.body);
    answer.header("location").expect("a place")
}

/// With metadata read into a draft.
pub(crate) fn drafted() -> (Server, Browser) {
    let s = PROVOST.start();
    let mut browser = own(&s);
    let answer = send(&mut browser, &[("do", "text"), ("text", &provider::metadata(SSO))]);
    assert_eq!(went(&answer), format!("{PAGE}?done=metadata"));
    (s, browser)
}

pub(crate) fn ask(browser: &mut Browser, path: &str) -> Asked {
    let answer = browser.get(path);
    assert!(went(&answer).starts_with(SSO), "{}", went(&answer));
    Asked::of(went(&answer))
}

pub(crate) fn response(asked: &Asked) -> Response {
    Response::to(asked, OBJECT, "ines.falk@example.com", ["Ines", "Falk"])
}

pub(crate) fn come_back(browser: &mut Browser, path: &str, response: &Response) -> Answer {
    let form = response.form();
    let fields: Vec<(&str, &str)> = form.iter().map(|(name, value)| (*name, value.as_str())).collect();
    browser.post_from_elsewhere(path, &fields)
}

/// Tests with a response that is changed first. Returns the report.
pub(crate) fn tested(browser: &mut Browser, change: impl FnOnce(&mut Response)) -> String {
    let mut response = response(&ask(browser, TEST));
    change(&mut response);
    let answer = come_back(browser, ACS, &response);
    assert_eq!(went(&answer), REPORT);
    let page = browser.get(REPORT);
    assert_eq!(page.status, 200, "{}", page.body);
    page.body
}

/// Switched on by the owner, who is signed in.
pub(crate) fn on() -> (Server, Browser) {
    let s = PROVOST.start();
    let browser = switched_on(&s);
    (s, browser)
}

/// The same on a server without an owner.
pub(crate) fn switched_on(s: &Server) -> Browser {
    let mut browser = own(s);
    let answer = send(&mut browser, &[("do", "text"), ("text", &provider::metadata(SSO))]);
    assert_eq!(went(&answer), format!("{PAGE}?done=metadata"));
    assert!(tested(&mut browser, |_| {}).contains("It works"));
    let answer = send(&mut browser, &[("do", "on"), ("password", PASSWORD)]);
    assert_eq!(went(&answer), format!("{PAGE}?done=on"), "{}", answer.body);
    browser
}

/// Identifies people by name, as other guides do, and puts that in force.
pub(crate) fn by_names(owner: &mut Browser) {
    let map = [
        ("do", "map"),
        ("id", "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/name"),
        ("email", "urn:mail"),
        ("first-name", "urn:first"),
        ("last-name", "urn:last"),
    ];
    assert_eq!(went(&send(owner, &map)), format!("{PAGE}?done=mapped"));
    assert!(tested(owner, |_| {}).contains("It works"));
    assert_eq!(went(&send(owner, &[("do", "on"), ("password", PASSWORD)])), format!("{PAGE}?done=on"));
}

/// Seen to fail: with a draft that people can sign in by.
#[test]
fn metadata_is_read_from_its_address_into_a_draft() {
    let authority = Authority::new();
    let site = Site::start(&authority, "127.0.0.1", Answering::With(provider::metadata(SSO).into_bytes()));
    let page = Site::start(&authority, "127.0.0.1", Answering::With(b"<!doctype html><p>Sign in".to_vec()));
    let folder = PROVOST.install();
    folder.write("ca.pem", &authority.pem());
    folder.write("provost.toml", "outbound-allow = [\"127.0.0.1\"]\noutbound-ca = \"ca.pem\"\n");
    let s = Server::start_in(&folder, &[]);
    let mut browser = own(&s);
    let shown = browser.get(PAGE).body;
    for value in
        ["/saml/metadata/lantern/", "/saml/acs/lantern/", "/auth/login/lantern/", "/saml/sls/lantern/"]
    {
        assert!(
            shown.contains(&format!("<dd class=\"value\">http://{}{value}</dd>", s.address)),
            "{value}: {shown}"
        );
    }
    for (address, said) in [
        (String::new(), "Paste the address"),
        ("http://127.0.0.1/x".to_owned(), "https"),
        ("https://10.1.2.3/x".to_owned(), "10.1.2.3"),
        (page.url("127.0.0.1", "/x"), "App Federation Metadata Url"),
    ] {
        let answer = send(&mut browser, &[("do", "address"), ("address", &address)]);
        assert!(answer.status == 422 && answer.body.contains(said), "{address}: {}", answer.body);
    }
    let address = site.url("127.0.0.1", "/federationmetadata.xml?appid=1");
    let answer = send(&mut browser, &[("do", "address"), ("address", &address)]);
    assert_eq!(went(&answer), format!("{PAGE}?done=metadata"));
    let shown = browser.get(PAGE).body;
    for part in
        [provider::TENANT, SSO, "objectidentifier", "Get Metadata again", &address.replace('&', "&#38;")]
    {
        assert!(shown.contains(part), "{part}: {shown}");
    }
    // nobody signs in by a draft
    assert_eq!(went(&browser.get(LOGIN)), "/login/");
    assert_eq!(went(&browser.without_cookies().get("/auth/login/lantern")), "/login/");
    let ours = browser.get("/saml/metadata/lantern").body;
    assert!(ours.contains(&format!("entityID=\"http://{}/saml/metadata/lantern/\"", s.address)), "{ours}");
}

/// Seen to fail: with a report without what came and what was expected.
#[test]
fn a_test_says_which_field_to_change() {
    let (s, mut browser) = drafted();
    let minutes = 60;
    type Change = Box<dyn FnOnce(&mut Response)>;
    let set = |change: fn(&mut Response)| -> Change { Box::new(change) };
    let cases: [(Change, &[&str]); 9] = [
        (
            set(|r| r.audience = r.audience.trim_end_matches('/').to_owned()),
            &["Meant for this organisation", "Identifier (Entity ID)", "<mark>/</mark>"],
        ),
        (set(|r| r.acs += "x"), &["Answers the request that this test sent", "Reply URL", "<mark>x</mark>"]),
        (
            set(|r| r.issuer = "https://sts.windows.net/other/".to_owned()),
            &["Comes from your identity provider"],
        ),
        (set(|r| r.is_forged = true), &["Signed with a trusted certificate"]),
        (
            Box::new(move |r| r.from = 10 * minutes + 30),
            &["Valid at this time", "becomes valid 10 min", "by this server"],
        ),
        (
            Box::new(move |r| (r.from, r.until) = (-70 * minutes, -10 * minutes)),
            &["Valid at this time", "expired ", " ago by"],
        ),
        (set(|r| r.claims.retain(|(name, _)| !name.ends_with("objectidentifier"))), &["Says who signed in"]),
        (
            set(|r| {
                r.claims
                    .iter_mut()
                    .filter(|(n, _)| n.ends_with("objectidentifier"))
                    .for_each(|c| c.1.push(OTHER.to_owned()))
            }),
            &["Says who signed in"],
        ),
        (set(|r| r.in_response_to = "id0000".to_owned()), &["Answers the request that this test sent"]),
    ];
    for (change, parts) in cases {
        let report = tested(&mut browser, change);
        for part in parts.iter().chain(&["Provost refused it", "Test again"]) {
            assert!(report.contains(part), "{part}: {report}");
        }
        assert!(!report.contains("SAMLResponse") && !report.contains("<Assertion"));
        let answer = send(&mut browser, &[("do", "on"), ("password", PASSWORD)]);
        assert!(
            answer.status == 422 && answer.body.contains("A test sign-in has to be passed first"),
            "{}",
            answer.body
        );
    }
    // odd, but not a reason to refuse
    let report = tested(&mut browser, |r| {
        r.claims.retain(|(name, _)| !name.ends_with("surname"));
        r.claims.push((format!("{CLAIMS}surname"), vec!["x".repeat(10_000)]));
        r.claims.retain(|(name, _)| !name.ends_with("givenname"));
        r.claims.push((format!("{MICROSOFT}groups"), vec!["<script>".to_owned()]));
    });
    for part in ["It works", "It has 10000 characters", "was not sent", "groups", "Ines Falk"] {
        assert!(report.contains(part), "{part}: {report}");
    }
    let told = s.folder.run(&["sso", "doctor", "--org", "lantern"]);
    assert!(
        told.code() == 0
            && told.stdout().contains("single sign-on  tested")
            && told.stdout().contains("result        passed"),
        "{}{}",
        told.stdout(),
        told.stderr()
    );
    let trail = s.folder.run(&["audit", "list", "--org", "lantern", "--json"]).stdout();
    assert!(trail.contains("\"test\"") && !trail.contains(OBJECT) && !trail.contains("xxxx"), "{trail}");
}

/// Seen to fail: with an answer that counts in any browser.
#[test]
fn a_test_is_for_who_began_it() {
    let (s, mut browser) = drafted();
    let mut other = Browser::on(&s);
    // a response counts only in the browser that asked for it
    let asked = ask(&mut browser, TEST);
    for path in [ACS, "/saml/acs/lantern"] {
        let answer = come_back(&mut other, path, &response(&asked));
        assert!(
            answer.status == 403 && answer.body.contains("Nobody asked for this sign-in"),
            "{}",
            answer.body
        );
        // a Reply URL that leads to another address loses what the browser was given, too
        let said = "Reply URL in the identity provider is not the one on that page";
        assert!(answer.body.contains(said), "{}", answer.body);
    }
    assert!(browser.get(REPORT).body.contains("There is no report"));
    assert_eq!(went(&come_back(&mut browser, ACS, &response(&asked))), REPORT);
    assert_eq!(other.get(REPORT).status, 303);
    // twice
    assert_eq!(come_back(&mut browser, ACS, &response(&asked)).status, 403);
    assert!(browser.get(REPORT).body.contains("It works"));
    assert!(browser.is_signed_in());
    // in another organisation, which answers as if it did not exist
    s.folder.run(&["org", "create", "harbour", "--name", "Harbour Works"]);
    let asked = ask(&mut browser, TEST);
    let answers = ["/saml/acs/harbour/", "/saml/acs/nobody/"].map(|path| {
        let answer = come_back(&mut browser, path, &response(&asked));
        assert!(answer.status == 403 && answer.body.contains("Nobody asked"), "{}", answer.body);
        answer.body
    });
    assert_eq!(answers[0], answers[1]);
    for slug in ["harbour", "nobody"] {
        assert_eq!(Browser::on(&s).get(&format!("/saml/metadata/{slug}/")).status, 200);
    }
    // a draft that was changed in the meantime
    send(&mut browser, &[("do", "text"), ("text", &provider::metadata(SSO))]);
    let asked = ask(&mut browser, TEST);
    send(&mut browser, &[("do", "text"), ("text", &provider::metadata(SSO))]);
    let answer = come_back(&mut browser, ACS, &response(&asked));
    assert!(answer.status == 403 && answer.body.contains("changed meanwhile"), "{}", answer.body);
}

/// Seen to fail: with a session that opens more than its organisation, and with identifiers of answers not stored.
#[test]
fn who_is_linked_signs_in_and_nobody_else() {
    let (s, mut owner) = on();
    let mut desk = Browser::on(&s);
    assert_eq!(went(&desk.get("/settings/lantern/members/")), "/login/?to=/settings/lantern/members/");
    let page = desk.get("/login/?to=/settings/lantern/members/").body;
    assert!(
        page.contains("Continue with Microsoft Entra ID")
            && page.contains("/auth/login/lantern/?to=/settings/lantern/members/"),
        "{page}"
    );
    let asked = ask(&mut desk, "/auth/login/lantern/?to=/settings/lantern/members/");
    let stranger = Response::to(&asked, OTHER, "ines.falk@example.com", ["Ines", "Falk"]);
    let answer = come_back(&mut desk, ACS, &stranger);
    assert!(answer.status == 403 && answer.body.contains("You are not known here yet"), "{}", answer.body);
    assert!(!desk.is_signed_in());
    let asked = ask(&mut desk, "/auth/login/lantern/?to=/settings/lantern/members/");
    assert_eq!(went(&come_back(&mut desk, ACS, &response(&asked))), "/settings/lantern/members/");
    assert_eq!(desk.get("/settings/lantern/members/").status, 200);
    // the same response does not answer another sign-in that was begun
    let again = come_back(&mut desk, ACS, &response(&asked));
    assert!(went(&again).starts_with(SSO), "{}", again.body);

    // nor can a used response identifier answer another request
    let repeated = response(&asked);
    let mut tab = Browser::on(&s);
    let another = ask(&mut tab, LOGIN);
    let answer = come_back(&mut tab, ACS, &Response { id: repeated.id.clone(), ..response(&another) });
    assert!(went(&answer).starts_with(SSO) && !tab.is_signed_in(), "{}", answer.body);

    // it opens one organisation, and nothing of the account
    s.folder.run(&["org", "create", "harbour"]);
    s.folder.execute("INSERT INTO membership (tenant, id, email, email_key, role, role_source, state, managed_by, created, account) SELECT o.tenant, m.id + 1, m.email, m.email_key, 'owner', 'hand', 'joined', 'hand', m.created, m.account FROM membership m, organisation o WHERE o.slug = 'harbour' AND m.role = 'owner'");
    assert_eq!(owner.get("/settings/harbour/").status, 200);
    assert_eq!(desk.get("/settings/harbour/").status, 404);
    assert_eq!(went(&desk.get("/settings/")), "/settings/lantern/");
    let page = desk.get("/account/");
    assert!(
        page.body.contains("Your company signed you in") && !page.body.contains("name=\"password\""),
        "{}",
        page.body
    );
    let form = desk.form();
    for fields in [
        &[("do", "name"), ("name", "Mallory")][..],
        &[("do", "password"), ("present", PASSWORD), ("password", "another long sentence")],
        &[("do", "address"), ("present", PASSWORD), ("address", "m@example.com")],
        &[("do", "leave"), ("organisation", "harbour"), ("present", PASSWORD)],
        &[("end", "others")],
    ] {
        let answer = desk.post("/account/", &[&[("form", form.as_str())], fields].concat());
        assert_eq!(answer.status, 403, "{fields:?} {}", answer.body);
    }

    // a former member is told so
    s.folder.execute("UPDATE membership SET account = NULL, state = 'invited' WHERE tenant = (SELECT tenant FROM organisation WHERE slug = 'lantern')");
    let mut late = Browser::on(&s);
    let asked = ask(&mut late, LOGIN);
    let answer = come_back(&mut late, ACS, &response(&asked));
    assert!(answer.status == 403 && answer.body.contains("Your access has ended"), "{}", answer.body);
}

#[test]
fn nobody_signs_in_through_what_is_switched_off() {
    let (s, _) = on();
    let mut desk = Browser::on(&s);
    let asked = ask(&mut desk, LOGIN);
    assert_eq!(s.folder.run(&["org", "disable", "lantern", "--yes"]).code(), 0);
    let answer = come_back(&mut desk, ACS, &response(&asked));
    assert!(
        answer.status != 303 && answer.body.contains("Lantern Works"),
        "{} {}",
        answer.status,
        answer.body
    );
    let stranger = come_back(&mut Browser::on(&s), ACS, &response(&asked));
    assert!(stranger.status == 403 && !stranger.body.contains("Lantern"), "{}", stranger.body);
    assert_eq!(went(&desk.get(LOGIN)), "/login/");
    assert!(!desk.get("/login/?org=lantern").body.contains("Continue with"));
    assert_eq!(s.folder.run(&["org", "enable", "lantern"]).code(), 0);
    s.folder.execute("UPDATE account SET disabled = 1");
    let asked = ask(&mut desk, LOGIN);
    let answer = come_back(&mut desk, ACS, &response(&asked));
    assert!(answer.status == 403 && answer.body.contains("This account is switched off"), "{}", answer.body);
    s.folder.execute("UPDATE account SET disabled = NULL");
    let asked = ask(&mut desk, LOGIN);
    assert_eq!(went(&come_back(&mut desk, ACS, &response(&asked))), "/settings/lantern/");
}

/// Seen to fail: with sessions that stay.
#[test]
fn off_ends_what_came_through_it() {
    let (s, mut owner) = on();
    let mut desk = Browser::on(&s);
    let asked = ask(&mut desk, LOGIN);
    assert_eq!(went(&come_back(&mut desk, ACS, &response(&asked))), "/settings/lantern/");
    let wrong = send(&mut owner, &[("do", "off"), ("password", "wrong wrong wrong")]);
    assert!(wrong.status == 422 && desk.is_signed_in(), "{}", wrong.body);
    assert_eq!(went(&send(&mut owner, &[("do", "off"), ("password", PASSWORD)])), format!("{PAGE}?done=off"));
    assert_eq!(went(&desk.get("/settings/lantern/")), "/login/?to=/settings/lantern/&ended=sign-on-ended");
    assert_eq!(went(&desk.get(LOGIN)), "/login/");
    assert!(owner.is_signed_in());
    // switched on again, the same person is known
    assert_eq!(went(&send(&mut owner, &[("do", "on"), ("password", PASSWORD)])), format!("{PAGE}?done=on"));
    let asked = ask(&mut desk, LOGIN);
    assert_eq!(went(&come_back(&mut desk, ACS, &response(&asked))), "/settings/lantern/");
}

/// Seen to fail: with sign-ins that begin with the current name, and with former names that are unknown.
#[test]
fn a_renamed_organisation_keeps_what_is_in_the_identity_provider() {
    let (s, mut owner) = on();
    let renamed = s.folder.run(&["org", "update", "lantern", "--slug", "beacon"]);
    assert_eq!(renamed.code(), 0, "{}", renamed.stderr());
    // by the address that people have, and by the current one: Entra knows only the old values
    for login in [LOGIN, "/auth/login/beacon/"] {
        let mut desk = Browser::on(&s);
        let asked = ask(&mut desk, login);
        assert!(asked.acs.ends_with(ACS) && asked.issuer.ends_with("/saml/metadata/lantern/"), "{asked:?}");
        assert_eq!(went(&come_back(&mut desk, ACS, &response(&asked))), "/settings/beacon/");
        assert_eq!(desk.get("/settings/beacon/").status, 200);
        assert_eq!(went(&desk.get("/settings/lantern/members/")), "/settings/beacon/members/");
    }
    // nothing is revealed about another organisation
    s.folder.run(&["org", "create", "harbour"]);
    s.folder.run(&["org", "update", "harbour", "--slug", "haven"]);
    assert_eq!(owner.get("/settings/harbour/").status, 404);
    // the page says so until a test with the current values has passed
    const NOW: &str = "/settings/beacon/auth/sso/";
    let page = owner.get(NOW).body;
    assert!(page.contains("former short name") && page.contains("/saml/acs/beacon/"), "{page}");
    let asked = ask(&mut owner, &format!("{NOW}test/"));
    assert!(asked.acs.ends_with("/saml/acs/beacon/"), "{asked:?}");
    let answer = come_back(&mut owner, "/saml/acs/beacon/", &response(&asked));
    assert!(owner.get(went(&answer)).body.contains("It works"));
    assert!(!owner.get(NOW).body.contains("former short name"));
    let asked = ask(&mut Browser::on(&s), LOGIN);
    assert!(asked.acs.ends_with("/saml/acs/beacon/"), "{asked:?}");
}

/// Seen to fail: with a forged request that ends every session, and with sessions ended that it does not name.
#[test]
fn a_logout_at_the_identity_provider_ends_sessions_here() {
    let (s, mut owner) = on();
    let enters = || {
        let mut desk = Browser::on(&s);
        let asked = ask(&mut desk, LOGIN);
        assert_eq!(went(&come_back(&mut desk, ACS, &response(&asked))), "/settings/lantern/");
        (desk, asked)
    };
    let sls = |query: &str| format!("/saml/sls/lantern/?{query}");
    let ((mut one, asked), (mut two, _)) = (enters(), enters());
    // invalid and forged requests, and those for another session, end nothing
    let signed = provider::logout(&asked, None, true);
    let forged = signed.replace("Signature=", "Signature=AAAA");
    for query in ["", "SAMLRequest=x", &*forged, "SAMLResponse=x"] {
        let answer = Browser::on(&s).get(&sls(query));
        assert_eq!(went(&answer), "/login/?org=lantern", "{query}");
    }
    let other = provider::logout(&asked, Some("_other"), true);
    assert!(went(&Browser::on(&s).get(&sls(&other))).starts_with(&format!("{SSO}/logout?SAMLResponse=")));
    assert!(one.is_signed_in() && two.is_signed_in());
    // unsigned: only the session of the browser that brings it, and no password session
    let unsigned = provider::logout(&asked, Some("_s"), false);
    Browser::on(&s).get(&sls(&unsigned));
    owner.get(&sls(&unsigned));
    assert!(one.is_signed_in() && two.is_signed_in() && owner.is_signed_in());
    one.get(&sls(&unsigned));
    assert!(!one.is_signed_in() && two.is_signed_in());
    // signed: all of the person's sessions
    let (mut three, _) = enters();
    let answer = Browser::on(&s).get(&sls(&signed));
    assert!(went(&answer).starts_with(&format!("{SSO}/logout?SAMLResponse=")), "{}", answer.body);
    assert!(!two.is_signed_in() && !three.is_signed_in() && owner.is_signed_in());
    assert_eq!(went(&two.get("/settings/lantern/")), "/login/?to=/settings/lantern/&ended=signed-out");
    let trail = s.folder.run(&["audit", "list", "--org", "lantern", "--json"]).stdout();
    assert!(trail.contains("\"sign-off\""), "{trail}");
    // while single sign-on is off, nothing is read
    assert_eq!(went(&send(&mut owner, &[("do", "off"), ("password", PASSWORD)])), format!("{PAGE}?done=off"));
    assert_eq!(went(&Browser::on(&s).get(&sls(&signed))), "/login/?org=lantern");
}

/// Seen to fail: with links and sessions that stay although another claim identifies people.
#[test]
fn a_change_lies_beside_what_is_in_force() {
    let (s, mut owner) = on();
    let mut desk = Browser::on(&s);
    let asked = ask(&mut desk, LOGIN);
    come_back(&mut desk, ACS, &response(&asked));
    // the same people, with other attributes for their names
    let map = |id: &'static str, last: &'static str| {
        [("do", "map"), ("id", id), ("email", "urn:mail"), ("first-name", "urn:first"), ("last-name", last)]
    };
    const ID: &str = "http://schemas.microsoft.com/identity/claims/objectidentifier";
    assert_eq!(went(&send(&mut owner, &map(ID, "urn:last"))), format!("{PAGE}?done=mapped"));
    assert!(owner.get(PAGE).body.contains("What you see is a draft"));
    assert!(desk.is_signed_in());
    let mut late = Browser::on(&s);
    let asked = ask(&mut late, LOGIN);
    assert_eq!(went(&come_back(&mut late, ACS, &response(&asked))), "/settings/lantern/");
    assert!(tested(&mut owner, |_| {}).contains("It works"));
    // the tested draft waits for the password
    assert!(owner.get(PAGE).body.contains("Put the draft in force"));
    put_in_force(&mut owner);
    assert!(owner.get(PAGE).body.contains("urn:last") && owner.get(PAGE).body.contains("General Settings"));
    assert!(desk.is_signed_in());
    // with another claim to identify people, it is another connection
    const NAME: &str = "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/name";
    assert_eq!(went(&send(&mut owner, &map(NAME, "urn:last"))), format!("{PAGE}?done=mapped"));
    assert!(tested(&mut owner, |_| {}).contains("It works"));
    assert!(desk.is_signed_in());
    put_in_force(&mut owner);
    assert!(!desk.is_signed_in());
    let asked = ask(&mut desk, LOGIN);
    assert_eq!(went(&come_back(&mut desk, ACS, &response(&asked))), "/settings/lantern/");
}

fn put_in_force(owner: &mut Browser) {
    let wrong = send(owner, &[("do", "on"), ("password", "wrong wrong wrong")]);
    assert_eq!(wrong.status, 422, "{}", wrong.body);
    assert_eq!(went(&send(owner, &[("do", "on"), ("password", PASSWORD)])), format!("{PAGE}?done=on"));
}

/// Somebody at an owner's browser, with an identity provider of the same name, can let nobody in.
///
/// Seen to fail: with a test that puts its draft in force.
#[test]
fn a_certificate_of_somebody_else_waits_for_the_password() {
    let (s, mut owner) = on();
    let forged = provider::metadata_of_a_stranger("https://evil.example.com/sso");
    assert_eq!(
        went(&send(&mut owner, &[("do", "text"), ("text", &forged)])),
        format!("{PAGE}?done=metadata")
    );
    let answer = owner.get(TEST);
    let asked = Asked::of(went(&answer));
    let mut mine = response(&asked);
    mine.is_forged = true;
    assert_eq!(went(&come_back(&mut owner, ACS, &mine)), REPORT);
    assert!(owner.get(REPORT).body.contains("It works"));
    let mut desk = Browser::on(&s);
    let mut mine = response(&ask(&mut desk, LOGIN));
    mine.is_forged = true;
    let answer = come_back(&mut desk, ACS, &mine);
    assert!(answer.status == 403 && answer.body.contains("This sign-in was refused"), "{}", answer.body);
    // a refused answer is used up, and reported
    let again = come_back(
        &mut desk,
        ACS,
        &response(&Asked {
            relay_state: mine.relay_state.clone(),
            id: mine.in_response_to.clone(),
            acs: mine.acs.clone(),
            issuer: mine.audience.clone(),
            is_new_wanted: false,
        }),
    );
    assert!(went(&again).starts_with(SSO), "{}", again.body);
    let trail = s.folder.run(&["audit", "list", "--org", "lantern", "--json"]).stdout();
    assert!(trail.contains("\"error\": \"signature\""), "{trail}");
    put_in_force(&mut owner);
    assert!(went(&Browser::on(&s).get(LOGIN)).starts_with("https://evil.example.com/sso"));
    assert_eq!(went(&send(&mut owner, &[("do", "off"), ("password", PASSWORD)])), format!("{PAGE}?done=off"));
}

/// Seen to fail: with managers who may do what owners may.
#[test]
fn managers_see_and_change_nothing() {
    let (s, mut browser) = drafted();
    s.folder.execute("UPDATE membership SET role = 'manager'");
    let page = browser.get(PAGE);
    assert!(
        page.status == 200
            && !page.body.contains("<form method=\"post\" action=\"/settings/lantern/auth/sso/\""),
        "{}",
        page.body
    );
    assert_eq!(browser.get(TEST).status, 403);
    for what in ["text", "address", "map", "drop", "on", "off", "save"] {
        assert_eq!(send(&mut browser, &[("do", what), ("text", "x")]).status, 403, "{what}");
    }
    s.folder.execute("UPDATE membership SET role = 'member'");
    assert_eq!(browser.get(PAGE).status, 403);
    assert_eq!(browser.get(REPORT).status, 403);
}

/// Seen to fail: without the limit.
#[test]
fn what_is_begun_is_bounded_and_cookies_may_be_off() {
    let (s, mut owner) = on();
    // an answer without the cookie once begins a sign-in of our own; the second time the page says what to do
    let asked = ask(&mut Browser::on(&s), LOGIN);
    let mut bare = Browser::on(&s);
    let again = come_back(&mut bare, ACS, &response(&asked));
    let second = Asked::of(went(&again));
    let answer = come_back(&mut bare.without_cookies(), ACS, &response(&second));
    assert!(answer.status == 403 && answer.body.contains("Your browser lost its place"), "{}", answer.body);
    assert!(
        answer.body.contains(&s.address) && answer.body.contains("in the identity provider as Reply URL")
    );
    // an answer nobody asked for
    let mut unasked = response(&asked);
    unasked.relay_state = format!("http://{}/settings/lantern/", s.address);
    assert!(went(&come_back(&mut bare, ACS, &unasked)).starts_with(SSO));
    for _ in 0..310 {
        ask(&mut Browser::on(&s), LOGIN);
    }
    let open = s.folder.texts("SELECT CAST(count(*) AS TEXT) AS text FROM sso_request");
    assert_eq!(open, ["300"]);
    // eight tabs of one browser
    let mut tabs = Browser::on(&s);
    let asked: Vec<Asked> = (0..9).map(|_| ask(&mut tabs, LOGIN)).collect();
    assert_eq!(went(&come_back(&mut tabs.clone(), ACS, &response(&asked[1]))), "/settings/lantern/");
    assert!(went(&come_back(&mut tabs.clone(), ACS, &response(&asked[0]))).starts_with(SSO));
    assert!(owner.is_signed_in());
}
