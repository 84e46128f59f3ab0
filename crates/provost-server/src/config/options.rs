//! Every option of the server, for `provost.toml`, the environment and the command line.
//!
//! One struct serves all three, so that none lacks an option of another: keys in the file are the long options without
//! leading dashes, and the doc comments are what `--help` prints.

use super::database::DatabaseUrl;
use super::http::{ListenAddress, PublicUrl};
use super::indexed::Indexed;
use super::levels::{LogFormat, LogLevels};
use super::limits::LimitOptions;
use super::mail::{Sender, SmtpUrl};
use super::network::Network;
use super::switch::Switch;
use serde::Deserialize;
use std::path::PathBuf;

#[derive(Debug, Clone, Default, PartialEq, Eq, clap::Args, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub(crate) struct Options {
    // `--database` is an option of every command, so the command line defines it elsewhere
    #[arg(skip)]
    pub(crate) database: Option<DatabaseUrl>,

    /// Address and port to listen on; port 0 takes a free one [default: 127.0.0.1:8080]
    #[arg(long, env = "PROVOST_LISTEN", value_name = "ADDR")]
    pub(crate) listen: Option<ListenAddress>,

    /// URL at which clients reach this server; Tenant URL and Location headers begin with it [default: http://ADDR]
    #[arg(long, env = "PROVOST_PUBLIC_URL", value_name = "URL")]
    pub(crate) public_url: Option<PublicUrl>,

    /// Address and port for metrics in OpenMetrics format, served without a token [default: none]
    #[arg(long, env = "PROVOST_METRICS_LISTEN", value_name = "ADDR")]
    pub(crate) metrics_listen: Option<ListenAddress>,

    /// Directory with additional schemas (*.schema.json) and resource types (*.resourcetype.json)
    #[arg(long, env = "PROVOST_SCHEMAS", value_name = "DIR")]
    pub(crate) schemas: Option<PathBuf>,

    /// Attributes to index for filters, in addition to those that identity providers use (comma-separated)
    #[arg(long, env = "PROVOST_INDEXED", value_name = "TYPE:PATH", value_delimiter = ',')]
    pub(crate) indexed: Option<Vec<Indexed>>,

    /// Address or network of the TLS proxy in front; then only it and this machine are served (comma-separated)
    #[arg(long, env = "PROVOST_TRUSTED_PROXY", value_name = "ADDRESS", value_delimiter = ',')]
    pub(crate) trusted_proxy: Option<Vec<Network>>,

    /// Serve plain HTTP on an address that is not loopback, with tokens unencrypted
    #[arg(long, env = "PROVOST_INSECURE_HTTP", value_name = "BOOL", num_args = 0..=1, default_missing_value = "true")]
    pub(crate) insecure_http: Option<bool>,

    /// Offer /Bulk [default: true]
    #[arg(long, env = "PROVOST_BULK", value_name = "BOOL", num_args = 0..=1, default_missing_value = "true")]
    pub(crate) bulk: Option<bool>,

    /// Offer queries over all resource types, by filter and index: GET on the Tenant URL, and POST on /.search below it
    /// [default: false]
    #[arg(long, env = "PROVOST_ROOT_QUERIES", value_name = "BOOL", num_args = 0..=1, default_missing_value = "true")]
    pub(crate) root_queries: Option<bool>,

    /// Serve SCIM alone, without pages for people
    #[arg(long, env = "PROVOST_NO_CONSOLE", value_name = "BOOL", num_args = 0..=1, default_missing_value = "true")]
    pub(crate) no_console: Option<bool>,

    /// Whether the first start makes an organisation with SCIM on, and a token for it; off leaves that to its owner
    /// [default: on]
    #[arg(long, env = "PROVOST_SCIM", value_name = "on|off")]
    pub(crate) scim: Option<Switch>,

    /// Print the token of the first start even if standard output is not a terminal, and may end up in a log
    #[arg(long, env = "PROVOST_PRINT_TOKEN", value_name = "BOOL", num_args = 0..=1, default_missing_value = "true")]
    pub(crate) print_token: Option<bool>,

    /// Where mail is handed over: smtps://USER@HOST, smtp://USER@HOST (with STARTTLS) or file:DIR [default: no mail is sent]
    #[arg(long, env = "PROVOST_SMTP", value_name = "URL")]
    pub(crate) smtp: Option<SmtpUrl>,

    /// Address that mail comes from
    #[arg(long, env = "PROVOST_MAIL_FROM", value_name = "ADDRESS")]
    pub(crate) mail_from: Option<Sender>,

    /// File with the password of the user that `--smtp` names
    #[arg(long, env = "PROVOST_SMTP_PASSWORD_FILE", value_name = "FILE")]
    pub(crate) smtp_password_file: Option<PathBuf>,

    /// Certificates of the authorities to trust for the mail server, in PEM [default: those that the machine trusts]
    #[arg(long, env = "PROVOST_SMTP_CA", value_name = "FILE")]
    pub(crate) smtp_ca: Option<PathBuf>,

    /// Private network from which single sign-on may fetch metadata, besides the public internet (comma-separated)
    #[arg(long, env = "PROVOST_OUTBOUND_ALLOW", value_name = "CIDR", value_delimiter = ',')]
    pub(crate) outbound_allow: Option<Vec<Network>>,

    /// Certificates of authorities to trust when something is fetched, besides those that the machine trusts, in PEM
    #[arg(long, env = "PROVOST_OUTBOUND_CA", value_name = "FILE")]
    pub(crate) outbound_ca: Option<PathBuf>,

    /// File with a secret of 32 characters or more, which links in mails are made of; without it one lies in the database
    #[arg(long, env = "PROVOST_SECRET_KEY_FILE", value_name = "FILE")]
    pub(crate) secret_key_file: Option<PathBuf>,

    /// What to log: error, warn, info, debug, trace or off, or a list such as `info,provost=debug` [default: info]
    #[arg(long, env = "PROVOST_LOG", value_name = "LEVEL")]
    pub(crate) log: Option<LogLevels>,

    /// What a line of the log looks like: text, or json for one object each [default: text]
    #[arg(long, env = "PROVOST_LOG_FORMAT", value_name = "text|json")]
    pub(crate) log_format: Option<LogFormat>,

    #[command(flatten)]
    pub(crate) limits: LimitOptions,
}

