//! The command line.

use clap::{Args, Parser, Subcommand, ValueEnum};
use provost_conformance::load::Load;
use provost_conformance::load::hostile::Hostile;
use provost_conformance::{
    Data, Error, Options, Pattern, PlannedCase, Profile, Selection, Target, Trust, plan,
};
use std::fs;
use std::path::PathBuf;

const EXIT_CODES: &str = "\
Exit codes:
  0  everything that was played passed, or every answer to the load was right
  1  something failed
  2  it could not run: a wrong option, no SCIM server at the base URL, a token that is refused, nothing to play";

const RUN_USAGE: &str = "\
provost-conformance run --base-url <URL> (--token <TOKEN> | --token-file <FILE>) [OPTIONS]
       provost-conformance run --list [OPTIONS]";

/// Judges a SCIM 2.0 server over HTTP
#[derive(Debug, Parser)]
#[command(name = "provost-conformance", version, max_term_width = 110, after_help = EXIT_CODES)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Play cases and judge the answers
    ///
    /// Give it an organisation of its own: some cases count users, and whatever else is created there during a run is deleted.
    #[command(override_usage = RUN_USAGE, after_help = EXIT_CODES)]
    Run(RunArgs),
    /// Measure how fast the answers come, and judge each of them
    ///
    /// As many connections as named send one request after the other. Users and groups that are needed are made first
    /// and stay. The server must not limit requests per second.
    #[command(after_help = EXIT_CODES)]
    Load(LoadArgs),
}

/// The server, and where the report goes.
#[derive(Debug, Args)]
pub(crate) struct ServerArgs {
    /// The SCIM base URL, as https://scim.example.com/scim/v2
    #[arg(long, value_name = "URL")]
    base_url: Option<String>,
    #[command(flatten)]
    secret: TokenArgs,
    #[command(flatten)]
    certificates: CertificateArgs,
    /// How the server treats clients: strict, entra, okta or interop
    #[arg(long, default_value = "entra", value_parser = profile)]
    profile: Profile,
    /// Write the report as JSON as well
    #[arg(long, value_name = "FILE")]
    pub(crate) json: Option<PathBuf>,
}

#[derive(Debug, Args)]
#[group(multiple = false)]
struct TokenArgs {
    /// The bearer token; give it an organisation of its own
    #[arg(long)]
    token: Option<String>,
    /// A file that holds the token
    #[arg(long, value_name = "FILE")]
    token_file: Option<PathBuf>,
}

#[derive(Debug, Args)]
#[group(multiple = false)]
struct CertificateArgs {
    /// A PEM file with the certificate of an https server, or of the authority that issued it, where this machine does
    /// not trust it already
    #[arg(long, value_name = "FILE")]
    ca_certificate: Option<PathBuf>,
    /// Accept any certificate of an https server. The token then goes to any server that answers
    #[arg(long)]
    insecure: bool,
}

impl ServerArgs {
    /// The server to judge.
    ///
    /// # Errors
    /// URL or token are missing, the token or the certificate cannot be read, or the URL is not that of a SCIM server.
    pub(crate) fn target(&self) -> Result<Target, String> {
        let token = match (&self.secret.token, &self.secret.token_file) {
            (Some(token), _) => token.clone(),
            (None, Some(file)) => {
                let unreadable =
                    |e| format!("the file of `--token-file`, {}, cannot be read: {e}", file.display());
                fs::read_to_string(file).map_err(unreadable)?.trim().to_owned()
            }
            (None, None) => {
                return Err(
                    "name the token with `--token`, or a file that holds it with `--token-file`".to_owned()
                );
            }
        };
        if token.is_empty() {
            return Err("the token is empty".to_owned());
        }
        self.with_token(&token)
    }

    fn with_token(&self, token: &str) -> Result<Target, String> {
        let base_url = self.base_url.as_deref();
        let base_url = base_url
            .ok_or("name the server with `--base-url`, as https://scim.example.com/scim/v2".to_owned())?;
        let trust = match &self.certificates {
            CertificateArgs { insecure: true, .. } => Trust::Anything,
            CertificateArgs { ca_certificate: Some(file), .. } => Trust::File(file.clone()),
            CertificateArgs { .. } => Trust::System,
        };
        Target::trusting(base_url, token, trust).map_err(|error| error.to_string())
    }
}

