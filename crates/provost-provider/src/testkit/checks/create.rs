//! What is made is there.

use crate::store::Store;
use crate::testkit::population::Population;
use crate::testkit::room::{Room, body, has_body, members, same_members};
use crate::testkit::verdict::{During, Verdict, holds, same};
use provost_core::{Object, Version};

pub(super) async fn reads_back<S: Store>(room: &Room<S>) -> Verdict {
    let new = room.new_user("Babs@Example.com")?;
    let written = new.body.clone();
    let made = room.create(&room.user, new).await.during("creating a user")?;
    holds("the outcome of a creation", "`changed` to be true", made.changed)?;
    same("the members left out", &Vec::new(), &made.skipped)?;
    let user = room.as_read("a new user", &room.user, &made.resource).await?;
    has_body("a new user", &written, &body(&user)?)?;

    let group = room.group("Engineers", &[&user.id]).await?;
    let group = room.as_read("a new group", &room.group, &group).await?;
    same_members("the members of a new group", &[&user.id], &group)?;
    same("the types of the members", &Some("User"), &group.members.first().map(|m| &*m.kind))
}

pub(super) async fn first_version<S: Store>(room: &Room<S>) -> Verdict {
    for kind in [&room.user, &room.group] {
        let new = room.draft(kind, Object::from_iter([("userName", "a"), ("displayName", "a")]))?;
        let cx = room.cx();
        let made = room.store.create(kind, new, &cx).await.during("creating")?.resource;
        let read = room.read(kind, &made.id).await?;
        for resource in [&made, &read] {
            same(format!("the version of a new {}", kind.name), &Version::FIRST, &resource.version)?;
            same("`meta.created`", &cx.at, &resource.created)?;
            same("`meta.lastModified`", &cx.at, &resource.modified)?;
        }
    }
    Ok(())
}

pub(super) async fn every_attribute<S: Store>(room: &Room<S>) -> Verdict {
    let mut population = Population::new(room);
    for kind in room.site.schemas.resource_types() {
        for _ in 0..30 {
            let new = population.resource(room, kind)?;
            let written = new.body.clone();
            let made = room.create(kind, new).await.during(format!("creating {written}"))?;
            let what = format!("a new {}", kind.name);
            let read = room.as_read(&what, kind, &made.resource).await?;
            has_body(&what, &written, &body(&read)?)?;
        }
    }
    Ok(())
}

pub(super) async fn unknown_is_none<S: Store>(room: &Room<S>) -> Verdict {
    let (user, group) = (room.user("a").await?, room.group("b", &[]).await?);
    for (what, kind, id) in [
        ("an id that was never made", &room.user, &room.id()),
        ("the id of a group, read as a user", &room.user, &group.id),
        ("the id of a user, read as a group", &room.group, &user.id),
        ("the empty id", &room.user, &"".into()),
    ] {
        let found = room.get(kind, id).await?;
        same(what, &None, &found.map(|r| (r.id.clone(), members(&r))))?;
    }
    Ok(())
}

pub(super) async fn secrets_stay_out<S: Store>(room: &Room<S>) -> Verdict {
    let mut new = room.new_user("a")?;
    new.secrets.insert("password", "t1meMa$heen");
    let made = room.create(&room.user, new).await.during("creating a user with a password")?.resource;
    let mut change = room.edit(&room.user, &made.id, |body| drop(body.insert("title", "Dr"))).await?;
    change.secrets.insert("password", "0therMa$heen");
    room.update(&room.user, &made.id, change).await.during("updating a user with a password")?;
    for resource in [&made, &room.read(&room.user, &made.id).await?] {
        let text = body(resource)?.to_string();
        holds("the body of a user with a password", "no password in it", !text.contains("Ma$heen"))?;
    }
    Ok(())
}
