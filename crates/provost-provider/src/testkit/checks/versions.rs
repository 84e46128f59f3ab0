//! A write based on a version applies to that version or not at all.

use crate::store::{Delete, Store};
use crate::testkit::fixture::{Fixture, delta, same_members};
use crate::testkit::verdict::{CheckResult, During, Refusal, refused, same};

pub(super) async fn update_expects<S: Store>(fixture: &Fixture<S>) -> CheckResult {
    let user = fixture.user("a").await?;
    let stale = fixture.edit(&fixture.user, &user.id, |body| drop(body.insert("title", "stale"))).await?;
    let newer = fixture.write(&fixture.user, &user.id, |body| drop(body.insert("title", "newer"))).await?;
    let outcome = fixture.update(&fixture.user, &user.id, stale.clone()).await;
    refused("a change based on version 1 of a user at version 2", Refusal::VersionMismatch, outcome)?;
    fixture.as_read("the user after a refused change", &fixture.user, &newer).await?;

    let mut fresh = stale;
    fresh.expect = Some(newer.version);
    let outcome = fixture.update(&fixture.user, &user.id, fresh).await;
    let after = outcome.during("a change based on the present version")?.resource;
    same("the version after it", &newer.version.next(), &after.version)
}

pub(super) async fn members_expect<S: Store>(fixture: &Fixture<S>) -> CheckResult {
    let (a, b) = (fixture.user("a").await?, fixture.user("b").await?);
    let group = fixture.group("g", &[&a.id]).await?;
    let after = fixture.update(&fixture.group, &group.id, delta(&[], &[&a.id])).await;
    let after = after.during("removing a member")?.resource;
    let mut stale = delta(&[&b.id], &[]);
    stale.expect = Some(group.version);
    let outcome = fixture.update(&fixture.group, &group.id, stale.clone()).await;
    refused("adding a member to version 1 of a group at version 2", Refusal::VersionMismatch, outcome)?;
    fixture.as_read("the group after a refused change", &fixture.group, &after).await?;

    let mut fresh = stale;
    fresh.expect = Some(after.version);
    let after = fixture.update(&fixture.group, &group.id, fresh).await;
    let after = after.during("adding a member to the present version")?.resource;
    same_members("the members after it", &[&b.id], &after)
}

pub(super) async fn delete_expects<S: Store>(fixture: &Fixture<S>) -> CheckResult {
    let user = fixture.user("a").await?;
    let group = fixture.group("g", &[&user.id]).await?;
    let newer = fixture.write(&fixture.user, &user.id, |body| drop(body.insert("title", "Dr"))).await?;
    let outcome =
        fixture.store.delete(Delete::new(&fixture.user, &user.id, Some(user.version), &fixture.cx())).await;
    refused("deleting version 1 of a user at version 2", Refusal::VersionMismatch, outcome)?;
    fixture.as_read("the user after a refused deletion", &fixture.user, &newer).await?;
    fixture.as_read("its group after a refused deletion", &fixture.group, &group).await?;
    let outcome =
        fixture.store.delete(Delete::new(&fixture.user, &user.id, Some(newer.version), &fixture.cx())).await;
    outcome.during("deleting the present version of a user")
}
