//! Who belongs to a group: rows that are added and removed.

use crate::error::StoreError;
use crate::store::{Get, Store, Updated};
use crate::testkit::fixture::{Fixture, body, delta, ids, members, replacement, same_members, same_resource};
use crate::testkit::verdict::{CheckResult, During, Refusal, fail, holds, refused, same};
use provost_core::change::MissingMembers;
use provost_core::query::Include;
use provost_core::{Change, Id, Object, Query, Resource};

/// A group `g` and the users `a` to `e`, of whom the first two are members.
async fn team<S: Store>(fixture: &Fixture<S>) -> CheckResult<(Resource, [Id; 5])> {
    let mut made = Vec::new();
    for name in ["a", "b", "c", "d", "e"] {
        made.push(fixture.user(name).await?.id);
    }
    let users: [Id; 5] = made.try_into().ok().during("five users")?;
    let [a, b, ..] = &users;
    let group = fixture.group("g", &[a, b]).await?;
    Ok((group, users))
}

async fn change<S: Store>(
    fixture: &Fixture<S>,
    what: &str,
    group: &Id,
    change: Change,
) -> CheckResult<Updated> {
    let updated = fixture.update(&fixture.group, group, change).await.during(what)?;
    fixture.as_read(&format!("the group after {what}"), &fixture.group, &updated.resource).await?;
    Ok(updated)
}

/// Makes a change that must have effect: the version grows by one, and these are the members.
async fn does<S: Store>(
    fixture: &Fixture<S>,
    what: &str,
    group: &Resource,
    by: Change,
    then: &[&Id],
) -> CheckResult<Resource> {
    let updated = change(fixture, what, &group.id, by).await?;
    holds(format!("the outcome of {what}"), "`changed` to be true", updated.changed)?;
    same_members(&format!("the members after {what}"), then, &updated.resource)?;
    same(format!("the version after {what}"), &group.version.next(), &updated.resource.version)?;
    let later = updated.resource.modified > group.modified;
    holds("the time of the last change", "a later one than before", later)?;
    Ok(updated.resource)
}

/// Makes a change that must have no effect.
async fn does_nothing<S: Store>(
    fixture: &Fixture<S>,
    what: &str,
    group: &Resource,
    by: Change,
) -> CheckResult {
    let updated = change(fixture, what, &group.id, by).await?;
    same_resource(&format!("the group after {what}"), group, &updated.resource)?;
    holds(format!("the outcome of {what}"), "`changed` to be false", !updated.changed)
}

pub(super) async fn added<S: Store>(fixture: &Fixture<S>) -> CheckResult {
    let (group, [a, b, c, d, _]) = team(fixture).await?;
    let group = does(fixture, "adding one", &group, delta(&[&c], &[]), &[&a, &b, &c]).await?;
    does(
        fixture,
        "adding one who is there and one who is not",
        &group,
        delta(&[&a, &d], &[]),
        &[&a, &b, &c, &d],
    )
    .await
    .map(drop)
}

pub(super) async fn added_again<S: Store>(fixture: &Fixture<S>) -> CheckResult {
    let (group, [a, b, ..]) = team(fixture).await?;
    does_nothing(fixture, "adding one who is there", &group, delta(&[&a], &[])).await?;
    does_nothing(fixture, "adding all who are there", &group, delta(&[&b, &a], &[])).await
}

pub(super) async fn removed<S: Store>(fixture: &Fixture<S>) -> CheckResult {
    let (group, [a, b, c, ..]) = team(fixture).await?;
    let group = does(fixture, "removing one", &group, delta(&[], &[&a]), &[&b]).await?;
    does(fixture, "removing one who is there and one who is not", &group, delta(&[], &[&c, &b]), &[])
        .await
        .map(drop)
}

pub(super) async fn removed_again<S: Store>(fixture: &Fixture<S>) -> CheckResult {
    let (group, [_, _, c, ..]) = team(fixture).await?;
    does_nothing(fixture, "removing one who is not there", &group, delta(&[], &[&c])).await?;
    does_nothing(fixture, "removing one who does not exist", &group, delta(&[], &[&fixture.id()])).await
}

pub(super) async fn added_and_removed<S: Store>(fixture: &Fixture<S>) -> CheckResult {
    let (group, [a, b, c, d, e]) = team(fixture).await?;
    let both = delta(&[&c, &d], &[&a, &e]);
    does(fixture, "adding two and removing another", &group, both, &[&b, &c, &d]).await.map(drop)
}

