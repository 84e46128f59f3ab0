//! The groups of a user: the members of groups, seen from the other side.

use crate::store::{Get, Store};
use crate::testkit::fixture::{Fixture, delta};
use crate::testkit::verdict::{CheckResult, During, holds, same};
use provost_core::query::Include;
use provost_core::{Id, Resource};

fn groups(user: &Resource) -> Vec<&Id> {
    let mut ids: Vec<&Id> = user.groups.iter().map(|link| &link.id).collect();
    ids.sort_unstable();
    ids
}

pub(super) async fn of_user<S: Store>(fixture: &Fixture<S>) -> CheckResult {
    let (a, b) = (fixture.user("a").await?, fixture.user("b").await?);
    same("the groups of a new user", &Vec::new(), &groups(&a))?;
    let one = fixture.group("one", &[&a.id]).await?;
    let two = fixture.group("two", &[&b.id]).await?;
    fixture.update(&fixture.group, &two.id, delta(&[&a.id], &[])).await.during("adding a member")?;
    let seen = fixture.read(&fixture.user, &a.id).await?;
    same("the groups of a user in two groups", &vec![&one.id, &two.id], &groups(&seen))?;
    let kinds = seen.groups.iter().all(|link| &*link.resource_type == "Group");
    holds("the types of the groups", "`Group`", kinds)?;
    same("the version of a user who joined groups", &a.version, &seen.version)?;

    fixture.update(&fixture.group, &one.id, delta(&[], &[&a.id])).await.during("removing a member")?;
    let seen = fixture.read(&fixture.user, &a.id).await?;
    same("the groups of a user who left one", &vec![&two.id], &groups(&seen))?;
    let bare = fixture
        .store
        .get(Get::new(&fixture.service, &fixture.user, &a.id, Include::BODY))
        .await
        .during("reading a user")?;
    let bare = bare.during("the user without groups")?;
    same("the groups when they are not wanted", &Vec::new(), &groups(&bare))?;
    let listed = fixture.all(&fixture.user).await?;
    let of_listed: Vec<Vec<&Id>> = listed.iter().map(groups).collect();
    same("the groups of users in a list", &vec![vec![&two.id], vec![&two.id]], &of_listed)
}

pub(super) async fn display_follows<S: Store>(fixture: &Fixture<S>) -> CheckResult {
    let user = fixture.user("a").await?;
    let group = fixture.group("before", &[&user.id]).await?;
    shows(fixture, &user.id, "before").await?;
    fixture.write(&fixture.group, &group.id, |body| drop(body.insert("displayName", "after"))).await?;
    shows(fixture, &user.id, "after").await?;
    let seen = fixture.read(&fixture.user, &user.id).await?;
    same("the version of a user whose group was renamed", &user.version, &seen.version)?;
    same("the time of its last change", &user.modified, &seen.modified)
}

/// Checks how the user's only group is shown.
async fn shows<S: Store>(fixture: &Fixture<S>, user: &Id, name: &str) -> CheckResult {
    let seen = fixture.read(&fixture.user, user).await?;
    let shown: Vec<Option<&str>> = seen.groups.iter().map(|g| g.display.as_deref()).collect();
    let follows = shown == [Some(name)] || shown == [None];
    holds(format!("how a group is shown: {shown:?}"), format!("`{name}`, or nothing"), follows)
}

pub(super) async fn gone_when_deleted<S: Store>(fixture: &Fixture<S>) -> CheckResult {
    let user = fixture.user("a").await?;
    let one = fixture.group("one", &[&user.id]).await?;
    let two = fixture.group("two", &[&user.id]).await?;
    fixture.delete(&fixture.group, &one.id).await.during("deleting a group")?;
    let seen = fixture.read(&fixture.user, &user.id).await?;
    same("the groups of a user whose group was deleted", &vec![&two.id], &groups(&seen))?;
    same("the version of that user", &user.version, &seen.version)
}
