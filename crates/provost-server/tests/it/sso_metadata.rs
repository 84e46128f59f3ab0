//! Metadata that is read again from its address: certificates follow it and nothing else does automatically; a failed
//! reading takes nothing away.

use crate::PROVOST;
use crate::console::{Browser, PASSWORD, own};
use crate::member_page::read;
use crate::sso_setup::{ACS, HOME, LOGIN, PAGE, SSO, ask, come_back, response, send, tested, went};
use provost_testing::authority::Authority;
use provost_testing::http::PATIENCE;
use provost_testing::json::{elements, text};
use provost_testing::program::Server;
use provost_testing::provider::{self, ENTITY_ID};
use provost_testing::site::{Answering, Site};
use serde_json::{Value, json};
use std::thread::sleep;
use std::time::{Duration, Instant};

const DAY_MS: i64 = 86_400_000;

fn with(metadata: &str) -> Answering {
    Answering::With(metadata.as_bytes().to_vec())
}

/// A server with single sign-on turned on, and metadata from an address.
pub(crate) fn by_address() -> (Site, Server, Browser) {
    let authority = Authority::new();
    let site = Site::start(&authority, "127.0.0.1", with(&provider::metadata(SSO)));
    let folder = PROVOST.install();
    folder.write("ca.pem", &authority.pem());
    folder.write("provost.toml", "outbound-allow = [\"127.0.0.1\"]\noutbound-ca = \"ca.pem\"\n");
    let s = Server::start_in(&folder, &[]);
    let mut owner = own(&s);
    let address = site.url("127.0.0.1", "/federationmetadata.xml");
    let answer = send(&mut owner, &[("do", "address"), ("address", &address)]);
    assert_eq!(went(&answer), format!("{PAGE}?done=metadata"), "{}", answer.body);
    put_in_force(&mut owner);
    (site, s, owner)
}

fn put_in_force(owner: &mut Browser) {
    assert!(tested(owner, |_| {}).contains("It works"));
    assert_eq!(went(&send(owner, &[("do", "on"), ("password", PASSWORD)])), format!("{PAGE}?done=on"));
}

/// Rereads the metadata, as the server does every hour. Returns the output.
fn again(s: &Server) -> String {
    let done = s.folder.run(&["sso", "read", "--org", "lantern"]);
    assert_eq!(done.code(), 0, "{}", done.stderr());
    done.stdout()
}

/// The same, for a reading that does not count.
fn in_vain(s: &Server) -> String {
    let done = s.folder.run(&["sso", "read", "--org", "lantern"]);
    assert_eq!(done.code(), 1, "{}", done.stdout());
    done.stderr()
}

/// Whether a sign-in signed with one key or the other succeeds.
fn comes_in(s: &Server, is_stranger: bool) -> bool {
    let mut desk = Browser::on(s);
    let mut response = response(&ask(&mut desk, LOGIN));
    response.is_forged = is_stranger;
    let answer = come_back(&mut desk, ACS, &response);
    match answer.status {
        303 => assert_eq!(went(&answer), HOME),
        _ => assert!(
            answer.status == 403 && answer.body.contains("This sign-in was refused"),
            "{}",
            answer.body
        ),
    }
    desk.is_signed_in()
}

/// Whether a sign-in with the expired certificate succeeds, and the page.
fn by_the_ended_one(s: &Server) -> (bool, String) {
    let mut desk = Browser::on(s);
    let mut response = response(&ask(&mut desk, LOGIN));
    response.has_ended = true;
    let answer = come_back(&mut desk, ACS, &response);
    let page = if answer.status == 303 { String::new() } else { read(&answer.body) };
    (desk.is_signed_in(), page)
}

/// What doctor says for one check.
fn doctor(s: &Server, check: &str) -> (String, String) {
    let answers: Value = serde_json::from_str(&s.folder.run(&["doctor", "--json"]).stdout()).expect("JSON");
    let one = elements(&answers).iter().find(|one| one["check"] == json!(check)).expect("a check");
    (text(&one["answer"]).to_owned(), text(&one["what"]).to_owned())
}

fn sso_doctor(s: &Server) -> Value {
    s.folder.json(&["sso", "doctor", "--org", "lantern", "--json"])["connection"].clone()
}

/// Backdates certificates that are gone.
fn later(s: &Server, ms: i64) {
    s.folder.execute(&format!("UPDATE sso_certificate SET gone = gone - {ms}"));
}