#[derive(Debug, Args)]
pub(crate) struct RunArgs {
    #[command(flatten)]
    pub(crate) subject: ServerArgs,
    /// Which cases
    #[arg(long, value_enum, default_value_t = Suite::All)]
    pub(crate) suite: Suite,
    /// Say which cases would be played, and which not and why; no server is asked
    #[arg(long)]
    pub(crate) list: bool,
    /// A folder with cases to play in place of the built-in ones
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    /// What the server has besides users and groups, as schema:lanternworks; may be repeated
    #[arg(long, value_name = "FEATURE")]
    has: Vec<String>,
    /// The token of another organisation on the same server, for cases that try the wall between the two
    #[arg(long, value_name = "TOKEN")]
    other_tenant_token: Option<String>,
    /// Only cases whose name contains this text, or matches it as a whole where it has * or ?; can be repeated
    #[arg(long, value_name = "PATTERN")]
    only: Vec<Pattern>,
    /// No cases whose name matches this, as with `--only`; can be repeated
    #[arg(long, value_name = "PATTERN")]
    skip: Vec<Pattern>,
    /// Hold the server to the letter of the data, beyond what the RFCs demand
    #[arg(long)]
    exact: bool,
}

impl RunArgs {
    /// What is expected of the server.
    ///
    /// # Errors
    /// As for [`ServerArgs::target`].
    pub(crate) fn options(&self) -> Result<Options, String> {
        let other_tenant = self.other_tenant_token.as_deref().map(|token| self.subject.with_token(token));
        Ok(Options {
            profile: self.subject.profile,
            exact: self.exact,
            has: self.has.iter().cloned().collect(),
            other_tenant: other_tenant.transpose()?.map(Box::new),
            cases: Selection { only: self.only.clone(), skip: self.skip.clone() },
        })
    }

    /// The cases.
    ///
    /// # Errors
    /// The folder cannot be read, or one of its files is not valid.
    pub(crate) fn data(&self) -> Result<Data, Error> {
        self.data.as_deref().map_or_else(Data::built_in, Data::load)
    }

