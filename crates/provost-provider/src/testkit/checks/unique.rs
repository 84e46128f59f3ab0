//! Each value has one holder.

use crate::error::StoreError;
use crate::store::Store;
use crate::testkit::fixture::{Fixture, delta, ids};
use crate::testkit::verdict::{CheckResult, During, Refusal, fail, refused, same};
use provost_core::{Id, Object};

/// Checks that no user of that name can be created, for the right reason.
async fn taken<S: Store>(fixture: &Fixture<S>, what: &str, name: &str) -> CheckResult {
    let new = fixture.new_user(name)?;
    conflict(what, "userName", &refused(what, Refusal::Conflict, fixture.create(&fixture.user, new).await)?)
}

fn conflict(what: &str, wanted: &str, e: &StoreError) -> CheckResult {
    match e {
        StoreError::Conflict { attribute } if attribute == wanted => Ok(()),
        StoreError::Conflict { attribute } => {
            fail(format!("the attribute that {what} is refused for"), wanted, attribute)
        }
        other => fail(what, "a conflict", other),
    }
}

pub(super) async fn one_holder<S: Store>(fixture: &Fixture<S>) -> CheckResult {
    let user = fixture.user("babs").await?;
    taken(fixture, "creating a second user `babs`", "babs").await?;
    same(
        "the users after a refused creation",
        &vec![user.id.clone()],
        &ids(&fixture.all(&fixture.user).await?),
    )?;
    fixture.group("Sales", &[&user.id]).await?;
    let second = fixture.new_group("Sales", &[&user.id])?;
    let what = "creating a second group `Sales`";
    let e = refused(what, Refusal::Conflict, fixture.create(&fixture.group, second).await)?;
    conflict(what, "displayName", &e)?;
    same(
        "how many groups there are after a refused creation",
        &1,
        &fixture.all(&fixture.group).await?.len(),
    )?;
    let groups = fixture.read(&fixture.user, &user.id).await?.groups.len();
    same("how many groups the user is in after a refused creation", &1, &groups)
}

pub(super) async fn folded<S: Store>(fixture: &Fixture<S>) -> CheckResult {
    for (first, second) in [
        ("babs", "BABS"),
        ("Ümit", "üMIT"),
        ("u\u{308}ber", "ÜBER"),
        ("ｂob", "Bob"),
        ("σίσυφος", "ΣΊΣΥΦΟΣ"),
        // RFC 8265 section 3.3 trims nothing, but an invisible blank must not make a second user
        ("anna", " Anna "),
    ] {
        fixture.user(first).await?;
        taken(fixture, &format!("creating the user `{second}` beside `{first}`"), second).await?;
    }
    // what is different must not be treated as the same
    for name in ["umit", "ba bs", "strasse", "straße", "b%", "____"] {
        fixture.user(name).await?;
    }
    Ok(())
}

pub(super) async fn changed_to_taken<S: Store>(fixture: &Fixture<S>) -> CheckResult {
    fixture.user("a").await?;
    let b = fixture.user("b").await?;
    let change = fixture
        .edit(&fixture.user, &b.id, |body| {
            body.insert("title", "Dr");
            body.insert("userName", "A");
        })
        .await?;
    let what = "renaming the user `b` to `A`";
    let e = refused(what, Refusal::Conflict, fixture.update(&fixture.user, &b.id, change).await)?;
    conflict(what, "userName", &e)?;
    fixture.as_read("the user after a refused rename", &fixture.user, &b).await?;
    taken(fixture, "creating the user `b` after its rename was refused", "B").await?;

    fixture.group("one", &[]).await?;
    let two = fixture.group("two", &[&b.id]).await?;
    let c = fixture.user("c").await?;
    let mut change =
        fixture.edit(&fixture.group, &two.id, |body| drop(body.insert("displayName", "One"))).await?;
    change.members = delta(&[&c.id], &[&b.id]).members;
    let what = "renaming the group `two` to `One` with other members";
    let e = refused(what, Refusal::Conflict, fixture.update(&fixture.group, &two.id, change).await)?;
    conflict(what, "displayName", &e)?;
    fixture.as_read("the group after a refused rename", &fixture.group, &two).await.map(drop)
}

async fn rename<S: Store>(fixture: &Fixture<S>, id: &Id, to: &str) -> CheckResult {
    fixture.write(&fixture.user, id, |body| drop(body.insert("userName", to))).await.map(drop)
}

pub(super) async fn own_spelling<S: Store>(fixture: &Fixture<S>) -> CheckResult {
    let user = fixture.user("babs").await?;
    rename(fixture, &user.id, "Babs").await?;
    rename(fixture, &user.id, "BABS").await?;
    // a change of another attribute also lists the key
    fixture.write(&fixture.user, &user.id, |body| drop(body.insert("title", "Dr"))).await?;
    taken(fixture, "creating `babs` beside `BABS`", "babs").await
}

pub(super) async fn freed_on_rename<S: Store>(fixture: &Fixture<S>) -> CheckResult {
    let user = fixture.user("old").await?;
    rename(fixture, &user.id, "new").await?;
    taken(fixture, "creating a user with the new name of another", "new").await?;
    let second = fixture.user("old").await?;
    rename(fixture, &second.id, "older").await?;
    rename(fixture, &user.id, "old").await
}

pub(super) async fn freed_on_delete<S: Store>(fixture: &Fixture<S>) -> CheckResult {
    for _ in 0..2 {
        let user = fixture.user("babs").await?;
        fixture.delete(&fixture.user, &user.id).await.during("deleting a user")?;
        let group = fixture.group("Sales", &[]).await?;
        fixture.delete(&fixture.group, &group.id).await.during("deleting a group")?;
    }
    Ok(())
}

pub(super) async fn kept_when_off<S: Store>(fixture: &Fixture<S>) -> CheckResult {
    let user = fixture.user("babs").await?;
    fixture.write(&fixture.user, &user.id, |body| drop(body.insert("active", false))).await?;
    taken(fixture, "creating `babs` beside a user of that name who is switched off", "babs").await
}

pub(super) async fn of_its_type<S: Store>(fixture: &Fixture<S>) -> CheckResult {
    fixture.user("sales").await?;
    let group = fixture.draft(&fixture.group, Object::from_iter([("displayName", "sales")]))?;
    fixture
        .create(&fixture.group, group)
        .await
        .during("creating the group `sales` beside the user `sales`")
        .map(drop)
}
