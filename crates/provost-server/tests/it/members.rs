//! The page of members: who may see it, how it handles odd addresses, how long it takes, and who is invited there.

use crate::console::{Browser, owned};
use provost_testing::json::{elements, text, user};
use provost_testing::program::Server;
use serde_json::json;
use std::time::{Duration, Instant};

const PAGE: &str = "/settings/lantern/members/";

/// The names in the table.
fn names(page: &str) -> Vec<String> {
    let cells = page.split("class=\"who breaks\"").skip(1);
    let name = |cell: &str| cell.split_once("<bdi>")?.1.split_once("</bdi>").map(|(name, _)| name.to_owned());
    cells.filter_map(name).collect()
}

/// Seen to fail: with a page that checks no right.
#[test]
fn owners_and_managers_see_who_is_here() {
    let (s, mut browser) = owned();
    s.create_user("ann");
    let page = browser.get(PAGE);
    assert_eq!(
        (page.status, names(&page.body)),
        (200, vec!["ann@example.com".to_owned(), "Ines Falk".to_owned()]),
        "{}",
        page.body
    );
    s.folder.run(&["org", "create", "other"]);
    assert_eq!(browser.get("/settings/other/members/").status, 404);
    assert_eq!(Browser::on(&s).get(PAGE).status, 303);
    assert_eq!(browser.post(PAGE, &[("form", &browser.clone().form())]).status, 405);

    s.folder.execute("UPDATE membership SET role = 'member' WHERE account IS NOT NULL");
    let page = browser.get(PAGE);
    assert_eq!(page.status, 403);
    assert!(page.body.contains("Only owners and managers may see members"), "{}", page.body);
    assert!(!browser.get("/settings/lantern/").body.contains(&format!("\"{PAGE}\"")));
}

/// Whatever is typed is looked for, and whatever is in an address is read or passed over.
///
#[test]
fn odd_addresses_and_names_are_no_faults() {
    let (s, mut browser) = owned();
    let mut odd = user("odd");
    let name = format!("<script>\u{202e}محمد 👩‍🚀 {}", "x".repeat(950));
    odd["displayName"] = json!(name);
    let made = s.ask("POST", "/Users", Some(&odd));
    assert_eq!(made.status, 201, "{}", made.body);
    let mut off = user("off");
    off["active"] = json!(false);
    assert_eq!(s.ask("POST", "/Users", Some(&off)).status, 201);
    for query in [
        "q=%25",
        "q=_",
        "q=%5C",
        "q=%27",
        "q=%22",
        "q=%00",
        "q=%3Cscript%3E",
        "q=%FF",
        "q=%zz",
        "q=a&q=b",
        "q=%F0%9F%91%A9",
        "after=",
        "after=zz",
        "after=00",
        "after=0000000000000000ff",
        "before=000000000000000000",
        "after=%00",
        "before=%27",
        "state=nothing",
        "role=king",
        "role=owner&state=joined",
        "team=%00",
        "team=No+Team",
        "team=none",
        "&&&==&",
        "state=without-access&q=%25&after=zz",
        "state=without-access&role=owner&team=none",
    ] {
        let page = browser.get(&format!("{PAGE}?{query}"));
        assert_eq!(page.status, 200, "{query}: {}", page.body);
    }
    let long = "y".repeat(6_000);
    assert_eq!(browser.get(&format!("{PAGE}?q={long}&team={long}&after={long}")).status, 200);
    let page = browser.get(&format!("{PAGE}?q=%3Cscript%3E"));
    assert!(names(&page.body).len() == 1 && !page.body.contains("<script>"), "{}", page.body);
    assert!(browser.get(&format!("{PAGE}?team=none")).body.contains("No team has the short name “none”."));
    let outside = browser.get(&format!("{PAGE}?state=without-access"));
    assert!(
        names(&outside.body) == ["off@example.com"] && outside.body.contains("Sent inactive by Entra"),
        "{}",
        outside.body
    );
}

/// Runs a long statement while the server may be writing.
fn fill(s: &Server, sql: &str) {
    match s.folder.database {
        Some(_) => s.folder.execute(sql),
        None => s.folder.execute(&format!("PRAGMA busy_timeout = 30000; {sql}")),
    };
}

