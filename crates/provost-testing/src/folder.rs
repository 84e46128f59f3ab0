//! Folders for a test.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tempfile::TempDir;

/// An empty folder, deleted with its last handle.
#[derive(Debug, Clone)]
pub struct Folder(Arc<TempDir>);

impl Folder {
    /// Makes one.
    #[expect(clippy::new_without_default, reason = "it makes something outside the program")]
    pub fn new() -> Self {
        Self(Arc::new(TempDir::new().expect("a folder")))
    }

    /// The folder itself.
    pub fn root(&self) -> &Path {
        self.0.path()
    }

    /// The path of something in it.
    pub fn path(&self, name: &str) -> PathBuf {
        self.root().join(name)
    }

    /// The same as text, for commands and database URLs.
    pub fn file(&self, name: &str) -> String {
        self.path(name).to_str().expect("UTF-8").to_owned()
    }

    /// Writes a file.
    pub fn write(&self, name: &str, text: &str) {
        fs::write(self.path(name), text).expect("written");
    }

    /// Every byte of every file.
    pub fn bytes(&self) -> Vec<u8> {
        let files = fs::read_dir(self.root()).expect("listed");
        files.flat_map(|f| fs::read(f.expect("entry").path()).expect("read")).collect()
    }
}

/// Whether a text occurs in a file, such as a database or a log.
pub fn holds(bytes: &[u8], text: &str) -> bool {
    bytes.windows(text.len()).any(|window| window == text.as_bytes())
}
