//! Filters and sorts, compared with the core's evaluator.

use crate::embed::sorted;
use crate::error::StoreError;
use crate::store::{Find, Store};
use crate::testkit::dialect::typed;
use crate::testkit::filters::Questions;
use crate::testkit::fixture::{Fixture, asked, body, count, delta, ids};
use crate::testkit::population::Population;
use crate::testkit::verdict::{CheckResult, During, fail, same, told};
use provost_core::query::{Include, Sort};
use provost_core::{AttrPath, AttrRef, Id, Object, Query, Resource, ResourceType, Value};
use std::sync::Arc;

/// Enough for a page with all matches.
const ALL: u64 = 1_000;

/// What a filter finds, in order.
async fn found<S: Store>(fixture: &Fixture<S>, kind: &Arc<ResourceType>, text: &str) -> CheckResult<Vec<Id>> {
    let mut query = Query::default();
    query.filter = Some(typed(kind, text)?);
    query.count = ALL;
    let page = fixture
        .store
        .find(Find::new(&fixture.service, kind, &query))
        .await
        .during(format!("the filter `{text}`"))?;
    same(format!("the total of `{text}`"), &count(&page.resources), &page.total)?;
    Ok(ids(&page.resources))
}

pub(super) async fn finds<S: Store>(
    fixture: &Fixture<S>,
    kind: &Arc<ResourceType>,
    text: &str,
    who: &[&Id],
) -> CheckResult {
    let who: Vec<Id> = who.iter().map(|id| (*id).clone()).collect();
    same(format!("what `{text}` finds"), &who, &found(fixture, kind, text).await?)
}

const ENTERPRISE: &str = provost_core::urn::ENTERPRISE_USER;

/// `babs`, with the attributes that identity providers ask for.
async fn babs<S: Store>(fixture: &Fixture<S>) -> CheckResult<Resource> {
    let email = Object::from_iter([
        ("value", Value::from("Babs@Example.com")),
        ("type", Value::from("work")),
        ("primary", Value::Bool(true)),
    ]);
    let mut body = Object::from_iter([
        ("userName", Value::from("BÄRBEL.Jensen@Example.com")),
        ("externalId", Value::from("0a21f0f2-8d2a-4f8e")),
        ("displayName", Value::from("Bärbel Jensen")),
        ("active", Value::Bool(true)),
        ("emails", Value::Array(vec![Value::Object(email)])),
    ]);
    body.insert("name", Object::from_iter([("givenName", "Bärbel"), ("familyName", "Jensen")]));
    let manager = Object::from_iter([("value", Value::from("26118915"))]);
    let extension = [("department", Value::from("R&D")), ("manager", Value::Object(manager))];
    body.insert(ENTERPRISE, Object::from_iter(extension));
    let new = fixture.draft(&fixture.user, body)?;
    Ok(fixture.create(&fixture.user, new).await.during("creating a user")?.resource)
}

pub(super) async fn of_identity_providers<S: Store>(fixture: &Fixture<S>) -> CheckResult {
    let babs = babs(fixture).await?.id;
    let other = fixture.user("somebody.else@example.com").await?.id;
    let off = fixture.user("off@example.com").await?.id;
    fixture.write(&fixture.user, &off, |body| drop(body.insert("active", false))).await?;
    let group = fixture.group("Sales & Marketing", &[&babs]).await?.id;
    fixture.group("Sales", &[]).await?;
    for text in [
        "userName eq \"bärbel.JENSEN@example.com\"",
        "userName eq \"BA\u{308}RBEL.jensen@example.com\"",
        "externalId eq \"0a21f0f2-8d2a-4f8e\"",
        "emails.value eq \"babs@example.com\"",
        "emails[type eq \"work\"].value eq \"babs@example.com\"",
        "emails[type eq \"work\" and value eq \"babs@example.com\"]",
        "name.familyName eq \"jensen\" and name.givenName eq \"BÄRBEL\"",
        "displayName eq \"bärbel jensen\"",
        &format!("id eq \"{babs}\""),
        &format!("id eq \"{babs}\" and {ENTERPRISE}:manager eq \"26118915\""),
        &format!("{ENTERPRISE}:department eq \"r&d\""),
        &format!("groups.value eq \"{group}\""),
    ] {
        finds(fixture, &fixture.user, text, &[&babs]).await?;
    }
    finds(fixture, &fixture.user, "userName sw \"some\"", &[&other]).await?;
    finds(fixture, &fixture.user, "active eq false", &[&off]).await?;
    finds(fixture, &fixture.user, "userName eq \"nobody@example.com\"", &[]).await?;
    finds(fixture, &fixture.user, "externalId eq \"0A21F0F2-8D2A-4F8E\"", &[]).await?;
    finds(fixture, &fixture.group, "displayName eq \"sales & marketing\"", &[&group]).await?;
    let member = format!("id eq \"{group}\" and members eq \"{babs}\"");
    finds(fixture, &fixture.group, &member, &[&group]).await?;
    finds(fixture, &fixture.group, &format!("members[value eq \"{babs}\"]"), &[&group]).await?;
    finds(fixture, &fixture.group, &format!("members.value eq \"{other}\""), &[]).await
}

