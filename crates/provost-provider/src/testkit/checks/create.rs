//! What is created exists.

use crate::store::{Create, Store};
use crate::testkit::fixture::{Fixture, body, has_body, members, same_members};
use crate::testkit::population::Population;
use crate::testkit::verdict::{CheckResult, During, holds, same};
use provost_core::{Object, Version};

pub(super) async fn reads_back<S: Store>(fixture: &Fixture<S>) -> CheckResult {
    let new = fixture.new_user("Babs@Example.com")?;
    let written = new.body.clone();
    let made = fixture.create(&fixture.user, new).await.during("creating a user")?;
    holds("the outcome of a creation", "`changed` to be true", made.changed)?;
    same("the members left out", &Vec::new(), &made.skipped)?;
    let user = fixture.as_read("a new user", &fixture.user, &made.resource).await?;
    has_body("a new user", &written, &body(&user)?)?;

    let group = fixture.group("Engineers", &[&user.id]).await?;
    let group = fixture.as_read("a new group", &fixture.group, &group).await?;
    same_members("the members of a new group", &[&user.id], &group)?;
    same("the types of the members", &Some("User"), &group.members.first().map(|m| &*m.resource_type))
}

pub(super) async fn first_version<S: Store>(fixture: &Fixture<S>) -> CheckResult {
    for kind in [&fixture.user, &fixture.group] {
        let new = fixture.draft(kind, Object::from_iter([("userName", "a"), ("displayName", "a")]))?;
        let cx = fixture.cx();
        let made = fixture.store.create(Create::new(kind, new, &cx)).await.during("creating")?.resource;
        let read = fixture.read(kind, &made.id).await?;
        for resource in [&made, &read] {
            same(format!("the version of a new {}", kind.name), &Version::FIRST, &resource.version)?;
            same("`meta.created`", &cx.at, &resource.created)?;
            same("`meta.lastModified`", &cx.at, &resource.modified)?;
        }
    }
    Ok(())
}

pub(super) async fn every_attribute<S: Store>(fixture: &Fixture<S>) -> CheckResult {
    let mut population = Population::new(fixture);
    for kind in fixture.service.schemas.resource_types() {
        for _ in 0..30 {
            let new = population.resource(fixture, kind)?;
            let written = new.body.clone();
            let made = fixture.create(kind, new).await.during(format!("creating {written}"))?;
            let what = format!("a new {}", kind.name);
            let read = fixture.as_read(&what, kind, &made.resource).await?;
            has_body(&what, &written, &body(&read)?)?;
        }
    }
    Ok(())
}

pub(super) async fn unknown_is_none<S: Store>(fixture: &Fixture<S>) -> CheckResult {
    let (user, group) = (fixture.user("a").await?, fixture.group("b", &[]).await?);
    for (what, kind, id) in [
        ("an id that was never made", &fixture.user, &fixture.id()),
        ("the id of a group, read as a user", &fixture.user, &group.id),
        ("the id of a user, read as a group", &fixture.group, &user.id),
        ("the empty id", &fixture.user, &"".into()),
    ] {
        let found = fixture.get(kind, id).await?;
        same(what, &None, &found.map(|r| (r.id.clone(), members(&r))))?;
    }
    Ok(())
}

pub(super) async fn secrets_stay_out<S: Store>(fixture: &Fixture<S>) -> CheckResult {
    let mut new = fixture.new_user("a")?;
    new.secrets.insert("password", "t1meMa$heen");
    let made = fixture.create(&fixture.user, new).await.during("creating a user with a password")?.resource;
    let mut change = fixture.edit(&fixture.user, &made.id, |body| drop(body.insert("title", "Dr"))).await?;
    change.secrets.insert("password", "0therMa$heen");
    fixture.update(&fixture.user, &made.id, change).await.during("updating a user with a password")?;
    for resource in [&made, &fixture.read(&fixture.user, &made.id).await?] {
        let text = body(resource)?.to_string();
        holds("the body of a user with a password", "no password in it", !text.contains("Ma$heen"))?;
    }
    Ok(())
}
