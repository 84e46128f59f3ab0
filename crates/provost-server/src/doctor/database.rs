//! Checks of the database file, and of what it says about itself.

use super::Answer;
use super::facts::Facts;
use crate::maintenance::{findings, restore};
use crate::output::few;

/// The log of a busy server may grow this far before it is truncated.
const LEAST_FREE: u64 = 64 << 20;

/// It exists, is ours, and is prepared for this version and these schemas.
pub(super) fn is_usable(facts: &Facts) -> Answer {
    match &facts.database {
        Ok(_) => Answer::fine("the database is there, and in the form that this version needs"),
        Err(why) => Answer::wrong(
            why,
            "give `--database`, `--schemas` and `--indexed` as the server has them; `provost serve` and `provost migrate` \
             bring a database up to date",
        ),
    }
}

/// It contains personal data and token hashes, so only its owner should read it.
pub(super) fn is_private(facts: &Facts) -> Answer {
    let Some(file) = &facts.file else { return Answer::Unknown };
    let open: Vec<_> = file.modes.iter().filter(|(_, mode)| mode & 0o077 != 0).collect();
    let named: Vec<String> =
        open.iter().map(|(path, mode)| format!("`{}` ({mode:o})", path.display())).collect();
    let remedy = "run `chmod 600` on each of them";
    let who = |who: &str| format!("{who} can read or write {}", few(&named));
    match (named.is_empty(), open.iter().any(|(_, mode)| mode & 0o007 != 0)) {
        (true, _) => Answer::fine("only its owner can read the database"),
        (false, true) => Answer::wrong(who("every user of this machine"), remedy),
        (false, false) => Answer::note(who("the group of the file"), remedy),
    }
}

/// SQLite's locks and shared memory do not work over a network.
pub(super) fn is_on_this_machine(facts: &Facts) -> Answer {
    const REMOTE: [&str; 12] = [
        "nfs",
        "nfs4",
        "cifs",
        "smb3",
        "smbfs",
        "9p",
        "afs",
        "ceph",
        "glusterfs",
        "fuse.glusterfs",
        "fuse.sshfs",
        "lustre",
    ];
    let Some(kind) = facts.file.as_ref().and_then(|file| file.file_system.as_deref()) else {
        return Answer::Unknown;
    };
    match REMOTE.contains(&kind) {
        false => Answer::fine(format!("the file system of the database is {kind}")),
        true => Answer::note(
            format!(
                "the database is on a network file system ({kind}), where SQLite's locks do not work between machines"
            ),
            "keep it on a disk of this machine; never start servers on two machines on one file",
        ),
    }
}

/// On a full disk, writes fail.
pub(super) fn has_room(facts: &Facts) -> Answer {
    let Some((file, free)) = facts.file.as_ref().and_then(|file| Some((file, file.free_bytes?))) else {
        return Answer::Unknown;
    };
    let mib = |bytes: u64| bytes.div_ceil(1 << 20);
    let left = format!("{} MiB are free on the disk of `{}`", mib(free), file.path.display());
    if free < LEAST_FREE {
        return Answer::wrong(
            format!("only {left}; without space, every write is refused"),
            "free some space",
        );
    }
    // an upgrade or `vacuum` writes all of it once more
    if free < file.bytes.saturating_mul(2) {
        let size = mib(file.bytes);
        return Answer::note(
            format!(
                "{left}, and the database has {size} MiB: too little for `provost vacuum` or a backup beside it"
            ),
            "free some space before the next upgrade",
        );
    }
    Answer::fine(left)
}

/// Only the identity provider knows what happened after a backup that was restored.
pub(super) fn provisioning_was_restarted(facts: &Facts) -> Answer {
    match &facts.database {
        Err(_) => Answer::Unknown,
        Ok(found) => match found.restored {
            None => Answer::fine("no backup was restored, or provisioning was restarted since"),
            Some(at) => Answer::wrong(
                format!("the database was restored from a backup at {at}: {}", restore::RESTART),
                restore::DONE,
            ),
        },
    }
}

