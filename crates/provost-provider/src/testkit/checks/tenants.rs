//! Two tenants in one storage do not see each other.

use crate::store::Store;
use crate::testkit::dialect::typed;
use crate::testkit::fixture::{Fixture, delta, ids, members as ids_of_members, same_members};
use crate::testkit::verdict::{CheckResult, During, Refusal, refused, same};
use provost_core::Query;
use provost_core::change::MissingMembers;

pub(super) async fn reads<S: Store>(fixture: &Fixture<S>) -> CheckResult {
    let other = fixture.elsewhere()?;
    let user = fixture.user("a").await?;
    let group = fixture.group("g", &[&user.id]).await?;
    for (kind, id) in [(&fixture.user, &user.id), (&fixture.group, &group.id)] {
        let found = other.get(kind, id).await?.map(|r| r.id);
        same(format!("a {} of another tenant, read by its id", kind.name), &None, &found)?;
        let page = other.page(kind, 1, 10).await?;
        let listed = (page.total, ids(&page.resources));
        same(format!("the {}s that another tenant lists", kind.name), &(0, Vec::new()), &listed)?;
        for text in [format!("id eq \"{id}\""), "meta.created pr".to_owned(), "not (id eq \"x\")".to_owned()]
        {
            let mut query = Query::default();
            query.filter = Some(typed(kind, &text)?);
            let page = other.find(kind, &query).await?;
            same(format!("what another tenant finds by `{text}`"), &0, &page.total)?;
            same(format!("the page that another tenant gets by `{text}`"), &0, &page.resources.len())?;
        }
    }
    Ok(())
}

pub(super) async fn writes<S: Store>(fixture: &Fixture<S>) -> CheckResult {
    let other = fixture.elsewhere()?;
    let user = fixture.user("a").await?;
    let group = fixture.group("g", &[&user.id]).await?;
    let theirs = other.user("b").await?;
    let mut change =
        fixture.edit(&fixture.user, &user.id, |body| drop(body.insert("title", "theirs"))).await?;
    change.expect = None;
    let outcome = other.update(&fixture.user, &user.id, change).await;
    refused("changing a user of another tenant", Refusal::NotFound, outcome)?;
    let outcome = other.update(&fixture.group, &group.id, delta(&[&theirs.id], &[])).await;
    refused("adding members to a group of another tenant", Refusal::NotFound, outcome)?;
    for (kind, id) in [(&fixture.user, &user.id), (&fixture.group, &group.id)] {
        let what = format!("deleting a {} of another tenant", kind.name);
        refused(what, Refusal::NotFound, other.delete(kind, id).await)?;
    }
    fixture
        .as_read("the user meanwhile", &fixture.user, &fixture.read(&fixture.user, &user.id).await?)
        .await?;
    fixture.as_read("the group meanwhile", &fixture.group, &group).await.map(drop)
}

pub(super) async fn members<S: Store>(fixture: &Fixture<S>) -> CheckResult {
    let other = fixture.elsewhere()?;
    let (ours, theirs) = (fixture.user("a").await?, other.user("a").await?);
    let group = other.group("g", &[&theirs.id]).await?;
    let mut change = delta(&[&ours.id], &[]);
    let outcome = other.update(&fixture.group, &group.id, change.clone()).await;
    refused("adding a user of another tenant", Refusal::UnknownMembers, outcome)?;
    change.members.missing = MissingMembers::Skip;
    let updated = other.update(&fixture.group, &group.id, change).await.during("skipping a user")?;
    same("who was left out", &vec![ours.id.clone()], &updated.skipped)?;
    let new = other.new_group("h", &[&ours.id])?;
    let outcome = other.create(&fixture.group, new).await;
    refused("creating a group with a user of another tenant", Refusal::UnknownMembers, outcome)?;
    same_members("the members of the group", &[&theirs.id], &other.read(&fixture.group, &group.id).await?)?;
    same("the groups of the user", &0, &fixture.read(&fixture.user, &ours.id).await?.groups.len())
}

pub(super) async fn keys<S: Store>(fixture: &Fixture<S>) -> CheckResult {
    let other = fixture.elsewhere()?;
    let mut made = Vec::new();
    for tenant in [fixture, &other] {
        let user = tenant.user("a").await?;
        made.push((user.id.clone(), tenant.group("g", &[&user.id]).await?));
    }
    let mut made = made.into_iter();
    let ((user, _), (_, theirs)) = (made.next().during("ours")?, made.next().during("theirs")?);
    fixture.delete(&fixture.user, &user).await.during("deleting a user whose name two tenants have")?;
    let after = other.read(&fixture.group, &theirs.id).await?;
    same("the members of the other tenant's group", &ids_of_members(&theirs), &ids_of_members(&after))?;
    let second = other.new_user("A")?;
    let outcome = other.create(&fixture.user, second).await;
    refused("creating a name that this tenant has still", Refusal::Conflict, outcome)?;
    fixture.user("a").await.map(drop)
}
