//! `--schemas DIR`: `*.schema.json` holds a Schema resource, `*.resourcetype.json` a ResourceType resource.

use provost::core::SchemaSet;
use provost::core::schema::{SchemaError, parse_schema};
use std::path::{Path, PathBuf};

/// The built-in schemas and those of a directory. All schemas are read before the first resource type, which may name
/// any of them; files of a kind are read by name, so that two starts come to the same.
pub(super) fn load(dir: Option<&Path>) -> Result<SchemaSet, SchemasError> {
    let mut set = SchemaSet::builtin();
    let Some(dir) = dir else { return Ok(set) };
    let files = files(dir)?;
    for file in files.iter().filter(|f| has_ending(f, ".schema.json")) {
        set.add_schema(parse_schema(&read(file)?).map_err(|e| SchemasError::fault(file, e))?);
    }
    for file in files.iter().filter(|f| has_ending(f, ".resourcetype.json")) {
        set.add_resource_type(&read(file)?).map_err(|e| SchemasError::fault(file, e))?;
    }
    Ok(set)
}

fn files(dir: &Path) -> Result<Vec<PathBuf>, SchemasError> {
    let unreadable = |source| SchemasError::Unreadable { path: dir.to_owned(), source };
    let entries = std::fs::read_dir(dir).map_err(unreadable)?;
    let mut files =
        entries.map(|entry| entry.map(|e| e.path())).collect::<Result<Vec<_>, _>>().map_err(unreadable)?;
    files.sort();
    // a misspelt ending would leave a schema out without a word
    let odd = |f: &&PathBuf| {
        has_ending(f, ".json") && !has_ending(f, ".schema.json") && !has_ending(f, ".resourcetype.json")
    };
    match files.iter().find(odd) {
        Some(file) => Err(SchemasError::Ending(file.clone())),
        None => Ok(files),
    }
}

fn has_ending(file: &Path, ending: &str) -> bool {
    file.file_name().and_then(|name| name.to_str()).is_some_and(|name| name.ends_with(ending))
}

fn read(file: &Path) -> Result<String, SchemasError> {
    std::fs::read_to_string(file).map_err(|source| SchemasError::Unreadable { path: file.to_owned(), source })
}

/// A directory of schemas that the server does not start with.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SchemasError {
    #[error("`{}` cannot be read: {source}", path.display())]
    Unreadable { path: PathBuf, source: std::io::Error },
    #[error("`{}`: {source}", file.display())]
    Fault { file: PathBuf, source: SchemaError },
    #[error("`{}` is neither `NAME.schema.json` nor `NAME.resourcetype.json`", .0.display())]
    Ending(PathBuf),
}

impl SchemasError {
    fn fault(file: &Path, source: SchemaError) -> Self {
        Self::Fault { file: file.to_owned(), source }
    }
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
        let absent = load(Some(Path::new("/nonexistent"))).expect_err("absent").to_string();
        assert!(absent.contains("/nonexistent"), "{absent}");
    }
}