pub(super) async fn follow_changes<S: Store>(fixture: &Fixture<S>) -> CheckResult {
    let babs = babs(fixture).await?.id;
    let group = fixture.group("Sales", &[&babs]).await?.id;
    let work = |mail: &str| {
        let of = [("value", Value::from(mail)), ("type", Value::from("work"))];
        Value::Array(vec![Value::Object(Object::from_iter(of))])
    };
    fixture
        .write(&fixture.user, &babs, |body| {
            body.insert("userName", "new@example.com");
            body.insert("emails", work("new@example.com"));
            body.insert("active", false);
            body.remove("externalId");
            body.remove(ENTERPRISE);
        })
        .await?;
    fixture.write(&fixture.group, &group, |body| drop(body.insert("displayName", "Marketing"))).await?;
    fixture.update(&fixture.group, &group, delta(&[], &[&babs])).await.during("removing a member")?;
    for (kind, old, new) in [
        (&fixture.user, "userName sw \"bärbel\"", "userName eq \"NEW@example.com\""),
        (
            &fixture.user,
            "emails.value eq \"babs@example.com\"",
            "emails[type eq \"work\" and value co \"NEW\"]",
        ),
        (&fixture.user, "active eq true", "active eq false"),
        (&fixture.user, "externalId pr", "not (externalId pr)"),
        (&fixture.user, &format!("{ENTERPRISE}:department pr"), "externalId ne \"x\""),
        (&fixture.user, "groups pr", "not (groups.value pr)"),
        (&fixture.group, "displayName eq \"Sales\"", "displayName eq \"marketing\""),
        (&fixture.group, "members pr", "not (members pr)"),
    ] {
        finds(fixture, kind, old, &[]).await?;
        finds(fixture, kind, new, &[if kind.name == fixture.user.name { &babs } else { &group }]).await?;
    }
    fixture.update(&fixture.group, &group, delta(&[&babs], &[])).await.during("adding a member")?;
    finds(fixture, &fixture.group, &format!("members.value eq \"{babs}\""), &[&group]).await?;
    fixture.delete(&fixture.user, &babs).await.during("deleting a user")?;
    finds(fixture, &fixture.group, &format!("members.value eq \"{babs}\""), &[]).await?;
    finds(fixture, &fixture.user, "userName pr", &[]).await
}

/// Users to sort: name, nickname, and emails with their type; `*` marks the primary one.
const SORTED: [(&str, Option<&str>, &[&str]); 5] = [
    ("delta", Some("Zoë"), &["m@x", "*b@x"]),
    ("Alpha", None, &["c@x", "a@x"]),
    ("CHARLIE", Some("Émile"), &[]),
    ("bravo", Some("emil"), &["a@x", "*d@x"]),
    ("Ünal", Some("adam"), &["A@X"]),
];

