//! What is deleted is gone, and nothing else.

use crate::store::Store;
use crate::testkit::room::{Room, delta, ids};
use crate::testkit::verdict::{During, Refusal, Verdict, refused, same};

pub(super) async fn is_gone<S: Store>(room: &Room<S>) -> Verdict {
    let (user, stays) = (room.user("a").await?, room.user("b").await?);
    room.delete(&room.user, &user.id).await.during("deleting a user")?;
    same("a deleted user", &None, &room.get(&room.user, &user.id).await?.map(|r| r.id))?;
    same("the users after a deletion", &vec![stays.id.clone()], &ids(&room.all(&room.user).await?))?;
    let again = room.delete(&room.user, &user.id).await;
    refused("deleting a user for the second time", Refusal::NotFound, again)?;
    let mut change = room.edit(&room.user, &stays.id, |body| drop(body.insert("title", "Dr"))).await?;
    change.expect = None;
    let outcome = room.update(&room.user, &user.id, change).await;
    refused("changing a deleted user", Refusal::NotFound, outcome)?;

    let group = room.group("g", &[&stays.id]).await?;
    room.delete(&room.group, &group.id).await.during("deleting a group with a member")?;
    same("a deleted group", &None, &room.get(&room.group, &group.id).await?.map(|r| r.id))?;
    let outcome = room.update(&room.group, &group.id, delta(&[&stays.id], &[])).await;
    refused("adding a member to a deleted group", Refusal::NotFound, outcome)?;
    room.read(&room.user, &stays.id).await.map(drop)
}

pub(super) async fn of_its_type<S: Store>(room: &Room<S>) -> Verdict {
    let (user, group) = (room.user("a").await?, room.group("g", &[]).await?);
    for (what, kind, id) in [
        ("deleting a group as a user", &room.user, &group.id),
        ("deleting a user as a group", &room.group, &user.id),
        ("deleting what never was", &room.user, &room.id()),
    ] {
        refused(what, Refusal::NotFound, room.delete(kind, id).await)?;
    }
    room.as_read("a user that was not deleted", &room.user, &user).await?;
    room.as_read("a group that was not deleted", &room.group, &group).await.map(drop)
}
