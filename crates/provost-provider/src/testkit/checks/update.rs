//! Whatever is changed is changed, and nothing else.

use super::filters::finds;
use crate::store::{Store, Update};
use crate::testkit::fixture::{Fixture, body, delta, has_body, same_resource};
use crate::testkit::population::Population;
use crate::testkit::verdict::{CheckResult, During, Refusal, holds, refused, same};
use provost_core::change::{Transition, is_active};
use provost_core::policy::{Choice, Notes};
use provost_core::query::Include;
use provost_core::{Change, Object, Resource, ResourceType, Value};
use std::sync::Arc;

pub(super) async fn sets_and_clears<S: Store>(fixture: &Fixture<S>) -> CheckResult {
    let user = fixture.user("a").await?;
    let name = Object::from_iter([("givenName", "Barbara"), ("familyName", "Jensen")]);
    let after = fixture.write(&fixture.user, &user.id, |body| {
        body.insert("name", name);
        body.insert("externalId", "ext-1");
        body.insert("nickName", "Babs");
    });
    let after = fixture.as_read("an updated user", &fixture.user, &after.await?).await?;
    let nick = |o: &Object| o.str("nickName").map(str::to_owned);
    same("`nickName` after it was set", &Some("Babs".to_owned()), &nick(&body(&after)?))?;
    same("`userName`, which was not changed", &Some("a"), &body(&after)?.str("userName"))?;

    let after = fixture.write(&fixture.user, &user.id, |body| {
        body.remove("nickName");
        body.insert("name", Object::from_iter([("givenName", "Bärbel")]));
    });
    let after = body(&fixture.as_read("an updated user", &fixture.user, &after.await?).await?)?;
    same("`nickName` after it was cleared", &None, &nick(&after))?;
    let name = after.get("name").map(ToString::to_string);
    same("`name` after it was replaced", &Some(r#"{"givenName":"Bärbel"}"#.to_owned()), &name)?;
    same("`externalId`, which was not changed", &Some("ext-1"), &after.str("externalId"))
}

pub(super) async fn every_attribute<S: Store>(fixture: &Fixture<S>) -> CheckResult {
    let mut population = Population::new(fixture);
    for kind in fixture.service.schemas.resource_types() {
        let first = population.resource(fixture, kind)?;
        let made = fixture.create(kind, first).await.during("creating")?.resource;
        for _ in 0..20 {
            let next = population.resource(fixture, kind)?.body;
            // values that the store itself adds stay
            let after = fixture.write(kind, &made.id, |body| *body = next.clone()).await?;
            let what = format!("a {} whose body was replaced", kind.name);
            let read = fixture.as_read(&what, kind, &after).await?;
            has_body(&what, &next, &body(&read)?)?;
        }
    }
    Ok(())
}

pub(super) async fn bumps_version<S: Store>(fixture: &Fixture<S>) -> CheckResult {
    let user = fixture.user("a").await?;
    let change = fixture.edit(&fixture.user, &user.id, |body| drop(body.insert("title", "Dr"))).await?;
    let cx = fixture.cx();
    let updated = fixture.store.update(Update::new(&fixture.user, &user.id, change, Include::ALL, &cx)).await;
    let updated = updated.during("updating a user")?;
    holds("the outcome of a change", "`changed` to be true", updated.changed)?;
    let after = fixture.as_read("an updated user", &fixture.user, &updated.resource).await?;
    same("the version after one change", &user.version.next(), &after.version)?;
    same("`meta.created` after a change", &user.created, &after.created)?;
    same("`meta.lastModified` after a change", &cx.at, &after.modified)
}

pub(super) async fn nothing_to_change<S: Store>(fixture: &Fixture<S>) -> CheckResult {
    let user = fixture.user("a").await?;
    let before = fixture.read(&fixture.user, &user.id).await?;
    let mut again = Change::default();
    let stored = body(&before)?;
    again.unique = fixture.keys(&fixture.user, &stored);
    again.body = Some(stored);
    for (what, change) in
        [("a change to the body that is stored", again), ("an empty change", Change::default())]
    {
        let updated = fixture.update(&fixture.user, &user.id, change).await.during(what)?;
        holds(format!("the outcome of {what}"), "`changed` to be false", !updated.changed)?;
        same_resource(&format!("the answer to {what}"), &before, &updated.resource)?;
        fixture.as_read(what, &fixture.user, &before).await?;
    }
    let group = fixture.group("g", &[&user.id]).await?;
    for (kind, before) in
        [(&fixture.user, fixture.read(&fixture.user, &user.id).await?), (&fixture.group, group)]
    {
        empty_change(fixture, kind, &before).await?;
    }
    Ok(())
}

/// A change is empty if all of a request was dropped. It then has the version that was read, and notes for the audit
/// trail.
async fn empty_change<S: Store>(
    fixture: &Fixture<S>,
    kind: &Arc<ResourceType>,
    before: &Resource,
) -> CheckResult {
    let expecting = |version| {
        let mut change = Change::default();
        change.expect = Some(version);
        change
    };
    let what = format!("an empty change of a {} with notes", kind.name);
    let mut notes = Notes::default();
    notes.record(Choice::MembersStay);
    notes.leave_out("members");
    let cx = fixture.cx().with_notes(notes);
    let updated = fixture
        .store
        .update(Update::new(kind, &before.id, expecting(before.version), Include::ALL, &cx))
        .await;
    let updated = updated.during(what.clone())?;
    holds(format!("the outcome of {what}"), "`changed` to be false", !updated.changed)?;
    same_resource(&format!("the answer to {what}"), before, &updated.resource)?;
    fixture.as_read(&what, kind, before).await?;
    let outcome = fixture.update(kind, &before.id, expecting(before.version.next())).await;
    refused(format!("{what}, based on another version"), Refusal::VersionMismatch, outcome).map(drop)
}

pub(super) async fn unknown_is_refused<S: Store>(fixture: &Fixture<S>) -> CheckResult {
    let (user, group) = (fixture.user("a").await?, fixture.group("b", &[]).await?);
    let change = fixture.edit(&fixture.user, &user.id, |body| drop(body.insert("title", "Dr"))).await?;
    for (what, id) in [("an id that was never made", &fixture.id()), ("the id of a group", &group.id)] {
        let mut change = change.clone();
        change.expect = None;
        let outcome = fixture.update(&fixture.user, id, change).await;
        refused(format!("a change of a user with {what}"), Refusal::NotFound, outcome)?;
    }
    let outcome = fixture.update(&fixture.group, &user.id, delta(&[&user.id], &[])).await;
    refused("a change of a group with the id of a user", Refusal::NotFound, outcome)?;
    fixture.as_read("the user meanwhile", &fixture.user, &user).await?;
    fixture.as_read("the group meanwhile", &fixture.group, &group).await.map(drop)
}

pub(super) async fn switches_off_and_on<S: Store>(fixture: &Fixture<S>) -> CheckResult {
    let user = fixture.user("a").await?;
    let group = fixture.group("g", &[&user.id]).await?;
    for (on, transition) in [(false, Transition::Deactivated), (true, Transition::Activated)] {
        let change = fixture.edit(&fixture.user, &user.id, |body| drop(body.insert("active", on))).await?;
        same("the transition worked out from what is stored", &Some(transition), &change.transition)?;
        let after = fixture.update(&fixture.user, &user.id, change).await.during("switching a user")?;
        let after = fixture.as_read("a switched user", &fixture.user, &after.resource).await?;
        let stored = body(&after)?;
        same("whether the user is active", &on, &is_active(&fixture.user, &stored))?;
        same("`active`", &Some(on), &stored.get("active").and_then(Value::as_bool))?;
        let listed = fixture.all(&fixture.user).await?.len();
        same("how many users are listed", &1, &listed)?;
        // Entra never sends members again, so a reactivated user must still be in the groups
        fixture.as_read("the group of a switched user", &fixture.group, &group).await?;
    }
    Ok(())
}

/// RFC 7644 section 3.5.2.2 lets a client remove `active`; no value does not count as true.
pub(super) async fn only_true_gives_access<S: Store>(fixture: &Fixture<S>) -> CheckResult {
    let (user, other) = (fixture.user("a").await?, fixture.user("b").await?);
    finds(fixture, &fixture.user, "active eq true", &[&user.id, &other.id]).await?;
    let change = fixture.edit(&fixture.user, &user.id, |body| drop(body.remove("active"))).await?;
    same("what taking `active` away comes to", &Some(Transition::Deactivated), &change.transition)?;
    fixture.update(&fixture.user, &user.id, change).await.during("taking `active` away")?;
    let shown = body(&fixture.read(&fixture.user, &user.id).await?)?;
    holds("`active` after it was taken away", "false or nothing", !is_active(&fixture.user, &shown))?;
    finds(fixture, &fixture.user, "active eq true", &[&other.id]).await?;
    finds(fixture, &fixture.user, "not (active eq true)", &[&user.id]).await?;
    fixture.write(&fixture.user, &user.id, |body| drop(body.insert("active", true))).await?;
    finds(fixture, &fixture.user, "active eq true", &[&user.id, &other.id]).await
}

pub(super) async fn answers_what_is_wanted<S: Store>(fixture: &Fixture<S>) -> CheckResult {
    let user = fixture.user("a").await?;
    let group = fixture.group("g", &[&user.id]).await?;
    let other = fixture.user("b").await?;
    for (include, members) in [(Include::ALL, 2), (Include::BODY, 0)] {
        let change = delta(&[&other.id], &[]);
        let updated = fixture
            .store
            .update(Update::new(&fixture.group, &group.id, change, include, &fixture.cx()))
            .await;
        let found = updated.during("adding a member")?.resource.members.len();
        same(format!("how many members the answer holds when {include:?} are wanted"), &members, &found)?;
        let title =
            fixture.edit(&fixture.user, &user.id, |b| drop(b.insert("title", format!("{members}")))).await?;
        let updated =
            fixture.store.update(Update::new(&fixture.user, &user.id, title, include, &fixture.cx())).await;
        let found = updated.during("updating a user")?.resource.groups.len();
        same(
            format!("how many groups the answer holds when {include:?} are wanted"),
            &(members / 2),
            &found,
        )?;
    }
    Ok(())
}
