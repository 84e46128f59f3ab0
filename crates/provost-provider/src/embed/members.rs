//! New members.

use crate::error::StoreError;
use crate::store::Result;
use provost_core::Id;
use provost_core::change::MissingMembers;
use std::collections::HashSet;

/// Those of `ids` that exist, and those left out.
///
/// ```
/// use provost_core::{Id, change::MissingMembers};
/// use provost_provider::{StoreError, embed::joining};
/// let ids = vec![Id::from("1"), Id::from("2")];
/// let (found, skipped) = joining(ids.clone(), ["2"], MissingMembers::Skip)?;
/// assert_eq!((found, skipped), (vec![Id::from("2")], vec![Id::from("1")]));
/// assert!(matches!(joining(ids, ["2"], MissingMembers::Refuse), Err(StoreError::UnknownMembers(_))));
/// # Ok::<(), StoreError>(())
/// ```
///
/// # Errors
/// [`StoreError::UnknownMembers`] when one does not exist and the request wants none left out.
pub fn joining(
    ids: Vec<Id>,
    existing: impl IntoIterator<Item = impl Into<Id>>,
    missing: MissingMembers,
) -> Result<(Vec<Id>, Vec<Id>)> {
    let existing: HashSet<Id> = existing.into_iter().map(Into::into).collect();
    let (found, absent): (Vec<Id>, Vec<Id>) = ids.into_iter().partition(|id| existing.contains(id));
    match missing {
        MissingMembers::Refuse if !absent.is_empty() => Err(StoreError::UnknownMembers(absent)),
        _ => Ok((found, absent)),
    }
}
