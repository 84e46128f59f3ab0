//! Counts organisations with findings for metrics. It runs at intervals, not when the metrics are requested.

use super::{CHECKS, FactStore, Level, Silence, examine, silence};
use crate::clock::{self, Timestamp};
use crate::organisations::{Organisation, OrganisationStore};
use crate::silence::SilenceStore;
use crate::storage::{Result, Storage};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// How often all organisations are checked. Each takes a dozen look-ups.
const EVERY: Duration = Duration::from_secs(300);

/// A server that was just started may be the reason why nothing called. Entra completes a cycle in this time.
const SETTLED: Duration = Duration::from_secs(3_600);

/// Checks the organisations regularly.
#[derive(Debug, Default)]
pub(crate) struct Watch {
    found: Mutex<BTreeMap<(&'static str, Level), u64>>,
}

/// In how many organisations a check has a finding of a level.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Figure {
    pub(crate) check: &'static str,
    pub(crate) level: Level,
    pub(crate) organisations: u64,
}

impl Watch {
    /// Watches while the server runs.
    pub(crate) async fn keep(self: Arc<Self>, storage: Storage, sends_mail: bool) {
        let started = Instant::now();
        loop {
            let tells = started.elapsed() >= SETTLED;
            if let Err(error) = self.look(&storage, sends_mail, tells, clock::now()).await {
                tracing::warn!(%error, "could not check how the organisations stand");
            }
            tokio::time::sleep(EVERY).await;
        }
    }

    async fn look(&self, storage: &Storage, sends_mail: bool, tells: bool, now: Timestamp) -> Result<()> {
        let mut found = BTreeMap::new();
        for organisation in storage.organisations().await? {
            let facts = storage.facts(organisation, sends_mail, now).await?;
            if let Some(silence) = silence(&facts).filter(|_| tells) {
                tell(storage, &facts.organisation, silence, now).await?;
            }
            #[cfg(feature = "sso")]
            if let Some(ending) = super::warning(&facts) {
                use crate::sso::ReadingStore;
                storage.warn_of_certificate(facts.organisation.tenant, ending, now).await?;
            }
            for (check, finding) in examine(&facts) {
                let count: &mut u64 = found.entry((check.name, finding.level)).or_default();
                *count = count.saturating_add(1);
            }
        }
        *self.found.lock().unwrap_or_else(PoisonError::into_inner) = found;
        Ok(())
    }

    /// The figures of the last round: every check with every level, so that past findings become 0.
    pub(crate) fn figures(&self) -> Vec<Figure> {
        let found = self.found.lock().unwrap_or_else(PoisonError::into_inner);
        let figure = |check, level| {
            let organisations = found.get(&(check, level)).copied().unwrap_or_default();
            Figure { check, level, organisations }
        };
        CHECKS.iter().flat_map(|check| Level::ALL.map(|level| figure(check.name, level))).collect()
    }
}

