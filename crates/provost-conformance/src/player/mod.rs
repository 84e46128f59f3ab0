//! Plays the data against a server.

mod case;
mod checks;
mod created;
mod directory;
mod golden;
mod hostile;
mod judge;
mod plan;
mod scenarios;

pub use plan::{PlannedCase, plan};

use crate::case_result::CaseResult;
use crate::data::Data;
use crate::http::{Client, Target};
use crate::observer::{Observer, Restart};
use crate::selection::Selection;
use crate::{Error, preflight};
use serde::Deserialize;
use std::collections::BTreeSet;
use std::sync::OnceLock;

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
    /// All profiles.
    pub const ALL: [Self; 4] = [Self::Strict, Self::Entra, Self::Okta, Self::Interop];

    /// Whether clients of this profile are forgiven what the RFCs do not allow. Unless the data says otherwise, okta
    /// answers like entra, and interop like strict.
    #[must_use]
    pub fn is_forgiving(self) -> bool {
        match self {
            Self::Strict | Self::Interop => false,
            Self::Entra | Self::Okta => true,
        }
    }

    /// Its name on the command line and in the data.
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
    /// The profile of the token's organisation.
    pub profile: Profile,
    /// Requires what the data says to the letter, beyond the RFCs: the preferred status (in a forgiving profile), the
    /// exact content type, UUIDs for ids, no `null` in an answer, what error texts name and how they read, the limits.
    pub exact: bool,
    /// What the server has besides users and groups, such as `schema:lanternworks`. Cases that require more are
    /// skipped.
    pub has: BTreeSet<String>,
    /// Another tenant of the same server, for cases that try to reach it.
    pub other_tenant: Option<Box<Target>>,
    /// The cases to play.
    pub cases: Selection,
}

/// Plays suites against one server.
#[derive(Debug)]
pub struct Player {
    client: Client,
    options: Options,
    /// The case after which the server stopped answering.
    gone: OnceLock<String>,
}

impl Player {
    /// Makes a player for a target. If the target cannot be reached, the results say so; call [`Player::check_server`]
    /// to find out first.
    ///
    /// # Errors
    /// No client can be made on this machine.
    pub fn new(target: Target, options: Options) -> Result<Self, Error> {
        Ok(Self { client: Client::new(target)?, options, gone: OnceLock::new() })
    }

    /// Checks that there is a SCIM server that accepts the token, and the other tenant's token, if any.
    ///
    /// # Errors
    /// What is there instead, and what to do about it: every case would fail for that reason alone.
    pub fn check_server(&self) -> Result<(), Error> {
        preflight::check(&self.client, preflight::TOKEN)?;
        let other_tenant = self.options.other_tenant.as_deref();
        other_tenant.map_or(Ok(()), |target| {
            preflight::check(&self.client.towards(target.clone()), preflight::OTHER_TOKEN)
        })
    }

    /// Plays the golden exchanges.
    pub fn run_golden(&mut self, data: &Data, observer: Option<&dyn Observer>) -> Vec<CaseResult> {
        golden::run(self, data, observer)
    }

    /// Plays the scenarios.
    pub fn run_scenarios(
        &mut self,
        data: &Data,
        observer: Option<&dyn Observer>,
        restart: Option<&dyn Restart>,
    ) -> Vec<CaseResult> {
        scenarios::run(self, data, observer, restart)
    }

    /// Plays the hostile requests.
    pub fn run_hostile(&mut self, data: &Data) -> Vec<CaseResult> {
        hostile::run(self, data)
    }

    fn is_wanted(&self, name: &str) -> bool {
        self.options.cases.holds(name)
    }

    /// The case as planned, or skipped if the server is gone.
    fn in_time(&self, planned: PlannedCase) -> PlannedCase {
        match self.gone.get() {
            Some(last) if planned.skipped.is_none() => {
                planned.without(format!("the server has not answered since `{last}`"))
            }
            _ => planned,
        }
    }

    /// After a failure, checks whether the server still answers at all: one result that says it does not is enough,
    /// hundreds would add nothing.
    fn look_after(&self, client: &Client, result: &CaseResult) {
        if result.failed() && preflight::is_gone(client) {
            self.gone.get_or_init(|| result.name.clone());
        }
    }
}
