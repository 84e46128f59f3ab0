//! Why a letter was not taken, and what an operator can do about it.

use crate::config::{Encryption, SmtpServer};
use lettre::transport::smtp::Error;
use std::error::Error as _;
use std::fmt;
use std::io;

/// What was being done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Step {
    Connect,
    Greet,
    Encrypt,
    SignIn,
    Sender,
    Recipient,
    Data,
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Connect => "the connection",
            Self::Greet => "EHLO",
            Self::Encrypt => "STARTTLS",
            Self::SignIn => "the sign-in",
            Self::Sender => "MAIL FROM",
            Self::Recipient => "RCPT TO",
            Self::Data => "the mail",
        })
    }
}

/// Why not.
#[derive(Debug)]
pub(super) struct Fault {
    pub(super) step: Step,
    pub(super) kind: Kind,
}

#[derive(Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// The host has no address.
    NoHost,
    /// Nobody listens there.
    Closed,
    /// Nothing came in time.
    Slow,
    /// It was cut off, or never began.
    Broken(String),
    /// The other side does not speak TLS there.
    NotTls,
    /// The certificate is not one to believe.
    Certificate(String),
    /// STARTTLS is not offered.
    NoStartTls,
    /// No way to sign in is offered that we know.
    NoSignIn,
    /// The file with the password cannot be read.
    NoPassword(String),
    /// A local part in Unicode, and the server does not offer to take one.
    NoUnicode,
    /// An answer that is not SMTP.
    Garbled(String),
    /// 4xx: not now.
    Busy(String),
    /// 5xx: not at all.
    Never(String),
}

impl Fault {
    pub(super) fn of(step: Step, error: &Error) -> Self {
        let kind = match error.status() {
            Some(code) => {
                let words = error.source().map(ToString::to_string).unwrap_or_default();
                let words = answer(&code.to_string(), &words);
                if error.is_transient() { Kind::Busy(words) } else { Kind::Never(words) }
            }
            None => Kind::of(error),
        };
        Self { step, kind }
    }

    pub(super) fn of_io(step: Step, error: &io::Error) -> Self {
        let kind = match error.kind() {
            io::ErrorKind::ConnectionRefused => Kind::Closed,
            io::ErrorKind::TimedOut => Kind::Slow,
            _ if error.to_string().contains("failed to lookup address") => Kind::NoHost,
            _ => Kind::Broken(clean(&error.to_string())),
        };
        Self { step, kind }
    }

    pub(super) fn slow(step: Step) -> Self {
        Self { step, kind: Kind::Slow }
    }

    /// Whether the letter is at fault, or its address: another try would end in the same way.
    pub(super) fn is_final(&self) -> bool {
        match (&self.kind, self.step) {
            (Kind::NoUnicode, _) => true,
            (Kind::Never(words), Step::Recipient) => !wants_sign_in(words) && !is_no_relay(words),
            (Kind::Never(words), Step::Data) => !wants_sign_in(words),
            _ => false,
        }
    }

    /// Whether any other letter would meet it too.
    pub(super) fn meets_all(&self) -> bool {
        match self.step {
            Step::Connect | Step::Greet | Step::Encrypt | Step::SignIn => true,
            // the sender is the same in all of them
            Step::Sender => self.is_closing() || matches!(self.kind, Kind::Never(_)),
            Step::Recipient | Step::Data => self.is_closing(),
        }
    }

    /// Whether the server may have hung up while nothing was sent, so that another connection is worth a try at once.
    pub(super) fn is_stale(&self) -> bool {
        let hung_up = matches!(&self.kind, Kind::Broken(_) | Kind::Garbled(_)) || self.is_closing();
        self.step == Step::Sender && hung_up
    }

    /// 421: the server hangs up.
    pub(super) fn is_closing(&self) -> bool {
        matches!(&self.kind, Kind::Busy(words) if words.starts_with("421"))
    }

