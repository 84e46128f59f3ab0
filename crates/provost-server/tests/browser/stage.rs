//! Where a walk takes place: its own server, just started for the first time, browsers, and the first steps that most
//! walks share.

use crate::browser::Browser;
use crate::driver::Driver;
use crate::{Mode, PROVOST};
use provost_testing::authority::Authority;
use provost_testing::front::Front;
use provost_testing::program::Server;
use provost_testing::sink::{Manner, Sink};

pub(crate) const NAME: &str = "Ines Falk";
pub(crate) const EMAIL: &str = "ines.falk@example.com";
pub(crate) const PASSWORD: &str = "lanterns over the harbour";

/// The fields on the page of a future owner, with the answers.
pub(crate) const OWNER: [(&str, &str); 5] = [
    ("Your name", NAME),
    ("E-mail address", EMAIL),
    ("Password", PASSWORD),
    ("Organisation", "Lantern Works"),
    ("Short name", "lantern"),
];

pub(crate) struct Stage<'a> {
    driver: &'a Driver,
    mode: Mode,
    pub(crate) server: Server,
    /// Where people reach it: `http://127.0.0.1:PORT`, or the address of what is before it.
    origin: String,
}

impl Stage<'_> {
    /// Walks in every mode.
    pub(crate) fn walk(scenario: impl Fn(&mut Stage<'_>)) {
        let driver = Driver::start();
        for mode in Mode::ALL {
            println!("{mode:?}");
            scenario(&mut Stage::before(&driver, mode, PROVOST.start()));
        }
    }

    /// Walks in one mode, with a given server.
    pub(crate) fn walk_once(mode: Mode, server: Server, scenario: impl Fn(&mut Stage<'_>)) {
        let driver = Driver::start();
        scenario(&mut Stage::before(&driver, mode, server));
    }

    /// Walks in one mode at the https address before a server, in browsers that trust its authority.
    pub(crate) fn walk_encrypted(
        authority: &Authority,
        front: &Front,
        server: Server,
        scenario: impl Fn(&mut Stage<'_>),
    ) {
        let driver = Driver::start_trusting(authority);
        front.lead_to(&server.address);
        let before = Stage::before(&driver, Mode::ALL[0], server);
        scenario(&mut Stage { origin: front.url.clone(), ..before });
    }

    /// Walks in every mode, with a mail server.
    pub(crate) fn walk_with_mail(scenario: impl Fn(&mut Stage<'_>, &Sink)) {
        let driver = Driver::start();
        for mode in Mode::ALL {
            println!("{mode:?}");
            let (sink, folder) = (Sink::start(Manner::default()), PROVOST.install());
            let lines = format!("smtp = \"{}\"\nmail-from = \"no-reply@provost.example\"\n", sink.url());
            folder.write("provost.toml", &lines);
            let server = Server::start_in(&folder, &[]);
            scenario(&mut Stage::before(&driver, mode, server), &sink);
        }
    }

    fn before(driver: &Driver, mode: Mode, server: Server) -> Stage<'_> {
        let origin = format!("http://{}", server.address);
        Stage { driver, mode, server, origin }
    }

    /// A browser that has never been here.
    pub(crate) fn browser(&self) -> Browser {
        Browser::start(&self.driver.address, self.mode, &self.origin)
    }

    /// The browser of Ines, who has made herself owner of the first organisation.
    pub(crate) fn owner(&self) -> Browser {
        let browser = self.browser();
        browser.open(&self.link(&["setup-link"]), "Make the first owner");
        browser.fill(&OWNER);
        browser.press("Make owner and sign in", "Lantern Works");
        browser
    }

    /// Another browser in which she is signed in.
    pub(crate) fn owner_elsewhere(&self) -> Browser {
        let browser = self.browser();
        browser.open("/login/", "Sign in");
        browser.sign_in(PASSWORD, "Lantern Works");
        browser
    }

    /// Runs a command of the operator.
    pub(crate) fn run(&self, arguments: &[&str]) -> String {
        let done = self.server.folder.run(arguments);
        assert_eq!(done.code(), 0, "{}", done.stderr());
        done.stdout().trim().to_owned()
    }

    /// The path of a link that a command prints: the command does not know on which port this server listens.
    pub(crate) fn link(&self, arguments: &[&str]) -> String {
        let url = self.run(arguments);
        let path = url.splitn(4, '/').nth(3).expect("a path");
        format!("/{path}")
    }
}

impl Browser {
    /// Signs in as Ines on the sign-in page, and waits for the page with this heading.
    pub(crate) fn sign_in(&self, password: &str, heading: &str) {
        self.fill(&[("E-mail address", EMAIL), ("Password", password)]);
        self.press("Sign in", heading);
    }
}
