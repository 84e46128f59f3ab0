//! How mail is sent: `smtp`, `mail-from` and what belongs to them.

use serde::Deserialize;
use std::fmt;
use std::net::IpAddr;
use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

/// Where mail is delivered to. It contains no password, which is in a file.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub(crate) enum SmtpUrl {
    /// A mail server.
    Server(SmtpServer),
    /// A folder on this machine that gets a file for each mail; for development.
    Folder(PathBuf),
}

/// A mail server, and the user to sign in as.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct SmtpServer {
    /// A name, or an address without brackets.
    pub(crate) host: String,
    pub(crate) port: u16,
    pub(crate) encryption: Encryption,
    pub(crate) user: Option<String>,
}

/// How the connection is encrypted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Encryption {
    /// From the first byte (`smtps://`).
    Tls,
    /// After STARTTLS, before which nothing is sent (`smtp://`).
    StartTls,
    /// Not at all (`smtp://HOST?tls=none`).
    None,
}

impl SmtpServer {
    /// Whether it is on this machine, so that nothing crosses a network.
    pub(crate) fn is_here(&self) -> bool {
        self.host == "localhost"
            || self.host.parse::<IpAddr>().is_ok_and(|ip| ip.to_canonical().is_loopback())
    }
}

const SAMPLE: &str = "write for example `smtps://user@smtp.example.com`, or `file:DIR` for a folder";

impl FromStr for SmtpUrl {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if let Some(folder) = text.strip_prefix("file:") {
            let folder = folder.strip_prefix("//").unwrap_or(folder);
            return match folder.is_empty() || folder.contains('\0') {
                true => Err("it names no folder; write for example `file:mail`".to_owned()),
                false => Ok(Self::Folder(PathBuf::from(folder))),
            };
        }
        // the value is not repeated, since it may be a password
        let (scheme, rest) = text
            .split_once("://")
            .ok_or_else(|| format!("this is not the URL of a mail server; {SAMPLE}"))?;
        let (rest, query) = rest.split_once('?').map_or((rest, None), |(rest, query)| (rest, Some(query)));
        let encryption = match (scheme, query) {
            ("smtps", None) => Encryption::Tls,
            ("smtp", None) => Encryption::StartTls,
            ("smtp", Some("tls=none")) => Encryption::None,
            ("smtp" | "smtps", Some(_)) => {
                return Err(
                    "after the `?` of a mail server's URL only `tls=none` is known, for `smtp://`".to_owned()
                );
            }
            _ => return Err(format!("a mail server's URL begins with `smtps://` or `smtp://`; {SAMPLE}")),
        };
        // user names are often addresses, so the last @ ends the user
        let rest = rest.strip_suffix('/').unwrap_or(rest);
        let (user, place) = rest.rsplit_once('@').map_or((None, rest), |(user, place)| (Some(user), place));
        if user.is_some_and(|user| user.contains(':')) {
            return Err(
                "a mail server's URL holds no password: write the user alone, and name the file with the \
                        password in `smtp-password-file`"
                    .to_owned(),
            );
        }
        let (host, port) =
            host_and_port(place).ok_or_else(|| format!("the host or the port is not one; {SAMPLE}"))?;
        let usual = match encryption {
            Encryption::Tls => 465,
            Encryption::StartTls => 587,
            Encryption::None => 25,
        };
        let user = user
            .map(|user| decoded(user).filter(|user| !user.is_empty() && !user.contains(char::is_control)));
        let user = match user {
            Some(None) => {
                return Err(
                    "the name of the user cannot be read: write it as it is, and `%` as `%25`".to_owned()
                );
            }
            Some(user) => user,
            None => None,
        };
        Ok(Self::Server(SmtpServer { host, port: port.unwrap_or(usual), encryption, user }))
    }
}

/// `host`, `host:port`, `[::1]:port`.
fn host_and_port(text: &str) -> Option<(String, Option<u16>)> {
    let (host, port) = match text.strip_prefix('[').map(|rest| rest.split_once(']')) {
        Some(bracketed) => {
            let (ip, rest) = bracketed?;
            ip.parse::<IpAddr>().ok()?;
            (ip, if rest.is_empty() { None } else { Some(rest.strip_prefix(':')?) })
        }
        None => text.split_once(':').map_or((text, None), |(host, port)| (host, Some(port))),
    };
    let port = match port {
        None => None,
        Some(port) => Some(port.parse().ok().filter(|port| *port > 0)?),
    };
    let is_of_names = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_' | ':');
    (!host.is_empty() && host.chars().all(is_of_names)).then(|| (host.to_owned(), port))
}