pub(super) async fn replaced<S: Store>(fixture: &Fixture<S>) -> CheckResult {
    let (group, [a, b, c, ..]) = team(fixture).await?;
    does_nothing(fixture, "replacing all by the same", &group, replacement(&[&b, &a])).await?;
    let group = does(fixture, "replacing one of two", &group, replacement(&[&c, &a]), &[&a, &c]).await?;
    does(fixture, "replacing two by one who was there", &group, replacement(&[&c]), &[&c]).await.map(drop)
}

pub(super) async fn cleared<S: Store>(fixture: &Fixture<S>) -> CheckResult {
    let (group, [a, ..]) = team(fixture).await?;
    let group = does(fixture, "removing all", &group, replacement(&[]), &[]).await?;
    does_nothing(fixture, "removing all of nobody", &group, replacement(&[])).await?;
    does(fixture, "adding one to nobody", &group, delta(&[&a], &[]), &[&a]).await.map(drop)
}

pub(super) async fn stable_order<S: Store>(fixture: &Fixture<S>) -> CheckResult {
    let mut users = Vec::new();
    for n in 0..12 {
        users.push(fixture.user(&format!("user {}", (n * 7) % 12)).await?.id);
    }
    let group = fixture.group("g", &[]).await?;
    for n in 0..12 {
        let joins = users.get((n * 5) % 12).during("a user")?;
        change(fixture, "adding one", &group.id, delta(&[joins], &[])).await?;
    }
    let all = members(&fixture.read(&fixture.group, &group.id).await?);
    for _ in 0..3 {
        let again = members(&fixture.read(&fixture.group, &group.id).await?);
        same("the order of the members, read again", &all, &again)?;
        let page = fixture.page(&fixture.group, 1, 10).await?;
        let listed = page.resources.first().map(members).during("the group in a list")?;
        same("the order of the members in a list", &all, &listed)?;
    }
    let leaves: Vec<&Id> = all.iter().step_by(3).collect();
    change(fixture, "removing every third", &group.id, delta(&[], &leaves)).await?;
    let stay: Vec<Id> = all.iter().filter(|id| !leaves.contains(id)).cloned().collect();
    let found = members(&fixture.read(&fixture.group, &group.id).await?);
    same("the order of the members after others left", &stay, &found)
}

pub(super) async fn of_several_types<S: Store>(fixture: &Fixture<S>) -> CheckResult {
    let (group, [a, b, c, ..]) = team(fixture).await?;
    let inner = fixture.group("inner", &[&c]).await?;
    let nested = delta(&[&inner.id, &c], &[]);
    if !fixture.options.nested {
        let what = "adding a group to a store that takes users alone";
        let outcome = fixture.update(&fixture.group, &group.id, nested).await;
        refused(what, Refusal::UnknownMembers, outcome)?;
        return fixture.as_read("the group after a refused change", &fixture.group, &group).await.map(drop);
    }
    let all = [&a, &b, &c, &inner.id];
    let outer = does(fixture, "adding a user and a group", &group, nested, &all).await?;
    let kinds =
        outer.members.iter().filter(|m| m.id == inner.id).map(|m| &*m.resource_type).collect::<Vec<_>>();
    same("the type of a group that is a member", &vec!["Group"], &kinds)?;
    let others = outer.members.iter().filter(|m| m.id != inner.id);
    holds(
        "the types of the other members",
        "`User`",
        others.into_iter().all(|m| &*m.resource_type == "User"),
    )?;
    fixture.as_read("the group that is a member", &fixture.group, &inner).await?;
    let outer = does(fixture, "removing the group", &outer, delta(&[], &[&inner.id]), &[&a, &b, &c]).await?;
    // leaving a group does not delete the member
    fixture.as_read("the group that was a member", &fixture.group, &inner).await?;
    does_nothing(fixture, "removing it again", &outer, delta(&[], &[&inner.id])).await
}

pub(super) async fn with_body<S: Store>(fixture: &Fixture<S>) -> CheckResult {
    let (group, [a, b, c, d, _]) = team(fixture).await?;
    let rename = |to: &str| {
        let to = to.to_owned();
        fixture.edit(&fixture.group, &group.id, move |body| drop(body.insert("displayName", to)))
    };
    let mut both = rename("h").await?;
    both.members = delta(&[&c], &[&a]).members;
    let after = does(fixture, "renaming a group and changing members", &group, both, &[&b, &c]).await?;
    same("the name after both", &Some("h"), &body(&after)?.str("displayName"))?;

    let ghost = fixture.id();
    let mut impossible = rename("i").await?;
    impossible.members = delta(&[&d, &ghost], &[&b]).members;
    let outcome = fixture.update(&fixture.group, &group.id, impossible).await;
    refused("renaming a group and adding one who does not exist", Refusal::UnknownMembers, outcome)?;
    fixture.as_read("the group after a refused change", &fixture.group, &after).await.map(drop)
}

