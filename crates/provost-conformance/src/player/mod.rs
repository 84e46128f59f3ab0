//! Plays the data against a server.

mod case;
mod checks;
mod directory;
mod golden;
mod hostile;
mod judge;
mod scenarios;

use crate::Error;
use crate::case_result::CaseResult;
use crate::data::{Data, OneOrMore};
use crate::http::{Client, Target};
use crate::observer::{Observer, Restart};
use serde::Deserialize;
use std::collections::BTreeSet;
use std::path::Path;

/// How the server under test treats clients.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Profile {
    /// By the letter of the RFCs.
    Strict,
    /// With what Microsoft Entra ID needs on top.
    #[default]
    Entra,
    /// With what Okta needs on top.
    Okta,
    /// As draft-ietf-scim-interop-profile reads the RFCs.
    Interop,
}

impl Profile {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Strict, Self::Entra, Self::Okta, Self::Interop];

    /// Whether a client of this profile is forgiven what the RFCs do not allow. Where nothing else is said, okta
    /// answers like entra, and interop like strict.
    #[must_use]
    pub fn is_forgiving(self) -> bool {
        match self {
            Self::Strict | Self::Interop => false,
            Self::Entra | Self::Okta => true,
        }
    }

    /// Its name, as on the command line and in the data.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Strict => "strict",
            Self::Entra => "entra",
            Self::Okta => "okta",
            Self::Interop => "interop",
        }
    }
}

/// What a run expects of the server.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// The profile the token's organisation has.
    pub profile: Profile,
    /// Holds the server to the letter of the data, where otherwise what the RFCs allow will do: the preferred status
    /// (in a forgiving profile), the exact content type, UUIDs for ids, no `null` in an answer, what error texts name and
    /// how they read, the limits.
    pub exact: bool,
    /// What the server has besides users and groups, as `schema:lanternworks`. Cases that require more are skipped.
    pub has: BTreeSet<String>,
    /// Another tenant of the same server, for cases that look for a way through the wall between two.
    pub other_tenant: Option<Box<Target>>,
    /// Plays only cases whose name contains this.
    pub only: Option<String>,
}

/// Plays suites against one server.
#[derive(Debug)]
pub struct Player {
    client: Client,
    options: Options,
}

impl Player {
    /// A player against a target. A target that cannot be reached shows in the results.
    ///
    /// # Errors
    /// No client can be made on this machine.
    pub fn new(target: Target, options: Options) -> Result<Self, Error> {
        Ok(Self { client: Client::new(target)?, options })
    }

    /// Plays the golden exchanges under `dir`, the `conformance` folder.
    ///
    /// # Errors
    /// The data cannot be read.
    pub fn run_golden(
        &mut self,
        dir: &Path,
        observer: Option<&dyn Observer>,
    ) -> Result<Vec<CaseResult>, Error> {
        let data = Data::load(dir)?;
        Ok(golden::run(self, &data, observer))
    }

    /// Plays the scenarios under `dir`.
    ///
    /// # Errors
    /// The data cannot be read.
    pub fn run_scenarios(
        &mut self,
        dir: &Path,
        observer: Option<&dyn Observer>,
        restart: Option<&dyn Restart>,
    ) -> Result<Vec<CaseResult>, Error> {
        let data = Data::load(dir)?;
        Ok(scenarios::run(self, &data, observer, restart))
    }

    /// Plays the hostile requests under `dir`.
    ///
    /// # Errors
    /// The data cannot be read.
    pub fn run_hostile(&mut self, dir: &Path) -> Result<Vec<CaseResult>, Error> {
        let data = Data::load(dir)?;
        Ok(hostile::run(self, &data))
    }

    /// Why a case is not played, if it is not.
    fn skip_reason(
        &self,
        profiles: Option<&OneOrMore<Profile>>,
        requires: Option<&String>,
    ) -> Option<String> {
        let profiles = profiles.map_or(&Profile::ALL[..], OneOrMore::all);
        if !profiles.contains(&self.options.profile) {
            let names: Vec<&str> = profiles.iter().map(|profile| profile.name()).collect();
            return Some(format!("only the profile {} answers like this", names.join(" or ")));
        }
        requires
            .filter(|needed| !self.options.has.contains(*needed))
            .map(|needed| format!("needs `{needed}`, which this server was not said to have"))
    }

    fn is_wanted(&self, name: &str) -> bool {
        self.options.only.as_ref().is_none_or(|only| name.contains(only))
    }
}