pub(super) async fn sorts<S: Store>(fixture: &Fixture<S>) -> CheckResult {
    for (name, nick, emails) in SORTED {
        let mut user = Object::from_iter([("userName", name)]);
        if let Some(nick) = nick {
            user.insert("nickName", nick);
        }
        let email = |text: &&str| {
            let mut email = Object::from_iter([("value", text.trim_start_matches('*'))]);
            if text.starts_with('*') {
                email.insert("primary", true);
            }
            Value::Object(email)
        };
        if !emails.is_empty() {
            user.insert("emails", emails.iter().map(email).collect::<Vec<_>>());
        }
        let new = fixture.draft(&fixture.user, user)?;
        fixture.create(&fixture.user, new).await.during("creating a user")?;
    }
    for (by, descending, expected) in [
        ("userName", false, ["Alpha", "bravo", "CHARLIE", "delta", "Ünal"]),
        ("userName", true, ["Ünal", "delta", "CHARLIE", "bravo", "Alpha"]),
        ("nickName", false, ["Ünal", "bravo", "delta", "CHARLIE", "Alpha"]),
        ("nickName", true, ["Alpha", "CHARLIE", "delta", "bravo", "Ünal"]),
        ("emails.value", false, ["Ünal", "delta", "Alpha", "bravo", "CHARLIE"]),
        ("emails.value", true, ["CHARLIE", "bravo", "Alpha", "delta", "Ünal"]),
        ("meta.created", true, ["Ünal", "bravo", "CHARLIE", "Alpha", "delta"]),
        ("title", false, ["delta", "Alpha", "CHARLIE", "bravo", "Ünal"]),
        ("title", true, ["delta", "Alpha", "CHARLIE", "bravo", "Ünal"]),
    ] {
        let path = AttrPath::parse(by).during("a path")?;
        let by = AttrRef::resolve(&path, &fixture.user).ok().during(format!("the attribute `{by}`"))?;
        let mut query = Query::default();
        query.sort = Some(Sort { by, descending });
        let page = fixture.find(&fixture.user, &query).await?;
        let names: CheckResult<Vec<String>> = page.resources.iter().map(user_name).collect();
        let expected = expected.map(str::to_owned).to_vec();
        same(asked(&fixture.user, &query), &expected, &names?)?;
    }
    Ok(())
}

fn user_name(user: &Resource) -> CheckResult<String> {
    Ok(body(user)?.str("userName").unwrap_or_default().to_owned())
}

pub(super) async fn random<S: Store>(fixture: &Fixture<S>) -> CheckResult {
    let mut population = Population::new(fixture);
    populate(fixture, &mut population).await?;
    ask_all(fixture, fixture.options.seed).await
}

pub(super) async fn random_after_changes<S: Store>(fixture: &Fixture<S>) -> CheckResult {
    let mut population = Population::new(fixture);
    populate(fixture, &mut population).await?;
    for kind in fixture.service.schemas.resource_types() {
        for resource in fixture.all(kind).await? {
            match population.random().below(4) {
                0 => {
                    let next = population.resource(fixture, kind)?.body;
                    fixture.write(kind, &resource.id, |body| *body = next).await?;
                }
                1 => fixture.delete(kind, &resource.id).await.during("deleting")?,
                _ => {}
            }
        }
    }
    let groups = ids(&fixture.all(&fixture.group).await?);
    let users = ids(&fixture.all(&fixture.user).await?);
    for group in &groups {
        let (joins, leaves) = (population.some(&users, 4), population.some(&users, 4));
        let leaves: Vec<&Id> = leaves.into_iter().filter(|id| !joins.contains(id)).collect();
        fixture.update(&fixture.group, group, delta(&joins, &leaves)).await.during("changing members")?;
    }
    ask_all(fixture, fixture.options.seed.wrapping_add(1)).await
}

/// Resources of every type, and groups of them.
async fn populate<S: Store>(fixture: &Fixture<S>, population: &mut Population) -> CheckResult {
    let mut others = Vec::new();
    for kind in fixture.service.schemas.resource_types().iter().filter(|k| k.members().is_none()) {
        for _ in 0..50 {
            let new = population.resource(fixture, kind)?;
            let made = fixture.create(kind, new).await.during("creating")?.resource;
            if kind.name == fixture.user.name || fixture.options.nested {
                others.push(made.id);
            }
        }
    }
    for kind in fixture.service.schemas.resource_types().iter().filter(|k| k.members().is_some()) {
        for n in 0..20 {
            let mut new = population.resource(fixture, kind)?;
            new.members = population.some(&others, n).into_iter().cloned().collect();
            let made = fixture.create(kind, new).await.during("creating")?.resource;
            if fixture.options.nested {
                others.push(made.id);
            }
        }
    }
    Ok(())
}

async fn ask_all<S: Store>(fixture: &Fixture<S>, seed: u64) -> CheckResult {
    for kind in fixture.service.schemas.resource_types() {
        ask(fixture, kind, seed).await?;
    }
    Ok(())
}

