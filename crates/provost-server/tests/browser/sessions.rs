//! Sessions ended from another browser.

use crate::Stage;
use crate::stage::{NAME, PASSWORD};

/// Seen to fail: with a sign-in page that does not say why a session ended.
#[test]
fn ended_from_elsewhere() {
    Stage::walk(|stage| {
        let (here, there) = (stage.owner(), stage.owner_elsewhere());
        here.go("Account and sessions", NAME);
        here.look("account-two-sessions");
        here.press("End all others", NAME);
        there.go("Account and sessions", "Sign in");
        there.reads("This session was ended from another browser.");
        there.look("sign-in-ended");

        // and back to the page she wanted
        there.sign_in(PASSWORD, NAME);
        there.press("End the session from 127.0.0.1", NAME);
        here.go("Organisations", "Sign in");
        here.reads("This session was ended from another browser.");
        there.go("Organisations", "Lantern Works");
    });
}
