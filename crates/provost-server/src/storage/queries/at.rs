//! What statements need that make something new for an organisation.

use crate::clock::{Keys, Timestamp};
use provost::hook::TenantId;

/// In which organisation, when, and with which new keys.
#[derive(Clone, Copy)]
pub(super) struct At<'a> {
    pub(super) tenant: TenantId,
    pub(super) keys: &'a Keys,
    pub(super) now: Timestamp,
}

/// Makes something under a new key. `insert` gives nothing where the key is taken: another process may have made it, or a
/// thousand were made in one millisecond. The next key is tried then.
pub(super) fn with_key<T, E>(
    keys: &Keys,
    now: Timestamp,
    mut insert: impl FnMut(i64) -> Result<Option<T>, E>,
) -> Result<T, E> {
    let mut at = now;
    loop {
        if let Some(made) = insert(keys.next(at))? {
            return Ok(made);
        }
        at = Timestamp::from_millis(at.as_millis().saturating_add(1));
    }
}
