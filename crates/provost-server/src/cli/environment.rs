//! Variables that look like ours and are not: a slip in a name would silently leave a setting at its default.

use super::args::Cli;
use crate::config::nearest;
use clap::{Command, CommandFactory};
use provost::unstable::core::text::excerpt;
use std::ffi::OsString;

const PREFIX: &str = "PROVOST_";

/// A sentence for each variable of these that begins as ours do and that nobody reads. Values may be secrets: they are not
/// looked at.
pub(crate) fn unknown(names: impl IntoIterator<Item = OsString>) -> Vec<String> {
    let mut known = Vec::new();
    collect(&Cli::command(), &mut known);
    let ours = names.into_iter().map(|name| name.to_string_lossy().into_owned());
    let mut unknown: Vec<String> = ours.filter(|n| n.starts_with(PREFIX) && !known.contains(n)).collect();
    unknown.sort();
    unknown.into_iter().map(|name| sentence(&name, &known)).collect()
}

fn sentence(name: &str, known: &[String]) -> String {
    let slip = name.strip_prefix(PREFIX).unwrap_or(name);
    let rest = known.iter().filter_map(|name| name.strip_prefix(PREFIX)).map(str::to_owned);
    let advice = match nearest(slip, rest) {
        Some(meant) => format!("did you mean `{PREFIX}{meant}`?"),
        None => "`provost serve --help` lists those that have one".to_owned(),
    };
    format!("the environment variable `{}` has no effect; {advice}", excerpt(name))
}

/// The variables of a command and of those below it.
fn collect(command: &Command, known: &mut Vec<String>) {
    let variables = command.get_arguments().filter_map(|option| option.get_env());
    known.extend(variables.map(|name| name.to_string_lossy().into_owned()));
    command.get_subcommands().for_each(|below| collect(below, known));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_nobody_reads_is_named_with_what_was_meant() {
        let names = [
            "PROVOST_PUBLC_URL",
            "PROVOST_LIMITS_PAGE",
            "PROVOST_COLOUR",
            "PROVOST_CONFIG",
            "PROVOST_LISTEN",
            "PATH",
        ];
        let told = unknown(names.map(OsString::from));
        let [colour, page, url] = &told[..] else { panic!("{told:?}") };
        assert!(colour.contains("`PROVOST_COLOUR` has no effect; `provost serve --help`"), "{colour}");
        assert!(page.ends_with("did you mean `PROVOST_LIMIT_PAGE`?"), "{page}");
        assert!(url.ends_with("did you mean `PROVOST_PUBLIC_URL`?"), "{url}");
    }
}
