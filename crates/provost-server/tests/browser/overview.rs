//! The overview of a new organisation, of one that needs attention, and of one where everything works.

use crate::Stage;
use provost_testing::json::user;

#[test]
fn an_organisation_says_how_it_stands() {
    Stage::walk(|stage| {
        let browser = stage.owner();
        browser.reads("First steps");
        browser.look("overview-new");

        let write = |name: &str| stage.server.ask("POST", "/Users", Some(&user(name))).status;
        for name in ["maren.okafor@example.com", "idris.bello@example.com", "sofia.brandt@example.com"] {
            assert_eq!(write(name), 201);
        }
        assert_eq!(write("SOFIA.BRANDT@example.com"), 409);
        let ends =
            "UPDATE token SET expires = (SELECT max(created) FROM token) + 1040000000, label = 'entra-2025'";
        stage.server.folder.execute(ends);
        stage.server.folder.execute("UPDATE membership SET shown = 'bounced' WHERE state <> 'joined'");
        browser.comes_to_read("1 change from Entra was refused in the last 7 days");
        browser.reads("Working, and 4 things need you");
        browser.reads("ends in 12 days");
        browser.look("overview-needs-you");
        browser.follow("See who", "Members");
        browser.reads("Mail bounced");
        browser.go("Overview", "Lantern Works");
        browser.follow("Rotate the token", "Auth");

        stage.server.folder.execute("UPDATE token SET revoked = 1");
        browser.go("Overview", "Lantern Works");
        browser.comes_to_read("One thing does not work, and 3 others need you");
        browser.look("overview-wrong");

        stage.server.folder.execute("UPDATE token SET revoked = NULL, expires = NULL");
        stage.server.folder.execute("UPDATE membership SET shown = 'joined'");
        stage.server.folder.execute("DELETE FROM outbox");
        stage.server.folder.execute("DELETE FROM hourly");
        browser.comes_to_read("Everything works");
        browser.reads("There is only one owner");
        browser.look("overview-works");

        stage.server.folder.execute("UPDATE membership SET role = 'member' WHERE role = 'owner'");
        browser.reload("Lantern Works");
        browser.reads("Your own page says which teams you are in");
        browser.look("overview-own");
        browser.follow("Your own page", "Ines Falk");
    });
}
