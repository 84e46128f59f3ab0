//! What would be played, and what would be skipped and why, before the first request.

use super::{Options, Profile};
use crate::case_result::{CaseResult, Outcome};
use crate::data::{Data, GoldenExchange, HostileCase, HostileFile, OneOrMore, Scenario, StepAction};
use std::fmt;

/// One case, before it is played.
#[derive(Debug, Clone)]
pub struct PlannedCase {
    /// `golden`, `scenarios` or `hostile`.
    pub suite: &'static str,
    /// The name of the case.
    pub name: String,
    /// Why the server must answer as expected, or which client sends this.
    pub why: Option<String>,
    /// The section of a standard that the case tests, such as `RFC 7644 §3.5.2`.
    pub rfc: Option<String>,
    /// Why it is skipped, if it is.
    pub skipped: Option<String>,
}

/// Every case of the data, whatever its name, in the order of play. `restarts` says whether the server can be restarted
/// for scenarios that need it.
#[must_use]
pub fn plan(data: &Data, options: &Options, restarts: bool) -> Vec<PlannedCase> {
    let golden = data.exchanges.values().map(|exchange| PlannedCase::golden(options, exchange));
    let scenarios =
        data.scenarios.values().map(|scenario| PlannedCase::scenario(options, scenario, restarts));
    let files = data.hostile.values();
    let hostile =
        files.flat_map(|file| file.cases.iter().map(|case| PlannedCase::hostile(options, file, case)));
    golden.chain(scenarios).chain(hostile).collect()
}

impl PlannedCase {
    pub(super) fn golden(options: &Options, exchange: &GoldenExchange) -> Self {
        let source = || exchange.source().map(|source| format!("sent {source}"));
        Self {
            suite: "golden",
            name: exchange.name.clone(),
            why: exchange.note.clone().or_else(source),
            rfc: exchange.rfc.clone(),
            skipped: unfit(options, exchange.profile.as_ref(), exchange.requires.as_ref()),
        }
    }

    pub(super) fn scenario(options: &Options, scenario: &Scenario, restarts: bool) -> Self {
        let needs_restart = scenario.steps.iter().any(|step| matches!(step.action, StepAction::Restart));
        let no_restart = (needs_restart && !restarts)
            .then(|| "needs the server to be restarted, and nobody offers to".to_owned());
        Self {
            suite: "scenarios",
            name: scenario.name.clone(),
            why: Some(scenario.about.clone()),
            rfc: scenario.rfc.clone(),
            skipped: unfit(options, scenario.profile.as_ref(), scenario.requires.as_ref()).or(no_restart),
        }
    }

    pub(super) fn hostile(options: &Options, file: &HostileFile, case: &HostileCase) -> Self {
        // beyond the RFCs a server need only follow its own documentation
        let beyond = case.exact && !options.exact;
        let alone = !file.other_tenant.is_empty() && options.other_tenant.is_none();
        let skipped = unfit(options, None, case.requires.as_ref())
            .or_else(|| beyond.then(|| "goes beyond the RFCs; played when held to the letter".to_owned()))
            .or_else(|| alone.then(|| "needs another tenant of the server".to_owned()))
            .or_else(|| {
                let silent = case.wanted(options.profile).is_none();
                silent.then(|| "says nothing about this profile".to_owned())
            });
        Self {
            suite: "hostile",
            name: case.name.clone(),
            why: Some(case.why.clone()),
            rfc: case.rfc.clone().or_else(|| file.rfc.clone()),
            skipped,
        }
    }

    /// A whole file of hostile requests, if not even their initial state can be made.
    pub(super) fn of_file(file: &HostileFile) -> Self {
        Self { suite: "hostile", name: file.about.clone(), why: None, rfc: file.rfc.clone(), skipped: None }
    }

    /// The result of a skipped case.
    pub(super) fn not_played(self) -> CaseResult {
        let Self { suite, name, why, rfc, skipped } = self;
        CaseResult {
            suite,
            name,
            why,
            rfc,
            outcome: Outcome::Skipped,
            reason: skipped,
            differences: Vec::new(),
            transcript: Vec::new(),
            notes: Vec::new(),
        }
    }

    /// The same case, skipped for this reason.
    pub(super) fn without(self, reason: impl Into<String>) -> Self {
        Self { skipped: Some(reason.into()), ..self }
    }
}

impl fmt::Display for PlannedCase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.skipped {
            Some(reason) => write!(f, "skip {} {}: {reason}", self.suite, self.name),
            None => write!(f, "play {} {}", self.suite, self.name),
        }
    }
}

/// Why a case is not for a server of this profile, with what it has.
fn unfit(
    options: &Options,
    profiles: Option<&OneOrMore<Profile>>,
    requires: Option<&String>,
) -> Option<String> {
    let profiles = profiles.map_or(&Profile::ALL[..], OneOrMore::all);
    if !profiles.contains(&options.profile) {
        let names: Vec<&str> = profiles.iter().map(|profile| profile.name()).collect();
        return Some(format!("only the profile {} answers like this", names.join(" or ")));
    }
    requires
        .filter(|needed| !options.has.contains(*needed))
        .map(|needed| format!("needs `{needed}`, which this server was not said to have"))
}
