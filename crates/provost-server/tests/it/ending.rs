//! Organisations that are switched off, on again, or deleted: what is asked first, and what still answers afterwards.

use crate::PROVOST;
use crate::console::{Browser, PASSWORD, link, owned};
use crate::member_acts::joined;
use provost_testing::json::{elements, text, user};
use provost_testing::program::{Installation, Ran, Server};
use serde_json::json;
use std::io::Write as _;
use std::process::{Command, Stdio};

const LOOK_UP: &str = "/Users?filter=userName+eq+%22nobody%22";
const OFF: &str = "this organisation is switched off, so nothing was changed; ask the operator of this server to switch it on again, \
                   with `provost org enable`";

/// Runs a command on a terminal where somebody types a line. Returns whether it succeeded, and what the terminal shows.
fn on_terminal(folder: &Installation, arguments: &[&str], typed: &str) -> (bool, String) {
    let plain = folder.command(arguments);
    let words = [plain.get_program()].into_iter().chain(plain.get_args());
    let line: Vec<String> = words.map(|word| format!("'{}'", word.to_string_lossy())).collect();
    let mut command = Command::new("script");
    command.args(["-q", "-e", "-c", &line.join(" "), "/dev/null"]);
    for (name, value) in plain.get_envs() {
        match value {
            Some(value) => command.env(name, value),
            None => command.env_remove(name),
        };
    }
    command.current_dir(folder.path(".")).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().expect("`script` of util-linux");
    child.stdin.take().expect("piped").write_all(format!("{typed}\n").as_bytes()).expect("typed");
    let done = child.wait_with_output().expect("ended");
    (done.status.success(), String::from_utf8_lossy(&done.stdout).into_owned())
}

fn run(folder: &Installation, arguments: &[&str]) -> Ran {
    let ran = folder.run(arguments);
    assert_eq!(ran.code(), 0, "{}", ran.stderr());
    ran
}

/// Seen to fail: with any line accepted as the name.
#[test]
fn what_takes_something_from_people_wants_the_name_typed() {
    let s = PROVOST.start();
    s.create_user("ann");
    run(&s.folder, &["org", "create", "acme"]);
    let off = "this would switch the organisation `default` off: 1 member sees its pages no longer, and 1 valid token is refused";
    let gone = "this would delete the organisation `default` for good, and with it 1 user (1 with access), 0 groups with their \
                teams, and 1 valid token";
    for (what, said) in [("disable", off), ("delete", gone)] {
        let ran = s.folder.run(&["org", what, "default"]);
        assert_eq!((ran.code(), ran.stdout().as_str()), (1, ""));
        assert!(ran.stderr().contains(said) && ran.stderr().contains("`--yes`"), "{}", ran.stderr());
        for typed in ["", "yes", "acme", "default2", "Default"] {
            let (is_done, shown) = on_terminal(&s.folder, &["org", what, "default"], typed);
            assert!(!is_done && shown.contains(said), "{typed}: {shown}");
            assert!(shown.contains("that is not the short name `default`; nothing was changed"), "{shown}");
        }
        assert_eq!(s.ask("GET", LOOK_UP, None).status, 200, "{what}");
    }
    let (is_done, shown) = on_terminal(&s.folder, &["org", "disable", "default"], "default");
    assert!(is_done && shown.contains("type its short name to switch it off: "), "{shown}");
    s.ask("GET", LOOK_UP, None).assert_scim_error(403);
    let (is_done, shown) = on_terminal(&s.folder, &["org", "delete", "default"], "default");
    assert!(is_done && shown.contains("deleted default, and with it 1 user"), "{shown}");
    s.ask("GET", LOOK_UP, None).assert_scim_error(401);
}

