//! What may be fetched from outside, besides the public internet.

use super::Network;
use std::path::PathBuf;

/// Private networks and authorities that the operator allows.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Outbound {
    pub(crate) allow: Vec<Network>,
    /// Certificates to trust besides those of the machine's authorities, in PEM.
    pub(crate) authorities: Option<PathBuf>,
}

impl Outbound {
    pub(crate) const fn is_closed(&self) -> bool {
        self.allow.is_empty() && self.authorities.is_none()
    }
}
