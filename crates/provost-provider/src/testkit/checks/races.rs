//! Concurrent calls. A multi-threaded store is tested with several threads.

use crate::error::StoreError;
use crate::store::{Result as StoreResult, Store};
use crate::testkit::fixture::{Fixture, delta, members, same_members};
use crate::testkit::verdict::{CheckResult, During, fail, same, told};
use provost_core::{Id, Version};
use std::future::Future;
use std::sync::Arc;
use tokio::sync::Barrier;
use tokio::task::JoinSet;

/// How many calls run concurrently.
const MANY: usize = 24;

/// Runs all at once; returns their results in the order they finished.
async fn at_once<T, W>(work: impl IntoIterator<Item = W>) -> CheckResult<Vec<T>>
where
    T: Send + 'static,
    W: Future<Output = T> + Send + 'static,
{
    let work: Vec<W> = work.into_iter().collect();
    let start = Arc::new(Barrier::new(work.len()));
    let together = |one: W| {
        let start = start.clone();
        async move {
            start.wait().await;
            one.await
        }
    };
    let mut tasks: JoinSet<T> = work.into_iter().map(together).collect();
    let mut done = Vec::new();
    while let Some(ended) = tasks.join_next().await {
        match ended {
            Ok(value) => done.push(value),
            Err(e) => return fail("one of many at once", "an end", e),
        }
    }
    Ok(done)
}

/// Exactly one succeeds, and all others are refused in this way.
fn one_wins<T>(what: &str, outcomes: Vec<StoreResult<T>>, lost: fn(&StoreError) -> bool) -> CheckResult<T> {
    let (mut won, mut count) = (None, 0_usize);
    for outcome in outcomes {
        match outcome {
            Ok(value) => {
                won = Some(value);
                count += 1;
            }
            Err(e) if lost(&e) => {}
            Err(e) => return fail(what, "success or the refusal of who was too late", told(&e)),
        }
    }
    same(format!("how many of {MANY} succeed in {what}"), &1, &count)?;
    won.during(what)
}

pub(super) async fn one_key<S: Store>(fixture: &Fixture<S>) -> CheckResult {
    for round in 0..5 {
        let name = |n: usize| format!("{} {round}", if n.is_multiple_of(2) { "name" } else { "NAME" });
        let new: CheckResult<Vec<_>> = (0..MANY).map(|n| fixture.new_user(&name(n))).collect();
        let creations = new?.into_iter().map(|new| {
            let fixture = fixture.clone();
            async move { fixture.create(&fixture.user, new).await }
        });
        let outcomes = at_once(creations).await?;
        let lost =
            |e: &StoreError| matches!(e, StoreError::Conflict { attribute } if attribute == "userName");
        let won = one_wins("creating one name at once", outcomes, lost)?.resource;
        fixture.as_read("the user who was made", &fixture.user, &won).await?;
        same("how many users there are", &(round + 1), &fixture.all(&fixture.user).await?.len())?;
    }
    Ok(())
}

pub(super) async fn all_members_arrive<S: Store>(fixture: &Fixture<S>) -> CheckResult {
    let mut users = Vec::new();
    for n in 0..MANY {
        users.push(fixture.user(&format!("user {n}")).await?.id);
    }
    let group = fixture.group("g", &[]).await?;
    for (what, joins) in [("adding", true), ("removing", false)] {
        let changes = users.iter().cloned().map(|user| {
            let (fixture, group) = (fixture.clone(), group.id.clone());
            async move {
                let change = if joins { delta(&[&user], &[]) } else { delta(&[], &[&user]) };
                fixture.update(&fixture.group, &group, change).await.map(drop)
            }
        });
        for outcome in at_once(changes).await? {
            outcome.during(format!("{what} one of many members at once"))?;
        }
        let after = fixture.read(&fixture.group, &group.id).await?;
        let there: Vec<&Id> = if joins { users.iter().collect() } else { Vec::new() };
        same_members(&format!("the members after {what} {MANY} at once"), &there, &after)?;
        let changes = if joins { MANY } else { 2 * MANY };
        let version = Version(u64::try_from(changes + 1).unwrap_or_default());
        same(format!("the version after {changes} changes"), &version, &after.version)?;
    }
    Ok(())
}