/// Seen to fail: with a token that works regardless of the switch.
#[test]
fn what_is_switched_off_answers_no_token_on_any_server() {
    let one = PROVOST.start();
    let other = Server::start_in(&one.folder, &[]);
    let ann = one.create_user("ann");
    one.create_group("Guides", &[&ann]);
    run(&one.folder, &["org", "create", "acme"]);
    let acme = one.folder.token("acme");
    let forged = format!("{}{}", one.token.get(..20).expect("a part"), "A".repeat(47));
    let shown = one.folder.json(&["org", "disable", "default", "--yes", "--json"]);
    assert!(text(&shown["disabled"]).ends_with('Z'), "{shown}");
    for s in [&one, &other] {
        for (method, path, body) in [
            ("GET", LOOK_UP.to_owned(), None),
            ("POST", "/Users".to_owned(), Some(user("theo"))),
            ("PATCH", format!("/Users/{ann}"), Some(json!({}))),
            ("DELETE", format!("/Users/{ann}"), None),
            ("POST", "/Bulk".to_owned(), Some(json!({}))),
            ("GET", "/Schemas".to_owned(), None),
        ] {
            let refused = s.ask_as(&one.token, method, &path, body.as_ref());
            refused.assert_scim_error(403);
            assert_eq!(refused.detail(), OFF);
        }
        s.ask_as(&forged, "GET", LOOK_UP, None).assert_scim_error(401);
        assert_eq!(s.ask_as(&acme, "GET", LOOK_UP, None).status, 200, "another one goes on");
    }
    assert_eq!(one.folder.members("default"), "ann[guides]", "nobody loses anything");
    let again = one.folder.json(&["org", "disable", "default", "--yes", "--json"]);
    assert_eq!(again, shown, "twice is once");
    let listed = one.folder.json(&["token", "list", "--org", "default", "--json"]);
    assert_eq!(listed[0]["lastRefused"]["reason"], json!("organisation-off"), "{listed}");
    run(&one.folder, &["org", "enable", "default"]);
    for s in [&one, &other] {
        assert_eq!(s.ask_as(&one.token, "GET", LOOK_UP, None).status, 200);
    }
    assert_eq!(one.folder.json(&["org", "show", "default", "--json"])["disabled"], json!(null));
    let told: Vec<String> = elements(&one.folder.json(&["audit", "list", "--org", "default", "--json"]))
        .iter()
        .filter(|record| record["resourceType"] == json!("Organisation"))
        .map(|record| text(&record["operation"]).to_owned())
        .collect();
    assert_eq!(told.iter().filter(|what| *what == "disable").count(), 1, "{told:?}");
    assert_eq!(told.iter().filter(|what| *what == "enable").count(), 1, "{told:?}");
}

/// Seen to fail: with pages that open all the same.
#[test]
fn its_pages_and_links_say_that_it_is_switched_off() {
    let (s, mut owner) = owned();
    let mut ann = joined(&s, "ann@example.com", "member");
    run(&s.folder, &["members", "invite", "bob@example.com", "--role", "member", "--org", "lantern"]);
    let printed =
        link(&s.folder, &["members", "resend", "bob@example.com", "--print-link", "--org", "lantern"]);
    let invitation = printed.lines().next_back().expect("a line").to_owned();
    run(&s.folder, &["org", "create", "empty"]);
    let setup = link(&s.folder, &["setup-link", "--org", "empty"]);
    for org in ["lantern", "empty"] {
        run(&s.folder, &["org", "disable", org, "--yes"]);
    }
    let is_off = |answer: &provost_testing::http::Answer, name: &str| {
        let said = format!("{name} is switched off. While it is, its pages, links and tokens open nothing.");
        answer.status == 403 && answer.body.contains(&said)
    };
    for browser in [&mut owner, &mut ann] {
        for page in ["", "members/", "auth/", "teams/", "nothing/"] {
            let answer = browser.get(&format!("/settings/lantern/{page}"));
            assert!(is_off(&answer, "Lantern Works") || page == "nothing/", "{page}: {}", answer.body);
        }
        let list = browser.get("/settings/");
        assert!(list.status == 200 && list.body.contains("switched off at present"), "{}", list.body);
        assert_eq!(browser.get("/account/").status, 200, "the account is nobody's but hers");
    }
    let form = owner.form();
    let invite = [("form", &*form), ("emails", "eve@example.com"), ("role", "member")];
    assert!(is_off(&owner.post("/settings/lantern/members/invite/", &invite), "Lantern Works"));
    let mut stranger = Browser::on(&s);
    let join = [("do", "new"), ("name", "Bob"), ("password", PASSWORD)];
    assert!(is_off(&stranger.get(&invitation), "Lantern Works"));
    assert!(is_off(&stranger.post(&invitation, &join), "Lantern Works"));
    assert!(is_off(&stranger.post(&invitation, &[("do", "renew")]), "Lantern Works"));
    assert!(is_off(&stranger.get(&setup), "empty") && is_off(&stranger.post(&setup, &[]), "empty"));
    assert_eq!(Browser::on(&s).get("/settings/lantern/").status, 303, "a stranger learns nothing");
    let mut again = Browser::on(&s);
    assert_eq!(
        again.sign_in("ann@example.com", PASSWORD).status,
        303,
        "an account is not the organisation's"
    );
    for org in ["lantern", "empty"] {
        run(&s.folder, &["org", "enable", org]);
    }
    for browser in [&mut owner, &mut ann, &mut again] {
        assert_eq!(browser.get("/settings/lantern/").status, 200, "open as before");
    }
    assert_eq!(stranger.get(&setup).status, 200);
    assert_eq!(stranger.post(&invitation, &join).status, 303);
}

