//! Where letters are handed over.

use super::letter::Letter;
use crate::config;
use std::path::PathBuf;

/// What became of a letter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Sending {
    /// The mail server took it, and said this.
    Taken(String),
    /// It did not, and may another time: it is away, busy, or not set up as it should be.
    Later(String),
    /// It never will, this letter or this address.
    Refused(String),
}

/// Sends letters as the settings say.
#[derive(Debug)]
pub(crate) struct Postbox {
    settings: config::Mail,
}

/// Settings that no mail can be sent with.
#[derive(Debug, thiserror::Error)]
pub(crate) enum PostboxError {
    #[error("`{}` cannot be read: {what}", file.display())]
    Unreadable { file: PathBuf, what: String },
}

impl Postbox {
    /// Reads the files that the settings name.
    pub(crate) fn open(settings: &config::Mail) -> Result<Self, PostboxError> {
        if let Some(file) = &settings.password_file {
            let read = std::fs::read_to_string(file);
            read.map_err(|e| PostboxError::Unreadable { file: file.clone(), what: e.to_string() })?;
        }
        Ok(Self { settings: settings.clone() })
    }

    /// Hands a letter over. It takes a minute at most.
    pub(crate) async fn send(&self, letter: &Letter) -> Sending {
        let _id = letter.message_id.at(self.settings.from.as_str());
        std::future::ready(Sending::Later("this version does not send mail yet".to_owned())).await
    }
}
