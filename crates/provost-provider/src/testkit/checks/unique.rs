//! One value, one holder.

use crate::error::StoreError;
use crate::store::Store;
use crate::testkit::room::{Room, delta, ids};
use crate::testkit::verdict::{During, Refusal, Verdict, fail, refused, same};
use provost_core::{Id, Object};

/// A user of that name cannot be made, for the right reason.
async fn taken<S: Store>(room: &Room<S>, what: &str, name: &str) -> Verdict {
    let new = room.new_user(name)?;
    conflict(what, "userName", &refused(what, Refusal::Conflict, room.create(&room.user, new).await)?)
}

fn conflict(what: &str, wanted: &str, e: &StoreError) -> Verdict {
    match e {
        StoreError::Conflict { attribute } if attribute == wanted => Ok(()),
        StoreError::Conflict { attribute } => {
            fail(format!("the attribute that {what} is refused for"), wanted, attribute)
        }
        other => fail(what, "a conflict", other),
    }
}

pub(super) async fn one_holder<S: Store>(room: &Room<S>) -> Verdict {
    let user = room.user("babs").await?;
    taken(room, "creating a second user `babs`", "babs").await?;
    same("the users after a refused creation", &vec![user.id.clone()], &ids(&room.all(&room.user).await?))?;
    room.group("Sales", &[&user.id]).await?;
    let second = room.new_group("Sales", &[&user.id])?;
    let what = "creating a second group `Sales`";
    let e = refused(what, Refusal::Conflict, room.create(&room.group, second).await)?;
    conflict(what, "displayName", &e)?;
    same("how many groups there are after a refused creation", &1, &room.all(&room.group).await?.len())?;
    let groups = room.read(&room.user, &user.id).await?.groups.len();
    same("how many groups the user is in after a refused creation", &1, &groups)
}

pub(super) async fn folded<S: Store>(room: &Room<S>) -> Verdict {
    for (first, second) in [
        ("babs", "BABS"),
        ("Ümit", "üMIT"),
        ("u\u{308}ber", "ÜBER"),
        ("ｂob", "Bob"),
        ("σίσυφος", "ΣΊΣΥΦΟΣ"),
        // RFC 8265 section 3.3 trims nothing; a blank nobody sees must not make a second user
        ("anna", " Anna "),
    ] {
        room.user(first).await?;
        taken(room, &format!("creating the user `{second}` beside `{first}`"), second).await?;
    }
    // what is not the same must not be taken for it
    for name in ["umit", "ba bs", "strasse", "straße", "b%", "____"] {
        room.user(name).await?;
    }
    Ok(())
}

pub(super) async fn changed_to_taken<S: Store>(room: &Room<S>) -> Verdict {
    room.user("a").await?;
    let b = room.user("b").await?;
    let change = room
        .edit(&room.user, &b.id, |body| {
            body.insert("title", "Dr");
            body.insert("userName", "A");
        })
        .await?;
    let what = "renaming the user `b` to `A`";
    let e = refused(what, Refusal::Conflict, room.update(&room.user, &b.id, change).await)?;
    conflict(what, "userName", &e)?;
    room.as_read("the user after a refused rename", &room.user, &b).await?;
    taken(room, "creating the user `b` after its rename was refused", "B").await?;

    room.group("one", &[]).await?;
    let two = room.group("two", &[&b.id]).await?;
    let c = room.user("c").await?;
    let mut change = room.edit(&room.group, &two.id, |body| drop(body.insert("displayName", "One"))).await?;
    change.members = delta(&[&c.id], &[&b.id]).members;
    let what = "renaming the group `two` to `One` with other members";
    let e = refused(what, Refusal::Conflict, room.update(&room.group, &two.id, change).await)?;
    conflict(what, "displayName", &e)?;
    room.as_read("the group after a refused rename", &room.group, &two).await.map(drop)
}

async fn rename<S: Store>(room: &Room<S>, id: &Id, to: &str) -> Verdict {
    room.write(&room.user, id, |body| drop(body.insert("userName", to))).await.map(drop)
}

pub(super) async fn own_spelling<S: Store>(room: &Room<S>) -> Verdict {
    let user = room.user("babs").await?;
    rename(room, &user.id, "Babs").await?;
    rename(room, &user.id, "BABS").await?;
    // a change of another attribute names the key again
    room.write(&room.user, &user.id, |body| drop(body.insert("title", "Dr"))).await?;
    taken(room, "creating `babs` beside `BABS`", "babs").await
}

pub(super) async fn freed_on_rename<S: Store>(room: &Room<S>) -> Verdict {
    let user = room.user("old").await?;
    rename(room, &user.id, "new").await?;
    taken(room, "creating a user with the new name of another", "new").await?;
    let second = room.user("old").await?;
    rename(room, &second.id, "older").await?;
    rename(room, &user.id, "old").await
}

pub(super) async fn freed_on_delete<S: Store>(room: &Room<S>) -> Verdict {
    for _ in 0..2 {
        let user = room.user("babs").await?;
        room.delete(&room.user, &user.id).await.during("deleting a user")?;
        let group = room.group("Sales", &[]).await?;
        room.delete(&room.group, &group.id).await.during("deleting a group")?;
    }
    Ok(())
}

pub(super) async fn kept_when_off<S: Store>(room: &Room<S>) -> Verdict {
    let user = room.user("babs").await?;
    room.write(&room.user, &user.id, |body| drop(body.insert("active", false))).await?;
    taken(room, "creating `babs` beside a user of that name who is switched off", "babs").await
}

pub(super) async fn of_its_type<S: Store>(room: &Room<S>) -> Verdict {
    room.user("sales").await?;
    let group = room.draft(&room.group, Object::from_iter([("displayName", "sales")]))?;
    room.create(&room.group, group)
        .await
        .during("creating the group `sales` beside the user `sales`")
        .map(drop)
}
