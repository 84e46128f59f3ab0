//! The URL of a database: its server, encryption, and whether there is a pooler in between.

use super::failure::unfit;
use super::tls::{Files, Tls, Trust};
use percent_encoding::percent_decode_str;
use provost_provider::Result;
use std::fmt;
use std::net::IpAddr;
use std::time::Duration;
use tokio_postgres::Config;
use tokio_postgres::config::{Host, SslMode, TargetSessionAttrs};

/// The options a URL may have.
const OPTIONS: &str =
    "`sslmode`, `sslrootcert`, `sslcert`, `sslkey`, `prepared`, `application_name`, `options`";

/// The address of a database. Only hosts and the database's name are ever displayed.
#[derive(Clone)]
pub(super) struct Address {
    pub(super) config: Config,
    /// How the connection is encrypted; `None` if it is not.
    pub(super) tls: Option<Tls>,
    /// Whether statements stay prepared on the server.
    pub(super) keeps_statements: bool,
}

/// The encryption that the URL asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Mode {
    /// Not.
    Clear,
    /// TLS, with a server that must prove its identity to this extent.
    Encrypted(Trust),
}

impl Mode {
    fn of(word: &str) -> Result<Self> {
        match word {
            "disable" => Ok(Self::Clear),
            "no-verify" => Ok(Self::Encrypted(Trust::Anybody)),
            "verify-ca" => Ok(Self::Encrypted(Trust::Authority)),
            // encryption to an unknown server protects from nothing
            "require" | "verify-full" => Ok(Self::Encrypted(Trust::Host)),
            "prefer" | "allow" => Err(unfit(format!(
                "`sslmode={word}` falls back to a connection that is not encrypted, so it is not supported: use \
                 `verify-full`, or `disable` where the network is trusted"
            ))),
            _ => Err(unfit(format!(
                "`sslmode={word}` is unknown: use `verify-full`, `verify-ca`, `require`, `no-verify` or `disable`"
            ))),
        }
    }

    /// The default: nothing leaves this machine unencrypted.
    fn usual(config: &Config) -> Self {
        let is_here = |host: &Host| match host {
            Host::Tcp(name) => {
                name == "localhost" || name.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
            }
            #[cfg(unix)]
            Host::Unix(_) => true,
        };
        match config.get_hosts().iter().all(is_here) {
            true => Self::Clear,
            false => Self::Encrypted(Trust::Host),
        }
    }
}

impl Address {
    pub(super) fn parse(url: &str) -> Result<Self> {
        let (place, query) = url.split_once('?').unwrap_or((url, ""));
        let mut config = place_of(place)?;
        let (mut mode, mut files, mut keeps_statements) = (None, Files::default(), true);
        for option in query.split('&').filter(|option| !option.is_empty()) {
            let (name, value) = option.split_once('=').unwrap_or((option, ""));
            let value = percent_decode_str(value).decode_utf8();
            let value = value.map_err(|_not_utf8| {
                unfit(format!("the option `{name}` of the database URL is not UTF-8"))
            })?;
            match name {
                "sslmode" => mode = Some(Mode::of(&value)?),
                "sslrootcert" => files.authorities = Some(value.as_ref().into()),
                "sslcert" => files.certificate = Some(value.as_ref().into()),
                "sslkey" => files.key = Some(value.as_ref().into()),
                "prepared" => keeps_statements = switch(name, &value)?,
                "application_name" => drop(config.application_name(value)),
                "options" => drop(config.options(value)),
                // without the value, which may be a password
                _ => {
                    return Err(unfit(format!(
                        "`{}` is no option of a database URL: there are {OPTIONS}",
                        provost_core::text::excerpt(name)
                    )));
                }
            }
        }
        let tls = match mode.unwrap_or_else(|| Mode::usual(&config)) {
            Mode::Clear if files.is_empty() => None,
            Mode::Clear => {
                return Err(unfit(
                    "the database URL names certificates, but the connection is not encrypted: add \
                     `sslmode=verify-full`",
                ));
            }
            Mode::Encrypted(trust) => Some(Tls::new(trust, &files)?),
        };
        config.ssl_mode(if tls.is_some() { SslMode::Require } else { SslMode::Disable });
        // with several hosts, skip those that no longer accept writes
        if config.get_hosts().len() > 1 {
            config.target_session_attrs(TargetSessionAttrs::ReadWrite);
        }
        config.keepalives_idle(KEEPALIVE);
        Ok(Self { config, tls, keeps_statements })
    }
}

impl Address {
    /// Makes the server clean up after sessions that nobody waits for any more: their locks, and their place in a queue
    /// for locks. Transaction poolers accept no settings; there the operator configures the role.
    pub(super) fn leave_nothing_behind(&mut self, patience: Duration) {
        if !self.keeps_statements {
            return;
        }
        let ours = format!(
            "-c lock_timeout={}ms -c idle_in_transaction_session_timeout={}ms",
            patience.as_millis(),
            IDLE.as_millis()
        );
        let theirs = self.config.get_options().unwrap_or_default().to_owned();
        self.config.options(format!("{ours} {theirs}").trim());
    }
}

/// How long a transaction of a stopped process keeps its locks.
const IDLE: Duration = Duration::from_secs(60);
/// How soon a peer that vanished is noticed.
const KEEPALIVE: Duration = Duration::from_secs(30);

