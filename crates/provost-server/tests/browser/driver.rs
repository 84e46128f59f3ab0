//! The program between a test and its browsers, and its commands beyond WebDriver.

use fantoccini::wd::WebDriverCompatibleCommand;
use http::Method;
use provost_testing::authority::Authority;
use provost_testing::folder::Folder;
use serde_json::{Value, json};
use std::io::{BufRead, BufReader, Read};
use std::process::{Child, ChildStdout, Command, Stdio};
use url::{ParseError, Url};

/// A running chromedriver, on its own port. It ends when dropped.
pub(crate) struct Driver {
    child: Child,
    /// Kept open, so that chromedriver can go on writing.
    _says: BufReader<ChildStdout>,
    /// `127.0.0.1:PORT`
    pub(crate) address: String,
    /// The home folder in which its browsers find additional trusted authorities.
    _home: Option<Folder>,
}

impl Driver {
    pub(crate) fn start() -> Self {
        Self::start_with(None)
    }

    /// Its browsers belong to somebody who trusts this authority besides the usual ones.
    pub(crate) fn start_trusting(authority: &Authority) -> Self {
        let home = Folder::new();
        home.write("ca.pem", &authority.pem());
        let database = home.path(".pki/nssdb");
        std::fs::create_dir_all(&database).expect("a folder");
        let (database, file) = (format!("sql:{}", database.display()), home.file("ca.pem"));
        for arguments in
            [["-N", "--empty-password"].as_slice(), &["-A", "-n", "authority", "-t", "C,,", "-i", &file]]
        {
            let done = Command::new("certutil").args(["-d", &database]).args(arguments).status();
            let done = done.unwrap_or_else(|e| {
                panic!("certutil cannot be started ({e}): it is in Debian's package libnss3-tools")
            });
            assert!(done.success(), "certutil {arguments:?}");
        }
        Self::start_with(Some(home))
    }

    fn start_with(home: Option<Folder>) -> Self {
        // it chooses a port for IPv4 and then takes the same one for IPv6, where a connection of another test may be
        const TRIES: usize = 5;
        for _ in 0..TRIES {
            let (mut child, mut says) = spawn(home.as_ref());
            let started = says.by_ref().lines().map_while(Result::ok).find_map(|line| {
                let port = line.strip_prefix("ChromeDriver was started successfully on port ")?;
                Some(format!("127.0.0.1:{}", port.trim_end_matches('.')))
            });
            if let Some(address) = started {
                return Self { child, _says: says, address, _home: home };
            }
            child.wait().expect("it has ended");
        }
        panic!("chromedriver does not say where it listens");
    }
}

fn spawn(home: Option<&Folder>) -> (Child, BufReader<ChildStdout>) {
    let mut command = Command::new("chromedriver");
    if let Some(home) = home {
        command.env("HOME", home.root());
    }
    let child = command.arg("--port=0").stdin(Stdio::null()).stdout(Stdio::piped()).spawn();
    let mut child = child.unwrap_or_else(|e| {
        panic!("chromedriver cannot be started ({e}): `source scripts/lib/browser.sh && browser_prepare` installs it")
    });
    let says = BufReader::new(child.stdout.take().expect("piped"));
    (child, says)
}

impl Drop for Driver {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

/// A command that only Chromium's driver has.
#[derive(Debug)]
pub(crate) struct Extra {
    path: &'static str,
    body: Value,
}

impl Extra {
    /// A command of the Chrome DevTools Protocol.
    pub(crate) fn tools(name: &str, parameters: &Value) -> Self {
        Self { path: "goog/cdp/execute", body: json!({ "cmd": name, "params": parameters }) }
    }

    /// The console messages since the last call.
    pub(crate) fn console() -> Self {
        Self { path: "se/log", body: json!({ "type": "browser" }) }
    }
}

impl WebDriverCompatibleCommand for Extra {
    fn endpoint(&self, base: &Url, session: Option<&str>) -> Result<Url, ParseError> {
        base.join(&format!("session/{}/{}", session.unwrap_or_default(), self.path))
    }

    fn method_and_body(&self, _url: &Url) -> (Method, Option<String>) {
        (Method::POST, Some(self.body.to_string()))
    }
}