/// The ids of the refusal.
fn unknown(what: &str, ghosts: &[&Id], e: StoreError) -> CheckResult {
    match e {
        StoreError::UnknownMembers(mut found) => {
            found.sort_unstable();
            same(format!("who does not exist, {what}"), &ghosts.to_vec(), &found.iter().collect())
        }
        other => fail(what, "a list of ids", other),
    }
}

pub(super) async fn unknown_refused<S: Store>(fixture: &Fixture<S>) -> CheckResult {
    let (group, [a, _, c, ..]) = team(fixture).await?;
    let gone = fixture.user("gone").await?.id;
    fixture.delete(&fixture.user, &gone).await.during("deleting a user")?;
    let ghost = fixture.id();
    let what = "adding members who do not exist";
    let some = delta(&[&c, &gone, &ghost], &[&a]);
    let e = refused(what, Refusal::UnknownMembers, fixture.update(&fixture.group, &group.id, some).await)?;
    unknown(what, &[&gone, &ghost], e)?;
    fixture.as_read("the group after a refused change", &fixture.group, &group).await?;

    let what = "creating a group with members who do not exist";
    let new = fixture.new_group("new", &[&a, &ghost])?;
    let e = refused(what, Refusal::UnknownMembers, fixture.create(&fixture.group, new).await)?;
    unknown(what, &[&ghost], e)?;
    let groups = ids(&fixture.all(&fixture.group).await?);
    same("the groups after a refused creation", &vec![group.id.clone()], &groups)?;
    let of_a = fixture.read(&fixture.user, &a).await?.groups.len();
    same("how many groups the member is in after it", &1, &of_a)?;
    fixture.group("new", &[&a]).await.map(drop)
}

pub(super) async fn unknown_skipped<S: Store>(fixture: &Fixture<S>) -> CheckResult {
    let (group, [a, b, c, ..]) = team(fixture).await?;
    let ghost = fixture.id();
    let skipping = |add: &[&Id], remove: &[&Id]| {
        let mut change = delta(add, remove);
        change.members.missing = MissingMembers::Skip;
        change
    };
    let what = "adding one who exists and one who does not";
    let updated = change(fixture, what, &group.id, skipping(&[&c, &ghost], &[&a])).await?;
    same_members("the members after that", &[&b, &c], &updated.resource)?;
    same("who was left out", &vec![ghost.clone()], &updated.skipped)?;

    let after = updated.resource;
    let updated = change(fixture, "adding nobody who exists", &group.id, skipping(&[&ghost], &[])).await?;
    same_resource("the group after nobody was added", &after, &updated.resource)?;
    same("whether adding nobody is a change", &false, &updated.changed)?;
    same("who was left out", &vec![ghost.clone()], &updated.skipped)?;

    let mut new = fixture.new_group("new", &[&a, &ghost])?;
    new.missing = MissingMembers::Skip;
    let made =
        fixture.create(&fixture.group, new).await.during("creating a group with one who does not exist")?;
    same("who was left out of the new group", &vec![ghost], &made.skipped)?;
    same_members("the members of the new group", &[&a], &made.resource)
}

pub(super) async fn unknown_never_empty<S: Store>(fixture: &Fixture<S>) -> CheckResult {
    let (group, [a, ..]) = team(fixture).await?;
    let (one, two) = (fixture.id(), fixture.id());
    let skipping = |members: &[&Id]| {
        let mut change = replacement(members);
        (change.members.missing, change.members.listed) = (MissingMembers::Skip, !members.is_empty());
        change
    };
    for ghosts in [&[&one][..], &[&one, &two]] {
        let what = "replacing all members by some who do not exist";
        let outcome = fixture.update(&fixture.group, &group.id, skipping(ghosts)).await;
        unknown(what, ghosts, refused(what, Refusal::UnknownMembers, outcome)?)?;
        fixture.as_read("the group after a refused change", &fixture.group, &group).await?;
    }
    let rename = fixture.edit(&fixture.group, &group.id, |body| drop(body.insert("displayName", "other")));
    let mut both = rename.await?;
    both.members = skipping(&[&one]).members;
    let outcome = fixture.update(&fixture.group, &group.id, both).await;
    refused(
        "renaming a group and replacing all by one who does not exist",
        Refusal::UnknownMembers,
        outcome,
    )?;
    fixture.as_read("the group after a refused change", &fixture.group, &group).await?;
    // nor is a list forgotten that a later operation of the request undid
    let mut back = delta(&[&a], &[]);
    (back.members.missing, back.members.some_of) =
        (MissingMembers::Skip, vec![vec![one.clone(), two.clone()]]);
    let what = "naming some who do not exist, and then one who does";
    let outcome = fixture.update(&fixture.group, &group.id, back).await;
    unknown(what, &[&one, &two], refused(what, Refusal::UnknownMembers, outcome)?)?;
    fixture.as_read("the group after a refused change", &fixture.group, &group).await?;
    // one who exists is enough, and removing all is deliberate
    let what = "replacing all by one who exists and one who does not";
    let group = does(fixture, what, &group, skipping(&[&one, &a]), &[&a]).await?;
    does(fixture, "removing all", &group, skipping(&[]), &[]).await.map(drop)
}

