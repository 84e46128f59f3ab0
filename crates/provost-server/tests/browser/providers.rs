//! Single sign-on with two identity providers that others wrote, pysaml2 and samlp, in the shape of Entra: on another site, and both sides
//! over https, with certificates of an authority that all trust as they trust any other. `scripts/lib/providers` has them.

use crate::entra::{assign, object};
use crate::stage::{EMAIL, NAME, PASSWORD};
use crate::{PROVOST, Stage};
use provost_testing::authority::Authority;
use provost_testing::folder::Folder;
use provost_testing::front::Front;
use provost_testing::program::{Installation, Server};
use provost_testing::provider::{self, CLAIMS, MICROSOFT};
use serde_json::{Value, json};
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};

/// Another site than the server's.
const HOST: &str = "localhost";
const SERVER: &str = "127.0.0.1";
const RAVI: &str = "ravi.sandhu@example.com";

/// What it is made of.
#[derive(Debug, Clone, Copy)]
enum Made {
    OfPysaml2,
    OfSamlp,
}

impl Made {
    fn command(self) -> Command {
        let installed = std::env::var_os("PROVOST_TEST_PROVIDERS").map(PathBuf::from).expect(
            "PROVOST_TEST_PROVIDERS is not set: `source scripts/lib/browser.sh && browser_prepare` installs the identity providers and \
             sets it",
        );
        let sources = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../scripts/lib/providers");
        match self {
            Self::OfPysaml2 => {
                let mut command = Command::new(installed.join("venv/bin/python"));
                // it uses what its own libraries will give up some day
                command.env("PYTHONWARNINGS", "ignore").arg(sources.join("with_pysaml2.py"));
                command
            }
            Self::OfSamlp => {
                let mut command = Command::new("node");
                command.env("NODE_PATH", installed.join("node_modules")).arg(sources.join("with_samlp.js"));
                command
            }
        }
    }
}

/// A running one. Dropped, it is ended.
struct Provider {
    child: Child,
    /// Kept open, so that it may go on speaking.
    _says: BufReader<ChildStdout>,
    _folder: Folder,
    /// `https://localhost:PORT`
    origin: String,
}

impl Provider {
    /// Starts one that knows the application by this identifier, where it reads what that publishes about itself.
    fn start(made: Made, authority: &Authority, application: &str) -> Self {
        let folder = Folder::new();
        let [certificate, key] = authority.issue(HOST);
        folder.write("ca.pem", &authority.pem());
        folder.write("tls.pem", &certificate);
        folder.write("tls-key.pem", &key);
        folder.write("signing.pem", provider::CERTIFICATE);
        folder.write("signing-key.pem", provider::KEY);
        folder.write("setup.json", &setup(application).to_string());
        let mut command = made.command();
        command.env("NODE_EXTRA_CA_CERTS", folder.path("ca.pem"));
        let child = command.arg(folder.root()).stdin(Stdio::null()).stdout(Stdio::piped()).spawn();
        let mut child = child.unwrap_or_else(|e| panic!("{command:?} cannot be started: {e}"));
        let mut says = BufReader::new(child.stdout.take().expect("piped"));
        let mut line = String::new();
        says.read_line(&mut line).expect("a line");
        let port = line.trim().strip_prefix("listening on ").unwrap_or_else(|| panic!("it says {line:?}"));
        let origin = format!("https://{HOST}:{port}");
        Self { child, _says: says, _folder: folder, origin }
    }

    /// What Entra calls its *App Federation Metadata Url*.
    fn metadata(&self) -> String {
        format!("{}{}?appid={}", self.origin, path(METADATA), object(9))
    }

    /// Where somebody opens the application from, by their place in the list of people.
    fn tile(&self, person: u8) -> String {
        format!("{}{}?person={person}", self.origin, path("/tile"))
    }

    /// Where they sign out of everything.
    fn sign_out(&self, person: u8) -> String {
        format!("{}{}?person={person}", self.origin, path("/signout"))
    }
}