/// Seen to fail: with a short name that is not reserved.
#[test]
fn of_a_deleted_one_nothing_answers_again() {
    let (s, mut owner) = owned();
    run(&s.folder, &["org", "create", "other", "--owner", "ines.falk@example.com"]);
    run(&s.folder, &["members", "invite", "bob@example.com", "--role", "member", "--org", "lantern"]);
    let printed =
        link(&s.folder, &["members", "resend", "bob@example.com", "--print-link", "--org", "lantern"]);
    let invitation = printed.lines().next_back().expect("a line").to_owned();
    let mut ann = joined(&s, "ann@example.com", "member");
    run(&s.folder, &["org", "update", "lantern", "--slug", "torch"]);
    run(&s.folder, &["org", "delete", "torch", "--yes"]);
    s.ask("GET", LOOK_UP, None).assert_scim_error(401);
    for slug in ["torch", "lantern"] {
        for browser in [&mut owner, &mut ann] {
            assert_eq!(browser.get(&format!("/settings/{slug}/")).status, 404);
        }
        for arguments in [&["org", "create", slug][..], &["org", "update", "other", "--slug", slug]] {
            let ran = s.folder.run(arguments);
            assert!(ran.code() == 1 && ran.stderr().contains("never given again"), "{}", ran.stderr());
        }
        for arguments in [
            &["org", "show", slug][..],
            &["org", "enable", slug],
            &["org", "delete", slug, "--yes"],
            &["token", "create", "--org", slug],
            &["members", "list", "--org", slug],
        ] {
            let ran = s.folder.run(arguments);
            let said = ran.stderr();
            assert_eq!(ran.code(), 1, "{said}");
            assert!(said.contains(&format!("the organisation `{slug}` was deleted at 20")), "{said}");
        }
    }
    let page = ann.get("/settings/");
    assert!(page.body.contains("This account is a member of no organisation"), "{}", page.body);
    let mut stranger = Browser::on(&s);
    assert_eq!(stranger.get(&invitation).status, 410);
    let join = [("do", "new"), ("name", "Bob"), ("password", PASSWORD)];
    assert_eq!(stranger.post(&invitation, &join).status, 410);
    let left = s.folder.json(&["org", "list", "--deleted", "--json"]);
    let [one] = elements(&left) else { panic!("{left}") };
    assert_eq!(one["slug"], json!("torch"));
    assert!(text(&one["deleted"]).ends_with('Z') && text(&one["by"]).contains('@'), "{left}");
    assert!(run(&s.folder, &["org", "list", "--deleted"]).stdout().starts_with("SLUG   DELETED"));
    assert!(run(&s.folder, &["doctor"]).stdout().contains("there is 1 organisation"));
    assert!(run(&s.folder, &["check"]).code() == 0);
}
