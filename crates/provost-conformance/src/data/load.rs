//! Reads the `conformance/` folder.

use super::{GoldenExchange, HostileFile, Scenario, States};
use crate::Error;
use serde::de::DeserializeOwned;
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// Everything under `conformance/` that can be played.
#[derive(Debug, Clone)]
pub struct Data {
    /// People, groups and named states.
    pub states: States,
    /// Golden exchanges by name: `entra/`, `okta/`, `other/`.
    pub exchanges: BTreeMap<String, GoldenExchange>,
    /// Scenarios by name.
    pub scenarios: BTreeMap<String, Scenario>,
    /// Hostile requests by file.
    pub hostile: BTreeMap<String, HostileFile>,
}

impl Data {
    /// Reads all files under `dir`.
    ///
    /// # Errors
    /// The first file that is missing or not understood; a file whose `name` is not its file name counts as such.
    pub fn load(dir: &Path) -> Result<Self, Error> {
        let states = read(&dir.join("states.json"))?;
        let mut exchanges = BTreeMap::new();
        for folder in ["entra", "okta", "other"] {
            exchanges.extend(read_all(&dir.join(folder), |exchange: &GoldenExchange| Some(&exchange.name))?);
        }
        let scenarios = read_all(&dir.join("scenarios"), |scenario: &Scenario| Some(&scenario.name))?;
        let hostile = read_all(&dir.join("hostile"), |_: &HostileFile| None)?;
        Ok(Self { states, exchanges, scenarios, hostile })
    }
}

/// The JSON files of a folder by their names without ending.
fn read_all<T: DeserializeOwned>(
    dir: &Path,
    name_within: impl Fn(&T) -> Option<&String>,
) -> Result<BTreeMap<String, T>, Error> {
    let mut found = BTreeMap::new();
    for path in json_files(dir)? {
        let stem = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        let value: T = read(&path)?;
        if let Some(name) = name_within(&value).filter(|name| **name != stem) {
            return Err(wrong(&path, format!("its name within is `{name}`")));
        }
        found.insert(stem, value);
    }
    Ok(found)
}

fn json_files(dir: &Path) -> Result<Vec<PathBuf>, Error> {
    let entries = fs::read_dir(dir).map_err(|error| wrong(dir, error.to_string()))?;
    let mut files = Vec::new();
    for entry in entries {
        let path = entry.map_err(|error| wrong(dir, error.to_string()))?.path();
        if path.extension().is_some_and(|extension| extension == "json") {
            files.push(path);
        }
    }
    Ok(files)
}

fn read<T: DeserializeOwned>(path: &Path) -> Result<T, Error> {
    let text = fs::read_to_string(path).map_err(|error| wrong(path, error.to_string()))?;
    serde_json::from_str(&text).map_err(|error| wrong(path, error.to_string()))
}

fn wrong(path: &Path, why: String) -> Error {
    Error::Data { file: path.display().to_string(), why }
}
