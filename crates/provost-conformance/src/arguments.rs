//! The command line.

use std::fs;
use std::path::PathBuf;
use std::time::Duration;

use provost_conformance::load::Load;
use provost_conformance::{Options, Profile};

pub(crate) const HELP: &str = "\
Judges a SCIM 2.0 server over HTTP.

usage: provost-conformance run  --base-url URL (--token TOKEN | --token-file FILE) [options]
       provost-conformance load --base-url URL (--token TOKEN | --token-file FILE) [options]

run plays cases and judges the answers:

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

load measures how fast the answers come, and judges each of them: as many connections as named send one request after
the other. Users and groups that it needs are made first and stay. The server must not limit requests per second.

  --base-url, --token, --token-file, --profile, --json   as above
  --rows A,B,..        what is measured, in this order (default get,match,email,page,group:100,member:100,patch,create):
                       get, match (by userName), email (filter), create, patch (five operations), page and last-page
                       (of 100, by startIndex), cursor and last-cursor (the same by cursor), member:M (adds one member
                       to a group of M, removes it again: two lines), group:M (without members), whole-group:M,
                       path:/PATH (anything whose answer is always the same)
  --connections N      connections at the same time (default 16)
  --seconds S          how long each row is measured (default 5)
  --warm-up S          how long each row runs before that (default 1)
  --requests N         ends a row early, after so many requests
  --users N            users that must be there (default 1000)
  --targets FILE       where the users and groups to ask for are kept: read if the file is there, else written
  --pid PID            the server's process on this machine: its processor time for each request, and its peak memory
  --no-read-back       does not read acknowledged writes back after each row

exit codes: 0 everything that was played passed, every answer to the load was right; 1 something failed; 2 usage
";

/// What the command line asks for.
#[derive(Debug)]
pub(crate) enum Asked {
    Help,
    Run(Arguments),
    Load(LoadArguments),
}

/// A measurement.
#[derive(Debug)]
pub(crate) struct LoadArguments {
    pub(crate) base_url: String,
    pub(crate) token: String,
    pub(crate) json: Option<PathBuf>,
    pub(crate) load: Load,
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
        Some("run") => run(words),
        Some("load") => load(words),
        Some("--help" | "-h" | "help") => Ok(Asked::Help),
        Some(other) => Err(format!("unknown command `{other}`; expected `run` or `load`")),
        None => Err("expected the command `run` or `load`".to_owned()),
    }
}

fn load(mut words: impl Iterator<Item = String>) -> Result<Asked, String> {
    let (mut base_url, mut token, mut json) = (None, None, None);
    let mut load = Load::default();
    while let Some(word) = words.next() {
        let mut value = || words.next().ok_or_else(|| format!("`{word}` needs a value"));
        match word.as_str() {
            "--help" | "-h" => return Ok(Asked::Help),
            "--base-url" => base_url = Some(value()?),
            "--token" => token = Some(value()?),
            "--token-file" => token = Some(token_from(&value()?)?),
            "--profile" => load.profile = profile(&value()?)?,
            "--json" => json = Some(PathBuf::from(value()?)),
            "--rows" => load.rows = value()?.split(',').map(str::parse).collect::<Result<_, _>>()?,
            "--connections" => load.connections = number(&word, &value()?)?,
            "--seconds" => load.time = seconds(&word, &value()?)?,
            "--warm-up" => load.warm_up = seconds(&word, &value()?)?,
            "--requests" => load.requests = Some(number(&word, &value()?)?),
            "--users" => load.users = number(&word, &value()?)?,
            "--targets" => load.targets = Some(PathBuf::from(value()?)),
            "--pid" => load.pid = Some(number(&word, &value()?)?),
            "--no-read-back" => load.read_back = false,
            other => return Err(format!("unknown option `{other}`")),
        }
    }
    let base_url = base_url.ok_or("`--base-url` is missing")?;
    let token = token.ok_or("`--token` or `--token-file` is missing")?;
    Ok(Asked::Load(LoadArguments { base_url, token, json, load }))
}

fn number<T: std::str::FromStr>(option: &str, text: &str) -> Result<T, String> {
    text.parse().map_err(|_not_a_number| format!("`{option}`: `{text}` is not a whole number"))
}

fn seconds(option: &str, text: &str) -> Result<Duration, String> {
    let seconds = text.parse().ok().and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
    seconds.ok_or_else(|| format!("`{option}`: `{text}` is not a number of seconds"))
}

fn run(mut words: impl Iterator<Item = String>) -> Result<Asked, String> {
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
    fn a_measurement_is_understood() {
        let line = "load --base-url http://h --token t --rows get,member:10 --connections 3 --seconds 0.5 --warm-up 0 \
                    --requests 7 --users 9 --pid 1 --targets f --json j --no-read-back";
        let Ok(Asked::Load(LoadArguments { load, json, .. })) = parsed(line) else { panic!("refused") };
        assert_eq!((load.rows.len(), load.connections, load.users), (2, 3, 9));
        assert_eq!((load.time, load.warm_up), (Duration::from_millis(500), Duration::ZERO));
        assert_eq!((load.requests, load.pid, load.read_back), (Some(7), Some(1), false));
        assert!(load.targets.is_some() && json.is_some());
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
            ("load --frobnicate", "`--frobnicate`"),
            ("load --rows get,fly", "`fly`"),
            ("load --seconds -1", "`-1`"),
            ("load --connections many", "`many`"),
            ("load --token t", "--base-url"),
        ] {
            let error = parsed(line).unwrap_err();
            assert!(error.contains(named), "{line}: {error}");
        }
    }
}
