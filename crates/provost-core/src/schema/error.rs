//! Faults in schemas, resource types and their files.

use std::fmt;

/// A fault in a schema or resource type.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}{message}", if .at.is_empty() { String::new() } else { format!("in `{}`: ", .at) })]
pub struct SchemaError {
    at: String,
    message: String,
}

impl SchemaError {
    pub(super) fn new(at: impl Into<String>, message: impl Into<String>) -> Self {
        Self { at: at.into(), message: message.into() }
    }

    /// The member at fault, such as `attributes.emails.type`; empty for the whole text.
    #[must_use]
    pub fn at(&self) -> &str {
        &self.at
    }

    /// What is wrong there, and what would be right.
    #[must_use]
    pub fn message(&self) -> &str {
        &self.message
    }
}

/// A fault in one of the files for [`SchemaSet::load`](super::SchemaSet::load).
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{file}: {fault}")]
pub struct FileError {
    file: String,
    fault: SchemaError,
}

impl FileError {
    pub(super) fn new(file: &str, fault: SchemaError) -> Self {
        Self { file: file.to_owned(), fault }
    }

    /// The name of the file, as it was given.
    #[must_use]
    pub fn file(&self) -> &str {
        &self.file
    }

    /// What is wrong, and in which member.
    #[must_use]
    pub fn fault(&self) -> &SchemaError {
        &self.fault
    }
}

/// All faults that [`SchemaSet::load`](super::SchemaSet::load) found, one a line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LoadError(pub(super) Vec<FileError>);

impl LoadError {
    /// The faults, in the order of the files; never empty.
    #[must_use]
    pub fn faults(&self) -> &[FileError] {
        &self.0
    }
}

impl std::error::Error for LoadError {}

impl fmt::Display for LoadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (n, fault) in self.0.iter().enumerate() {
            f.write_str(if n == 0 { "" } else { "\n" })?;
            fault.fmt(f)?;
        }
        Ok(())
    }
}