/// With 100,000 members, some with rare values: the pages that find the most and the fewest.
///
#[test]
fn a_hundred_thousand_members_are_listed_at_once() {
    let (s, mut browser) = owned();
    s.folder.run(&["teams", "create", "--org", "lantern", "Everybody"]);
    fill(
        &s,
        "INSERT INTO membership (tenant, id, email, email_key, name, role, role_source, state, managed_by, created, sort, search, shown) \
         WITH RECURSIVE n(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < 100000) \
         SELECT o.tenant, n, 'p' || n || '@x.example', 'p' || n || '@x.example', 'Person ' || n, \
             CASE WHEN n % 1000 = 0 THEN 'manager' ELSE 'member' END, 'hand', 'invited', 'hand', 0, \
             'person ' || (1000000 + n * 7919 % 100000), 'person ' || (1000000 + n * 7919 % 100000) || ' p' || n || '@x.example', \
             CASE WHEN n = 777 THEN 'bounced' ELSE 'invited' END FROM n, organisation o WHERE o.slug = 'lantern'",
    );
    fill(
        &s,
        "INSERT INTO team_membership SELECT t.tenant, t.id, m.id, 'hand' FROM team t JOIN membership m ON m.tenant = t.tenant",
    );
    fill(
        &s,
        "INSERT INTO without_access SELECT tenant, 1000000000 + id, sort, search, NULL FROM membership WHERE id <= 100000",
    );
    if s.folder.database.is_some() {
        // as the server itself does a minute after so many rows
        s.folder.execute("VACUUM ANALYZE");
    }
    let mut slow = String::new();
    for (query, found) in [
        ("", 25),
        ("q=person", 25),
        ("q=p40000@x", 1),
        ("q=nobody+of+that+name", 0),
        ("role=manager", 25),
        ("role=owner", 1),
        ("state=bounced", 1),
        ("state=ended", 0),
        ("team=everybody", 25),
        ("team=everybody&q=nobody", 0),
        ("state=without-access&q=nobody", 0),
    ] {
        let one = |browser: &mut Browser| {
            let began = Instant::now();
            let page = browser.get(&format!("{PAGE}?{query}"));
            assert_eq!((page.status, names(&page.body).len()), (200, found), "{query}: {}", page.body);
            began.elapsed()
        };
        // the fastest of several, which others on the machine disturbed least
        let took = (0..4).map(|_| one(&mut browser)).min().expect("some");
        println!("{query}: {took:?}");
        if took > Duration::from_millis(200) {
            slow.push_str(&format!("{query}: {took:?}\n"));
        }
    }
    assert!(slow.is_empty(), "{slow}");
}

const INVITE: &str = "/settings/lantern/members/invite/";

/// Presses a button on the page that invites people.
fn invite(browser: &mut Browser, what: &str, role: &str, emails: &str) -> (u16, String) {
    let form = browser.form();
    let answer = browser.post(INVITE, &[("form", &form), ("do", what), ("role", role), ("emails", emails)]);
    (answer.status, answer.body)
}

/// Members by hand who have not joined.
fn invited(s: &Server) -> Vec<String> {
    let listed = s.folder.json(&["members", "list", "--org", "lantern", "--state", "invited", "--json"]);
    elements(&listed).iter().map(|member| text(&member["userName"]).to_owned()).collect()
}

/// Seen to fail: with a preview that invites.
#[test]
fn what_becomes_of_addresses_is_shown_before_anybody_is_invited() {
    let (s, mut browser) = owned();
    s.create_user("ann");
    let gone = s.create_user("gone");
    s.patch(&format!("/Users/{gone}"), "Replace", "active", &json!(false));
    let typed = "new@x.example, NEW@x.example\nann@example.com\ngone@example.com; ines.falk@example.com\n<script>\nno address";
    let (status, page) = invite(&mut browser, "preview", "member", typed);
    assert_eq!(status, 200, "{page}");
    for said in [
        "Invite 2 as Member",
        "Is a member already, managed by Entra",
        "Is a member already<",
        "Is invited, although un-assigned in Entra on 20",
        "This is not an e-mail address: it has blanks or control characters in it",
    ] {
        assert!(page.contains(said), "{said}: {page}");
    }
    assert!(!page.contains("<script>") && invited(&s).is_empty(), "{page}");
    // making an owner takes the password, as on the page of a member
    assert_eq!(invite(&mut browser, "preview", "owner", typed).0, 400);
    assert!(!browser.get(INVITE).body.contains("value=\"owner\""));
    assert_eq!(invite(&mut browser, "invite", "member", typed).0, 303);
    assert_eq!(invited(&s), ["gone@example.com", "new@x.example"]);
    assert_eq!(invite(&mut browser, "invite", "member", typed).0, 303);
    let (_, page) = invite(&mut browser, "preview", "member", typed);
    assert!(page.contains("Is invited already") && page.contains("Nobody would be invited."), "{page}");
    let many: Vec<String> = (0..101).map(|n| format!("p{n}@x.example")).collect();
    for (typed, said) in [
        ("", "Write an address, or several."),
        (" \n,;", "Write an address, or several."),
        (&*many.join("\n"), "These are 101 addresses, and 100 at once are the most."),
    ] {
        let (status, page) = invite(&mut browser, "invite", "member", typed);
        assert!(status == 422 && page.contains(said) && page.contains("<title>Error: "), "{typed}: {page}");
    }
    for (what, role) in [("preview", "king"), ("preview", ""), ("all", "member"), ("", "member")] {
        assert_eq!(invite(&mut browser, what, role, "a@x.example").0, 400, "{what} {role}");
    }
    let (status, page) = invite(&mut browser, "preview", "member", "\u{0}%_'\\@x.example");
    assert!(status == 200 && page.contains("blanks or control characters"), "{page}");
}

