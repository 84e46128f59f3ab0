//! New members.

use crate::error::StoreError;
use crate::store::Result;
use provost_core::Id;
use provost_core::change::MemberChange;
use std::collections::HashSet;

/// The members to add who exist, and those left out. `existing` are the ids in [`MemberChange::named`] that exist.
///
/// ```
/// use provost_core::{Id, change::{MemberChange, MissingMembers}};
/// use provost_provider::{StoreError, embed::joining};
/// let mut change = MemberChange { add: vec![Id::from("1"), Id::from("2")], ..MemberChange::default() };
/// assert!(matches!(joining(&change, ["2"]), Err(StoreError::UnknownMembers(_))));
/// change.missing = MissingMembers::Skip;
/// assert_eq!(joining(&change, ["2"])?, (vec![Id::from("2")], vec![Id::from("1")]));
/// // of a list that takes the place of all others somebody must be there
/// (change.clear, change.listed) = (true, true);
/// assert!(matches!(joining(&change, ["3"]), Err(StoreError::UnknownMembers(_))));
/// # Ok::<(), StoreError>(())
/// ```
///
/// # Errors
/// [`StoreError::UnknownMembers`] if one does not exist and the request does not allow leaving it out, or if nobody in
/// a list that replaces all members exists.
pub fn joining(
    change: &MemberChange,
    existing: impl IntoIterator<Item = impl Into<Id>>,
) -> Result<(Vec<Id>, Vec<Id>)> {
    let existing: HashSet<Id> = existing.into_iter().map(Into::into).collect();
    if let Some(unknown) = change.unknown(|id| existing.contains(id)) {
        return Err(StoreError::UnknownMembers(unknown));
    }
    Ok(change.add.iter().cloned().partition(|id| existing.contains(id)))
}
