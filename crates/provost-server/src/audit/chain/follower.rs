//! Seals new records. It works after the writers, reads on threads of its own, and writes little at a time. Of several
//! servers on one database, one does this.

use super::{ChainStore, id_at, made_at};
use crate::audit::INSTALLATION;
use crate::clock::{self, Timestamp};
use crate::organisations::OrganisationStore;
use crate::storage::{Result, Storage};
use provost::hook::TenantId;
use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, Instant};

/// How often it looks for new records.
const EVERY: Duration = Duration::from_secs(1);
/// How long a lease lasts without being renewed.
const LEASE_MS: i64 = 10_000;
/// How many records one transaction seals.
const BATCH: usize = 500;
/// After a transaction it leaves the writer alone for this many times the transaction's duration, but at most for
/// [`EVERY`].
const REST: u32 = 50;
/// How old a record must be to be sealed, since an older transaction may commit later.
const SETTLE_MS: i64 = 1_000;
/// How far back it looks again, for records whose writer took long or had a slow clock.
pub(crate) const LATE_MS: i64 = 300_000;

/// Seals new records.
#[derive(Debug)]
pub(crate) struct Follower {
    holder: String,
    clock: fn() -> Timestamp,
    /// How far the most delayed trail is behind, in milliseconds; negative if another server seals.
    lag: AtomicI64,
    /// When its lease ends, if it has one.
    ends: AtomicI64,
}

/// How far a trail was searched: for new records, and for late ones.
#[derive(Debug, Clone, Default)]
struct Place {
    new: String,
    late: String,
}

impl Follower {
    pub(crate) fn new(clock: fn() -> Timestamp) -> Result<Self, clock::NoRandomness> {
        let holder = format!("{:016x}", u64::from_be_bytes(clock::random()?));
        Ok(Self { holder, clock, lag: AtomicI64::new(-1), ends: AtomicI64::new(0) })
    }

    /// How far behind it is, in seconds; `None` if another server seals.
    pub(crate) fn lag(&self) -> Option<u64> {
        u64::try_from(self.lag.load(Ordering::Relaxed)).ok().map(|ms| ms.div_ceil(1_000))
    }

    /// Seals while the server runs.
    pub(crate) async fn keep(self: Arc<Self>, storage: Storage) {
        let mut places = HashMap::new();
        loop {
            if let Err(error) = self.look(&storage, &mut places).await {
                tracing::warn!(%error, "records of the audit trail could not be sealed");
            }
            tokio::time::sleep(EVERY).await;
        }
    }

    async fn look(&self, storage: &Storage, places: &mut HashMap<TenantId, Place>) -> Result<()> {
        let mut tenants = vec![INSTALLATION];
        tenants.extend(storage.organisations().await?.iter().map(|organisation| organisation.tenant));
        places.retain(|tenant, _| tenants.contains(tenant));
        let mut lag = 0;
        for tenant in tenants {
            let Place { new, late } = match places.get(&tenant) {
                Some(place) => place.clone(),
                None => begin(storage, tenant).await?,
            };
            let new = self.seal(storage, tenant, new, SETTLE_MS).await?;
            let late = self.seal(storage, tenant, late, LATE_MS).await?;
            let (Some(new), Some(late)) = (new, late) else {
                // another server seals, starting from its own place
                places.clear();
                self.lag.store(-1, Ordering::Relaxed);
                return Ok(());
            };
            lag = lag.max(behind(&new, (self.clock)()));
            places.insert(tenant, Place { new, late });
        }
        self.lag.store(lag, Ordering::Relaxed);
        Ok(())
    }

    /// Whether this server is to seal. Asks the database once half of the lease is over, and only if there is something
    /// to seal: an idle server writes nothing.
    async fn is_leading(&self, storage: &Storage) -> Result<bool> {
        let now = (self.clock)();
        let left = self.ends.load(Ordering::Relaxed).saturating_sub(now.as_millis());
        if (LEASE_MS / 2..=LEASE_MS).contains(&left) {
            return Ok(true);
        }
        let ends = Timestamp::from_millis(now.as_millis().saturating_add(LEASE_MS));
        let is_ours = storage.take_lease(self.holder.clone(), ends, now).await?;
        self.ends.store(if is_ours { ends.as_millis() } else { 0 }, Ordering::Relaxed);
        Ok(is_ours)
    }

    /// Seals records older than `age` milliseconds, from a place on. Returns how far it came; `None` if another server seals.
    async fn seal(
        &self,
        storage: &Storage,
        tenant: TenantId,
        from: String,
        age: i64,
    ) -> Result<Option<String>> {
        let until = id_at((self.clock)().as_millis().saturating_sub(age));
        let mut from = match from > until {
            // the clock was set back
            true => id_at(made_at(&until).unwrap_or(0).saturating_sub(LATE_MS)),
            false => from,
        };
        loop {
            let records = storage.unsealed(tenant, from.clone(), until.clone(), BATCH).await?;
            let is_last = records.len() < BATCH;
            if let Some(last) = records.last() {
                from.clone_from(&last.id);
                if !self.is_leading(storage).await? {
                    return Ok(None);
                }
                let begun = Instant::now();
                storage.seal(tenant, records).await?;
                self.lag.store(behind(&from, (self.clock)()), Ordering::Relaxed);
                tokio::time::sleep(begun.elapsed().saturating_mul(REST).min(EVERY)).await;
            }
            if is_last {
                return Ok(Some(until));
            }
        }
    }
}

