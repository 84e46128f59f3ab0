//! The context that statements need to make something new in an organisation.

use crate::audit::Actor;
use crate::clock::{Keys, Timestamp};
use provost::hook::TenantId;

/// In which organisation, when, by whom, and where new keys come from.
#[derive(Clone, Copy)]
pub(super) struct At<'a> {
    pub(super) tenant: TenantId,
    pub(super) keys: &'a Keys,
    pub(super) now: Timestamp,
    pub(super) doer: Doer<'a>,
}

/// Who causes a change.
#[derive(Clone, Copy)]
pub(super) enum Doer<'a> {
    /// The identity provider.
    Provider,
    Actor(&'a Actor),
}

impl Doer<'_> {
    /// The word for the kind of doer, and an id of that kind, as the audit trail stores them.
    pub(super) fn words(self) -> (&'static str, String) {
        match self {
            Self::Provider => ("token", String::new()),
            Self::Actor(actor) => (actor.kind(), actor.id()),
        }
    }
}

/// Inserts something under a new key. `insert` returns `None` if the key is taken, by another process or because a
/// thousand were made in one millisecond; the next key is tried then.
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
