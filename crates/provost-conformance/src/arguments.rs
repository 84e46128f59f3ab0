//! The command line.

use std::fs;
use std::path::PathBuf;

use provost_conformance::{Options, Profile};

pub(crate) const HELP: &str = "\
Judges a SCIM 2.0 server over HTTP.

usage: provost-conformance run --base-url URL (--token TOKEN | --token-file FILE) [options]

  --base-url URL       the SCIM base URL, as http://127.0.0.1:8080/scim/v2
  --token TOKEN        the bearer token; give it an organisation of its own
  --token-file FILE    a file that holds the token
  --profile PROFILE    entra (default) or strict: how the server treats clients
  --suite SUITE        golden, scenarios, hostile or all (default)
  --data DIR           the folder with the data (default ./conformance)
  --has FEATURE        what the server has besides users and groups, as schema:lanternworks; may be repeated
  --only TEXT          only cases whose name contains this
  --exacting           holds the server to the letter of the data, beyond what the RFCs demand
  --json FILE          writes the report as JSON as well

exit codes: 0 everything that was played passed, 1 something failed, 2 usage
";

/// What the command line asks for.
#[derive(Debug)]
pub(crate) enum Asked {
    Help,
    Run(Arguments),
}

/// A run.
#[derive(Debug)]
pub(crate) struct Arguments {
    pub(crate) base_url: String,
    pub(crate) token: String,
    pub(crate) suites: Vec<Suite>,
    pub(crate) data: PathBuf,
    pub(crate) json: Option<PathBuf>,
    pub(crate) options: Options,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Suite {
    Golden,
    Scenarios,
    Hostile,
}

pub(crate) fn parse(words: impl Iterator<Item = String>) -> Result<Asked, String> {
    let mut words = words;
    match words.next().as_deref() {
        Some("run") => {}
        Some("--help" | "-h" | "help") => return Ok(Asked::Help),
        Some(other) => return Err(format!("unknown command `{other}`; expected `run`")),
        None => return Err("expected the command `run`".to_owned()),
    }
    let (mut base_url, mut token, mut json) = (None, None, None);
    let mut suites = vec![Suite::Golden, Suite::Scenarios, Suite::Hostile];
    let mut data = PathBuf::from("conformance");
    let mut options = Options::default();
    while let Some(word) = words.next() {
        let mut value = || words.next().ok_or_else(|| format!("`{word}` needs a value"));
        match word.as_str() {
            "--help" | "-h" => return Ok(Asked::Help),
            "--base-url" => base_url = Some(value()?),
            "--token" => token = Some(value()?),
            "--token-file" => token = Some(token_from(&value()?)?),
            "--profile" => options.profile = profile(&value()?)?,
            "--suite" => suites = suite(&value()?)?,
            "--data" => data = PathBuf::from(value()?),
            "--has" => drop(options.has.insert(value()?)),
            "--only" => options.only = Some(value()?),
            "--exacting" => options.exacting = true,
            "--json" => json = Some(PathBuf::from(value()?)),
            other => return Err(format!("unknown option `{other}`")),
        }
    }
    let base_url = base_url.ok_or("`--base-url` is missing")?;
    let token = token.ok_or("`--token` or `--token-file` is missing")?;
    Ok(Asked::Run(Arguments { base_url, token, suites, data, json, options }))
}

fn token_from(file: &str) -> Result<String, String> {
    let text = fs::read_to_string(file).map_err(|error| format!("{file}: {error}"))?;
    Ok(text.trim().to_owned())
}

fn profile(name: &str) -> Result<Profile, String> {
    let known = Profile::ALL.into_iter().find(|profile| profile.name() == name);
    known.ok_or_else(|| format!("unknown profile `{name}`; expected strict, entra, okta or interop"))
}

fn suite(name: &str) -> Result<Vec<Suite>, String> {
    match name {
        "all" => Ok(vec![Suite::Golden, Suite::Scenarios, Suite::Hostile]),
        "golden" => Ok(vec![Suite::Golden]),
        "scenarios" => Ok(vec![Suite::Scenarios]),
        "hostile" => Ok(vec![Suite::Hostile]),
        other => Err(format!("unknown suite `{other}`; expected golden, scenarios, hostile or all")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(line: &str) -> Result<Asked, String> {
        parse(line.split_whitespace().map(str::to_owned))
    }

    #[test]
    fn a_full_line_is_understood() {
        let line = "run --base-url http://h --token t --profile strict --suite hostile --data d --has a --has b \
                    --only x --exacting --json f";
        let Ok(Asked::Run(arguments)) = parsed(line) else { panic!("refused") };
        assert_eq!((arguments.base_url.as_str(), arguments.token.as_str()), ("http://h", "t"));
        assert_eq!(arguments.suites, [Suite::Hostile]);
        assert_eq!(arguments.options.profile, Profile::Strict);
        assert!(arguments.options.exacting);
        assert_eq!(arguments.options.has.len(), 2);
    }

    #[test]
    fn defaults_are_all_suites_and_entra() {
        let Ok(Asked::Run(arguments)) = parsed("run --base-url http://h --token t") else {
            panic!("refused")
        };
        assert_eq!(arguments.suites.len(), 3);
        assert_eq!(arguments.options.profile, Profile::Entra);
        assert_eq!(arguments.data, PathBuf::from("conformance"));
    }

    #[test]
    fn mistakes_are_named() {
        for (line, named) in [
            ("", "run"),
            ("play", "`play`"),
            ("run --token t", "--base-url"),
            ("run --base-url http://h", "--token"),
            ("run --base-url", "`--base-url` needs a value"),
            ("run --profile lax", "`lax`"),
            ("run --suite none", "`none`"),
            ("run --frobnicate", "`--frobnicate`"),
        ] {
            let error = parsed(line).unwrap_err();
            assert!(error.contains(named), "{line}: {error}");
        }
    }
}
