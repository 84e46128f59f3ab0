//! What the machine grants: open files for this process, free space for a file.

use rustix::process::{Resource, getrlimit};
use std::io;
use std::path::Path;

/// Descriptors beside those of connections: SQLite, the log, sockets that listen, a metrics page.
const BESIDE_CONNECTIONS: usize = 100;

/// More connections are allowed than this process can hold open.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "a process may have {granted} open files here, too few for `limits.connections` = {connections}: beyond that, nobody \
     can connect"
)]
pub(crate) struct TooFewFiles {
    pub(crate) granted: u64,
    pub(crate) connections: usize,
}

impl TooFewFiles {
    /// What to do about it.
    pub(crate) const REMEDY: &'static str =
        "raise the limit (`ulimit -n`, `LimitNOFILE=` in systemd), or lower `--limit-connections`";

    /// Whether so many connections are too many for `granted` open files.
    pub(crate) fn of(connections: usize, granted: u64) -> Option<Self> {
        let needed = u64::try_from(connections.saturating_add(BESIDE_CONNECTIONS)).unwrap_or(u64::MAX);
        (granted < needed).then_some(Self { granted, connections })
    }
}

/// How many files this process may have open at once.
pub(crate) fn open_files() -> u64 {
    getrlimit(Resource::Nofile).current.unwrap_or(u64::MAX)
}

/// The free bytes, for users other than root, of the file system that a path is on.
pub(crate) fn free_bytes(path: &Path) -> io::Result<u64> {
    let file_system = rustix::fs::statvfs(path)?;
    Ok(file_system.f_bavail.saturating_mul(file_system.f_frsize))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn connections_leave_room_for_other_files() {
        assert_eq!(TooFewFiles::of(900, 1_024), None);
        assert_eq!(TooFewFiles::of(900, 999), Some(TooFewFiles { granted: 999, connections: 900 }));
        assert!(open_files() > 0);
    }
}