/// With percent signs decoded.
fn decoded(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'%' => {
                let (high, low) =
                    (char::from(rest.next()?).to_digit(16)?, char::from(rest.next()?).to_digit(16)?);
                u8::try_from(high * 16 + low).ok()?
            }
            other => other,
        });
    }
    String::from_utf8(bytes).ok()
}

impl TryFrom<String> for SmtpUrl {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

impl fmt::Display for SmtpUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Server(server) => server.fmt(f),
            Self::Folder(folder) => write!(f, "file:{}", folder.display()),
        }
    }
}

/// As in the URL, without the user.
impl fmt::Display for SmtpServer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scheme = if self.encryption == Encryption::Tls { "smtps" } else { "smtp" };
        match self.host.contains(':') {
            true => write!(f, "{scheme}://[{}]:{}", self.host, self.port),
            false => write!(f, "{scheme}://{}:{}", self.host, self.port),
        }
    }
}

/// The sender's address. It is ASCII, so that every mail server can read it.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub(crate) struct Sender(String);

impl Sender {
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Sender {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let is_atom = |c: char| c.is_ascii_alphanumeric() || "!#$%&'*+-/=?^_`{|}~.".contains(c);
        let is_dotted = |part: &str| part.split('.').all(|label| !label.is_empty());
        let is_domain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '.');
        match text.split_once('@') {
            Some((local, domain))
                if text.len() <= 254
                    && local.len() <= 64
                    && local.chars().all(is_atom)
                    && is_dotted(local)
                    && domain.chars().all(is_domain)
                    && is_dotted(domain) =>
            {
                Ok(Self(text.to_owned()))
            }
            _ => Err(
                "this is not an address that mail can come from; write it alone, without a name, such as \
                      no-reply@example.com, and a domain with other letters as xn--..."
                    .to_owned(),
            ),
        }
    }
}

impl TryFrom<String> for Sender {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

/// Everything needed to send mail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Mail {
    pub(crate) smtp: SmtpUrl,
    pub(crate) from: Sender,
    /// A file with the user's password. It is read for each connection, so that it can be changed while the server
    /// runs.
    pub(crate) password_file: Option<PathBuf>,
    /// Certificates to trust instead of the machine's authorities, in PEM.
    pub(crate) authorities: Option<PathBuf>,
    /// How long one mail may take.
    pub(crate) patience: Duration,
}

/// Mail settings that do not fit together.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum MailRefused {
    #[error(
        "`smtp` is set, and this server was built without mail: leave it out, or build it with the feature `mail`"
    )]
    NotBuilt,
    #[error(
        "`smtp` is set without `mail-from`: say which address mail comes from, such as no-reply@example.com"
    )]
    NoSender,
    #[error("`smtp` names a user, and no file has the password: name it in `smtp-password-file`")]
    NoPassword,
    #[error("`smtp-password-file` is set, and `smtp` names no user: write it before the host, as in `{0}`")]
    NoUser(String),
    #[error(
        "with `?tls=none` the password would cross the network to `{0}` unencrypted; leave `?tls=none` out, or send without \
         a user"
    )]
    OpenPassword(String),
}

impl Mail {
    /// `None` if no mail is sent.
    pub(super) fn resolve(
        smtp: Option<SmtpUrl>,
        from: Option<Sender>,
        password_file: Option<PathBuf>,
        authorities: Option<PathBuf>,
        patience: Duration,
    ) -> Result<Option<Self>, MailRefused> {
        let Some(smtp) = smtp else { return Ok(None) };
        if cfg!(not(feature = "mail")) {
            return Err(MailRefused::NotBuilt);
        }
        let from = from.ok_or(MailRefused::NoSender)?;
        if let SmtpUrl::Server(server) = &smtp {
            match (&server.user, &password_file) {
                (Some(_), None) => return Err(MailRefused::NoPassword),
                (None, Some(_)) => return Err(MailRefused::NoUser(format!("smtps://user@{}", server.host))),
                (Some(_), Some(_)) if server.encryption == Encryption::None && !server.is_here() => {
                    return Err(MailRefused::OpenPassword(server.host.clone()));
                }
                _ => {}
            }
        }
        Ok(Some(Self { smtp, from, password_file, authorities, patience }))
    }

