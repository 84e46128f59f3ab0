//! An administrator's whole way, from the first start to people who come and go, using only pages and mails: nothing is
//! set by a command or in the database.

use crate::browser::Browser;
use crate::entra::{assign, assign_again, assign_group, object, test_connection, unassign};
use crate::invited::path;
use crate::mode::Mode;
use crate::stage::{EMAIL, NAME, OWNER, PASSWORD};
use crate::{ON_POSTGRES, PROVOST, Stage};
use provost_testing::authority::Authority;
use provost_testing::balancer::Balancer;
use provost_testing::program::{Installation, Program, Server};
use provost_testing::provider::{self, Desk};
use provost_testing::sink::{Mail, Manner, Sink};
use provost_testing::site::{Answering, Site};

const HOME: &str = "/settings/lantern/";
const ENTRA: &str = "Continue with Microsoft Entra ID";
/// The people whom Entra assigns: object id, address, name.
const MAREN: (u8, &str, [&str; 2]) = (2, "maren.okafor@example.com", ["Maren", "Okafor"]);
const RAVI: (u8, &str, [&str; 2]) = (3, "ravi.sandhu@example.com", ["Ravi", "Sandhu"]);
const IDRIS: (u8, &str, [&str; 2]) = (4, "idris.bello@example.com", ["Idris", "Bello"]);
const THEO: (u8, &str, [&str; 2]) = (5, "theo.marsh@example.com", ["Theo", "Marsh"]);

/// What surrounds the server: mail, and the identity provider's pages and metadata.
struct Around {
    sink: Sink,
    desk: Desk,
    metadata: Site,
    authority: Authority,
}

impl Around {
    fn new() -> Self {
        let desk = Desk::start(&object(1), EMAIL, ["Ines", "Falk"]);
        let authority = Authority::new();
        let text = provider::metadata(&desk.url).into_bytes();
        let metadata = Site::start(&authority, "127.0.0.1", Answering::With(text));
        Self { sink: Sink::start(Manner::default()), desk, metadata, authority }
    }

    /// A folder to start in.
    fn install(&self, program: Program) -> Installation {
        let folder = program.install();
        folder.write("ca.pem", &self.authority.pem());
        let lines = format!(
            "smtp = \"{}\"\nmail-from = \"no-reply@provost.example\"\noutbound-allow = [\"127.0.0.1\"]\noutbound-ca = \"ca.pem\"\n",
            self.sink.url()
        );
        folder.write("provost.toml", &lines);
        folder
    }

    /// Signs somebody in through the identity provider, from a page that offers it, and waits for the page with this
    /// heading.
    fn sign_in(&self, browser: &Browser, (number, email, name): (u8, &str, [&str; 2]), heading: &str) {
        self.desk.seat(&object(number), email, name);
        browser.follow(ENTRA, "Sign in to Contoso");
        browser.press(&format!("Continue as {}", name[0]), heading);
    }

    fn mails_to(&self, email: &str) -> Vec<Mail> {
        let is_to = |mail: &Mail| mail.header("To").is_some_and(|to| to.contains(email));
        self.sink.mails().into_iter().filter(is_to).collect()
    }
}

fn assigned(stage: &Stage<'_>, (number, email, name): (u8, &str, [&str; 2])) -> String {
    assign(stage, &object(number), email, &name.join(" "))
}

/// A first start with SCIM off, by an operator who leaves the set-up to the owners.
#[test]
fn an_administrator_sets_it_up_and_people_come_and_go() {
    let around = Around::new();
    let server = Server::start_in(&around.install(PROVOST), &["--scim", "off"]);
    Stage::walk_once(Mode::ALL[0], server, |stage| whole_way(stage, &around));
}

/// The same with two replicas on PostgreSQL behind one address, on a phone without script.
#[test]
fn two_replicas_are_one_for_everybody() {
    let (around, balancer) = (Around::new(), Balancer::new());
    let folder = around.install(ON_POSTGRES);
    let url = format!("http://{}", balancer.address);
    let mut first = Server::start_in(&folder, &["--scim", "off", "--public-url", &url]);
    let second = Server::start_in(&folder, &["--public-url", &url]);
    balancer.add(&first.address);
    balancer.add(&second.address);
    first.address.clone_from(&balancer.address);
    Stage::walk_once(Mode::ALL[3], first, |stage| whole_way(stage, &around));
}

/// The set-up link makes the owner and the organisation.
fn first_owner(stage: &mut Stage<'_>) -> Browser {
    let ines = stage.browser();
    let greeting = stage.server.greeting();
    let link = greeting.split_whitespace().find(|word| word.contains("/setup/")).expect("a link");
    ines.open(link, "Make the first owner");
    ines.fill(&OWNER);
    ines.press("Make owner and sign in", "Lantern Works");
    ines
}

