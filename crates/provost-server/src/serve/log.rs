//! Log lines go to standard error. No line holds a token, a body, a query or a filter.

use crate::config::{LogFormat, LogLevels};
use std::io::IsTerminal;
use tracing_subscriber::EnvFilter;

/// The HTTP server announces its workers and signals; ours says when it accepts connections. It also calls it an error
/// when anybody sends what is no HTTP, and a stranger could fill a disk with that. The adapter says less of a failure than our
/// own line does. An operator who names them in `--log` sees them.
const QUIET: &str = "actix_server=warn,actix_http=off,provost_actix=off";

/// Starts logging.
pub(super) fn start(levels: &LogLevels, format: LogFormat) {
    let filter = EnvFilter::new(format!("{QUIET},{levels}"));
    let subscriber = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_ansi(std::io::stderr().is_terminal());
    // only a test can have started it before
    let _ = match format {
        LogFormat::Text => subscriber.try_init(),
        LogFormat::Json => subscriber.json().flatten_event(true).try_init(),
    };
}