    /// The mail server, if mails with their links cross a network unencrypted.
    pub(crate) fn open_to_the_network(&self) -> Option<&SmtpServer> {
        match &self.smtp {
            SmtpUrl::Server(server) if server.encryption == Encryption::None && !server.is_here() => {
                Some(server)
            }
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn server(text: &str) -> SmtpServer {
        match text.parse() {
            Ok(SmtpUrl::Server(server)) => server,
            other => panic!("{text}: {other:?}"),
        }
    }

    /// Seen to fail: with the first @ taken for the end of the user.
    #[test]
    fn urls_of_servers() {
        for (text, host, port, encryption, user) in [
            ("smtps://smtp.example.com", "smtp.example.com", 465, Encryption::Tls, None),
            ("smtp://smtp.example.com/", "smtp.example.com", 587, Encryption::StartTls, None),
            ("smtp://smtp.example.com:2525", "smtp.example.com", 2525, Encryption::StartTls, None),
            ("smtp://localhost?tls=none", "localhost", 25, Encryption::None, None),
            ("smtp://[::1]:1025?tls=none", "::1", 1025, Encryption::None, None),
            ("smtps://AKIA@email.example.com", "email.example.com", 465, Encryption::Tls, Some("AKIA")),
            (
                "smtp://ann@a.example@mx.example",
                "mx.example",
                587,
                Encryption::StartTls,
                Some("ann@a.example"),
            ),
            (
                "smtp://ann%40a.example@mx.example",
                "mx.example",
                587,
                Encryption::StartTls,
                Some("ann@a.example"),
            ),
        ] {
            let found = server(text);
            assert_eq!(
                (found.host.as_str(), found.port, found.encryption),
                (host, port, encryption),
                "{text}"
            );
            assert_eq!(found.user.as_deref(), user, "{text}");
        }
        assert_eq!("file:mail".parse(), Ok(SmtpUrl::Folder("mail".into())));
        assert_eq!("file:///var/mail".parse(), Ok(SmtpUrl::Folder("/var/mail".into())));
    }

    /// Seen to fail: with the text repeated in the message.
    #[test]
    fn other_urls_are_refused_and_not_repeated() {
        for (text, says) in [
            ("hunter2", "not the URL"),
            ("http://hunter2", "begins with `smtps://`"),
            ("smtps://ann:hunter2@mx.example", "no password"),
            ("smtps://mx.example?tls=none", "only `tls=none`"),
            ("smtp://mx.example?tls=required&hunter2", "only `tls=none`"),
            ("smtp://mx.example:0", "host or the port"),
            ("smtp://mx.example:", "host or the port"),
            ("smtp://mx.example:99999", "host or the port"),
            ("smtp://hunter2 x", "host or the port"),
            ("smtp://", "host or the port"),
            ("smtp://bücher.example", "host or the port"),
            ("smtp://[hunter2]", "host or the port"),
            ("smtp://%zz@mx.example", "name of the user"),
            ("smtp://@mx.example", "name of the user"),
            ("file:", "names no folder"),
        ] {
            let refused = text.parse::<SmtpUrl>().expect_err(text);
            assert!(refused.contains(says) && !refused.contains("hunter2"), "{text}: {refused}");
        }
    }

    #[test]
    fn senders() {
        for good in ["no-reply@example.com", "a.b+c@x", "x@xn--bcher-kva.example"] {
            assert_eq!(good.parse::<Sender>().expect(good).as_str(), good);
        }
        for bad in [
            "",
            "example.com",
            "@x",
            "a@",
            "a@b@c",
            "Ann <a@b>",
            "a b@c",
            "jörg@x",
            "a@bücher.example",
            "a..b@c",
            "a@b\r\nc",
        ] {
            assert!(bad.parse::<Sender>().is_err(), "{bad}");
        }
    }

    /// Seen to fail: with a user accepted without a password, and with a password over an unencrypted network.
    #[test]
    fn what_belongs_together() {
        let resolve = |smtp: Option<&str>, from: bool, password: bool| {
            let smtp = smtp.map(|text| text.parse().expect(text));
            let from = from.then(|| "a@b.example".parse().expect("a sender"));
            Mail::resolve(smtp, from, password.then(|| PathBuf::from("p")), None, Duration::from_secs(1))
        };
        assert_eq!(resolve(None, true, true), Ok(None));
        assert_eq!(resolve(Some("smtp://h"), false, false), Err(MailRefused::NoSender));
        assert_eq!(resolve(Some("smtp://u@h"), true, false), Err(MailRefused::NoPassword));
        assert_eq!(
            resolve(Some("smtp://h"), true, true),
            Err(MailRefused::NoUser("smtps://user@h".to_owned()))
        );
        let open = resolve(Some("smtp://u@h?tls=none"), true, true);
        assert_eq!(open, Err(MailRefused::OpenPassword("h".to_owned())));
        for (fine, is_open) in
            [("smtp://u@h", false), ("smtps://u@h", false), ("smtp://u@127.0.0.1?tls=none", false)]
        {
            let mail = resolve(Some(fine), true, true).expect(fine).expect("mail is sent");
            assert_eq!(mail.open_to_the_network().is_some(), is_open, "{fine}");
        }
        let mail = resolve(Some("smtp://h?tls=none"), true, false).expect("settings").expect("mail is sent");
        assert_eq!(mail.open_to_the_network().map(|s| s.host.as_str()), Some("h"));
    }
}
