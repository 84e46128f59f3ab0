//! A line at the start about users whose names would not be taken today.

use crate::findings;
use crate::model::Organisation;
use crate::storage::{Storage, StorageError};
use provost::diesel::Finding;
use std::sync::Arc;

/// How many are named; `provost check` names more.
const NAMED: usize = 10;

/// Looks for them on a thread of its own, for it reads every user, and writes one line to the log if there are any.
pub(super) fn tell(storage: &Arc<dyn Storage>) {
    let storage = Arc::clone(storage);
    let look = move || match look(&*storage) {
        Ok(None) => {}
        Ok(Some(line)) => tracing::warn!("{line}"),
        Err(error) => tracing::warn!(%error, "whether names of users would be refused today is not known"),
    };
    if let Err(error) = std::thread::Builder::new().name("names".to_owned()).spawn(look) {
        tracing::warn!(%error, "whether names of users would be refused today is not known");
    }
}

fn look(storage: &dyn Storage) -> Result<Option<String>, StorageError> {
    let found = storage.notices(NAMED)?;
    match found.is_empty() {
        true => Ok(None),
        false => Ok(Some(line(&found, &storage.organisations()?))),
    }
}

fn line(found: &[Finding], organisations: &[Organisation]) -> String {
    let told: Vec<String> = found.iter().map(|f| findings::line(f, organisations)).collect();
    let more = if found.len() < NAMED { "" } else { "; there may be more" };
    format!(
        "users are served as before whose names would not be taken today (`provost check` names them all): {}{more}",
        told.join("; ")
    )
}
