//! A folder in place of a mail server, for development: each mail is a file that mail programs can open.

use super::Sending;
use crate::mail::message::Message;
use std::io::{self, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

/// Writes `ID.eml`, readable only by the owner since it may hold a link. A second attempt replaces the first.
pub(super) async fn put(folder: PathBuf, message: &Message) -> Sending {
    let (name, bytes) = (format!("{}.eml", message.name), message.bytes.clone());
    let file = folder.join(name);
    let place = file.clone();
    match tokio::task::spawn_blocking(move || write(&folder, &place, &bytes)).await {
        Ok(Ok(())) => Sending::Taken(format!("written to `{}`", file.display())),
        Ok(Err(e)) => Sending::Later(format!("`{}` cannot be written: {e}", file.display())),
        Err(_) => Sending::Later(format!("`{}` was not written", file.display())),
    }
}

fn write(folder: &Path, file: &Path, bytes: &[u8]) -> io::Result<()> {
    std::fs::create_dir_all(folder)?;
    let mut open = std::fs::OpenOptions::new();
    open.write(true).create(true).truncate(true).mode(0o600).open(file)?.write_all(bytes)
}