/// SCIM is enabled, and turns green.
fn enable_scim(stage: &mut Stage<'_>, ines: &Browser) {
    ines.go("Auth", "Auth");
    ines.reads("SCIM is off");
    ines.choose("Microsoft Entra ID (Azure AD)");
    ines.press("Enable SCIM", "Auth");
    stage.server.token = ines.text_of("[data-secret]");
    assert!(ines.value("Tenant URL").ends_with("/scim/v2"), "{}", ines.value("Tenant URL"));
    test_connection(stage);
    ines.comes_to_read("Connected to Microsoft Entra ID");
}

/// Her membership by hand and the directory's are merged.
fn merge(ines: &Browser) {
    ines.go("Members", "Members");
    ines.follow(&format!("Possible match of {NAME}"), NAME);
    ines.follow("See what a merge would do", "Merge two memberships");
    ines.fill(&[("Your password", PASSWORD)]);
    ines.press("Merge into one", NAME);
}

/// The order of the guide: single sign-on while SCIM is off, then provisioning.
#[test]
fn single_sign_on_comes_first() {
    let around = Around::new();
    let server = Server::start_in(&around.install(PROVOST), &["--scim", "off"]);
    Stage::walk_once(Mode::ALL[1], server, |stage| {
        let ines = first_owner(stage);
        set_up(&ines, &around);
        ines.choose("Just-in-time members");
        ines.press("Save Settings", "Single sign-on");
        ines.look("sso-just-in-time");
        ines.go("Auth", "Auth");
        ines.reads("Just-in-time members end with it");
        ines.look("auth-off-just-in-time");
        enable_scim(stage, &ines);
        // she assigned herself, as the guide says; after the merge she appears once
        assign(stage, &object(1), EMAIL, NAME);
        let idris = assigned(stage, IDRIS);
        assign_group(stage, "Platform", &[&idris]);
        drop(around.sink.wait_for(1));
        assert_eq!(around.mails_to(EMAIL).len(), 0);
        merge(&ines);
        ines.go("Members", "Members");
        let list = ines.text_of("main");
        assert!(list.matches(EMAIL).count() == 1 && !list.contains("Possible match"), "{list}");
        // and still signs in as the same person, as do those who were assigned
        for (person, name) in [((1, EMAIL, ["Ines", "Falk"]), NAME), (IDRIS, "Idris Bello")] {
            let browser = stage.browser();
            browser.open("/login/?org=lantern", "Sign in to Lantern Works");
            around.sign_in(&browser, person, "Lantern Works");
            browser.open("/account/", name);
        }
    });
}

fn whole_way(stage: &mut Stage<'_>, around: &Around) {
    // 1 and 2
    let ines = first_owner(stage);
    enable_scim(stage, &ines);

    // 3: a cycle in which she herself is assigned
    let own = assign(stage, &object(1), EMAIL, NAME);
    let (maren, ravi) = (assigned(stage, MAREN), assigned(stage, RAVI));
    let idris = assigned(stage, IDRIS);
    assign_group(stage, "Platform", &[&own, &maren, &ravi, &idris]);
    ines.go("Teams", "Teams");
    ines.follow("Platform", "Platform");
    ines.reads("Ravi Sandhu");
    ines.go("Members", "Members");
    for (_, _, name) in [MAREN, RAVI, IDRIS] {
        ines.reads(&name.join(" "));
    }
    drop(around.sink.wait_for(3));
    for (_, email, _) in [MAREN, RAVI, IDRIS] {
        assert_eq!(around.mails_to(email).len(), 1, "{email}");
    }
    assert_eq!(around.mails_to(EMAIL).len(), 0, "a possible match is merged, and not invited");
    merge(&ines);

    // 4: the first person joins by the mail, with a password
    let first = stage.browser();
    first.open(&path(&around.mails_to(MAREN.1).remove(0), "accept"), "Join Lantern Works");
    first.fill(&[("Your name", "Maren Okafor"), ("Password", PASSWORD)]);
    first.press("Join Lantern Works", "Lantern Works");
    ines.go("Members", "Members");
    ines.follow("Maren Okafor", "Maren Okafor");
    ines.reads("Joined");

    set_up(&ines, around);
    // 6: the second comes by the Login URL, without reading the mail
    let second = stage.browser();
    second.open("/login/?org=lantern", "Sign in to Lantern Works");
    around.sign_in(&second, RAVI, "Lantern Works");
    second.follow("Your own page", "Ravi Sandhu");
    second.reads("Platform");

    ines.go("Members", "Members");
    ines.follow("Ravi Sandhu", "Ravi Sandhu");
    ines.reads("Known at Microsoft Entra ID: linked by the directory");
    ines.look("member-linked");

    require(stage, around, &first);
    come_and_go(stage, around, &ines, &second, &ravi);
}

