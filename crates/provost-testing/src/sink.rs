//! A mail server that takes mail, or does whatever a test tells it.
//!
//! ```no_run
//! # use provost_testing::sink::{Manner, Sink, Step, Turn};
//! let sink = Sink::start(Manner::default().doing(Step::Recipient, [Turn::say("451 4.7.1 later")]));
//! // hand a mail to `sink.url()`, with mail-from and no user: the first try is told to come again
//! let mail = sink.wait_for(1).remove(0);
//! assert_eq!(mail.to, ["ann@example.com"]);
//! ```

mod talk;

use crate::authority::Authority;
use crate::http::PATIENCE;
use std::collections::{HashMap, VecDeque};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};
use tokio_rustls::rustls::ServerConfig;

/// The last thing that a client did, which is to be answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Step {
    /// Connected.
    Connect,
    /// EHLO.
    Hello,
    /// STARTTLS.
    StartTls,
    /// AUTH, with the password.
    SignIn,
    /// MAIL FROM.
    Sender,
    /// RCPT TO.
    Recipient,
    /// DATA.
    Data,
    /// The mail itself, up to its last dot.
    Mail,
}

/// What to do instead of the usual answer.
#[derive(Debug, Clone)]
pub enum Turn {
    /// Answers with these lines.
    Say(String),
    /// Gives the usual answer, after a while.
    Late(Duration),
    /// Closes the connection. After [`Step::Mail`] the mail still counts as taken, but the client is not told.
    Drop,
    /// Gives the usual answer.
    Usual,
}

impl Turn {
    /// A one-line answer.
    pub fn say(text: &str) -> Self {
        Self::Say(format!("{text}\r\n"))
    }
}

/// How a server behaves.
#[derive(Debug, Clone)]
pub struct Manner {
    offers: Vec<String>,
    turns: HashMap<Step, VecDeque<Turn>>,
    always: HashMap<Step, Turn>,
    tls: Option<Arc<ServerConfig>>,
    is_encrypted_at_once: bool,
    user: Option<(String, String)>,
}

/// Takes every mail, and offers what most servers do.
impl Default for Manner {
    fn default() -> Self {
        Self {
            offers: ["8BITMIME", "SMTPUTF8", "PIPELINING", "ENHANCEDSTATUSCODES"].map(str::to_owned).to_vec(),
            turns: HashMap::new(),
            always: HashMap::new(),
            tls: None,
            is_encrypted_at_once: false,
            user: None,
        }
    }
}

impl Manner {
    /// Offers only these extensions, besides STARTTLS and AUTH if set.
    #[must_use]
    pub fn offering(mut self, offers: &[&str]) -> Self {
        self.offers = offers.iter().map(|offer| (*offer).to_owned()).collect();
        self
    }

    /// What to do the next times that a client takes this step, one after another; then the usual.
    #[must_use]
    pub fn doing(mut self, step: Step, turns: impl IntoIterator<Item = Turn>) -> Self {
        self.turns.entry(step).or_default().extend(turns);
        self
    }

    /// What to do each time that a client takes this step.
    #[must_use]
    pub fn always(mut self, step: Step, turn: Turn) -> Self {
        self.always.insert(step, turn);
        self
    }

    /// Offers STARTTLS with a certificate for this host.
    #[must_use]
    pub fn starttls(mut self, authority: &Authority, host: &str) -> Self {
        self.tls = Some(authority.server(host));
        self
    }

    /// Speaks TLS from the first byte.
    #[must_use]
    pub fn tls(mut self, authority: &Authority, host: &str) -> Self {
        self.is_encrypted_at_once = true;
        self.starttls(authority, host)
    }

    /// Only takes mail from this user.
    #[must_use]
    pub fn user(mut self, name: &str, password: &str) -> Self {
        self.user = Some((name.to_owned(), password.to_owned()));
        self
    }
}

/// A mail that was taken.
#[derive(Debug, Clone, Default)]
pub struct Mail {
    /// The address in MAIL FROM.
    pub from: String,
    /// The parameters after it.
    pub parameters: String,
    /// The addresses in RCPT TO.
    pub to: Vec<String>,
    /// Headers and body, with doubled dots undone.
    pub data: String,
    /// Whether the connection was encrypted.
    pub is_encrypted: bool,
    /// The user who had signed in.
    pub user: Option<String>,
    /// How many connections there had been before its own.
    pub connection: usize,
}

