//! The list of members: who is found in it, and who is not.

use crate::Stage;
use crate::browser::Browser;
use provost_testing::json::user;
use serde_json::json;

/// Names that people have, and that must not break a page.
const NAMES: [&str; 12] = [
    "Aiko Tanabe",
    "Idris Bello",
    "Jonas Lindqvist",
    "Maren Okafor",
    "Priya Raman",
    "Tomás Herrera",
    "Wen Zhao",
    "محمد عبد الرحمن",
    "👩‍🚀 Ada Astra",
    "<script>alert(1)</script>",
    "",
    "Hubertblainewolfeschlegelsteinhausenbergerdorffwelchevoralternwarengewissenhaftschaferswessen",
];

/// Provisions somebody. Returns the id.
fn provision(stage: &Stage<'_>, user_name: &str, name: &str, is_active: bool) -> String {
    let mut person = user(user_name);
    let attributes = person.as_object_mut().expect("an object");
    attributes.insert("displayName".to_owned(), json!(name));
    attributes.insert("active".to_owned(), json!(is_active));
    let made = stage.server.ask("POST", "/Users", Some(&person));
    assert_eq!(made.status, 201, "{}", made.body);
    made.id()
}

/// Thirty-four people in every state, one of them in many teams, and two without access.
fn people(stage: &Stage<'_>) {
    let others = (1..=22).map(|n| format!("Vera Number {n:02}"));
    let names = NAMES.iter().map(|name| (*name).to_owned()).chain(others).enumerate();
    let ids: Vec<String> =
        names.map(|(n, name)| provision(stage, &format!("person{n:02}"), &name, true)).collect();
    let [aiko, _, _, maren, ..] = &ids[..] else { panic!("too few") };
    for team in ["Platform", "Security", "Design", "Research", "On call"] {
        stage.server.create_group(team, &[aiko]);
    }
    stage.server.create_group("Lantern", &[maren]);
    let gone = provision(stage, "gone-girl", "Gone Girl", true);
    stage.server.patch(&format!("/Users/{gone}"), "Replace", "active", &json!(false));
    provision(stage, "never-here", "Never Here", false);
    for (word, name) in [("invited", "idris%"), ("ended", "priya%"), ("bounced", "wen%")] {
        stage
            .server
            .folder
            .execute(&format!("UPDATE membership SET shown = '{word}' WHERE sort LIKE '{name}'"));
    }
    stage.run(&["members", "role", "--org", "lantern", "person03", "manager"]);
}

fn is_listed(browser: &Browser, name: &str) -> bool {
    browser.text_of("main").contains(name)
}

#[test]
fn members_are_found() {
    Stage::walk(|stage| {
        let browser = stage.owner();
        browser.go("Members", "Members");
        browser.look("members-alone");
        people(stage);
        browser.reload("Members");
        assert!(is_listed(&browser, "Aiko Tanabe") && !is_listed(&browser, "Wen Zhao"));
        browser.look("members");
        browser.follow("Next", "Members");
        assert!(is_listed(&browser, "Wen Zhao") && !is_listed(&browser, "Aiko Tanabe"));
        browser.look("members-next");
        browser.follow("Back", "Members");
        assert!(is_listed(&browser, "Aiko Tanabe"));

        browser.fill(&[("Find a person", "tomas herr")]);
        browser.enter("Find a person", "Members");
        assert!(is_listed(&browser, "Tomás Herrera") && !is_listed(&browser, "Aiko Tanabe"));
        browser.look("members-found");
        browser.fill(&[("Find a person", "example.com")]);
        browser.press("Find", "Members");
        browser.follow("Next", "Members");
        assert!(browser.path().contains("q=example.com&after="), "{}", browser.path());

        browser.fill(&[("Find a person", ""), ("Team", "lantern")]);
        browser.press("Find", "Members");
        assert!(is_listed(&browser, "Maren Okafor") && !is_listed(&browser, "Aiko Tanabe"));
        browser.fill(&[("Team", "no team of ours")]);
        browser.press("Find", "Members");
        browser.reads("No team has the short name “no team of ours”.");
        browser.look("members-no-team");
        browser.fill(&[("Team", "")]);
        browser.press("Find", "Members");
        browser.follow("Mail bounced", "Members");
        assert!(is_listed(&browser, "Wen Zhao") && !is_listed(&browser, "Idris Bello"));

        browser.follow("Without access", "Members");
        browser.reads("Without access since 20");
        assert!(is_listed(&browser, "Never Here") && !is_listed(&browser, "Wen Zhao"));
        browser.look("members-without-access");
        browser.follow("Never Here", "Never Here");
        browser.go("Members", "Members");
        browser.follow("Mail bounced", "Members");
        browser.follow("Wen Zhao", "Wen Zhao");
        browser.go("Members", "Members");
        browser.follow("Without access", "Members");
        browser.fill(&[("Find a person", "nobody at all")]);
        browser.press("Find", "Members");
        browser.reads("Nobody like that");
        browser.look("members-nobody");
    });
}

#[test]
fn three_are_invited_of_whom_one_is_no_address() {
    Stage::walk(|stage| {
        let browser = stage.owner();
        browser.go("Members", "Members");
        browser.follow("Invite by hand", "Invite by hand");
        browser.look("members-invite-first");
        browser
            .fill(&[("E-mail addresses", "idris.bello@example.com, wen.zhao@example.com, not an address")]);
        browser.press("Show what becomes of them", "Invite by hand");
        browser.reads("This is not an e-mail address");
        browser.look("members-invite-preview");
        browser.press("Invite 2 as Member", "Members");
        browser.reads("They are invited.");
        assert!(
            is_listed(&browser, "idris.bello@example.com") && is_listed(&browser, "wen.zhao@example.com")
        );
        browser.look("members-invited");
        stage.run(&[
            "org",
            "update",
            "lantern",
            "--inviters",
            "nobody",
            "--inviters-note",
            "Ask the help desk.",
        ]);
        browser.reload("Members");
        browser.reads("Nobody is invited by hand here. Ask the help desk.");
        browser.look("members-not-inviting");
    });
}