fn deeds(s: &Server) -> Vec<String> {
    let trail = s.folder.json(&["audit", "list", "--org", "lantern", "--type", "SignOn", "--json"]);
    let about = |one: &&Value| one["notes"].get("certificate").is_some();
    let told = |one: &Value| format!("{} {}", text(&one["by"]["kind"]), text(&one["operation"]));
    let mut all: Vec<String> = elements(&trail).iter().filter(about).map(told).collect();
    all.sort_unstable();
    all
}

/// Seen to fail: with a server that reads nothing.
#[test]
fn a_new_certificate_is_trusted_after_the_hourly_reading() {
    let (site, s, _) = by_address();
    assert!(comes_in(&s, false) && !comes_in(&s, true));
    site.answer(with(&provider::metadata_of_both(SSO)));
    s.folder.execute("UPDATE sso_connection SET due = 0");
    let asked = site.asked();
    // it reads when it starts, and then checks once a minute
    let s = Server::start_in(&s.kill(), &[]);
    let begun = Instant::now();
    while s.folder.texts("SELECT CAST(first_seen AS TEXT) AS text FROM sso_certificate").len() < 2 {
        assert!(begun.elapsed() < PATIENCE, "it was not read");
        sleep(Duration::from_millis(50));
    }
    assert!(comes_in(&s, true) && comes_in(&s, false));
    assert_eq!(site.asked(), asked + 1);
    assert_eq!(deeds(&s), ["worker trust"]);
    // an unchanged reading is recorded nowhere
    let records = || s.folder.run(&["audit", "list", "--org", "lantern", "--json"]).stdout().lines().count();
    let before = records();
    assert_eq!(again(&s).trim(), "nothing has changed");
    assert_eq!(records(), before);
    let due = s.folder.texts("SELECT CAST((due - read) / 60000 AS TEXT) AS text FROM sso_connection");
    let minutes: i64 = due[0].parse().expect("minutes");
    assert!((53..=66).contains(&minutes), "{minutes}");
}

/// Seen to fail: with one trusted until the next reading, and one that expires although it came back.
#[test]
fn a_certificate_that_is_gone_is_trusted_for_a_day() {
    let (site, s, mut owner) = by_address();
    site.answer(with(&provider::metadata_of_a_stranger(SSO)));
    let said = again(&s);
    assert!(said.contains("is new") && said.contains("trust in it ends in 24 hours"), "{said}");
    assert!(comes_in(&s, false) && comes_in(&s, true));
    let page = read(&owner.get(PAGE).body);
    assert!(page.contains("Not in the metadata: leaves on ") && page.contains("End trust now"), "{page}");
    // it comes back in time
    later(&s, DAY_MS - 3_600_000);
    site.answer(with(&provider::metadata_of_both(SSO)));
    assert!(again(&s).contains("is in the metadata again"));
    assert!(!read(&owner.get(PAGE).body).contains("leaves on"));
    // and is gone for good
    site.answer(with(&provider::metadata_of_a_stranger(SSO)));
    assert!(again(&s).contains("not in the metadata any more"));
    later(&s, DAY_MS - 60_000);
    assert!(comes_in(&s, false));
    later(&s, 60_000);
    assert!(!comes_in(&s, false), "before anybody has read it");
    assert!(comes_in(&s, true));
    assert!(again(&s).contains("is trusted no longer"));
    let told = sso_doctor(&s);
    assert_eq!(elements(&told["certificates"]).len(), 1, "{told}");
    let expected = ["end-trust", "find-certificate", "miss-certificate", "miss-certificate", "trust"];
    assert_eq!(deeds(&s), expected.map(|word| format!("command {word}")));
}

/// Seen to fail: with the last one expired by time.
#[test]
fn the_last_certificate_never_ends_by_itself() {
    let (site, s, mut owner) = by_address();
    site.answer(Answering::Raw(
        "HTTP/1.1 500 Oh\r\nContent-Length: 0\r\nConnection: close\r\n\r\n".to_owned(),
    ));
    s.folder.execute("UPDATE sso_certificate SET gone = first_seen");
    later(&s, 9 * DAY_MS);
    assert!(comes_in(&s, false));
    assert!(in_vain(&s).contains("answered 500"));
    assert!(comes_in(&s, false));
    let page = read(&owner.get(PAGE).body);
    assert!(page.contains("the last one, so it stays") && !page.contains("End trust now"), "{page}");
    let answer = send(&mut owner, &[("do", "end-trust"), ("certificate", &provider::fingerprint())]);
    assert!(answer.status == 422 && answer.body.contains("This is the last certificate"), "{}", answer.body);
    assert!(comes_in(&s, false));
}

