//! A membership that goes over to another account: as whom the identity provider opens it from then on.

use crate::console::{Browser, PASSWORD, link};
use crate::member_acts::joined;
use crate::member_page::read;
use crate::sso_setup::{HOME, JOIN, LOGIN, OTHER, THIRD, on, run, went};
use crate::sso_without::{came, known_as, printed, through};

const BO: &str = "bo@example.com";

/// The account that has the address was a member here before, linked to another sign-in there. Whose place it is opens it from then on,
/// and nobody else: of a user of the directory, and of somebody by hand.
///
/// Seen to fail: with the link that the former member had.
#[test]
fn a_membership_that_goes_over_is_opened_by_whose_it_is() {
    for is_by_hand in [false, true] {
        let (s, _) = on();
        let mut leaver = joined(&s, BO, "member");
        assert_eq!(went(&through(&mut leaver, "/auth/link/lantern/", THIRD)), "/auth/linked/lantern/");
        let form = leaver.form();
        let linked = leaver.post("/auth/linked/lantern/", &[("form", &form), ("password", PASSWORD)]);
        assert_eq!(went(&linked), "/account/?done=linked");
        let theirs = known_as(&s, THIRD);
        run(&s, &["members", "remove", BO, "--org", "lantern"]);
        let mut newcomer = if is_by_hand {
            run(&s, &["members", "invite", BO, "--role", "member", "--org", "lantern"]);
            let invited = link(&s.folder, &["members", "resend", BO, "--print-link", "--org", "lantern"]);
            let invited = invited.lines().next_back().expect("a line");
            let mut newcomer = Browser::on(&s);
            assert_eq!(went(&through(&mut newcomer, &format!("{invited}sign-on/"), OTHER)), JOIN);
            assert_eq!(went(&newcomer.post(JOIN, &[("do", "new")])), HOME);
            newcomer
        } else {
            came(&s, "bo", OTHER).1
        };
        let before = known_as(&s, OTHER);
        assert!(before != theirs && newcomer.is_signed_in());
        // as if it were off, but with the session
        s.folder.execute("UPDATE sso_connection SET state = 'tested' WHERE state = 'on'");
        let path = printed(&s, BO);
        // it may be the next person who has the address
        let page = read(&Browser::on(&s).get(&path).body);
        assert!(page.contains("an address can pass from somebody who left"), "{page}");
        let form = leaver.form();
        assert_eq!(went(&leaver.post(&path, &[("form", &form), ("do", "me")])), HOME);
        s.folder.execute("UPDATE sso_connection SET state = 'on' WHERE state = 'tested'");
        assert!(known_as(&s, THIRD).is_empty(), "by hand: {is_by_hand}");
        assert_eq!(known_as(&s, OTHER), theirs, "by hand: {is_by_hand}");
        assert!(!newcomer.is_signed_in());
        assert_eq!(through(&mut Browser::on(&s), LOGIN, THIRD).status, 403);
        assert_eq!(went(&through(&mut Browser::on(&s), LOGIN, OTHER)), HOME);
        let trail = s.folder.run(&["audit", "list", "--org", "lantern", "--json"]).stdout();
        for said in ["\"sessionsEnded\": 1", "\"unlinked\": 1"] {
            assert!(trail.contains(said), "{said}: {trail}");
        }
        let checked = s.folder.run(&["check"]);
        assert_eq!(checked.code(), 0, "{}{}", checked.stdout(), checked.stderr());
    }
}