impl Drop for Provider {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

const METADATA: &str = "/federationmetadata/2007-06/federationmetadata.xml";

fn path(rest: &str) -> String {
    format!("/{}{rest}", provider::TENANT)
}

fn setup(application: &str) -> Value {
    json!({
        "host": HOST,
        "listen": "127.0.0.1",
        "entity_id": provider::ENTITY_ID,
        "application": application,
        "metadata_path": path(METADATA),
        "sign_in_path": path("/saml2"),
        "sign_out_path": path("/signout"),
        "tile_path": path("/tile"),
        "claims": {
            "tenantid": format!("{MICROSOFT}tenantid"),
            "objectidentifier": format!("{MICROSOFT}objectidentifier"),
            "name": format!("{CLAIMS}name"),
            "emailaddress": format!("{CLAIMS}emailaddress"),
            "givenname": format!("{CLAIMS}givenname"),
            "surname": format!("{CLAIMS}surname"),
        },
        // the second is signed as Entra's *Sign SAML response and assertion* does it, the others by its default
        "people": [
            person(1, EMAIL, ["Ines", "Falk"], false),
            person(3, RAVI, ["Ravi", "Sandhu"], true),
            person(5, "theo.marsh@example.com", ["Theo", "Marsh"], false),
        ],
    })
}

fn person(number: u8, email: &str, [given, family]: [&str; 2], signs_both: bool) -> Value {
    json!({
        "name_id": format!("pairwise-{number}-of-this-application"),
        "signs_both": signs_both,
        "tenantid": provider::TENANT,
        "objectidentifier": object(number),
        "name": email,
        "emailaddress": email,
        "givenname": given,
        "surname": family,
    })
}

fn install(authority: &Authority) -> Installation {
    let folder = PROVOST.install();
    folder.write("ca.pem", &authority.pem());
    folder.write("provost.toml", "outbound-allow = [\"127.0.0.1\", \"::1\"]\noutbound-ca = \"ca.pem\"\n");
    folder
}

#[test]
fn pysaml2_signs_people_in() {
    signs_people_in(Made::OfPysaml2);
}

#[test]
fn samlp_signs_people_in() {
    signs_people_in(Made::OfSamlp);
}

fn signs_people_in(made: Made) {
    let authority = Authority::new();
    let front = Front::new(&authority, SERVER);
    let server = Server::start_in(&install(&authority), &["--public-url", &front.url]);
    Stage::walk_encrypted(&authority, &front, server, |stage| {
        let ines = stage.owner();
        ines.go("Auth", "Auth");
        ines.follow("Single sign-on", "Set up single sign-on");
        let provider = Provider::start(made, &authority, &ines.value("Identifier (Entity ID)"));

        // its metadata by address, the attributes that fit Entra, a test, and on
        ines.fill(&[("App Federation Metadata Url", &provider.metadata())]);
        ines.press("Get Metadata", "Set up single sign-on");
        ines.reads(provider::TENANT);
        let claims = ["IdP User ID", "User Email", "First Name", "Last Name"].map(|label| ines.field(label));
        let of_entra = [
            (MICROSOFT, "objectidentifier"),
            (CLAIMS, "emailaddress"),
            (CLAIMS, "givenname"),
            (CLAIMS, "surname"),
        ];
        assert_eq!(claims, of_entra.map(|(space, name)| format!("{space}{name}")));
        ines.press("Save, and go on to the test", "Set up single sign-on");
        ines.follow("Sign in as a test", "Sign in to Contoso");
        ines.press("Continue as Ines", "Test sign-in");
        ines.reads("It works");
        ines.follow("Go on to the last step", "Set up single sign-on");
        ines.fill(&[("Your password", PASSWORD)]);
        ines.press("Turn on single sign-on", "Single sign-on");
        let login_url = ines.value("Login URL");

        // whom SCIM brought comes in by the Login URL, and is linked
        assign(stage, &object(3), RAVI, "Ravi Sandhu");
        let ravi = stage.browser();
        ravi.open(&login_url, "Sign in to Contoso");
        ravi.press("Continue as Ravi", "Lantern Works");
        ravi.open("/account/", "Ravi Sandhu");
        ines.go("Members", "Members");
        ines.follow("Ravi Sandhu", "Ravi Sandhu");
        ines.reads("Known at Microsoft Entra ID: linked by the directory");

        // what nobody asked for signs nobody in: it begins a sign-in that somebody did ask for
        let elsewhere = stage.browser();
        elsewhere.open(&provider.tile(0), "Sign in to Contoso");
        elsewhere.press("Continue as Ines", "Lantern Works");
        elsewhere.open("/account/", NAME);
        let stranger = stage.browser();
        stranger.open(&login_url, "Sign in to Contoso");
        stranger.press("Continue as Theo", "You are not known here yet");

        // what it signs ends his session in another browser, and nobody else's, and it understands the answer
        stranger.open(&provider.sign_out(1), "You are signed out of Contoso");
        ravi.open("/settings/lantern/", "Sign in to Lantern Works");
        elsewhere.open("/account/", NAME);
    });
}
