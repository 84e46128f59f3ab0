//! What single sign-on tells of itself: the report of a test as text, a test that nobody answered, what is wrong with metadata, the
//! words of other providers, and who is not let in.

use crate::PROVOST;
use crate::console::{Browser, own};
use crate::member_page::read;
use crate::sso_setup::{
    ACS, HOME, LOGIN, OTHER, PAGE, REPORT, SSO, TEST, ask, come_back, create, drafted, on, response, run,
    send, tested, went,
};
use provost_testing::authority::Authority;
use provost_testing::json::{elements, text};
use provost_testing::program::Server;
use provost_testing::provider::{self, Response};
use provost_testing::site::{Answering, Site};
use serde_json::Value;

fn doctor(s: &Server) -> String {
    let told = s.folder.run(&["sso", "doctor", "--org", "lantern"]);
    assert_eq!(told.code(), 0, "{}", told.stderr());
    told.stdout()
}

/// The report as text, as the page has it for who copies it.
fn as_text(page: &str) -> String {
    let (_, rest) = page.split_once("<pre class=\"code\" id=\"as-text\"").expect("a text");
    let (_, rest) = rest.split_once('>').expect("a text");
    let (text, _) = rest.split_once("</pre>").expect("an end");
    text.replace("&#38;", "&").replace("&#39;", "'").replace("&#60;", "<").replace("&#62;", ">")
}

/// Seen to fail: without the organisation in it, and with two texts.
#[test]
fn the_report_is_the_same_text_on_the_page_and_from_the_command() {
    let (s, mut browser) = drafted();
    let page = tested(&mut browser, |response| response.acs += "x");
    assert!(page.contains("data-copies=\"as-text\"") && page.contains("<script src=\""), "{page}");
    let text = as_text(&page);
    for part in [
        "  organisation  Lantern Works (lantern)\n",
        "  provider      Microsoft Entra ID\n",
        &format!("  connection    {}\n", provider::ENTITY_ID),
        "  result        FAILED\n",
        "  FAILED        Answers the request that this test sent\n",
        &format!("  expected      http://{}{ACS}\n", s.address),
        "Reply URL (Assertion Consumer Service URL)",
    ] {
        assert!(text.contains(part), "{part}: {text}");
    }
    assert!(
        doctor(&s).ends_with(&format!("\n{}", text.trim())) || doctor(&s).contains(text.trim()),
        "{}",
        doctor(&s)
    );
    let page = tested(&mut browser, |_| {});
    let text = as_text(&page);
    assert!(text.contains("  result        passed\n") && text.contains("  IdP User ID   7f2f0b0e"), "{text}");
    assert!(doctor(&s).contains(text.trim()), "{}", doctor(&s));
}

/// A Reply URL with another host: the provider sends the answer elsewhere, and nothing comes here.
///
/// Seen to fail: with requests without an answer deleted after ten minutes, and with a test that is shown although a later one was
/// answered.
#[test]
fn a_test_without_an_answer_is_told_of() {
    let (s, mut browser) = drafted();
    let said = "Ines Falk began a test at ";
    assert!(!browser.get(REPORT).body.contains(said) && !doctor(&s).contains("test begun"));
    let lost = ask(&mut browser, TEST);
    for page in [PAGE, REPORT] {
        let shown = read(&browser.get(page).body);
        for part in [said, "no answer has come.", "the Reply URL in Microsoft Entra ID leads elsewhere", ACS]
        {
            assert!(shown.contains(part), "{part}: {shown}");
        }
        assert!(!shown.contains("earlier test"), "{shown}");
    }
    let told = doctor(&s);
    assert!(told.contains("test begun ") && told.contains(" by Ines Falk; no answer has come"), "{told}");
    // long after it could have been answered, and after others began to sign in
    s.folder.execute("UPDATE sso_request SET begun = begun - 3600000");
    ask(&mut browser, TEST);
    assert_eq!(s.folder.texts("SELECT CAST(count(*) AS TEXT) AS text FROM sso_request"), ["1"]);
    s.folder.execute("UPDATE sso_request SET begun = begun - 3600000");
    begin_elsewhere(&s, &mut browser);
    assert!(browser.get(REPORT).body.contains(said));
    assert_eq!(come_back(&mut browser, ACS, &response(&lost)).status, 403);
    // one with an answer, and one after it without
    assert!(!tested(&mut browser, |_| {}).contains(said));
    assert!(!doctor(&s).contains("test begun"));
    ask(&mut browser, TEST);
    let shown = read(&browser.get(REPORT).body);
    assert!(shown.contains(said) && shown.contains("The last report is of an earlier test, at "), "{shown}");
    let told = doctor(&s);
    assert!(told.contains("The last report is of an earlier test.\nTest of single sign-on\n"), "{told}");
    let told = s.folder.json(&["sso", "doctor", "--org", "lantern", "--json"]);
    assert_eq!(told["unansweredTest"]["by"], "Ines Falk");
    // other settings are another test
    send(&mut browser, &[("do", "text"), ("text", &provider::metadata(SSO))]);
    assert!(!browser.get(PAGE).body.contains(said));
}

