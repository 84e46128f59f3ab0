//! Reads the cases, either the built-in ones or those in a folder.

use super::{GoldenExchange, HostileFile, Scenario, States};
use crate::Error;
use serde::de::DeserializeOwned;
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

/// The playable files under `conformance/` at build time, by name.
const BUILT_IN: &[(&str, &str)] = include!(concat!(env!("OUT_DIR"), "/built_in.rs"));

/// The folders of golden exchanges, by sender.
const EXCHANGES: [&str; 3] = ["entra", "okta", "other"];
const SCENARIOS: &str = "scenarios";
const HOSTILE: &str = "hostile";

/// Everything playable under `conformance/`.
#[derive(Debug, Clone)]
pub struct Data {
    /// People, groups and named states.
    pub states: States,
    /// Golden exchanges by name, from `entra/`, `okta/` and `other/`.
    pub exchanges: BTreeMap<String, GoldenExchange>,
    /// Scenarios by name.
    pub scenarios: BTreeMap<String, Scenario>,
    /// Hostile requests by file.
    pub hostile: BTreeMap<String, HostileFile>,
}

impl Data {
    /// The cases built into this crate.
    ///
    /// # Errors
    /// It was built with an invalid file, which its tests rule out.
    pub fn built_in() -> Result<Self, Error> {
        let texts = BUILT_IN.iter().map(|(name, text)| ((*name).to_owned(), Cow::Borrowed(*text)));
        Self::of(&Files { place: "the built-in cases".to_owned(), texts: texts.collect() })
    }

    /// Reads all files under `dir`.
    ///
    /// # Errors
    /// The first file that is missing or invalid, for example one whose `name` is not its file name.
    pub fn load(dir: &Path) -> Result<Self, Error> {
        Self::of(&Files::of(dir)?)
    }

    fn of(files: &Files) -> Result<Self, Error> {
        let states = files.read("states.json")?;
        let mut exchanges = BTreeMap::new();
        for folder in EXCHANGES {
            exchanges.extend(files.read_all(folder, |exchange: &GoldenExchange| Some(&exchange.name))?);
        }
        let scenarios = files.read_all(SCENARIOS, |scenario: &Scenario| Some(&scenario.name))?;
        let hostile = files.read_all(HOSTILE, |_: &HostileFile| None)?;
        Ok(Self { states, exchanges, scenarios, hostile })
    }
}

/// The texts of the files, by name: `entra/e001-test-connection-user-probe.json`.
struct Files {
    /// Where they come from, for errors.
    place: String,
    texts: BTreeMap<String, Cow<'static, str>>,
}

impl Files {
    fn of(dir: &Path) -> Result<Self, Error> {
        let mut files = Self { place: dir.display().to_string(), texts: BTreeMap::new() };
        files.take(dir, "states.json")?;
        for folder in EXCHANGES.into_iter().chain([SCENARIOS, HOSTILE]) {
            let entries = fs::read_dir(dir.join(folder));
            for entry in entries.map_err(|error| files.wrong(folder, error.to_string()))? {
                let path = entry.map_err(|error| files.wrong(folder, error.to_string()))?.path();
                let file = path.file_name().unwrap_or_default().to_string_lossy();
                if file.ends_with(".json") {
                    files.take(dir, &format!("{folder}/{file}"))?;
                }
            }
        }
        Ok(files)
    }

    fn take(&mut self, dir: &Path, name: &str) -> Result<(), Error> {
        let text = fs::read_to_string(dir.join(name));
        let text = text.map_err(|error| self.wrong(name, error.to_string()))?;
        self.texts.insert(name.to_owned(), Cow::Owned(text));
        Ok(())
    }

    fn read<T: DeserializeOwned>(&self, name: &str) -> Result<T, Error> {
        let text =
            self.texts.get(name).ok_or_else(|| self.wrong(name, "there is no such file".to_owned()))?;
        serde_json::from_str(text).map_err(|error| self.wrong(name, error.to_string()))
    }

    /// The files of a folder by their names without extension.
    fn read_all<T: DeserializeOwned>(
        &self,
        folder: &str,
        name_within: impl Fn(&T) -> Option<&String>,
    ) -> Result<BTreeMap<String, T>, Error> {
        let mut found = BTreeMap::new();
        for file in self.texts.keys() {
            let stem = file.strip_prefix(folder).and_then(|rest| rest.strip_prefix('/'));
            let Some(stem) = stem.and_then(|rest| rest.strip_suffix(".json")) else { continue };
            let value: T = self.read(file)?;
            if let Some(name) = name_within(&value).filter(|name| **name != stem) {
                return Err(self.wrong(file, format!("its name within is `{name}`")));
            }
            found.insert(stem.to_owned(), value);
        }
        Ok(found)
    }

    fn wrong(&self, name: &str, why: String) -> Error {
        Error::Data { file: format!("{}/{name}", self.place), why }
    }
}