/// Seen to fail: with certificates taken from any identity provider.
#[test]
fn another_identity_provider_or_address_waits_for_an_owner() {
    let (site, s, mut owner) = by_address();
    let other = provider::metadata_of_a_stranger(SSO).replace(ENTITY_ID, "https://idp.example/");
    site.answer(with(&other));
    assert!(in_vain(&s).contains("that of another identity provider"));
    assert!(comes_in(&s, false) && !comes_in(&s, true));
    let (answer, what) = doctor(&s, "sign-on-metadata");
    assert!(answer == "note" && what.contains("another identity provider, since"), "{what}");
    let shown = read(&owner.get(PAGE).body);
    assert!(shown.contains("Its entity ID is https://idp.example/"), "{shown}");
    assert!(read(&owner.get(HOME).body).contains("The metadata is that of another identity provider"));
    assert_eq!(sso_doctor(&s)["trouble"]["kind"], json!("entity"));
    // the new sign-in address is not used, but the certificates are
    site.answer(with(&provider::metadata_of_both("https://login.evil.example/sso")));
    let said = again(&s);
    assert!(said.contains("is new") && said.contains("another sign-on address"), "{said}");
    assert!(comes_in(&s, true), "by the address of before");
    assert!(doctor(&s, "sign-on-metadata").1.contains("names another sign-on address"));
    assert_eq!(deeds(&s), ["command trust"]);
    // until it is right again
    site.answer(with(&provider::metadata_of_both(SSO)));
    assert_eq!(again(&s).trim(), "nothing has changed");
    assert_eq!(doctor(&s, "sign-on-metadata").0, "fine");
    assert_eq!(sso_doctor(&s)["trouble"], Value::Null);
}

/// Seen to fail: with the time of the last reading shown as the time since when it fails.
#[test]
fn what_cannot_be_read_takes_nothing_away() {
    let (site, s, mut owner) = by_address();
    let address = site.url("127.0.0.1", "/federationmetadata.xml");
    let raw = |head: &str| {
        Answering::Raw(format!("HTTP/1.1 {head}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"))
    };
    let mut since = Vec::new();
    for (at, answering, said) in [
        ("https://127.0.0.1:1/x", raw("200 OK"), "cannot be reached"),
        (&address, raw("500 Oh"), "answered 500"),
        (&address, raw("302 Found\r\nLocation: https://example.com/"), "leads on to another one"),
        (&address, Answering::With(b"<!doctype html><p>Sign in".to_vec()), "is a web page, not metadata"),
        (&address, Answering::With(vec![b' '; 2 * 1024 * 1024]), "larger than 1048576 bytes"),
    ] {
        site.answer(answering);
        s.folder.execute(&format!("UPDATE sso_connection SET address = '{at}'"));
        let told = in_vain(&s);
        assert!(told.contains("cannot be read"), "{told}");
        let (answer, what) = doctor(&s, "sign-on-metadata");
        assert!(answer == "note" && what.contains("cannot be read, since"), "{what}");
        let shown = sso_doctor(&s);
        let trouble = text(&shown["trouble"]["what"]).to_owned();
        assert!(trouble.contains(said) || told.contains(said), "{said}: {trouble}");
        since.push(text(&shown["trouble"]["since"]).to_owned());
        let page = read(&owner.get(PAGE).body);
        assert!(page.contains("The metadata of the identity provider cannot be read, since"), "{page}");
        assert!(comes_in(&s, false) && !comes_in(&s, true), "{said}");
    }
    since.dedup();
    assert_eq!(since.len(), 1, "since it was first so");
    assert_eq!(deeds(&s), Vec::<String>::new());
    let text = s.folder.run(&["sso", "doctor", "--org", "lantern"]).stdout();
    assert!(text.contains("wrong since ") && text.contains("single sign-on  on"), "{text}");
}

