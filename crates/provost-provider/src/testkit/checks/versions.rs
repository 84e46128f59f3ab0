//! Who bases a write on a version gets that version or nothing.

use crate::store::Store;
use crate::testkit::room::{Room, delta, same_members};
use crate::testkit::verdict::{During, Refusal, Verdict, refused, same};

pub(super) async fn update_expects<S: Store>(room: &Room<S>) -> Verdict {
    let user = room.user("a").await?;
    let stale = room.edit(&room.user, &user.id, |body| drop(body.insert("title", "stale"))).await?;
    let newer = room.write(&room.user, &user.id, |body| drop(body.insert("title", "newer"))).await?;
    let outcome = room.update(&room.user, &user.id, stale.clone()).await;
    refused("a change based on version 1 of a user at version 2", Refusal::VersionMismatch, outcome)?;
    room.as_read("the user after a refused change", &room.user, &newer).await?;

    let mut fresh = stale;
    fresh.expect = Some(newer.version);
    let outcome = room.update(&room.user, &user.id, fresh).await;
    let after = outcome.during("a change based on the present version")?.resource;
    same("the version after it", &newer.version.next(), &after.version)
}

pub(super) async fn members_expect<S: Store>(room: &Room<S>) -> Verdict {
    let (a, b) = (room.user("a").await?, room.user("b").await?);
    let group = room.group("g", &[&a.id]).await?;
    let after = room.update(&room.group, &group.id, delta(&[], &[&a.id])).await;
    let after = after.during("removing a member")?.resource;
    let mut stale = delta(&[&b.id], &[]);
    stale.expect = Some(group.version);
    let outcome = room.update(&room.group, &group.id, stale.clone()).await;
    refused("adding a member to version 1 of a group at version 2", Refusal::VersionMismatch, outcome)?;
    room.as_read("the group after a refused change", &room.group, &after).await?;

    let mut fresh = stale;
    fresh.expect = Some(after.version);
    let after = room.update(&room.group, &group.id, fresh).await;
    let after = after.during("adding a member to the present version")?.resource;
    same_members("the members after it", &[&b.id], &after)
}

pub(super) async fn delete_expects<S: Store>(room: &Room<S>) -> Verdict {
    let user = room.user("a").await?;
    let group = room.group("g", &[&user.id]).await?;
    let newer = room.write(&room.user, &user.id, |body| drop(body.insert("title", "Dr"))).await?;
    let outcome = room.store.delete(&room.user, &user.id, Some(user.version), &room.cx()).await;
    refused("deleting version 1 of a user at version 2", Refusal::VersionMismatch, outcome)?;
    room.as_read("the user after a refused deletion", &room.user, &newer).await?;
    room.as_read("its group after a refused deletion", &room.group, &group).await?;
    let outcome = room.store.delete(&room.user, &user.id, Some(newer.version), &room.cx()).await;
    outcome.during("deleting the present version of a user")
}