pub(super) async fn one_version<S: Store>(fixture: &Fixture<S>) -> CheckResult {
    let user = fixture.user("a").await?;
    for round in 0..5 {
        let mut changes = Vec::new();
        for n in 0..MANY {
            let title = format!("title {n} of round {round}");
            changes
                .push(fixture.edit(&fixture.user, &user.id, |body| drop(body.insert("title", title))).await?);
        }
        let updates = changes.into_iter().map(|change| {
            let (fixture, id) = (fixture.clone(), user.id.clone());
            async move { fixture.update(&fixture.user, &id, change).await }
        });
        let outcomes = at_once(updates).await?;
        let lost = |e: &StoreError| matches!(e, StoreError::VersionMismatch);
        let won = one_wins("changing one version at once", outcomes, lost)?.resource;
        fixture.as_read("the user whom one has changed", &fixture.user, &won).await?;
    }
    Ok(())
}

pub(super) async fn no_version<S: Store>(fixture: &Fixture<S>) -> CheckResult {
    let user = fixture.user("a").await?;
    let mut work = Vec::new();
    for n in 0..MANY {
        let title = format!("title {n}");
        let mut change =
            fixture.edit(&fixture.user, &user.id, |body| drop(body.insert("title", title))).await?;
        change.expect = None;
        work.push(change);
    }
    let updates = work.into_iter().map(|change| {
        let (fixture, id) = (fixture.clone(), user.id.clone());
        async move { fixture.update(&fixture.user, &id, change).await.map(drop) }
    });
    for outcome in at_once(updates).await? {
        outcome.during("one of many changes at once, none of which gives a version")?;
    }
    let after = fixture.read(&fixture.user, &user.id).await?;
    let version = Version(u64::try_from(MANY + 1).unwrap_or_default());
    same(format!("the version after {MANY} changes"), &version, &after.version)?;
    let deletions = (0..MANY).map(|_| {
        let (fixture, id) = (fixture.clone(), user.id.clone());
        async move { fixture.delete(&fixture.user, &id).await }
    });
    let gone = |e: &StoreError| matches!(e, StoreError::NotFound);
    one_wins("deleting one user at once without a version", at_once(deletions).await?, gone)
}

pub(super) async fn members_and_deletes<S: Store>(fixture: &Fixture<S>) -> CheckResult {
    let group = fixture.group("g", &[]).await?;
    let mut users = Vec::new();
    for n in 0..MANY {
        users.push(fixture.user(&format!("user {n}")).await?.id);
    }
    let work = users.iter().enumerate().flat_map(|(n, user)| {
        let task = |deletes: bool| {
            let (fixture, group, user) = (fixture.clone(), group.id.clone(), user.clone());
            async move {
                if deletes {
                    return fixture.delete(&fixture.user, &user).await;
                }
                match fixture.update(&fixture.group, &group, delta(&[&user], &[])).await {
                    // the user was deleted first
                    Err(StoreError::UnknownMembers(_)) => Ok(()),
                    other => other.map(drop),
                }
            }
        };
        // every third stays
        [Some(task(false)), (!n.is_multiple_of(3)).then(|| task(true))].into_iter().flatten()
    });
    for outcome in at_once(work).await? {
        outcome.during("adding and deleting users at once")?;
    }
    let stay: Vec<Id> = fixture.all(&fixture.user).await?.into_iter().map(|u| u.id).collect();
    let mut found = members(&fixture.read(&fixture.group, &group.id).await?);
    found.sort_unstable();
    same("the members, and the users who were not deleted", &stay, &found)
}
