//! Where letters are handed over.

mod fault;
mod folder;
mod lines;
mod smtp;

use super::letter::Letter;
use super::message::Message;
use crate::config::{self, SmtpUrl};
use futures_util::FutureExt as _;
use lettre::Address;
use std::panic::AssertUnwindSafe;
use std::path::PathBuf;

/// What became of a letter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Sending {
    /// The mail server took it, and said this.
    Taken(String),
    /// It did not, and may another time.
    Later(String),
    /// It is away, turns everybody down, or is not set up as it should be: any other letter would fare the same.
    Away(String),
    /// It never will, this letter or this address.
    Refused(String),
}

/// Sends letters as the settings say. It keeps one connection, and opens more while several letters are sent at once.
#[derive(Debug)]
pub(crate) struct Postbox {
    from: Address,
    way: Way,
}

#[derive(Debug)]
enum Way {
    Server(Box<smtp::Server>),
    Folder(PathBuf),
}

/// Settings that no mail can be sent with.
#[derive(Debug, thiserror::Error)]
pub(crate) enum PostboxError {
    #[error("{0}")]
    Password(String),
    #[error("the authorities in `{}` (`smtp-ca`) cannot be read: {what}", file.display())]
    Authorities { file: PathBuf, what: String },
    #[error("TLS cannot be set up for the mail server: {0}")]
    Tls(String),
    #[error("`mail-from` is not an address that mail can come from")]
    Sender,
}

impl Postbox {
    /// Reads the files that the settings name, but makes no connection.
    pub(crate) fn open(settings: &config::Mail) -> Result<Self, PostboxError> {
        let from: Address = settings.from.as_str().parse().map_err(|_not_one| PostboxError::Sender)?;
        let way = match &settings.smtp {
            SmtpUrl::Server(at) => Way::Server(Box::new(smtp::Server::new(at, settings, from.clone())?)),
            SmtpUrl::Folder(folder) => Way::Folder(folder.clone()),
        };
        Ok(Self { from, way })
    }

    /// Hands a letter over. It takes no longer than the limit `mail-time`.
    pub(crate) async fn send(&self, letter: &Letter) -> Sending {
        let message = match Message::of(letter, &self.from) {
            Ok(message) => message,
            Err(why) => return Sending::Refused(why),
        };
        match &self.way {
            Way::Folder(folder) => folder::put(folder.clone(), &message).await,
            // the library panics at some answers that no server should give
            Way::Server(server) => match AssertUnwindSafe(server.send(&message)).catch_unwind().await {
                Ok(sending) => sending,
                Err(_) => Sending::Away("the mail server gave an answer that cannot be read".to_owned()),
            },
        }
    }

    /// Whether the mail server is there and lets us in, without a letter: what it says of itself, or what is wrong.
    pub(crate) async fn reach(&self) -> Result<String, String> {
        match &self.way {
            Way::Folder(folder) => Ok(format!("mail is written to `{}`", folder.display())),
            Way::Server(server) => match AssertUnwindSafe(server.reach()).catch_unwind().await {
                Ok(reached) => reached,
                Err(_) => Err("the mail server gave an answer that cannot be read".to_owned()),
            },
        }
    }

    /// Ends the connection that is kept for the next letter. Whoever has none to send for a while should.
    pub(crate) async fn rest(&self) {
        if let Way::Server(server) = &self.way {
            server.rest().await;
        }
    }
}

#[cfg(test)]
mod tests;
