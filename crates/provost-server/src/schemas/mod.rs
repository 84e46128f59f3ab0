//! `--schemas DIR`: `*.schema.json` files contain a Schema resource each, `*.resourcetype.json` files a ResourceType.
//! Both the server and `provost schema check` read them here, with the same messages.

pub(crate) mod command;

use crate::config::{ConfigError, Indexed};
use provost::SchemaSet;
use provost::unstable::core::schema::{FileError, LoadError};
use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

/// The schemas a server is configured with: the built-in ones and those in a directory, with the attributes to index.
pub(crate) fn configured(dir: Option<&Path>, indexed: &[Indexed]) -> Result<SchemaSet, SchemasError> {
    let mut set = load(dir)?;
    Indexed::enter(indexed, &mut set)?;
    Ok(set)
}

/// The built-in schemas and those of a directory.
pub(crate) fn load(dir: Option<&Path>) -> Result<SchemaSet, SchemasError> {
    let Some(dir) = dir else { return Ok(SchemaSet::builtin()) };
    let files = read(dir).map_err(|source| SchemasError::Unreadable { path: dir.to_owned(), source })?;
    let unreadable = files.iter().filter(|f| f.text.is_err());
    let mut faults: Vec<Fault> = unreadable.map(Fault::of_file).collect();
    // treats an unreadable file as empty, so that others are not blamed for its contents
    let texts = files.iter().map(|f| (f.name.as_str(), f.text.as_deref().unwrap_or_default()));
    match SchemaSet::load(texts) {
        Ok(set) if faults.is_empty() => return Ok(set),
        Ok(_) => {}
        Err(e) => faults.extend(told(&e, &files)),
    }
    Err(SchemasError::Faults { dir: dir.to_owned(), faults })
}

fn told<'a>(e: &'a LoadError, files: &'a [File]) -> impl Iterator<Item = Fault> + 'a {
    let read = |name: &str| files.iter().any(|f| f.name == name && f.text.is_ok());
    e.faults().iter().filter(move |fault| read(fault.file())).map(Fault::of_content)
}

struct File {
    name: String,
    text: io::Result<String>,
}

/// The `.json` files, sorted by name so that every start has the same result. Other files are the operator's notes.
fn read(dir: &Path) -> io::Result<Vec<File>> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(dir)? {
        let path = entry?.path();
        let name = path.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
        if name.to_ascii_lowercase().ends_with(".json") {
            files.push(File { name, text: std::fs::read_to_string(&path) });
        }
    }
    files.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(files)
}

/// A fault in a file: what, where, and what would be right.
#[derive(Debug, serde::Serialize)]
pub(crate) struct Fault {
    file: String,
    /// The member at fault, such as `attributes.floors.type`; empty for the whole file.
    at: String,
    message: String,
}

impl Fault {
    fn of_content(fault: &FileError) -> Self {
        let (at, message) = (fault.fault().at().to_owned(), fault.fault().message().to_owned());
        Self { file: fault.file().to_owned(), at, message }
    }

    fn of_file(file: &File) -> Self {
        let why = file.text.as_ref().err().map(ToString::to_string).unwrap_or_default();
        Self { file: file.name.clone(), at: String::new(), message: format!("cannot be read: {why}") }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { file, at, message } = self;
        match at.as_str() {
            "" => write!(f, "{file}: {message}"),
            at => write!(f, "{file}: in `{at}`: {message}"),
        }
    }
}

/// Schemas the server does not start with.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SchemasError {
    #[error("`{}` cannot be read: {source}", path.display())]
    Unreadable { path: PathBuf, source: io::Error },
    #[error("the schemas in `{}` have {}:{}", dir.display(), count(faults), lines(faults))]
    Faults { dir: PathBuf, faults: Vec<Fault> },
    #[error(transparent)]
    Indexed(#[from] ConfigError),
}

impl SchemasError {
    /// The faults in the files; empty if the problem is another one.
    pub(crate) fn faults(&self) -> &[Fault] {
        match self {
            Self::Unreadable { .. } | Self::Indexed(_) => &[],
            Self::Faults { faults, .. } => faults,
        }
    }
}

fn count(faults: &[Fault]) -> String {
    match faults.len() {
        1 => "a fault".to_owned(),
        n => format!("{n} faults"),
    }
}

fn lines(faults: &[Fault]) -> String {
    faults.iter().map(|fault| format!("\n  {fault}")).collect()
}

/// Schemas without a resource type are most likely unfinished.
pub(crate) fn warnings(set: &SchemaSet) -> impl Iterator<Item = String> + '_ {
    set.unused().map(|s| {
        format!("no resource type uses the schema `{}`: name it in a file `NAME.resourcetype.json`", s.id)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use tempfile::TempDir;

    const SCHEMA: &str = r#"{"id": "urn:example:Device", "name": "Device", "attributes": [{"name": "serial", "type": "string"}]}"#;
    const TYPE: &str = r#"{"name": "Device", "endpoint": "/Devices", "schema": "urn:example:Device"}"#;

    fn dir(files: &[(&str, &str)]) -> TempDir {
        let dir = TempDir::new().expect("a directory");
        for (name, text) in files {
            std::fs::write(dir.path().join(name), text).expect("written");
        }
        dir
    }

    fn refusal(files: &[(&str, &str)]) -> String {
        load(Some(dir(files).path())).expect_err("refused").to_string()
    }

    #[test]
    fn a_type_may_name_a_schema_of_a_later_file() {
        let dir = dir(&[("a.resourcetype.json", TYPE), ("z.schema.json", SCHEMA), ("README.md", "notes")]);
        let set = load(Some(dir.path())).expect("loaded");
        assert!(set.by_endpoint("Devices").is_some() && set.by_endpoint("Users").is_some());
    }

    #[test]
    fn faults_name_file_and_place() {
        let missing = refusal(&[("a.resourcetype.json", TYPE)]);
        assert!(
            missing.contains("a.resourcetype.json") && missing.contains("urn:example:Device"),
            "{missing}"
        );
        assert!(refusal(&[("b.schema.json", "{")]).contains("b.schema.json"));
        assert!(refusal(&[("b.shema.json", SCHEMA)]).contains("b.shema.json"));
        let several =
            refusal(&[("a.resourcetype.json", TYPE), ("b.schema.json", "{"), ("c.shema.json", SCHEMA)]);
        assert!(several.contains(" have 2 faults:\n  b.schema.json: "), "{several}");
        assert!(several.contains("\n  c.shema.json: the file name must end in"), "{several}");
        let absent = load(Some(Path::new("/nonexistent"))).expect_err("absent").to_string();
        assert!(absent.contains("/nonexistent"), "{absent}");
    }

    #[test]
    fn a_file_that_cannot_be_read_is_told_beside_the_faults_of_others() {
        let dir = dir(&[("b.schema.json", "{"), ("a.resourcetype.json", TYPE)]);
        std::fs::write(dir.path().join("c.schema.json"), [0xff, 0xfe]).expect("written");
        let error = load(Some(dir.path())).expect_err("refused");
        let files: Vec<&str> = error.faults().iter().map(|f| f.file.as_str()).collect();
        assert_eq!(files, ["c.schema.json", "b.schema.json"], "{error}");
        assert!(error.to_string().contains("c.schema.json: cannot be read: "), "{error}");
    }
}