    /// A sentence with the remedy.
    pub(super) fn sentence(&self, server: &SmtpServer, from: &str) -> String {
        let step = self.step;
        match &self.kind {
            Kind::NoHost => format!("{server} was not found: is the name of the host right?"),
            Kind::Closed => format!(
                "{server} refused the connection: are host and port right, does the mail server run, and does a firewall let it \
                 through?"
            ),
            Kind::Slow if step == Step::Connect || step == Step::Greet => format!(
                "{server} did not answer in time: are host and port right, and does a firewall let it through? Port 465 wants \
                 `smtps://`, port 587 `smtp://`"
            ),
            Kind::Slow => format!("{server} did not answer {step} in time"),
            Kind::Broken(what) => format!("the connection to {server} broke off at {step}: {what}"),
            Kind::NotTls => match server.encryption {
                Encryption::Tls => format!(
                    "{server} does not begin with TLS: write `smtp://` if it offers STARTTLS, as on port 587"
                ),
                _ => {
                    format!("{server} does not speak TLS after STARTTLS, or something on the way interferes")
                }
            },
            Kind::Certificate(what) => format!(
                "the certificate of {server} cannot be verified ({what}): write the host as the certificate has it, or name the \
                 authority that issued it in `smtp-ca`"
            ),
            Kind::NoStartTls => format!(
                "{server} does not offer STARTTLS, and without it nothing is sent: write `smtps://` if it speaks TLS from the \
                 start, as on port 465; `?tls=none` sends unencrypted and is for a server on this machine"
            ),
            Kind::NoSignIn => format!(
                "{server} offers no sign-in that is known here (PLAIN or LOGIN): leave the user out of `smtp` if it wants none"
            ),
            Kind::NoPassword(what) => what.clone(),
            Kind::NoUnicode => format!(
                "{server} cannot deliver to an address with such letters before the @ (it does not offer SMTPUTF8): use another \
                 address"
            ),
            Kind::Garbled(what) => format!("{server} did not answer {step} as a mail server does: {what}"),
            Kind::Busy(words) => format!("{server} does not take it for now, at {step}: {words}"),
            Kind::Never(words) if wants_sign_in(words) && step != Step::SignIn => format!(
                "{server} wants a sign-in: {words}; name a user in `smtp` and the file with the password in \
                 `smtp-password-file`"
            ),
            Kind::Never(words) => match step {
                Step::SignIn => format!(
                    "{server} refused the sign-in: {words}; look at the user in `smtp`, at the password in \
                     `smtp-password-file`, and whether this user may sign in by SMTP"
                ),
                Step::Sender => format!(
                    "{server} takes no mail from {from}: {words}; let the user send as this address, or set another in `mail-from`"
                ),
                Step::Recipient if is_no_relay(words) => format!(
                    "{server} delivers to addresses of its own alone: {words}; let it relay for this server, or name a user in \
                     `smtp`"
                ),
                Step::Recipient => format!("{server} refused the address: {words}"),
                Step::Data => format!("{server} refused the mail: {words}"),
                Step::Connect | Step::Greet | Step::Encrypt => format!(
                    "{server} does not serve this machine, at {step}: {words}; ask who runs it to let this machine in"
                ),
            },
        }
    }
}

impl Kind {
    fn of(error: &Error) -> Self {
        let texts = causes(error);
        let says = |part: &str| texts.iter().any(|text| text.contains(part));
        let last = || clean(texts.last().map_or("no reason is known", String::as_str));
        if let Some(text) = texts.iter().find_map(|text| text.split_once("invalid peer certificate: ")) {
            return Self::Certificate(clean(text.1));
        }
        match io_error(error) {
            Some(io::ErrorKind::ConnectionRefused) => return Self::Closed,
            Some(io::ErrorKind::TimedOut) => return Self::Slow,
            _ if says("failed to lookup address") => return Self::NoHost,
            _ if says("received corrupt message") => return Self::NotTls,
            Some(_) => return Self::Broken(last()),
            None => {}
        }
        // what reads an answer says so where the connection ended before it
        if says("incomplete response") {
            return Self::Broken("it was closed".to_owned());
        }
        if error.is_response() { Self::Garbled(last()) } else { Self::Broken(last()) }
    }
}

/// The texts of an error and of what caused it.
fn causes(error: &Error) -> Vec<String> {
    let mut texts = vec![error.to_string()];
    let mut next = error.source();
    while let Some(cause) = next {
        texts.push(cause.to_string());
        next = cause.source();
    }
    texts
}

fn io_error(error: &Error) -> Option<io::ErrorKind> {
    let mut next = error.source();
    while let Some(cause) = next {
        if let Some(io) = cause.downcast_ref::<io::Error>() {
            return Some(io.kind());
        }
        next = cause.source();
    }
    None
}

/// 530 and its like: nobody may do this who has not signed in.
fn wants_sign_in(words: &str) -> bool {
    ["530", "538"].iter().any(|code| words.starts_with(code))
}

/// Servers have many numbers for it, and one word.
fn is_no_relay(words: &str) -> bool {
    let words = words.to_ascii_lowercase();
    words.contains("relay")
}

/// An answer of the server: number and words.
pub(super) fn answer(code: &str, words: &str) -> String {
    clean(&format!("{code} {words}"))
}

/// What came from outside, in one line that is not long.
fn clean(text: &str) -> String {
    const LONGEST: usize = 300;
    let line: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    let line = line.split_whitespace().collect::<Vec<_>>().join(" ");
    match line.char_indices().nth(LONGEST) {
        None => line,
        Some((at, _)) => format!("{}…", line.get(..at).unwrap_or_default()),
    }
}