/// Follows cursors through the answers to random queries, and compares with the evaluator's result for the documents.
pub(super) async fn walk_all<S: Store>(fixture: &Fixture<S>) -> CheckResult {
    let mut population = Population::new(fixture);
    populate(fixture, &mut population).await?;
    for kind in fixture.service.schemas.resource_types() {
        let stored = fixture.all(kind).await?;
        let document = |r: &Resource| r.document(kind, &fixture.service).during("a stored body");
        let documents: Vec<Object> = stored.iter().map(document).collect::<CheckResult<_>>()?;
        let mut questions = Questions::new(kind, &documents, fixture.options.seed.wrapping_add(2));
        for _ in 0..fixture.options.filters.div_ceil(4) {
            let Some((text, filter)) = questions.filter() else { continue };
            let mut query = Query::default();
            query.include = Include::BODY;
            if questions.random().one_in(2) {
                query.sort = questions.sort();
            }
            let matching = stored.iter().zip(&documents).filter(|(_, d)| filter.matches(d)).collect();
            let all = sorted(matching, query.sort.as_ref());
            let expected: Vec<Id> = all.into_iter().map(|(_, r)| r.id.clone()).collect();
            query.filter = Some(filter);
            // few resources per page, so that there are many page boundaries
            query.count = count(&expected).div_ceil(4).max(1);
            let what = format!("the pages by cursor of {} that meet `{text}`", asked(kind, &query));
            match fixture.store.find(Find::new(&fixture.service, kind, &fixture.first(&query))).await {
                Err(StoreError::Unfilterable(_)) if fixture.options.unfilterable => continue,
                Err(e) => return fail(what, "an answer", told(&e)),
                Ok(page) => same(format!("the total of {what}"), &count(&expected), &page.total)?,
            }
            same(what, &expected, &fixture.walk(kind, &query).await?)?;
        }
    }
    Ok(())
}

/// Asks random queries, and compares with the evaluator's result for the documents.
async fn ask<S: Store>(fixture: &Fixture<S>, kind: &Arc<ResourceType>, seed: u64) -> CheckResult {
    let stored = fixture.all(kind).await?;
    let document = |r: &Resource| r.document(kind, &fixture.service).during("a stored body");
    let documents: Vec<Object> = stored.iter().map(document).collect::<CheckResult<_>>()?;
    let mut questions = Questions::new(kind, &documents, seed);
    let mut refused = 0_usize;
    for _ in 0..fixture.options.filters {
        let Some((text, filter)) = questions.filter() else { continue };
        let mut query = Query::default();
        query.include = Include::BODY;
        (query.start, query.count) = (1, ALL);
        if questions.random().one_in(3) {
            query.sort = questions.sort();
            query.start = u64::try_from(questions.random().below(9)).unwrap_or(0).saturating_add(1);
            query.count = u64::try_from(questions.random().below(12)).unwrap_or(0);
        }
        let matching = stored.iter().zip(&documents).filter(|(_, d)| filter.matches(d)).collect();
        let all = sorted(matching, query.sort.as_ref());
        let all: Vec<&Resource> = all.into_iter().map(|(_, r)| r).collect();
        query.filter = Some(filter);
        let skip = usize::try_from(query.start.saturating_sub(1)).unwrap_or(usize::MAX);
        let take = usize::try_from(query.count).unwrap_or(usize::MAX);
        let expected: Vec<&Id> = all.iter().skip(skip).take(take).map(|r| &r.id).collect();
        let what = format!("{} that meet `{text}`", asked(kind, &query));
        match fixture.store.find(Find::new(&fixture.service, kind, &query)).await {
            Ok(page) => {
                same(format!("the total of {what}"), &count(&all), &page.total)?;
                let found: Vec<&Id> = page.resources.iter().map(|r| &r.id).collect();
                same(what, &expected, &found)?;
            }
            Err(StoreError::Unfilterable(_)) if fixture.options.unfilterable => {
                refused = refused.saturating_add(1);
            }
            Err(e) => return fail(what, "an answer", told(&e)),
        }
    }
    if refused > 0 {
        let asked = fixture.options.filters;
        fixture
            .notes
            .add(format!("{refused} of {asked} filters on {} were refused as unfilterable", kind.name));
    }
    Ok(())
}