impl Options {
    /// These options, with those of a lower source where these are unset.
    pub(crate) fn or(self, lower: Self) -> Self {
        Self {
            database: self.database.or(lower.database),
            listen: self.listen.or(lower.listen),
            public_url: self.public_url.or(lower.public_url),
            metrics_listen: self.metrics_listen.or(lower.metrics_listen),
            schemas: self.schemas.or(lower.schemas),
            indexed: self.indexed.or(lower.indexed),
            trusted_proxy: self.trusted_proxy.or(lower.trusted_proxy),
            insecure_http: self.insecure_http.or(lower.insecure_http),
            bulk: self.bulk.or(lower.bulk),
            root_queries: self.root_queries.or(lower.root_queries),
            no_console: self.no_console.or(lower.no_console),
            scim: self.scim.or(lower.scim),
            print_token: self.print_token.or(lower.print_token),
            smtp: self.smtp.or(lower.smtp),
            mail_from: self.mail_from.or(lower.mail_from),
            smtp_password_file: self.smtp_password_file.or(lower.smtp_password_file),
            smtp_ca: self.smtp_ca.or(lower.smtp_ca),
            outbound_allow: self.outbound_allow.or(lower.outbound_allow),
            outbound_ca: self.outbound_ca.or(lower.outbound_ca),
            secret_key_file: self.secret_key_file.or(lower.secret_key_file),
            log: self.log.or(lower.log),
            log_format: self.log_format.or(lower.log_format),
            limits: self.limits.or(lower.limits),
        }
    }
}
