//! The database, `sqlite:PATH` or `postgres://USER:PASSWORD@HOST/DATABASE`, and how many connections to a server are
//! used.

use super::Limits;
use super::units::duration;
use serde::Deserialize;
use std::fmt;
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::time::Duration;

/// A database URL. `Display` hides a password.
#[derive(Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub(crate) enum DatabaseUrl {
    /// A file on this machine.
    Sqlite(PathBuf),
    /// A PostgreSQL server, with a URL in libpq's format.
    Postgres(String),
}

impl Default for DatabaseUrl {
    fn default() -> Self {
        Self::Sqlite(PathBuf::from("provost.db"))
    }
}

impl DatabaseUrl {
    /// The path, if it is a file.
    pub(crate) fn sqlite_path(&self) -> Option<&Path> {
        match self {
            Self::Sqlite(path) => Some(path),
            Self::Postgres(_) => None,
        }
    }

    /// The same with an absolute path.
    pub(crate) fn absolute(&self) -> Self {
        match self {
            Self::Sqlite(path) => Self::Sqlite(std::path::absolute(path).unwrap_or_else(|_| path.clone())),
            Self::Postgres(url) => Self::Postgres(url.clone()),
        }
    }
}

/// How a database server is used; a file needs none of this.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Pooling {
    /// Connections at the same time.
    pub(crate) connections: usize,
    /// How long a request waits for one.
    pub(crate) wait: Duration,
    /// How long a request may take in total.
    pub(crate) patience: Duration,
}

impl Pooling {
    /// For a server.
    pub(crate) fn of_server(limits: &Limits) -> Self {
        Self {
            connections: limits.database_connections,
            wait: duration(limits.database_wait_time),
            patience: duration(limits.database_time),
        }
    }

    /// For a command, which does one thing at a time and leaves the connections to servers.
    pub(crate) fn of_command(limits: &Limits) -> Self {
        Self { connections: 2, ..Self::of_server(limits) }
    }
}

impl FromStr for DatabaseUrl {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if text.starts_with("postgres://") || text.starts_with("postgresql://") {
            return Ok(Self::Postgres(text.to_owned()));
        }
        match text.strip_prefix("sqlite:") {
            // other programs write `sqlite:///var/x.db` and `sqlite://x.db`
            Some(path) => {
                let path = path.strip_prefix("//").unwrap_or(path);
                if path.is_empty() || path.starts_with(':') || path.contains(['?', '\0']) {
                    return Err(format!(
                        "`{text}` does not name a file; write for example `sqlite:/var/lib/provost/provost.db`"
                    ));
                }
                Ok(Self::Sqlite(PathBuf::from(path)))
            }
            None => Err(format!(
                "`{}` is not a database URL; write `sqlite:PATH`, for example `sqlite:/var/lib/provost/provost.db`, or \
                 `postgres://USER:PASSWORD@HOST/DATABASE`",
                without_password(text)
            )),
        }
    }
}

impl TryFrom<String> for DatabaseUrl {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

impl fmt::Display for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sqlite(path) => write!(f, "sqlite:{}", path.display()),
            Self::Postgres(url) => f.write_str(&without_password(url)),
        }
    }
}

impl fmt::Debug for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// `scheme://user:password@host/name?options` without password and options, since both may be secret.
pub(crate) fn without_password(url: &str) -> String {
    let url = url.split_once('?').map_or(url, |(front, _)| front);
    let Some((scheme, rest)) = url.split_once("://") else { return url.to_owned() };
    // the last `@`, since a password may contain one that was not encoded
    match rest.rsplit_once('@') {
        Some((login, host)) => {
            let user = login.split_once(':').map_or(login, |(user, _)| user);
            format!("{scheme}://{user}@{host}")
        }
        None => url.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_kinds_are_read() {
        for (text, path) in [
            ("sqlite:provost.db", "provost.db"),
            ("sqlite:/a/b.db", "/a/b.db"),
            ("sqlite:///a/b.db", "/a/b.db"),
        ] {
            assert_eq!(text.parse(), Ok(DatabaseUrl::Sqlite(path.into())), "{text}");
        }
        assert!(matches!("postgres://h/n".parse(), Ok(DatabaseUrl::Postgres(_))));
        assert!(matches!("postgresql://h/n".parse(), Ok(DatabaseUrl::Postgres(_))));
    }

    #[test]
    fn other_texts_are_refused() {
        for text in ["", "provost.db", "mysql://h/n", "sqlite:", "sqlite::memory:", "sqlite:a?mode=memory"] {
            assert!(text.parse::<DatabaseUrl>().is_err(), "{text}");
        }
    }

    #[test]
    fn a_password_is_never_shown() {
        for url in [
            "postgres://scim:hunter2@db/provost",
            "postgres://scim:hun@ter2@db/provost",
            "postgres://scim@db/provost?password=hunter2",
        ] {
            let parsed: DatabaseUrl = url.parse().expect("a URL");
            assert_eq!(parsed.sqlite_path(), None);
            for shown in [parsed.to_string(), format!("{parsed:?}")] {
                assert!(!shown.contains("ter2") && !shown.contains("hun"), "{shown}");
                assert!(shown.contains("postgres://scim@db/provost"), "{shown}");
            }
        }
        let refused = "mysql://scim:hunter2@db/x".parse::<DatabaseUrl>().expect_err("not ours");
        assert!(!refused.contains("hunter2"), "{refused}");
    }
}
