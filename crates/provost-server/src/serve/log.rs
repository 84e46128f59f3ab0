//! Log lines go to standard error. None contains a token, a body, a query or a filter.

use crate::config::{LogFormat, LogLevels};
use std::io::IsTerminal;
use tracing_subscriber::EnvFilter;

/// The HTTP server announces its workers and signals, where ours only says that it accepts connections. It also logs an
/// error for anything that is not HTTP, with which a stranger could fill a disk. The adapter's line about a failure
/// says less than our own. Naming these targets in `--log` brings them back.
const QUIET: &str = "actix_server=warn,actix_http=off,provost_actix=off";

/// Starts logging.
pub(super) fn start(levels: &LogLevels, format: LogFormat) {
    let filter = EnvFilter::new(format!("{QUIET},{levels}"));
    let subscriber = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_ansi(std::io::stderr().is_terminal());
    // fails only if a test has already started it
    let _ = match format {
        LogFormat::Text => subscriber.try_init(),
        LogFormat::Json => subscriber.json().flatten_event(true).try_init(),
    };
}
