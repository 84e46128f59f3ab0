//! Lists, page by page, by cursor.

use crate::error::StoreError;
use crate::store::{Find, Store};
use crate::testkit::fixture::{Fixture, asked, count, ids};
use crate::testkit::verdict::{CheckResult, During, Stop, fail, holds, same, told};
use provost_core::query::{Seek, SeekKey, Sort};
use provost_core::value::Value;
use provost_core::{AttrPath, AttrRef, Id, Object, Query};

/// Skips the check if the store says that it does not support cursors.
async fn needs_cursors<S: Store>(fixture: &Fixture<S>) -> CheckResult {
    match fixture
        .store
        .find(Find::new(&fixture.service, &fixture.user, &fixture.first(&Query::default())))
        .await
    {
        Err(StoreError::Cursor(_)) => Err(Stop::Skipped("the store has no cursors")),
        Err(e) => fail("the first page by cursor", "an answer", told(&e)),
        Ok(_) => Ok(()),
    }
}

pub(super) async fn cut_by_size<S: Store>(fixture: &Fixture<S>) -> CheckResult {
    needs_cursors(fixture).await?;
    let a = fixture.user("a").await?;
    let mut made = Vec::new();
    for n in 0..7 {
        made.push(fixture.group(&format!("group {n}"), &[&a.id]).await?.id);
    }
    let by = AttrPath::parse("displayName").during("a path")?;
    let by = AttrRef::resolve(&by, &fixture.group).ok().during("an attribute")?;
    for sort in [None, Some(Sort { by, descending: false })] {
        for (links, bytes) in [(3, 1 << 20), (0, 1 << 20), (100, 1)] {
            let mut query = Query::default();
            query.sort.clone_from(&sort);
            (query.bounds.links, query.bounds.bytes) = (links, bytes);
            let what = format!("all pages by cursor, with {links} members and {bytes} bytes on a page");
            same(what, &made, &fixture.walk(&fixture.group, &query).await?)?;
        }
    }
    Ok(())
}

async fn users<S: Store>(fixture: &Fixture<S>, how_many: usize) -> CheckResult<Vec<Id>> {
    let mut made = Vec::new();
    for n in 0..how_many {
        // names in another order than creation
        made.push(fixture.user(&format!("user {:02}", (n * 7) % how_many)).await?.id);
    }
    Ok(made)
}

fn of(count: u64) -> Query {
    let mut query = Query::default();
    query.count = count;
    query
}

pub(super) async fn walk<S: Store>(fixture: &Fixture<S>) -> CheckResult {
    needs_cursors(fixture).await?;
    let empty = fixture.find(&fixture.user, &fixture.first(&of(5))).await?;
    same("the total of no users", &(0, 0), &(empty.total, empty.resources.len()))?;
    holds("the only page of no users", "no mark of a next one", empty.next.is_none())?;
    let made = users(fixture, 12).await?;
    fixture.group("not a user", &[]).await?;
    for size in [1, 3, 4, 5, 11, 12, 13, 1_000] {
        same(format!("the users on pages of {size}"), &made, &fixture.walk(&fixture.user, &of(size)).await?)?;
        let first = fixture.find(&fixture.user, &fixture.first(&of(size))).await?;
        same(format!("the total on the first page of {size}"), &12, &first.total)?;
        if let Some(next) = first.next {
            let mut query = of(size);
            query.seek = Some(Seek::After(next));
            let again =
                [fixture.find(&fixture.user, &query).await?, fixture.find(&fixture.user, &query).await?];
            let [one, two] = again.map(|page| (ids(&page.resources), page.total));
            same(format!("a page of {size} that is read again"), &one, &two)?;
            same(format!("the total on the second page of {size}"), &12, &one.1)?;
        }
    }
    let totals = fixture.find(&fixture.user, &fixture.first(&of(0))).await?;
    same("the total with a count of 0", &12, &totals.total)?;
    holds(
        "the page with a count of 0",
        "no users and no mark",
        totals.resources.is_empty() && totals.next.is_none(),
    )
}

pub(super) async fn rows_come_and_go<S: Store>(fixture: &Fixture<S>) -> CheckResult {
    needs_cursors(fixture).await?;
    let mut stay = users(fixture, 20).await?;
    let (mut query, mut seen, mut turn) = (fixture.first(&of(3)), Vec::new(), 0_usize);
    loop {
        let page = fixture.find(&fixture.user, &query).await?;
        seen.extend(ids(&page.resources));
        let Some(next) = page.next else { break };
        query.seek = Some(Seek::After(next));
        turn += 1;
        // the one the page ended with, one already read, and one not yet read
        let not_read = stay.iter().rev().find(|id| !seen.contains(id)).cloned();
        let gone = [page.resources.last().map(|r| r.id.clone()), seen.get(turn).cloned(), not_read];
        for gone in gone.into_iter().flatten().filter(|_| turn < 4) {
            if let Some(at) = stay.iter().position(|id| *id == gone) {
                stay.remove(at);
                fixture.delete(&fixture.user, &gone).await.during("deleting a user")?;
            }
        }
        if turn < 6 {
            stay.push(fixture.user(&format!("added {turn}")).await?.id);
        }
    }
    once("a walk by cursor while rows come and go", &seen)?;
    let met: Vec<&Id> = seen.iter().filter(|id| stay.contains(id)).collect();
    same("the users that stayed, met on a walk by cursor", &stay.iter().collect(), &met)
}

