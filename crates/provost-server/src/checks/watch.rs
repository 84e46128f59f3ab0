//! How many organisations there is something to say of, for metrics: looked at now and then, never when the page is asked for.

use super::{CHECKS, FactStore, Level, examine};
use crate::clock::{self, Timestamp};
use crate::organisations::OrganisationStore;
use crate::storage::{Result, Storage};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// How often all organisations are looked at. Each costs a dozen look-ups.
const EVERY: Duration = Duration::from_secs(300);

/// Looks at the organisations.
#[derive(Debug, Default)]
pub(crate) struct Watch {
    found: Mutex<BTreeMap<(&'static str, Level), u64>>,
}

/// In how many organisations a check found something of a level.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Figure {
    pub(crate) check: &'static str,
    pub(crate) level: Level,
    pub(crate) organisations: u64,
}

impl Watch {
    /// Watches for as long as the server runs.
    pub(crate) async fn keep(self: Arc<Self>, storage: Storage, sends_mail: bool) {
        loop {
            if let Err(error) = self.look(&storage, sends_mail, clock::now()).await {
                tracing::warn!(%error, "could not check how the organisations stand");
            }
            tokio::time::sleep(EVERY).await;
        }
    }

    async fn look(&self, storage: &Storage, sends_mail: bool, now: Timestamp) -> Result<()> {
        let mut found = BTreeMap::new();
        for organisation in storage.organisations().await? {
            let facts = storage.facts(organisation, sends_mail, now).await?;
            for (check, finding) in examine(&facts) {
                let count: &mut u64 = found.entry((check.name, finding.level)).or_default();
                *count = count.saturating_add(1);
            }
        }
        *self.found.lock().unwrap_or_else(PoisonError::into_inner) = found;
        Ok(())
    }

    /// As it was at the last look: every check with every level, so that what is over is 0.
    pub(crate) fn figures(&self) -> Vec<Figure> {
        let found = self.found.lock().unwrap_or_else(PoisonError::into_inner);
        let figure = |check, level| {
            let organisations = found.get(&(check, level)).copied().unwrap_or_default();
            Figure { check, level, organisations }
        };
        CHECKS.iter().flat_map(|check| Level::ALL.map(|level| figure(check.name, level))).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audit::By;
    use crate::organisations::Organisation;
    use crate::storage::scratch;

    #[tokio::test]
    async fn organisations_are_counted_by_what_is_found_in_them() {
        let (_dir, storage) = scratch().await;
        let sound = super::super::Facts::sound();
        for (tenant, slug, scim) in [(1, "off", false), (2, "off-too", false), (3, "new", true)] {
            let organisation = Organisation {
                tenant: provost::hook::TenantId(tenant),
                slug: slug.parse().expect("a slug"),
                scim,
                ..sound.organisation.clone()
            };
            storage.create_organisation(By::somebody(sound.now), organisation).await.expect("made");
        }
        let watch = Watch::default();
        assert!(watch.figures().iter().all(|figure| figure.organisations == 0));
        for _ in 0..2 {
            watch.look(&storage, true, sound.now).await.expect("looked");
        }
        let figures = watch.figures();
        assert_eq!(figures.len(), CHECKS.len() * Level::ALL.len());
        let some: Vec<_> = figures.iter().filter(|figure| figure.organisations > 0).collect();
        assert_eq!(some, [&Figure { check: "provisioning", level: Level::Hint, organisations: 3 }]);
    }
}
