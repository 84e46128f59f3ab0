//! Whatever is deleted is gone, and nothing else.

use crate::store::Store;
use crate::testkit::fixture::{Fixture, delta, ids};
use crate::testkit::verdict::{CheckResult, During, Refusal, refused, same};

pub(super) async fn is_gone<S: Store>(fixture: &Fixture<S>) -> CheckResult {
    let (user, stays) = (fixture.user("a").await?, fixture.user("b").await?);
    fixture.delete(&fixture.user, &user.id).await.during("deleting a user")?;
    same("a deleted user", &None, &fixture.get(&fixture.user, &user.id).await?.map(|r| r.id))?;
    same("the users after a deletion", &vec![stays.id.clone()], &ids(&fixture.all(&fixture.user).await?))?;
    let again = fixture.delete(&fixture.user, &user.id).await;
    refused("deleting a user for the second time", Refusal::NotFound, again)?;
    let mut change = fixture.edit(&fixture.user, &stays.id, |body| drop(body.insert("title", "Dr"))).await?;
    change.expect = None;
    let outcome = fixture.update(&fixture.user, &user.id, change).await;
    refused("changing a deleted user", Refusal::NotFound, outcome)?;

    let group = fixture.group("g", &[&stays.id]).await?;
    fixture.delete(&fixture.group, &group.id).await.during("deleting a group with a member")?;
    same("a deleted group", &None, &fixture.get(&fixture.group, &group.id).await?.map(|r| r.id))?;
    let outcome = fixture.update(&fixture.group, &group.id, delta(&[&stays.id], &[])).await;
    refused("adding a member to a deleted group", Refusal::NotFound, outcome)?;
    fixture.read(&fixture.user, &stays.id).await.map(drop)
}

pub(super) async fn of_its_type<S: Store>(fixture: &Fixture<S>) -> CheckResult {
    let (user, group) = (fixture.user("a").await?, fixture.group("g", &[]).await?);
    for (what, kind, id) in [
        ("deleting a group as a user", &fixture.user, &group.id),
        ("deleting a user as a group", &fixture.group, &user.id),
        ("deleting what never was", &fixture.user, &fixture.id()),
    ] {
        refused(what, Refusal::NotFound, fixture.delete(kind, id).await)?;
    }
    fixture.as_read("a user that was not deleted", &fixture.user, &user).await?;
    fixture.as_read("a group that was not deleted", &fixture.group, &group).await.map(drop)
}