/// Seen to fail: with one ended that the metadata names, and with one left in a draft.
#[test]
fn an_owner_ends_trust_at_once() {
    let (site, s, mut owner) = by_address();
    let certificate = provider::fingerprint();
    let end = |owner: &mut Browser| send(owner, &[("do", "end-trust"), ("certificate", &certificate)]);
    site.answer(with(&provider::metadata_of_both(SSO)));
    again(&s);
    let answer = end(&mut owner);
    assert!(
        answer.status == 422 && answer.body.contains("the next reading would bring it back"),
        "{}",
        answer.body
    );
    site.answer(with(&provider::metadata_of_a_stranger(SSO)));
    again(&s);
    assert!(comes_in(&s, false));
    assert!(owner.get(PAGE).body.contains(&certificate));
    assert_eq!(went(&end(&mut owner)), format!("{PAGE}?done=ended"));
    assert!(!comes_in(&s, false) && comes_in(&s, true));
    assert!(deeds(&s).contains(&"person end-trust".to_owned()));
    for wrong in ["", "zz", "ab"] {
        assert_eq!(send(&mut owner, &[("do", "end-trust"), ("certificate", wrong)]).status, 400, "{wrong}");
    }
    // if pasted, nothing is read again, and certificates end only by hand
    send(&mut owner, &[("do", "text"), ("text", &provider::metadata_of_both(SSO))]);
    put_in_force(&mut owner);
    s.folder.execute("UPDATE sso_connection SET due = 0");
    assert!(again(&s).contains("was pasted"));
    // next to it there is a draft with the same certificates
    let map = [
        ("do", "map"),
        ("id", "urn:id"),
        ("email", "urn:mail"),
        ("first-name", "urn:a"),
        ("last-name", "urn:b"),
    ];
    assert_eq!(went(&send(&mut owner, &map)), format!("{PAGE}?done=mapped"));
    let kept = || s.folder.texts("SELECT CAST(COUNT(*) AS TEXT) AS text FROM sso_certificate");
    assert_eq!(kept(), ["4"]);
    assert_eq!(went(&end(&mut owner)), format!("{PAGE}?done=ended"));
    assert_eq!(kept(), ["2"]);
    assert!(!comes_in(&s, false) && comes_in(&s, true));
    // only an owner can
    s.folder.execute("UPDATE membership SET role = 'manager'");
    assert_eq!(end(&mut owner).status, 403);
}

/// Seen to fail: with a setting that a draft forgets, and with one that locks everybody out.
#[test]
fn a_certificate_that_has_ended_is_refused_where_an_owner_wants_it() {
    let s = PROVOST.start();
    let mut owner = own(&s);
    send(&mut owner, &[("do", "text"), ("text", &provider::metadata_that_ended(SSO))]);
    let report = tested(&mut owner, |response| response.has_ended = true);
    assert!(report.contains("It works") && report.contains("which ended on 2021-01-01"), "{report}");
    assert_eq!(went(&send(&mut owner, &[("do", "on"), ("password", PASSWORD)])), format!("{PAGE}?done=on"));
    assert!(by_the_ended_one(&s).0);
    let (answer, what) = doctor(&s, "sign-on-certificate");
    assert!(answer == "note" && what.contains("ended on 2021-01-01"), "{what}");
    let save = |owner: &mut Browser, was: &str, refuse: &str| {
        let before = ("was-refuse-expired", was);
        send(owner, &[("do", "save"), ("role", "member"), before, ("refuse-expired", refuse)])
    };
    let answer = save(&mut owner, "", "yes");
    assert!(answer.status == 422 && answer.body.contains("All certificates have ended"), "{}", answer.body);
    assert!(by_the_ended_one(&s).0, "nobody is locked out");
    // turned on before it expired
    s.folder.execute("UPDATE sso_connection SET refuse_expired = true");
    assert!(owner.get(PAGE).body.contains("id=\"refuse-expired\" checked"));
    let (is_in, page) = by_the_ended_one(&s);
    assert!(!is_in && page.contains("The certificate that signed is outside its dates."), "{page}");
    assert!(read(&owner.get(HOME).body).contains("Nobody comes in by single sign-on."));
    assert_eq!(sso_doctor(&s)["refusesExpired"], json!(true));
    // a draft keeps it
    send(&mut owner, &[("do", "text"), ("text", &provider::metadata_that_ended(SSO))]);
    let report = tested(&mut owner, |response| response.has_ended = true);
    assert!(report.contains("outside its dates") && report.contains("SAML Certificates"), "{report}");
    assert_eq!(went(&send(&mut owner, &[("do", "drop")])), format!("{PAGE}?done=dropped"));
    // a page opened before the change leaves the setting alone
    assert_eq!(went(&save(&mut owner, "", "")), format!("{PAGE}?done=saved"));
    assert!(owner.get(PAGE).body.contains("id=\"refuse-expired\" checked"));
    assert_eq!(went(&save(&mut owner, "yes", "")), format!("{PAGE}?done=saved"));
    assert!(by_the_ended_one(&s).0);
    let told = s
        .folder
        .run(&["audit", "list", "--org", "lantern", "--action", "expired-certificates", "--json"])
        .stdout();
    assert_eq!(told.matches("\"refuses\"").count(), 1, "{told}");
}