/// Whether deleted data can still be read in it.
pub(super) fn is_overwritten(facts: &Facts) -> Answer {
    match &facts.database {
        Err(_) => Answer::Unknown,
        Ok(found) => match found.is_overwritten {
            // a database server takes care of this itself
            None => Answer::Unknown,
            Some(true) => Answer::fine("deleted data is overwritten"),
            Some(false) => Answer::note(findings::DELETED_DATA, findings::VACUUM),
        },
    }
}

/// Users whose names would be refused today are served and can be found by them, but no other user can get such a name.
pub(super) fn names_are_taken_today(facts: &Facts) -> Answer {
    let Ok(found) = &facts.database else { return Answer::Unknown };
    match found.names.is_empty() {
        true => Answer::fine("every user has a name that would be taken today"),
        false => Answer::note(
            format!("some users have names that would be refused today, such as {}", found.names.join("; ")),
            "rename them in the identity provider; `provost check` lists them all",
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::super::facts::{Contents, File};
    use super::*;

    fn with_file(change: impl FnOnce(&mut File)) -> Facts {
        let mut facts = Facts::sound();
        change(facts.file.as_mut().expect("a file"));
        facts
    }

    fn with_contents(change: impl FnOnce(&mut Contents)) -> Facts {
        let mut facts = Facts::sound();
        change(facts.database.as_mut().expect("a database"));
        facts
    }

    #[test]
    fn a_database_that_does_not_answer_is_wrong() {
        let facts = Facts { database: Err("there is none".to_owned()), ..Facts::sound() };
        assert!(matches!(is_usable(&facts), Answer::Wrong(a) if a.what == "there is none"));
    }

    #[test]
    fn files_that_others_can_read_are_told() {
        for (mode, wrong) in [(0o640, false), (0o604, true), (0o666, true), (0o602, true)] {
            let facts = with_file(|file| file.modes.push(("provost.db-wal".into(), mode)));
            let answer = is_private(&facts);
            let told = match &answer {
                Answer::Wrong(a) if wrong => &a.what,
                Answer::Note(a) if !wrong => &a.what,
                _ => panic!("{mode:o}: {answer:?}"),
            };
            assert!(
                told.contains(&format!("`provost.db-wal` ({mode:o})")) && !told.contains("600"),
                "{told}"
            );
        }
    }

    #[test]
    fn a_network_file_system_is_a_note() {
        let on = |kind: &str| with_file(|file| file.file_system = Some(kind.to_owned()));
        assert!(matches!(is_on_this_machine(&on("nfs4")), Answer::Note(a) if a.what.contains("(nfs4)")));
        assert!(matches!(is_on_this_machine(&on("xfs")), Answer::Fine(_)));
    }

    #[test]
    fn a_disk_that_is_nearly_full_is_told() {
        let free = |free, bytes| with_file(|file| (file.free_bytes, file.bytes) = (Some(free), bytes));
        assert!(
            matches!(has_room(&free(LEAST_FREE - 1, 1)), Answer::Wrong(a) if a.what.contains("only 64 MiB"))
        );
        assert!(matches!(has_room(&free(1 << 30, 1 << 30)), Answer::Note(a) if a.what.contains("1024 MiB")));
        assert!(matches!(has_room(&free(2 << 30, 1 << 30)), Answer::Fine(_)));
    }

    #[test]
    fn a_restore_is_wrong_until_provisioning_was_restarted() {
        let facts = with_contents(|found| found.restored = Some(crate::clock::Timestamp::from_millis(0)));
        let answer = provisioning_was_restarted(&facts);
        assert!(
            matches!(&answer, Answer::Wrong(a) if a.what.contains("members again") && a.remedy.contains("--done")),
            "{answer:?}"
        );
    }

    #[test]
    fn deleted_data_is_a_note() {
        let facts = with_contents(|found| found.is_overwritten = Some(false));
        assert!(matches!(is_overwritten(&facts), Answer::Note(a) if a.remedy.contains("provost vacuum")));
    }

    #[test]
    fn names_that_would_be_refused_are_a_note() {
        let facts = with_contents(|found| found.names.push("organisation acme: User 1: refused".to_owned()));
        assert!(matches!(names_are_taken_today(&facts), Answer::Note(a) if a.what.contains("User 1")));
    }
}