/// Seen to fail: with a setting that is ignored, and with managers who invite managers.
#[test]
fn the_organisation_says_who_invites_by_hand() {
    let (s, mut browser) = owned();
    s.folder.run(&["org", "create", "other"]);
    assert_eq!(browser.get("/settings/other/members/invite/").status, 404);
    s.folder.execute("UPDATE membership SET role = 'manager'");
    assert_eq!(invite(&mut browser, "invite", "member", "a@x.example").0, 303);
    for role in ["manager", "owner"] {
        assert_eq!(invite(&mut browser, "invite", role, "b@x.example").0, 403, "{role}");
    }
    let switch = |who: &str| {
        s.folder.run(&[
            "org",
            "update",
            "lantern",
            "--inviters",
            who,
            "--inviters-note",
            "Ask <the> help desk.",
        ])
    };
    let refused = |browser: &mut Browser, sentence: &str| {
        let (status, page) = invite(browser, "invite", "member", "b@x.example");
        assert!(status == 403 && page.contains(sentence), "{page}");
        assert!(browser.get(INVITE).body.contains(sentence));
        let list = browser.get(PAGE).body;
        assert!(list.contains(sentence) && !list.contains(INVITE), "{list}");
    };
    switch("owners");
    refused(&mut browser, "Owners alone invite by hand here. Ask &#60;the&#62; help desk.");
    s.folder.execute("UPDATE membership SET role = 'owner', role_source = 'hand' WHERE account IS NOT NULL");
    assert_eq!(invite(&mut browser, "invite", "owner", "c@x.example").0, 400);
    assert_eq!(invite(&mut browser, "invite", "manager", "c@x.example").0, 303);
    switch("nobody");
    refused(&mut browser, "Nobody is invited by hand here. Ask &#60;the&#62; help desk.");
    s.folder.execute("UPDATE membership SET role = 'member' WHERE account IS NOT NULL");
    assert_eq!(
        (browser.get(INVITE).status, invite(&mut browser, "invite", "member", "d@x.example").0),
        (403, 403)
    );
    assert_eq!(invited(&s), ["a@x.example", "c@x.example"]);
}

/// The operator's command has no such limit.
///
/// Seen to fail: with a limit for each form only.
#[test]
fn a_hundred_people_an_hour_are_invited_on_the_page() {
    let (s, mut browser) = owned();
    let some = |from: usize, to: usize| -> String {
        let emails: Vec<String> = (from..to).map(|n| format!("p{n:03}@x.example")).collect();
        emails.join("\n")
    };
    assert_eq!(invite(&mut browser, "invite", "member", &some(0, 60)).0, 303);
    let (status, page) = invite(&mut browser, "invite", "member", &some(60, 101));
    let said = "100 people are invited within an hour at most, and 40 are left until 20";
    assert!(status == 422 && page.contains(said) && page.contains("Nobody was invited now."), "{page}");
    assert_eq!(invited(&s).len(), 60);
    assert_eq!(invite(&mut browser, "invite", "member", &some(20, 100)).0, 303);
    assert_eq!(invite(&mut browser, "invite", "member", &some(100, 101)).0, 422);
    let by_command =
        s.folder.run(&["members", "invite", "op@x.example", "--role", "member", "--org", "lantern"]);
    assert_eq!(by_command.code(), 0, "{}", by_command.stderr());
    s.folder.execute("UPDATE invited_by_hand SET since = since - 3600000");
    assert_eq!(invite(&mut browser, "invite", "member", &some(100, 101)).0, 303);
    assert_eq!(invited(&s).len(), 102);
}
