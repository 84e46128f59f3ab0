//! Configuration: defaults, overridden by `provost.toml`, then by `PROVOST_...`, then by the command line.

mod database;
mod fault;
mod file;
mod http;
mod indexed;
mod levels;
mod limits;
mod mail;
mod nearest;
mod network;
mod options;
mod outbound;
mod switch;
mod units;

pub(crate) use database::{DatabaseUrl, Pooling, without_password};
pub(crate) use http::{Http, PublicUrl, TENANT_PATH};
pub(crate) use indexed::Indexed;
pub(crate) use levels::{LogFormat, LogLevels};
pub(crate) use limits::Limits;
pub(crate) use mail::Mail;
#[cfg(feature = "mail")]
pub(crate) use mail::{Encryption, SmtpServer, SmtpUrl};
pub(crate) use nearest::nearest;
pub(crate) use network::{FORWARDED_FOR, Network, address_behind, client};
pub(crate) use options::Options;
pub(crate) use outbound::Outbound;
pub(crate) use switch::Switch;
pub(crate) use units::{Span, duration};

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

/// The settings the server runs with.
#[derive(Debug, Clone)]
pub(crate) struct Config {
    pub(crate) database: DatabaseUrl,
    pub(crate) http: Http,
    pub(crate) limits: Limits,
    pub(crate) offers: Offers,
    pub(crate) schemas: Option<PathBuf>,
    pub(crate) indexed: Vec<Indexed>,
    /// Whether pages for people are served.
    pub(crate) console: bool,
    /// Whether SCIM is on in the organisation made at the first start.
    pub(crate) scim: bool,
    /// Whether the token of the first start is printed even if standard output is not a terminal.
    pub(crate) print_token: bool,
    /// How mail is sent; `None` if it is not.
    pub(crate) mail: Option<Mail>,
    pub(crate) outbound: Outbound,
    /// A file with the secret for links in mails; without it, a secret is kept in the database.
    pub(crate) secret_key_file: Option<PathBuf>,
    pub(crate) log: LogLevels,
    pub(crate) log_format: LogFormat,
}

/// The parts of SCIM that can be turned on and off.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Offers {
    pub(crate) bulk: bool,
    pub(crate) root_queries: bool,
}

/// The options of the command line and environment, completed from the file.
pub(crate) fn layered(given: Options, file: Option<&Path>) -> Result<Options, ConfigError> {
    Ok(given.or(file::read(file)?))
}

impl Config {
    /// Fills in the defaults, and refuses what is unsafe or cannot work.
    pub(crate) fn resolve(options: Options) -> Result<Self, ConfigError> {
        let http = Http {
            listen: options.listen.map_or(SocketAddr::from(([127, 0, 0, 1], 8080)), |a| a.0),
            public_url: options.public_url,
            metrics_listen: options.metrics_listen.map(|a| a.0),
            trusted_proxies: options.trusted_proxy.unwrap_or_default(),
        };
        http.check_transport(options.insecure_http.unwrap_or(false))?;
        let limits = options.limits.resolve()?;
        Ok(Self {
            database: options.database.unwrap_or_default(),
            http,
            limits,
            offers: Offers {
                bulk: options.bulk.unwrap_or(true),
                root_queries: options.root_queries.unwrap_or(false),
            },
            schemas: options.schemas,
            indexed: options.indexed.unwrap_or_default(),
            console: !options.no_console.unwrap_or(false),
            scim: options.scim.is_none_or(|switch| switch.0),
            print_token: options.print_token.unwrap_or(false),
            mail: Mail::resolve(
                options.smtp,
                options.mail_from,
                options.smtp_password_file,
                options.smtp_ca,
                duration(limits.mail_time),
            )?,
            outbound: Outbound {
                allow: options.outbound_allow.unwrap_or_default(),
                authorities: options.outbound_ca,
            },
            secret_key_file: options.secret_key_file,
            log: options.log.unwrap_or_default(),
            log_format: options.log_format.unwrap_or_default(),
        })
    }
}

/// A configuration the server does not start with.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ConfigError {
    #[error("the configuration file `{}` cannot be read: {source}", file.display())]
    Unreadable { file: PathBuf, source: std::io::Error },
    #[error("`{}`, line {line}: {what}", file.display())]
    File { file: PathBuf, line: usize, what: String },
    #[error("`limits.{key}` is {value}, which is not {wanted}")]
    OutOfRange { key: String, value: String, wanted: String },
    #[error("`indexed`: `{attribute}`: {what}")]
    Indexed { attribute: String, what: String },
    #[error(transparent)]
    Mail(#[from] mail::MailRefused),
    #[error(transparent)]
    PlainHttp(#[from] http::PlainHttpRefused),
}

#[cfg(test)]
mod tests {
    use super::*;

    fn listening(address: &str) -> Options {
        Options { listen: address.parse().ok(), ..Options::default() }
    }

    #[test]
    fn defaults() {
        let config = Config::resolve(Options::default()).expect("defaults");
        assert_eq!(config.database.to_string(), "sqlite:provost.db");
        assert_eq!(config.http.listen.to_string(), "127.0.0.1:8080");
        assert_eq!(config.http.public_url, None);
    }

    #[test]
    fn the_higher_source_wins_option_by_option() {
        let higher = listening("127.0.0.1:1");
        let lower = Options { log: "debug".parse().ok(), ..listening("127.0.0.1:2") };
        let config = Config::resolve(higher.or(lower)).expect("valid");
        assert_eq!((config.http.listen.port(), config.log.to_string().as_str()), (1, "debug"));
    }

    #[test]
    fn plain_http_on_a_network_is_refused_with_the_ways_out() {
        let refusal = Config::resolve(listening("0.0.0.0:8080")).expect_err("refused").to_string();
        for part in ["0.0.0.0:8080", "--trusted-proxy", "--insecure-http"] {
            assert!(refusal.contains(part), "{refusal}");
        }
        let insisting = Options { insecure_http: Some(true), ..listening("0.0.0.0:8080") };
        assert!(Config::resolve(insisting).is_ok());
    }

    #[test]
    fn a_named_file_must_exist_and_the_usual_one_need_not() {
        let missing = Path::new("/nonexistent/provost.toml");
        let refusal = layered(Options::default(), Some(missing)).expect_err("missing").to_string();
        assert!(refusal.contains("/nonexistent/provost.toml"), "{refusal}");
    }
}
