//! A line at the start about users whose names would not be taken today.

use crate::findings;
use crate::model::Organisation;
use crate::storage::{Storage, StorageError};
use provost::unstable::diesel::Finding;

/// How many are named; `provost check` names more.
const NAMED: usize = 10;

/// Looks for them, which reads every user, and writes one line to the log if there are any.
pub(super) async fn tell(storage: Storage) {
    match look(&storage).await {
        Ok(None) => {}
        Ok(Some(line)) => tracing::warn!("{line}"),
        Err(error) => tracing::warn!(%error, "whether names of users would be refused today is not known"),
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
        "users are served as before whose names would not be taken today (`provost check` names them all): {}{more}",
        told.join("; ")
    )
}