/// Parses what precedes the options.
fn place_of(place: &str) -> Result<Config> {
    const SHAPE: &str = "a database URL has the form `postgres://user:password@host:port/database`, with the characters \
                         `:/?#@%` of user and password percent-encoded";
    let is_url = place.starts_with("postgres://") || place.starts_with("postgresql://");
    // without the parser's reason, which may quote part of the password
    let config = place.parse::<Config>().ok().filter(|_| is_url && !place.contains('#'));
    let config = config.ok_or_else(|| unfit(SHAPE))?;
    let missing = [
        (config.get_user().is_none_or(str::is_empty), "user"),
        (config.get_hosts().is_empty(), "host"),
        (config.get_dbname().is_none_or(str::is_empty), "database"),
    ];
    match missing.iter().find(|(is_missing, _)| *is_missing) {
        Some((_, part)) => Err(unfit(format!("the database URL names no {part}: {SHAPE}"))),
        None => Ok(config),
    }
}

fn switch(name: &str, value: &str) -> Result<bool> {
    match value {
        "on" => Ok(true),
        "off" => Ok(false),
        _ => Err(unfit(format!("`{name}` is `on` or `off`"))),
    }
}

/// `db.example:5432/provost`.
impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (n, host) in self.config.get_hosts().iter().enumerate() {
            f.write_str(if n == 0 { "" } else { "," })?;
            match host {
                Host::Tcp(name) if name.contains(':') => write!(f, "[{name}]")?,
                Host::Tcp(name) => f.write_str(name)?,
                #[cfg(unix)]
                Host::Unix(path) => write!(f, "{}", path.display())?,
            }
            write!(f, ":{}", self.config.get_ports().get(n).unwrap_or(&5432))?;
        }
        write!(f, "/{}", self.config.get_dbname().unwrap_or_default())
    }
}

impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Address({self})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(url: &str) -> String {
        let said = Address::parse(url).map(|_| panic!("{url} is taken")).unwrap_err().to_string();
        assert!(!said.contains("s3cret") && !said.contains('\n'), "{url}: {said}");
        said
    }

    #[test]
    fn a_url_says_how_the_connection_is_encrypted() {
        let of = |url: &str| Address::parse(url).unwrap().tls.map(|tls| format!("{tls:?}"));
        let shown = |trust: Option<Trust>| trust.map(|trust| format!("Tls({trust:?})"));
        let at = |host: &str, query: &str| of(&format!("postgres://u:s3cret@{host}/db{query}"));
        for (word, trust) in [
            ("disable", None),
            ("no-verify", Some(Trust::Anybody)),
            ("verify-ca", Some(Trust::Authority)),
            ("require", Some(Trust::Host)),
            ("verify-full", Some(Trust::Host)),
        ] {
            assert_eq!(at("db.example", &format!("?sslmode={word}")), shown(trust), "{word}");
        }
        for host in ["localhost", "127.0.0.1:6543", "[::1]:5432", "127.0.0.7", "%2Frun%2Fpostgresql"] {
            assert_eq!(at(host, ""), None, "{host}");
        }
        for host in ["db", "10.0.0.1", "localhost.example", "localhost,db", "[2001:db8::1]:5432"] {
            assert_eq!(at(host, ""), shown(Some(Trust::Host)), "{host}");
        }
    }

    #[test]
    fn what_a_url_says_of_the_rest_is_taken() {
        let address = Address::parse(
            "postgresql://u%40x:s3%2Fcret@a:1,b:2/db?prepared=off&application_name=p%20q&options=-c%20x%3d1&sslmode=disable",
        )
        .unwrap();
        assert_eq!(address.config.get_user(), Some("u@x"));
        assert_eq!(address.config.get_password(), Some(&b"s3/cret"[..]));
        assert_eq!(address.config.get_options(), Some("-c x=1"));
        assert_eq!(address.config.get_target_session_attrs(), TargetSessionAttrs::ReadWrite);
        assert!(!address.keeps_statements);
        assert_eq!(format!("{address} {address:?}"), "a:1,b:2/db Address(a:1,b:2/db)");
    }

    #[test]
    fn each_fault_of_a_url_is_one_sentence_without_the_password() {
        let good = "postgres://u:s3cret@db.example/db";
        for (url, expected) in [
            (format!("{good}?sslmode=verify"), "`sslmode=verify` is unknown: use `verify-full`"),
            (format!("{good}?sslmode="), "`sslmode=` is unknown"),
            (format!("{good}?sslmode=VERIFY-FULL"), "is unknown"),
            (format!("{good}?sslmode=prefer"), "falls back to a connection that is not encrypted"),
            (
                format!("{good}?passwrd=s3cret"),
                "`passwrd` is no option of a database URL: there are `sslmode`",
            ),
            (format!("{good}?connect_timeout=3"), "`connect_timeout` is no option"),
            (format!("{good}?prepared=no"), "`prepared` is `on` or `off`"),
            (format!("{good}?application_name=%ff"), "`application_name` of the database URL is not UTF-8"),
            (format!("{good}?sslrootcert=/nowhere/ca.pem"), "`/nowhere/ca.pem` cannot be read"),
            (format!("{good}?sslmode=disable&sslrootcert=/x"), "names certificates, but"),
            (format!("{good}?sslcert=/nowhere/c.pem"), "`sslcert` and `sslkey` belong together"),
            ("postgres://u:s3cret?x@db.example/db".to_owned(), "has the form"),
            ("postgres://u:s3cret#x@db.example/db".to_owned(), "percent-encoded"),
            ("postgres://u:s3cret@db.example:s3cret/db".to_owned(), "has the form"),
            ("postgres://db.example/db".to_owned(), "names no user"),
            ("postgres://u:s3cret@/db".to_owned(), "names no host"),
            ("postgres://u:s3cret@db.example".to_owned(), "names no database"),
            ("host=db.example password=s3cret user=u dbname=db".to_owned(), "has the form"),
            ("mysql://u:s3cret@db.example/db".to_owned(), "has the form"),
            (String::new(), "has the form"),
        ] {
            let said = refusal(&url);
            assert!(said.contains(expected), "{url}: {said}");
        }
    }
}
