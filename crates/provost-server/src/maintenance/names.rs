//! A log line at the start about users whose names would be refused today.

use super::findings;
use crate::organisations::{Organisation, OrganisationStore};
use crate::storage::{Storage, StorageError};
use provost::unstable::diesel::Finding;

/// How many are named; `provost check` lists more.
const NAMED: usize = 10;

/// Looks for them, which reads every user, and logs one line if there are any.
pub(crate) async fn tell(storage: Storage) {
    match look(&storage).await {
        Ok(None) => {}
        Ok(Some(line)) => tracing::warn!("{line}"),
        Err(error) => tracing::warn!(%error, "could not check whether user names would be refused today"),
    }
}

async fn look(storage: &Storage) -> Result<Option<String>, StorageError> {
    let found = storage.notices(NAMED).await?;
    match found.is_empty() {
        true => Ok(None),
        false => Ok(Some(line(&found, &storage.organisations().await?))),
    }
}

fn line(found: &[Finding], organisations: &[Organisation]) -> String {
    let told: Vec<String> = found.iter().map(|f| findings::line(f, organisations)).collect();
    let more = if found.len() < NAMED { "" } else { "; there may be more" };
    format!(
        "some users have names that would be refused today; they are served as before (`provost check` lists them all): {}{more}",
        told.join("; ")
    )
}
