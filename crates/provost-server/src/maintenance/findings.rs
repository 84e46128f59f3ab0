//! Findings about the directory in an operator's words, with organisations by their short names.

use crate::organisations::Organisation;
use crate::storage::{Storage, StorageError};
use provost::unstable::diesel::Finding;

/// Where and what it is: `organisation acme: User 0192…: …`.
pub(crate) fn line(f: &Finding, organisations: &[Organisation]) -> String {
    let organisation = slug(f, organisations).map(|slug| format!("organisation {slug}: "));
    let resource = f.resource.as_ref().map(|(kind, id)| format!("{kind} {id}: "));
    format!("{}{}{}", organisation.unwrap_or_default(), resource.unwrap_or_default(), f.what)
}

/// The organisation: its short name, or its key if it no longer exists.
pub(crate) fn slug(f: &Finding, organisations: &[Organisation]) -> Option<String> {
    let tenant = f.tenant?;
    let known = organisations.iter().find(|o| o.tenant == tenant);
    Some(known.map_or_else(|| tenant.to_string(), |o| o.slug.to_string()))
}

/// What a file from an earlier release may still contain.
pub(crate) const DELETED_DATA: &str = "an earlier release wrote this database and did not overwrite deleted data: names and \
                                       addresses of deleted people may remain in free parts of the file";

/// What to do about it.
pub(crate) const VACUUM: &str = "run `provost vacuum` once, best while the server is stopped";

/// What to do if the file may contain deleted data.
pub(crate) async fn of_the_file(storage: &Storage) -> Result<Option<String>, StorageError> {
    let is_left = storage.is_overwritten().await? == Some(false);
    Ok(is_left.then(|| format!("{DELETED_DATA}; {VACUUM}")))
}