/// A test in another organisation, whose request is stored as any other.
fn begin_elsewhere(s: &Server, browser: &mut Browser) {
    s.folder.run(&["org", "create", "harbour"]);
    s.folder.execute("INSERT INTO membership (tenant, id, email, email_key, role, role_source, state, managed_by, created, account) SELECT o.tenant, m.id + 1, m.email, m.email_key, 'owner', 'hand', 'joined', 'hand', m.created, m.account FROM membership m, organisation o WHERE o.slug = 'harbour' AND m.role = 'owner'");
    let page = PAGE.replace("/lantern/", "/harbour/");
    let (form, metadata) = (browser.form(), provider::metadata(SSO));
    let drafted = browser.post(&page, &[("form", &form), ("do", "text"), ("text", &metadata)]);
    assert_eq!(went(&drafted), format!("{page}?done=metadata"));
    ask(browser, &TEST.replace("/lantern/", "/harbour/"));
}

/// Seen to fail: with the message on top of the page, and with what it quotes in backticks.
#[test]
fn metadata_that_cannot_be_used_is_said_at_its_field() {
    let authority = Authority::new();
    let site = Site::start(&authority, "127.0.0.1", Answering::With(b"<!doctype html><p>Sign in".to_vec()));
    let stranger = Site::start(&Authority::new(), "127.0.0.1", Answering::With(Vec::new()));
    let folder = PROVOST.install();
    folder.write("ca.pem", &authority.pem());
    folder.write("provost.toml", "outbound-allow = [\"127.0.0.1\"]\noutbound-ca = \"ca.pem\"\n");
    let s = Server::start_in(&folder, &[]);
    let mut browser = own(&s);
    let dtd = "<!DOCTYPE EntityDescriptor SYSTEM 'x'><EntityDescriptor/>";
    for (field, value, said) in [
        ("address", site.url("127.0.0.1", "/x"), "This is a web page, not metadata; SAML metadata is wanted"),
        ("address", stranger.url("127.0.0.1", "/x"), "The certificate of “127.0.0.1” is from an authority"),
        ("address", "https://10.1.2.3/x".to_owned(), "The host “10.1.2.3” is not on the public internet"),
        (
            "address",
            "login.example.com".to_owned(),
            "This is not an https address: it begins with “https://”",
        ),
        ("text", provider::CERTIFICATE.to_owned(), "This is a certificate or a key, not metadata"),
        ("text", dtd.to_owned(), "the XML has a document type (“&#60;!DOCTYPE”)"),
        ("text", String::new(), "Paste the text of the metadata file first."),
    ] {
        let answer = send(&mut browser, &[("do", field), (field, &value)]);
        assert_eq!(answer.status, 422, "{said}: {}", answer.body);
        let page = answer.body;
        assert!(page.contains(&format!("aria-describedby=\"{field}-hint {field}-error\"")), "{page}");
        let (_, error) = page.split_once(&format!("id=\"{field}-error\"")).expect("an error");
        let (error, _) = error.split_once("</p>").expect("an end");
        assert!(error.contains(said) && !error.contains('`'), "{said}: {error}");
        assert!(page.contains("<title>Error: ") && !page.contains("role=\"alert\""), "{page}");
    }
}

