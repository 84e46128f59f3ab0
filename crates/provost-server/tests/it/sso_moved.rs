//! A server moves to another public URL while the identity provider still has the old values.

use crate::sso_setup::on;
use provost_testing::program::Server;

/// Seen to fail: with values of the old address that nobody checks, and with those of a disabled organisation reported.
#[test]
fn values_of_another_public_url_are_told_of() {
    let (s, _) = on();
    let before = format!("http://{}", s.address);
    let folder = s.kill();
    let told = |url: &str| {
        let mut command = folder.command(&["doctor"]);
        command.env("PROVOST_PUBLIC_URL", url);
        let output = command.output().expect("runs");
        String::from_utf8(output.stdout).expect("text")
    };
    let moved = format!(
        "single sign-on of lantern was tested at `{before}`, and the identity provider has values of that address, such as \
         `{before}/saml/acs/lantern/`; this server is at `https://new.example.com`"
    );
    let doctor = told("https://new.example.com");
    assert!(doctor.contains(&format!("wrong  sso-values     {moved}\n")), "{doctor}");
    assert!(told(&before).contains("fine   sso-values"), "{}", told(&before));
    // where this server's address is not known, nothing is said
    let unset = folder.run(&["doctor"]).stdout();
    assert!(!unset.contains("sso-values"), "{unset}");
    assert_eq!(folder.run(&["org", "disable", "lantern", "--yes"]).code(), 0);
    let off = told("https://new.example.com");
    assert!(off.contains("fine   sso-values"), "{off}");
    assert_eq!(folder.run(&["org", "enable", "lantern"]).code(), 0);
    let logged = Server::start_in(&folder, &["--public-url", "https://new.example.com"]).stop();
    assert!(logged.contains(&moved) && logged.contains("`--public-url`"), "{logged}");
}