/// Tells the owners that nothing calls, at most once a day.
async fn tell(storage: &Storage, of: &Organisation, silence: Silence, now: Timestamp) -> Result<()> {
    if storage.warn_of_silence(of.tenant, silence.waited, now).await? {
        tracing::warn!(organisation = %of.slug, since = %silence.since, "the identity provider has stopped calling");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audit::By;
    use crate::jobs::{Content, OutboxStore, Step};
    use crate::people::{InstanceKey, PeopleStore, Role};
    use crate::storage::{scratch, scratch_on_a_server};
    use crate::tokens::TokenStore;

    /// Seen to fail: with owners told by a newly started server, and with nobody told.
    #[tokio::test]
    async fn owners_are_told_of_silence_once_a_server_has_listened_for_a_while() {
        let (_dir, storage) = scratch().await;
        let sound = super::super::Facts::sound();
        let (by, tenant) = (By::somebody(sound.now), sound.organisation.tenant);
        let owner = "ines@example.com".parse().expect("an address");
        let organisation = sound.organisation.clone();
        storage.found_organisation(by.clone(), organisation, owner).await.expect("made");
        let token = sound.tokens[0].clone();
        storage.create_token(by, token.clone()).await.expect("made");
        storage.note_uses(vec![(token.key_id, sound.ago(3 * 3_600_000))]).await.expect("noted");
        let watch = Watch::default();
        let is_due = async || storage.warn_of_silence(tenant, sound.now, sound.now).await.expect("told");
        watch.look(&storage, true, false, sound.now).await.expect("looked");
        let silent = |figure: &&Figure| figure.check == "silence" && figure.organisations == 1;
        assert_eq!(watch.figures().iter().filter(silent).count(), 1);
        watch.look(&storage, true, true, sound.ago(2 * 3_600_000)).await.expect("looked");
        assert!(is_due().await, "nobody was told");
        let tomorrow = Timestamp::from_millis(sound.now.as_millis() + 86_400_000);
        watch.look(&storage, true, true, tomorrow).await.expect("looked");
        assert!(
            !storage.warn_of_silence(tenant, sound.now, tomorrow).await.expect("told"),
            "owners were told"
        );
    }

    /// Sends what is due; returns the times since when, for the mails about silence.
    async fn sent(storage: &Storage, now: Timestamp) -> Vec<Timestamp> {
        let mut sent = Vec::new();
        loop {
            let lease = Timestamp::from_millis(now.as_millis() + 60_000);
            match storage.take_mail(InstanceKey::new([7; 32]), now, lease).await.expect("looked") {
                Step::Nothing => return sent,
                Step::Settled => {}
                Step::Send(order) => {
                    if let Content::Silence { silence, .. } = &order.content {
                        sent.push(silence.since);
                    }
                    storage.mail_taken(By::worker(now), *order).await.expect("marked");
                }
            }
        }
    }

    /// It calls, falls silent, its owner is mailed once a day, and it calls again.
    ///
    /// Seen to fail: without noting that owners were told, with a mail about a silence that is over, and without noting
    /// a call after a pause.
    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn an_organisation_falls_silent_and_is_heard_again_on_postgresql() {
        const MINUTE: i64 = 60_000;
        let (database, storage) = scratch_on_a_server().await;
        let sound = super::super::Facts::sound();
        let by = By::somebody(sound.now);
        let owner = "ines@example.com".parse().expect("an address");
        storage.found_organisation(by.clone(), sound.organisation.clone(), owner).await.expect("made");
        database.run(
            "insert into account (id, login_key, email, name, epoch, created) \
             values (1, 'ines@example.com', 'ines@example.com', 'Ines', 0, 0); \
             update membership set account = 1, state = 'joined', joined = 0",
        );
        let theo = "theo@example.com".parse().expect("an address");
        let tenant = sound.organisation.tenant;
        storage.invite(by.clone(), tenant, theo, None, Role::Owner).await.expect("invited");
        let token = sound.tokens[0].clone();
        storage.create_token(by, token.clone()).await.expect("made");
        let after = |hours: i64, minutes: i64| {
            Timestamp::from_millis(sound.now.as_millis() + (60 * hours + minutes) * MINUTE)
        };
        let called = async |at| storage.note_uses(vec![(token.key_id.clone(), at)]).await.expect("noted");
        let watch = Watch::default();
        // whether it is silent, and since when according to the mails
        let seen = async |at| {
            watch.look(&storage, true, true, at).await.expect("looked");
            let silent = |figure: &Figure| figure.check == "silence" && figure.organisations > 0;
            (watch.figures().iter().any(silent), sent(&storage, at).await)
        };
        called(after(0, 0)).await;
        let (first, again) = (after(0, 0), after(27, 30));
        for (hours, minutes, is_silent, mailed) in [
            (2, 0, false, &[][..]),
            (2, 5, true, &[first]),
            (2, 10, true, &[]),
            (26, 0, true, &[]),
            (26, 5, true, &[first]),
            (27, 25, true, &[]),
        ] {
            assert_eq!(seen(after(hours, minutes)).await, (is_silent, mailed.to_vec()), "{hours}:{minutes}");
        }
        called(again).await;
        for (hours, minutes, is_silent, mailed) in
            [(27, 30, false, &[][..]), (29, 30, false, &[]), (29, 35, true, &[]), (50, 5, true, &[again])]
        {
            assert_eq!(seen(after(hours, minutes)).await, (is_silent, mailed.to_vec()), "{hours}:{minutes}");
        }
        // it calls before the next mail is sent
        let at = after(74, 5);
        assert!(storage.warn_of_silence(tenant, again, at).await.expect("told"));
        called(at).await;
        assert_eq!(seen(at).await, (false, Vec::new()));
        let pauses = database.run("select cast(paused / 60000 as text) from call_return order by at");
        let pauses: Vec<String> = pauses.concat().into_iter().flatten().collect();
        assert_eq!(pauses, ["1650", "2795"]);
    }

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
            watch.look(&storage, true, true, sound.now).await.expect("looked");
        }
        let figures = watch.figures();
        assert_eq!(figures.len(), CHECKS.len() * Level::ALL.len());
        let some: Vec<_> = figures.iter().filter(|figure| figure.organisations > 0).collect();
        assert_eq!(some, [&Figure { check: "provisioning", level: Level::Hint, organisations: 3 }]);
    }
}