impl Mail {
    /// The value of a header, unfolded but not decoded.
    pub fn header(&self, name: &str) -> Option<String> {
        let head = self
            .data
            .split("\r\n\r\n")
            .next()
            .unwrap_or_default()
            .replace("\r\n ", " ")
            .replace("\r\n\t", " ");
        let value = head.lines().find_map(|line| line.strip_prefix(&format!("{name}: ")).map(str::to_owned));
        value.map(|value| value.trim().to_owned())
    }
}

#[derive(Debug, Default)]
struct State {
    mails: Vec<Mail>,
    heard: Vec<String>,
    connections: Vec<TcpStream>,
    count: usize,
    is_down: bool,
}

/// A running server. It stops when dropped.
#[derive(Debug)]
pub struct Sink {
    address: SocketAddr,
    manner: Arc<Mutex<Manner>>,
    state: Arc<Mutex<State>>,
    accepting: Option<JoinHandle<()>>,
}

impl Sink {
    /// On a free port.
    pub fn start(manner: Manner) -> Self {
        Self::start_at("127.0.0.1:0".parse().expect("an address"), manner)
    }

    /// At this address, such as one from [`Sink::nowhere`].
    pub fn start_at(address: SocketAddr, manner: Manner) -> Self {
        let listener = TcpListener::bind(address).expect("a port");
        let mut sink = Self {
            address: listener.local_addr().expect("an address"),
            manner: Arc::new(Mutex::new(manner)),
            state: Arc::default(),
            accepting: None,
        };
        let (manner, state) = (Arc::clone(&sink.manner), Arc::clone(&sink.state));
        sink.accepting = Some(thread::spawn(move || {
            for stream in listener.incoming() {
                let Ok(stream) = stream else { continue };
                let number = {
                    let mut state = lock(&state);
                    if state.is_down {
                        return;
                    }
                    let _ = stream.set_nodelay(true);
                    state.connections.extend(stream.try_clone());
                    state.count += 1;
                    state.count - 1
                };
                let (manner, state) = (Arc::clone(&manner), Arc::clone(&state));
                thread::spawn(move || talk::talk(&stream, number, &manner, &state));
            }
        }));
        sink
    }

    /// An address where nothing listens until a sink starts there.
    pub fn nowhere() -> SocketAddr {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        listener.local_addr().expect("an address")
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The value of `smtp` for it, if it has no certificate.
    pub fn url(&self) -> String {
        url(self.address)
    }

    /// Behaves like this from now on.
    pub fn behave(&self, manner: Manner) {
        *lock(&self.manner) = manner;
    }

    /// The mails taken so far.
    pub fn mails(&self) -> Vec<Mail> {
        lock(&self.state).mails.clone()
    }

    /// What clients have said, in order, without mails and passwords.
    pub fn heard(&self) -> Vec<String> {
        lock(&self.state).heard.clone()
    }

    /// How many connections there have been.
    pub fn connections(&self) -> usize {
        lock(&self.state).count
    }

    /// Waits until there are this many mails, and returns them.
    pub fn wait_for(&self, count: usize) -> Vec<Mail> {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let mails = self.mails();
            if mails.len() >= count {
                return mails;
            }
            assert!(
                Instant::now() < deadline,
                "{} of {count} mails came; heard: {:#?}",
                mails.len(),
                self.heard()
            );
            thread::sleep(Duration::from_millis(20));
        }
    }
}

/// The value of `smtp` for a server without a certificate at this address.
pub fn url(address: SocketAddr) -> String {
    format!("smtp://{address}?tls=none")
}

impl Drop for Sink {
    fn drop(&mut self) {
        {
            let mut state = lock(&self.state);
            state.is_down = true;
            for stream in state.connections.drain(..) {
                let _ = stream.shutdown(Shutdown::Both);
            }
        }
        // wakes the accepting thread, which then closes the port
        drop(TcpStream::connect(self.address));
        drop(self.accepting.take().map(JoinHandle::join));
    }
}

fn lock<T>(one: &Mutex<T>) -> MutexGuard<'_, T> {
    one.lock().unwrap_or_else(PoisonError::into_inner)
}