/// Seen to fail: with the words of Entra for every provider.
#[test]
fn another_provider_is_spoken_of_by_its_name() {
    const ENTITY_ID: &str = "http://www.okta.com/exk1";
    const OKTA: &str = "https://lantern.okta.com/app/exk1/sso/saml";
    let (s, mut browser) = drafted();
    let metadata = provider::metadata(OKTA).replace(provider::ENTITY_ID, ENTITY_ID);
    send(&mut browser, &[("do", "text"), ("text", &metadata)]);
    let asked = |browser: &mut Browser| {
        let answer = browser.get(TEST);
        assert!(went(&answer).starts_with(OKTA), "{}", went(&answer));
        provider::Asked::of(went(&answer))
    };
    asked(&mut browser);
    let page = read(&browser.get(PAGE).body);
    for part in
        ["Identity provider Okta", "ACS URL", "Entity ID (Audience)", "the ACS URL in Okta leads elsewhere"]
    {
        assert!(page.contains(part), "{part}: {page}");
    }
    for entra in
        ["claims/name", "Reply URL (Assertion", "Use the Entra application", "Identifier (Entity ID)"]
    {
        assert!(!page.contains(entra), "{entra}: {page}");
    }
    let mut reported = |change: fn(&mut Response)| {
        let mut response = response(&asked(&mut browser));
        response.issuer = ENTITY_ID.to_owned();
        change(&mut response);
        assert_eq!(went(&come_back(&mut browser, ACS, &response)), REPORT);
        read(&browser.get(REPORT).body)
    };
    type Mistake = fn(&mut Response);
    let cases: [(Mistake, &str); 4] = [
        (|r| r.acs += "x", "In Okta: ACS URL . Change it"),
        (|r| r.audience += "x", "In Okta: Entity ID (Audience) . Change it"),
        (|r| r.is_forged = true, "press Get Metadata again"),
        (|_| {}, "It works"),
    ];
    for (change, part) in cases {
        let report = reported(change);
        assert!(report.contains(part) && !report.contains("Entra"), "{part}: {report}");
    }
    let told = doctor(&s);
    assert!(told.contains("provider        Okta\n") && !told.contains("Entra"), "{told}");
}

/// Seen to fail: with an answer at the address of a former name compared with the former values: the report then named the
/// Identifier, which was right.
#[test]
fn the_values_of_a_former_name_are_not_those_of_a_test() {
    let (s, mut browser) = on();
    run(&s, &["org", "update", "lantern", "--slug", "beacon"]);
    let now = |path: &str| path.replace("/lantern/", "/beacon/");
    let page = read(&browser.get(&now(PAGE)).body);
    assert!(page.contains("This organisation was renamed since single sign-on was tested."), "{page}");
    let mut response = response(&ask(&mut browser, &now(TEST)));
    response.acs = response.acs.replace("/beacon/", "/lantern/");
    assert_eq!(went(&come_back(&mut browser, ACS, &response)), now(REPORT));
    let report = read(&browser.get(&now(REPORT)).body);
    for part in [
        "Reply URL (Assertion Consumer Service URL)",
        "the former short name of this organisation in it, lantern",
    ] {
        assert!(report.contains(part), "{part}: {report}");
    }
    // and people sign in as before
    let mut desk = Browser::on(&s);
    let asked = ask(&mut desk, LOGIN);
    assert_eq!(went(&come_back(&mut desk, ACS, &crate::sso_setup::response(&asked))), now(HOME));
}

