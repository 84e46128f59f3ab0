//! Why the server does not serve.

use provost::SettingsError;
use std::net::SocketAddr;

/// Why the server does not start, or stopped serving.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ServeError {
    #[error("cannot listen on `{address}`: {source}")]
    Listen { address: SocketAddr, source: std::io::Error },
    #[error(transparent)]
    Settings(#[from] SettingsError),
    #[error("the server failed: {0}")]
    Server(std::io::Error),
    #[error("stopped without waiting for requests in flight")]
    Forced,
}

impl ServeError {
    pub(super) fn listen(address: SocketAddr, source: std::io::Error) -> Self {
        Self::Listen { address, source }
    }
}