    /// The cases selected by suite and name.
    ///
    /// # Errors
    /// A pattern matches nothing.
    pub(crate) fn plan(&self, data: &Data, options: &Options) -> Result<Vec<PlannedCase>, Error> {
        let mut planned = plan(data, options, false);
        planned.retain(|case| self.suite.holds(case.suite));
        options.cases.check(&planned.iter().map(|case| case.name.as_str()).collect::<Vec<_>>())?;
        planned.retain(|case| options.cases.holds(&case.name));
        Ok(planned)
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Suite {
    All,
    Golden,
    Scenarios,
    Hostile,
}

impl Suite {
    /// Whether this suite is played: `golden`, `scenarios` or `hostile`.
    pub(crate) fn holds(self, part: &str) -> bool {
        match self {
            Self::All => true,
            Self::Golden => part == "golden",
            Self::Scenarios => part == "scenarios",
            Self::Hostile => part == "hostile",
        }
    }
}

#[derive(Debug, Args)]
pub(crate) struct LoadArgs {
    #[command(flatten)]
    pub(crate) subject: ServerArgs,
    #[command(flatten)]
    load: Load,
    #[command(flatten)]
    pub(crate) hostile: Hostile,
}

impl LoadArgs {
    pub(crate) fn load(&self) -> Load {
        Load { profile: self.subject.profile, ..self.load.clone() }
    }
}

fn profile(name: &str) -> Result<Profile, String> {
    let known = Profile::ALL.into_iter().find(|profile| profile.name() == name);
    known.ok_or_else(|| "expected strict, entra, okta or interop".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    fn parsed(line: &str) -> Result<Command, String> {
        let words = std::iter::once("provost-conformance").chain(line.split_whitespace());
        Cli::try_parse_from(words).map(|cli| cli.command).map_err(|e| e.to_string())
    }

    #[test]
    fn a_full_line_is_understood() {
        let line = "run --base-url http://h --token t --profile strict --suite hostile --data d --has a --has b \
                    --only x --only y* --skip z --other-tenant-token n --exact --json f --list";
        let Ok(Command::Run(run)) = parsed(line) else { panic!("refused") };
        assert_eq!(
            (run.subject.base_url.as_deref(), run.subject.secret.token.as_deref()),
            (Some("http://h"), Some("t"))
        );
        assert!(run.subject.target().is_ok());
        assert!(run.suite.holds("hostile") && !run.suite.holds("golden") && run.list);
        let options = run.options().unwrap();
        assert_eq!(options.profile, Profile::Strict);
        assert!(options.exact && options.other_tenant.is_some());
        assert_eq!((options.has.len(), options.cases.only.len(), options.cases.skip.len()), (2, 2, 1));
    }

    #[test]
    fn defaults_are_all_suites_and_entra() {
        let Ok(Command::Run(run)) = parsed("run --base-url http://h --token t") else { panic!("refused") };
        assert!(["golden", "scenarios", "hostile"].into_iter().all(|part| run.suite.holds(part)));
        assert_eq!(run.options().unwrap().profile, Profile::Entra);
        assert_eq!(run.data, None);
    }

    #[test]
    fn a_measurement_is_understood() {
        let line = "load --base-url http://h --token t --rows get,member:10 --connections 3 --seconds 0.5 --warm-up 0 \
                    --requests 7 --users 9 --pid 1 --targets f --json j --no-read-back";
        let Ok(Command::Load(measurement)) = parsed(line) else { panic!("refused") };
        let load = measurement.load();
        assert_eq!((load.rows.len(), load.connections, load.users), (2, 3, 9));
        assert_eq!((load.seconds, load.warm_up), (Duration::from_millis(500), Duration::ZERO));
        assert_eq!((load.requests, load.pid, load.no_read_back), (Some(7), Some(1), true));
        assert!(load.targets.is_some() && measurement.subject.json.is_some());
    }

    #[test]
    fn a_measurement_without_options_is_a_short_one_of_each_kind() {
        let Ok(Command::Load(measurement)) = parsed("load --base-url http://h --token t") else { panic!() };
        let load = measurement.load();
        assert_eq!((load.rows.len(), load.connections, load.users), (8, 16, 1_000));
        assert_eq!((load.seconds, load.warm_up), (Duration::from_secs(5), Duration::from_secs(1)));
    }

    #[test]
    fn mistakes_are_named() {
        for (line, named) in [
            ("", "run"),
            ("play", "'play'"),
            ("run --base-url http://h --token t --token-file f", "--token-file"),
            ("run --base-url https://h --token t --insecure --ca-certificate f", "--ca-certificate"),
            ("run --base-url", "a value is required for '--base-url"),
            ("run --profile lax", "strict, entra, okta or interop"),
            ("run --suite none", "golden, scenarios, hostile"),
            ("run --frobnicate", "'--frobnicate'"),
            ("load --frobnicate", "'--frobnicate'"),
            ("load --rows get,fly", "fly"),
            ("load --seconds -1", "'-1'"),
            ("load --seconds soon", "a number of seconds"),
            ("load --connections many", "'many'"),
        ] {
            let error = parsed(line).unwrap_err();
            assert!(error.contains(named), "{line}: {error}");
        }
    }

    #[test]
    fn a_server_needs_an_address_and_a_token() {
        for (line, named) in [
            ("run --token t", "--base-url"),
            ("run --base-url http://h", "--token-file"),
            ("run --token t --base-url h", "http://"),
            (
                "run --base-url http://h --token-file /nowhere",
                "the file of `--token-file`, /nowhere, cannot be read: ",
            ),
            ("load --token t", "--base-url"),
        ] {
            let target = match parsed(line) {
                Ok(Command::Run(run)) => run.subject.target(),
                Ok(Command::Load(measurement)) => measurement.subject.target(),
                Err(error) => panic!("{error}"),
            };
            let error = target.unwrap_err();
            assert!(error.contains(named) && error.lines().count() == 1, "{line}: {error}");
        }
    }
}