/// Seen to fail: without the line in the log.
#[test]
fn who_is_not_let_in_leaves_a_line_and_a_reason() {
    let (s, _) = on();
    let mut desk = Browser::on(&s);
    let asked = ask(&mut desk, LOGIN);
    let stranger = Response::to(&asked, OTHER, "canary@example.com", ["Canary", "Canary"]);
    assert_eq!(come_back(&mut desk, ACS, &stranger).status, 403);
    s.folder.execute("UPDATE account SET disabled = 1");
    let asked = ask(&mut desk, LOGIN);
    assert_eq!(come_back(&mut desk, ACS, &response(&asked)).status, 403);
    s.folder.execute("UPDATE account SET disabled = NULL");
    s.folder.execute("UPDATE membership SET account = NULL, state = 'invited'");
    let asked = ask(&mut desk, LOGIN);
    assert_eq!(come_back(&mut desk, ACS, &response(&asked)).status, 403);
    let trail =
        s.folder.run(&["audit", "list", "--org", "lantern", "--actor", "stranger", "--json"]).stdout();
    let records: Value = serde_json::from_str(&trail).expect("records");
    let reasons: Vec<&str> = elements(&records).iter().map(|record| text(&record["error"])).collect();
    assert_eq!(reasons, ["NoMember", "AccountOff", "NotLinked"], "{trail}");
    let log = s.stop();
    for reason in ["NotLinked", "AccountOff", "NoMember"] {
        let line =
            format!("whom the identity provider signed in is not let in org=lantern reason=\"{reason}\"");
        assert!(log.contains(&line), "{line}: {log}");
    }
    for told in [&trail, &log] {
        assert!(!told.to_lowercase().contains("canary") && !told.contains(OTHER), "{told}");
    }
}

/// Seen to fail: with nothing noted.
#[test]
fn the_list_shows_when_somebody_signed_in_last() {
    let (s, mut owner) = on();
    let bo = create(&s, "bo", OTHER);
    let last = |name: &str| {
        let members = s.folder.json(&["members", "list", "--org", "lantern", "--json"]);
        let one = elements(&members).iter().find(|one| one["userName"] == name).expect("a member").clone();
        one["lastSignIn"].as_str().map(str::to_owned)
    };
    assert_eq!(last("bo"), None, "{bo}");
    let mut desk = Browser::on(&s);
    let asked = ask(&mut desk, LOGIN);
    let arrived = come_back(&mut desk, ACS, &Response::to(&asked, OTHER, "bo@example.com", ["Bo", "Lind"]));
    assert_eq!(desk.get(went(&arrived)).status, 200);
    let first = last("bo").expect("a time");
    assert!(last("ines.falk@example.com").is_some(), "by a password too");
    let list = owner.get("/settings/lantern/members/").body;
    assert!(list.contains(&format!("datetime=\"{}Z\"", first.get(..16).expect("a time"))), "{list}");
    // the same session says nothing new, and another one does
    s.folder.execute("UPDATE session SET created = created - 60000");
    assert_eq!(desk.get(HOME).status, 200);
    assert_eq!(last("bo").expect("a time"), first);
}

/// Seen to fail: with the host of a server called at fault for what this command may not do.
#[test]
fn what_a_command_may_not_fetch_is_not_noted() {
    let (s, _) = on();
    let fault = "SELECT CAST(count(*) AS TEXT) AS text FROM sso_connection WHERE trouble IS NOT NULL";
    for (address, said) in [
        ("https://10.0.0.7/x", "`10.0.0.7` is not on the public internet"),
        ("https://127.0.0.1:1/x", "--outbound-allow"),
    ] {
        s.folder.execute(&format!("UPDATE sso_connection SET address = '{address}'"));
        let done = s.folder.run(&["sso", "read", "--org", "lantern"]);
        assert!(
            done.code() == 1 && done.stderr().contains(said) && done.stderr().contains("nothing was noted"),
            "{}",
            done.stderr()
        );
        assert_eq!(s.folder.texts(fault), ["0"]);
    }
}

/// Seen to fail: with the guess alone.
#[test]
fn a_link_to_an_address_that_was_guessed_says_so() {
    let folder = PROVOST.install();
    let server = Server::start_in(&folder, &[]);
    drop(server);
    let guessed = folder.run(&["setup-link"]);
    assert_eq!(guessed.code(), 0, "{}", guessed.stderr());
    assert!(guessed.stdout().starts_with("http://127.0.0.1:8080/setup/"), "{}", guessed.stdout());
    assert!(
        guessed.stderr().contains("http://127.0.0.1:8080 is a guess: set `public-url`"),
        "{}",
        guessed.stderr()
    );
    folder.write("provost.toml", "public-url = \"https://provost.example\"\n");
    let known = folder.run(&["setup-link"]);
    assert!(
        known.stdout().starts_with("https://provost.example/setup/") && known.stderr().is_empty(),
        "{}",
        known.stderr()
    );
}