pub(super) async fn leave_when_deleted<S: Store>(fixture: &Fixture<S>) -> CheckResult {
    let (one, [a, b, ..]) = team(fixture).await?;
    let two = fixture.group("h", &[&a]).await?;
    let three = fixture.group("i", &[&b]).await?;
    fixture.delete(&fixture.user, &a).await.during("deleting a user who is in two groups")?;
    for (before, stay) in [(&one, &[&b][..]), (&two, &[])] {
        let after = fixture.read(&fixture.group, &before.id).await?;
        same_members("the members of a group that one was deleted from", stay, &after)?;
        // RFC 7644 section 3.14: a client now sees the group differently, so its tag must change
        same("its version", &before.version.next(), &after.version)?;
    }
    fixture.as_read("a group the user was not in", &fixture.group, &three).await?;
    // a user who comes back under the same name is a new one
    fixture.user("a").await?;
    same_members("the members afterwards", &[&b], &fixture.read(&fixture.group, &one.id).await?)
}

pub(super) async fn display_follows<S: Store>(fixture: &Fixture<S>) -> CheckResult {
    let (group, [a, ..]) = team(fixture).await?;
    let shown = |group: &Resource| {
        let link = group.members.iter().find(|m| m.id == a);
        link.and_then(|m| m.display.as_deref().map(str::to_owned))
    };
    let first = shown(&fixture.read(&fixture.group, &group.id).await?);
    holds("how a member is shown", "`a` or nothing", first.as_deref().is_none_or(|name| name == "a"))?;
    fixture
        .write(&fixture.user, &a, |body| {
            body.insert("displayName", "Ada");
            body.insert("userName", "Ada");
        })
        .await?;
    let after = fixture.read(&fixture.group, &group.id).await?;
    let now = shown(&after);
    let follows = now.as_deref().is_none_or(|name| name == "Ada");
    holds("how a renamed member is shown", "`Ada`, or nothing as before", follows)?;
    same("the version of the group after a member was renamed", &group.version, &after.version)?;
    same("the time of its last change", &group.modified, &after.modified)
}

pub(super) async fn as_text<S: Store>(fixture: &Fixture<S>) -> CheckResult {
    let mut users = Vec::new();
    for (n, name) in ["plain", "with \"quotes\" and \\", "line\nbreak", "Ümit 🦀"].into_iter().enumerate()
    {
        let shown = [("userName", format!("user-{n}")), ("displayName", name.to_owned())];
        let user = fixture.draft(&fixture.user, Object::from_iter(shown))?;
        users.push(fixture.create(&fixture.user, user).await.during("creating a user")?.resource.id);
    }
    let nameless = fixture.draft(&fixture.user, Object::from_iter([("userName", "nameless")]))?;
    users.push(fixture.create(&fixture.user, nameless).await.during("creating a user")?.resource.id);
    let made = fixture.group("a group", &users.iter().collect::<Vec<_>>()).await?;
    fixture.group("empty", &[]).await?;
    let document =
        |r: &Resource| r.document(&fixture.group, &fixture.service).during("the document of a group");
    let mut include = Include::ALL;
    let listed = fixture.page(&fixture.group, 1, 10).await?.resources;
    include.as_text = true;
    let mut query = Query::default();
    query.include = include;
    let texts = fixture.find(&fixture.group, &query).await?.resources;
    for (expected, found) in listed.iter().zip(&texts) {
        same("a group with its members as text", &document(expected)?, &document(found)?)?;
    }
    let found = fixture
        .store
        .get(Get::new(&fixture.service, &fixture.group, &made.id, include))
        .await
        .during("reading the group")?;
    let found = found.during("the group")?;
    same("a group with its members as text", &document(&made)?, &document(&found)?)?;
    let both = found.members_text.is_some() && !found.members.is_empty();
    holds("members that come as text", "that they come in no other way besides", !both)
}
