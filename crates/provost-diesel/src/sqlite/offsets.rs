//! Remembers where earlier pages ended, so that later ones need not count their way there.
//!
//! `startIndex` is a position, which a database finds by walking to it. But a client that asks for position 50,001 has
//! usually just read up to 50,000, so the key of that row is remembered. In order of creation, new rows come only at
//! the end; positions shift only through deletes, and the tenant's counter shows how many there were.

use crate::hook::TenantId;
use std::collections::{BTreeMap, HashMap};
use std::sync::{Mutex, PoisonError};

/// The ends of pages, by tenant and resource type. It may forget anything at any time.
#[derive(Debug, Default)]
pub(super) struct OffsetCache {
    lists: Mutex<HashMap<(TenantId, Box<str>), List>>,
}

/// The ends of pages of one list.
#[derive(Debug)]
struct List {
    /// How many of its resources had been deleted when these were found.
    deleted: i64,
    /// By position from 1, a key at or after the row there and before the next row.
    ends: BTreeMap<i64, i64>,
}

/// How many lists and ends are remembered: about 4 MiB in total.
const LISTS: usize = 256;
const ENDS: usize = 512;

impl OffsetCache {
    /// The last known position up to `place`, with a key between its row and the next. `deleted` is the counter in the
    /// snapshot being read.
    pub(super) fn before(
        &self,
        tenant: TenantId,
        kind: &str,
        deleted: i64,
        place: i64,
    ) -> Option<(i64, i64)> {
        let lists = self.lists.lock().unwrap_or_else(PoisonError::into_inner);
        let list = lists.get(&(tenant, kind.into())).filter(|list| list.deleted == deleted)?;
        list.ends.range(..=place).next_back().map(|(place, key)| (*place, *key))
    }

    /// Remembers a key between the row at a position and the next.
    pub(super) fn remember(&self, tenant: TenantId, kind: &str, deleted: i64, place: i64, key: i64) {
        let mut lists = self.lists.lock().unwrap_or_else(PoisonError::into_inner);
        if lists.len() >= LISTS && !lists.contains_key(&(tenant, kind.into())) {
            lists.clear();
        }
        let list =
            lists.entry((tenant, kind.into())).or_insert_with(|| List { deleted, ends: BTreeMap::new() });
        if list.deleted != deleted || list.ends.len() >= ENDS {
            // an older snapshot may also get here; that costs a walk, but never gives a wrong page
            *list = List { deleted, ends: BTreeMap::new() };
        }
        list.ends.insert(place, key);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_end_is_given_until_something_was_deleted() {
        let (offsets, tenant) = (OffsetCache::default(), TenantId(1));
        offsets.remember(tenant, "User", 0, 100, 7);
        offsets.remember(tenant, "User", 0, 200, 9);
        assert_eq!(offsets.before(tenant, "User", 0, 99), None);
        assert_eq!(offsets.before(tenant, "User", 0, 100), Some((100, 7)));
        assert_eq!(offsets.before(tenant, "User", 0, 5_000), Some((200, 9)));
        assert_eq!(offsets.before(tenant, "Group", 0, 5_000), None);
        assert_eq!(offsets.before(TenantId(2), "User", 0, 5_000), None);
        assert_eq!(offsets.before(tenant, "User", 1, 5_000), None);
        offsets.remember(tenant, "User", 1, 300, 11);
        assert_eq!(offsets.before(tenant, "User", 1, 299), None);
    }

    #[test]
    fn memory_is_bounded() {
        let offsets = OffsetCache::default();
        for n in 0..10_000 {
            offsets.remember(TenantId(n), "User", 0, 1, 1);
            offsets.remember(TenantId(9_999), "User", 0, n, n);
        }
        let lists = offsets.lists.lock().unwrap();
        assert!(lists.len() <= LISTS && lists.values().all(|l| l.ends.len() <= ENDS));
    }
}
