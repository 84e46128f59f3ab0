//! What the machine grants: open files for this process; free space and a kind of file system for a file.

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
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

/// Lets no core dump be written: the memory of a server holds what clients sent last, their tokens too. With a limit of one byte
/// none goes to a file, and none to a program that collects them, which a limit of nothing does not prevent.
pub(crate) fn no_core_dumps() -> io::Result<()> {
    let maximum = getrlimit(Resource::Core).maximum;
    let current = Some(maximum.map_or(1, |most| most.min(1)));
    Ok(setrlimit(Resource::Core, Rlimit { current, maximum })?)
}

/// Who runs this program, and where: `maren@host-1`. It is who signed in to the machine, where that is known: by `sudo` many
/// become one.
pub(crate) fn operator() -> String {
    let signed_in = std::fs::read_to_string("/proc/self/loginuid").ok();
    let signed_in = signed_in.and_then(|id| id.trim().parse().ok()).filter(|id| *id != NOBODY_SIGNED_IN);
    let id = signed_in.unwrap_or_else(|| rustix::process::getuid().as_raw());
    let users = std::fs::read_to_string("/etc/passwd").unwrap_or_default();
    let user = user_of(id, &users).map_or_else(|| format!("uid {id}"), str::to_owned);
    format!("{user}@{}", rustix::system::uname().nodename().to_string_lossy())
}

/// What the kernel says of a process that nobody started from a login: a service, a container.
const NOBODY_SIGNED_IN: u32 = u32::MAX;

/// From lines such as `maren:x:1000:1000:Maren:/home/maren:/bin/sh`.
fn user_of(id: u32, users: &str) -> Option<&str> {
    users.lines().find_map(|line| {
        let (name, rest) = line.split_once(':')?;
        (rest.split(':').nth(1)?.parse() == Ok(id)).then_some(name)
    })
}

/// The free bytes, for users other than root, of the file system that a path is on.
pub(crate) fn free_bytes(path: &Path) -> io::Result<u64> {
    let file_system = rustix::fs::statvfs(path)?;
    Ok(file_system.f_bavail.saturating_mul(file_system.f_frsize))
}

/// The kind of file system that a path is on, such as `ext4` or `nfs4`; `None` where this machine does not say.
pub(crate) fn file_system(path: &Path) -> Option<String> {
    let mounts = std::fs::read_to_string("/proc/self/mountinfo").ok()?;
    kind_of_mount(&std::fs::canonicalize(path).ok()?, &mounts)
}

/// From lines such as `36 35 98:0 / /var/lib rw,noatime shared:1 - ext4 /dev/sda1 rw`. Of several mounts over each other, the
/// last one is seen.
fn kind_of_mount(path: &Path, mounts: &str) -> Option<String> {
    let mount = |line: &str| {
        let (front, back) = line.split_once(" - ")?;
        // a blank in a name
        let point = front.split(' ').nth(4)?.replace("\\040", " ");
        let depth = path.starts_with(&point).then(|| Path::new(&point).components().count())?;
        Some((depth, back.split(' ').next()?.to_owned()))
    };
    mounts.lines().filter_map(mount).max_by_key(|(depth, _)| *depth).map(|(_, kind)| kind)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_and_last_mount_counts() {
        let mounts = "1 0 8:1 / / rw - ext4 /dev/sda1 rw\n2 1 0:5 / /var rw shared:1 - xfs /dev/sdb rw\n\
                      3 2 0:6 / /var/lib rw - ext4 /dev/sdc rw\n4 3 0:7 / /var/lib rw - nfs4 host:/x rw\n\
                      5 1 0:8 / /a\\040b rw - cifs //host/x rw\n";
        for (path, kind) in [
            ("/var/lib/provost/provost.db", "nfs4"),
            ("/var/library/provost.db", "xfs"),
            ("/provost.db", "ext4"),
            ("/a b/provost.db", "cifs"),
        ] {
            assert_eq!(kind_of_mount(Path::new(path), mounts).as_deref(), Some(kind), "{path}");
        }
        assert_eq!(kind_of_mount(Path::new("/x"), "nothing of the kind"), None);
    }

    #[test]
    fn an_operator_is_named_by_the_list_of_users() {
        let users = "root:x:0:0:root:/root:/bin/sh\nbroken\nmaren:x:1000:100:Maren:/home/maren:/bin/sh\n";
        for (id, user) in [(0, Some("root")), (1000, Some("maren")), (100, None), (7, None)] {
            assert_eq!(user_of(id, users), user, "{id}");
        }
        assert!(operator().split_once('@').is_some_and(|(user, host)| !user.is_empty() && !host.is_empty()));
    }

    #[test]
    fn connections_leave_room_for_other_files() {
        assert_eq!(TooFewFiles::of(900, 1_024), None);
        assert_eq!(TooFewFiles::of(900, 999), Some(TooFewFiles { granted: 999, connections: 900 }));
        assert!(open_files() > 0);
    }
}