/// Seen to fail: with an older draft that drops what was trusted since.
#[test]
fn a_draft_of_before_the_reading_keeps_what_was_read() {
    let (site, s, mut owner) = by_address();
    let map = [
        ("do", "map"),
        ("id", "http://schemas.microsoft.com/identity/claims/objectidentifier"),
        ("email", "urn:mail"),
        ("first-name", "urn:first"),
        ("last-name", "urn:last"),
    ];
    assert_eq!(went(&send(&mut owner, &map)), format!("{PAGE}?done=mapped"));
    site.answer(with(&provider::metadata_of_both(SSO)));
    assert!(again(&s).contains("is new"));
    put_in_force(&mut owner);
    assert!(comes_in(&s, true) && comes_in(&s, false));
}

/// Metadata read by an owner during a key rollover cuts nobody off, and the audit trail says since when each certificate was
/// trusted.
///
/// Seen to fail: with a draft whose certificates replace the former ones.
#[test]
fn a_draft_that_knows_the_new_certificate_alone_cuts_nobody_off() {
    let (site, s, mut owner) = by_address();
    site.answer(with(&provider::metadata_of_a_stranger(SSO)));
    let address = site.url("127.0.0.1", "/federationmetadata.xml");
    assert_eq!(
        went(&send(&mut owner, &[("do", "address"), ("address", &address)])),
        format!("{PAGE}?done=metadata")
    );
    // meanwhile the page shows the connection in force and its settings
    let page = owner.get(PAGE).body;
    for said in ["In force until then", "General Settings", "Put it in force"] {
        assert!(page.contains(said), "no {said}: {page}");
    }
    let report = tested(&mut owner, |response| response.is_forged = true);
    assert!(report.contains("It works"), "{report}");
    assert_eq!(went(&send(&mut owner, &[("do", "on"), ("password", PASSWORD)])), format!("{PAGE}?done=on"));
    assert!(comes_in(&s, true) && comes_in(&s, false));
    assert_eq!(deeds(&s), ["person miss-certificate", "person trust"]);
    later(&s, DAY_MS);
    assert!(!comes_in(&s, false) && comes_in(&s, true));
    // pasted metadata is complete as it stands, and takes effect at once
    send(&mut owner, &[("do", "text"), ("text", &provider::metadata(SSO))]);
    put_in_force(&mut owner);
    assert!(comes_in(&s, false) && !comes_in(&s, true));
}

/// Seen to fail: with a draft that trusts nothing any more put in force, and with one whose certificates have ended.
#[test]
fn a_draft_by_which_nobody_could_sign_in_is_refused() {
    let (_site, s, mut owner) = by_address();
    let put = |owner: &mut Browser| send(owner, &[("do", "on"), ("password", PASSWORD)]);
    send(&mut owner, &[("do", "text"), ("text", &provider::metadata(SSO))]);
    assert!(tested(&mut owner, |_| {}).contains("It works"));
    // as when trust in it ends by hand meanwhile
    s.folder.execute(
        "DELETE FROM sso_certificate WHERE connection IN (SELECT id FROM sso_connection WHERE state = 'draft')",
    );
    let answer = put(&mut owner);
    assert!(
        answer.status == 422 && answer.body.contains("Trust has ended in all certificates"),
        "{}",
        answer.body
    );
    assert!(comes_in(&s, false), "nothing was changed");
    send(&mut owner, &[("do", "text"), ("text", &provider::metadata_that_ended(SSO))]);
    assert!(tested(&mut owner, |response| response.has_ended = true).contains("It works"));
    let refuse = [("do", "save"), ("role", "member"), ("refuse-expired", "yes")];
    assert_eq!(went(&send(&mut owner, &refuse)), format!("{PAGE}?done=saved"));
    let answer = put(&mut owner);
    assert!(
        answer.status == 422
            && answer.body.contains("All certificates have ended, and such certificates are refused"),
        "{}",
        answer.body
    );
    assert!(comes_in(&s, false));
}
