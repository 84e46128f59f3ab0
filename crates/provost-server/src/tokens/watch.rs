//! Warnings before tokens expire. Each is stored as a row, so that only one of several servers on a database gives it,
//! once. It is logged and counted in metrics; `provost doctor` reports it whenever asked.

use super::{Ahead, Ending, KeyId, TokenStore, Warning, due};
use crate::clock::{self, Timestamp};
use crate::output::few;
use crate::slug::Slug;
use crate::storage::{Result, Storage};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// How often the tokens are looked at.
const EVERY: Duration = Duration::from_secs(60);

/// Watches the tokens that are about to expire.
#[derive(Debug, Default)]
pub(crate) struct Watch {
    /// How many expire within each of [`Ahead::ALL`].
    ending: [AtomicU64; Ahead::ALL.len()],
}

/// What the tokens of one log line have in common.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Subject {
    org: Slug,
    warning: Warning,
}

impl Watch {
    /// Watches for as long as the server runs.
    pub(crate) async fn keep(self: Arc<Self>, storage: Storage) {
        loop {
            match self.look(&storage, clock::now()).await {
                Ok(warnings) => warnings.iter().for_each(|(subject, tokens)| tell(subject, tokens)),
                Err(error) => tracing::warn!(%error, "could not check which tokens end soon"),
            }
            tokio::time::sleep(EVERY).await;
        }
    }

    /// For metrics: how many of the tokens that a warning is due for expire within so many days.
    pub(crate) fn ending(&self) -> [(i64, u64); Ahead::ALL.len()] {
        let mut figures = Ahead::ALL.map(|ahead| (ahead.days(), 0));
        for ((_, figure), counted) in figures.iter_mut().zip(&self.ending) {
            *figure = counted.load(Ordering::Relaxed);
        }
        figures
    }

    /// The warnings that nobody has given yet. Looking marks them as given.
    async fn look(&self, storage: &Storage, now: Timestamp) -> Result<BTreeMap<Subject, Vec<String>>> {
        let until = now.as_millis().saturating_add(Ahead::FIRST.millis());
        let ending = storage.ending_tokens(Timestamp::from_millis(until)).await?;
        if ending.iter().any(|e| e.token.expires.is_some_and(|end| end <= now)) {
            storage.end_tokens(now).await?;
        }
        let due: BTreeMap<&KeyId, (&Ending, Warning)> = ending
            .iter()
            .filter_map(|e| Some((&e.token.key_id, (e, due(&e.token, e.next.as_ref(), now)?))))
            .collect();
        let given = due.iter().map(|(key_id, (_, warning))| ((*key_id).clone(), warning.ahead)).collect();
        let mut warnings: BTreeMap<Subject, Vec<String>> = BTreeMap::new();
        for key_id in storage.warn_of_tokens(given, now).await? {
            let Some((ending, warning)) = due.get(&key_id) else { continue };
            let subject = Subject { org: ending.org.clone(), warning: *warning };
            warnings.entry(subject).or_default().push(ending.token.named());
        }
        for (ahead, figure) in Ahead::ALL.into_iter().zip(&self.ending) {
            let within = due.values().filter(|(_, warning)| warning.ahead <= ahead).count();
            figure.store(u64::try_from(within).unwrap_or(u64::MAX), Ordering::Relaxed);
        }
        Ok(warnings)
    }
}

fn tell(Subject { org, warning }: &Subject, tokens: &[String]) {
    let (days, tokens) = (warning.ahead.days(), few(tokens));
    match warning.is_replaced {
        false => tracing::warn!(
            %org,
            days,
            tokens,
            "tokens end within so many days, and their identity providers will be refused: `provost token rotate KEY_ID` \
             makes the next one"
        ),
        true => tracing::warn!(
            %org,
            days,
            tokens,
            "tokens end within so many days, and the ones that replace them were never used: paste these into the identity \
             providers"
        ),
    }
}

#[cfg(test)]
mod tests;