/// 5: the five values can be copied; metadata by its address, attributes, a test, and on.
fn set_up(ines: &Browser, around: &Around) {
    ines.go("Auth", "Auth");
    ines.follow("Single sign-on", "Set up single sign-on");
    for (label, end) in [
        ("Identifier (Entity ID)", "/saml/metadata/lantern/"),
        ("Reply URL (Assertion Consumer Service URL)", "/saml/acs/lantern/"),
        ("Sign on URL", "/auth/login/lantern/"),
        ("Relay State", "/settings/lantern/"),
        ("Logout Url", "/saml/sls/lantern/"),
    ] {
        assert!(ines.value(label).ends_with(end), "{label}: {}", ines.value(label));
    }
    let address = around.metadata.url("127.0.0.1", "/federationmetadata.xml?appid=1");
    ines.fill(&[("App Federation Metadata Url", &address)]);
    ines.press("Get Metadata", "Set up single sign-on");
    ines.reads(provider::TENANT);
    ines.press("Save, and go on to the test", "Set up single sign-on");
    ines.follow("Sign in as a test", "Sign in to Contoso");
    ines.press("Continue as Ines", "Test sign-in");
    ines.reads("It works");
    ines.follow("Go on to the last step", "Set up single sign-on");
    ines.fill(&[("Your password", PASSWORD)]);
    ines.press("Turn on single sign-on", "Single sign-on");
}

/// 7: the owner comes in through the identity provider, and requires it of everybody.
fn require(stage: &Stage<'_>, around: &Around, first: &Browser) {
    let ines = stage.browser();
    ines.open("/login/?org=lantern", "Sign in to Lantern Works");
    around.sign_in(&ines, (1, EMAIL, ["Ines", "Falk"]), "Lantern Works");
    ines.go("Auth", "Auth");
    ines.follow("Single sign-on", "Single sign-on");
    ines.pick("Default Role", "Manager");
    ines.choose("Require SSO");
    ines.pick("Emergency account", &format!("{NAME} ({EMAIL})"));
    ines.look("sso-to-require");
    ines.press("Save Settings", "Single sign-on");
    ines.reads("Single sign-on is required.");
    ines.look("sso-required");

    // the first person's password no longer opens it, and single sign-on leads to the same account
    first.open(HOME, "Sign in to Lantern Works");
    first.reads("Your password no longer opens it.");
    first.look("sign-in-required");
    around.sign_in(first, MAREN, "Lantern Works");
    first.open("/account/", "Maren Okafor");
    let again = stage.browser();
    again.open("/login/", "Sign in");
    again.fill(&[("E-mail address", MAREN.1), ("Password", PASSWORD)]);
    again.press("Sign in", "Sign in to Lantern Works");
    // the emergency account still can
    drop(stage.owner_elsewhere());

    // the mail of a newly assigned person leads there, and they have the Default Role
    assigned(stage, THEO);
    let deadline = std::time::Instant::now() + provost_testing::http::PATIENCE;
    while around.mails_to(THEO.1).is_empty() {
        assert!(std::time::Instant::now() < deadline, "no mail to {}", THEO.1);
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
    let mail = around.mails_to(THEO.1).remove(0).data;
    assert!(mail.contains("Sign in to Lantern Works") && !mail.contains("Choose a password"), "{mail}");
    let theo = stage.browser();
    theo.open(&path(&around.mails_to(THEO.1).remove(0), "accept"), "Join Lantern Works");
    theo.look("invitation-required");
    around.sign_in(&theo, THEO, "Join Lantern Works");
    theo.reads("Your company signed you in as Theo Marsh.");
    theo.reads("Manager");
    theo.look("sso-join");
    theo.press("Join Lantern Works", "Lantern Works");
}

/// 8 and 9: access ends at the next click, and comes back to the same account.
fn come_and_go(stage: &Stage<'_>, around: &Around, ines: &Browser, second: &Browser, ravi: &str) {
    let accounts = || stage.server.folder.texts("SELECT CAST(count(*) AS TEXT) AS text FROM account");
    let before = accounts();
    unassign(stage, ravi);
    second.open(HOME, "Sign in to Lantern Works");
    second.reads("You are no longer a member of this organisation");
    second.look("sign-in-lost-access");
    around.sign_in(second, RAVI, "Your access has ended");
    second.look("sso-ended");
    ines.go("Members", "Members");
    assert!(!ines.text_of("main").contains("Ravi Sandhu"), "{}", ines.text_of("main"));
    ines.go("Teams", "Teams");
    ines.follow("Platform", "Platform");
    ines.reads("1 of the people in the group has no access.");

    assign_again(stage, ravi);
    second.open("/login/?org=lantern", "Sign in to Lantern Works");
    around.sign_in(second, RAVI, "Lantern Works");
    // with the current Default Role
    second.go("Teams", "Teams");
    second.follow("Platform", "Platform");
    second.reads("Ravi Sandhu");
    second.open("/account/", "Ravi Sandhu");
    assert_eq!(accounts(), before);
}