fn once(what: &str, seen: &[Id]) -> CheckResult {
    for (n, id) in seen.iter().enumerate() {
        holds(format!("the user {id} on {what}"), "once", !seen.iter().take(n).any(|before| before == id))?;
    }
    Ok(())
}

pub(super) async fn sorted<S: Store>(fixture: &Fixture<S>) -> CheckResult {
    needs_cursors(fixture).await?;
    for n in 0..15 {
        let mut user = Object::from_iter([("userName", format!("user {:02}", (n * 7) % 15))]);
        // a third have no title, and the others share two
        if n % 3 > 0 {
            user.insert("title", if n % 3 == 1 { "b" } else { "A" });
        }
        if n % 4 > 0 {
            user.insert("active", n % 4 == 1);
        }
        let address = Object::from_iter([("value", format!("{}@example.com", n % 5))]);
        user.insert("emails", vec![Value::from(address)]);
        let new = fixture.draft(&fixture.user, user)?;
        fixture.create(&fixture.user, new).await.during("creating a user")?;
    }
    for by in ["userName", "title", "active", "emails.value", "meta.created", "meta.lastModified", "id"] {
        let path = AttrPath::parse(by).during("a path")?;
        let by = AttrRef::resolve(&path, &fixture.user).ok().during(format!("the attribute `{by}`"))?;
        for descending in [false, true] {
            let mut query = of(1_000);
            query.sort = Some(Sort { by: by.clone(), descending });
            let all = ids(&fixture.find(&fixture.user, &query).await?.resources);
            for size in [1, 2, 4] {
                query.count = size;
                let what = format!("the pages by cursor of {}", asked(&fixture.user, &query));
                same(what, &all, &fixture.walk(&fixture.user, &query).await?)?;
            }
            come_and_go(fixture, &query, all).await?;
        }
    }
    Ok(())
}

/// Reads a sorted list by cursor while resources at which a page ended are deleted.
async fn come_and_go<S: Store>(fixture: &Fixture<S>, query: &Query, mut stay: Vec<Id>) -> CheckResult {
    let (mut query, mut seen) = (fixture.first(query), Vec::new());
    let what = format!("a walk by cursor while rows come and go, of {}", asked(&fixture.user, &query));
    loop {
        let page = fixture.find(&fixture.user, &query).await?;
        seen.extend(ids(&page.resources));
        let (Some(next), Some(last)) = (page.next, page.resources.last()) else { break };
        query.seek = Some(Seek::After(next));
        if let Some(at) = stay.iter().position(|id| *id == last.id).filter(|_| seen.len() == 8) {
            stay.remove(at);
            fixture.delete(&fixture.user, &last.id).await.during("deleting a user")?;
            fixture.user(&format!("{} again", last.id)).await?;
        }
    }
    once(&what, &seen)?;
    let met: Vec<&Id> = seen.iter().filter(|id| stay.contains(id)).collect();
    same(format!("the users that stayed on {what}"), &stay.iter().collect(), &met)
}

pub(super) async fn random<S: Store>(fixture: &Fixture<S>) -> CheckResult {
    needs_cursors(fixture).await?;
    super::filters::walk_all(fixture).await
}

pub(super) async fn of_their_tenant<S: Store>(fixture: &Fixture<S>) -> CheckResult {
    needs_cursors(fixture).await?;
    let (here, there) = (fixture.store.tenant_key(), fixture.elsewhere()?.store.tenant_key());
    holds("what `scope` says of two tenants", "two texts", here != there)
}

pub(super) async fn foreign<S: Store>(fixture: &Fixture<S>) -> CheckResult {
    needs_cursors(fixture).await?;
    users(fixture, 3).await?;
    for words in ["", "?", "not a mark", "{}"] {
        let mut query = of(2);
        query.seek = Some(Seek::After(SeekKey::from(words.to_owned())));
        match fixture.store.find(Find::new(&fixture.service, &fixture.user, &query)).await {
            Err(StoreError::Cursor(_)) => {}
            Err(e) => return fail(format!("the mark `{words}`"), "`StoreError::Cursor`", told(&e)),
            Ok(page) => {
                let found = format!("a page of {}", count(&page.resources));
                return fail(format!("the mark `{words}`"), "`StoreError::Cursor`", found);
            }
        }
    }
    Ok(())
}