/// Where to begin with a trail that another server may have sealed so far.
async fn begin(storage: &Storage, tenant: TenantId) -> Result<Place> {
    let head = storage.chain(tenant).await?.head;
    let last = storage.links(tenant, head.number.saturating_sub(1), 1).await?.pop();
    let from = last.and_then(|(seal, _)| made_at(&seal.record));
    let from = from.map(|ms| id_at(ms.saturating_sub(LATE_MS))).unwrap_or_default();
    Ok(Place { new: from.clone(), late: from })
}

/// How old a place is, without the time allowed to settle.
fn behind(place: &str, now: Timestamp) -> i64 {
    let at = made_at(place).unwrap_or_else(|| now.as_millis());
    now.as_millis().saturating_sub(at).saturating_sub(SETTLE_MS).max(0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audit::chain::verify::verify;
    use crate::storage::{scratch, scratch_on_a_server};

    async fn look(follower: &Follower, storage: &Storage, places: &mut HashMap<TenantId, Place>) {
        follower.look(storage, places).await.expect("looked");
    }

    /// Seen to fail: with a follower that never goes back.
    #[tokio::test]
    async fn a_clock_that_is_set_back_leaves_no_record_without_a_seal() {
        let (_dir, storage) = scratch().await;
        a_clock_is_set_back(storage).await;
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn a_clock_that_is_set_back_leaves_no_record_without_a_seal_on_postgresql() {
        let (_database, storage) = scratch_on_a_server().await;
        a_clock_is_set_back(storage).await;
    }

    async fn a_clock_is_set_back(storage: Storage) {
        static NOW: AtomicI64 = AtomicI64::new(0);
        let follower = Follower::new(|| Timestamp::from_millis(NOW.load(Ordering::Relaxed))).expect("random");
        let mut places = HashMap::new();
        let ahead = clock::now().as_millis() + 3_600_000;
        NOW.store(ahead, Ordering::Relaxed);
        look(&follower, &storage, &mut places).await;
        assert_eq!(storage.chain(INSTALLATION).await.expect("a chain").head.number, 1, "how it was made");
        // the clock was an hour ahead; what is written now has earlier ids
        NOW.store(ahead - 3_600_000 + 60_000, Ordering::Relaxed);
        let deed = crate::audit::By::somebody(clock::now());
        storage.mark_restored(deed).await.expect("marked");
        look(&follower, &storage, &mut places).await;
        let found = verify(&storage, INSTALLATION, &[], |_, _| {}).await.expect("verified");
        assert_eq!((found.whole, found.broken), (2, None));
        assert_eq!(follower.lag(), Some(0), "all is sealed");
    }

    /// Seen to fail: with sealed records sealed again.
    #[tokio::test]
    async fn of_two_followers_each_record_gets_one_seal() {
        let (_dir, storage) = scratch().await;
        two_followers(storage).await;
    }

    /// Seen to fail: with a chain that nobody holds while it grows.
    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn of_two_followers_each_record_gets_one_seal_on_postgresql() {
        let (_database, storage) = scratch_on_a_server().await;
        two_followers(storage).await;
    }

    async fn two_followers(storage: Storage) {
        fn late() -> Timestamp {
            Timestamp::from_millis(clock::now().as_millis() + 60_000)
        }
        let deed = || crate::audit::By::somebody(clock::now());
        for _ in 0..40 {
            storage.mark_restored(deed()).await.expect("marked");
        }
        let (a, b) = (Follower::new(late).expect("random"), Follower::new(late).expect("random"));
        // so that neither waits for the other's lease
        for follower in [&a, &b] {
            follower.ends.store(late().as_millis() + LEASE_MS, Ordering::Relaxed);
        }
        let (mut here, mut there) = (HashMap::new(), HashMap::new());
        tokio::join!(look(&a, &storage, &mut here), look(&b, &storage, &mut there));
        let found = verify(&storage, INSTALLATION, &[], |_, _| {}).await.expect("verified");
        assert_eq!((found.whole, found.head.number, found.broken), (41, 41, None));
    }

    /// Seen to fail: with a lease that anybody can take.
    #[tokio::test]
    async fn who_has_no_lease_seals_nothing() {
        fn late() -> Timestamp {
            Timestamp::from_millis(clock::now().as_millis() + 60_000)
        }
        let (_dir, storage) = scratch().await;
        let other = Timestamp::from_millis(late().as_millis() + LEASE_MS);
        assert!(storage.take_lease("other".to_owned(), other, late()).await.expect("taken"));
        let follower = Follower::new(late).expect("random");
        look(&follower, &storage, &mut HashMap::new()).await;
        assert_eq!(storage.chain(INSTALLATION).await.expect("a chain").head.number, 0);
        assert_eq!(follower.lag(), None);
    }
}
