//! Partial results: what readers see during a write, and what is left when a client disconnects in the middle.

use crate::faulty::pause;
use crate::store::Store;
use crate::testkit::fixture::{Fixture, body, delta, members, replacement, same_members};
use crate::testkit::verdict::{CheckResult, During, fail, same};
use provost_core::{Id, Resource};
use std::future::{Future, poll_fn};
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::task::Poll;
use std::time::Duration;

/// The name and the members of a group, which are changed together.
fn halves(group: &Resource) -> CheckResult<(String, Vec<Id>)> {
    let mut who = members(group);
    who.sort_unstable();
    Ok((body(group)?.str("displayName").unwrap_or_default().to_owned(), who))
}

/// How often readers must see something new before the writer stops, so that they really read during writes.
const MET: usize = 60;
/// The writer stops after this many changes in any case.
const CHANGES: usize = 3_000;

pub(super) async fn by_readers<S: Store>(fixture: &Fixture<S>) -> CheckResult {
    let (even, odd) = (fixture.user("even").await?.id, fixture.user("odd").await?.id);
    let group = fixture.group("even", &[&even]).await?.id;
    let ended = Arc::new(AtomicBool::new(false));
    let met = Arc::new(AtomicUsize::new(0));
    let whole = |seen: (String, Vec<Id>)| {
        let who = if seen.0 == "even" { &even } else { &odd };
        same("the members seen with a name, while both are changed", &vec![who.clone()], &seen.1)
    };
    let readers: Vec<_> = [true, false, true]
        .into_iter()
        .map(|lists| {
            let (fixture, group) = (fixture.clone(), group.clone());
            let (ended, met) = (ended.clone(), met.clone());
            tokio::spawn(async move {
                let mut seen: Vec<(String, Vec<Id>)> = Vec::new();
                while !ended.load(Ordering::SeqCst) {
                    let listed = match lists {
                        true => fixture.all(&fixture.group).await?.pop(),
                        false => fixture.get(&fixture.group, &group).await?,
                    };
                    let now = halves(&listed.during("the group")?)?;
                    if seen.last() != Some(&now) {
                        met.fetch_add(1, Ordering::SeqCst);
                        seen.push(now);
                    }
                    pause(1).await;
                }
                CheckResult::Ok(seen)
            })
        })
        .collect();
    let mut written = Ok(());
    for n in 0..CHANGES {
        if n > CHANGES / 50 && met.load(Ordering::SeqCst) > MET {
            break;
        }
        let (name, who) = if n % 2 == 0 { ("odd", &odd) } else { ("even", &even) };
        written = rename(fixture, &group, name, who).await;
        if written.is_err() {
            break;
        }
        pause(1).await;
    }
    ended.store(true, Ordering::SeqCst);
    for reader in readers {
        let Ok(seen) = reader.await else { return fail("a reader", "an end", "a panic") };
        for one in seen? {
            whole(one)?;
        }
    }
    written
}

/// Changes name and members in one change.
async fn rename<S: Store>(fixture: &Fixture<S>, group: &Id, name: &str, who: &Id) -> CheckResult {
    let mut both = fixture.edit(&fixture.group, group, |body| drop(body.insert("displayName", name))).await?;
    both.members = replacement(&[who]).members;
    fixture
        .update(&fixture.group, group, both)
        .await
        .during("renaming a group and replacing its member")
        .map(drop)
}

/// Polls a write until it has waited this many times, then drops it, as a server does when a client disconnects. `None`
/// if it was dropped.
async fn cut_off<T>(work: impl Future<Output = T>, waits: usize) -> Option<T> {
    let mut work = pin!(work);
    let mut left = waits;
    poll_fn(|cx| match work.as_mut().poll(cx) {
        Poll::Ready(value) => Poll::Ready(Some(value)),
        Poll::Pending => {
            left = left.saturating_sub(1);
            if left == 0 { Poll::Ready(None) } else { Poll::Pending }
        }
    })
    .await
}

/// [`cut_off`], followed by time for what still runs in the background.
async fn hang_up<T>(work: impl Future<Output = T>, waits: usize) {
    drop(cut_off(work, waits).await);
    tokio::time::sleep(Duration::from_millis(30)).await;
}

/// After how many waits clients disconnect.
const WAITS: usize = 6;

pub(super) async fn by_lost_clients<S: Store>(fixture: &Fixture<S>) -> CheckResult {
    for waits in 1..=WAITS {
        update(fixture, waits).await?;
        create(fixture, waits).await?;
        delete(fixture, waits).await?;
    }
    Ok(())
}

async fn update<S: Store>(fixture: &Fixture<S>, waits: usize) -> CheckResult {
    let who = |name: &str| format!("{name} {waits}");
    let (a, b, c) = (
        fixture.user(&who("a")).await?.id,
        fixture.user(&who("b")).await?.id,
        fixture.user(&who("c")).await?.id,
    );
    let group = fixture.group(&who("before"), &[&a]).await?;
    let name = who("after");
    let mut both =
        fixture.edit(&fixture.group, &group.id, |body| drop(body.insert("displayName", name))).await?;
    both.members = delta(&[&b], &[&a]).members;
    hang_up(fixture.update(&fixture.group, &group.id, both), waits).await;
    // a write that waits for the previous one
    fixture
        .update(&fixture.group, &group.id, delta(&[&c], &[]))
        .await
        .during("a change after a lost client")?;
    let after = fixture.read(&fixture.group, &group.id).await?;
    let (name, _) = halves(&after)?;
    let (member, changes) = if name == who("after") { (&b, 2) } else { (&a, 1) };
    same_members(
        &format!("the members of a group named `{name}` after its client hung up"),
        &[member, &c],
        &after,
    )?;
    same("how often the group was changed", &(1 + changes), &after.version.0)
}

async fn create<S: Store>(fixture: &Fixture<S>, waits: usize) -> CheckResult {
    let user = fixture.user(&format!("member {waits}")).await?.id;
    let name = format!("created {waits}");
    let new = fixture.new_group(&name, &[&user])?;
    let id = new.id.clone();
    hang_up(fixture.create(&fixture.group, new), waits).await;
    let groups = fixture.read(&fixture.user, &user).await?.groups.len();
    match fixture.get(&fixture.group, &id).await? {
        Some(group) => {
            same_members("the members of a group whose client hung up", &[&user], &group)?;
            same("how many groups its member is in", &1, &groups)?;
            fixture.delete(&fixture.group, &id).await.during("deleting it")?;
        }
        None => same("how many groups one is in whose group was not made", &0, &groups)?,
    }
    // its key is free in both cases
    fixture.group(&name, &[]).await.map(drop)
}

async fn delete<S: Store>(fixture: &Fixture<S>, waits: usize) -> CheckResult {
    let user = fixture.user(&format!("deleted {waits}")).await?.id;
    let one = fixture.group(&format!("one {waits}"), &[&user]).await?.id;
    let two = fixture.group(&format!("two {waits}"), &[&user]).await?.id;
    hang_up(fixture.delete(&fixture.user, &user), waits).await;
    let there = usize::from(fixture.get(&fixture.user, &user).await?.is_some());
    for group in [&one, &two] {
        let found = fixture.read(&fixture.group, group).await?.members.len();
        same("how many members a group has whose member's deletion was cut off", &there, &found)?;
    }
    Ok(())
}
